"""Opens stores: creates a new one, migrates an older file, refuses what must not be opened."""

import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import NullPool, create_engine

from pressroom.core.errors import StoreRefused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.store.database import Database
from pressroom.store.events import take_in_restored
from pressroom.store.failures import translated, unusable
from pressroom.store.files import FileLock, count_opened, is_open_here, opening_turn
from pressroom.store.location import Location
from pressroom.store.schema import OURS, History, migrate_file, migrate_in_place

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
    engine = create_engine(location.url, poolclass=NullPool, hide_parameters=True)
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
