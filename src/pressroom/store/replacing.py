"""Migrating a SQLite file: on a copy, which takes the file's place only when it checks out."""

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

# Two names of one user had a row each.
_MERGING = "0003"
_MERGED = frozenset({"accounts", "idempotency_keys", "quota_ledger", "slots", "slot_holds"})


def migrate_file(path: Path, revision: str, history: History) -> Path:
    """Bring a file to the newest revision and give where the old one is kept: `<file>.before-<revision>`.

    The caller has the file alone. Raises StoreFailed, and then the file is as it was.
    """
    copy, kept = Path(f"{path}.migrating"), Path(f"{path}.before-{revision}")
    try:
        copy.unlink(missing_ok=True)  # what a run left that was cut short
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
    """Bring a file to the newest revision in one transaction, without the write-ahead log."""
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    with translated(), engine.begin() as connection:
        history.migrate(connection)


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # Foreign keys stay off: rebuilding a table would otherwise delete what hangs on it.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = delete")
    connection.execute("PRAGMA synchronous = full")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _copy(path: Path, copy: Path) -> dict[str, int]:
    """Copy a store with what its log holds, leave the original without a log, and count its rows."""
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(path)) as source:
        with closing(sqlite3.connect(copy)) as target:
            source.backup(target)
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
    """Say what is wrong inside a file; nothing when it is sound."""
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
    if Path(f"{path}-wal").exists():
        raise StoreFailed(
            f"Another program has the store {path} open.", fix="Close it, then try again.", retryable=True
        )
    kept.unlink(missing_ok=True)
    kept.hardlink_to(path)
    copy.replace(path)
    sync(path.parent)
