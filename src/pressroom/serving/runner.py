"""Runs an ASGI app on an open socket with uvicorn's protocols, in the event loop of the program.

uvicorn's own `Server` takes over the program's signals, and checks only every 0.1 s whether to end. Start at
`running`. `serving_public` is the only listener that the internet reaches, through a tunnel or a proxy.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from email.utils import formatdate
from typing import Final

import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from pressroom.core.shortage import descriptor_share
from pressroom.serving.guard import Guard
from pressroom.serving.limits import LIMITS, Limits, ProtocolFactory, limited, streaming
from pressroom.serving.sockets import BACKLOG

_DATE_S: Final = 1.0  # a Date header counts whole seconds
_LOOK_GAP_S: Final = 0.01
# How many connections one turn of the loop accepts. If a hundred were accepted, the first would be dropped
# for want of room before anybody had looked at what it sent. Each holds a descriptor for some turns.
_ACCEPTED_AT_ONCE: Final = 8
_TURNS_OF_ACCEPT: Final = 3  # of the loop: it accepts, makes the transport, and tells the protocol


@contextlib.asynccontextmanager
async def running(
    app: ASGIApp,
    listener: socket.socket,
    protocol: ProtocolFactory,
    *,
    keep_alive_s: int = 5,
    grace_s: float = 1.0,
    is_dated: bool = True,
    tls: ssl.SSLContext | None = None,
    backlog: int = BACKLOG,
) -> AsyncGenerator[None]:
    """Run the app while the block runs, then close the socket. Connections are accepted from the start.

    keep_alive_s: how long a connection may be silent between requests. grace_s: at shutdown, how long
    unfinished responses may take until their connections are cut; after the same time again their tasks are
    cancelled. is_dated: whether responses get a `Date` header. tls: None for plain HTTP. backlog: how many
    connections may wait in the kernel.
    """
    config, state = _config(app, keep_alive_s), ServerState()
    loop = asyncio.get_running_loop()
    at_once = descriptor_share(_ACCEPTED_AT_ONCE, each=4)
    server = await loop.create_server(
        lambda: protocol(config, state), sock=listener, backlog=at_once, ssl=tls
    )
    listener.listen(backlog)  # the others wait in the kernel, and not in vain
    dating = asyncio.create_task(_set_date_header(state)) if is_dated else None
    try:
        yield
    finally:
        loop.remove_reader(listener)
        # asyncio forgets what was just accepted when its server closes.
        for _ in range(_TURNS_OF_ACCEPT):
            await asyncio.sleep(0)
        server.close()
        await _end_connections(state, grace_s)
        if dating is not None:
            dating.cancel()
            await asyncio.gather(dating, return_exceptions=True)


def _config(app: ASGIApp, keep_alive_s: int) -> uvicorn.Config:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        # A client that goes in the middle of its request, a refused stream, and an answer that is cut when
        # the server ends leave nothing in the log.
        with contextlib.suppress(ClientDisconnect, asyncio.CancelledError):
            await app(scope, receive, streaming(scope, send))

    config = uvicorn.Config(
        answer,
        http=asyncio.Protocol,  # never made: each listener brings its own
        interface="asgi3",
        ws="none",
        lifespan="off",
        log_config=None,  # logging is the program's
        proxy_headers=False,  # client addresses are not used, and clients can forge these headers
        server_header=False,
        timeout_keep_alive=keep_alive_s,
    )
    config.load()
    return config


async def _set_date_header(state: ServerState) -> None:
    while True:
        state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        await asyncio.sleep(_DATE_S)


async def _end_connections(state: ServerState, grace_s: float) -> None:
    """Wait for running answers, then abort their connections, then cancel their tasks."""
    for connection in list(state.connections):
        connection.shutdown()
    await _wait(state, grace_s)
    for connection in list(state.connections):
        connection.transport.abort()
    await _wait(state, grace_s)
    for task in list(state.tasks):
        task.cancel()
    await asyncio.sleep(0)


async def _wait(state: ServerState, longest_s: float) -> None:
    """Wait until no connection is left: an answer is still being sent after its task has ended."""
    gap_s = 0.0  # idle connections are gone in the loop's next turn
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(longest_s):
            while state.connections or state.tasks:
                await asyncio.sleep(gap_s)
                gap_s = _LOOK_GAP_S


PUBLIC_ROUTES: Final = frozenset({"media"})
"""The routes that the internet may reach, by the path segment that names each; never a page of ours."""


def serving_public(
    listener: socket.socket, routes: Mapping[str, ASGIApp], *, otherwise: str, limits: Limits = LIMITS
) -> AbstractAsyncContextManager[None]:
    """Serve `public_app` while the block runs. Raises ValueError as it does."""
    return running(public_app(routes, otherwise=otherwise), listener, limited(limits))


def public_app(routes: Mapping[str, ASGIApp], *, otherwise: str) -> ASGIApp:
    """Make the app that hands a path to the route which its first known segment names.

    otherwise: the route that gets a path without one, since a proxy may cut a path short.
    Raises ValueError for a route that is not in `PUBLIC_ROUTES`, and for an app behind a `Guard`, as every
    page of ours is.
    """
    for name, app in routes.items():
        if name not in PUBLIC_ROUTES or isinstance(app, Guard):
            raise ValueError(f"{name!r} is not declared public, or is a page: strangers must not reach it")
    fallback = routes[otherwise]

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        segments = str(scope["path"]).split("/")
        app = next((routes[name] for name in segments if name in routes), fallback)
        await app(scope, receive, send)

    return answer
