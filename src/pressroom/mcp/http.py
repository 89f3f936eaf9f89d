"""Serves agents over HTTP as an app that can be mounted: each request shows a key of the store."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as HttpScope

from pressroom.core.actor import Actor, Scope, actor_of
from pressroom.core.errors import PressroomError
from pressroom.core.secret import Secret
from pressroom.mcp.context import Folders, ToolContext
from pressroom.mcp.server import Request, build
from pressroom.serving.limits import admit, body_of, replaying

if TYPE_CHECKING:
    from pressroom.service import Pressroom

PATH: Final = "/mcp"
MOST_BYTES: Final = 1_048_576
"""The most bytes of a message, which names files and holds none."""

_CONTEXT: Final = "pressroom.mcp.context"
_SCHEME: Final = "bearer"
Makes = Callable[[Actor, frozenset[Scope]], ToolContext]
"""Makes what the tools of a program share, from who it is and the scopes of its key."""


class Programs:
    """What the tools of each program share, by its key. owner: an open session, for the keys."""

    def __init__(self, owner: "Pressroom", makes: Makes) -> None:
        self._owner = owner
        self._makes = makes
        self._contexts = dict[str, ToolContext]()
        self._stack = AsyncExitStack()

    async def aclose(self) -> None:
        """Close the sessions of all."""
        await self._stack.aclose()

    async def context_of(self, token: Secret) -> ToolContext | None:
        """Return what the tools of a key's program share; None for a key that lets nobody in."""
        key = await self._owner.keys.holder(token)
        if key is None:
            return None
        if key.id not in self._contexts:
            # Kept before anything is waited for: two requests at once must not make two.
            context = self._contexts[key.id] = self._makes(actor_of(key.actor), frozenset(key.scopes))
            await self._stack.enter_async_context(context.sessions)
        return self._contexts[key.id]


@asynccontextmanager
async def mounted(programs: Programs, folders: Folders) -> AsyncGenerator[ASGIApp]:
    """Give the app while the block runs. It checks keys; whoever serves it checks Host and Origin."""
    server = build(_context_of, folders)
    app = server.streamable_http_app(
        # Each request shows its key, and none has a session at the SDK that another key could take over.
        streamable_http_path=PATH,
        stateless_http=True,
        json_response=True,
        host="0.0.0.0",  # noqa: S104  # no own check
    )
    async with app.router.lifespan_context(app):
        try:
            yield _Keyed(app, programs)
        finally:
            await programs.aclose()


def _context_of(request: Request) -> ToolContext:
    http = request.request
    assert isinstance(http, HttpRequest)
    return http.scope[_CONTEXT]


class _Keyed:
    """Lets only those requests through that show a key which is good."""

    def __init__(self, app: ASGIApp, programs: Programs) -> None:
        self._app = app
        self._programs = programs

    async def __call__(self, scope: HttpScope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
            scheme, _, token = header.partition(" ")
            is_key = scheme.lower() == _SCHEME and bool(token.strip())
            context = await self._programs.context_of(Secret(token.strip())) if is_key else None
        except PressroomError as error:
            await JSONResponse({"error": error.message}, 503)(scope, receive, send)
            return
        if context is None:
            words = (
                "A key is needed: `pressroom keys add NAME` makes one, for the header "
                "`Authorization: Bearer KEY`."
            )
            app = JSONResponse({"error": words}, 401, {"www-authenticate": "Bearer"})
        elif not admit(scope, context.actor.id):
            words = "Too many requests with this key are being answered. Ask again when one of them is."
            app = JSONResponse({"error": words}, 429, {"retry-after": "1"})
        elif scope["method"] == "GET":
            # A GET waits for what the server says unasked: nothing. It would hold its place for ever.
            app = JSONResponse({"error": "Only POST is answered here."}, 405, {"allow": "POST"})
        elif (body := await body_of(HttpRequest(scope, receive), MOST_BYTES)) is None:
            app = JSONResponse({"error": f"A message has at most {MOST_BYTES:,} bytes."}, 413)
        else:
            # Read here: the SDK logs a traceback for each client that goes away amid a message.
            app, receive = self._app, replaying(body, receive)
        await app({**scope, _CONTEXT: context}, receive, send)
