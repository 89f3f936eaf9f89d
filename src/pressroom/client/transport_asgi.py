"""Sends requests to an ASGI app in the same process, without sockets.

The app runs in a task of its own, as on a real server: a client that gives up does not stop it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote, urlsplit

from pressroom.client.wire import time_limit
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import AnswerLost
from pressroom.core.protocols import Reply, Request

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class AsgiTransport:
    """Calls `app` for each request. If it raises or ends without a whole answer, raises AnswerLost."""

    def __init__(self, app: AsgiApp, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self._app = app
        self._clock = clock
        self._running: dict[asyncio.Task[None], _Exchange] = {}

    async def send(self, request: Request) -> Reply:
        """Pass the request to the app and wait for its answer."""
        if request.before_bytes is not None:
            request.before_bytes()
        exchange = _Exchange(request)
        task = asyncio.create_task(self._run(exchange))
        # The loop itself holds tasks only weakly.
        self._running[task] = exchange
        task.add_done_callback(self._running.pop)
        try:
            async with time_limit(self._clock, request.timeout_s):
                return await exchange.reply
        except TimeoutError:
            raise AnswerLost(
                f"No answer to {request.place} within {request.timeout_s:g} s.", fix="Try again later."
            ) from None
        finally:
            exchange.gone.set()

    async def aclose(self) -> None:
        """Wait for the app to finish requests it has answered; the others keep running, as on a server."""
        answered = [task for task, exchange in self._running.items() if exchange.is_answered]
        await asyncio.gather(*answered, return_exceptions=True)

    async def _run(self, exchange: "_Exchange") -> None:
        try:
            await self._app(exchange.scope(), exchange.receive, exchange.send)
        except Exception:  # noqa: BLE001  # whatever the app raises is a lost connection to its client
            exchange.lose("The server failed before it had answered")
        finally:
            exchange.lose("The server ended without a whole answer")


class _Exchange:
    """One request: ASGI's messages for the app, a future for the client."""

    def __init__(self, request: Request) -> None:
        self.reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.gone = asyncio.Event()
        self.is_answered = False
        self._request = request
        self._incoming = self._body_messages()
        self._status = 0
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def scope(self) -> dict[str, Any]:
        """Return the ASGI scope of the request."""
        request = self._request
        url = urlsplit(request.url)
        headers = {"host": url.netloc, **request.headers}
        if request.stream is not None:
            headers["content-length"] = str(request.stream.size_bytes)
        elif request.body is not None:
            headers["content-length"] = str(len(request.body))
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": url.scheme,
            "path": unquote(url.path),
            "raw_path": url.path.encode("ascii"),
            "query_string": url.query.encode("ascii"),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 0),
            "server": (url.hostname, url.port or (443 if url.scheme == "https" else 80)),
        }

    async def receive(self) -> Message:
        """Return the body's messages, then wait until the client is gone."""
        message = await anext(self._incoming, None)
        if message is not None:
            return message
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _body_messages(self) -> AsyncGenerator[Message]:
        stream = self._request.stream
        if stream is None:
            yield {"type": "http.request", "body": self._request.body or b"", "more_body": False}
            return
        try:
            async for piece in stream.pieces:
                if self.gone.is_set():
                    return
                yield {"type": "http.request", "body": piece, "more_body": True}
        except Exception:  # noqa: BLE001  # a body that fails is a client that disconnects
            self.lose("The body broke off")
            return
        yield {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Message) -> None:
        """Collect the app's answer."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in message.get("headers", ())
            }
        elif message["type"] == "http.response.body":
            self._body.append(message.get("body", b""))
            if not message.get("more_body", False) and not self.reply.done():
                reply = Reply(status=self._status, headers=self._headers, body=b"".join(self._body))
                self.reply.set_result(reply)
                self.is_answered = True

    def lose(self, reason: str) -> None:
        """Fail the client with AnswerLost, unless it has an answer or is gone."""
        if not self.reply.done():
            error = AnswerLost(f"{reason} ({self._request.place}).", fix="Try again later.")
            self.reply.set_exception(error)
