"""What a fetch comes to."""

from dataclasses import dataclass
from typing import Protocol

from pressroom.graph.limits import ImageLimits, VideoLimits
from pressroom.sandbox.state.things import StoredFile

NOT_FETCHED = (9004, 2207052)
TOO_SLOW = (-2, 2207003)
TOO_LARGE = (36000, 2207004)
VIDEO_NOT_FETCHED = 2207077
VIDEO_FORMAT = 2207026


class PictureRefused(Exception):
    """A picture that Instagram does not take: told at once, when the container is made."""

    def __init__(self, code: int, subcode: int | None, *, reason: str, ratio: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.subcode = subcode
        self.reason = reason
        self.ratio = ratio


class ClipRefused(Exception):
    """A clip that Instagram does not take: told later, when the container ends in ERROR."""

    def __init__(self, subcode: int, *, reason: str) -> None:
        super().__init__(reason)
        self.subcode = subcode
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A file that is taken. `poster` is a picture from a clip; `note` says in words what was done."""

    file: StoredFile
    note: str
    poster: StoredFile | None = None


class Fetcher(Protocol):
    """Gets one file and judges it."""

    async def picture(self, url: str, limits: ImageLimits) -> Fetched:
        """Get a picture. Raises PictureRefused."""
        ...

    async def adopt(self, name: str, limits: VideoLimits, poster_at_s: float) -> Fetched:
        """Judge a clip that was uploaded into the directory. Raises ClipRefused."""
        ...

    async def clip(self, url: str, limits: VideoLimits, poster_at_s: float) -> Fetched:
        """Get a clip. Raises ClipRefused."""
        ...
