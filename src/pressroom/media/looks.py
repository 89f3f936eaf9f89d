"""Caches the facts of files for as long as their bytes do not change.

A post's file is probed when it is checked, when it is planned and when it is converted. A session hands one
`Looks` to all of these. It is built on `Once`, the cache whose concurrent callers wait for the first result.
"""

import asyncio
import contextlib
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, Protocol, TypeVar

from pressroom.core.errors import MediaRefused

if TYPE_CHECKING:
    from pressroom.media.decision import Refusal
    from pressroom.media.facts import Probe

ValueT = TypeVar("ValueT")
_MOST: Final = 256
# Not cached: they depend on the moment and the machine, not on the file's bytes.
_PASSING: Final = ("missing_file", "permission", "too_expensive")


class _GivenUpError(Exception):
    """The caller that computed the value failed or was cancelled."""


class Once(Generic[ValueT]):
    """Values by key, each computed once; the `most` that were asked for last are kept.

    Safe to use from several event loops and threads at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._futures = OrderedDict[Hashable, Future[ValueT]]()
        self._lock = threading.Lock()

    async def get(self, key: Hashable, work: Callable[[], Awaitable[ValueT]]) -> ValueT:
        """Give the value, by `work` unless it is there. What `work` raises is not kept: waiters try anew."""
        while True:
            with self._lock:
                is_ours = key not in self._futures
                future = self._futures.get(key) or Future[ValueT]()
                if is_ours:
                    future.set_running_or_notify_cancel()  # else a cancelled waiter cancels it for all
                self._keep(key, future)
            if is_ours:
                try:
                    value = await work()
                except BaseException:
                    with self._lock:
                        if self._futures.get(key) is future:  # `remember` may have replaced it
                            del self._futures[key]
                    future.set_exception(_GivenUpError())
                    raise
                future.set_result(value)
                return value
            try:
                return await asyncio.wrap_future(future)
            except _GivenUpError:
                continue

    def find(self, key: Hashable) -> ValueT | None:
        """Give a value that is computed already, else None."""
        with self._lock:
            future = self._futures.get(key)
        is_there = future is not None and future.done() and not future.exception()
        return future.result() if future and is_there else None

    def remember(self, key: Hashable, value: ValueT) -> None:
        """Store a value that was computed elsewhere."""
        future = Future[ValueT]()
        future.set_result(value)
        with self._lock:
            self._keep(key, future)

    def _keep(self, key: Hashable, future: Future[ValueT]) -> None:
        self._futures[key] = future
        self._futures.move_to_end(key)
        while len(self._futures) > self._most:
            self._futures.popitem(last=False)


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


class _LookKey(NamedTuple):
    """A key of the cache. path: part of it, since a refusal names the file. header_only: as of `examine`."""

    path: Path
    bytes: _Bytes
    salvage: bool
    header_only: bool = False


@dataclass(frozen=True, slots=True)
class _LookResult:
    """The result of a probe: one of the two."""

    facts: "Probe | None" = None
    refusal: "Refusal | None" = None

    def given(self) -> "Probe":
        """Give the facts. Raises MediaRefused."""
        if self.refusal:
            raise self.refusal.error()
        assert self.facts is not None
        return self.facts


class _ChangedError(Exception):
    """A file changed while it was read."""


async def _examine(path: Path, *, salvage: bool, header_only: bool = False) -> "Probe":
    from pressroom.media.examine import examine  # noqa: PLC0415  # loads the media desk

    return await examine(path, salvage=salvage, header_only=header_only)


class Looks:
    """Caches the facts of files, or why they are refused, and the digests of their contents.

    most: the number of files kept, those asked for last. Safe to use from several event loops and threads at
    once; callers that ask for the same file share one probe.
    """

    def __init__(self, look: Look = _examine, *, most: int = _MOST) -> None:
        self._look = look
        self._results = Once[_LookResult](most)
        self._digests = Once[str](most)

    async def at(self, path: Path, *, salvage: bool = False) -> "Probe":
        """Give the facts of a file. Raises what `examine` does."""
        try:
            state = await asyncio.to_thread(_state, path)
            key = _LookKey(path, state.bytes, salvage)
            result = await self._results.get(key, lambda: self._look_anew(key))
        except (OSError, ValueError, _ChangedError):
            return await self._look(path, salvage=salvage)  # uncached; says what is wrong
        return result.given()

    async def header_at(self, path: Path, *, salvage: bool = False) -> "Probe":
        """Give the facts of a file. A picture that is always converted is not decoded, unless it was before.

        Raises what `at` does.
        """
        from pressroom.media.facts import ALWAYS_CONVERTED  # noqa: PLC0415  # loads the media desk
        from pressroom.media.probe import look  # noqa: PLC0415

        _, sniffed = await asyncio.to_thread(look, path)
        if sniffed.decoder in ALWAYS_CONVERTED:
            with contextlib.suppress(OSError, ValueError, _ChangedError):
                state = await asyncio.to_thread(_state, path)
                key = _LookKey(path, state.bytes, salvage, header_only=True)
                if not self._results.find(key._replace(header_only=False)):
                    return (await self._results.get(key, lambda: self._look_anew(key))).given()
        return await self.at(path, salvage=salvage)

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
            self._results.remember(_LookKey(facts.path, state.bytes, salvage=False), _LookResult(facts))

    async def carry_over(self, source: Path, copy: Path) -> None:
        """Reuse the facts of a file for its copy, when both have the same digest."""
        with contextlib.suppress(OSError, ValueError, _ChangedError):
            source_state = await asyncio.to_thread(_state, source)
            copy_state = await asyncio.to_thread(_state, copy)
            for salvage in (False, True):
                result = self._results.find(_LookKey(source, source_state.bytes, salvage))
                key = _LookKey(copy, copy_state.bytes, salvage)
                if result is None or result.facts is None or self._results.find(key):
                    continue
                # This reads both files, so it comes last.
                if await self._digest_of(source, source_state) == await self._digest_of(copy, copy_state):
                    self._results.remember(key, _LookResult(replace(result.facts, path=copy)))

    async def _look_anew(self, key: _LookKey) -> _LookResult:
        look = partial(_examine, header_only=True) if key.header_only else self._look
        try:
            result = _LookResult(await look(key.path, salvage=key.salvage))
        except MediaRefused as refusal:
            if refusal.rule in _PASSING:
                raise
            from pressroom.media.decision import Refusal  # noqa: PLC0415  # loads the rules

            result = _LookResult(refusal=Refusal.of(refusal))
        # Facts of a file that was written to meanwhile must not be cached.
        if (await asyncio.to_thread(_state, key.path)).bytes != key.bytes:
            raise _ChangedError
        return result

    async def _digest_of(self, path: Path, state: _State) -> str:
        async def work() -> str:
            digest = await asyncio.to_thread(_sha256, path)
            # With the ctime, unlike the facts' key: whoever writes to a file can set its mtime back.
            if await asyncio.to_thread(_state, path) != state:
                raise _ChangedError
            return digest

        return await self._digests.get(state, work)


def _state(path: Path) -> _State:
    status = path.stat()
    return _State(
        _Bytes(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns), status.st_ctime_ns
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
