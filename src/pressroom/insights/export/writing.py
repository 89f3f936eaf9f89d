"""Writes the chunks of a layout to files: a text for each table."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple, Protocol, TypeAlias

from pressroom.insights.export.tables import Chunk, Table
from pressroom.insights.export.texts import Text, csv_head, csv_lines, json_lines, no_head

Format: TypeAlias = Literal["csv", "json", "parquet", "duckdb"]
FORMATS: Final[tuple[Format, ...]] = ("csv", "json", "parquet", "duckdb")
SUFFIXES: Final[Mapping[Format, str]] = {
    "csv": ".csv",
    "json": ".jsonl",
    "parquet": ".parquet",
    "duckdb": ".duckdb",
}
"""How the files of each format end."""


class Spelling(NamedTuple):
    """How a text of a format is written."""

    head: "_Head"
    lines: Text


class _Head(Protocol):
    def __call__(self, table: Table, /) -> bytes: ...


SPELLINGS: Final[Mapping[Format, Spelling]] = {
    "csv": Spelling(csv_head, csv_lines),
    "json": Spelling(no_head, json_lines),
}
"""The formats that are texts."""


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
            # What could not be written was told by the write itself.
            with contextlib.suppress(OSError):
                file.close()
