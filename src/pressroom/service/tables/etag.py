"""Tells which cells of an exported row were edited: a digest of each stands in the row's `etag`. Pure."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pressroom.core.errors import Refused
from pressroom.core.spreadsheets import unguarded
from pressroom.service.tables.cells import spelled
from pressroom.service.tables.columns import COLUMNS, LISTS, TEXTS, TOLD, Row
from pressroom.service.tables.dates import in_iso

# Six hex digits a cell: one that was edited passes for unedited once in 16 million times.
_DIGITS: Final = 6
_HALF_A_SECOND: Final = timedelta(milliseconds=500)
MARKED: Final = tuple(name for name in COLUMNS if name not in ("post_id", "state", "copies", "etag", *TOLD))
"""The columns whose cells are marked: those that an import heeds."""


def with_etag(row: Row) -> Row:
    """Return a row with its etag: `COLUMN:DIGEST` of each cell that holds something."""
    marks = [
        _mark(name, text)
        for name in MARKED
        if (cell := getattr(row, name))
        for text in _spellings(name, cell)
    ]
    return replace(row, etag=" ".join(marks))


def is_as_exported(row: Row, name: str) -> bool:
    """Tell whether nobody edited a cell since the export; a column that the table lacks was not, either.

    False where the row has no etag.
    """
    marks, cell = row.etag.split(), getattr(row, name)
    if not marks or name not in row.given:
        return bool(marks)
    if not cell:
        return not any(mark.startswith(f"{name}:") for mark in marks)
    return _mark(name, _spellings(name, cell)[0]) in marks


def _mark(name: str, text: str) -> str:
    return f"{name}:{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def _spellings(name: str, cell: Any) -> list[str]:  # noqa: ANN401  # a text or a list of them
    """Return a cell in one spelling, whatever a spreadsheet makes of it; of a time all that it makes."""
    if name in LISTS:
        return [spelled(name, cell)]
    if name == "at":
        return _times(cell)
    if name in TEXTS:
        return [unguarded(cell).replace("\r\n", "\n").replace("\r", "\n")]
    return [cell if name == "cover" else cell.lower()]


def _times(text: str) -> list[str]:
    try:
        moment = datetime.fromisoformat(in_iso(text))
    except (ValueError, Refused):  # words, or none; the check of the row says which
        return [text]
    local = f"{(moment.replace(tzinfo=None) + _HALF_A_SECOND).replace(microsecond=0)}"
    # A spreadsheet's date has no offset; where there is one it counts.
    return [f"{moment.astimezone(UTC)}", local] if moment.tzinfo else [local]
