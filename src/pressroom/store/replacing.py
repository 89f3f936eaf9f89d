"""Migrates a SQLite file on a copy, which replaces the file only when it passes the checks."""

import os
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, create_engine, event

from pressroom.core.errors import StoreFailed
from pressroom.store.failures import translated, unusable
from pressroom.store.files import sync
from pressroom.store.schema import History

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
        _swap(path, copy, kept)
    except OSError as error:
        raise unusable(path, error) from None
    finally:
        copy.unlink(missing_ok=True)
    return kept


def migrate_in_place(path: Path, history: History) -> None:
    """Migrate a file to the newest revision in one transaction, without the write-ahead log."""
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    with translated(), engine.begin() as connection:
        history.migrate(connection)


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # Foreign keys stay off: Alembic rebuilds a table by dropping it, which would delete its children.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = delete")
    connection.execute("PRAGMA synchronous = full")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _copy(path: Path, copy: Path) -> dict[str, int]:
    """Copy a store including its log, remove the original's log, and return the row counts by table."""
    # Created first, so that SQLite finds a file that only this user may read.
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(path)) as source:
        with closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        # Folds the log into the file: `_swap` keeps the file alone as the old version.
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


def _swap(path: Path, copy: Path, kept: Path) -> None:
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
