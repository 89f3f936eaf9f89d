"""Runs the media route on this machine's loopback address."""

import asyncio
import secrets
import socket
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import aiohttp
from starlette.types import ASGIApp
from yarl import URL

from pressroom.core.address import LOOPBACK
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import SettingRefused
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.hosting.route import HEALTH, media_app, proof
from pressroom.hosting.signing import media_key, signed_path
from pressroom.serving.limits import Limits
from pressroom.serving.runner import serving_public
from pressroom.serving.sockets import address_of, cannot_listen, is_in_use, listen

_PROBE_S = 2.0
_PROOF_BYTES = 1024
NONCES = 10**12  # the route reads numbers of 12 digits
_TAKE_OVER_GAP_S = 0.5


@asynccontextmanager
async def serving_media(
    settings: Settings, *, clock: Clock = SYSTEM_CLOCK, port: int | None = None, limits: Limits | None = None
) -> AsyncGenerator[str]:
    """Serve the renditions while the block runs, and give the base URL.

    port, limits: None is the settings', or any free port. A port that another process of ours serves from the
    same directory is shared, and taken over when that process ends. Raises SettingRefused when another
    program has it.
    """
    port = port if port is not None else settings.media_port or 0
    limits = limits or Limits.of(settings)
    key = media_key(settings)
    app = media_app(settings.renditions, key, clock=clock)
    try:
        listener = listen(port=port)
    except OSError as error:
        if not is_in_use(error) or not await _is_ours(port, settings, key):
            raise _port_refused(error, port) from None
    else:
        base_url = address_of(listener)
        async with _serving(app, listener, limits):
            yield base_url
        return
    # Another process of ours serves the same directory: its addresses are as good as ours.
    successor = asyncio.create_task(_take_over(app, port, clock, limits))
    try:
        yield _base_url(port)
    finally:
        successor.cancel()
        await asyncio.gather(successor, return_exceptions=True)


def _base_url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def _serving(app: ASGIApp, listener: socket.socket, limits: Limits) -> AbstractAsyncContextManager[None]:
    return serving_public(listener, {"media": app}, otherwise="media", limits=limits)


async def _take_over(app: ASGIApp, port: int, clock: Clock, limits: Limits) -> None:
    """Poll until the port is free, then serve on it until cancelled. Raises SettingRefused."""
    while True:
        try:
            listener = listen(port=port)
            break
        except OSError as error:
            if not is_in_use(error):
                raise _port_refused(error, port) from None
        await clock.sleep(_TAKE_OVER_GAP_S)
    async with _serving(app, listener, limits):
        await asyncio.Event().wait()


async def _is_ours(port: int, settings: Settings, key: Secret) -> bool:
    """Ask the server on a port to prove that it has our key and directory."""
    nonce = secrets.randbelow(NONCES)  # a proof that was seen before proves nothing
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


def _port_refused(error: OSError, port: int) -> SettingRefused:
    fix = (
        f"Stop the program that has it, or set PRESSROOM_MEDIA_PORT to another port than {port}, "
        "such as 8077, and point the tunnel there."
    )
    return cannot_listen(error, LOOPBACK, port, rule="media_port", fix=fix)
