"""Describes the surface, from the routes: as a page of the docs, and as OpenAPI."""

import re
from collections import defaultdict
from typing import Any

from pressroom.graph.certainty import Certainty, legend
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.graph.versions import VERSIONS
from pressroom.sandbox.calls.call import OpenRoute, Route
from pressroom.sandbox.publishing.rules import FACEBOOK_ONLY, TAKEN_BY, Column
from pressroom.sandbox.surface.parameters import CONTAINER, EVERYWHERE, INSIDE, TAKES, Takes
from pressroom.sandbox.surface.routes import ALL_OPEN_ROUTES, ROUTES
from pressroom.version import __version__

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
# Calls without a row in the routes.
_APART = (
    ("`POST /ig-api-upload/{version}/{container}`", "upload", "none", Certainty.DOCUMENTED),
    ("`POST /` with `batch`", "batch", "that of each", Certainty.DOCUMENTED),
    ("`GET /?ids=`", "ids", "that of each", Certainty.GENERAL),
)
_APART_UNIFIED = f", unified `{Certainty.INFERRED}`"
_COLUMN_NAMES = {
    Column.IMAGE: "image",
    Column.REEL: "reel",
    Column.STORY: "story",
    Column.IMAGE_ITEM: "image item",
    Column.VIDEO_ITEM: "video item",
    Column.PARENT: "carousel",
}


def _path(route: Route) -> str:
    return f"/{route.edge}" if route.node == "root" else f"/{{id}}/{route.edge}".rstrip("/")


def _summary(route: Route) -> str:
    # The first line of a handler's docstring is seen by readers of the OpenAPI description.
    return (route.handle.__doc__ or route.name).partition("\n")[0].replace("`", "")


def openapi() -> dict[str, Any]:
    """Describe the surface as OpenAPI 3.1. All kinds of node share one path, so their calls are merged."""
    shared: defaultdict[tuple[str, str], list[Route]] = defaultdict(list)
    for route in ROUTES:
        shared[_path(route), route.method].append(route)
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


def _operation(routes: list[Route]) -> dict[str, Any]:
    route = routes[0]
    taken = sorted({name for one in routes for name in TAKES[one.method, one.name]})
    queried = [] if route.method == "POST" else taken  # secrets and captions belong in the body
    parameters: list[dict[str, Any]] = [] if route.node == "root" else [_ID]
    parameters += [_ID | {"name": name, "example": name} for name in _IN_EDGE.findall(route.edge)]
    parameters += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in queried]
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{route.node}_{_WORDS.sub('_', route.edge) or 'self'}",
        "summary": "; ".join(map(_summary, routes)),
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
        operation["requestBody"] = _body(taken)
    return operation


def _body(names: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    kinds = ("application/x-www-form-urlencoded", "application/json")
    return {"content": {kind: {"schema": schema} for kind in kinds}}


def page() -> str:
    """Give the docs page: the calls with name, permission and certainty, and all parameters."""
    lines = [
        "<!-- Generated by scripts/generate.py from pressroom.sandbox.surface.routes: do not edit. -->",
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
        *sorted(_row(route) for route in ROUTES),
        *map(_open_row, ALL_OPEN_ROUTES),
        *(f"| {call} | `{name}` | facebook | {need} | `{mark}` |" for call, name, need, mark in _APART),
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
        *(_parameter(name) for name in TAKEN_BY),
        "",
        f"Less or differently sure inside them: {_taken(INSIDE)}.",
        "",
        "Errors are those of [the error table](errors.md); each can be provoked by a fault.",
        "",
    ]
    return "\n".join(lines)


def _taken(takes: Takes) -> str:
    return ", ".join(f"`{name}` {mark}" for name, mark in takes.items()) or "none"


def _row(route: Route) -> str:
    login = (route.login.value if route.login else "both") + _APART_UNIFIED * _is_apart(route)
    need = "none" if route.need is None else _permissions(route, route.need)
    node = "" if route.node == "root" else f"/{{{route.node}}}"
    edge = f"/{route.edge}" if route.edge else ""
    return f"| `{route.method} {node}{edge}` | `{route.name}` | {login} | {need} | `{route.mark}` |"


def _open_row(route: OpenRoute) -> str:
    return f"| `{route.method} /{route.path}` | `{route.name}` | both | none | `{route.mark}` |"


def _is_apart(route: Route) -> bool:
    """Tell whether Unified Login has a call that Facebook Login has not."""
    return route.is_under(LoginType.UNIFIED) and not route.is_under(LoginType.FACEBOOK)


def _permissions(route: Route, need: Permission) -> str:
    logins = [login for login in LoginType if route.is_under(login)]
    scopes = dict.fromkeys(scope for login in logins if (scope := need.name_under(login)))
    return ", ".join(f"`{scope}`" for scope in scopes)


def _parameter(name: str) -> str:
    login = "facebook" if name in FACEBOOK_ONLY else "both"
    cells = ("yes" if column in TAKEN_BY[name] else "no" for column in _COLUMN_NAMES)
    return f"| `{name}` | {' | '.join(cells)} | {login} | `{CONTAINER[name]}` |"
