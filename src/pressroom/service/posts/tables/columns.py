"""The columns of a table of posts, and how their cells are spelled. Pure.

The columns of a post's options come from `core.post_options`, between those of the post itself. A cell of a
list has a value on each line, or is a JSON list; times are read as those of a command line are.
"""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, make_dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from pressroom.core.errors import PressroomError, Refused
from pressroom.core.option_values import FILE, NAMES, SECONDS, TAGS, TEXT, TEXTS
from pressroom.core.post_options import options_of
from pressroom.core.remedies import Fix, Remedy, RemedyKind, by_cell

OPTIONS: Final = options_of("column")
_KINDS: Final = {option.name: option.value for option in OPTIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class _PostCells:
    """The cells of a post itself, which stand before those of its options."""

    post_id: str = ""
    kind: str = ""
    sources: tuple[str, ...] = ()
    at: str = ""
    timezone: str = ""
    state: str = ""
    if_late: str = ""
    account: str = ""


# Of type Any to type checkers, which follow no `make_dataclass`.
_option_cells: Any = make_dataclass(
    "_OptionCells",
    [
        (option.name, tuple[str, ...], ()) if option.value.is_list else (option.name, str, "")
        for option in OPTIONS
    ],
    bases=(_PostCells,),
    frozen=True,
    slots=True,
    kw_only=True,
)
_OptionCells: type[_PostCells] = _option_cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(_OptionCells):
    """One post of a table, as it is spelled there."""

    idempotency_key: str = ""
    copies: tuple[str, ...] = ()
    published_at: str = ""
    media_id: str = ""
    permalink: str = ""
    problem: str = ""
    etag: str = ""

    if TYPE_CHECKING:
        # Type checkers see no cells of options, since these follow from the rows of `POST_OPTIONS`.
        def __init__(self, **cells: str | tuple[str, ...] | frozenset[str]) -> None: ...
        def __getattr__(self, option: str) -> Any: ...  # noqa: ANN401

    @property
    def given(self) -> frozenset[str]:
        """The columns that the table has."""
        return frozenset(COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialRow(Row):
    """A row of a table that lacks columns: of a stored post it says nothing of what they hold."""

    columns: frozenset[str]

    @property
    def given(self) -> frozenset[str]:
        """The columns that the table has."""
        return self.columns


Numbered: TypeAlias = tuple[int, Row | Refused]
"""A row with its number; the error in place of a row that cannot be read."""

COLUMNS: Final = tuple(field.name for field in fields(Row))
NEEDED: Final = ("kind", "sources", "at")
"""Columns without which a new post cannot be planned."""
LISTS: Final = ("sources", *(name for name, kind in _KINDS.items() if kind.is_list), "copies")
TEXTS_OF_POSTS: Final = tuple(name for name, kind in _KINDS.items() if kind is TEXT)
"""Columns of what people publish, which is kept letter by letter."""
PROSE: Final = tuple(name for name, kind in _KINDS.items() if kind in (TEXT, TEXTS))
"""Columns of words for people: those, and alt texts."""
DECIMALS: Final = tuple(name for name, kind in _KINDS.items() if kind is SECONDS)
"""Columns of numbers that may have decimals."""
FILES: Final = tuple(name for name, kind in _KINDS.items() if kind is FILE)
DAY_AND_TIME: Final[Mapping[str, str]] = {
    "date": "In place of `at`: the day it is due.",
    "time": "Beside `date`: the time of day.",
}
"""Columns that a table may have in place of `at`, with what each holds."""
EXPORTED_ONLY: Final = ("published_at", "media_id", "permalink", "problem")
"""Columns that an export writes, and an import passes over."""

WORDS: Final[Mapping[str, str]] = {
    "post_id": "Of a stored post: the row changes it. Empty for a new one.",
    "kind": "photo, reel, carousel or story. Needed.",
    "sources": "Files, from the table's directory on, or URLs. Needed.",
    "at": "When it is due: 2026-12-24 18:00, next slot. Needed.",
    "timezone": "Zone of `at`: Europe/Istanbul; else that of the import.",
    "state": "scheduled (the default), draft or awaiting_approval.",
    "if_late": "publish (the default), ask or drop.",
    "account": "Name of the account; else that of the import.",
    **{option.name: option.column.words for option in OPTIONS},
    "idempotency_key": "Makes it safe to import the row again.",
    "copies": "Our copies of the files, each FILE=COPY; by an export.",
    "published_at": "When it was published; by an export, passed over.",
    "media_id": "Instagram's id of it; by an export, passed over.",
    "permalink": "Its address; by an export, passed over.",
    "problem": "Why it did not go out; by an export, passed over.",
    "etag": "Tells which cells were edited since; by an export.",
}
"""What each column holds, in a line."""

_BETWEEN_WORDS: Final = re.compile(r"[\s_-]+")
# File names and addresses have commas of their own: only one that follows a file's ending separates.
_BEHIND_A_FILE: Final = re.compile(r"(\.[A-Za-z][A-Za-z0-9]{1,4})[ \t]*,[ \t]*")
# The comma of NAME:X,Y separates nothing.
_BETWEEN_NAMES: Final = re.compile(r"(:\s*[\d.eE-]+\s*,\s*[\d.eE-]+)|,")


# What tables of others call them: suggested, and never taken unasked, since `Text` may be a note.
_ELSEWHERE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("kunde", "konto", "client", "customer", "brand", "profil", "profile"), "account"),
    **dict.fromkeys(("datum", "day", "tag", "publish_date"), "date"),
    **dict.fromkeys(("uhrzeit", "zeit", "hour", "publish_time"), "time"),
    **dict.fromkeys(("termin", "when", "datetime", "due", "scheduled_at"), "at"),
    **dict.fromkeys(
        ("text", "bildunterschrift", "beschreibung", "message", "copy", "description"), "caption"
    ),
    **dict.fromkeys(
        ("datei", "dateien", "bild", "bilder", "video", "file", "files", "image", "images"), "sources"
    ),
    **dict.fromkeys(("media", "media_url", "image_url", "video_url"), "sources"),
    **dict.fromkeys(("art", "typ", "type", "format", "post_type"), "kind"),
    **dict.fromkeys(("zeitzone", "time_zone", "tz", "zone"), "timezone"),
}


def column_named(head: str) -> str:
    """Return the column that a head means, in whatever case, with spaces or dashes for underscores."""
    return _BETWEEN_WORDS.sub("_", head.strip().lower()).strip("_")


def meant_column(name: str) -> str | None:
    """Return the column that an unknown one is likely to mean."""
    near = difflib.get_close_matches(name, (*COLUMNS, *DAY_AND_TIME), n=1, cutoff=0.75)
    return _ELSEWHERE.get(name) or next(iter(near), None)


def spell_list(column: str, values: tuple[str, ...]) -> str:
    """Write one value on each line, or a JSON list where the lines would not read back as the same values."""
    plain = "\n".join(values)
    return plain if read_list(column, plain) == values else json.dumps(values, ensure_ascii=False)


def read_list(column: str, cell: str) -> tuple[str, ...]:
    """Read the list of a cell: values on lines, separated by commas, or as JSON; alt texts have commas."""
    # An alt text may begin with a bracket, too: what is no JSON list is read as lines.
    if cell.startswith("["):
        try:
            values: Any = json.loads(cell)
        except (ValueError, RecursionError):
            values = None
        if isinstance(values, list):
            return tuple(str(value) for value in cast("list[object]", values))
    text, kind = cell.replace("\r\n", "\n"), _KINDS.get(column)
    if column == "sources":
        text = _BEHIND_A_FILE.sub("\\1\n", text)
    elif kind in (NAMES, TAGS):
        text = _BETWEEN_NAMES.sub(lambda match: match[1] or "\n", text)
    lines = [line.strip() for line in text.split("\n")] if text else []
    # An empty line says that a file has no text; elsewhere it says nothing.
    return tuple(lines) if kind is TEXTS else tuple(line for line in lines if line)


def number_list(numbers: Sequence[int]) -> str:
    """Write ascending numbers of rows, with those in a row as one: `1-5, 7`."""
    runs = list[list[int]]()
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def refused(column: str, value: str, limit: str, fix: Fix | str) -> Refused:
    """Build the error of a cell that cannot be used."""
    return Refused(f"{column} is {value!r}.", rule=column, value=value, limit=limit, fix=fix)


def naming_cells(error: PressroomError) -> PressroomError:
    """Return a row's error, naming columns where a command line has options: nobody typed `--loop`."""
    error.advice = Fix(error.advice.by(by_cell), error.advice.remedies)
    return error


def no_table(why: str, fix: Fix | str = "") -> Refused:
    """Build the error of a table, or a row of it, that cannot be read."""
    usual = Fix.of(
        "See what {} writes, or the columns in docs/reference/cli.md.", Remedy(RemedyKind.EXPORT_POSTS)
    )
    return Refused(
        f"The table cannot be read: {why}.", rule="table", limit=", ".join(COLUMNS), fix=fix or usual
    )
