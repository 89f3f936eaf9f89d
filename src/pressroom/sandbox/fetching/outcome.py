"""The results of a fetch: a file, or a refusal with Meta's codes."""

from dataclasses import dataclass
from typing import Protocol

from pressroom.graph.limits import ImageLimits, VideoLimits
from pressroom.sandbox.state.things import StoredFile

# (code, subcode) of pictures, from Error Codes.
NOT_FETCHED = (9004, 2207052)
TOO_SLOW = (-2, 2207003)
TOO_LARGE = (36000, 2207004)
# Subcodes of clips. They appear in the text of the container's `status` alone, so no code goes with them.
VIDEO_NOT_FETCHED = 2207077
VIDEO_FORMAT = 2207026


class PictureRefused(Exception):
    """A picture that Instagram refuses: `create` answers with the error."""

    def __init__(self, code: int, subcode: int | None, *, reason: str, ratio: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.subcode = subcode
        self.reason = reason
        self.ratio = ratio


class ClipRefused(Exception):
    """A clip that Instagram refuses: its container ends in ERROR later."""

    def __init__(self, subcode: int, *, reason: str) -> None:
        super().__init__(reason)
        self.subcode = subcode
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An accepted file. `poster` is a frame of a clip; `note` says what was done, for the log of calls."""

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
