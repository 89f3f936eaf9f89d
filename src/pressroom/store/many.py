"""Inserts and updates many rows in one statement.

SQLite runs a statement a row, which costs it nothing. On a server each row of its own would be sent, planned
and answered: there the rows go as one JSON text, which the server turns into rows of the table's types.
"""

from collections.abc import Sequence
from functools import cache

import msgspec
from sqlalchemy import Connection, Table, TextClause, Update, bindparam, insert, text, update

from pressroom.store.codec import Row
from pressroom.store.database import Database


def insert_many(
    database: Database,
    connection: Connection,
    table: Table,
    rows: Sequence[Row],
    *,
    skips_existing: bool = False,
) -> None:
    """Insert rows, which all name the same columns. skips_existing: leave those that are there."""
    if not rows:
        return
    if database.location.is_sqlite or len(rows) == 1:
        built = database.insert_missing(table) if skips_existing else insert(table)
        connection.execute(built, rows)
        return
    connection.execute(_inserting(table, tuple(rows[0]), skips_existing), {"rows": _json(rows)})


def update_many(database: Database, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Replace rows, found by their primary key."""
    if not rows:
        return
    if database.location.is_sqlite or len(rows) == 1:
        keys = {f"its_{name}": name for name in _keys(table)}
        given = [{**row, **{parameter: row[name] for parameter, name in keys.items()}} for row in rows]
        connection.execute(_updating_one(table), given)
        return
    connection.execute(_updating(table, tuple(rows[0])), {"rows": _json(rows)})


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


@cache
def _updating_one(table: Table) -> Update:
    return update(table).where(*(table.c[name] == bindparam(f"its_{name}") for name in _keys(table)))


def _json(rows: Sequence[Row]) -> str:
    return msgspec.json.encode(rows).decode()


@cache
def _inserting(table: Table, columns: tuple[str, ...], skips_existing: bool) -> TextClause:  # noqa: FBT001
    names = ", ".join(columns)
    end = " ON CONFLICT DO NOTHING" if skips_existing else ""
    built = f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {_rows_of(table)}{end}"  # noqa: S608  # our names
    return text(built)


@cache
def _updating(table: Table, columns: tuple[str, ...]) -> TextClause:
    keys = _keys(table)
    changes = ", ".join(f"{name} = given.{name}" for name in columns if name not in keys)
    found = " AND ".join(f"{table.name}.{name} = given.{name}" for name in keys)
    built = f"UPDATE {table.name} SET {changes} FROM {_rows_of(table)} WHERE {found}"  # noqa: S608  # our names
    return text(built)


def _rows_of(table: Table) -> str:
    return f"json_populate_recordset(CAST(NULL AS {table.name}), CAST(:rows AS json)) AS given"
