"""Reads the bytes of a table: CSV, JSON or a workbook, however a spreadsheet has saved it. No I/O."""

import codecs
import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from pressroom.core.errors import Refused
from pressroom.core.spreadsheets import unguarded
from pressroom.service.tables.cells import listed, no_table, refused
from pressroom.service.tables.columns import (
    COLUMNS,
    LISTS,
    NEEDED,
    TEXTS,
    Numbered,
    PartialRow,
    Row,
    column_named,
    near,
)
from pressroom.service.tables.workbook import Cell, read_workbook

Format: TypeAlias = Literal["csv", "json", "xlsx"]
FORMATS: Final[tuple[str, ...]] = get_args(Format)
MOST_BYTES: Final = 64 << 20
"""The largest table that is read: 10,000 posts with long captions are half of it."""

_DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs"}
_TOLD: Final = re.compile(r"sep=([,;\t])(?:\r\n?|\n)", re.IGNORECASE)
_FIRST_LINE: Final = re.compile(r"[^\r\n]+")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_NO_ETAG: Final = (
    "Rows that name a post have no etag: what was changed since the table was written is changed back to "
    "what they say."
)
_TO_UTF8: Final = 'Save the table as "CSV UTF-8" or as .xlsx, or name its encoding, such as cp1254.'


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as it was read. read_as: what it was taken for, in words."""

    rows: tuple[Numbered, ...]
    read_as: str
    warnings: tuple[str, ...] = ()


def read_table(
    content: bytes, given: Format | None = None, *, encoding: str | None = None, is_strict: bool = False
) -> Table:
    """Read a table. given: its format; None is what the content is, CSV or a workbook.

    encoding: of text that is no UTF-8, by Python's names. is_strict: refuse columns that nobody knows.
    Raises Refused for what is no table of posts.
    """
    if len(content) > MOST_BYTES:
        raise no_table(f"it has {len(content) >> 20} MB, more than {MOST_BYTES >> 20}", "Split it.")
    if content.startswith(_OLE):
        raise no_table("it is an old or a protected workbook", "Save it as .xlsx, without a password.")
    columns = _Columns()
    is_workbook = given == "xlsx" or content.startswith(_ZIP)
    read = _read_xlsx(content, columns) if is_workbook else _read_text(content, given, encoding, columns)
    read = replace(read, warnings=(*read.warnings, *_without_etag(read.rows)))
    if not columns.unknown:
        return read
    unknown = "; ".join(f"{name!r} is not one of its columns{_meant(name)}" for name in columns.unknown)
    if is_strict:
        raise no_table(unknown, "Correct the head, or have other columns passed over.")
    return replace(read, warnings=(f"{unknown}: passed over.", *read.warnings))


def _without_etag(rows: Sequence[Numbered]) -> tuple[str, ...]:
    named = (row for _, row in rows if isinstance(row, Row) and row.post_id)
    return () if all(row.etag for row in named) else (_NO_ETAG,)


def format_of(name: str) -> Format | None:
    """Return the format that a file's name ends with; None for any other. Raises Refused for .xls."""
    ending = PurePath(name).suffix.lower().removeprefix(".")
    if ending == "xls":
        raise Refused(
            f"{PurePath(name).name} is named as an old workbook, which is neither read nor written.",
            rule="format",
            value="xls",
            limit=", ".join(FORMATS),
            fix="Save or name it as .xlsx or .csv.",
        )
    return cast("Format", ending) if ending in FORMATS else None


@dataclass(slots=True)
class _Columns:
    """The names that are no columns, each once."""

    unknown: dict[str, None] = field(default_factory=dict[str, None])

    def known(self, heads: Iterable[str]) -> list[str]:
        """Return the columns that heads mean, with the unknown ones as they are. Raises Refused."""
        names = [column_named(head) for head in heads]
        twice = next((name for name in names if name in COLUMNS and names.count(name) > 1), None)
        if twice:
            raise no_table(f"the column {twice!r} is given twice", "Leave one of the two.")
        self.unknown |= {name: None for name in names if name and name not in COLUMNS}
        self._require(names)
        return names

    @staticmethod
    def _require(names: Collection[str]) -> None:
        if not any(names):
            raise no_table("it is empty")
        missing = [name for name in NEEDED if name not in names]
        # A row with the id of a stored post may say of it as little as it likes.
        if missing and "post_id" not in names:
            raise no_table(f"the column {missing[0]!r} is missing")


def _meant(name: str) -> str:
    meant = near(name)
    return f" (did you mean {meant}?)" if meant else ""


def _read_text(content: bytes, given: Format | None, encoding: str | None, columns: _Columns) -> Table:
    text, spelling, warnings = _decoded(content, encoding)
    if given == "json":
        return Table(rows=_json_rows(text, columns), read_as=f"JSON in {spelling}", warnings=warnings)
    rows, delimiter = _csv_rows(text, columns)
    read_as = f"CSV in {spelling}, separated by {_DELIMITERS[delimiter]}"
    return Table(rows=rows, read_as=read_as, warnings=warnings)


def _decoded(content: bytes, encoding: str | None) -> tuple[str, str, tuple[str, ...]]:
    """Return the text of a table, what it is in, and what a person should know of that. Raises Refused."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode(content, "utf-16"), "UTF-16", ()
    if encoding is not None and not content.startswith(codecs.BOM_UTF8):
        return _decode(content, encoding), encoding, ()
    try:
        return content.decode("utf-8-sig"), "UTF-8", ()
    except UnicodeDecodeError:
        # What Excel saves as "CSV" in western Europe and America; elsewhere it is another code page.
        told = "It is no UTF-8, and was read as Windows-1252: check its letters in a dry run."
        return _decode(content, "cp1252"), "Windows-1252", (f"{told} {_TO_UTF8}",)


def _decode(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise no_table(f"it is no text in {encoding}", _TO_UTF8) from None
    if "\0" in text:
        raise no_table("it is no text", _TO_UTF8)
    return text


def _csv_rows(text: str, columns: _Columns) -> tuple[tuple[Numbered, ...], str]:
    # Excel writes such a line, and counts it.
    told = _TOLD.match(text)
    delimiter = told[1] if told else _delimiter(_FIRST_LINE.search(text))
    rest = text[told.end() :] if told else text
    try:
        lines = list(csv.reader(io.StringIO(rest, newline=""), delimiter=delimiter))
    except (csv.Error, ValueError) as error:
        raise no_table(f"it is no CSV ({error})") from None
    numbered = enumerate(lines, start=2 if told else 1)
    return _rows(
        [(number, [unguarded(cell) for cell in line]) for number, line in numbered], columns
    ), delimiter


def _delimiter(first: re.Match[str] | None) -> str:
    """Choose the letter that splits the head into the most columns, else the most common one."""
    head = first[0] if first else ""

    def known(delimiter: str) -> tuple[int, int]:
        names = {column_named(name.strip('"')) for name in head.split(delimiter)}
        return len(names & set(COLUMNS)), head.count(delimiter)

    return max(_DELIMITERS, key=known)


def _read_xlsx(content: bytes, columns: _Columns) -> Table:
    sheet = read_workbook(content)
    others = f"Of its sheets only {sheet.name!r} was read." if sheet.others else ""
    return Table(
        rows=_rows(sheet.lines, columns),
        read_as=f"a workbook, sheet {sheet.name!r}",
        warnings=(others,) if others else (),
    )


def _rows(lines: Sequence[tuple[int, Sequence[Cell]]], columns: _Columns) -> tuple[Numbered, ...]:
    """Read numbered lines, of which the first that is not empty is the head."""
    # Empty ones are dropped, but have a number: a spreadsheet counts them.
    filled = [(number, line) for number, line in lines if any(line)]
    if not filled:
        raise no_table("it is empty")
    (_, head), *rest = filled
    names = columns.known(str(name) for name in head)
    return tuple((number, _table_row(names, line)) for number, line in rest)


def _table_row(names: Sequence[str], line: Sequence[Cell]) -> Row | Refused:
    if any(line[len(names) :]) or any(cell for name, cell in zip(names, line, strict=False) if not name):
        return no_table("this row has more cells than the head")
    cells = {name: cell for name, cell in zip(names, line, strict=False) if name in COLUMNS}
    bad = next((cell for cell in cells.values() if isinstance(cell, Refused)), None)
    return bad or _row(cells, [name for name in names if name in COLUMNS])


def _json_rows(text: str, columns: _Columns) -> tuple[Numbered, ...]:
    try:
        found: Any = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise no_table(f"it is no JSON ({error})") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in cast("list[Any]", found)):
        raise no_table("it is no list of objects")
    objects = cast("list[dict[str, Any]]", found)
    return tuple((number, _json_row(one, columns)) for number, one in enumerate(objects, start=1))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member is given twice")
    return members


def _json_row(members: Mapping[str, Any], columns: _Columns) -> Row | Refused:
    try:
        names = columns.known(members)
    except Refused as error:
        return error
    cells = {name: value for name, value in zip(names, members.values(), strict=True) if name in COLUMNS}
    bad = next((name for name, value in cells.items() if isinstance(value, dict)), None)
    if bad:
        return refused(bad, str(cells[bad]), "a text, a number or a list", "Write no object there.")
    return _row(cells, list(cells))


def _row(cells: Mapping[str, Any], names: Sequence[str]) -> Row:
    texts: dict[str, Any] = {name: _cell(name, cells.get(name)) for name in names}
    return Row(**texts) if len(names) == len(COLUMNS) else PartialRow(**texts, columns=frozenset(names))


def _cell(name: str, value: object) -> str | tuple[str, ...]:
    if name in LISTS:
        if isinstance(value, list | tuple):
            return tuple(str(one) for one in cast("Sequence[object]", value))
        return listed(name, str(value)) if value else ()
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    # What people publish is kept letter by letter; around an id or a time spaces are a slip.
    return text if name in TEXTS else text.strip()
