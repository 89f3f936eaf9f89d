"""Every call the sandbox answers, and the description of each as a page of the docs and as OpenAPI.

The module fulfils `calls.resolve.Surface`, by which calls find their route without importing every area.
`openapi`, `docs_page` and `surface_json.describe_surface` are made from the tables of parameters. They
document and do not restrict: the sandbox ignores unknown parameters, as the Graph API does.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pressroom.graph.certainty import Certainty, legend
from pressroom.graph.hosts import VERSIONS, LoginType
from pressroom.sandbox import comments, messaging, webhooks
from pressroom.sandbox.accounts import consent, facebook, oauth
from pressroom.sandbox.calls.call import OpenRoute, Route
from pressroom.sandbox.insights import account, media
from pressroom.sandbox.publishing import routes as publishing
from pressroom.sandbox.publishing.rules import FACEBOOK_ONLY, TAKEN_BY, Column
from pressroom.sandbox.reading import media as polls
from pressroom.sandbox.reading import others, search, shopping, users
from pressroom.sandbox.surface_shapes import field_rows
from pressroom.sandbox.wire.other_errors import OTHER_ERRORS
from pressroom.version import __version__

ROUTES: tuple[Route, ...] = (
    *publishing.ROUTES,
    *users.ROUTES,
    *others.ROUTES,
    *search.ROUTES,
    *polls.ROUTES,
    *shopping.ROUTES,
    *media.ROUTES,
    *account.ROUTES,
    *comments.ROUTES,
    *oauth.ROUTES,
    *facebook.ROUTES,
    *messaging.ROUTES,
    *webhooks.ROUTES,
)
ALL_OPEN_ROUTES: tuple[OpenRoute, ...] = (
    *consent.OPEN_ROUTES,
    *oauth.OPEN_ROUTES,
    *search.OPEN_ROUTES,
    *webhooks.OPEN_ROUTES,
)
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


def path_of(route: Route) -> str:
    """Give the path of a call, with the kind of its node in place of an id."""
    node = "" if route.node == "root" else f"/{{{route.node}}}"
    return f"{node}/{route.edge}" if route.edge else node


Takes = Mapping[str, Certainty]
D, S, C = Certainty.DOCUMENTED, Certainty.SDK, Certainty.THIRD_PARTY
K, I = Certainty.GENERAL, Certainty.INFERRED  # noqa: E741  # the marks
# Taken by every call; by every call that reads a node; by every list.
EVERYWHERE: Takes = {"access_token": D, "appsecret_proof": D, "method": K, "date_format": K}
READ: Takes = {"fields": D}
LIST: Takes = {"fields": D, "limit": D, "after": D, "before": D, "since": K, "until": K}
_CONSENT: Takes = {
    "client_id": D,
    "redirect_uri": D,
    "response_type": D,
    "scope": D,
    "state": D,
    "force_reauth": D,
    "enable_fb_login": D,
}
_CODE: Takes = {"client_id": D, "client_secret": D, "grant_type": D, "redirect_uri": D, "code": D}
_TARGET: Takes = {"media_id": D, "comment_id": D}
CONTAINER: Takes = {
    "image_url": D,
    "video_url": D,
    "media_type": D,
    "is_carousel_item": D,
    "children": D,
    "upload_type": D,
    "caption": D,
    "alt_text": D,
    "location_id": D,
    "user_tags": D,
    "product_tags": D,
    "collaborators": D,
    "cover_url": D,
    "thumb_offset": D,
    "share_to_feed": D,
    "audio_name": D,
    "audio_configuration": D,
    "trial_params": D,
    "is_ai_generated": D,
    "is_paid_partnership": D,
    "branded_content_sponsor_ids": D,
    "poll_attachment": D,
    "is_poll_duration_extended": D,
    "is_comment_prompt_used": D,
}
# Members or values of a parameter whose certainty is stated apart from the parameter's own.
INSIDE: Takes = {
    "media_type=IMAGE": I,
    "poll_attachment.option_a ... option_d": I,
    "audio_configuration.audio_id, audio_volume, video_volume": D,
    "trial_params.graduation_strategy": D,
    "user_tags.username, x, y": D,
    "product_tags.product_id, x, y": D,
}


@dataclass(frozen=True, slots=True)
class CallWithoutRoute:
    """A call without a row in the routes. text: as the page writes it. login: facebook, or both."""

    method: str
    path: str
    name: str
    text: str
    summary: str
    need: str
    mark: Certainty
    login: Literal["facebook", "both"] = "facebook"


CALLS_WITHOUT_ROUTE = (
    CallWithoutRoute(
        "POST",
        "/ig-api-upload/{version}/{container}",
        "upload",
        "`POST /ig-api-upload/{version}/{container}`",
        "Take the bytes of a resumable upload.",
        "none",
        D,
    ),
    CallWithoutRoute(
        "POST", "/", "batch", "`POST /` with `batch`", "Make several calls at once.", "that of each", D
    ),
    CallWithoutRoute(
        "GET",
        "/",
        "ids",
        "`GET /?ids=`, always refused",
        "Read several nodes at once, until October 2026.",
        "none",
        Certainty.OBSERVED,
        "both",
    ),
)
# By method and call name. A test holds that every call of the routes has a row.
TAKES: Mapping[tuple[str, str], Takes] = {
    ("POST", "create"): CONTAINER,
    ("GET", "container_status"): READ,
    ("POST", "media_publish"): {"creation_id": D},
    ("GET", "quota"): {"fields": D, "since": D},
    ("GET", "user"): READ,
    ("GET", "media"): READ,
    ("POST", "media"): {"comment_enabled": D},
    ("DELETE", "media"): {},
    ("GET", "media_list"): {**LIST, "since": D, "until": D},
    ("GET", "stories"): LIST,
    ("GET", "tags"): LIST,
    ("GET", "live_media"): LIST,
    ("GET", "scheduled_media"): LIST,
    ("GET", "upcoming_events"): LIST,
    ("GET", "children"): READ,
    ("GET", "collaborators"): LIST,
    ("GET", "insights"): {"metric": D, "period": D, "breakdown": D, "metric_type": C},
    ("GET", "account_insights"): {
        "metric": D,
        "period": D,
        "metric_type": D,
        "breakdown": D,
        "timeframe": D,
        "since": D,
        "until": D,
    },
    ("GET", "comments"): LIST,
    ("POST", "comments"): {"message": D},
    ("GET", "comment"): READ,
    ("POST", "comment"): {"hide": D},
    ("DELETE", "comment"): {},
    ("GET", "replies"): LIST,
    ("POST", "replies"): {"message": D},
    ("POST", "mentions"): {"media_id": D, "comment_id": D, "message": D},
    ("POST", "likes"): _TARGET,
    ("DELETE", "likes"): _TARGET,
    ("GET", "collaboration_invites"): LIST,
    ("POST", "collaboration_invites"): {"media_id": S, "accept": S},
    ("GET", "collaborative_media"): LIST,
    ("GET", "poll_attachment"): {"date_format": D},
    ("GET", "places"): {**LIST, "q": K},
    ("GET", "audio"): {"audio_type": D, "user_id": D, "search_query": D},
    ("GET", "hashtag_search"): {"user_id": D, "q": D},
    ("GET", "hashtag"): READ,
    ("GET", "hashtag_media"): {"user_id": D, "fields": D},
    ("GET", "recently_searched_hashtags"): {},
    ("GET", "available_catalogs"): LIST,
    ("GET", "catalog_product_search"): {**LIST, "catalog_id": K, "q": K},
    ("GET", "product_appeal"): {"product_id": K},
    ("POST", "product_appeal"): {"product_id": K, "appeal_reason": K},
    ("GET", "product_tags"): {},
    ("POST", "product_tags"): {"updated_tags": K},
    ("DELETE", "product_tags"): {"deleted_tags": K},
    ("POST", "messages"): {"recipient": D, "message": D, "sender_action": D, "payload": D, "tag": D},
    ("GET", "conversations"): {**LIST, "platform": D, "user_id": D},
    ("GET", "conversation"): READ,
    ("GET", "message"): READ,
    ("GET", "igperson"): READ,
    ("GET", "subscribed_apps"): {},
    ("POST", "subscribed_apps"): {"subscribed_fields": D},
    ("DELETE", "subscribed_apps"): {},
    ("GET", "subscriptions"): {},
    ("GET", "app"): READ,
    ("POST", "subscriptions"): {"object": K, "callback_url": K, "fields": K, "verify_token": K},
    ("DELETE", "subscriptions"): {"object": K, "fields": K},
    ("GET", "person"): READ,
    ("GET", "page"): READ,
    ("GET", "accounts"): {"fields": D},
    ("GET", "permissions"): {},
    ("DELETE", "permissions"): {},
    ("GET", "businesses"): {},
    ("GET", "exchange"): {"grant_type": D, "client_secret": D},
    ("GET", "refresh"): {"grant_type": D},
    ("GET", "authorize"): _CONSENT,
    ("GET", "dialog"): {**_CONSENT, "config_id": K},
    ("POST", "code_exchange"): _CODE,
    ("GET", "code_exchange"): {**_CODE, "fb_exchange_token": D},
    ("GET", "debug_token"): {"input_token": K},
    ("GET", "oembed"): {"url": D, "maxwidth": D},
    ("POST", "upload"): {"offset": D, "file_size": D, "file_url": D},
    ("POST", "batch"): {"batch": D, "include_headers": K},
    ("GET", "ids"): {"ids": Certainty.OBSERVED},
}


def openapi() -> dict[str, Any]:
    """Describe the surface as OpenAPI 3.1. All kinds of node share one path, so their calls are merged."""
    shared: defaultdict[tuple[str, str], list[Route]] = defaultdict(list)
    for route in ROUTES:
        path = f"/{route.edge}" if route.node == "root" else f"/{{id}}/{route.edge}".rstrip("/")
        shared[path, route.method].append(route)
    paths: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for (path, method), routes in shared.items():
        paths[path][method.lower()] = _operation(routes)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Instagram Graph API, as the Pressroom sandbox answers it", "version": __version__},
        "servers": [{"url": f"/{version.name}"} for version in VERSIONS] + [{"url": "/"}],
        "security": [{"bearer": []}, {"parameter": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {"Error": _ERROR},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "parameter": {"type": "apiKey", "in": "query", "name": "access_token"},
            },
        },
    }


def docs_page() -> str:
    """Give the docs page: the calls with name, permission and certainty, and all parameters."""
    lines = [
        "<!-- Generated by scripts/generate.py from pressroom.sandbox.surface: do not edit. -->",
        "# What the sandbox answers",
        "",
        f"How sure a row is: {legend()}.",
        "*Name* is what faults and the log call it. *Login* names Instagram Login and Facebook Login.",
        f"Unified Login, hardly documented, has what Facebook Login has (`{Certainty.INFERRED}`).",
        "",
        "## Calls",
        "",
        "| Call | Name | Login | Permission (Instagram, Facebook) | Sure |",
        "|---|---|---|---|---|",
        *sorted(_call_row(route) for route in ROUTES),
        *(
            f"| `{route.method} /{route.path}` | `{route.name}` | both | none | `{route.mark}` |"
            for route in ALL_OPEN_ROUTES
        ),
        *(
            f"| {call.text} | `{call.name}` | {call.login} | {call.need} | `{call.mark}` |"
            for call in CALLS_WITHOUT_ROUTE
        ),
        "",
        "## Parameters",
        "",
        f"Every call takes {_taken(EVERYWHERE)}.",
        "",
        "| Method | Name | Parameters, each with how sure it is |",
        "|---|---|---|",
        *(f"| {method} | `{name}` | {_taken(takes)} |" for (method, name), takes in sorted(TAKES.items())),
        "",
        "## Who may carry what",
        "",
        "| Parameter | " + " | ".join(_COLUMN_NAMES.values()) + " | Login | Sure |",
        "|---|" + "---|" * len(_COLUMN_NAMES) + "---|---|",
        *(_parameter_row(name) for name in TAKEN_BY),
        "",
        f"Less or differently sure inside them: {_taken(INSIDE)}.",
        "",
        "Errors are those of [the error table](errors.md); each can be provoked by a fault. Every error has",
        'the header `WWW-Authenticate: OAuth "Facebook Platform" "invalid_request" "<message>"`, with',
        f"`invalid_token` for code 190 and `not_found` for 803: `{Certainty.OBSERVED}` on",
        f"graph.facebook.com, `{Certainty.INFERRED}` on graph.instagram.com.",
        "",
        "Calls that Pressroom does not make also answer",
        f"{_taken({str(row.code): row.mark for row in OTHER_ERRORS})}.",
        "",
        "## As JSON",
        "",
        "A running sandbox serves all of this as JSON, for tests and generators in any language. The calls",
        "are also served as OpenAPI 3.1, at `/_sandbox/openapi.json`.",
        "",
        "```sh",
        'curl "$INSTAGRAM_API_BASE/_sandbox/surface.json"',
        "```",
        "",
        "| Field | Meaning |",
        "|---|---|",
        *field_rows(),
        "",
    ]
    return "\n".join(lines)


# `me` always exists: tools that send the examples get an answer.
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "example": "me"}
_WORDS = re.compile(r"\W+")
_IN_EDGE = re.compile(r"\{(\w+)\}")
_ANSWER = {"type": ["object", "null"]}  # null: a media without a poll
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "code", "fbtrace_id"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "code": {"type": "integer"},
                "error_subcode": {"type": "integer"},
                "is_transient": {"type": "boolean"},
                "error_user_title": {"type": "string"},
                "error_user_msg": {"type": "string"},
                "fbtrace_id": {"type": "string"},
            },
        }
    },
}
_COLUMN_NAMES = {
    Column.IMAGE: "image",
    Column.REEL: "reel",
    Column.STORY: "story",
    Column.IMAGE_ITEM: "image item",
    Column.VIDEO_ITEM: "video item",
    Column.PARENT: "carousel",
}


def _operation(routes: list[Route]) -> dict[str, Any]:
    route = routes[0]
    # The first line of a handler's docstring is seen by readers of the OpenAPI description.
    summaries = [(merged.handle.__doc__ or merged.name).partition("\n")[0] for merged in routes]
    taken = sorted({name for merged in routes for name in TAKES[merged.method, merged.name]})
    # Secrets and captions belong in the body.
    queried = [] if route.method == "POST" else taken
    parameters: list[dict[str, Any]] = [] if route.node == "root" else [_ID]
    parameters += [_ID | {"name": name, "example": name} for name in _IN_EDGE.findall(route.edge)]
    parameters += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in queried]
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{route.node}_{_WORDS.sub('_', route.edge) or 'self'}",
        "summary": "; ".join(summaries).replace("`", ""),
        "parameters": parameters,
        "responses": {
            "200": {"description": "done", "content": {"application/json": {"schema": _ANSWER}}},
            "default": {
                "description": "refused",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    if route.method == "POST":
        schema = {"type": "object", "properties": {name: {"type": "string"} for name in taken}}
        kinds = ("application/x-www-form-urlencoded", "application/json")
        operation["requestBody"] = {"content": {kind: {"schema": schema} for kind in kinds}}
    return operation


def _taken(takes: Takes) -> str:
    return ", ".join(f"`{name}` {mark}" for name, mark in takes.items()) or "none"


def _call_row(route: Route) -> str:
    login_words = route.login.value if route.login else "both"
    if route.is_under(LoginType.UNIFIED) and not route.is_under(LoginType.FACEBOOK):
        login_words += f", unified `{Certainty.INFERRED}`"
    need = "none"
    if route.need is not None:
        logins = [login for login in LoginType if route.is_under(login)]
        scopes = dict.fromkeys(scope for login in logins if (scope := route.need.name_under(login)))
        need = ", ".join(f"`{scope}`" for scope in scopes)
    return f"| `{route.method} {path_of(route)}` | `{route.name}` | {login_words} | {need} | `{route.mark}` |"


def _parameter_row(name: str) -> str:
    login = "facebook" if name in FACEBOOK_ONLY else "both"
    cells = ("yes" if column in TAKEN_BY[name] else "no" for column in _COLUMN_NAMES)
    return f"| `{name}` | {' | '.join(cells)} | {login} | `{CONTAINER[name]}` |"
