"""Runs the media route on this machine's loopback address."""

import asyncio
import contextlib
import errno
import secrets
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager

import aiohttp
import uvicorn
from starlette.types import ASGIApp
from yarl import URL

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import SettingRefused
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.hosting.limits import LIMITS, Limits, limited
from pressroom.hosting.route import HEALTH, media_app, proof
from pressroom.hosting.signing import media_key, signed_path

_LOOPBACK = "127.0.0.1"
_PROBE_S = 2.0
_PROOF_BYTES = 1024
_NONCES = 10**12
_TAKE_OVER_GAP_S = 0.5
# An event loop accepts all that wait before it counts the first: more would take too many file descriptors.
_BACKLOG = 100


@asynccontextmanager
async def serving_media(
    settings: Settings, *, clock: Clock = SYSTEM_CLOCK, port: int | None = None, limits: Limits = LIMITS
) -> AsyncGenerator[str]:
    """Serve the renditions while the block runs, and give the base URL.

    port: None is the setting's, or any free one. A port that another process of ours serves from the same
    directory is shared, and taken over when that process ends. Raises SettingRefused for one in other hands.
    """
    wanted = port if port is not None else settings.media_port or 0
    key = media_key(settings)
    app = media_app(settings.renditions, key, clock=clock)
    listener = _listen(wanted)
    if listener is not None:
        async with running(app, listener, limits):
            yield _base_url(listener.getsockname()[1])
        return
    if not await _is_ours(wanted, settings, key):
        raise _in_use(wanted)
    successor = asyncio.create_task(_take_over(app, wanted, clock, limits))
    try:
        yield _base_url(wanted)
    finally:
        successor.cancel()
        await asyncio.gather(successor, return_exceptions=True)


def _base_url(port: int) -> str:
    return f"http://{_LOOPBACK}:{port}"


def _listen(port: int) -> socket.socket | None:
    """Open the port; None when somebody else has it."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # A port whose last connections still linger is free all the same.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_LOOPBACK, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise SettingRefused(
            f"Port {port} cannot be opened: {error.strerror}.",
            rule="media_port",
            value=port,
            fix="Set PRESSROOM_MEDIA_PORT to a free port such as 8077.",
        ) from None
    return listener


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the signals are the command's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


@asynccontextmanager
async def running(app: ASGIApp, listener: socket.socket, limits: Limits = LIMITS) -> AsyncGenerator[None]:
    """Run the app on an open port; connections wait in its queue until uvicorn is up."""
    config = uvicorn.Config(
        app,
        http=limited(limits),
        h11_max_incomplete_event_size=limits.header_bytes,
        backlog=_BACKLOG,
        ws="none",
        lifespan="off",
        log_config=None,  # logging is the program's
        server_header=False,
        access_log=False,  # its lines hold whole addresses, with which anybody can fetch
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
        listener.close()


async def _take_over(app: ASGIApp, port: int, clock: Clock, limits: Limits) -> None:
    """Wait for the port's owner to go, then serve in its place until cancelled."""
    while (listener := _listen(port)) is None:
        await clock.sleep(_TAKE_OVER_GAP_S)
    async with running(app, listener, limits):
        await asyncio.Event().wait()


async def _is_ours(port: int, settings: Settings, key: Secret) -> bool:
    """Ask the server on a port to prove that it has our key and directory."""
    nonce = secrets.randbelow(_NONCES)
    url = URL(_base_url(port) + signed_path(key, HEALTH, nonce), encoded=True)
    timeout = aiohttp.ClientTimeout(total=_PROBE_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, allow_redirects=False) as reply,
        ):
            answer = await reply.content.read(_PROOF_BYTES)
    except (aiohttp.ClientError, OSError):
        return False
    return answer.decode("ascii", "replace") == proof(settings.renditions, key, nonce)


def _in_use(port: int) -> SettingRefused:
    return SettingRefused(
        f"Port {port} is already in use by another program.",
        rule="media_port",
        value=port,
        limit="a free port",
        fix=f"Stop that program, or set PRESSROOM_MEDIA_PORT to another port than {port} "
        "and point the tunnel there.",
    )
