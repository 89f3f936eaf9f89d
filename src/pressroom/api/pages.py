"""What the API says of itself to people and tools: its document, the page to try it, the kinds of problems.

Nobody needs a key for these; the key that a person types into the page goes along with what they try there.
"""

import asyncio
import hashlib
import inspect
from collections.abc import Callable, Iterator
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Final, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from pressroom.api import described
from pressroom.api.openapi import openapi, openapi_json
from pressroom.api.operation import BASE
from pressroom.api.problems import TITLES, refuse_method, status_of
from pressroom.core.errors import GraphError, PressroomError
from pressroom.serving.guard import POLICY, Secured
from pressroom.serving.static import StaticFiles
from pressroom.serving.templates import templates_of

# The page shows pictures that it asked for with a key: it has them as blobs.
_POLICY: Final = POLICY.replace(b"img-src 'self'", b"img-src 'self' blob:")
_HTML: Final = "text/html; charset=utf-8"


class ProblemKind(NamedTuple):
    """A kind of problem, as the page explains it. name: what follows the `#` of its `type`."""

    name: str
    status: int
    title: str
    words: str
    is_of_instagram: bool


def routes() -> list[BaseRoute]:
    """Return the routes of the documents, which answer everybody."""
    static = StaticFiles(files("pressroom.api") / "static", f"{BASE}/static/")
    templates = templates_of("pressroom.api", static)
    templates.filters["spelled"] = lambda value: msgspec.json.format(msgspec.json.encode(value)).decode()
    templates.filters["phrase"] = lambda status: HTTPStatus(status).phrase

    @cache
    def page() -> bytes:
        document = openapi()
        groups = [
            (tag["name"], tag["description"], list(described.operations_of(document, tag["name"])))
            for tag in document["tags"]
        ]
        schemas = document["components"]["schemas"]
        shown = {
            "base": BASE,
            "document": document,
            "schemas": schemas,
            "groups": groups,
            "described": described,
        }
        return templates.get_template("operations.html").render(shown).encode()

    def problems() -> bytes:
        # Not kept: a class that nothing has loaded yet is not there yet.
        kinds = problem_kinds()
        statuses = sorted({kind.status for kind in kinds} | set(TITLES))
        shown = {"base": BASE, "kinds": kinds, "statuses": statuses, "titles": TITLES}
        return templates.get_template("problems.html").render(shown).encode()

    return [
        Route(f"{BASE}/openapi.json", Secured(_Document(openapi_json, "application/json"))),
        Route(f"{BASE}/problems", Secured(_Document(problems, _HTML))),
        *(Route(f"{BASE}{end}", Secured(_Document(page, _HTML), _POLICY)) for end in ("", "/")),
        Mount(f"{BASE}/static", Secured(static)),
    ]


class _Document:
    """Answers with a text that is the same for everybody, and not again where its tag is known."""

    def __init__(self, make: Callable[[], bytes], media_type: str) -> None:
        self._make = make
        self._media_type = media_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await (await self._respond(Request(scope)))(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return refuse_method(request.method, ("GET", "HEAD"))
        # In a thread: the first one takes longer than a worker that publishes in this process may wait.
        content = await asyncio.to_thread(self._make)
        headers = {
            "etag": f'"{hashlib.sha256(content).hexdigest()[:16]}"',
            "cache-control": "no-cache",
        }
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(None, HTTPStatus.NOT_MODIFIED, headers)
        return Response(content, headers=headers, media_type=self._media_type)


def problem_kinds() -> list[ProblemKind]:
    """Return the kinds of problems, by name: the classes of errors that are loaded."""
    kinds = {kind for kind in _below(PressroomError) if kind.__module__.startswith("pressroom.")}
    return [
        ProblemKind(
            kind.__name__,
            *status_of(kind),
            # The rest of it is for those who raise it.
            (inspect.getdoc(kind) or "").partition("\n\n")[0],
            issubclass(kind, GraphError),
        )
        for kind in sorted(kinds, key=lambda kind: kind.__name__)
    ]


def _below(kind: type[PressroomError]) -> Iterator[type[PressroomError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)
