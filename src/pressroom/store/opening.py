"""Making a store ready: creating it, bringing an older file up to date, refusing what must not be opened."""

import os
from pathlib import Path

from sqlalchemy import NullPool, create_engine

from pressroom.core.errors import StoreFailed, StoreRefused
from pressroom.store.database import Database
from pressroom.store.failures import translated
from pressroom.store.filelock import FileLock
from pressroom.store.location import Location
from pressroom.store.replacing import migrate_file, migrate_in_place
from pressroom.store.schema import NEWEST, migrate, revision_of

_HEADER = b"SQLite format 3\0"


def ready_file(location: Location, *, wait_s: float = 10.0) -> FileLock:
    """Make a SQLite file ready, and give the lock that says it is open.

    Raises StoreRefused for a newer store or no store, StoreFailed when others keep an older one open.
    """
    assert location.path
    _make_room(location.path)
    with translated():
        lock = _lock(location.path, wait_s)
    try:
        lock.share()
        if revision_of_file(location) != NEWEST:
            upgrade_file(location, lock)
            lock.share()
    except BaseException:
        lock.close()
        raise
    return lock


def _lock(path: Path, wait_s: float) -> FileLock:
    try:
        return FileLock(path, wait_s=wait_s)
    except OSError as error:
        raise _unusable(path, error) from None


def upgrade_file(location: Location, lock: FileLock) -> Path | None:
    """Make or migrate a file while nobody has it open; gives where an older one is kept."""
    assert location.path
    with lock.alone():
        revision = revision_of_file(location)
        if revision is None:
            migrate_in_place(location.path)
        elif revision != NEWEST:
            return migrate_file(location.path, revision)
    return None


def revision_of_file(location: Location) -> str | None:
    """Give the revision of a SQLite file without changing it; None for an empty one."""
    assert location.path
    _check_header(location.path)
    # A plain engine: the pragmas of ours would change a file that may be another program's.
    engine = create_engine(location.url, poolclass=NullPool, hide_parameters=True)
    with translated(), engine.connect() as connection:
        return revision_of(connection, location)


def ready_server(database: Database) -> None:
    """Make a new schema on a server. Raises StoreRefused for a newer one, and for an older one.

    An older one is upgraded by a person: other machines may still run the earlier program.
    """
    with database.reading() as connection:
        revision = revision_of(connection, database.location)
    if revision is None:
        upgrade_server(database)
    elif revision != NEWEST:
        raise StoreRefused(
            f"The store on the server has revision {revision}, and this program needs {NEWEST}.",
            rule="store_revision",
            value=revision,
            limit=NEWEST,
            fix="Stop the workers, then run `pressroom db upgrade`.",
        )


def upgrade_server(database: Database) -> None:
    """Bring a server's schema to the newest revision."""
    with database.writing() as connection:
        migrate(connection)


def _make_room(path: Path) -> None:
    """Make the data directory, and an empty file that only this user may read."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise _unusable(path, error) from None


def _check_header(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(len(_HEADER))
    if start not in (b"", _HEADER):
        raise StoreRefused(
            f"{path} is not a database.",
            rule="store",
            value=path.name,
            fix="Check PRESSROOM_HOME; move the file away when it is not yours to keep.",
        )


def _unusable(path: Path, error: OSError) -> StoreFailed:
    return StoreFailed(
        f"The store {path} cannot be opened: {error.strerror}.",
        fix="Set PRESSROOM_HOME to a directory that this user may write.",
    )
