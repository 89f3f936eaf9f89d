"""Lines of a table as text: CSV, or JSON with an object on each line. Pure."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from pressroom.core.spreadsheets import guarded, plain_csv
from pressroom.insights.export.tables import Cell, Line, Table

_ENCODER: Final = msgspec.json.Encoder()
Text = Callable[[Table, Sequence[Line]], bytes]
"""Spells lines of a table."""


def csv_head(table: Table) -> bytes:
    """Return the names of the columns as the first line."""
    return plain_csv([table.names]).encode()


def csv_lines(_table: Table, lines: Sequence[Line]) -> bytes:
    """Spell lines as CSV. What is missing is empty; a text that a spreadsheet would run is guarded."""
    return plain_csv([_spelled(cell) for cell in line] for line in lines).encode()


def _spelled(cell: Cell) -> str | float | None:
    # Most cells are numbers, or missing, which are written as they are.
    if cell is None or type(cell) is int or type(cell) is float:
        return cell
    match cell:
        case str():
            return guarded(cell)
        case datetime():
            return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case _:
            return _ENCODER.encode(cell).decode()


def json_lines(table: Table, lines: Sequence[Line]) -> bytes:
    """Spell lines as JSON objects, one on each line; null is what is missing."""
    names = table.names
    return _ENCODER.encode_lines([dict(zip(names, line, strict=True)) for line in lines])


def no_head(_table: Table) -> bytes:
    """Return the head of a text that has none."""
    return b""
