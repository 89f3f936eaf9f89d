"""Serves agents over HTTP as an app that can be mounted: each request shows a key of the store."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as HttpScope

from pressroom.core.errors import PressroomError
from pressroom.mcp.context import Folders, ToolContext
from pressroom.mcp.server import Request, build
from pressroom.service.programs.programs import Program, Programs
from pressroom.serving.limits import body_of, replaying
from pressroom.serving.rates import STRANGERS, Takes, count_request

log: Final = logging.getLogger("pressroom.mcp")

PATH: Final = "/mcp"
MOST_BYTES: Final = 1_048_576
"""The most bytes of a message, which names files and holds none."""

_CONTEXT: Final = "pressroom.mcp.context"
Makes = Callable[[Program], ToolContext]
"""Makes what the tools of a program share."""


@asynccontextmanager
async def mounted(
    programs: Programs, makes: Makes, folders: Folders, *, takes: Takes | None = None
) -> AsyncGenerator[ASGIApp]:
    """Give the app while the block runs. It checks keys; whoever serves it checks Host and Origin.

    programs: stay open when the block ends. takes: counts a request of a caller, see `serving.rates`; None
    for no limit.
    """
    server = build(_context_of, folders)
    app = server.streamable_http_app(
        # Each request shows its key, and none has a session at the SDK that another key could take over.
        streamable_http_path=PATH,
        stateless_http=True,
        json_response=True,
        host="0.0.0.0",  # noqa: S104  # no own check
    )
    async with app.router.lifespan_context(app):
        yield _Keyed(app, programs, makes, takes)


def _context_of(request: Request) -> ToolContext:
    http = request.request
    assert isinstance(http, HttpRequest)
    return http.scope[_CONTEXT]


class _Keyed:
    """Lets only those requests through that show a key which is good."""

    def __init__(self, app: ASGIApp, programs: Programs, makes: Makes, takes: Takes | None) -> None:
        self._app = app
        self._programs = programs
        self._makes = makes
        self._takes = takes
        self._contexts = dict[Program, ToolContext]()

    async def __call__(self, scope: HttpScope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            answer = await self._respond(scope, receive)
        except PressroomError as error:
            # Not why: a reason names the store's place, and the key may not be a good one.
            log.warning("the key of an agent could not be looked up: %s", error)
            words = "The store does not answer. The log of the server says why."
            answer = JSONResponse({"error": words}, 503)
        await answer(scope, receive, send)

    async def _respond(self, scope: HttpScope, receive: Receive) -> ASGIApp:
        """Return the answer to a request, as an app that sends it. Raises StoreFailed."""
        header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        program = await self._programs.shown_by(header)
        if wait_s := count_request(scope, program.actor.id if program else STRANGERS, self._takes):
            words = f"Too many requests come at once. Ask again in {wait_s} s."
            return JSONResponse({"error": words}, 429, {"retry-after": str(wait_s)})
        if program is None:
            return _no_key()
        if scope["method"] == "GET":
            # A GET waits for what the server says unasked: nothing. It would hold its place for ever.
            return JSONResponse({"error": "Only POST is answered here."}, 405, {"allow": "POST"})
        if (body := await body_of(HttpRequest(scope, receive), MOST_BYTES)) is None:
            return JSONResponse({"error": f"A message has at most {MOST_BYTES:,} bytes."}, 413)
        if program not in self._contexts:
            living = self._programs.living()
            self._contexts = {other: self._contexts[other] for other in living if other in self._contexts}
            self._contexts[program] = self._makes(program)
        message = {**scope, _CONTEXT: self._contexts[program]}
        # Read here: the SDK logs a traceback for each client that goes away amid a message.
        answer = await self._answer(program, header, message, replaying(body, receive))
        # Of what was read after the key was revoked or expired, nothing is answered.
        return answer if await self._programs.shown_by(header) is program else _no_key()

    async def _answer(self, program: Program, header: str, scope: HttpScope, receive: Receive) -> ASGIApp:
        """Let the SDK answer a message, until the key is revoked or expires."""
        messages = list[Message]()

        async def keep(message: Message) -> None:
            messages.append(message)

        async def send_kept(_scope: HttpScope, _receive: Receive, send: Send) -> None:
            for message in messages:
                await send(message)

        answering = asyncio.ensure_future(self._app(scope, receive, keep))
        ending = asyncio.ensure_future(self._programs.wait_for_end(program))
        try:
            await asyncio.wait([answering, ending], return_when=asyncio.FIRST_COMPLETED)
            # The waiting ends, too, where the store cannot be read.
            if answering.done() or await self._programs.shown_by(header) is program:
                await answering
        finally:
            for task in (answering, ending):
                task.cancel()
            await asyncio.gather(answering, ending, return_exceptions=True)
        return send_kept


def _no_key() -> ASGIApp:
    words = (
        "A key is needed: `pressroom keys add NAME` makes one, for the header `Authorization: Bearer KEY`."
    )
    return JSONResponse({"error": words}, 401, {"www-authenticate": "Bearer"})
