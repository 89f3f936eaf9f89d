"""Tables as xlsx workbooks: read without running anything in them, and written so that nothing runs.

Source: https://learn.microsoft.com/openspecs/office_standards/ms-xlsx, and openpyxl 3.1.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from xml.etree.ElementTree import ParseError

from pressroom.core.errors import Refused
from pressroom.core.installation import require_openpyxl
from pressroom.core.spelling import MOST_EXACT, workbook_text
from pressroom.service.posts.tables.columns import no_table

if TYPE_CHECKING:
    from openpyxl import Workbook

Cell: TypeAlias = str | Refused
"""The text of a cell; the error in place of one that cannot be used."""

# A file of a few kilobytes can unpack to gigabytes.
_MOST_UNPACKED: Final = 256 << 20
# One cell far out makes all before it, empty ones, be counted: a sheet has 17 billion.
_MOST_ROWS, _MOST_COLUMNS = 100_000, 200
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, ParseError, OSError, EOFError, LookupError, ValueError, TypeError,
    AttributeError, RuntimeError,
)  # fmt: skip
_DAY: Final = timedelta(days=1) - timedelta(seconds=1)
_WIDTH: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The first sheet of a workbook, its lines numbered from 1. others: it has more."""

    name: str
    lines: list[tuple[int, list[Cell]]]
    others: bool


def read_workbook(content: bytes) -> Sheet:
    """Read the first sheet. A formula counts by the value it was saved with; a cell without one is refused.

    Raises Refused for what is no workbook, for one that unpacks to too much, and where openpyxl is missing.
    """
    require_openpyxl()
    try:
        # Unpacking reads no more of a part than its entry says.
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
        if size > _MOST_UNPACKED:
            limit = _MOST_UNPACKED >> 20
            raise no_table(f"it unpacks to {size >> 20} MB, more than {limit}", "Save the sheet as CSV.")
        with closing(_opened(content, is_values=False)) as book:
            values = _read(book)
            if not values.formulas:
                return values.sheet
        with closing(_opened(content, is_values=True)) as book:
            return _read(book, values.formulas).sheet
    except _DAMAGE:
        raise no_table("it is no xlsx workbook", "Save it as .xlsx anew.") from None


@dataclass(frozen=True, slots=True)
class _Read:
    """A sheet, and the places of its formulas."""

    sheet: Sheet
    formulas: set[tuple[int, int]]


def _opened(content: bytes, *, is_values: bool) -> "Workbook":
    from openpyxl import load_workbook  # noqa: PLC0415  # an extra

    return load_workbook(io.BytesIO(content), read_only=True, data_only=is_values, keep_links=False)


def _read(book: "Workbook", formulas: Iterable[tuple[int, int]] = ()) -> _Read:
    """Read the first sheet. formulas: where cells without a value are formulas without one."""
    shown = next(iter(book.worksheets), None)
    if shown is None:
        raise no_table("the workbook has no sheet")
    lines, places, without = list[tuple[int, list[Cell]]](), set[tuple[int, int]](), set(formulas)
    for number, cells in enumerate(shown.iter_rows(max_col=_MOST_COLUMNS + 1), start=1):
        # Most sheets end in thousands of empty rows.
        if not without and all(cell.value is None for cell in cells):
            continue
        line = [_read_cell(cell, number, place, without) for place, cell in enumerate(cells, start=1)]
        if not any(line):
            continue
        if number > _MOST_ROWS or any(line[_MOST_COLUMNS:]):
            raise no_table(f"it has more than {_MOST_ROWS} rows or {_MOST_COLUMNS} columns", "Split it.")
        places |= {(number, place) for place, cell in enumerate(cells, start=1) if cell.data_type == "f"}
        lines.append((number, line))
    sheet = Sheet(name=str(shown.title), lines=lines, others=len(book.worksheets) > 1)
    return _Read(sheet, places)


def _read_cell(cell: Any, row: int, column: int, formulas: set[tuple[int, int]]) -> Cell:  # noqa: ANN401  # no stub
    value: object = cell.value
    if value is None and (row, column) in formulas:
        return _unusable(row, column, "a formula without a value")
    if isinstance(value, timedelta) and timedelta(0) <= value < _DAY:
        # `[h]:mm` counts hours: what is less than a day of them is a time of day.
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        value = time(*divmod(minutes, 60), seconds)
    if isinstance(value, timedelta) or cell.data_type == "e":
        return _unusable(row, column, str(value))
    if isinstance(value, int | float) and abs(value) >= MOST_EXACT:
        return _unusable(row, column, f"the number {value}, of which Excel keeps 15 digits")
    return _text(value, str(cell.number_format))


def _text(value: object, number_format: str) -> str:
    match value:
        case None:
            text = ""
        case str():
            text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
        case bool():
            text = str(value).lower()
        case int() | float():
            text = str(int(value)) if value == int(value) else repr(value)
        case datetime(hour=0, minute=0) if "h" not in number_format.lower():
            # A day alone is midnight to a spreadsheet: it is read as a day, which is refused, and no time.
            text = value.date().isoformat()
        case datetime():
            text = value.isoformat(sep=" ", timespec="seconds")
        case time():
            text = value.isoformat(timespec="minutes")
        case _:
            text = str(value)
    return text


def _unusable(row: int, column: int, what: str) -> Refused:
    from openpyxl.utils import get_column_letter  # noqa: PLC0415  # an extra

    where = f"{get_column_letter(column)}{row}"
    return Refused(
        f"Cell {where} holds {what}.",
        rule="cell",
        value=what,
        limit="a text, a date, or a number of at most 15 digits",
        fix=f"Write into {where} what is meant, as text.",
    )


class WorkbookWriter:
    """Writes a workbook of one sheet, row by row, to a file of openpyxl's own until `save`.

    Raises Refused where openpyxl is missing.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        require_openpyxl()
        from openpyxl import Workbook  # noqa: PLC0415  # an extra
        from openpyxl.utils import get_column_letter  # noqa: PLC0415

        self._columns, self._book = columns, Workbook(write_only=True)
        self._sheet: Any = self._book.create_sheet("posts")
        self._sheet.freeze_panes = "A2"
        for place in range(len(columns)):
            self._sheet.column_dimensions[get_column_letter(place + 1)].width = _WIDTH
        self._sheet.append(list(columns))

    def append(self, lines: Iterable[Mapping[str, str | datetime]]) -> None:
        """Write lines. A text is a text, whatever it starts with; a naive datetime is a date."""
        for line in lines:
            self._sheet.append([self._cell(line[column]) for column in self._columns])

    def save(self, sink: Any) -> None:  # noqa: ANN401  # a file that is open for bytes, or what writes like one
        """Write the workbook."""
        self._book.save(sink)

    def _cell(self, value: str | datetime) -> object:
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415  # an extra

        if not value:
            return None
        if isinstance(value, datetime):
            date = WriteOnlyCell(self._sheet, value)
            date.number_format = "yyyy-mm-dd hh:mm:ss" if value.second else "yyyy-mm-dd hh:mm"
            return date
        text = WriteOnlyCell(self._sheet, workbook_text(value))
        # openpyxl takes what starts with = for a formula, and Excel turns an id of digits into a number.
        text.data_type, text.number_format = "s", "@"
        return text
