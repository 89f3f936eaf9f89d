"""Gathers what the doctor knows of hosting, with our own address as seen from outside; and of programs.

Nothing is uploaded anywhere. What is served for the question is a picture of a few hundred bytes.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from pressroom.core.account import Account
from pressroom.core.address import shown_address, unreachable_reason
from pressroom.core.clock import Clock
from pressroom.core.errors import HostFailed, PressroomError
from pressroom.core.post import WAITING_STATES
from pressroom.core.protocols import RouteAnswer
from pressroom.core.reading_settings import Way
from pressroom.core.settings import Settings
from pressroom.core.stored_posts import PostQuery
from pressroom.hosting.network import Network
from pressroom.hosting.preflight import ask_route
from pressroom.hosting.signing import SignedHost
from pressroom.hosting.ways import remote_host, ways_for
from pressroom.service.consent.gate import Gate
from pressroom.service.doctor.facts import AgentFacts, Asked, HostingFacts, StoreState
from pressroom.service.doctor.gather_machine import StoreLook
from pressroom.service.ground.resources import Resources

_PICTURE, _CLIP = "image/jpeg", "video/mp4"
_MOST_PLANNED = 500
# The question takes seconds, and nobody else needs the address.
_LIFETIME_S = 300.0


async def hosting_facts(
    settings: Settings, clock: Clock, accounts: Sequence[Account], look: StoreLook
) -> HostingFacts:
    """Gather the facts of hosting. accounts: those that are looked at, the first of whom is asked for."""
    # A sandbox fetches from this machine, where an address that Instagram could not reach is as good.
    is_needed = not accounts or any(account.is_real for account in accounts)
    address = settings.public_url
    # The answer of an address that Instagram may not fetch from would tell nothing.
    unreachable = route = None
    if address and is_needed:
        is_https = address.startswith("https:")
        unreachable = unreachable_reason(address) or (None if is_https else "it is not https")
        if unreachable is None:
            # A name that is not known here is no reason: what asks the route says so.
            with suppress(OSError):
                unreachable = await Network().unreachable_reason(address)
    if address and unreachable is None:
        route = await _route(address, settings, clock, Network(is_own=not is_needed))
    remote = dict[Way, PressroomError | None]()
    for way in settings.remote_hosts:
        try:
            # Made and not used: an address that cannot work is refused here, and nothing is uploaded.
            remote_host(way, settings, clock=clock)
            remote[way] = None
        except PressroomError as error:
            remote[way] = error
    program = None
    if settings.tunnel is not None:
        from pressroom.hosting.tunnel import path_of  # noqa: PLC0415  # loads a server

        try:
            program = path_of(settings.tunnel)
        except PressroomError as error:
            program = error
    first = accounts[0] if accounts else None
    return HostingFacts(
        ways=_ways(_PICTURE, first, settings),
        clips=_ways(_CLIP, first, settings),
        address=shown_address(address) if address else None,
        unreachable=unreachable,
        route=route,
        remote=remote,
        tunnel=settings.tunnel,
        program=program,
        planned=await _count_planned_with_files(look),
    )


async def _count_planned_with_files(look: StoreLook) -> int:
    if look.store is None:
        return 0
    page = await look.store.run(look.store.posts.list, PostQuery(states=WAITING_STATES, limit=_MOST_PLANNED))
    return sum(any(not asset.is_url for asset in post.files) for post in page.posts)


def _ways(content_type: str, account: Account | None, settings: Settings) -> Asked[tuple[Way, ...]]:
    try:
        return ways_for(content_type, account, settings) if account else None
    except PressroomError as error:
        return error


async def _route(address: str, settings: Settings, clock: Clock, network: Network) -> Asked[RouteAnswer]:
    """Serve a small picture as posts are served, and fetch it by its public address."""
    from PIL import Image  # noqa: PLC0415  # loads its decoders

    try:
        async with AsyncExitStack() as serving:
            # A worker that serves there already is shared.
            if settings.media_port is not None:
                from pressroom.hosting.server import serving_media  # noqa: PLC0415  # loads a server

                await serving.enter_async_context(serving_media(settings, clock=clock))
            host = SignedHost(settings, address, clock)
            # What is put up stays, as every served file does, until the sweep takes it after two days.
            with TemporaryDirectory() as directory:
                path = Path(directory) / "doctor.jpg"
                await asyncio.to_thread(Image.new("RGB", (8, 8), "teal").save, path, "JPEG")
                content = await asyncio.to_thread(path.read_bytes)
                url = await host.put(path, content_type=_PICTURE, lifetime_s=_LIFETIME_S)
            return await ask_route(url, sha256=hashlib.sha256(content).hexdigest(), network=network)
    except PressroomError as error:
        return error
    except OSError as error:
        return HostFailed(f"The data directory cannot be used: {error.strerror}.")


async def agent_facts(resources: Resources, gate: Gate, look: StoreLook) -> AgentFacts:
    """Gather the facts of programs."""
    is_set = resources.settings.requires_terminal
    marks = gate.marked.variables if gate.marked else ()
    if look.store is None:
        if look.facts.state is StoreState.NONE:
            return AgentFacts(requires_terminal=is_set, marks=marks)
        return AgentFacts(
            # The environment alone can only switch it on; what the store says is not known.
            requires_terminal=is_set or None,
            marks=marks,
            takes_agent_shells=None,
            grants=None,
            waiting=None,
        )
    now = resources.clock.now()
    grants = [grant for grant in await look.store.run(look.store.consents.grants) if grant.revoked_at is None]
    return AgentFacts(
        requires_terminal=await gate.requires_terminal(),
        marks=marks,
        takes_agent_shells=await gate.takes_agent_shells(),
        grants=tuple(grant for grant in grants if grant.ends_at is None or grant.ends_at > now),
        # Those that are over are expired by whoever looks; the doctor writes nothing.
        waiting=await look.store.run(look.store.consents.count_waiting, now),
    )
