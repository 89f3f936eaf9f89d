"""Writes the chunks of a layout to DuckDB, and from there to Parquet. DuckDB is an extra.

Values go in as the parameter of a statement whose text we wrote: a column of a chunk is a list in one JSON
text, which DuckDB turns into typed values. That needs no pandas, no file between, and is 40 times as fast as
a statement for each line.
"""

import contextlib
import errno
import os
from collections.abc import Generator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec

from pressroom.core.errors import Refused
from pressroom.insights.export.tables import Chunk, Line, Table

_ENCODER: Final = msgspec.json.Encoder()
# Whatever the machine has: an export runs beside a worker. What does not fit goes to a folder of ours.
_MEMORY: Final = "256MB"
_DISK: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def require_duckdb() -> Any:  # noqa: ANN401  # a module
    """Import DuckDB. Raises Refused where it is not installed."""
    try:
        return import_module("duckdb")
    except ImportError:
        raise Refused(
            "Parquet and DuckDB need duckdb, which is not installed.",
            rule="report_extra",
            value="duckdb",
            limit="csv, json",
            fix="Install it: `pip install 'pressroom[report]'`. Or export csv or json.",
        ) from None


class DuckWriter:
    """Writes tables into a new DuckDB file. folder: for what does not fit into memory.

    Raises OSError.
    """

    def __init__(self, path: Path, tables: Sequence[Table], schema: str | None, folder: Path) -> None:
        self._tables = {table.name: table for table in tables}
        self._prefix = f"{schema}." if schema else ""
        duckdb = require_duckdb()
        self._error: type[Exception] = duckdb.Error
        with self._as_os_error(path):
            self._connection: Any = duckdb.connect(str(path), config=_config(folder))
            if schema:
                self._connection.execute(f"CREATE SCHEMA {schema}")
            for table in tables:
                self._connection.execute(f"CREATE TABLE {self._prefix}{table.name} ({_columns(table)})")
            self._connection.execute("BEGIN")
        self._path = path

    def write(self, chunk: Chunk) -> None:
        """Write the lines of a chunk."""
        with self._as_os_error(self._path):
            for name, lines in chunk.lines.items():
                if lines:
                    table = self._tables[name]
                    statement = f"INSERT INTO {self._prefix}{name} {_values(table)}"
                    self._connection.execute(statement, [_text(table, lines)])

    def finish(self) -> None:
        """Commit, and write what is left into the file itself."""
        with self._as_os_error(self._path):
            self._connection.execute("COMMIT")
            self._connection.execute("CHECKPOINT")
            self._connection.close()

    def copy(self, name: str, path: Path) -> None:
        """Write a table to a Parquet file."""
        with self._as_os_error(path):
            copy = f"COPY {self._prefix}{name} TO ? (FORMAT parquet, COMPRESSION zstd)"
            self._connection.execute(copy, [str(path)])

    def close(self) -> None:
        """Close the file, as it is."""
        with contextlib.suppress(self._error):
            self._connection.close()

    @contextlib.contextmanager
    def _as_os_error(self, path: Path) -> Generator[None]:
        try:
            yield
        except self._error as error:
            known = (number for number in _DISK if os.strerror(number) in str(error))
            number = next(known, None)
            if number is None:
                raise
            raise OSError(number, os.strerror(number), str(path)) from None


class ParquetWriter(DuckWriter):
    """Writes each table to a Parquet file, by way of a DuckDB file. Raises OSError."""

    def __init__(self, files: Mapping[Table, Path], folder: Path) -> None:
        super().__init__(folder / "between.duckdb", list(files), None, folder)
        self._files = files

    def finish(self) -> None:
        """Write the files."""
        for table, path in self._files.items():
            self.copy(table.name, path)


def _config(folder: Path) -> dict[str, str]:
    return {
        "memory_limit": _MEMORY,
        "temp_directory": str(folder / "memory"),
        # What we use is part of the wheel; nothing is fetched.
        "autoinstall_known_extensions": "false",
        # Any DuckDB of version 1 reads the file.
        "storage_compatibility_version": "v1.0.0",
    }


def _columns(table: Table) -> str:
    return ", ".join(f'"{column.name}" {column.kind.value}' for column in table.columns)


def _values(table: Table) -> str:
    """Return the query that makes lines of the one parameter."""
    shape = {column.name: [column.kind.value] for column in table.columns}
    lists = ", ".join(f'unnest(given."{column.name}")' for column in table.columns)
    # Names and types are our own; what is kept comes in the parameter.
    return f"SELECT {lists} FROM (SELECT from_json(?, '{_ENCODER.encode(shape).decode()}') AS given)"  # noqa: S608


def _text(table: Table, lines: Sequence[Line]) -> str:
    columns = zip(table.names, zip(*lines, strict=True), strict=True)
    return _ENCODER.encode(dict(columns)).decode()
