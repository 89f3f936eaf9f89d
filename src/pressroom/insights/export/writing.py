"""Writes the chunks of an export to files: CSV, JSON lines, Parquet or DuckDB; `workbook` writes xlsx.

`SPELLINGS` says how lines become text, and `TextWriter` writes a text for each table. `DuckWriter` writes a
DuckDB file, and `ParquetWriter` makes Parquet files from such a file. DuckDB is an extra.

DuckDB takes values as the parameter of a statement whose text we wrote: a column of a chunk is a list in a
JSON text, which DuckDB turns into typed values. That needs no pandas, no file between, and is 40 times as
fast as a statement for each line.
"""

import codecs
import contextlib
import errno
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, NamedTuple, Protocol, TypeAlias

import msgspec

from pressroom.core.errors import Refused
from pressroom.core.installation import how_to_install
from pressroom.core.remedies import Fix
from pressroom.core.spelling import PLAIN_CSV, CsvStyle, csv_lines
from pressroom.insights.export.tables import Chunk, Line, Table

Format: TypeAlias = Literal["csv", "json", "xlsx", "parquet", "duckdb"]
FORMATS: Final[tuple[Format, ...]] = ("csv", "json", "xlsx", "parquet", "duckdb")
SUFFIXES: Final[Mapping[Format, str]] = {
    "csv": ".csv",
    "json": ".jsonl",
    "xlsx": ".xlsx",
    "parquet": ".parquet",
    "duckdb": ".duckdb",
}
"""How the files of each format end."""
OF_ALL_TABLES: Final[frozenset[Format]] = frozenset({"xlsx", "duckdb"})
"""The formats that have all tables in one file."""
_ENCODER: Final = msgspec.json.Encoder()
# The same on every machine, since an export runs beside a worker. What does not fit goes to a folder of ours.
_DUCKDB_MEMORY: Final = "256MB"
_DISK_ERRORS: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def _csv_lines(_table: Table, lines: Sequence[Line], *, style: CsvStyle = PLAIN_CSV) -> bytes:
    return csv_lines(lines, style).encode()


def _json_lines(table: Table, lines: Sequence[Line]) -> bytes:
    """Write lines as JSON objects, each on a line; null is what is missing."""
    names = table.names
    return _ENCODER.encode_lines([dict(zip(names, line, strict=True)) for line in lines])


class Spelling(NamedTuple):
    """How a text of a format is written. has_head: whether the columns' names come before all lines.

    mark: comes before these.
    """

    lines: Callable[[Table, Sequence[Line]], bytes]
    has_head: bool
    mark: bytes = b""

    def head(self, table: Table) -> bytes:
        """Return what comes before all lines."""
        return self.mark + self.lines(table, [table.names]) if self.has_head else b""


SPELLINGS: Final[Mapping[Format, Spelling]] = {
    "csv": Spelling(_csv_lines, has_head=True),
    "json": Spelling(_json_lines, has_head=False),
}
"""The formats that are texts."""


def spelling_of(format: Format, csv: CsvStyle = PLAIN_CSV) -> Spelling:  # noqa: A002  # its word
    """Return how the text of a format is written. csv: how CSV is spelled, for Excel with its mark."""
    if format != "csv" or csv == PLAIN_CSV:
        return SPELLINGS[format]
    return Spelling(partial(_csv_lines, style=csv), has_head=True, mark=codecs.BOM_UTF8)


class Writer(Protocol):
    """Writes chunks. `finish` puts the last on the disk; `close` follows in any case, and never raises."""

    def write(self, chunk: Chunk) -> None:
        """Write the lines of a chunk. Raises OSError."""
        ...

    def finish(self) -> None:
        """Write what is left. Raises OSError."""
        ...

    def close(self) -> None:
        """Let go of files and memory."""
        ...


class TextWriter:
    """Writes each table to a file of its own. Raises OSError."""

    def __init__(self, files: Mapping[Table, Path], spelling: Spelling) -> None:
        self._spelling = spelling
        self._tables = {table.name: table for table in files}
        self._open = dict[str, BinaryIO]()
        try:
            for table, path in files.items():
                self._open[table.name] = path.open("wb")
                self._open[table.name].write(spelling.head(table))
        except OSError:
            self.close()
            raise

    def write(self, chunk: Chunk) -> None:
        """Write the lines of a chunk."""
        for name, lines in chunk.lines.items():
            self._open[name].write(self._spelling.lines(self._tables[name], lines))

    def finish(self) -> None:
        """Write what is left."""
        for file in self._open.values():
            file.close()

    def close(self) -> None:
        """Close the files."""
        for file in self._open.values():
            # What could not be written has raised at the write itself.
            with contextlib.suppress(OSError):
                file.close()


def require_duckdb() -> Any:  # noqa: ANN401  # a module
    """Import DuckDB. Raises Refused where it is not installed."""
    try:
        return import_module("duckdb")
    except ImportError:
        raise Refused(
            "Parquet and DuckDB need duckdb, which is not installed.",
            rule="report_extra",
            value="duckdb",
            limit="csv, json, xlsx",
            fix=Fix.of("{} Or export csv or json.", how_to_install("report")),
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
        config = {
            "memory_limit": _DUCKDB_MEMORY,
            "temp_directory": str(folder / "memory"),
            # What we use is part of the wheel; nothing is fetched.
            "autoinstall_known_extensions": "false",
            # Any DuckDB of version 1 reads the file.
            "storage_compatibility_version": "v1.0.0",
        }
        with self._as_os_error(path):
            self._connection: Any = duckdb.connect(str(path), config=config)
            if schema:
                self._connection.execute(f"CREATE SCHEMA {schema}")
            for table in tables:
                columns = ", ".join(f'"{column.name}" {column.kind.value}' for column in table.columns)
                self._connection.execute(f"CREATE TABLE {self._prefix}{table.name} ({columns})")
            self._connection.execute("BEGIN")
        self._path = path

    def write(self, chunk: Chunk) -> None:
        """Write the lines of a chunk."""
        with self._as_os_error(self._path):
            for name, lines in chunk.lines.items():
                if not lines:
                    continue
                table = self._tables[name]
                shape = {column.name: [column.kind.value] for column in table.columns}
                lists = ", ".join(f'unnest(given."{column}")' for column in table.names)
                # Names and types are our own; what is kept comes in the parameter.
                source = (
                    f"SELECT {lists} FROM (SELECT from_json(?, '{_ENCODER.encode(shape).decode()}') AS given)"  # noqa: S608
                )
                columns = dict(zip(table.names, zip(*lines, strict=True), strict=True))
                self._connection.execute(
                    f"INSERT INTO {self._prefix}{name} {source}", [_ENCODER.encode(columns).decode()]
                )

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
            # DuckDB names a full disk only in its text.
            for number in _DISK_ERRORS:
                if os.strerror(number) in str(error):
                    raise OSError(number, os.strerror(number), str(path)) from None
            raise


class ParquetWriter(DuckWriter):
    """Writes each table to a Parquet file, by way of a DuckDB file. Raises OSError."""

    def __init__(self, files: Mapping[Table, Path], folder: Path) -> None:
        super().__init__(folder / "between.duckdb", list(files), None, folder)
        self._files = files

    def finish(self) -> None:
        """Write the files."""
        for table, path in self._files.items():
            self.copy(table.name, path)
