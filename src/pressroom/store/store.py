"""The store: its repositories and connections, opened and closed together."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec, Self, TypeVar

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.secret import Secret
from pressroom.store.accounts import SqlAccounts
from pressroom.store.consent import SqlConsents
from pressroom.store.database import Database, connect
from pressroom.store.events import SqlEvents
from pressroom.store.failures import failure_of_shortage
from pressroom.store.files import FileLock, count_closed
from pressroom.store.location import locate
from pressroom.store.opening import ready_file, ready_server, upgrade_server
from pressroom.store.pacing import SqlQuotaLedger, SqlSlots
from pressroom.store.posts import SqlPosts
from pressroom.store.processes import SqlKeys, SqlNotices, SqlOptions, SqlPeriodicJobs
from pressroom.store.schema import OURS, History
from pressroom.store.send_log import SendLog

if TYPE_CHECKING:
    from pressroom.store.insights.readings import SqlReadings

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """All repositories of a store, on SQLite or PostgreSQL. Close it, or use it in a `with` block.

    Every operation of a repository is one transaction and blocks; call it from an event loop through `run`.
    All times are aware and in UTC. Any operation may raise StoreFailed, and is then rolled back.
    """

    def __init__(self, database: Database, lock: FileLock | None = None) -> None:
        self.database = database
        self._lock = lock
        self.posts: Final = SqlPosts(database)
        self.events: Final = SqlEvents(database)
        self.keys: Final = SqlKeys(database)
        self.consents: Final = SqlConsents(database)
        self.options: Final = SqlOptions(database)
        self.accounts: Final = SqlAccounts(database)
        self.quota: Final = SqlQuotaLedger(database)
        self.jobs: Final = SqlPeriodicJobs(database)
        self.slots: Final = SqlSlots(database)
        self.notices: Final = SqlNotices(database)

    @property
    def readings(self) -> "SqlReadings":
        """Media and their readings, and the account's own numbers."""
        from pressroom.store.insights.readings import SqlReadings  # noqa: PLC0415  # tables that few commands ask

        return SqlReadings(self.database)

    @property
    def is_shared(self) -> bool:
        """Whether several machines may work on it: it is on a server."""
        return not self.database.location.is_sqlite

    @property
    def logs_sends(self) -> bool:
        """Whether the send log of this machine has anything to tell about it."""
        return self.database.send_log.exists

    async def run(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one operation in a worker thread: `await store.run(store.posts.get, post_id)`.

        A cancellation waits for the operation to end, which may have been committed.
        """
        thread = asyncio.ensure_future(asyncio.to_thread(operation, *args, **kwargs))
        try:
            return await asyncio.shield(thread)
        except asyncio.CancelledError:
            # A thread cannot be cancelled, and the caller's next operation must not meet this one half done.
            while not thread.done():  # a second cancellation ends one wait
                await asyncio.wait([thread])
            thread.exception()  # retrieved, or asyncio logs that it never was
            raise
        except Exception as error:
            # No further thread can be started. Callers know what to do about a store that fails.
            if (failed := failure_of_shortage(error)) is None:
                raise
            raise failed from None

    def close(self) -> None:
        """Close every connection."""
        # First: the file may count as closed only when SQLite holds it no more, see `files.opening_turn`.
        self.database.engine.dispose()
        path = self.database.location.path
        if self._lock and path:
            count_closed(path)
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def open_store(
    where: Path | Secret | str,
    *,
    clock: Clock = SYSTEM_CLOCK,
    home: Path | None = None,
    history: History = OURS,
) -> Store:
    """Open the store at a path or URL, creating a new one; `:memory:` is gone when closed.

    An older SQLite file is migrated; a server's store is left to `pressroom db upgrade`.
    home: where this machine logs the sends of a server's store; a file's are logged beside it.
    history: the revisions this program knows.
    Raises SettingRefused for a bad address, StoreRefused for a store that must not be opened, StoreFailed
    for one that cannot be.
    """
    location = locate(where)
    lock = ready_file(location, history=history) if location.path else None
    database = Database(location, connect(location), clock, send_log=SendLog.of(location, home))
    try:
        if location.is_sqlite and not location.path:
            upgrade_server(database, history)
        elif not location.path:
            ready_server(database, history)
    except BaseException:
        database.engine.dispose()
        raise
    return Store(database, lock)
