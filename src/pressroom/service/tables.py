"""Posts as a table: CSV with a line for each post, or JSON with an object for each. Pure.

In CSV a cell with several values has one on each line; an empty cell means the default. A cell that a
spreadsheet would run as a formula is written with a quote in front, which is removed when it is read.
"""

import csv
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast
from zoneinfo import ZoneInfo

from pressroom.core.assets import Asset, Edits, Fit, Quality, Target
from pressroom.core.errors import Refused
from pressroom.core.post import IfLate, Post, PostKind, PostState
from pressroom.core.redact import redact_text
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.tags import parse_tag, spell_tag
from pressroom.graph.calls import UserTag
from pressroom.service.defaults import new_post

ChoiceT = TypeVar("ChoiceT", PostKind, PostState, IfLate, Fit, Target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One post of a table, as it is spelled there. Imports ignore the last three columns."""

    post_id: str = ""
    kind: str = ""
    sources: tuple[str, ...] = ()
    at: str = ""
    timezone: str = ""
    state: str = ""
    if_late: str = ""
    account: str = ""
    caption: str = ""
    alt_texts: tuple[str, ...] = ()
    first_comment: str = ""
    cover: str = ""
    thumb_offset_ms: str = ""
    share_to_feed: str = ""
    location_id: str = ""
    user_tags: tuple[str, ...] = ()
    collaborators: tuple[str, ...] = ()
    fit: str = ""
    target: str = ""
    quality: str = ""
    convert: str = ""
    start_s: str = ""
    end_s: str = ""
    loop: str = ""
    loudness: str = ""
    salvage: str = ""
    idempotency_key: str = ""
    media_id: str = ""
    permalink: str = ""
    problem: str = ""


Numbered: TypeAlias = tuple[int, Row | Refused]
"""A row with its number; the error in place of a row that cannot be read."""

COLUMNS = tuple(field.name for field in fields(Row))
_NEEDED = ("kind", "sources", "at")
LISTS = ("sources", "alt_texts", "user_tags", "collaborators")
# An exported post that was being prepared starts again from the beginning: its containers are not in the
# table.
_STARTS_ANEW = ("", PostState.PREPARING, PostState.READY)
_MAY_BE_PLANNED = (PostState.SCHEDULED, PostState.DRAFT, PostState.AWAITING_APPROVAL)
# Where a cell may begin: at its start, and behind each letter at which some spreadsheet splits, also past
# CSV's own quotes, which such a spreadsheet heeds only where it takes a cell to begin. The last four of
# `_FORMULA` are the full-width = + - @, which spreadsheets run, too.
_START = r"(\A\"*|(?<=[,;\t\r\n])\"*)"
_FORMULA = r"(?='*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])"
_UNGUARDED, _GUARDED = re.compile(_START + _FORMULA), re.compile(f"{_START}'{_FORMULA}")
_TRUTHS = {"": None, "true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_csv(text: str) -> list[Numbered]:
    """Read a table with its row numbers; the head is row 1. Raises Refused for anything but such a table."""
    # Spreadsheets export with a semicolon where the comma is the decimal sign, so the head decides.
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        head, *lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except (csv.Error, ValueError) as error:
        raise _no_table("it is empty" if not text.strip() else f"it is no CSV ({error})") from None
    names = [name.strip() for name in head]
    _check_columns(names)
    # A blank line is dropped but counted, so that the numbers are those which a spreadsheet shows.
    return [(number, _csv_row(names, line)) for number, line in enumerate(lines, start=2) if any(line)]


def _csv_row(names: Sequence[str], line: Sequence[str]) -> Row | Refused:
    if any(line[len(names) :]):
        return _no_table("this row has more cells than the head")
    cells = {name: _unguarded(cell) for name, cell in zip(names, line, strict=False)}
    return _row({name: _listed(cell) if name in LISTS else cell for name, cell in cells.items()})


def read_json(text: str) -> list[Numbered]:
    """Read a list of objects, numbered from 1. Raises Refused for anything else."""
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        raise _no_table(f"it is no JSON ({error})") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in cast("list[Any]", found)):
        raise _no_table("it is no list of objects")
    objects = cast("list[dict[str, Any]]", found)
    return [(number, _json_row(one)) for number, one in enumerate(objects, start=1)]


def _json_row(cells: Mapping[str, Any]) -> Row | Refused:
    try:
        _check_columns(cells)
    except Refused as error:
        return error
    return _row(cells)


def write_csv(posts: Sequence[Post]) -> str:
    """Write posts as `read_csv` reads them."""
    lines = [_line(COLUMNS), *(_line(_cells(row_of(post))) for post in posts)]
    return "".join(f"{line}\n" for line in lines)


def _cells(row: Row) -> list[str]:
    texts = {name: getattr(row, name) for name in COLUMNS}
    return [_guarded(_spelled(text) if name in LISTS else text) for name, text in texts.items()]


def _line(cells: Sequence[str]) -> str:
    # The writer quotes a cell that holds a letter of its line end: "\r\n" makes it quote both, wherever they
    # are.
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerow(cells)
    return file.getvalue().removesuffix("\r\n")


def _guarded(cell: str) -> str:
    """Keep a spreadsheet from running a cell. Source: https://owasp.org/www-community/attacks/CSV_Injection."""
    return _UNGUARDED.sub(r"\1'", cell)


def _unguarded(cell: str) -> str:
    return _GUARDED.sub(r"\1", cell)


def _spelled(values: tuple[str, ...]) -> str:
    """Write one value on each line, or a JSON list where the lines would not read back as the same values."""
    plain = "\n".join(values)
    return plain if _listed(plain) == values else json.dumps(values, ensure_ascii=False)


def _listed(cell: str) -> tuple[str, ...]:
    # An alt text may begin with a bracket, too: what is no JSON list is read as lines.
    if cell.startswith("["):
        try:
            found: Any = json.loads(cell)
        except ValueError:
            found = None
        if isinstance(found, list):
            return tuple(str(one) for one in cast("list[object]", found))
    lines = cell.replace("\r\n", "\n").split("\n") if cell else ()
    return tuple(line.strip() for line in lines)


def objects_of(posts: Sequence[Post]) -> list[dict[str, Any]]:
    """Return posts as the objects that `read_json` reads."""
    rows = [row_of(post) for post in posts]
    return [{name: getattr(row, name) for name in COLUMNS} for row in rows]


def row_of(post: Post) -> Row:
    """Return a post as a row. Its files are named by our copies, since the sources may be gone."""
    options = post.options
    due = post.due_at.astimezone(ZoneInfo(post.timezone)).isoformat() if post.due_at else ""
    offset = options.thumb_offset_ms
    return Row(
        post_id=post.id,
        kind=post.kind,
        sources=tuple(_place(asset) for asset in post.assets),
        at=due,
        timezone=post.timezone,
        state=post.state,
        if_late=post.if_late,
        account=post.account_name,
        caption=options.caption or "",
        alt_texts=options.alt_texts,
        first_comment=options.first_comment or "",
        cover=_place(options.cover) if options.cover else "",
        thumb_offset_ms="" if offset is None else str(offset),
        share_to_feed=_spelled_truth(options.share_to_feed),
        location_id=options.location_id or "",
        user_tags=tuple(spell_tag(tag) for tag in options.user_tags),
        collaborators=options.collaborators,
        fit=options.fit,
        target=options.target,
        quality=options.quality,
        convert=_spelled_truth(options.convert),
        **_spelled_edits(options.edits),
        idempotency_key=post.idempotency_key or "",
        media_id=post.media_id or "",
        permalink=post.permalink or "",
        problem=redact_text(post.problem or ""),  # an earlier release stored it unmasked
    )


def post_of(row: Row, base: Path) -> Post:
    """Build the post of a row; relative file names start from `base`. Raises Refused, naming the column."""
    return new_post(
        _choice(PostKind, "kind", row.kind, None),
        [_placed(source, base) for source in row.sources],
        caption=row.caption or None,
        alt_texts=row.alt_texts,
        first_comment=row.first_comment or None,
        cover=Asset(_placed(row.cover, base)) if row.cover else None,
        thumb_offset_ms=_number("thumb_offset_ms", row.thumb_offset_ms),
        share_to_feed=_truth("share_to_feed", row.share_to_feed),
        location_id=row.location_id or None,
        user_tags=tuple(_tag(text) for text in row.user_tags),
        collaborators=row.collaborators,
        fit=_choice(Fit, "fit", row.fit, Fit.BLUR),
        target=_choice(Target, "target", row.target, Target.PLATFORM),
        quality=_quality(row.quality),
        convert=_truth("convert", row.convert),
        edits=_edits(row),
    )


def _spelled_edits(edits: Edits) -> dict[str, str]:
    return {
        # `repr` is the shortest text that reads back as the same number.
        "start_s": "" if edits.start_s is None else repr(edits.start_s),
        "end_s": "" if edits.end_s is None else repr(edits.end_s),
        "loop": _spelled_truth(edits.repeat or None),
        "loudness": _spelled_truth(edits.loudness or None),
        "salvage": _spelled_truth(edits.salvage or None),
    }


def _edits(row: Row) -> Edits:
    start_s, end_s = _seconds("start_s", row.start_s), _seconds("end_s", row.end_s)
    if end_s is not None and end_s <= (start_s or 0):
        raise refused("end_s", row.end_s, "a moment behind start_s", "Leave out less of the clip.")
    return Edits(
        start_s=start_s,
        end_s=end_s,
        repeat=bool(_truth("loop", row.loop)),
        loudness=bool(_truth("loudness", row.loudness)),
        salvage=bool(_truth("salvage", row.salvage)),
    )


def _quality(text: str) -> Quality:
    match text.lower():
        case "" | "normal":
            return "normal"
        case "high":
            return "high"
        case _:
            raise refused("quality", text, "normal, high", "Write one of: normal, high.")


def state_of(row: Row) -> PostState:
    """Return the state in which a row's post starts. Raises Refused for one no post can start in."""
    if row.state in _STARTS_ANEW:
        return PostState.SCHEDULED
    state = _choice(PostState, "state", row.state, None)
    if state not in _MAY_BE_PLANNED:
        raise refused("state", row.state, ", ".join(_MAY_BE_PLANNED), "Leave such posts out of an import.")
    return state


def if_late_of(row: Row) -> IfLate:
    """Return a row's rule for lateness. Raises Refused."""
    return _choice(IfLate, "if_late", row.if_late, IfLate.PUBLISH)


def refused(column: str, value: str, limit: str, fix: str) -> Refused:
    """Build the error of a cell that cannot be used."""
    return Refused(f"{column} is {value!r}.", rule=column, value=value, limit=limit, fix=fix)


def _row(cells: Mapping[str, Any]) -> Row:
    texts = {name: _cell(name, cells.get(name)) for name in COLUMNS}
    return Row(**texts)  # pyright: ignore[reportArgumentType]  # each cell is spelled as its column is


def _cell(name: str, value: object) -> str | tuple[str, ...]:
    if name in LISTS:
        if isinstance(value, list | tuple):
            return tuple(str(one) for one in cast("Sequence[object]", value))
        return _listed(str(value)) if value else ()
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    # What people publish is kept letter by letter; around an id or a time spaces are a slip.
    return text if name in ("caption", "first_comment") else text.strip()


def _check_columns(names: object) -> None:
    given = [str(name) for name in cast("Sequence[object]", names)]
    unknown = [name for name in given if name not in COLUMNS]
    missing = [name for name in _NEEDED if name not in given]
    if not given:
        raise _no_table("it is empty")
    if unknown:
        raise _no_table(f"{unknown[0]!r} is not one of its columns")
    if missing:
        raise _no_table(f"the column {missing[0]!r} is missing")


def _no_table(why: str) -> Refused:
    return Refused(
        f"The table cannot be read: {why}.",
        rule="table",
        limit=", ".join(COLUMNS),
        fix=Fix.of(
            "See what {} writes, or the columns in docs/reference/cli.md.", Remedy(RemedyKind.EXPORT_POSTS)
        ),
    )


def _choice(kind: type[ChoiceT], column: str, text: str, default: ChoiceT | None) -> ChoiceT:
    if not text and default is not None:
        return default
    try:
        return kind(text.lower())
    except ValueError:
        allowed = ", ".join(one.value for one in kind)
        raise refused(column, text, allowed, f"Write one of: {allowed}.") from None


def _number(column: str, text: str) -> int | None:
    if not text:
        return None
    # `isdigit` alone admits digits of other scripts and superscripts, some of which `int` refuses.
    if not (text.isascii() and text.isdigit()):
        raise refused(column, text, "a whole number", "Write digits alone.")
    return int(text)


def _seconds(column: str, text: str) -> float | None:
    try:
        found = float(text) if text else None
    except ValueError:
        found = math.nan
    if found is not None and not 0 <= found < math.inf:
        raise refused(column, text, "seconds, such as 2.5", "Write the seconds from the clip's start.")
    return found


def _spelled_truth(value: bool | None) -> str:  # noqa: FBT001  # the value that is spelled
    return "" if value is None else str(value).lower()


def _truth(column: str, text: str) -> bool | None:
    if text.lower() not in _TRUTHS:
        raise refused(column, text, "true or false", "Write true or false, or nothing.")
    return _TRUTHS[text.lower()]


def _tag(text: str) -> UserTag:
    try:
        return parse_tag(text)
    except ValueError as error:
        raise refused("user_tags", text, "NAME or NAME:X,Y", str(error)) from None


def _placed(source: str, base: Path) -> str:
    """Resolve a file name against the table's directory; leave a URL unchanged."""
    return source if "://" in source else str(base / Path(source).expanduser())


def _place(asset: Asset) -> str:
    return asset.copy or asset.source
