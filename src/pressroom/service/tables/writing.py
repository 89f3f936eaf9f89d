"""Writes rows as tables that `reading` reads back as they were."""

import codecs
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pressroom.core.spreadsheets import csv_line
from pressroom.service.tables.cells import spelled
from pressroom.service.tables.columns import COLUMNS, LISTS, Row
from pressroom.service.tables.reading import Format
from pressroom.service.tables.workbook import write_workbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes rows in a format. bom: mark CSV as UTF-8, without which Excel takes it for its own code page."""

    format: Format
    bom: bool = False
    columns: Sequence[str] = COLUMNS

    def bytes_of(self, rows: Sequence[Row]) -> bytes:
        """Return the table's bytes. Raises Refused for a workbook where openpyxl is missing."""
        match self.format:
            case "xlsx":
                lines = [{**self._texts(row), **_date_of(row)} for row in rows]
                return write_workbook(self.columns, lines)
            case "json":
                return f"{json.dumps(self.objects_of(rows), ensure_ascii=False, indent=2)}\n".encode()
            case "csv":
                mark = codecs.BOM_UTF8 if self.bom else b""
                return mark + self._csv(rows).encode()

    def objects_of(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return rows as the objects of a JSON table."""
        return [{name: getattr(row, name) for name in self.columns} for row in rows]

    def _csv(self, rows: Sequence[Row]) -> str:
        cells = [list(self._texts(row).values()) for row in rows]
        return "".join(f"{csv_line(line)}\n" for line in [self.columns, *cells])

    def _texts(self, row: Row) -> dict[str, Any]:
        texts = {name: getattr(row, name) for name in self.columns}
        return {name: spelled(name, text) if name in LISTS else text for name, text in texts.items()}


def _date_of(row: Row) -> Mapping[str, datetime]:
    """Return the due time as a spreadsheet's date, where that and the zone say all of it."""
    try:
        moment = datetime.fromisoformat(row.at)
    except ValueError:  # a time in words, or none
        return {}
    local = moment.replace(tzinfo=None)
    # The second of two equal times, when clocks are put back, can be told by its offset alone.
    is_all = not moment.tzinfo or local.replace(tzinfo=ZoneInfo(row.timezone)).astimezone(UTC) == moment
    return {"at": local} if is_all and not local.microsecond else {}
