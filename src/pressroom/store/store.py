"""The store as one value: its repositories, its connections and its end."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Self

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.repositories import P, T
from pressroom.core.secret import Secret
from pressroom.store import here
from pressroom.store.accounts import SqlAccounts
from pressroom.store.actors import SqlActors
from pressroom.store.consent import SqlConsents
from pressroom.store.database import Database, connect
from pressroom.store.events import SqlEvents
from pressroom.store.filelock import FileLock
from pressroom.store.jobs import SqlPeriodicJobs
from pressroom.store.location import locate
from pressroom.store.notices import SqlNotices
from pressroom.store.opening import ready_file, ready_server, upgrade_server
from pressroom.store.options import SqlOptions
from pressroom.store.posts import SqlPosts
from pressroom.store.quota import SqlQuotaLedger
from pressroom.store.schema import OURS, History
from pressroom.store.slots import SqlSlots


class Store:
    """`core.repositories.Repositories` over SQLite or PostgreSQL. Close it, or use it in a `with` block."""

    def __init__(self, database: Database, lock: FileLock | None = None) -> None:
        self.database = database
        self._lock = lock
        self.posts = SqlPosts(database)
        self.events = SqlEvents(database)
        self.actors = SqlActors(database)
        self.consents = SqlConsents(database)
        self.options = SqlOptions(database)
        self.accounts = SqlAccounts(database)
        self.quota = SqlQuotaLedger(database)
        self.jobs = SqlPeriodicJobs(database)
        self.slots = SqlSlots(database)
        self.notices = SqlNotices(database)

    @property
    def is_shared(self) -> bool:
        """Whether several machines may work on it: it is on a server."""
        return not self.database.location.is_sqlite

    async def run(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Carry out one operation in a worker thread: `await store.run(store.posts.get, post_id)`.

        A cancellation waits for the operation to end, which then may have been carried out.
        """
        thread = asyncio.ensure_future(asyncio.to_thread(operation, *args, **kwargs))
        try:
            return await asyncio.shield(thread)
        except asyncio.CancelledError:
            # The next operation must not meet this one half done.
            while not thread.done():
                await asyncio.wait([thread])
            thread.exception()
            raise

    def close(self) -> None:
        """Close every connection."""
        self.database.engine.dispose()
        path = self.database.location.path
        if self._lock and path:
            here.closed(path)
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def open_store(where: Path | Secret | str, *, clock: Clock = SYSTEM_CLOCK, history: History = OURS) -> Store:
    """Open the store at a path or URL (`:memory:` for one that is gone when closed), making it when new.

    An older SQLite file is migrated; on a server that is left to `pressroom db upgrade`.
    history: the revisions this program knows.
    Raises SettingRefused for an address, StoreRefused for a store that must not be opened, StoreFailed for
    one that cannot.
    """
    location = locate(where)
    lock = ready_file(location, history=history) if location.path else None
    database = Database(location, connect(location), clock)
    try:
        if location.is_sqlite and not location.path:
            upgrade_server(database, history)
        elif not location.path:
            ready_server(database, history)
    except BaseException:
        database.engine.dispose()
        raise
    return Store(database, lock)
