"""Every call the sandbox answers.

The module fulfils `calls.resolve.Surface`, by which calls find their route without importing every area.
"""

from pressroom.sandbox.accounts.facebook import ROUTES as FACEBOOK_ROUTES
from pressroom.sandbox.accounts.oauth import OPEN_ROUTES
from pressroom.sandbox.accounts.oauth import TOKEN_ROUTES as ACCOUNT_ROUTES
from pressroom.sandbox.calls.call import OpenRoute, Route
from pressroom.sandbox.comments import ROUTES as COMMENT_ROUTES
from pressroom.sandbox.insights.account import ROUTES as ACCOUNT_INSIGHT_ROUTES
from pressroom.sandbox.insights.media import ROUTES as MEDIA_INSIGHT_ROUTES
from pressroom.sandbox.messaging import ROUTES as MESSAGING_ROUTES
from pressroom.sandbox.publishing.routes import ROUTES as PUBLISHING_ROUTES
from pressroom.sandbox.reading.discovery import ROUTES as DISCOVERY_ROUTES
from pressroom.sandbox.reading.media import POLL_ROUTES
from pressroom.sandbox.reading.mentions import COLLABORATION_ROUTES, MENTION_ROUTES
from pressroom.sandbox.reading.search import AUDIO_ROUTES, EMBED_ROUTES, PLACE_ROUTES
from pressroom.sandbox.reading.shopping import ROUTES as SHOPPING_ROUTES
from pressroom.sandbox.reading.users import ROUTES as READING_ROUTES
from pressroom.sandbox.webhooks.routes import OPEN_ROUTES as APP_ROUTES
from pressroom.sandbox.webhooks.routes import ROUTES as WEBHOOK_ROUTES

ROUTES: tuple[Route, ...] = (
    *PUBLISHING_ROUTES,
    *READING_ROUTES,
    *MENTION_ROUTES,
    *DISCOVERY_ROUTES,
    *PLACE_ROUTES,
    *AUDIO_ROUTES,
    *COLLABORATION_ROUTES,
    *POLL_ROUTES,
    *SHOPPING_ROUTES,
    *MEDIA_INSIGHT_ROUTES,
    *ACCOUNT_INSIGHT_ROUTES,
    *COMMENT_ROUTES,
    *ACCOUNT_ROUTES,
    *FACEBOOK_ROUTES,
    *MESSAGING_ROUTES,
    *WEBHOOK_ROUTES,
)
ALL_OPEN_ROUTES = (*OPEN_ROUTES, *EMBED_ROUTES, *APP_ROUTES)
_OPEN_BY_SHAPE = {(route.method, route.path): route for route in ALL_OPEN_ROUTES}
_BY_SHAPE = {(route.method, route.node, route.edge): route for route in ROUTES}
_ROOT_EDGES = frozenset(route.edge for route in ROUTES if route.node == "root")
# What a fault may be on. Fetching and uploading are no routes, but go wrong too.
CALL_NAMES = frozenset(route.name for route in (*ROUTES, *ALL_OPEN_ROUTES)) | {"fetch", "upload"}


def open_route(method: str, path: str) -> OpenRoute | None:
    """Find a call that needs no token of an account; None when there is none."""
    return _OPEN_BY_SHAPE.get((method, path))


def route(method: str, node: str, edge: str) -> Route | None:
    """Find a call by its node and edge; None when there is none."""
    # The only edge that ends in a name of the caller's.
    is_named = edge.startswith("permissions/")
    return _BY_SHAPE.get((method, node, "permissions/{permission}" if is_named else edge))


def is_root(path: str) -> bool:
    """Tell whether a path is a call's that belongs to no node."""
    return path in _ROOT_EDGES
