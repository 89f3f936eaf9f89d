"""`PageService`: the pages on which people look and decide: where they are, and who is let in."""

import asyncio
import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from pressroom.core.errors import NotFound, Refused
from pressroom.core.masking import Mask
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.service.gate import Gate
from pressroom.service.previews import Clip, Previews
from pressroom.service.resources import Resources
from pressroom.service.served import AnotherPage, address_of, served, told
from pressroom.service.sign_in_codes import LIVES, SignInCodes


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
