"""Accepts URLs without fetching them, for test suites whose URLs are invented; it judges by their ending."""

import ipaddress
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from pressroom.graph.limits import ImageLimits, VideoLimits
from pressroom.sandbox.fetching.download import RealFetcher
from pressroom.sandbox.fetching.outcome import (
    NOT_FETCHED,
    VIDEO_FORMAT,
    ClipRefused,
    Fetched,
    PictureRefused,
)
from pressroom.sandbox.state.things import StoredFile

_VIDEOS = {".mp4": "video/mp4", ".mov": "video/quicktime"}
_OTHER_VIDEOS = frozenset({".avi", ".mkv", ".webm", ".wmv", ".flv", ".mpg", ".mpeg"})
_OTHER_IMAGES = frozenset(
    {".png", ".webp", ".heic", ".heif", ".avif", ".gif", ".bmp", ".tif", ".tiff", ".svg"}
)
_JPEGS = frozenset({".jpg", ".jpeg", ".jpe", ".jfif"})
_IMAGE_FORMAT = (36001, 2207005)


def is_loopback(url: str) -> bool:
    """Tell whether an URL names this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _ending(url: str) -> str:
    return PurePosixPath(urlsplit(url).path).suffix.lower()


class TrustingFetcher:
    """Judges by the ending of a URL; those on loopback are fetched and judged by their bytes."""

    # A suite that serves files on loopback means them to be fetched, and needs no network for it.
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
            raise PictureRefused(*_IMAGE_FORMAT, reason=f"{ending} is not JPEG")
        return _taken(StoredFile(source=url, is_video=False, content_type="image/jpeg"))

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
        return _taken(StoredFile(source=url, is_video=True, content_type=content_type))


def _taken(file: StoredFile) -> Fetched:
    return Fetched(file=file, note=f"taken on trust, not fetched: {file.source}")
