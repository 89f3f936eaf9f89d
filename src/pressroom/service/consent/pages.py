"""`PageService`: the pages on which people look and decide: where they are, who is let in, what they show.

A person signs in by a link with a one-use code (`SignInCodes`), of which only the hash is kept, for ten
minutes. `Previews` makes the small pictures that the pages show of a post's files.
"""

import asyncio
import contextlib
import hashlib
import hmac
import secrets
import tempfile
from collections import OrderedDict
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pressroom.core.assets import Asset, Fit, PictureUse, Target, Wish
from pressroom.core.errors import NotFound, PressroomError, Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.settings import Mask, Settings
from pressroom.graph.limits import MediaUse
from pressroom.media.sniff import HEAD_BYTES, Kind, sniff
from pressroom.media.thumbnail import NoPictureError, thumbnail_of
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.copies import DIGEST
from pressroom.service.ground.pictures import Pictures, digests_in
from pressroom.service.ground.resources import Resources
from pressroom.service.ground.served import AnotherPage, address_of, announce_page, find_page_server

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
    """One-use codes by which a person signs in to the pages of one data directory.

    directory: theirs, made when it is first needed. Not in the store: a code is for the page that is served
    from this data directory, and for nothing that shares its store (docs/decisions/0025).
    Each is an empty file, named by its hash and the second until which it can be used, so that it is there
    whole or not at all.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def mint(self, now: datetime) -> str:
        """Make a code that can be used once, within `LIVES`. Raises OSError where its hash cannot be kept."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in self._files():
            if not _is_young(path, now):
                path.unlink(missing_ok=True)
        code = secrets.token_urlsafe(_CODE_BYTES)
        ends_at = int((now + LIVES).timestamp())
        (self._directory / f"{hash_of(code)}{_BETWEEN}{ends_at}").touch(mode=0o600)
        return code

    def use(self, code: str, now: datetime) -> bool:
        """Use a code up; False for one that is unknown, used or too old."""
        digest = hash_of(code)
        # Compared in constant time, so that no answer's duration tells how much of a guess was right.
        matches = [
            path for path in self._files() if hmac.compare_digest(path.name.partition(_BETWEEN)[0], digest)
        ]
        if not matches or not _is_young(matches[0], now):
            return False
        try:
            # Of two requests with the same code one deletes it, and only that one is let in.
            matches[0].unlink()
        except FileNotFoundError:
            return False
        return True

    def drop_all(self) -> None:
        """Delete all codes: those of a server that has ended are for nothing any more."""
        for path in self._files():
            path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        try:
            return [path for path in self._directory.iterdir() if path.name.isascii()]
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
    """Small pictures of posts' files and clips that browsers play; the last pictures are kept in memory."""

    def __init__(self, settings: Settings, desk: "Desk", kept: Pictures) -> None:
        self._settings = settings
        self._kept = kept
        self._desk = desk
        self._pictures = OrderedDict[str, bytes]()
        self._turn = asyncio.Lock()

    async def picture(self, sha256: str) -> bytes:
        """Return a JPEG of a kept file, of a clip its first frame; at most 1080 pixels on the longer side.

        Of a file that is no longer kept it is the picture that was. Raises NotFound where there is none, and
        for a file of which no picture can be made.
        """
        try:
            path = await asyncio.to_thread(self._copy_of, sha256)
        except NotFound:
            if jpeg := await self._kept.of_file(sha256, PictureUse.PAGE):
                return jpeg
            raise
        # One at a time: a carousel asks for ten at once, and each takes memory.
        async with self._turn:
            if sha256 not in self._pictures:
                self._pictures[sha256] = await self._make_picture(path)
                while len(self._pictures) > _KEPT:
                    self._pictures.popitem(last=False)
            return self._pictures[sha256]

    async def _make_picture(self, path: Path) -> bytes:
        try:
            return await asyncio.to_thread(_thumbnail, path)
        except NoPictureError:
            pass
        # What is no small picture goes by way of the media desk, in processes of their own.
        try:
            kind = sniff(await asyncio.to_thread(_head, path)).kind
            with tempfile.TemporaryDirectory(prefix="pressroom-") as directory:
                output = Path(directory) / "preview.jpg"
                if kind is Kind.VIDEO:
                    rendition = await self._desk.cover(path, at_s=0, fit=Fit.KEEP, output=output)
                else:
                    wish = Wish(use=MediaUse.STORY, target=Target.PLATFORM, fit=Fit.KEEP)
                    rendition = await self._desk.prepare(Asset(str(path)), wish)
                return await asyncio.to_thread(_thumbnail, rendition.path)
        except (PressroomError, OSError, NoPictureError) as error:
            raise NotFound(f"No picture can be made of this file ({type(error).__name__}).") from error

    async def clip(self, sha256: str) -> Clip:
        """Return a kept clip. Raises NotFound for a file that is not kept or that no browser plays."""
        path = await asyncio.to_thread(self._copy_of, sha256)
        head = sniff(await asyncio.to_thread(_head, path))
        content_type = _PLAYED.get(head.decoder) if head.kind is Kind.VIDEO else None
        if content_type is None:
            raise NotFound("This file is no clip that a browser plays.")
        return Clip(path, content_type)

    def _copy_of(self, sha256: str) -> Path:
        """Return the path of our copy. Raises NotFound."""
        # Named by the digest alone, so that no path that a browser sends leads out of our copies.
        if DIGEST.fullmatch(sha256):
            for path in self._settings.assets.glob(f"{sha256}*"):
                is_named_so = path.name.partition(".")[0] == sha256
                if is_named_so and path.is_file() and not path.is_symlink():
                    return path
        raise NotFound("The copy of this file is no longer kept.")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _thumbnail(path: Path) -> bytes:
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
        if other := find_page_server(self._resources.settings):
            raise AnotherPage.of(other)

    async def link(self) -> SignInLink:
        """Make a link that signs a person in to the pages, once and within ten minutes.

        Raises NeedsApproval for a program, NotFound where no pages are served, Refused where the code's hash
        cannot be kept.
        """
        await self._gate.require_person("Only a person signs in to the page.")
        # Asked for the lock, too: an address that was only set would make a link to nothing.
        if find_page_server(self._resources.settings) is None:
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

    async def use_code(self, code: str) -> bool:
        """Use a link's code up; False for one that is unknown, used or over."""
        return await asyncio.to_thread(self._codes.use, code, self._resources.clock.now())

    @contextlib.contextmanager
    def announce(self, address: str) -> Generator[None]:
        """Tell this data directory's processes where its pages are while the block runs.

        address: without a trailing slash. Raises AnotherPage where another process serves them, Refused where
        that cannot be written down.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(announce_page(self._resources.settings, address))
                self._codes.drop_all()
            except OSError as error:
                raise _not_kept(error, self._resources.settings.home) from error
            yield

    async def picture(self, sha256: str) -> bytes:
        """Return a JPEG of a post's file, of a clip a frame; at most 1080 pixels on the longer side.

        Of a file that is no longer kept it is the picture that was. Raises NotFound where there is none, and
        for a file of which none can be made.
        """
        return await self._previews.picture(sha256)

    async def gone(self, digests: Iterable[str]) -> Mapping[str, bool]:
        """Return which of these files are no longer kept, each with whether there is a picture of it."""
        gone = frozenset(digests) - await asyncio.to_thread(digests_in, self._resources.settings.assets)
        pictures = self._resources.pictures
        return {digest: await pictures.of_file(digest, PictureUse.PAGE) is not None for digest in gone}

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
        return Previews(settings, desk, ours.pictures)


def _not_kept(error: OSError, home: Path) -> Refused:
    return Refused(
        f"The page could not write to the data directory: {error.strerror}.",
        rule="page",
        value=str(home),
        limit="a directory with room that this user may write",
        fix="Check the directory and its space.",
    )
