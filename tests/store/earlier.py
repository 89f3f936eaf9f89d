"""Stores of earlier releases: `sqlite3`'s dump of what each wrote, as a file or on a server."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    URL,
    Boolean,
    Connection,
    DateTime,
    MetaData,
    NullPool,
    Table,
    create_engine,
    insert,
    text,
)
from sqlalchemy.types import TypeEngine

from pressroom.store.columns import SCHEMA
from pressroom.store.history import OURS
from pressroom.store.location import locate


def dump_of(revision: str) -> str:
    """Give what the release with that revision wrote."""
    return Path(__file__).with_name(f"release_{revision}.sql").read_text()


def an_earlier_file(path: Path, revision: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(dump_of(revision))
    return path


def fill(url: URL, file: Path, revision: str) -> None:
    """Put the rows of an earlier file on a server that has that release's tables."""
    engine = create_engine(locate(url.render_as_string(hide_password=False)).url, poolclass=NullPool)
    with engine.begin() as connection, closing(sqlite3.connect(file)) as rows:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        connection.execute(text(f"SET search_path = {SCHEMA}"))
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(OURS.scripts))
        command.upgrade(config, revision)
        tables = MetaData()
        tables.reflect(connection, schema=SCHEMA)
        rows.row_factory = sqlite3.Row
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                _copy(rows, connection, table)


def _copy(rows: sqlite3.Connection, connection: Connection, table: Table) -> None:
    types = {column.name: column.type for column in table.columns}
    found = [dict(row) for row in rows.execute(f"SELECT * FROM {table.name}")]  # noqa: S608  # its own tables
    if found:
        connection.execute(insert(table), [_row(types, row) for row in found])


def _row(types: dict[str, TypeEngine[Any]], row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(types[name], value) for name, value in row.items()}


def _value(kind: TypeEngine[Any], value: Any) -> Any:
    if isinstance(kind, DateTime) and value is not None:
        return datetime.fromisoformat(value)
    return bool(value) if isinstance(kind, Boolean) else value
