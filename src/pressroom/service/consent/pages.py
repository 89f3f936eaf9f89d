"""`PageService`: the pages on which people look and decide: where they are, who is let in, what they show.

A person signs in by a link with a one-use code (`SignInCodes`), of which only the hash is kept, for ten
minutes (five if a signed-in page made it), and stays signed in by a cookie (`SignIns`) for twelve hours.
"""

import asyncio
import contextlib
import hashlib
import hmac
import re
import secrets
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

from pressroom.core.assets import PictureUse
from pressroom.core.errors import NotFound, Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.settings import Mask
from pressroom.media.sniff import HEAD_BYTES, Kind, sniff
from pressroom.service.consent.gate import Gate, owner
from pressroom.service.ground.copies import find_copy
from pressroom.service.ground.pictures import digests_in
from pressroom.service.ground.resources import Resources
from pressroom.service.ground.served import AnotherPage, address_of, announce_page, find_page_server

LIVES: Final = timedelta(minutes=10)
"""How long a code can be used."""

PHONE_LIVES: Final = timedelta(minutes=5)
"""How long a code can be used that a signed-in page made, to sign in another device."""

SIGNED_IN_FOR: Final = timedelta(hours=12)
"""How long a cookie lets somebody in."""

_CODE_BYTES: Final = 24
_COOKIE_BYTES: Final = 32
_USER_DIGITS: Final = 32
_BETWEEN: Final = "-"
# What our cookies look like: the second at which they end, and what nobody else knows.
_COOKIE: Final = re.compile(r"(\d{1,12})\.[\w-]{43}", re.ASCII)
# A clock is set right by less than this all the time.
_SET_BACK: Final = timedelta(minutes=1)


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

    def mint(self, now: datetime, lives: timedelta = LIVES) -> str:
        """Make a code that can be used once. Raises OSError where its hash cannot be kept.

        lives: how long it can be used, at most `LIVES`.
        """
        code = secrets.token_urlsafe(_CODE_BYTES)
        _keep_mark(self._directory, code, now + lives)
        _delete_ended(self._directory, now, LIVES)
        return code

    def use(self, code: str, now: datetime) -> bool:
        """Use a code up; False for one that is unknown, used or too old."""
        digest = hash_of(code)
        # Compared in constant time, so that no answer's duration tells how much of a guess was right.
        matches = [
            path
            for path in _marks_in(self._directory)
            if hmac.compare_digest(path.name.partition(_BETWEEN)[0], digest)
        ]
        if not matches or not _is_young(matches[0], now, LIVES):
            return False
        try:
            # Of two requests with the same code one deletes it, and only that one is let in.
            matches[0].unlink()
        except FileNotFoundError:
            return False
        return True

    def drop_all(self) -> None:
        """Delete all codes: those of a server that has ended are for nothing any more."""
        for path in _marks_in(self._directory):
            path.unlink(missing_ok=True)


class SignIns:
    """Who is signed in to the pages of one data directory, whichever server of it runs.

    directory: theirs, made when it is first needed. Each is kept as a code is. Its cookie begins with the
    second at which it ends, so that a request looks for one file and lists none; the hash is of both.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._latest: datetime | None = None

    def begin(self, now: datetime) -> str:
        """Let somebody in for `SIGNED_IN_FOR`; return their cookie. Raises OSError where it is not kept."""
        ends_at = int((now + SIGNED_IN_FOR).timestamp())
        cookie = f"{ends_at}.{secrets.token_urlsafe(_COOKIE_BYTES)}"
        _keep_mark(self._directory, cookie, now + SIGNED_IN_FOR)
        _delete_ended(self._directory, now, SIGNED_IN_FOR)
        return cookie

    def find(self, cookie: str, now: datetime) -> datetime | None:
        """Return when a cookie's sign-in ends; None for one that is unknown or over."""
        # Each would live longer by as much as the clock was set back.
        if self._latest and now < self._latest - _SET_BACK:
            self.end_all(now)
        self._latest = now
        shown = _COOKIE.fullmatch(cookie)
        if shown is None:
            return None
        # No comparison: whoever does not know the cookie does not know which name is looked for.
        path = self._path(cookie, shown[1])
        is_known = _is_young(path, now, SIGNED_IN_FOR) and path.is_file()
        return datetime.fromtimestamp(int(shown[1]), UTC) if is_known else None

    def end(self, cookie: str) -> None:
        """Let nobody in by a cookie any more."""
        if shown := _COOKIE.fullmatch(cookie):
            self._path(cookie, shown[1]).unlink(missing_ok=True)

    def end_all(self, now: datetime) -> int:
        """Let nobody in any more, and return how many were signed in."""
        marks = _marks_in(self._directory)
        for path in marks:
            path.unlink(missing_ok=True)
        return sum(_is_young(path, now, SIGNED_IN_FOR) for path in marks)

    def _path(self, cookie: str, ends_at: str) -> Path:
        return self._directory / f"{hash_of(cookie)}{_BETWEEN}{ends_at}"


def _keep_mark(directory: Path, secret: str, ends_at: datetime) -> None:
    """Keep the hash of a secret that ends."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    (directory / f"{hash_of(secret)}{_BETWEEN}{int(ends_at.timestamp())}").touch(mode=0o600)


def _delete_ended(directory: Path, now: datetime, lives: timedelta) -> None:
    """Delete the hashes of secrets that have ended. lives: the longest time that one lasts."""
    for path in _marks_in(directory):
        if not _is_young(path, now, lives):
            path.unlink(missing_ok=True)


def _marks_in(directory: Path) -> list[Path]:
    try:
        return [path for path in directory.iterdir() if path.name.isascii()]
    except FileNotFoundError:
        return []


def _is_young(path: Path, now: datetime, lives: timedelta) -> bool:
    ends_at = path.name.partition(_BETWEEN)[2]
    # A clock that was set back would else make it live longer than it was said.
    return ends_at.isdigit() and 0 < int(ends_at) - now.timestamp() <= lives.total_seconds()


# What browsers play; of other clips there is a picture alone.
_PLAYED: Final = {"mov": "video/mp4", "matroska": "video/webm"}


@dataclass(frozen=True, slots=True)
class Clip:
    """A kept clip that a browser can play."""

    path: Path
    content_type: str


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


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
        self._sign_ins = SignIns(resources.settings.home / "signed-in")

    @cached_property
    def user(self) -> str:
        """Identify whom a sign-in acts for: the owner of this data directory. A hash, so it names nobody."""
        return hash_of(f"{owner()}\n{self._resources.settings.home.resolve()}")[:_USER_DIGITS]

    def address(self) -> str | None:
        """Return where the pages of this data directory are; None where none are served."""
        return address_of(self._resources.settings, "")

    def require_none(self) -> None:
        """Raise AnotherPage where a process serves the pages of this data directory already."""
        if other := find_page_server(self._resources.settings):
            raise AnotherPage.of(other)

    async def link(self, base_url: str | None = None, lives: timedelta = LIVES) -> SignInLink:
        """Make a link that signs a person in to the pages, once.

        base_url: the address at which the browser reaches the pages, without a trailing slash; None for the
        one that the server announced. lives: how long the link can be used, at most ten minutes.
        Raises NeedsApproval for a program, NotFound where no pages are served, Refused where the code's hash
        cannot be kept.
        """
        await self._gate.require_person("Only a person signs in to the page.")
        # Asked for the lock, too: an address that was only set would make a link to nothing.
        if find_page_server(self._resources.settings) is None:
            raise NotFound(
                f"No process serves pages from the data directory {self._resources.settings.home}.",
                fix=Fix.of(
                    "Start one: {}. If one runs with another data directory, set PRESSROOM_HOME as it does.",
                    Remedy(RemedyKind.SERVE_PAGE),
                ),
            )
        now = self._resources.clock.now()
        try:
            code = await asyncio.to_thread(self._codes.mint, now, lives)
        except OSError as error:
            raise _not_kept(error, self._resources.settings.home) from error
        return SignInLink(f"{base_url or self.address()}/sign-in?code={code}", now + lives)

    async def sign_in(self, code: str) -> str | None:
        """Use a link's code up; return the cookie of whoever shows it, None for a code that lets nobody in.

        Raises Refused where the hash of the cookie cannot be kept.
        """
        now = self._resources.clock.now()
        if not await asyncio.to_thread(self._codes.use, code, now):
            return None
        try:
            return await asyncio.to_thread(self._sign_ins.begin, now)
        except OSError as error:
            raise _not_kept(error, self._resources.settings.home) from error

    def signed_in_until(self, cookie: str) -> datetime | None:
        """Return when the sign-in of a cookie ends; None where it lets nobody in. It looks at one file."""
        return self._sign_ins.find(cookie, self._resources.clock.now())

    def sign_out(self, cookie: str) -> None:
        """End the sign-in of a cookie."""
        self._sign_ins.end(cookie)

    async def sign_out_all(self) -> int:
        """End all sign-ins to the pages of this data directory, and all links that were not used.

        Returns how many were signed in. A program may, too: it lets nobody in. Raises Refused where the data
        directory cannot be written to.
        """
        try:
            await asyncio.to_thread(self._codes.drop_all)
            return await asyncio.to_thread(self._sign_ins.end_all, self._resources.clock.now())
        except OSError as error:
            raise _not_kept(error, self._resources.settings.home) from error

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
        jpeg = await self._resources.pictures.of_file(sha256, PictureUse.PAGE)
        if jpeg is None:
            raise NotFound("There is no picture of this file.")
        return jpeg

    async def gone(self, digests: Iterable[str]) -> Mapping[str, bool]:
        """Return which of these files are no longer kept, each with whether there is a picture of it."""
        gone = frozenset(digests) - await asyncio.to_thread(digests_in, self._resources.settings.assets)
        pictures = self._resources.pictures
        return {digest: await pictures.of_file(digest, PictureUse.PAGE) is not None for digest in gone}

    async def clip(self, sha256: str) -> Clip:
        """Return a post's clip as it was kept. Raises NotFound for what is not kept, or no browser plays."""
        path = await asyncio.to_thread(find_copy, self._resources.settings.assets, sha256)
        if path is None:
            raise NotFound("The copy of this file is no longer kept.")
        head = sniff(await asyncio.to_thread(_head, path))
        content_type = _PLAYED.get(head.decoder) if head.kind is Kind.VIDEO else None
        if content_type is None:
            raise NotFound("This file is no clip that a browser plays.")
        return Clip(path, content_type)

    @cached_property
    def mask(self) -> Mask:
        """Hides this process's secrets in what is shown."""
        return Mask.of(self._resources.environ)


def _not_kept(error: OSError, home: Path) -> Refused:
    return Refused(
        f"The page could not write to the data directory: {error.strerror}.",
        rule="page",
        value=str(home),
        limit="a directory with room that this user may write",
        fix="Check the directory and its space.",
    )
