"""Serves a sandbox on a port.

`serve` runs until it is cancelled; `serving` gives the base URL to an `async with` block, and
`serving_in_thread` to a `with` block of a program that is not asynchronous. The proxy serves by `carrying`.
"""

import asyncio
import contextlib
import logging
import socket
import struct
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from pressroom.core.address import LOOPBACK
from pressroom.sandbox.faults import ConnectionDropped
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.wire.answer import Receive, Scope, Send, wait_for_disconnect
from pressroom.serving.limits import ProtocolFactory
from pressroom.serving.runner import running
from pressroom.serving.sockets import BACKLOG, address_of, listen

_EXTENSION = "pressroom.connection"
# SO_LINGER for 0 s: closing sends a TCP reset instead of a normal end.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_GRACE_S = 0.5
_KEEP_ALIVE_S = 75
_ROUND_S = 0.25
_START_S = 10.0
_log = logging.getLogger("pressroom.sandbox")


@dataclass(frozen=True, slots=True)
class ServedSandbox:
    """A sandbox on a port. `base_url` has no version and no trailing slash."""

    sandbox: Sandbox
    base_url: str


async def serve(
    sandbox: Sandbox, *, host: str = LOOPBACK, port: int = 0, on_ready: Callable[[str], None]
) -> None:
    """Serve until cancelled. `port` 0 takes a free one; `on_ready` gets the base URL once it answers.

    Raises OSError when the port cannot be opened.
    """
    async with serving(sandbox, host=host, port=port) as served:
        on_ready(served.base_url)
        await asyncio.get_running_loop().create_future()


@contextlib.asynccontextmanager
async def serving(
    sandbox: Sandbox, *, host: str = LOOPBACK, port: int = 0, backlog: int = BACKLOG
) -> AsyncGenerator[ServedSandbox]:
    """Serve while the block runs. Raises OSError when the port cannot be opened.

    backlog: how many connections may wait in the kernel.
    """
    listener = listen(host, port)
    base_url = address_of(listener)
    try:
        async with carrying(sandbox, listener, DroppableProtocol, backlog=backlog):
            sandbox.scene.served_at = base_url
            rounds = asyncio.create_task(_go_rounds(sandbox))
            try:
                yield ServedSandbox(sandbox, base_url)
            finally:
                rounds.cancel()
    finally:
        sandbox.save()
        await sandbox.scene.aclose()


@contextlib.contextmanager
def serving_in_thread(sandbox: Sandbox, *, port: int = 0) -> Generator[ServedSandbox]:
    """Serve while the block runs. Raises OSError when the port cannot be opened."""
    ready: Future[tuple[ServedSandbox, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    # Daemon: a block that never ends, as in a test run that is killed, must not keep the program alive.
    thread = threading.Thread(target=lambda: asyncio.run(_serve_until(sandbox, port, ready)), daemon=True)
    thread.start()
    served, loop, end = ready.result(timeout=_START_S)
    try:
        yield served
    finally:
        # An asyncio.Event may be set in its own loop's thread only.
        loop.call_soon_threadsafe(end.set)
        thread.join()


async def _serve_until(
    sandbox: Sandbox,
    port: int,
    ready: "Future[tuple[ServedSandbox, asyncio.AbstractEventLoop, asyncio.Event]]",
) -> None:
    end = asyncio.Event()
    try:
        async with serving(sandbox, port=port) as served:
            ready.set_result((served, asyncio.get_running_loop(), end))
            await end.wait()
    except OSError as error:
        ready.set_exception(error)
    finally:
        await sandbox.aclose()


async def _go_rounds(sandbox: Sandbox) -> None:
    """Execute what is due although nobody calls (late effects, webhooks), and save what changed."""
    was_well = True
    while True:
        try:
            sandbox.scene.settle()
            sandbox.save()
            was_well = True
        except Exception:  # noqa: BLE001  # else one bad effect or a full disk would end every later round
            # Once, not four times a second while the disk is full.
            if was_well:
                _log.exception("the sandbox failed to save, or to execute what is due; it goes on trying")
            was_well = False
        await asyncio.sleep(_ROUND_S)


def carrying(
    sandbox: Sandbox, listener: socket.socket, protocol: ProtocolFactory, *, backlog: int = BACKLOG
) -> AbstractAsyncContextManager[None]:
    """Serve a sandbox on an open socket while the block runs.

    The server adds no `Date` header: the sandbox sends one by its own clock.
    """
    return running(
        DroppingApp(sandbox),
        listener,
        protocol,
        keep_alive_s=_KEEP_ALIVE_S,
        grace_s=_GRACE_S,
        is_dated=False,
        backlog=backlog,
    )


class DroppableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol; it passes the transport to the app, which may drop the connection."""

    def __init__(self, config: uvicorn.Config, state: ServerState) -> None:
        super().__init__(config, state, {})
        self.logger: logging.Logger = _log
        self.access_log = False

    def on_message_begin(self) -> None:
        """Add the transport to the ASGI scope."""
        super().on_message_begin()
        self.scope["extensions"] = {_EXTENSION: {"transport": self.transport}}


class DroppingApp:
    """Turns ConnectionDropped into a TCP reset, or a close in the middle of the answer."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await self._sandbox.app(scope, receive, send)
        except ConnectionDropped as drop:
            transport: asyncio.Transport = scope["extensions"][_EXTENSION]["transport"]
            if not drop.is_reset:
                transport.close()
            else:
                connection: socket.socket | None = transport.get_extra_info("socket")
                if connection is not None:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                transport.abort()
            # uvicorn logs an error when an app returns without an answer while its connection lives.
            await wait_for_disconnect(receive)
