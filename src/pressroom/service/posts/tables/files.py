"""Tables that are read: CSV, JSON or a workbook, however a spreadsheet has saved it, to rows. No I/O."""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from pressroom.core.errors import Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.spelling import read_cell
from pressroom.service.posts.tables.columns import (
    COLUMNS,
    DAY_AND_TIME,
    DECIMALS,
    LISTS,
    NEEDED,
    PROSE,
    TEXTS_OF_POSTS,
    Numbered,
    PartialRow,
    Row,
    column_named,
    meant_column,
    no_table,
    number_list,
    read_list,
    refused,
)
from pressroom.service.posts.tables.workbook import Cell, read_workbook

Format: TypeAlias = Literal["csv", "json", "xlsx"]
FORMATS: Final[tuple[str, ...]] = get_args(Format)
MOST_BYTES: Final = 64 << 20
"""The largest table that is read: 10,000 posts with long captions are half of it."""

_DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SEPARATOR_LINE: Final = re.compile(r"sep=([,;\t])(?:\r\n?|\n)", re.IGNORECASE)
_MIDNIGHT: Final = re.compile(r"[ T]00:00(:00)?$")
# Two together, or one that ends no sentence: behind a space, or before a letter.
_DOUBTFUL: Final = re.compile(r"\?\?|(?:^|\s)\?|\?\w")
_ADDRESS: Final = re.compile(r"\S*(?:://|www\.)\S*")
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
    content: bytes,
    format: Format | None = None,  # noqa: A002  # its word
    *,
    columns: Sequence[tuple[str, str]] = (),
    kind: str | None = None,
    encoding: str | None = None,
    is_strict: bool = False,
) -> Table:
    """Read a table. format: None is what the content is, CSV or a workbook.

    columns: heads, each with our column that it means, such as `("Kunde", "account")`; an empty one passes it
    over. kind: of new posts whose rows name none. encoding: of text that is no UTF-8, by Python's names.
    is_strict: refuse columns that nobody knows. Raises Refused for what is no table of posts.
    """
    if len(content) > MOST_BYTES:
        raise no_table(f"it has {len(content) >> 20} MB, more than {MOST_BYTES >> 20}", "Split it.")
    if content.startswith(_OLE):
        raise no_table("it is an old or a protected workbook", "Save it as .xlsx, without a password.")
    named = {column_named(head): _known(column) for head, column in columns}
    written = {column_named(head): head for head, _ in columns}
    heads = _Heads(
        named, written=written, needed=tuple(name for name in NEEDED if name != "kind" or kind is None)
    )
    is_workbook = format == "xlsx" or content.startswith(_ZIP)
    table = _read_xlsx(content, heads) if is_workbook else _read_text(content, format, encoding, heads)
    if kind:
        table = replace(table, rows=tuple((number, _of_kind(row, kind)) for number, row in table.rows))
    stored = (row for _, row in table.rows if isinstance(row, Row) and row.post_id)
    if not all(row.etag for row in stored):
        table = replace(table, warnings=(*table.warnings, _NO_ETAG))
    if not heads.unknown:
        return table
    guesses = {name: heads.meant(name) for name in heads.unknown}
    unknown = "; ".join(
        f"{heads.unknown[name]!r} is not one of its columns{f' (did you mean {guess}?)' if guess else ''}"
        for name, guess in guesses.items()
    )
    hint = heads.hint
    if is_strict:
        fix = "Correct the head, or have other columns passed over."
        raise no_table(unknown, Fix.of(f"{fix} {{}}", hint) if hint else fix)
    return replace(table, warnings=(f"{unknown}: passed over. {hint or ''}".strip(), *table.warnings))


def _of_kind(row: Row | Refused, kind: str) -> Row | Refused:
    if isinstance(row, Refused) or row.kind or row.post_id:
        return row
    return replace(row, kind=kind)


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


_KNOWN: Final = (*COLUMNS, *DAY_AND_TIME)
# Stands for a column that somebody said is passed over; no head is spelled so.
_PASSED_OVER: Final = "-"


def _known(column: str) -> str:
    """Return the column that somebody names. Raises Refused for one that there is not."""
    name = column_named(column)
    if name and name not in _KNOWN:
        guess = meant_column(name)
        raise Refused(
            f"There is no column {column!r}.",
            rule="column",
            value=column,
            limit=", ".join(_KNOWN),
            fix=f"Name {guess}." if guess else "Name one of these; an empty one passes the head over.",
        )
    return name or _PASSED_OVER


@dataclass(slots=True)
class _Heads:
    """The heads of a table. named: columns of heads that somebody named; written: these, as they were typed.

    needed: the columns that a table of new posts must have. unknown: each once, in order, as it is written.
    """

    named: Mapping[str, str]
    written: Mapping[str, str]
    needed: Sequence[str] = NEEDED
    unknown: dict[str, str] = field(default_factory=dict[str, str])
    columns: set[str] = field(default_factory=set[str])

    def columns_of(self, heads: Sequence[str]) -> list[str]:
        """Return the columns that heads mean, with the unknown ones as they are. Raises Refused."""
        spelled = {column_named(head): head.strip() for head in heads}
        names = [self.named.get(name, name) for name in map(column_named, heads)]
        twice = next((name for name in names if name in _KNOWN and names.count(name) > 1), None)
        if twice:
            raise no_table(f"the column {twice!r} is given twice", "Leave one of the two.")
        self.columns |= {name for name in names if name in _KNOWN}
        self.unknown |= {name: spelled[name] for name in names if name not in ("", _PASSED_OVER, *_KNOWN)}
        if not any(names):
            raise no_table("it is empty")
        self._require_needed(names)
        return names

    def require_named(self, heads: Iterable[str]) -> None:
        """Raise Refused for a head that somebody named and that is not among all those of the table."""
        spelled = {column_named(head): head.strip() for head in heads}
        missing = next((head for head in self.named if head not in spelled), None)
        if missing is not None:
            raise no_table(
                f"it has no column {self.written[missing]!r}",
                f"Its heads are: {', '.join(filter(None, spelled.values()))}.",
            )

    def _require_needed(self, names: Sequence[str]) -> None:
        if "at" in names and set(DAY_AND_TIME) & {*names}:
            raise no_table("at, date and time say twice when a post is due", "Leave at, or the two others.")
        if "time" in names and "date" not in names:
            raise no_table("the column 'date' is missing: 'time' alone is of no day", self.hint or "")
        there = {*names, "at"} if "date" in names else {*names}
        missing = [name for name in self.needed if name not in there]
        # A row with the id of a stored post may say of it as little as it likes.
        if missing and "post_id" not in names:
            raise no_table(f"the column {missing[0]!r} is missing", self._fix_for(missing))

    def _fix_for(self, missing: Sequence[str]) -> Fix | str:
        fixes = [self.hint] if self.hint else []
        is_table = bool(fixes) or len(missing) == 1
        if is_table and "kind" in missing and "kind" not in map(self.meant, self.unknown):
            fixes.append(Fix.of("Say what every row is: {}.", Remedy(RemedyKind.NAME_KIND)))
        return Fix.of(" ".join(["{}"] * len(fixes)), *fixes) if fixes else ""

    def meant(self, name: str) -> str | None:
        """Return the column that an unknown head is likely to mean, where the table has none for it."""
        guess = meant_column(name)
        return guess if guess not in self.columns else None

    @property
    def hint(self) -> Fix | None:
        """How to say what unknown heads mean; None where none is like a column's name."""
        # The first head for a column: two that are taken for one would be refused.
        heads = {guess: self.unknown[name] for name in reversed(self.unknown) if (guess := self.meant(name))}
        remedies = [
            Remedy(RemedyKind.NAME_COLUMN, {"head": head, "column": guess})
            for guess, head in reversed(heads.items())
        ]
        return Fix.of(f"Say what is meant: {' '.join(['{}'] * len(remedies))}.", *remedies) if heads else None


def _read_text(content: bytes, form: Format | None, encoding: str | None, heads: _Heads) -> Table:
    text, spelling, warnings = _decoded(content, encoding)
    if form == "json":
        return Table(rows=_json_rows(text, heads), read_as=f"JSON in {spelling}", warnings=warnings)
    first_line = _FIRST_LINE.search(text)
    head = first_line[0] if first_line else ""

    def columns_found(delimiter: str) -> tuple[int, int]:
        names = {column_named(name.strip('"')) for name in head.split(delimiter)}
        return len(names & {*_KNOWN, *heads.named}), head.count(delimiter)

    # Excel writes a line that names the separator, and counts it. Else it is what splits the head into the
    # most columns, or the most common one.
    separator = _SEPARATOR_LINE.match(text)
    delimiter = separator[1] if separator else max(_DELIMITERS, key=columns_found)
    rest = text[separator.end() :] if separator else text
    try:
        lines = list(csv.reader(io.StringIO(rest, newline=""), delimiter=delimiter))
    except (csv.Error, ValueError) as error:
        raise no_table(f"it is no CSV ({error})") from None
    numbered = enumerate(lines, start=2 if separator else 1)
    cells = [(number, [read_cell(cell) for cell in line]) for number, line in numbered]
    read_as, rows = f"CSV in {spelling}, separated by {_DELIMITERS[delimiter]}", _rows(cells, heads)
    # What is in UTF-8 has every letter that its spreadsheet had.
    doubtful = _with_doubtful_letters(rows) if warnings else []
    return Table(rows=rows, read_as=read_as, warnings=(*warnings, *doubtful))


def _with_doubtful_letters(rows: Sequence[Numbered]) -> list[str]:
    """Warn of rows in which a `?` may stand for a letter, such as an emoji, that a code page lacks."""
    numbers = list[int]()
    for number, row in rows:
        cells = [getattr(row, name) for name in PROSE] if isinstance(row, Row) else []
        texts = [text for cell in cells for text in ([cell] if isinstance(cell, str) else cell)]
        if any(_DOUBTFUL.search(_ADDRESS.sub("", text)) for text in texts):
            numbers.append(number)
    if not numbers:
        return []
    where = f"Row {numbers[0]} has" if len(numbers) == 1 else f"Rows {number_list(numbers)} have"
    return [f"{where} ? where letters may be lost that Windows-1252 lacks, such as emojis. {_TO_UTF8}"]


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
        warning = "It is no UTF-8, and was read as Windows-1252: check its letters in a dry run."
        return _decode(content, "cp1252"), "Windows-1252", (f"{warning} {_TO_UTF8}",)


def _decode(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise no_table(f"it is no text in {encoding}", _TO_UTF8) from None
    if "\0" in text:
        raise no_table("it is no text", _TO_UTF8)
    return text


def _read_xlsx(content: bytes, heads: _Heads) -> Table:
    sheet = read_workbook(content)
    others = f"Of its sheets only {sheet.name!r} was read." if sheet.others else ""
    return Table(
        rows=_rows(sheet.lines, heads),
        read_as=f"a workbook, sheet {sheet.name!r}",
        warnings=(others,) if others else (),
    )


def _rows(lines: Sequence[tuple[int, Sequence[Cell]]], heads: _Heads) -> tuple[Numbered, ...]:
    """Read numbered lines, of which the first that is not empty is the head."""
    # Empty ones are dropped, but have a number: a spreadsheet counts them.
    filled = [(number, line) for number, line in lines if any(line)]
    if not filled:
        raise no_table("it is empty")
    (_, head), *rest = filled
    heads.require_named(map(str, head))
    names = heads.columns_of([str(name) for name in head])
    columns_there, rows = [name for name in names if name in _KNOWN], list[Numbered]()
    for number, line in rest:
        pairs = list(zip(names, line, strict=False))
        cells = {name: cell for name, cell in pairs if name in _KNOWN}
        bad = next((cell for cell in cells.values() if isinstance(cell, Refused)), None)
        if any(line[len(names) :]) or any(cell for name, cell in pairs if not name):
            bad = no_table("this row has more cells than the head")
        rows.append((number, bad or _row(cells, columns_there)))
    return tuple(rows)


def _json_rows(text: str, heads: _Heads) -> tuple[Numbered, ...]:
    try:
        members: Any = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise no_table(f"it is no JSON ({error})") from None
    if not isinstance(members, list) or not all(isinstance(row, dict) for row in cast("list[Any]", members)):
        raise no_table("it is no list of objects")
    objects, rows = cast("list[dict[str, Any]]", members), list[Numbered]()
    # A row may leave members out: one that somebody named has to be in any of them.
    if objects:
        heads.require_named(name for row in objects for name in row)
    for number, row in enumerate(objects, start=1):
        try:
            names = heads.columns_of(list(row))
        except Refused as error:
            rows.append((number, error))
            continue
        cells = {name: value for name, value in zip(names, row.values(), strict=True) if name in _KNOWN}
        bad = next((name for name, value in cells.items() if isinstance(value, dict)), None)
        if bad:
            limit, fix = "a text, a number or a list", "Write no object there."
            rows.append((number, refused(bad, str(cells[bad]), limit, fix)))
        else:
            rows.append((number, _row(cells, list(cells))))
    return tuple(rows)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member is given twice")
    return members


def _row(cells: Mapping[str, Any], names: Sequence[str]) -> Row | Refused:
    texts = dict[str, Any]()
    for name in names:
        value = cells.get(name)
        if name in LISTS and isinstance(value, list | tuple):
            texts[name] = tuple(str(member) for member in cast("Sequence[object]", value))
        elif name in LISTS:
            texts[name] = read_list(name, str(value)) if value else ()
        else:
            text = str(value).lower() if isinstance(value, bool) else str("" if value is None else value)
            # What people publish is kept letter by letter; around an id or a time spaces are a slip.
            text = text if name in TEXTS_OF_POSTS else text.strip()
            # `2,5` of a spreadsheet in German.
            texts[name] = text.replace(",", ".") if name in DECIMALS else text
    if "date" in texts:
        # A day is midnight to a spreadsheet.
        day, at = _MIDNIGHT.sub("", texts.pop("date")), texts.pop("time", "")
        if "time" in names and bool(day) is not bool(at):
            return _half_a_moment(day, at)
        texts["at"], names = f"{day} {at}".strip(), [*texts, "at"]
    return Row(**texts) if len(names) == len(COLUMNS) else PartialRow(**texts, columns=frozenset(names))


def _half_a_moment(day: str, at: str) -> Refused:
    """Build the error of a row with a time and no day, or with a day and no time."""
    # A time alone would be today's or tomorrow's; in a table it is that of a row above, or of merged cells.
    column, beside = ("time", day) if day else ("date", at)
    fix = "Write the time in each row." if day else "Name the day in each row, in merged cells too."
    return Refused(
        f"{column} is empty beside {beside!r}.", rule=column, value=beside, limit="a date and a time", fix=fix
    )
