"""Writes the chunks of an export to an xlsx workbook, by openpyxl, which is an extra.

Source: https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3, Excel specifications and
limits; and openpyxl 3.1, write-only mode.
"""

import contextlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from pressroom.core.installation import require_openpyxl
from pressroom.core.spelling import MOST_EXACT, workbook_text
from pressroom.insights.export.tables import Cell, Chunk, Kind, Line, Table

MOST_ROWS: Final = 1_048_576
"""The most rows of a sheet, its head among them; what does not fit goes on in a second sheet."""
_MOMENT: Final = (20, "yyyy-mm-dd hh:mm:ss")
# The width of a column in letters, and the format of its cells: "@" keeps an id from becoming a number.
_SHAPES: Final = {
    Kind.TEXT: (22, "@"),
    Kind.JSON: (22, "@"),
    Kind.WHOLE: (14, "General"),
    Kind.NUMBER: (14, "General"),
    Kind.TRUTH: (12, "General"),
    Kind.DATE: (12, "yyyy-mm-dd"),
    Kind.MOMENT: _MOMENT,
    Kind.UTC: _MOMENT,
}


class WorkbookWriter:
    """Writes each table to a sheet of its own. folder: for the sheets until `finish` packs them.

    Raises OSError, and Refused where openpyxl is missing.
    """

    def __init__(self, path: Path, tables: Sequence[Table], folder: Path) -> None:
        require_openpyxl()
        from openpyxl import Workbook  # noqa: PLC0415  # an extra

        self._path, self._folder, self._book = path, folder, Workbook(write_only=True)
        self._sheets = {table.name: [_Sheet(self._book, table, table.name, folder)] for table in tables}

    def write(self, chunk: Chunk) -> None:
        """Write the lines of a chunk."""
        for name, lines in chunk.lines.items():
            sheets = self._sheets[name]
            for line in lines:
                if sheets[-1].rows == MOST_ROWS:
                    title, index = f"{name} {len(sheets) + 1}", self._book.index(sheets[-1].sheet) + 1
                    sheets.append(_Sheet(self._book, sheets[-1].table, title, self._folder, index))
                sheets[-1].append(line)

    def finish(self) -> None:
        """Pack the workbook."""
        self._book.save(self._path)

    def close(self) -> None:
        """Close the files of sheets, which are in the folder."""
        for sheets in self._sheets.values():
            for sheet in sheets:
                sheet.close()


class _Sheet:
    """A sheet of a table, which openpyxl writes to a file in a folder. rows: how many it has."""

    def __init__(
        self,
        book: Any,  # noqa: ANN401  # no stub
        table: Table,
        title: str,
        folder: Path,
        index: int | None = None,
    ) -> None:
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415  # an extra
        from openpyxl.utils import get_column_letter  # noqa: PLC0415
        from openpyxl.worksheet import _writer  # noqa: PLC0415

        self.table, self.rows, self.sheet = table, 0, book.create_sheet(title, index)
        self.sheet.freeze_panes = "A2"
        # One cell for each column, filled anew for each row: a million of them would take a minute.
        self._cells = list[Any]()
        for place, column in enumerate(table.columns, start=1):
            width, number_format = _SHAPES[column.kind]
            self.sheet.column_dimensions[get_column_letter(place)].width = max(width, len(column.name) + 2)
            self._cells.append(WriteOnlyCell(self.sheet))
            self._cells[-1].number_format = number_format
        # openpyxl would write a gigabyte to the system's temporary folder, and leave it there after Ctrl-C.
        file = str(folder / f"{title}.xml")
        _writer.ALL_TEMP_FILES.append(file)
        self.sheet._writer = self._writer = _writer.WorksheetWriter(self.sheet, file)  # noqa: SLF001  # else there
        self._writer.write_top()
        self.append(table.names)

    def append(self, line: Line) -> None:
        """Write a line."""
        self.sheet.append([_filled(cell, value) for cell, value in zip(self._cells, line, strict=True)])
        self.rows += 1

    def close(self) -> None:
        """Close the file."""
        # What could not be written has raised at the write itself, and would again at the sheet's end.
        with contextlib.suppress(OSError):
            if not self.sheet.closed:
                self.sheet.close()
        with contextlib.suppress(OSError):
            self._writer.close()


def _filled(cell: Any, value: Cell) -> object:  # noqa: ANN401  # no stub
    """Return what a sheet takes for a value: a cell that is filled with it, or the value as it is."""
    match value:
        case None | float() | bool():
            return value
        case int() if abs(value) < MOST_EXACT:
            return value
        case datetime():
            cell.value = value.astimezone(UTC).replace(tzinfo=None)
        case date():
            cell.value = value
        case str() | int():
            cell.value = workbook_text(str(value))
            # openpyxl takes what starts with = for a formula.
            cell.data_type = "s"
        case _:
            cell.value = workbook_text(msgspec.json.encode(value).decode())
    return cell
