"""Reads a store's revision and migrates it to the newest."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from pressroom.core.errors import StoreRefused
from pressroom.core.masking import log_warnings_only
from pressroom.store.columns import SCHEMA
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

    def revision_of(self, connection: Connection, location: Location) -> str | None:
        """Return the revision of a store; None for an empty one.

        Raises StoreRefused for a newer program's store, and for a database that is not a store.
        """
        schema = None if location.is_sqlite else SCHEMA
        tables = inspect(connection).get_table_names(schema=schema)
        if not tables:
            return None
        found = None
        # Another program may use Alembic too, so its table alone proves nothing.
        if _VERSION_TABLE in tables and "posts" in tables:
            version_table = f"{schema}.{_VERSION_TABLE}" if schema else _VERSION_TABLE
            found = connection.execute(text(f"SELECT version_num FROM {version_table}")).scalar()  # noqa: S608  # constants
        if found is None:
            raise _not_ours(location, tables)
        if found not in self.revisions:
            raise self._newer(location, found)
        return found

    def migrate(self, connection: Connection) -> None:
        """Migrate a store to the newest revision in the caller's transaction."""
        # Alembic takes a new store through its whole history, in ten times the time of the statements alone.
        if self.new_file and _is_new_file(connection):
            for statement in self.new_file.read_text(encoding="utf-8").split(STATEMENT_END):
                connection.exec_driver_sql(statement)
            return
        log_warnings_only("alembic")
        from alembic import command  # noqa: PLC0415  # needed once in a store's life
        from alembic.config import Config  # noqa: PLC0415

        if connection.dialect.name == "postgresql":
            # Programs that start on a new server at once migrate it one after another.
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        config = Config(attributes={"connection": connection})
        # Alembic's configuration interpolates `%`.
        config.set_main_option("script_location", str(self.scripts).replace("%", "%%"))
        command.upgrade(config, "head")

    def _newer(self, location: Location, found: str) -> StoreRefused:
        return StoreRefused(
            f"{location} was made by a newer Pressroom: its revision is {found}, this one's {self.newest}.",
            rule="store_revision",
            value=found,
            limit=self.newest,
            fix="Upgrade this program: `pip install --upgrade pressroom`.",
        )


_SCRIPTS = Path(__file__).parent / "migrations"
OURS = History(
    ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008"), _SCRIPTS, _SCRIPTS / "new_store.sql"
)


def _is_new_file(connection: Connection) -> bool:
    if connection.dialect.name != "sqlite":
        return False
    return not connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar()


def _not_ours(location: Location, tables: list[str]) -> StoreRefused:
    return StoreRefused(
        f"{location} holds another program's tables.",
        rule="store",
        value=", ".join(tables[:3]),
        fix="Check PRESSROOM_HOME and PRESSROOM_DATABASE_URL.",
    )
