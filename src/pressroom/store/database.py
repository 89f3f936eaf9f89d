"""Connections, transactions and bulk writes, on SQLite and PostgreSQL alike.

`connect` creates a store's engine, `Database` runs transactions on it, and `Writes` inserts and updates many
rows of several tables at once.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import result_tuple
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.store.columns import SCHEMA, Ids, Row, UtcTime, json_text
from pressroom.store.failures import translated
from pressroom.store.location import Location
from pressroom.store.send_log import SendLog

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite
    from sqlalchemy.dialects.sqlite import Insert

    from pressroom.core.stored_posts import PostSave

BUSY_TIMEOUT_S = 15
PRAGMAS: dict[str, str | int] = {
    "busy_timeout": BUSY_TIMEOUT_S * 1000,  # first, since the others may have to wait for a lock
    "journal_mode": "wal",  # readers and the writer do not block each other
    "synchronous": 2,  # FULL: a send must survive a power cut
    "fullfsync": 1,  # macOS: flush the drive's own cache too; no effect elsewhere
    "checkpoint_fullfsync": 1,
    "foreign_keys": 1,
}
_SESSION = {
    "search_path": SCHEMA,
    "timezone": "UTC",
    "synchronous_commit": "on",  # a send must survive a power cut, whatever the server's default
    "lock_timeout": f"{BUSY_TIMEOUT_S}s",
    # A forgotten transaction holds up every reader of the journal: docs/decisions/0012.
    "idle_in_transaction_session_timeout": "60s",
}
CONNECTION: dict[str, Any] = {
    "connect_timeout": 10,
    # Notice a server that vanished, as after a fail-over, within 15 + 3 * 5 seconds. Linux's own default
    # sends the first probe after two hours.
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds, unlike the others
}
"""libpq's options for a connection to a server, in seconds unless noted."""
# Several statements must see one snapshot.
_READER: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
# One statement sees one snapshot by itself. On SQLite `begin` heeds it.
_LOOK: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}
# A writer waits for a row lock and checks its guard again; REPEATABLE READ would fail it instead.
_WRITER: dict[str, Any] = {"isolation_level": "READ COMMITTED"}

# A lease end further ahead than this was written before the last boot: see `Database.is_free`.
LONGEST_LEASE_S = 3600.0
# Lease times on SQLite are seconds since boot, stored as a moment after this one.
_START = datetime(1970, 1, 1, tzinfo=UTC)


def connect(location: Location) -> sa.Engine:
    """Create the engine of a store, which connects on first use."""
    if not location.is_sqlite:
        options = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
        return sa.create_engine(
            location.url,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={"options": options, **CONNECTION},
        )
    # An in-memory database is gone when its connection closes, so there is exactly one.
    poolclass = QueuePool if location.path else StaticPool
    waits = {"check_same_thread": False, "timeout": BUSY_TIMEOUT_S}
    return sqlite_engine(location.url, PRAGMAS, poolclass=poolclass, connect_args=waits)


def sqlite_engine(url: sa.URL, pragmas: Mapping[str, str | int], **options: Any) -> sa.Engine:  # noqa: ANN401  # SQLAlchemy's
    """Create the engine of a SQLite database whose connections have these pragmas, set in their order.

    options: of `create_engine`. The execution option `is_writer` makes transactions take the write lock;
    `is_look` begins none.
    """
    engine = sa.create_engine(url, hide_parameters=True, **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # no implicit BEGIN by the driver: `begin` does it
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name} = {value}")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # IMMEDIATE takes the write lock now: a read transaction that turns to writing may fail without
        # waiting.
        options = connection.get_execution_options()
        if not options.get("is_look"):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("is_writer") else "BEGIN")

    return engine


def _at_execution(moment: Callable[[], datetime]) -> sa.ColumnElement[datetime]:
    # A callable, evaluated at each execution: statements are built once and run later.
    return sa.bindparam(None, callable_=moment, type_=UtcTime, unique=True)


def _ignore_saves(_saves: "Sequence[PostSave]") -> None:
    """Do nothing."""


class Database:
    """Runs transactions. On SQLite, which has one writer at a time, the writers of a process take turns.

    machine: the clock that leases on SQLite are counted by; the same for all processes of the machine.
    send_log: what its sends are written to as well; None for a look at a store that sends nothing.
    on_saved: called with saved posts once they are committed. driven_at: the last heartbeat of this process.
    """

    def __init__(
        self,
        location: Location,
        engine: sa.Engine,
        clock: Clock,
        *,
        machine: Clock = SYSTEM_CLOCK,
        send_log: SendLog | None = None,
    ) -> None:
        self.machine = machine
        self.send_log: Final = send_log or SendLog(None)
        self.driven_at: datetime | None = None
        self.on_saved: Callable[[Sequence[PostSave]], None] = _ignore_saves
        self.location = location
        self.engine = engine
        self.clock = clock
        turn, free = threading.Lock(), contextlib.nullcontext()
        is_sqlite = location.is_sqlite
        # In memory, readers share the writer's one connection.
        self._read_turn = turn if is_sqlite and location.path is None else free
        self._write_turn = turn if is_sqlite else free
        self._reader = engine if is_sqlite else engine.execution_options(**_READER)
        self._looker = engine.execution_options(**({"is_look": True} if is_sqlite else _LOOK))
        self._writer = engine.execution_options(**({"is_writer": True} if is_sqlite else _WRITER))

    @contextlib.contextmanager
    def reading(self) -> Generator[sa.Connection]:
        """Open a read transaction, which sees one snapshot of the store."""
        with self._read_turn, translated(), self._reader.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def looking(self) -> Generator[sa.Connection]:
        """Open a connection for a single statement, without beginning and ending a transaction."""
        with self._read_turn, translated(), self._looker.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Generator[sa.Connection]:
        """Open a write transaction: on disk when the block ends, rolled back when it raises."""
        with self._write_turn, translated(), self._writer.begin() as connection:
            yield connection

    def is_free(self, lease_until: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Build the condition that a lease has ended or was never taken.

        On a server the database's clock counts, since the machines' clocks differ. On SQLite seconds since
        boot count, so that setting the wall clock neither ends nor extends a lease; an end further ahead than
        `LONGEST_LEASE_S` was written before the last boot.
        """
        if not self.location.is_sqlite:
            return sa.or_(lease_until.is_(None), lease_until <= sa.func.now(type_=UtcTime))
        is_of_an_earlier_start = lease_until > _at_execution(lambda: self._since_start(LONGEST_LEASE_S))
        return sa.or_(
            lease_until.is_(None), lease_until <= _at_execution(self._since_start), is_of_an_earlier_start
        )

    def lease_end(self, lease_s: float) -> sa.ColumnElement[datetime]:
        """Return the end of a lease that starts now. lease_s: `LONGEST_LEASE_S` at most."""
        assert lease_s <= LONGEST_LEASE_S
        if self.location.is_sqlite:
            return sa.literal(self._since_start(lease_s), UtcTime)
        return sa.func.now() + sa.literal(timedelta(seconds=lease_s), sa.Interval)

    def _since_start(self, more_s: float = 0.0) -> datetime:
        return _START + timedelta(seconds=self.machine.monotonic() + more_s)

    def insert_missing(self, table: sa.Table, *rows: dict[str, Any]) -> "sqlite.Insert | postgresql.Insert":
        """Build an insert that skips rows which exist. rows: none where they are given to `execute`."""
        # One dialect is loaded, the store's own: the other costs every command 40 ms.
        if self.location.is_sqlite:
            from sqlalchemy.dialects.sqlite import insert as insert_into  # noqa: PLC0415
        else:
            from sqlalchemy.dialects.postgresql import insert as insert_into  # noqa: PLC0415
        built = insert_into(table)
        return (built.values(rows) if rows else built).on_conflict_do_nothing()


class Prepared:
    """A query that is read often: compiled once a process, and executed by the driver itself.

    SQLAlchemy's execution takes 100 us around the 20 that SQLite needs. Its events do not see such a query.
    """

    def __init__(self, query: sa.Select[*tuple[Any, ...]]) -> None:
        self._query = query
        self._written = dict[str, tuple[str, Mapping[str, Any], Sequence[str]]]()
        self._row: Final = result_tuple(list(query.selected_columns.keys()))

    def rows(
        self, connection: sa.Connection, values: Mapping[str, Any]
    ) -> Sequence[sa.Row[*tuple[Any, ...]]]:
        """Return all rows as the driver gives them, on SQLite with times as texts.

        values: by the names of the query's parameters, which are texts, numbers, times and several ids.
        """
        text, given = self.for_driver(connection.dialect, values)
        driver: Any = connection.connection.driver_connection
        errors: type[Exception] = connection.dialect.loaded_dbapi.Error
        try:
            rows = driver.execute(text, given).fetchall()
        except errors as error:
            if connection.dialect.is_disconnect(error, driver, None):
                connection.invalidate()  # else the pool tries it once more, and logs that
            raise DBAPIError.instance(text, None, error, errors, hide_parameters=True) from None
        return [*map(self._row, rows)]

    def for_driver(
        self, dialect: sa.Dialect, values: Mapping[str, Any]
    ) -> tuple[str, Sequence[Any] | Mapping[str, Any]]:
        """Return the query and its parameters as the driver of a dialect takes them."""
        if dialect.name not in self._written:
            compiled = self._query.compile(dialect=dialect)
            places: Sequence[str] = getattr(compiled, "positiontup", None) or ()
            self._written[dialect.name] = str(compiled), compiled.params, places
        text, constants, places = self._written[dialect.name]
        bound = {**constants, **values}
        for name, value in values.items():
            if isinstance(value, datetime):
                bound[name] = UtcTime().process_bind_param(value, dialect)
            elif isinstance(value, tuple):
                bound[name] = Ids().process_bind_param(cast("tuple[str, ...]", value), dialect)
        return text, tuple(bound[name] for name in places) if places else bound


class Writes:
    """Rows to be inserted and updated, which is done when `execute` returns.

    On a server the order in which one `execute` does it is not defined: what must come first needs an
    `execute` of its own.
    """

    # SQLite runs a statement a row, which costs it nothing. On a server each statement is a round trip, after
    # which a thread of a busy process waits for Python's lock, too. There the rows of a table go as one JSON
    # text, which the server turns into rows of the table's types, and those of all tables in one statement.

    def __init__(self, database: Database, connection: sa.Connection) -> None:
        self._database = database
        self._connection = connection
        self._collected: list[tuple[_Write, Sequence[Row]]] = []

    def insert(self, table: sa.Table, rows: Sequence[Row], *, skips_existing: bool = False) -> None:
        """Insert rows, which all name the same columns. skips_existing: leave those that are there."""
        if not rows:
            return
        if self._database.location.is_sqlite:
            built = self._database.insert_missing(table) if skips_existing else sa.insert(table)
            self._connection.execute(built, rows)
            return
        end = " ON CONFLICT DO NOTHING" if skips_existing else ""
        self._collected.append((_Write(table, tuple(rows[0]), end=end), rows))

    def put(self, table: sa.Table, rows: Sequence[Row]) -> None:
        """Insert rows, which all name the same columns, or replace those of the same primary key."""
        if not rows:
            return
        if self._database.location.is_sqlite:
            built = _putting(table, tuple(rows[0]))
            self._connection.execute(built, rows)
            return
        changed = [name for name in rows[0] if name not in _keys(table)]
        values = ", ".join(f"{name} = excluded.{name}" for name in changed)
        end = f" ON CONFLICT ({', '.join(_keys(table))}) DO UPDATE SET {values}"
        self._collected.append((_Write(table, tuple(rows[0]), end=end), rows))

    def update(self, table: sa.Table, rows: Sequence[Row]) -> None:
        """Replace rows, found by their primary key."""
        if not rows:
            return
        if self._database.location.is_sqlite:
            keys = {f"its_{name}": name for name in _keys(table)}
            keyed = [{**row, **{parameter: row[name] for parameter, name in keys.items()}} for row in rows]
            self._connection.execute(_updating_one(table), keyed)
            return
        self._collected.append((_Write(table, tuple(rows[0]), is_update=True), rows))

    def execute(self) -> None:
        """Write what was collected."""
        collected, self._collected = self._collected, []
        if collected:
            built = _statement(tuple(write for write, _ in collected))
            texts = {f"rows_{at}": _json(write.table, rows) for at, (write, rows) in enumerate(collected)}
            self._connection.execute(built, texts)


@dataclass(frozen=True, slots=True)
class _Write:
    """One table's part of a statement."""

    table: sa.Table
    columns: tuple[str, ...]
    is_update: bool = False
    end: str = ""

    def sql(self, parameter: str) -> str:
        # Quoted: `when` is a word of SQL.
        quoted = {column: f'"{column}"' for column in self.columns}
        name, names, keys = self.table.name, ", ".join(quoted.values()), _keys(self.table)
        rows = f"json_populate_recordset(CAST(NULL AS {name}), CAST(:{parameter} AS json)) AS given"
        if not self.is_update:
            return f"INSERT INTO {name} ({names}) SELECT {names} FROM {rows}{self.end}"  # noqa: S608  # our names
        changes = ", ".join(f"{word} = given.{word}" for column, word in quoted.items() if column not in keys)
        is_same = " AND ".join(f"{name}.{key} = given.{key}" for key in keys)
        return f"UPDATE {name} SET {changes} FROM {rows} WHERE {is_same}"  # noqa: S608  # our names


@cache
def _statement(writes: tuple[_Write, ...]) -> sa.TextClause:
    *first, last = (write.sql(f"rows_{at}") for at, write in enumerate(writes))
    before = ", ".join(f"write_{at} AS ({sql})" for at, sql in enumerate(first))
    return sa.text(f"WITH {before} {last}" if before else last)


def _keys(table: sa.Table) -> list[str]:
    return [column.name for column in table.primary_key]


@cache
def _updating_one(table: sa.Table) -> sa.Update:
    return sa.update(table).where(*(table.c[name] == sa.bindparam(f"its_{name}") for name in _keys(table)))


@cache
def _putting(table: sa.Table, columns: tuple[str, ...]) -> "Insert":
    from sqlalchemy.dialects.sqlite import insert as insert_into  # noqa: PLC0415  # on a server another dialect is loaded

    built = insert_into(table)
    changed = {name: built.excluded[name] for name in columns if name not in _keys(table)}
    return built.on_conflict_do_update(index_elements=_keys(table), set_=changed)


def _json(table: sa.Table, rows: Sequence[Row]) -> str:
    # Bytes in hexadecimal, as PostgreSQL reads them from a text; msgspec would write base64.
    for name in [column.name for column in table.columns if isinstance(column.type, sa.LargeBinary)]:
        rows = [{**row, name: f"\\x{row[name].hex()}"} if row.get(name) is not None else row for row in rows]
    return json_text(rows)
