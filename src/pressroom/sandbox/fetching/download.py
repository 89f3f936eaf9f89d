"""The two fetchers: one uses the network, one accepts URLs unfetched, for suites whose URLs are invented.

`RealFetcher` judges the bytes, with limits on size, time, addresses and redirects; `TrustingFetcher` judges
by the ending of a URL. Files come from the public network and this machine's loopback, where tests and demos
serve theirs: no caller's URL may make the sandbox read a cloud's metadata or a neighbour's router (SSRF).
"""

import asyncio
import errno
import ipaddress
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from pressroom.graph.limits import MB, MIB, ImageLimits, VideoLimits
from pressroom.sandbox.fetching.fetching import (
    NOT_FETCHED,
    TOO_LARGE,
    TOO_SLOW,
    VIDEO_FORMAT,
    VIDEO_NOT_FETCHED,
    ClipRefused,
    Fetched,
    PictureRefused,
)
from pressroom.sandbox.state.things import StoredFile

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import AbstractResolver

    from pressroom.media.judge import Violation


# In bytes: files go to disk as they come, since clips reach 300 MB.
_CHUNK = 256 * 1024
_MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    # The name of Meta's crawler, so that a host that blocks it is found out.
    "user-agent": "facebookexternalhit/1.1 (pressroom sandbox)",
    "accept": "image/*,video/*,*/*;q=0.5",
    # The bytes that are judged must be the file's own.
    "accept-encoding": "identity",
    # A host without ranges answers 200 in place of 206.
    "range": "bytes=0-",
}
_OK, _PARTIAL = 200, 206
# Above Meta's 8 MB, so that the judge refuses it and names the limit.
_PICTURE_MAX_BYTES = 64 * MIB


class FetchFailed(Exception):
    """The file could not be fetched."""


class FetchTooSlow(FetchFailed):
    """It did not arrive within the time limit."""


class FetchTooLarge(FetchFailed):
    """It is larger than the size limit."""


@dataclass(frozen=True, slots=True)
class _Got:
    path: Path
    size_bytes: int
    content_type: str
    has_ranges: bool


class RealFetcher:
    """Fetches over http(s) into a directory.

    make_home: gives the directory when it is first needed. anywhere: from local networks too.
    resolver: of host names; None asks the system.
    """

    def __init__(
        self,
        make_home: Callable[[], Path],
        *,
        timeout_s: float = 60.0,
        anywhere: bool = False,
        resolver: "AbstractResolver | None" = None,
    ) -> None:
        self._make_home = make_home
        self._timeout_s = timeout_s
        self._open_socket = None if anywhere else open_socket
        self._resolver = resolver

    async def picture(self, url: str, limits: ImageLimits) -> Fetched:
        """Fetch and judge a picture. Raises PictureRefused, which the caller of `create` gets at once."""
        try:
            got = await self._get(url, _PICTURE_MAX_BYTES)
        except FetchTooSlow as error:
            raise PictureRefused(*TOO_SLOW, reason=str(error)) from None
        except FetchTooLarge as error:
            raise PictureRefused(*TOO_LARGE, reason=str(error)) from None
        except FetchFailed as error:
            raise PictureRefused(*NOT_FETCHED, reason=str(error)) from None
        # In a thread: decoding takes long enough to hold up every other call.
        violations = await asyncio.to_thread(_judge, got.path, limits)
        if violations:
            got.path.unlink(missing_ok=True)
            violation = violations[0]
            width, _, height = violation.value.partition(":")
            seen = f"{float(width) / float(height):.4g}" if violation.rule == "ratio" else violation.value
            reason = f"{violation.rule}: {violation.value} (limit: {violation.limit})"
            words = {violation.rule: seen}
            raise PictureRefused(violation.code or NOT_FETCHED[0], violation.subcode, reason=reason, **words)
        return _fetched(url, got, "image/jpeg", ".jpg")

    async def clip(self, url: str, limits: VideoLimits, poster_at_s: float) -> Fetched:
        """Fetch and judge a clip. Raises ClipRefused, which the container's `status` tells later."""
        try:
            got = await self._get(url, limits.max_bytes)
        except FetchFailed as error:
            raise ClipRefused(VIDEO_NOT_FETCHED, reason=str(error)) from None
        return await self._judged(url, got, limits, poster_at_s)

    async def adopt(self, name: str, limits: VideoLimits, poster_at_s: float) -> Fetched:
        """Judge a clip that was uploaded. Raises ClipRefused."""
        return await self._judged("upload", self._uploaded(name), limits, poster_at_s)

    def keep(self, name: str) -> StoredFile:
        """Keep an uploaded clip without judging it."""
        return _fetched("upload", self._uploaded(name), "video/mp4", ".mp4").file

    def _uploaded(self, name: str) -> _Got:
        path = self._make_home() / name
        return _Got(path, path.stat().st_size, "video/mp4", has_ranges=True)

    async def _judged(self, url: str, got: _Got, limits: VideoLimits, poster_at_s: float) -> Fetched:
        violations = await asyncio.to_thread(_judge, got.path, limits)
        if violations:
            got.path.unlink(missing_ok=True)
            worst = violations[0]
            raise ClipRefused(worst.subcode, reason=f"{worst.rule}: {worst.value} (limit: {worst.limit})")
        fetched = _fetched(url, got, "video/mp4", ".mp4")
        poster = await asyncio.to_thread(_cut_poster, self._make_home(), fetched.file, poster_at_s)
        return Fetched(file=fetched.file, note=fetched.note, poster=poster)

    async def _get(self, url: str, max_bytes: int) -> _Got:
        import aiohttp  # noqa: PLC0415  # loads only when something is fetched

        try:
            async with aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=self._resolver, socket_factory=self._open_socket),
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                # Each fetch is a stranger's, as Meta's is.
                cookie_jar=aiohttp.DummyCookieJar(),
            ) as session:
                return await self._follow(session, url, max_bytes)
        except TimeoutError:
            raise FetchTooSlow(f"not here within {self._timeout_s:g} s: {url}") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # aiohttp wraps the error of the socket factory; only ours is worth its text.
            cause = getattr(error, "os_error", None)
            reason = str(cause.strerror) if isinstance(cause, NotFetchedFrom) else type(error).__name__
            raise FetchFailed(f"cannot be fetched ({reason}): {url}") from None

    async def _follow(self, session: "aiohttp.ClientSession", url: str, max_bytes: int) -> _Got:
        # By hand, so that the scheme of each step is checked; the socket factory checks each address.
        for _ in range(_MAX_REDIRECTS + 1):
            if urlsplit(url).scheme not in ("http", "https"):
                raise FetchFailed(f"not an http(s) address: {url}")
            async with session.get(url, headers=_HEADERS, allow_redirects=False) as reply:
                if reply.status not in _REDIRECTS:
                    return await self._save(reply, max_bytes)
                url = urljoin(url, reply.headers.get("location", ""))
        raise FetchFailed(f"more than {_MAX_REDIRECTS} redirects: {url}")

    async def _save(self, reply: "aiohttp.ClientResponse", max_bytes: int) -> _Got:
        if reply.status not in (_OK, _PARTIAL):
            raise FetchFailed(f"the host answered {reply.status}: {reply.url}")
        # A random name: one from the URL could lead out of the directory.
        path = self._make_home() / f"{secrets.token_hex(12)}.part"
        size = 0
        try:
            with path.open("wb") as file:
                async for chunk in reply.content.iter_chunked(_CHUNK):
                    size += len(chunk)
                    if size > max_bytes:
                        break
                    file.write(chunk)
        except BaseException:  # a cancelled fetch too must leave no half file
            path.unlink(missing_ok=True)
            raise
        if size > max_bytes:
            path.unlink(missing_ok=True)
            raise FetchTooLarge(f"more than {max_bytes // MB} MB")
        return _Got(path, size, reply.content_type, reply.status == _PARTIAL)


def _fetched(url: str, got: _Got, content_type: str, ending: str) -> Fetched:
    if got.content_type == "video/quicktime":
        content_type, ending = got.content_type, ".mov"
    path = got.path.replace(got.path.with_suffix(ending))
    note = f"fetched and judged: {got.size_bytes:,} bytes from {url}"
    is_video = content_type.startswith("video/")
    if is_video and not got.has_ranges:
        note += " (the host ignores Range, which Meta has refused clips for)"
    file = StoredFile(
        source=url, is_video=is_video, content_type=content_type, name=path.name, size_bytes=got.size_bytes
    )
    return Fetched(file=file, note=note)


def _judge(path: Path, limits: ImageLimits | VideoLimits) -> "list[Violation]":
    # Loads only when something is fetched.
    from pressroom.media.judge import judge_image, judge_video  # noqa: PLC0415

    return judge_image(path, limits) if isinstance(limits, ImageLimits) else judge_video(path, limits)


def _cut_poster(home: Path, clip: StoredFile, at_s: float) -> StoredFile | None:
    """Save the frame at a moment of the clip as its picture, as Instagram does without a cover.

    It also sets the clip's duration. None when the clip has no such frame.
    """
    from pressroom.media.examine import cut_frame  # noqa: PLC0415  # loads only when something is fetched

    frame = cut_frame(home / (clip.name or ""), at_s)
    clip.duration_s = frame.duration_s
    if frame.jpeg is None:
        return None
    path = home / f"{Path(clip.name or '').stem}.poster.jpg"
    path.write_bytes(frame.jpeg)
    return StoredFile(
        source=clip.source,
        is_video=False,
        content_type="image/jpeg",
        name=path.name,
        size_bytes=len(frame.jpeg),
    )


_VIDEOS = {".mp4": "video/mp4", ".mov": "video/quicktime"}
_OTHER_VIDEOS = frozenset({".avi", ".mkv", ".webm", ".wmv", ".flv", ".mpg", ".mpeg"})
_OTHER_IMAGES = frozenset(
    {".png", ".webp", ".heic", ".heif", ".avif", ".gif", ".bmp", ".tif", ".tiff", ".svg"}
)
_JPEGS = frozenset({".jpg", ".jpeg", ".jpe", ".jfif"})
_IMAGE_FORMAT = (36001, 2207005)


class TrustingFetcher:
    """Judges by the ending of a URL; those on loopback are fetched and judged by their bytes.

    A suite that serves files on loopback means them to be fetched, and needs no network for it.
    """

    def __init__(self, real: RealFetcher) -> None:
        self._real = real

    async def picture(self, url: str, limits: ImageLimits) -> Fetched:
        """Accept a picture unfetched. Raises PictureRefused for an ending that cannot be JPEG."""
        if is_loopback(url):
            return await self._real.picture(url, limits)
        ending = _ending(url)
        if ending in _VIDEOS or ending in _OTHER_VIDEOS:
            raise PictureRefused(*NOT_FETCHED, reason=f"{ending} is not a picture")
        if ending in _OTHER_IMAGES:
            raise PictureRefused(*_IMAGE_FORMAT, reason=f"{ending} is not JPEG", format=ending[1:].upper())
        return _take_on_trust(StoredFile(source=url, is_video=False, content_type="image/jpeg"))

    async def adopt(self, name: str, limits: VideoLimits, poster_at_s: float) -> Fetched:  # noqa: ARG002
        """Accept uploaded bytes without judging them."""
        return Fetched(file=self._real.keep(name), note=f"taken on trust, not judged: {name}")

    async def clip(self, url: str, limits: VideoLimits, poster_at_s: float) -> Fetched:
        """Accept a clip unfetched. Raises ClipRefused for an ending that cannot be MP4 or MOV."""
        if is_loopback(url):
            return await self._real.clip(url, limits, poster_at_s)
        ending = _ending(url)
        if ending in _OTHER_VIDEOS | _OTHER_IMAGES | _JPEGS:
            raise ClipRefused(VIDEO_FORMAT, reason=f"{ending} is neither MP4 nor MOV")
        content_type = _VIDEOS.get(ending, "video/mp4")
        return _take_on_trust(StoredFile(source=url, is_video=True, content_type=content_type))


def _take_on_trust(file: StoredFile) -> Fetched:
    return Fetched(file=file, note=f"taken on trust, not fetched: {file.source}")


def _ending(url: str) -> str:
    return PurePosixPath(urlsplit(url).path).suffix.lower()


def is_loopback(url: str) -> bool:
    """Tell whether an URL names this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


AddrInfo = tuple[int, int, int, str, tuple[Any, ...]]
# Site-local networks and addresses of clouds' metadata services that `is_global` counts as public.
_LOCAL: Final = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "168.63.129.16/32", "fec0::/10")))
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_LAST_32_BITS: Final = 0xFFFF_FFFF


class NotFetchedFrom(OSError):
    """The address belongs to a local network. The text names none: a host name may have several."""

    def __init__(self) -> None:
        text = "an address of a local network, which Instagram cannot reach; to take it: --fetch anywhere"
        super().__init__(errno.EACCES, text)


def is_fetched_from(address: str) -> bool:
    """Tell whether an IP address is public, or this machine's loopback."""
    host = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(host, ipaddress.IPv6Address):
        # ::ffff:10.0.0.1 connects to 10.0.0.1.
        host = host.ipv4_mapped or host
    if host.is_loopback:
        return True
    # An IPv6 address may embed the IPv4 address that it leads to (NAT64, 6to4).
    if host in _NAT64:
        host = ipaddress.IPv4Address(int(host) & _LAST_32_BITS)
    elif isinstance(host, ipaddress.IPv6Address):
        host = host.sixtofour or host
    is_special = host.is_multicast or host.is_reserved or any(host in network for network in _LOCAL)
    return host.is_global and not is_special


def open_socket(target: AddrInfo) -> socket.socket:
    """Open the socket for a connection to an address. Raises NotFetchedFrom."""
    # The check is here and not on the host name: a second look-up, or a redirect, could give another address.
    family, kind, protocol, _, address = target
    if not is_fetched_from(str(address[0])):
        raise NotFetchedFrom
    return socket.socket(family, kind, protocol)
