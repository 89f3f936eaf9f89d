"""Looks at how local files get to Instagram: the ways, and our own address as seen from outside."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from pressroom.core.account import Account
from pressroom.core.address import shown_address, unreachable_reason
from pressroom.core.clock import Clock
from pressroom.core.errors import HostFailed, PressroomError
from pressroom.core.settings import Settings
from pressroom.core.ways import RouteAnswer, Way
from pressroom.hosting.network import Network
from pressroom.hosting.preflight import ask_route
from pressroom.hosting.remote_hosts import remote_host
from pressroom.hosting.signing import SignedHost
from pressroom.hosting.ways import ways_for
from pressroom.service.doctor.judge_facts import Asked, HostingFacts

_PICTURE, _CLIP = "image/jpeg", "video/mp4"
_LIFETIME_S = 300.0


async def hosting_facts(settings: Settings, clock: Clock, accounts: Sequence[Account]) -> HostingFacts:
    """Gather the facts of hosting. accounts: those that are looked at, the first of whom is asked for."""
    # A sandbox fetches from this machine, where an address that Instagram could not reach is as good.
    is_needed = not accounts or any(one.is_real for one in accounts)
    address = settings.public_url
    unreachable = await _unreachable(address) if address and is_needed else None
    route = None
    if address and unreachable is None:
        route = await _route(address, settings, clock, Network(is_own=not is_needed))
    first = accounts[0] if accounts else None
    return HostingFacts(
        ways=_ways(_PICTURE, first, settings),
        clips=_ways(_CLIP, first, settings),
        address=shown_address(address) if address else None,
        unreachable=unreachable,
        route=route,
        remote=_remote(settings, clock),
    )


async def _unreachable(address: str) -> str | None:
    """Say why Instagram could not fetch from an address; None when it may."""
    reason = unreachable_reason(address) or (None if address.startswith("https:") else "it is not https")
    if reason is not None:
        return reason
    try:
        return await Network().unreachable_reason(address)
    except OSError:
        return None  # the name is not known here: what asks the route says so


def _ways(content_type: str, account: Account | None, settings: Settings) -> Asked[tuple[Way, ...]]:
    if account is None:
        return None
    try:
        return ways_for(content_type, account, settings)
    except PressroomError as error:
        return error


def _remote(settings: Settings, clock: Clock) -> Mapping[Way, PressroomError | None]:
    """Read the address of each remote host that is set up; nothing is uploaded."""
    found = dict[Way, PressroomError | None]()
    for way in settings.remote_hosts:
        try:
            remote_host(way, settings, clock=clock)
            found[way] = None
        except PressroomError as error:
            found[way] = error
    return found


async def _route(address: str, settings: Settings, clock: Clock, network: Network) -> Asked[RouteAnswer]:
    """Serve a small picture as posts are served, and fetch it by its public address."""
    try:
        async with _serving(settings, clock):
            content = await asyncio.to_thread(_picture)
            url = await _put(content, SignedHost(settings, address, clock))
            sha256 = hashlib.sha256(content).hexdigest()
            return await ask_route(url, sha256=sha256, network=network)
    except PressroomError as error:
        return error
    except OSError as error:
        return HostFailed(f"The data directory cannot be used: {error.strerror}.")


def _serving(settings: Settings, clock: Clock) -> AbstractAsyncContextManager[object]:
    """Run the route where a port is set for it; a worker that serves there already is shared."""
    if settings.media_port is None:
        return nullcontext()
    from pressroom.hosting.server import serving_media  # noqa: PLC0415  # loads a server

    return serving_media(settings, clock=clock)


async def _put(content: bytes, host: SignedHost) -> str:
    # It stays, as every file that was served does, until the sweep takes it after two days.
    with TemporaryDirectory() as directory:
        path = Path(directory) / "doctor.jpg"
        await asyncio.to_thread(path.write_bytes, content)
        return await host.put(path, content_type=_PICTURE, lifetime_s=_LIFETIME_S)


def _picture() -> bytes:
    """Draw a picture of a few hundred bytes, the same each time."""
    from PIL import Image  # noqa: PLC0415  # loads its decoders

    with BytesIO() as made:
        Image.new("RGB", (8, 8), "teal").save(made, "JPEG")
        return made.getvalue()
