"""Tables that are written: rows to CSV, JSON or a workbook, as they come; and a table to start from."""

import codecs
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from pressroom.core.post import PostState
from pressroom.core.spelling import PLAIN_CSV, CsvStyle, csv_line
from pressroom.service.posts.tables.columns import COLUMNS, DECIMALS, EXPORTED_ONLY, LISTS, Row, spell_list
from pressroom.service.posts.tables.files import Format
from pressroom.service.posts.tables.workbook import WorkbookWriter

_TEMPLATE_COLUMNS: Final = tuple(
    name for name in COLUMNS if name not in ("post_id", "copies", "etag", *EXPORTED_ONLY)
)
_EVENING: Final = 18


class Sink(Protocol):
    """Takes the bytes of a table, piece by piece; each piece of a text ends with a line."""

    def write(self, data: bytes, /) -> object:
        """Take a piece."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """How rows are written. bom: mark CSV as UTF-8, without which Excel takes it for its own code page.

    csv: how CSV is spelled. is_ascii: escape other letters in JSON.
    """

    format: Format
    bom: bool = False
    csv: CsvStyle = PLAIN_CSV
    is_ascii: bool = False
    columns: Sequence[str] = COLUMNS

    def to(self, sink: Sink) -> "TableWriting":
        """Begin a table. Raises Refused for a workbook where openpyxl is missing."""
        writings = {"csv": CsvWriting, "json": JsonWriting, "xlsx": WorkbookWriting}
        return writings[self.format](self, sink)

    def bytes_of(self, rows: Sequence[Row]) -> bytes:
        """Return a whole table. Raises Refused for a workbook where openpyxl is missing."""
        file = io.BytesIO()
        writing = self.to(file)
        writing.write(rows)
        writing.finish()
        return file.getvalue()

    def objects_of(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return rows as the objects of a JSON table."""
        return [{name: getattr(row, name) for name in self.columns} for row in rows]

    def texts_of(self, row: Row) -> dict[str, Any]:
        """Return the cells of a row as texts."""
        texts = {name: getattr(row, name) for name in self.columns}
        return {name: spell_list(name, text) if name in LISTS else text for name, text in texts.items()}


class TableWriting(Protocol):
    """A table that is being written, row by row: one of years takes no more memory than a page of it."""

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows."""
        ...

    def finish(self) -> None:
        """Write what is left."""
        ...


class CsvWriting:
    """Writes CSV."""

    def __init__(self, writer: Writer, sink: Sink) -> None:
        self._writer, self._sink = writer, sink
        # Not written at once: of a store that cannot be read nothing is to stand on stdout.
        self._head = (codecs.BOM_UTF8 if writer.bom else b"") + self._lines([writer.columns])

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows as lines."""
        if data := self._head + self._lines(map(self._cells, rows)):
            self._sink.write(data)
        self._head = b""

    def finish(self) -> None:
        """Write the head of a table without rows."""
        self.write(())

    def _lines(self, lines: Iterable[Sequence[str]]) -> bytes:
        return "".join(f"{csv_line(line, self._writer.csv)}\n" for line in lines).encode()

    def _cells(self, row: Row) -> list[str]:
        style = self._writer.csv
        texts = self._writer.texts_of(row)
        return [
            text.replace(".", style.decimal) if name in DECIMALS else text for name, text in texts.items()
        ]


class JsonWriting:
    """Writes a JSON list of objects, each behind the comma of the one before."""

    def __init__(self, writer: Writer, sink: Sink) -> None:
        self._writer, self._sink = writer, sink
        # Held back, since only the next row, or the end, tells whether a comma follows.
        self._last: str | None = None

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows as objects."""
        for row in self._writer.objects_of(rows):
            text = json.dumps(row, ensure_ascii=self._writer.is_ascii, indent=2).replace("\n", "\n  ")
            self._sink.write(b"[\n" if self._last is None else f"{self._last},\n".encode())
            self._last = f"  {text}"

    def finish(self) -> None:
        """Write the last object, and end the list."""
        self._sink.write(b"[]\n" if self._last is None else f"{self._last}\n]\n".encode())


@dataclass(slots=True)
class WorkbookWriting:
    """Writes a workbook: rows to a file of openpyxl's own, which is packed in the end."""

    writer: Writer
    sink: Sink
    book: WorkbookWriter = field(init=False)

    def __post_init__(self) -> None:
        """Begin the workbook."""
        self.book = WorkbookWriter(self.writer.columns)

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows as lines of the sheet."""
        self.book.append([{**self.writer.texts_of(row), **_date_of(row)} for row in rows])

    def finish(self) -> None:
        """Pack it."""
        self.book.save(self.sink)


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


def template(writer: Writer, *, now: datetime, zone: str) -> bytes:
    """Return the bytes of a table with two posts, due in a week, whose import in a dry run is green.

    They are drafts, so that a template that is imported by mistake sends nothing.
    """
    day = now.astimezone(ZoneInfo(zone)) + timedelta(days=7)
    evening = f"{day:%Y-%m-%d} {_EVENING}:00"
    later = f"{day + timedelta(days=2):%Y-%m-%d} {_EVENING}:00"
    photo = Row(
        kind="photo",
        sources=("https://example.com/cat.jpg",),
        at=evening,
        timezone=zone,
        state=PostState.DRAFT,
        caption="A cat.\nAnd a second line.",
        alt_texts=("A cat on a chair",),
    )
    carousel = Row(
        kind="carousel",
        sources=("https://example.com/one.jpg", "https://example.com/two.jpg"),
        at=later,
        timezone=zone,
        state=PostState.DRAFT,
        caption="Two of a kind",
        alt_texts=("The first", "The second"),
        user_tags=("ben:0.5,0.5",),
        collaborators=("carla",),
    )
    return replace(writer, columns=_TEMPLATE_COLUMNS).bytes_of([photo, carousel])
