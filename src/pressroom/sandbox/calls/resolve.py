"""Finds the node a call names, its account, and its route, and has its token and permissions checked.

`resolve` does all of it for a call that comes in; `name_of` names a call for the log whoever makes it.
"""

from typing import Protocol

from pressroom.graph.hosts import LoginType, Version
from pressroom.sandbox.calls.call import Arrival, GraphCall, OpenRoute, Route, served_version
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.calls.tokens import (
    check_data_access,
    check_page,
    check_proof,
    check_role,
    check_scope,
    check_use,
    token_of,
)
from pressroom.sandbox.state.things import Comment, Person, Thing, Token, TokenKind
from pressroom.sandbox.wire.answer import GraphRefusal, invalid, not_found, refusal, unknown_path

# The name in the Instagram-only classes of facebook-business; no page documents it.
_SDK_PUBLISH = "mediapublish"
METHODS = frozenset({"GET", "POST", "DELETE"})
# Stands for the app's id in the paths of open routes.
APP = "{app}"


class Surface(Protocol):
    """Finds the route of a call."""

    def route(self, method: str, node: str, edge: str) -> Route | None:
        """Find a route; None when there is none."""
        ...

    def open_route(self, method: str, path: str) -> OpenRoute | None:
        """Find a route that needs no token; None when there is none."""
        ...

    def is_root(self, path: str) -> bool:
        """Tell whether a path has no node, as `/refresh_access_token`."""
        ...


def open_path(scene: Scene, arrival: Arrival) -> str:
    """Give the path by which a call without a node is found; the app has several names in it."""
    first, *rest = arrival.segments or [""]
    names = ("app", arrival.app_id, scene.settings.app_id)
    # Programs that bring an app of their own set its callback by its id, whatever the token.
    is_app = first in names or (first.isdigit() and rest == ["subscriptions"])
    return "/".join((APP, *rest) if is_app else arrival.segments)


def resolve(scene: Scene, surface: Surface, arrival: Arrival, now: float) -> tuple[Route, GraphCall]:
    """Give the route and the call. Raises GraphRefusal for an invalid path, token, proof or permission."""
    path = "/".join(arrival.segments)
    # Version before token: a version that does not exist answers 2500 with or without one (observed).
    version = served_version(arrival.version, now, path)
    if arrival.method not in METHODS:
        message = f"Unsupported request - method type: {arrival.method.lower()}"
        raise GraphRefusal(100, message=message, meta_type="GraphMethodException")
    token = token_of(scene.world, arrival, now)
    check_proof(scene.settings, token, arrival)
    check_role(scene.settings, scene.world.accounts[token.user_id], token.login, arrival.method)
    route, call = route_of(scene, surface, arrival, token, now, version=version)
    check_page(call, route)
    check_data_access(call, route.need)
    return route, call


def name_of(scene: Scene, surface: Surface, arrival: Arrival) -> str:
    """Give the name of the call that a path looks like, whoever asks; empty where it looks like none."""
    path, world = "/".join(arrival.segments), scene.world
    first, _, edge = path.partition("/")
    thing = world.things.get(first)
    if surface.is_root(path):
        nodes, edge = ["root"], path
    elif first == "me":
        is_instagram = LoginType.INSTAGRAM in arrival.host_logins
        nodes = ["user", "person", "page"] if is_instagram else ["person", "page"]
    elif thing is not None:
        nodes = [_kind_of(thing)]
    elif first in world.hashtag_names:
        nodes = ["hashtag"]
    elif any(first in (account.page_id, account.facebook_user_id) for account in world.accounts.values()):
        nodes = ["page", "person"]
    else:
        # A list of an unknown node is most likely an account's, which a client of another sandbox asks for.
        nodes = ["user"] if edge or world.account(first) is not None else []
    routes = (surface.route(arrival.method, node, edge) for node in nodes)
    return next((route.name for route in routes if route is not None), "")


def route_of(
    scene: Scene,
    surface: Surface,
    arrival: Arrival,
    token: Token,
    now: float,
    *,
    version: Version | None = None,
) -> tuple[Route, GraphCall]:
    """Give the route and the call for a token that was checked.

    Raises GraphRefusal for a path without a route (100/33, 803, 2500), and for a missing scope (10).
    """
    path = "/".join(arrival.segments)
    version = version or served_version(arrival.version, now, path)
    account = scene.world.accounts[token.user_id]
    call = GraphCall(scene=scene, arrival=arrival, version=version, token=token, account=account, now=now)
    node, edge = _find_node(call, surface, path)
    if edge == _SDK_PUBLISH and scene.settings.sdk_publish_path:
        edge = "media_publish"
    route = surface.route(arrival.method, node, edge)
    if route is None or not route.is_under(token.login):
        is_read = arrival.method == "GET" and edge
        if is_read and node == "person":
            raise invalid(f"Tried accessing nonexisting field ({edge}) on node type (User)")
        if not is_read:
            raise not_found(arrival.segments[0] if arrival.segments else "", arrival.method.lower())
        refused = unknown_path(edge)
        # `graph.instagram.com` has a type of its own here (recorded).
        if token.login is LoginType.INSTAGRAM:
            refused.meta_type = "IGApiException"
        raise refused
    check_scope(token, route.need)
    if scene.settings.permissions_lapse:
        check_use(scene.world, token, route.need, now)
    return route, call


def _find_node(call: GraphCall, surface: Surface, path: str) -> tuple[str, str]:
    """Give the kind of node a path names, and the edge below it."""
    if surface.is_root(path):
        return "root", path
    first, _, edge = path.partition("/")
    account, world = call.account, call.scene.world
    if first == "me":
        # Facebook Login: `me` is the person or the Page of the token, never the Instagram account. Of
        # Unified Login that is not documented; what only a person has, such as `/me/accounts`, works there
        # either way.
        is_account = call.login is LoginType.UNIFIED and call.scene.settings.unified_me == "account"
        is_held = is_account and call.token.kind is not TokenKind.PAGE
        is_edge = is_held and surface.route(call.arrival.method, "user", edge) is not None
        return "user" if call.login is LoginType.INSTAGRAM or is_edge else call.token.kind.value, edge
    if call.login is not LoginType.INSTAGRAM and first in (account.facebook_user_id, account.page_id):
        return ("person" if first == account.facebook_user_id else "page"), edge
    named = world.account(first)
    if named is account:
        return "user", edge
    if first in world.hashtag_names:
        return "hashtag", edge
    thing = world.things.get(first)
    owned = world.media(thing.media_id) if isinstance(thing, Comment) else thing
    # 100/33 for deleted and foreign alike (Handling Errors): its text leaves open which of them it is.
    if thing is None or named is not None or owned is None or owned.user_id != account.id:
        # A word in place of an id is taken for an alias, which has an error of its own (803).
        if not first.isdigit():
            raise refusal(803, message=f"(#803) Some of the aliases you requested do not exist: {first}")
        raise not_found(first, call.arrival.method.lower())
    call.thing = thing
    return _kind_of(thing), edge


def _kind_of(thing: Thing) -> str:
    return "igperson" if isinstance(thing, Person) else type(thing).__name__.lower()
