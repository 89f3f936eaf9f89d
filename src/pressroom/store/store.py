"""The store: its repositories and connections, opened and closed together by `open_store`.

A new store is created, what must not be opened is refused, and an older file is migrated: `store.history`.
"""

import errno
import os
import sqlite3
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec, Self, TypeVar

import sqlalchemy as sa

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import StoreRefused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.store.accounts import SqlAccounts
from pressroom.store.columns import Row
from pressroom.store.consent import SqlConsents
from pressroom.store.database import Database, connect
from pressroom.store.events import SqlEvents, take_in_restored
from pressroom.store.failures import failure_of_shortage, translated, unusable
from pressroom.store.files import FileLock, count_closed, count_opened, is_open_here, opening_turn
from pressroom.store.history import OURS, History, migrate_file, migrate_in_place
from pressroom.store.location import Location, locate
from pressroom.store.posts import SqlPosts
from pressroom.store.provenance import Provenance, rows_of_new_store
from pressroom.store.requests import SqlRequests
from pressroom.store.send_log import SendLog
from pressroom.store.small_repositories import (
    SqlKeys,
    SqlNotices,
    SqlOptions,
    SqlPeriodicJobs,
    SqlQuotaLedger,
    SqlSlots,
)
from pressroom.store.threads import in_thread

if TYPE_CHECKING:
    from pressroom.store.deletions import SqlDeletions
    from pressroom.store.insights.readings import SqlReadings
    from pressroom.store.report_jobs import SqlReportJobs
    from pressroom.store.uploads import SqlUploads


P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """All repositories of a store, on SQLite or PostgreSQL. Close it, or use it in a `with` block.

    Every operation of a repository is one transaction and blocks; call it from an event loop through `run`.
    All times are aware and in UTC. Any operation may raise StoreFailed, and is then rolled back.
    """

    def __init__(
        self, database: Database, lock: FileLock | None = None, *, marks: Path | None = None
    ) -> None:
        """Wrap an open database. marks: the directory of this machine's marks (`store.provenance`)."""
        self.database = database
        self.provenance: Final = Provenance(database, marks)
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
    def requests(self) -> SqlRequests:
        """Requests with idempotency keys."""
        return SqlRequests(self.database)

    @property
    def deletions(self) -> "SqlDeletions":
        """Deletions of published media."""
        from pressroom.store.deletions import SqlDeletions  # noqa: PLC0415  # few commands delete

        return SqlDeletions(self.database)

    @property
    def readings(self) -> "SqlReadings":
        """Media and their readings, and the account's own numbers."""
        from pressroom.store.insights.readings import SqlReadings  # noqa: PLC0415  # tables that few commands ask

        return SqlReadings(self.database)

    @property
    def uploads(self) -> "SqlUploads":
        """Files that programs sent."""
        from pressroom.store.uploads import SqlUploads  # noqa: PLC0415  # few sessions take any

        return SqlUploads(self.database)

    @property
    def report_jobs(self) -> "SqlReportJobs":
        """Reports that are asked for and fetched later."""
        from pressroom.store.report_jobs import SqlReportJobs  # noqa: PLC0415  # few sessions ask for any

        return SqlReportJobs(self.database)

    @property
    def is_shared(self) -> bool:
        """Whether several machines may work on it: it is on a server."""
        return not self.database.location.is_sqlite

    @property
    def is_in_memory(self) -> bool:
        """Whether it ends with this process, and has no copies."""
        return self.database.location.is_sqlite and self.database.location.path is None

    async def run(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one operation in a worker thread: `await store.run(store.posts.get, post_id)`.

        A cancellation waits for the operation to end, which may have been committed.
        """
        try:
            return await in_thread(partial(operation, *args, **kwargs))
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
    marks: Path | None = None,
    history: History = OURS,
) -> Store:
    """Open the store at a path or URL, creating a new one; `:memory:` is gone when closed.

    An older SQLite file is migrated; a server's store is left to `pressroom db upgrade`.
    home: where this machine logs the sends of a server's store; a file's are logged beside it.
    marks: where this machine keeps its marks of stores, outside all data directories; None for no marks.
    history: the revisions this program knows.
    Raises SettingRefused for a bad address, StoreRefused for a store that must not be opened, StoreFailed
    for one that cannot be.
    """
    location, identity = locate(where), uuid.uuid4().hex
    first_rows = rows_of_new_store(location, identity, clock.now())
    may_be_new = location.path is not None and is_empty(location.path)
    lock = ready_file(location, first_rows, history=history) if location.path else None
    database = Database(location, connect(location), clock, send_log=SendLog.of(location, home))
    try:
        if location.is_sqlite and not location.path:
            upgrade_server(database, history)
        elif not location.path:
            may_be_new = ready_server(database, first_rows, history)
        store = Store(database, lock, marks=marks)
        # Of several processes that open a new store at once, one has created it.
        if may_be_new and store.provenance.identity == identity:
            store.provenance.mark_as_new()
    except BaseException:
        database.engine.dispose()
        raise
    return store


_HEADER = b"SQLite format 3\0"
# Bytes 18 and 19 of SQLite's header are the write and read versions: 2 means a write-ahead log.
_JOURNAL_OFFSET, _WAL = 18, b"\2"


def ready_file(
    location: Location, first_rows: Sequence[Row], *, history: History = OURS, wait_s: float = 10.0
) -> FileLock:
    """Create or migrate a SQLite file, count it as open, and return the shared lock that marks it as in use.

    first_rows: of the options of a new store. Raises StoreRefused for a newer store or another program's
    file, StoreFailed when other processes keep an older one open.
    """
    path = location.path
    assert path
    with opening_turn:
        _make_room(path)
        try:
            with translated():
                lock = FileLock(path, wait_s=wait_s)
        except OSError as error:
            raise unusable(path, error) from None
        try:
            lock.share()
            if _is_behind(location, history):
                upgrade_file(location, lock, history, first_rows)
                lock.share()
        except BaseException:
            lock.close()
            raise
        count_opened(path)
    return lock


def upgrade_file(
    location: Location, lock: FileLock, history: History = OURS, first_rows: Sequence[Row] = ()
) -> Path | None:
    """Create or migrate a file that nobody has open, and return where its old version is kept."""
    assert location.path
    kept = None
    # Of several processes that find it new or older, one upgrades it and keeps it open; the rest skip this.
    with lock.alone(is_needed=lambda: _is_behind(location, history)) as is_alone:
        if not is_alone:
            return None
        revision = revision_of_file(location, history)
        if revision is None:
            migrate_in_place(location.path, history, first_rows)
        elif revision != history.newest:
            kept = migrate_file(location.path, revision, history)
        # Under the lock, since SQLite does not wait for other connections when the journal mode changes.
        with translated(), closing(sqlite3.connect(location.path)) as connection:
            connection.execute("PRAGMA journal_mode = wal")
    return kept


def _is_behind(location: Location, history: History) -> bool:
    """Return whether a file has an older revision, or no write-ahead log yet.

    Source: https://www.sqlite.org/fileformat.html, the database header.
    """
    assert location.path
    if revision_of_file(location, history) != history.newest:
        return True
    # Opening and closing the file would drop SQLite's locks: see `files.opening_turn`.
    if is_open_here(location.path):
        return False
    with location.path.open("rb") as file:
        file.seek(_JOURNAL_OFFSET)
        return file.read(1) != _WAL


def revision_of_file(location: Location, history: History = OURS) -> str | None:
    """Return the revision of a SQLite file without changing it; None for an empty one.

    Raises StoreRefused for a newer program's store, and for a file that is not a store.
    """
    assert location.path
    # Opening and closing the file would drop SQLite's locks: see `files.opening_turn`.
    if not is_open_here(location.path):
        with location.path.open("rb") as file:
            start = file.read(len(_HEADER))
        if start not in (b"", _HEADER):
            raise StoreRefused(
                f"{location.path} is not a database.",
                rule="store",
                value=location.path.name,
                fix="Check PRESSROOM_HOME; move the file away when it is not yours to keep.",
            )
    # A plain engine: our pragmas would write to a file that may be another program's.
    engine = sa.create_engine(location.url, poolclass=sa.NullPool, hide_parameters=True)
    with translated(), engine.connect() as connection:
        return history.revision_of(connection, location)


def ready_server(database: Database, first_rows: Sequence[Row], history: History = OURS) -> bool:
    """Create the schema on a server where there is none. Raises StoreRefused for a newer or older one.

    A person upgrades an older one: other machines may still run the earlier program.
    """
    with database.reading() as connection:
        revision = history.revision_of(connection, database.location)
    if revision is None:
        upgrade_server(database, history, first_rows)
    elif revision != history.newest:
        raise StoreRefused(
            f"The store on the server has revision {revision}, and this program needs {history.newest}.",
            rule="store_revision",
            value=revision,
            limit=history.newest,
            fix=Fix.of("Stop the workers, then run {}.", Remedy(RemedyKind.UPGRADE_STORE)),
        )
    else:
        take_in_restored(database)
    return revision is None


def upgrade_server(database: Database, history: History = OURS, first_rows: Sequence[Row] = ()) -> None:
    """Migrate a server's schema to the newest revision. first_rows: of the options of a new store."""
    with database.writing() as connection:
        history.create(connection, first_rows)


def is_empty(path: Path) -> bool:
    """Return whether there is no file, or nothing in it."""
    try:
        return path.stat().st_size == 0
    except OSError:
        return True


def _make_room(path: Path) -> None:
    """Create the data directory and an empty file that only this user may read."""
    if is_open_here(path):
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        raise unusable(path, OSError(errno.ENOTDIR, "its directory is a file")) from None
    except OSError as error:
        raise unusable(path, error) from None
