"""What our pages show of a post's files: a small picture of each, and clips as they were kept.

Files are named by the sha256 of their bytes and nothing else, so that no path leads out of our copies.
"""

import asyncio
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pressroom.core.assets import Asset, Fit, Target, Wish
from pressroom.core.errors import NotFound, PressroomError
from pressroom.core.settings import Settings
from pressroom.graph.limits import MediaUse
from pressroom.media.sniff import HEAD_BYTES, Kind, sniff
from pressroom.media.thumbnail import NoPictureError, thumbnail_of
from pressroom.service.moved import DIGEST

if TYPE_CHECKING:
    from pressroom.media.desk import Desk

_MOST_PX: Final = 1080
_KEPT: Final = 60
# A thumbnail's source is read whole; larger ones go by way of the media desk, in processes of their own.
_MOST_BYTES: Final = 40_000_000
# What browsers play; of other clips there is a picture alone.
_PLAYED: Final = {"mov": "video/mp4", "matroska": "video/webm"}


@dataclass(frozen=True, slots=True)
class Clip:
    """A kept clip that a browser can play."""

    path: Path
    content_type: str


class Previews:
    """Makes them, and keeps the last ones in memory."""

    def __init__(self, settings: Settings, desk: "Desk") -> None:
        self._settings = settings
        self._desk = desk
        self._made = OrderedDict[str, bytes]()
        self._turn = asyncio.Lock()

    async def picture(self, sha256: str) -> bytes:
        """Return a JPEG of a kept file, of a clip its first frame; at most 1080 pixels on the longer side.

        Raises NotFound for a file that is not kept, and for one of which no picture can be made.
        """
        path = await asyncio.to_thread(self._kept, sha256)
        # One at a time: a carousel asks for ten at once, and each takes memory.
        async with self._turn:
            if sha256 not in self._made:
                self._made[sha256] = await self._picture(path)
                while len(self._made) > _KEPT:
                    self._made.popitem(last=False)
            return self._made[sha256]

    async def clip(self, sha256: str) -> Clip:
        """Return a kept clip. Raises NotFound for a file that is not kept or that no browser plays."""
        path = await asyncio.to_thread(self._kept, sha256)
        content_type = await asyncio.to_thread(_played_as, path)
        if content_type is None:
            raise NotFound("This file is no clip that a browser plays.")
        return Clip(path, content_type)

    async def _picture(self, path: Path) -> bytes:
        try:
            return await asyncio.to_thread(_small, path)
        except NoPictureError:
            pass
        try:
            return await self._by_desk(path)
        except (PressroomError, OSError, NoPictureError) as error:
            raise NotFound(f"No picture can be made of this file ({type(error).__name__}).") from error

    async def _by_desk(self, path: Path) -> bytes:
        kind = sniff(await asyncio.to_thread(_head, path)).kind
        with tempfile.TemporaryDirectory(prefix="pressroom-") as directory:
            output = Path(directory) / "preview.jpg"
            if kind is Kind.VIDEO:
                made = await self._desk.cover(path, at_s=0, fit=Fit.KEEP, output=output)
            else:
                wish = Wish(use=MediaUse.STORY, target=Target.PLATFORM, fit=Fit.KEEP)
                made = await self._desk.prepare(Asset(str(path)), wish)
            return await asyncio.to_thread(_small, made.path)

    def _kept(self, sha256: str) -> Path:
        """Return the path of our copy. Raises NotFound."""
        if DIGEST.fullmatch(sha256):
            for one in self._settings.assets.glob(f"{sha256}*"):
                is_named_so = one.name.partition(".")[0] == sha256
                if is_named_so and one.is_file() and not one.is_symlink():
                    return one
        raise NotFound("The copy of this file is no longer kept.")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _played_as(path: Path) -> str | None:
    found = sniff(_head(path))
    return _PLAYED.get(found.decoder) if found.kind is Kind.VIDEO else None


def _small(path: Path) -> bytes:
    if path.stat().st_size > _MOST_BYTES:
        raise NoPictureError("it is too large")
    return thumbnail_of(path.read_bytes(), most_px=_MOST_PX)
