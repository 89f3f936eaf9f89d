"""Follows the journal, whichever process writes it. How the order is kept: docs/decisions/0012."""

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from pressroom.core.journal import Changes, Entry
from pressroom.service.ground.resources import Resources

if TYPE_CHECKING:
    from pressroom.store.store import Store

# Seconds between looks: readers are promised each entry within half a second. An indexed query costs next to
# nothing, and LISTEN would need a connection for each follower and does not exist on SQLite.
_LOOK_S = 0.25
_PAGE = 100


class Following:
    """Follows the journal of a session's store for any number of readers, which end with the session."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._looks = set[asyncio.Task[Changes]]()
        self._is_watched = self._is_over = False

    async def cursor(self) -> str:
        """Return the cursor of this moment."""
        return (await self._look(await self._store(), None)).cursor

    async def entries(self, after: str | None) -> AsyncGenerator[Entry]:
        """Yield entries after a cursor, None for from now on. Raises Refused for an unusable cursor."""
        store, cursor = await self._store(), after
        while not self._is_over:
            found = await self._look(store, cursor)
            for entry in found.entries:
                if self._is_over:
                    return
                yield entry
            cursor = found.cursor
            # A full page means that more is waiting already.
            if len(found.entries) < _PAGE:
                await self._resources.clock.sleep(_LOOK_S)

    async def _store(self) -> "Store":
        store = await self._resources.store()
        if not self._is_watched:
            self._is_watched = True
            self._resources.at_end(self._end)
        return store

    async def _look(self, store: "Store", cursor: str | None) -> Changes:
        # A task of its own, so that `_end` can wait for it: a reader that is cancelled leaves its query
        # running.
        look = asyncio.create_task(store.run(store.events.changes, cursor, _PAGE))
        self._looks.add(look)
        look.add_done_callback(self._looks.discard)
        return await look

    async def _end(self) -> None:
        """Stop new looks, and wait for the running ones: the store is closed next."""
        self._is_over = True
        await asyncio.gather(*self._looks, return_exceptions=True)
