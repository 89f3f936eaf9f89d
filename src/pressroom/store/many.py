"""Inserts and updates many rows of several tables at once.

SQLite runs a statement a row, which costs it nothing. On a server each statement is a round trip, after which
a thread of a busy process waits for Python's lock, too. There the rows of a table go as one JSON text, which
the server turns into rows of the table's types, and those of all tables in one statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection, LargeBinary, Table, TextClause, Update, bindparam, insert, text, update

from pressroom.store.codec import Row
from pressroom.store.database import Database

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert


class Writes:
    """Rows to be inserted and updated, which is done when `execute` returns.

    On a server the order in which one `execute` does it is not defined: what must come first needs its own.
    """

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = database
        self._connection = connection
        self._collected: list[tuple[_Write, Sequence[Row]]] = []

    def insert(self, table: Table, rows: Sequence[Row], *, skips_existing: bool = False) -> None:
        """Insert rows, which all name the same columns. skips_existing: leave those that are there."""
        if not rows:
            return
        if self._database.location.is_sqlite:
            built = self._database.insert_missing(table) if skips_existing else insert(table)
            self._connection.execute(built, rows)
            return
        end = " ON CONFLICT DO NOTHING" if skips_existing else ""
        self._collected.append((_Write(table, tuple(rows[0]), end=end), rows))

    def put(self, table: Table, rows: Sequence[Row]) -> None:
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

    def update(self, table: Table, rows: Sequence[Row]) -> None:
        """Replace rows, found by their primary key."""
        if not rows:
            return
        if self._database.location.is_sqlite:
            keys = {f"its_{name}": name for name in _keys(table)}
            given = [{**row, **{parameter: row[name] for parameter, name in keys.items()}} for row in rows]
            self._connection.execute(_updating_one(table), given)
            return
        self._collected.append((_Write(table, tuple(rows[0]), is_update=True), rows))

    def execute(self) -> None:
        """Write what was collected."""
        collected, self._collected = self._collected, []
        if collected:
            built = _statement(tuple(write for write, _ in collected))
            given = {f"rows_{at}": _json(write.table, rows) for at, (write, rows) in enumerate(collected)}
            self._connection.execute(built, given)


@dataclass(frozen=True, slots=True)
class _Write:
    """One table's part of a statement."""

    table: Table
    columns: tuple[str, ...]
    is_update: bool = False
    end: str = ""

    def sql(self, parameter: str) -> str:
        name, names = self.table.name, ", ".join(self.columns)
        given = f"json_populate_recordset(CAST(NULL AS {name}), CAST(:{parameter} AS json)) AS given"
        if self.is_update:
            return self._update(given)
        return f"INSERT INTO {name} ({names}) SELECT {names} FROM {given}{self.end}"  # noqa: S608  # our names

    def _update(self, given: str) -> str:
        name, keys = self.table.name, _keys(self.table)
        changes = ", ".join(f"{column} = given.{column}" for column in self.columns if column not in keys)
        found = " AND ".join(f"{name}.{key} = given.{key}" for key in keys)
        return f"UPDATE {name} SET {changes} FROM {given} WHERE {found}"  # noqa: S608  # our names


@cache
def _statement(writes: tuple[_Write, ...]) -> TextClause:
    *first, last = (write.sql(f"rows_{at}") for at, write in enumerate(writes))
    before = ", ".join(f"write_{at} AS ({sql})" for at, sql in enumerate(first))
    return text(f"WITH {before} {last}" if before else last)


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


@cache
def _updating_one(table: Table) -> Update:
    return update(table).where(*(table.c[name] == bindparam(f"its_{name}") for name in _keys(table)))


@cache
def _putting(table: Table, columns: tuple[str, ...]) -> "Insert":
    from sqlalchemy.dialects.sqlite import insert  # noqa: PLC0415  # on a server another dialect is loaded

    built = insert(table)
    changed = {name: built.excluded[name] for name in columns if name not in _keys(table)}
    return built.on_conflict_do_update(index_elements=_keys(table), set_=changed)


def _json(table: Table, rows: Sequence[Row]) -> str:
    if names := _binary(table):
        rows = [{**row, **{name: _hex(row[name]) for name in names & row.keys()}} for row in rows]
    return msgspec.json.encode(rows).decode()


def _hex(value: bytes | None) -> str | None:
    """Spell bytes as PostgreSQL reads them from a text; msgspec would write base64."""
    return None if value is None else f"\\x{value.hex()}"


@cache
def _binary(table: Table) -> frozenset[str]:
    return frozenset(column.name for column in table.columns if isinstance(column.type, LargeBinary))
