"""Caches the facts of files for as long as their bytes do not change.

A post's file is probed when it is checked, when it is planned and when it is converted. A session hands one
`Looks` to all of these.
"""

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from pressroom.core.errors import MediaRefused
from pressroom.media.once import Once

if TYPE_CHECKING:
    from pressroom.media.decision import Refusal
    from pressroom.media.facts import Probe

_MOST: Final = 256
# Not cached: they depend on the moment and the machine, not on the file's bytes.
_PASSING: Final = ("missing_file", "permission", "too_expensive")


class Look(Protocol):
    """Probes a file, as `examine` does."""

    async def __call__(self, path: Path, *, salvage: bool) -> "Probe":
        """Give the facts of a file. Raises MediaRefused."""
        ...


class _Bytes(NamedTuple):
    """What tells one content of a file from another without reading it."""

    device: int
    inode: int
    size: int
    mtime_ns: int


class _State(NamedTuple):
    """changed_ns: the ctime. Links and owner change it too, but unlike the mtime nobody can set it back."""

    bytes: _Bytes
    changed_ns: int


class _Question(NamedTuple):
    """A key of the cache. path: part of it, since a refusal names the file."""

    path: Path
    bytes: _Bytes
    salvage: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    """The result of a probe: one of the two."""

    facts: "Probe | None" = None
    refusal: "Refusal | None" = None


class _ChangedError(Exception):
    """A file changed while it was read."""


async def _examine(path: Path, *, salvage: bool) -> "Probe":
    from pressroom.media.examine import examine  # noqa: PLC0415  # loads the media desk

    return await examine(path, salvage=salvage)


class Looks:
    """Caches the facts of files, or why they are refused, and the digests of their contents.

    most: the number of files kept, those asked for last. Safe to use from several event loops and threads at
    once; callers that ask for the same file share one probe.
    """

    def __init__(self, look: Look = _examine, *, most: int = _MOST) -> None:
        self._look = look
        self._seen = Once[_Seen](most)
        self._digests = Once[str](most)

    async def at(self, path: Path, *, salvage: bool = False) -> "Probe":
        """Give the facts of a file. Raises what `examine` does."""
        try:
            state = await asyncio.to_thread(_state, path)
            question = _Question(path, state.bytes, salvage)
            seen = await self._seen.get(question, lambda: self._answer(question))
        except (OSError, ValueError, _ChangedError):
            return await self._look(path, salvage=salvage)  # uncached; says what is wrong
        if seen.refusal:
            raise seen.refusal.error()
        assert seen.facts is not None
        return seen.facts

    async def digest(self, path: Path) -> str:
        """Give the SHA-256 of a file's content in hexadecimal. Raises OSError."""
        try:
            return await self._digest_of(path, await asyncio.to_thread(_state, path))
        except _ChangedError:
            return await asyncio.to_thread(_sha256, path)

    async def remember(self, facts: "Probe") -> None:
        """Store the facts of a file that was just made."""
        with contextlib.suppress(OSError):  # gone already
            state = await asyncio.to_thread(_state, facts.path)
            self._seen.remember(_Question(facts.path, state.bytes, salvage=False), _Seen(facts))

    async def carry_over(self, source: Path, copy: Path) -> None:
        """Reuse the facts of a file for its copy, when both have the same digest."""
        with contextlib.suppress(OSError, ValueError, _ChangedError):
            was = await asyncio.to_thread(_state, source)
            now = await asyncio.to_thread(_state, copy)
            for salvage in (False, True):
                known = self._seen.known(_Question(source, was.bytes, salvage))
                question = _Question(copy, now.bytes, salvage)
                if known is None or known.facts is None or self._seen.known(question):
                    continue
                if await self._digest_of(source, was) == await self._digest_of(copy, now):
                    self._seen.remember(question, _Seen(replace(known.facts, path=copy)))

    async def _answer(self, question: _Question) -> _Seen:
        seen = await self._looked(question.path, salvage=question.salvage)
        # Facts of a file that was written to meanwhile must not be cached.
        if (await asyncio.to_thread(_state, question.path)).bytes != question.bytes:
            raise _ChangedError
        return seen

    async def _looked(self, path: Path, *, salvage: bool) -> _Seen:
        try:
            return _Seen(await self._look(path, salvage=salvage))
        except MediaRefused as refusal:
            if refusal.rule in _PASSING:
                raise
            from pressroom.media.decision import Refusal  # noqa: PLC0415  # loads the rules

            return _Seen(refusal=Refusal.of(refusal))

    async def _digest_of(self, path: Path, state: _State) -> str:
        async def work() -> str:
            digest = await asyncio.to_thread(_sha256, path)
            if await asyncio.to_thread(_state, path) != state:
                raise _ChangedError
            return digest

        return await self._digests.get(state, work)


def _state(path: Path) -> _State:
    found = path.stat()
    return _State(_Bytes(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns), found.st_ctime_ns)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
