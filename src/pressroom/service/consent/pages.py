"""`PageService`: the pages on which people look and decide: where they are, and who is let in.

One-use codes by which a person signs in to our pages; only their hashes are kept, and for a short time.

They are files of the data directory, since a code is for the page that is served from it, and for nothing
that shares its store: docs/decisions/0025.

What our pages show of a post's files: a small picture of each, and clips as they were kept.

Files are named by the sha256 of their bytes and nothing else, so that no path leads out of our copies.
"""

import asyncio
import contextlib
import hashlib
import hmac
import secrets
import tempfile
from collections import OrderedDict
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pressroom.core.assets import Asset, Fit, Target, Wish
from pressroom.core.errors import NotFound, PressroomError, Refused
from pressroom.core.masking import Mask
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.settings import Settings
from pressroom.graph.limits import MediaUse
from pressroom.media.sniff import HEAD_BYTES, Kind, sniff
from pressroom.media.thumbnail import NoPictureError, thumbnail_of
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.copies import DIGEST
from pressroom.service.ground.resources import Resources
from pressroom.service.ground.served import AnotherPage, address_of, served, told

if TYPE_CHECKING:
    from pressroom.media.desk import Desk


LIVES: Final = timedelta(minutes=10)
"""How long a code can be used."""

_CODE_BYTES: Final = 24
_BETWEEN: Final = "-"


def hash_of(code: str) -> str:
    """Return the hash of a code, 64 hex digits."""
    return hashlib.sha256(code.encode()).hexdigest()


class SignInCodes:
    """The codes of one data directory. directory: theirs, made when it is first needed.

    Each is an empty file, named by its hash and the second until which it can be used, so that it is there
    whole or not at all.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def mint(self, now: datetime) -> str:
        """Make a code that can be used once, within `LIVES`. Raises OSError where its hash cannot be kept."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for one in self._kept():
            if not _is_young(one, now):
                one.unlink(missing_ok=True)
        code = secrets.token_urlsafe(_CODE_BYTES)
        ends_at = int((now + LIVES).timestamp())
        (self._directory / f"{hash_of(code)}{_BETWEEN}{ends_at}").touch(mode=0o600)
        return code

    def use(self, code: str, now: datetime) -> bool:
        """Use a code up; False for one that is unknown, used or too old."""
        wanted = hash_of(code)
        found = [one for one in self._kept() if hmac.compare_digest(one.name.partition(_BETWEEN)[0], wanted)]
        if not found or not _is_young(found[0], now):
            return False
        try:
            # Of two requests with the same code one deletes it, and only that one is let in.
            found[0].unlink()
        except FileNotFoundError:
            return False
        return True

    def drop_all(self) -> None:
        """Delete all codes: those of a server that has ended are for nothing any more."""
        for one in self._kept():
            one.unlink(missing_ok=True)

    def _kept(self) -> list[Path]:
        try:
            return [one for one in self._directory.iterdir() if one.name.isascii()]
        except FileNotFoundError:
            return []


def _is_young(path: Path, now: datetime) -> bool:
    ends_at = path.name.partition(_BETWEEN)[2]
    # A clock that was set back would else make a code live longer than it was said.
    return ends_at.isdigit() and 0 < int(ends_at) - now.timestamp() <= LIVES.total_seconds()


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


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A link that signs one person in, once. ends_at: until when it can be used."""

    address: str
    ends_at: datetime

    # The generated repr would print the code.
    def __repr__(self) -> str:
        return f"SignInLink(ends_at={self.ends_at!r})"


class PageService:
    """The use-cases of the pages. A link that signs in is for a person at a terminal, and is kept nowhere."""

    def __init__(self, resources: Resources, gate: Gate) -> None:
        self._resources = resources
        self._gate = gate
        self._codes = SignInCodes(resources.settings.home / "sign-in")

    def address(self) -> str | None:
        """Return where the pages of this data directory are; None where none are served."""
        return address_of(self._resources.settings, "")

    def require_none(self) -> None:
        """Raise AnotherPage where a process serves the pages of this data directory already."""
        if other := served(self._resources.settings):
            raise AnotherPage.of(other)

    async def link(self) -> SignInLink:
        """Make a link that signs a person in to the pages, once and within ten minutes.

        Raises NeedsApproval for a program, NotFound where no pages are served, Refused where the code's hash
        cannot be kept.
        """
        await self._gate.require_person("Only a person signs in to the page.")
        # Asked for the lock, too: an address that was only set would make a link to nothing.
        if served(self._resources.settings) is None:
            raise NotFound(
                "No page is served from this data directory.",
                fix=Fix.of("Start it: {}.", Remedy(RemedyKind.SERVE_PAGE)),
            )
        now = self._resources.clock.now()
        try:
            code = await asyncio.to_thread(self._codes.mint, now)
        except OSError as error:
            raise _not_kept(error, self._resources.settings.home) from error
        return SignInLink(f"{self.address()}/sign-in?code={code}", now + LIVES)

    async def let_in(self, code: str) -> bool:
        """Use a link's code up; False for one that is unknown, used or over."""
        return await asyncio.to_thread(self._codes.use, code, self._resources.clock.now())

    @contextlib.contextmanager
    def told(self, address: str) -> Generator[None]:
        """Tell this data directory's processes where its pages are while the block runs.

        address: without a trailing slash. Raises AnotherPage where another process serves them, Refused where
        that cannot be written down.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(told(self._resources.settings, address))
                self._codes.drop_all()
            except OSError as error:
                raise _not_kept(error, self._resources.settings.home) from error
            yield

    async def picture(self, sha256: str) -> bytes:
        """Return a JPEG of a post's file, of a clip its first frame; at most 1080 pixels on the longer side.

        Raises NotFound for a file that is not kept, and for one of which no picture can be made.
        """
        return await self._previews.picture(sha256)

    async def clip(self, sha256: str) -> Clip:
        """Return a post's clip as it was kept. Raises NotFound for what is not kept, or no browser plays."""
        return await self._previews.clip(sha256)

    @cached_property
    def mask(self) -> Mask:
        """Hides this process's secrets in what is shown."""
        return Mask.of(self._resources.environ)

    @cached_property
    def _previews(self) -> Previews:
        from pressroom.media.desk import Desk  # noqa: PLC0415  # loads the media desk

        ours, settings = self._resources, self._resources.settings
        desk = Desk(settings.renditions, ffmpeg_path=settings.ffmpeg_path, looks=ours.looks)
        return Previews(settings, desk)


def _not_kept(error: OSError, home: Path) -> Refused:
    return Refused(
        f"The page could not write to the data directory: {error.strerror}.",
        rule="page",
        value=str(home),
        limit="a directory with room that this user may write",
        fix="Check the directory and its space.",
    )
