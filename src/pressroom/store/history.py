"""The revisions of a store and their migrations. `OURS` names those of this program.

`History` reads a store's revision and migrates it. A SQLite file is migrated on a copy, which replaces the
file only when it passes the checks.
"""

import os
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from pressroom.core.errors import StoreFailed, StoreRefused
from pressroom.core.settings import log_warnings_only
from pressroom.store import tables as t
from pressroom.store.columns import SCHEMA, Row
from pressroom.store.database import sqlite_engine
from pressroom.store.failures import translated, unusable
from pressroom.store.files import sync
from pressroom.store.location import Location

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

    def create(self, connection: sa.Connection, first_rows: Sequence[Row]) -> None:
        """Migrate an empty store, and put into its options what every new store has."""
        self.migrate(connection)
        has_options = sa.inspect(connection).has_table(t.options.name, t.options.schema)
        # Another program may have been quicker on a server.
        if first_rows and has_options and not connection.execute(sa.select(t.options).limit(1)).first():
            connection.execute(sa.insert(t.options), first_rows)

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
    tuple(f"{number:04}" for number in range(1, 23)),
    _SCRIPTS,
    _SCRIPTS / "new_store.sql",
)


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


def migrate_in_place(path: Path, history: History, first_rows: Sequence[Row] = ()) -> None:
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
        history.create(connection, first_rows)


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
