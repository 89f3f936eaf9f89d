"""`Following`: gives all who follow the journal of a store what any process writes, in the order of commits.

One task looks for all who follow in a session, as long as anybody does, and keeps the newest entries in
memory. Who is further behind than those reads pages of the store: no reader, however slow, makes memory grow.
How the order is kept: docs/decisions/0012.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from pressroom.core.consent import Key
from pressroom.core.journal import Changes, Entry
from pressroom.service.ground.resources import Resources

if TYPE_CHECKING:
    from pressroom.store.store import Store

# Seconds between looks: a reader in this process learns of an entry within 300 ms. LISTEN would need a
# connection of its own and does not exist on SQLite; five indexed queries a second cost next to nothing.
_LOOK_S: Final = 0.2
_PAGE: Final = 100
_KEPT: Final = 1000


class Following:
    """Follows the journal of a session's store for any number of readers, which end with the session."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._reads = set[asyncio.Task[Changes]]()
        self._look: _Look | None = None
        self._is_watched = self._is_over = False

    async def cursor(self, after: str | None = None) -> str:
        """Return the cursor of this moment, or one that can be gone on from. Raises UnusableCursor."""
        changes = await self._read(await self._store(), after)
        return after or changes.cursor

    async def entries(self, after: str | None, key: Key | None = None) -> AsyncGenerator[Entry]:
        """Yield entries after a cursor, None for from now on. Raises UnusableCursor.

        key: nothing is yielded that happened after it was revoked or expired; the entries end then.
        """
        store, clock = await self._store(), self._resources.clock
        # From the store in any case: it knows which cursors are of use.
        page = await self._read(store, after)
        # After the page: a later revocation is an entry of a later page.
        stored = await store.run(store.keys.get, key.id) if key else None
        if key and not (stored and stored.is_good(clock.now())):
            return

        def is_over() -> bool:
            return self._is_over or bool(key and key.ends_at and key.ends_at <= clock.now())

        if self._look is None or self._look.failure:
            self._look = _Look()
            self._look.task = asyncio.create_task(self._look_on(self._look, store), name="pressroom journal")
        look = self._look
        look.readers += 1
        ends = [key.ends_at] if key and key.ends_at else []
        look.ends += ends
        try:
            while not is_over():
                for entry in page.entries:
                    if is_over():
                        return
                    yield entry
                # A full page means that more is waiting already.
                is_behind = len(page.entries) == _PAGE
                newer = None if is_behind else await look.newer_than(page.cursor, is_over)
                page = await self._read(store, page.cursor) if newer is None else newer
                if key and page.entries and key.id not in page.keys:
                    return
        finally:
            look.readers -= 1
            for ends_at in ends:
                look.ends.remove(ends_at)
            if not look.readers:
                look.end()
                self._look = None if self._look is look else self._look

    async def _look_on(self, look: "_Look", store: "Store") -> None:
        try:
            changes = await self._read(store, None)
            look.begin(changes.cursor)
            while True:
                changes = await self._read(store, changes.cursor)
                look.add(changes)
                look.wake_expired(self._resources.clock.now())
                if len(changes.entries) < _PAGE:
                    await self._resources.clock.sleep(_LOOK_S)
        except Exception as error:  # noqa: BLE001  # raised again by each reader
            look.fail(error)

    async def _store(self) -> "Store":
        store = await self._resources.store()
        if not self._is_watched:
            self._is_watched = True
            self._resources.at_end(self._end)
        return store

    async def _read(self, store: "Store", cursor: str | None) -> Changes:
        # A task of its own, so that `_end` can wait for it: a reader that is cancelled leaves its query
        # running.
        read = asyncio.create_task(store.run(store.events.changes, cursor, _PAGE))
        self._reads.add(read)
        read.add_done_callback(self._reads.discard)
        return await read

    async def _end(self) -> None:
        """End the readers, and wait for the running queries: the store is closed next."""
        self._is_over = True
        if self._look:
            self._look.end()
        await asyncio.gather(*self._reads, return_exceptions=True)


class _Look:
    """What one task sees of the journal, for several readers. readers: how many there are.

    ends: when the keys of readers expire, for those that do. failure: why it ended; each of its readers ends
    with that, too.
    """

    def __init__(self) -> None:
        self.readers = 0
        self.ends = list[datetime]()
        self.failure: Exception | None = None
        self.task: asyncio.Task[None] | None = None
        self._is_over = False
        # Every entry after `_start`. Before the first look nothing is known, and all wait for that.
        self._start = (0, 0)
        self._recent = deque[tuple[tuple[int, int], Entry]]()
        # What the last look brought, and from where: a reader who keeps up takes it as it is.
        self._newest, self._since = Changes((), ""), (0, 0)
        self._end = (0, 0)
        self._news = asyncio.Event()

    def begin(self, cursor: str) -> None:
        """Begin at a cursor: what was before it is not known here."""
        self._start = self._end = _place_of(cursor)
        self._wake()

    def add(self, changes: Changes) -> None:
        """Take in the entries that follow the newest one."""
        if not changes.entries:
            return
        for entry in changes.entries:
            if len(self._recent) == _KEPT:
                self._start = self._recent.popleft()[0]
            self._recent.append((_place_of(entry.cursor), entry))
        self._newest, self._since = changes, self._end
        self._end = _place_of(changes.cursor)
        self._wake()

    def wake_expired(self, now: datetime) -> None:
        """Wake the readers where the key of one has expired."""
        if any(ends_at <= now for ends_at in self.ends):
            self._wake()

    def fail(self, error: Exception) -> None:
        """End with an error."""
        self.failure = error
        self._wake()

    def end(self) -> None:
        """End the task, and all waiting."""
        self._is_over = True
        if self.task:
            self.task.cancel()
        self._wake()

    async def newer_than(self, cursor: str, is_over: Callable[[], bool]) -> Changes | None:
        """Wait for entries after a cursor; none at the end, and None where some are in the store alone.

        is_over: whether the reader has to end, asked whenever it is woken.
        """
        place = _place_of(cursor)
        while place >= self._start:
            if place == self._since and self._newest.entries:
                return self._newest
            newer = [entry for _, entry in takewhile(lambda held: held[0] > place, reversed(self._recent))]
            if newer or self._is_over or is_over():
                end = newer[0].cursor if newer else cursor
                return Changes(tuple(newer[::-1]), end, self._newest.keys)
            if self.failure:
                raise self.failure
            await self._news.wait()
        return None

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


def _place_of(cursor: str) -> tuple[int, int]:
    """Read what orders cursors of one store; see `store.events.Position`."""
    transaction, number = cursor.split("-")
    return int(transaction), int(number)
