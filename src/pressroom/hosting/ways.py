"""Puts local files where Instagram can fetch them, by the ways that are set up.

Start at `Hosts`. `REMOTE_HOSTS` lists every remote host: a new one is a class there, and a row of `Way` in
`core.reading_settings`. `clear_leftovers` deletes what killed processes left at a store, at
Cloudinary and in the data directory.
"""

import asyncio
import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

from pressroom.core.account import Account
from pressroom.core.address import LOCAL_HOSTS, unreachable_reason
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import PressroomError, Refused, SettingRefused
from pressroom.core.reading_settings import Way
from pressroom.core.settings import PUBLIC_URL, TUNNEL, Settings
from pressroom.core.shortage import descriptor_share
from pressroom.graph.capabilities import Capability, may_try
from pressroom.hosting.cloudinary import CloudinaryHost
from pressroom.hosting.remote import Ledger, RemoteFile, RemoteHost, abandoned
from pressroom.hosting.renditions import sweep_renditions
from pressroom.hosting.s3 import S3Host
from pressroom.hosting.signing import SignedHost, sweep
from pressroom.hosting.tunnel_records import end_orphaned_tunnels
from pressroom.media.files import clear_away

# In the order in which they are suggested when none is set up.
REMOTE_HOSTS: tuple[type[RemoteHost], ...] = (CloudinaryHost, S3Host)


def remote_host(
    way: Way, settings: Settings, *, clock: Clock = SYSTEM_CLOCK, ledger: Ledger | None = None
) -> RemoteHost | None:
    """Make the host of a way; None when it has none or is not set up. Raises as the host does."""
    url = settings.remote_hosts.get(way)
    if url is None:
        return None
    host = next(host for host in REMOTE_HOSTS if host.way is way)
    return host(url, clock=clock, ledger=ledger)


# How many files may be on their way to hosts, beside all else that a crowd of posts opens:
# docs/decisions/0020.
_MOST_PUT_AT_ONCE = 32


class _WayHost(Protocol):
    """The host of one way."""

    async def put(self, path: Path, *, content_type: str, lifetime_s: float) -> str: ...

    def serves(self, url: str) -> bool: ...

    async def release(self, url: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _ServedFile:
    """A file that was put up. good_until: in the clock's monotonic seconds.

    content: path, size and mtime, which tell one content from another without reading it; ours have the path.
    """

    way: Way
    content: tuple[Path, int, int]
    url: str
    good_until: float


class OpenHosts:
    """The hosts that a process has open, each once for all of its accounts. Close it with `aclose`.

    putting: limits how many files are put up at once, since a remote host takes descriptors for each.
    on_tunnel: called with the program's name as a tunnel is opened.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = SYSTEM_CLOCK,
        on_tunnel: Callable[[str], None] = lambda _program: None,
    ) -> None:
        self.putting: Final = asyncio.Semaphore(descriptor_share(_MOST_PUT_AT_ONCE, each=4))
        self._settings = settings
        self._clock = clock
        self._on_tunnel = on_tunnel
        self._stack = AsyncExitStack()
        self._clearing: asyncio.Task[int] | None = None
        self._ledger = Ledger(settings.home)
        self._opening = asyncio.Lock()
        self._open: dict[tuple[Way, bool], _WayHost] = {}

    async def host(self, way: Way, *, is_local: bool) -> "_WayHost":
        """Give the host of a way, opened when it is first asked for. is_local: for a sandbox of this machine.

        Raises SettingRefused for one that cannot work.
        """
        async with self._opening:  # or two callers at once would open the port twice
            if (way, is_local) not in self._open:
                self._open[way, is_local] = await self._opened(way, is_local=is_local)
            return self._open[way, is_local]

    async def _opened(self, way: Way, *, is_local: bool) -> "_WayHost":
        settings = self._settings
        remote = remote_host(way, settings, clock=self._clock, ledger=self._ledger)
        if remote is not None:
            return remote
        if way is Way.TUNNEL:
            assert settings.tunnel is not None
            from pressroom.hosting.tunnel import TunnelHost  # noqa: PLC0415  # loads a server

            tunnel = TunnelHost(
                settings, settings.tunnel, self._clock, is_local=is_local, on_opening=self._on_tunnel
            )
            self._stack.push_async_callback(tunnel.aclose)
            return tunnel
        if is_local:
            base_url = await self._stack.enter_async_context(_serving(settings, self._clock))
            return SignedHost(settings, base_url, self._clock)
        assert settings.public_url is not None
        # Without a port of its own, the route is mounted in the user's own app.
        if settings.media_port is not None:
            await self._stack.enter_async_context(_serving(settings, self._clock))
        return SignedHost(settings, settings.public_url, self._clock)

    def clear_leftovers(self) -> None:
        """Begin, once, to delete what dead processes put up."""
        # In the background, so that it delays no post. When it is cancelled, the next run does the rest.
        self._clearing = self._clearing or asyncio.create_task(clear_leftovers(self._settings, self._clock))

    async def aclose(self) -> None:
        """Stop serving. Uploads stay for `clear_leftovers`, since Instagram may still fetch them."""
        if self._clearing is not None:
            self._clearing.cancel()
            await asyncio.gather(self._clearing, return_exceptions=True)
            self._clearing = None
        await self._stack.aclose()
        await asyncio.to_thread(self._ledger.close)
        self._open = {}


class Hosts:
    """A `core.protocols.Host` over every way that is set up. Opens nothing before `ways` is first called.

    opened: shared with the other accounts of the process, which closes it; None for its own. on_tunnel: as
    for `OpenHosts`, where it has its own.
    A sandbox on this machine fetches from this machine, whatever else is set. Close it with `aclose`.
    """

    def __init__(
        self,
        account: Account,
        settings: Settings,
        *,
        clock: Clock = SYSTEM_CLOCK,
        opened: OpenHosts | None = None,
        on_tunnel: Callable[[str], None] = lambda _program: None,
    ) -> None:
        self._account = account
        self._settings = settings
        self._clock = clock
        self._opened = opened or OpenHosts(settings, clock=clock, on_tunnel=on_tunnel)
        self._is_shared = opened is not None
        self._opening = asyncio.Lock()
        self._order: tuple[Way, ...] = ()
        self._open: dict[Way, _WayHost] = {}
        self._put_up: defaultdict[str, list[_ServedFile]] = defaultdict(list)

    async def ways(self, content_type: str) -> Sequence[Way]:
        """List the ways such a file can go, best first.

        Raises Refused, listing what can be set up, when there is none, and SettingRefused for one that cannot
        work.
        """
        ways = ways_for(content_type, self._account, self._settings)
        async with self._opening:
            if not self._order:
                order = _order_of(self._account, self._settings)
                is_local, hosts = _is_local(self._account), dict[Way, _WayHost]()
                for way in order:
                    if way is Way.UPLOAD:
                        continue
                    if address := _address_of(way, self._settings):
                        _require_public_setting(_variable(way), address, self._account)
                    hosts[way] = host = await self._opened.host(way, is_local=is_local)
                    if isinstance(host, RemoteHost) and host.endpoint is not None:
                        _require_public_setting(_variable(way), host.endpoint, self._account)
                self._open, self._order = hosts, order
                self._opened.clear_leftovers()
        return list(ways)

    async def put(self, path: Path, *, content_type: str, lifetime_s: float, way: Way, owner: str) -> str:
        """Put the file up by one of its `ways` and give its URL. A retry gets the same URL while it is valid.

        owner: whose `release` deletes the file. One that is never released is deleted after its URL expires.
        """
        now = self._clock.monotonic()
        # The files of posts that ended without `release`, such as one that a person cancelled.
        for ended in [name for name, files in self._put_up.items() if files[-1].good_until < now]:
            with contextlib.suppress(PressroomError):
                await self.release(ended)
        now, content = self._clock.monotonic(), (path, 0, 0)
        # Ours are never written again, and serving one changes its time.
        if not path.is_relative_to(self._settings.home):
            with contextlib.suppress(OSError):  # the host raises for it
                status = await asyncio.to_thread(path.stat)
                content = path, status.st_size, status.st_mtime_ns
        for file in self._put_up.get(owner, ()):
            # With less of its lifetime left, a URL could expire before Instagram has fetched the file.
            is_fresh = file.good_until > now + lifetime_s / 2 and self._open[way].serves(file.url)
            if (file.way, file.content) == (way, content) and is_fresh:
                return file.url
        # A tunnel takes one file at a time by itself; while it opens, files wait that other ways need not.
        async with contextlib.nullcontext() if way is Way.TUNNEL else self._opened.putting:
            url = await self._open[way].put(path, content_type=content_type, lifetime_s=lifetime_s)
        self._put_up[owner].append(_ServedFile(way, content, url, now + lifetime_s))
        return url

    async def end_fetch(self, owner: str) -> None:
        """Close the tunnel, unless others' files need it: what is kept elsewhere stays until `release`."""
        files = self._put_up.pop(owner, [])
        if others := [file for file in files if file.way is not Way.TUNNEL]:
            self._put_up[owner] = others
        for file in files:
            if file.way is Way.TUNNEL:
                await self._open[file.way].release(file.url)

    async def release(self, owner: str) -> None:
        """Delete all files of an owner; when some cannot be deleted, raises HostFailed after trying all."""
        failure = None
        for file in self._put_up.pop(owner, []):
            try:
                await self._open[file.way].release(file.url)
            except PressroomError as error:
                failure = error
        if failure is not None:
            raise failure

    async def aclose(self) -> None:
        """Stop serving, unless others share it."""
        if not self._is_shared:
            await self._opened.aclose()
        self._order, self._open = (), {}


def ways_for(content_type: str, account: Account, settings: Settings) -> tuple[Way, ...]:
    """List the ways a file can go, best first; nothing is opened.

    Raises Refused, listing what can be set up, when there is none, and SettingRefused for one that is named
    and not set up, and for a tunnel whose program is not on PATH, where it is named or the only way.
    """
    is_offered = may_try(account.login_type, Capability.UPLOAD_VIDEO)
    can_upload = is_offered and content_type.startswith("video/")
    ways = tuple(way for way in _order_of(account, settings) if way is not Way.UPLOAD or can_upload)
    if not ways:
        remote = "".join(f"- {host.how_to()}\n" for host in REMOTE_HOSTS)
        raise Refused(
            "Instagram fetches media itself, and nothing makes the files of this machine reachable for it.",
            rule="no_host",
            fix=f"""Choose one way:
- a tunnel, which needs no account with cloudflared (ngrok and tailscale will do, too):
    export {TUNNEL.name}=cloudflared
{remote}- your own ASGI app: mount pressroom.hosting.route.media_app at /media, then
    export PRESSROOM_PUBLIC_URL=https://your.app
- clips of a Facebook Login account need none of these, unless PRESSROOM_HOSTS leaves out `upload`.
- or give an https address instead of a file.""",
        )
    return _without_missing_program(ways, settings)


def _without_missing_program(ways: tuple[Way, ...], settings: Settings) -> tuple[Way, ...]:
    if Way.TUNNEL not in ways or settings.tunnel is None:
        return ways
    from pressroom.hosting.tunnel import path_of  # noqa: PLC0415  # loads a server

    try:
        path_of(settings.tunnel)
    except SettingRefused:
        # Behind other ways it may well be missing: cron and systemd have a PATH of their own.
        others = tuple(way for way in ways if way is not Way.TUNNEL)
        if not others or Way.TUNNEL in (settings.hosts or ()):
            raise
        return others
    return ways


def _order_of(account: Account, settings: Settings) -> tuple[Way, ...]:
    named = settings.hosts or ()
    if _is_local(account):
        # It fetches from this machine, whatever else is set; through a tunnel where one is named.
        here = {Way.UPLOAD, Way.SIGNED, *({Way.TUNNEL} & {*named})}
        order = tuple(way for way in named or tuple(Way) if way in here)
        order = order if {Way.SIGNED, Way.TUNNEL} & {*order} else (*order, Way.SIGNED)
        _require_set([way for way in order if way is Way.TUNNEL], settings)
    else:
        _require_set(named, settings)
        order = tuple(way for way in named or tuple(Way) if _is_set(way, settings))
    return order


def _require_set(named: Sequence[Way], settings: Settings) -> None:
    missing = next((way for way in named if not _is_set(way, settings)), None)
    if missing is not None:
        variable = _variable(missing)
        raise SettingRefused(
            f"PRESSROOM_HOSTS names {missing}, and {variable} is not set.",
            rule="hosts",
            value=missing,
            limit=f"{missing} with {variable}",
            fix=f"Set {variable}, or take {missing} out of PRESSROOM_HOSTS.",
        )


def _is_set(way: Way, settings: Settings) -> bool:
    if way is Way.SIGNED:
        return settings.public_url is not None
    if way is Way.TUNNEL:
        return settings.tunnel is not None
    return way is Way.UPLOAD or way in settings.remote_hosts


def _address_of(way: Way, settings: Settings) -> str | None:
    """Give where the internet reaches our route by a way, as far as a setting says that."""
    if way is Way.SIGNED:
        return settings.public_url
    return settings.tunnel.address if way is Way.TUNNEL and settings.tunnel else None


def _variable(way: Way) -> str:
    """Name the setting of a way; without a remote host it is our own route, as it is or behind a tunnel."""
    if way.setting:
        return way.setting.name
    return (TUNNEL if way is Way.TUNNEL else PUBLIC_URL).name


def require_lasting(settings: Settings, accounts: Iterable[Account]) -> None:
    """Raise SettingRefused where a worker's pictures would go by a quick tunnel first, for any account."""
    tunnel = settings.tunnel
    if tunnel is None or not tunnel.is_quick:
        return
    orders = [[way for way in _order_of(account, settings) if way is not Way.UPLOAD] for account in accounts]
    if not any(order[:1] == [Way.TUNNEL] for order in orders):
        return
    own = "cloudflared:NAME@HOST" if tunnel.program == "cloudflared" else "ngrok@HOST"
    raise SettingRefused(
        f"{TUNNEL.name}={tunnel.program} is a quick tunnel: nothing is promised of it, and it takes few "
        "requests at once. It will do for a command, and not for a worker.",
        rule="tunnel",
        value=tunnel.program,
        limit="a tunnel of your own, or another way",
        fix=f"Set {TUNNEL.name}={own} or tailscale; or unset it, or leave tunnel out of PRESSROOM_HOSTS.",
    )


def _is_local(account: Account) -> bool:
    return urlsplit(account.api_base).hostname in LOCAL_HOSTS


def _serving(settings: Settings, clock: Clock) -> AbstractAsyncContextManager[str]:
    from pressroom.hosting.server import serving_media  # noqa: PLC0415  # loads a server

    return serving_media(settings, clock=clock)


def _require_public_setting(name: str, url: str, account: Account) -> None:
    if not account.is_real:
        return
    reason = unreachable_reason(url) or (None if url.startswith("https:") else "it is not https")
    if reason is not None:
        raise SettingRefused(
            f"{name} leads to {url}, which Instagram cannot fetch: {reason}.",
            rule="public_url",
            value=url,
            limit="an https address on the internet",
            fix="Set it to the address that the tunnel, your own server or the store has on the internet.",
        )


_log = logging.getLogger(__name__)
# Instagram fetches within minutes after a container is made, and the process that made containers has ended.
_AFTER_S = 3600.0
_DOWNLOADS = "downloads"


async def clear_leftovers(
    settings: Settings, clock: Clock = SYSTEM_CLOCK, *, spent: Collection[Path] = ()
) -> int:
    """Delete the uploads of processes that have ended, an hour after the last one; give how many.

    Uploads in another bucket or cloud than the settings name, or that cannot be deleted now, are tried again
    later. Renditions, served files and downloads of the data directory that nobody uses any more are deleted
    as well; spent: as for `sweep_renditions`. Tunnels of processes that were killed are ended at once.
    """
    await end_orphaned_tunnels(settings.home)
    before = time.time() - _AFTER_S  # not the clock: the file system stamps real time
    await asyncio.to_thread(_clear_home, settings, clock, spent)
    cleared = 0
    for left in abandoned(settings.home, before=before):
        deleted = set[RemoteFile]()
        for upload in left.uploads:
            try:
                host = remote_host(upload.way, settings)
                if host is not None and host.place == upload.place:
                    await host.delete(upload.name)
                    deleted.add(upload)
            except PressroomError as error:
                _log.warning("%s could not be deleted: %s", upload.name, error)
        left.kept = left.uploads - deleted
        cleared += len(deleted)
    return cleared


def _clear_home(settings: Settings, clock: Clock, spent: Collection[Path]) -> None:
    now = time.time()
    with contextlib.suppress(OSError):  # the directory was never used, or another process sweeps it
        sweep(settings.renditions, clock)
        clear_away(settings.renditions)
        sweep_renditions(settings, now=now, spent=spent)
    oldest = now - 24 * _AFTER_S
    downloads: Path = settings.home / _DOWNLOADS
    for path in downloads.glob("*"):
        with contextlib.suppress(OSError):
            status = path.stat()
            # One with a second link is being served under its other name, for a post that is on its way.
            if status.st_nlink == 1 and status.st_mtime < oldest:
                path.unlink()
