"""The store: its repositories and connections, opened and closed together by `open_store`.

A new store is created and what must not be opened is refused. An older file is migrated, on a copy that
replaces it only when it passes the checks. `OURS` names the revisions of this program, `History` reads that
of a store.
"""

import errno
import os
import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec, Self, TypeVar

import sqlalchemy as sa

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import StoreFailed, StoreRefused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.core.settings import log_warnings_only
from pressroom.store.accounts import SqlAccounts
from pressroom.store.columns import SCHEMA
from pressroom.store.consent import SqlConsents
from pressroom.store.database import Database, connect, sqlite_engine
from pressroom.store.events import SqlEvents, take_in_restored
from pressroom.store.failures import failure_of_shortage, translated, unusable
from pressroom.store.files import FileLock, count_closed, count_opened, is_open_here, opening_turn, sync
from pressroom.store.location import Location, locate
from pressroom.store.posts import SqlPosts
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
    def logs_sends(self) -> bool:
        """Whether the send log of this machine has anything to tell about it."""
        return self.database.send_log.exists

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


_VERSION_TABLE = "alembic_version"
STATEMENT_END = ";\n"
"""What stands between the statements of `History.new_file`."""
# Any number, as long as every program that migrates this schema uses it.
_ADVISORY_LOCK = 5_281_377_001


@dataclass(frozen=True, slots=True)
class History:
    """The migrations. revisions: oldest first. scripts: the Alembic directory that holds them.

    new_file: the statements that make a new SQLite store as the migrations do; None runs those.
    """

    revisions: tuple[str, ...]
    scripts: Path
    new_file: Path | None = None

    @property
    def newest(self) -> str:
        """The revision this program works with."""
        return self.revisions[-1]

    def is_before(self, revision: str, other: str) -> bool:
        """Return whether a revision is earlier than another one."""
        return self.revisions.index(revision) < self.revisions.index(other)

    def revision_of(self, connection: sa.Connection, location: Location) -> str | None:
        """Return the revision of a store; None for an empty one.

        Raises StoreRefused for a newer program's store, and for a database that is not a store.
        """
        schema = None if location.is_sqlite else SCHEMA
        tables = sa.inspect(connection).get_table_names(schema=schema)
        if not tables:
            return None
        revision = None
        # Another program may use Alembic too, so its table alone proves nothing.
        if _VERSION_TABLE in tables and "posts" in tables:
            version_table = f"{schema}.{_VERSION_TABLE}" if schema else _VERSION_TABLE
            revision = connection.execute(sa.text(f"SELECT version_num FROM {version_table}")).scalar()  # noqa: S608  # constants
        if revision is None:
            raise StoreRefused(
                f"{location} holds another program's tables.",
                rule="store",
                value=", ".join(tables[:3]),
                fix="Check PRESSROOM_HOME and PRESSROOM_DATABASE_URL.",
            )
        if revision not in self.revisions:
            from pressroom.core.installation import upgrade  # noqa: PLC0415  # only where it is refused

            raise StoreRefused(
                f"{location} was made by a newer Pressroom: its revision is {revision}, "
                f"this one's {self.newest}.",
                rule="store_revision",
                value=revision,
                limit=self.newest,
                fix=upgrade(),
            )
        return revision

    def migrate(self, connection: sa.Connection) -> None:
        """Migrate a store to the newest revision in the caller's transaction."""
        # Alembic takes a new store through its whole history, in ten times the time of the statements alone.
        is_sqlite, count = connection.dialect.name == "sqlite", "SELECT count(*) FROM sqlite_schema"
        if self.new_file and is_sqlite and not connection.exec_driver_sql(count).scalar():
            for statement in self.new_file.read_text(encoding="utf-8").split(STATEMENT_END):
                connection.exec_driver_sql(statement)
            return
        log_warnings_only("alembic")
        from alembic import command  # noqa: PLC0415  # needed once in a store's life
        from alembic.config import Config  # noqa: PLC0415

        if connection.dialect.name == "postgresql":
            # Programs that start on a new server at once migrate it one after another.
            connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
            connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        config = Config(attributes={"connection": connection})
        # Alembic's configuration interpolates `%`.
        config.set_main_option("script_location", str(self.scripts).replace("%", "%%"))
        command.upgrade(config, "head")


_SCRIPTS = Path(__file__).parent / "migrations"
OURS = History(
    tuple(f"{number:04}" for number in range(1, 22)),
    _SCRIPTS,
    _SCRIPTS / "new_store.sql",
)


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


_HEADER = b"SQLite format 3\0"
# Bytes 18 and 19 of SQLite's header are the write and read versions: 2 means a write-ahead log.
_JOURNAL_OFFSET, _WAL = 18, b"\2"


def ready_file(location: Location, *, history: History = OURS, wait_s: float = 10.0) -> FileLock:
    """Create or migrate a SQLite file, count it as open, and return the shared lock that marks it as in use.

    Raises StoreRefused for a newer store or another program's file, StoreFailed when other processes keep an
    older one open.
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
                upgrade_file(location, lock, history)
                lock.share()
        except BaseException:
            lock.close()
            raise
        count_opened(path)
    return lock


def upgrade_file(location: Location, lock: FileLock, history: History = OURS) -> Path | None:
    """Create or migrate a file that nobody has open, and return where its old version is kept."""
    assert location.path
    kept = None
    # Of several processes that find it new or older, one upgrades it and keeps it open; the rest skip this.
    with lock.alone(is_needed=lambda: _is_behind(location, history)) as is_alone:
        if not is_alone:
            return None
        revision = revision_of_file(location, history)
        if revision is None:
            migrate_in_place(location.path, history)
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


def ready_server(database: Database, history: History = OURS) -> None:
    """Create the schema on a server. Raises StoreRefused for a newer or older one.

    A person upgrades an older one: other machines may still run the earlier program.
    """
    with database.reading() as connection:
        revision = history.revision_of(connection, database.location)
    if revision is None:
        upgrade_server(database, history)
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


def upgrade_server(database: Database, history: History = OURS) -> None:
    """Migrate a server's schema to the newest revision."""
    with database.writing() as connection:
        history.migrate(connection)


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


# Revision 0003 merged accounts of one user, so these tables may lose rows.
_MERGING = "0003"
_MERGED = frozenset({"accounts", "idempotency_keys", "quota_ledger", "slots", "slot_holds"})


def migrate_file(path: Path, revision: str, history: History) -> Path:
    """Migrate a file to the newest revision and return where the old one is kept: `<file>.before-<revision>`.

    The caller holds the file's exclusive lock. Raises StoreFailed, and then the file is unchanged.
    """
    copy, kept = Path(f"{path}.migrating"), Path(f"{path}.before-{revision}")
    try:
        copy.unlink(missing_ok=True)  # left by a run that was killed
        with translated():
            counts = _copy(path, copy)
            migrate_in_place(copy, history)
            _check(copy, counts, _MERGED if history.is_before(revision, _MERGING) else frozenset())
        sync(copy)
        # A program that ignores our lock, such as the sqlite3 shell, has it open.
        if Path(f"{path}-wal").exists():
            raise StoreFailed(
                f"Another program has the store {path} open.", fix="Close it, then try again.", retryable=True
            )
        # A link, then an atomic rename: at every moment a whole file has the store's name.
        kept.unlink(missing_ok=True)
        kept.hardlink_to(path)
        copy.replace(path)
        sync(path.parent)
    except OSError as error:
        raise unusable(path, error) from None
    finally:
        copy.unlink(missing_ok=True)
    return kept


def migrate_in_place(path: Path, history: History) -> None:
    """Migrate a file to the newest revision in one transaction, without the write-ahead log."""
    # Foreign keys stay off: Alembic rebuilds a table by dropping it, which would delete its children.
    pragmas = {"journal_mode": "delete", "synchronous": "full"}
    engine = sqlite_engine(
        sa.URL.create("sqlite", database=str(path)),
        pragmas,
        poolclass=sa.NullPool,
        execution_options={"is_writer": True},
    )
    with translated(), engine.begin() as connection:
        history.migrate(connection)


def _copy(path: Path, copy: Path) -> dict[str, int]:
    """Copy a store including its log, remove the original's log, and return the row counts by table."""
    # Created first, so that SQLite finds a file that only this user may read.
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(path)) as source:
        with closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        # Folds the log into the file: `migrate_file` keeps the file alone as the old version.
        source.execute("PRAGMA journal_mode = delete")
        return _counts(source)


def _check(copy: Path, before: dict[str, int], may_shrink: Collection[str]) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        findings = findings_of(connection)
        after = _counts(connection)
    findings += [
        f"{table} had {count} rows and has {after[table]}"
        for table, count in before.items()
        if table in after and after[table] < count and table not in ("alembic_version", *may_shrink)
    ]
    if findings:
        raise StoreFailed(
            f"The store is as it was: its upgraded copy does not check out: {'; '.join(findings)}.",
            fix="Go on with the earlier version of this program, and report this.",
        )


def findings_of(connection: sqlite3.Connection) -> list[str]:
    """Return what is wrong inside a file; empty when it is sound."""
    rows = connection.execute("PRAGMA integrity_check(10)").fetchall()
    findings = [str(row[0]) for row in rows if row[0] != "ok"]
    orphans = connection.execute("PRAGMA foreign_key_check").fetchmany(10)
    return findings + [
        f"a row of {table} points at a missing row of {parent}" for table, _, parent, _ in orphans
    ]


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names}  # noqa: S608  # names from the file itself
