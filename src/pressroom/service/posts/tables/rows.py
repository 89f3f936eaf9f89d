"""A post as a row of a table, a row as a post, and what a row changes of the stored post that it names. Pure.

An exported row has an etag, by which a later import tells the cells that were edited from those that were
not: two people may change a post, and its row, at the same time.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pressroom.core.assets import Asset
from pressroom.core.dates import in_iso
from pressroom.core.errors import NeedsApproval, PressroomError, Refused
from pressroom.core.journal import FieldChange
from pressroom.core.option_values import FILE, ValueKind, choice
from pressroom.core.post import WAITING_STATES, IfLate, Post, PostKind, PostState, SendState
from pressroom.core.post_options import fields_of
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import redact_text
from pressroom.core.spelling import guarded, unguarded
from pressroom.service.posts.composing import new_post
from pressroom.service.posts.storing import Schedule
from pressroom.service.posts.tables.columns import (
    COLUMNS,
    EXPORTED_ONLY,
    FILES,
    LISTS,
    OPTIONS,
    PROSE,
    TEXTS_OF_POSTS,
    Row,
    refused,
    spell_list,
)

# An exported post that was being prepared starts again from the beginning: its containers are not in the
# table.
_STARTS_ANEW: Final = ("", PostState.PREPARING, PostState.READY)
_MAY_BE_PLANNED: Final = (PostState.SCHEDULED, PostState.DRAFT, PostState.AWAITING_APPROVAL)
_KIND, _STATE, _IF_LATE = choice(PostKind, PostKind), choice(PostState, PostState), choice(IfLate, IfLate)
# Six hex digits a cell: one that was edited passes for unedited once in 16 million times.
_DIGITS: Final = 6
_HALF_A_SECOND: Final = timedelta(milliseconds=500)
MARKED: Final = tuple(
    name for name in COLUMNS if name not in ("post_id", "state", "copies", "etag", *EXPORTED_ONLY)
)
"""The columns whose cells are marked: those that an import heeds."""
_SHOWN_LETTERS: Final = 40
_FIXED: Final = ("kind", "if_late", "idempotency_key")
_CONTENT: Final = tuple(name for name in MARKED if name not in ("at", "timezone", "account", *_FIXED))


class RowAction(StrEnum):
    """What a good row does, or would."""

    NEW = "new"
    CHANGE = "change"
    UNCHANGED = "unchanged"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of a row. post: as it is stored, or would be. error: why it was refused.

    takes_slot: it is due at the next free slot; until it is stored, `schedule` has the slot that is free now.
    is_replay: its key was used before for the same content, so nothing new is stored.
    before: the stored post that the row names. differences: what it changes of that, column by column, as a
    table spells it.
    waits: why the change waits for a person, where a program wants it.
    """

    number: int
    post: Post | None = None
    schedule: Schedule | None = None
    warnings: tuple[str, ...] = ()
    error: PressroomError | None = None
    takes_slot: bool = False
    is_stored: bool = False
    is_replay: bool = False
    before: Post | None = None
    differences: tuple[FieldChange, ...] = ()
    waits: NeedsApproval | None = None

    @property
    def action(self) -> RowAction | None:
        """What the row does; None for a bad one."""
        if self.error:
            return None
        if self.before:
            return RowAction.CHANGE if self.differences else RowAction.UNCHANGED
        return RowAction.REPLAY if self.is_replay else RowAction.NEW

    @property
    def needs_approval(self) -> bool:
        """Whether what a program's row wants is held back until a person approves it."""
        is_planned = self.schedule is not None and self.schedule.state is PostState.SCHEDULED
        is_held = self.post is not None and self.is_stored and self.post.state.is_held
        return self.waits is not None or (self.before is None and is_planned and is_held)


def row_of(post: Post) -> Row:
    """Return a post as a row. Its files have the names they were given; `copies` tells of our copies."""
    # Instagram carries a send out within seconds: the one that brought the post live tells when that was.
    live = [send.started_at for send in post.sends if send.state is SendState.LIVE]
    cells = dict[str, str | tuple[str, ...]]()
    for option in OPTIONS:
        value, kind = option.value_in(post.options), option.value
        if kind.is_list:
            cells[option.name] = tuple(kind.spell(member) for member in value)
        else:
            cells[option.name] = "" if value is None else kind.spell(value)
    return Row(
        post_id=post.id,
        kind=post.kind,
        sources=tuple(asset.source for asset in post.assets),
        at=_spell_moment(post.due_at, post.timezone),
        timezone=post.timezone,
        state=post.state,
        if_late=post.if_late,
        account=post.account_name,
        **cells,
        idempotency_key=post.idempotency_key or "",
        copies=tuple(dict.fromkeys(f"{file.source}={file.copy}" for file in post.files if file.copy)),
        published_at=_spell_moment(live[-1] if live else None, post.timezone),
        media_id=post.media_id or "",
        permalink=post.permalink or "",
        problem=redact_text(post.problem or ""),  # an earlier release stored it unmasked
    )


def _spell_moment(moment: datetime | None, timezone: str) -> str:
    return moment.astimezone(ZoneInfo(timezone)).isoformat() if moment else ""


def copies_of(row: Row) -> dict[str, str]:
    """Return the copies that a row tells of, by the names of their files."""
    files = [file for file in (*row.sources, row.cover) if file]
    pairs = ((file, copy) for copy in row.copies for file in files if copy.startswith(f"{file}="))
    return {file: copy.removeprefix(f"{file}=") for file, copy in pairs}


def post_of(row: Row, base: Path) -> Post:
    """Build the post of a row; relative file names start from `base`. Raises Refused, naming the column."""
    if not row.kind:
        fix = Fix.of("Write it there, or say what rows without one are: {}.", Remedy(RemedyKind.NAME_KIND))
        raise refused("kind", "", _KIND.limit, fix)
    kind = _read("kind", _KIND, row.kind)
    sources = [_placed(source, base) for source in row.sources]
    values = dict[str, Any]()
    for option in OPTIONS:
        cell, name, value = getattr(row, option.name), option.name, option.value
        if cell and value.is_list:
            values[name] = tuple(_read(name, value, text) for text in cell)
        elif cell:
            values[name] = _read(name, value, _placed(cell, base) if value is FILE else cell)
    start_s, end_s = values.get("start_s"), values.get("end_s")
    if end_s is not None and end_s <= (start_s or 0):
        raise refused("end_s", row.end_s, "a moment behind start_s", "Leave out less of the clip.")
    return new_post(kind, sources, **fields_of(values))


def _read(column: str, kind: ValueKind, text: str) -> Any:  # noqa: ANN401  # of the kind
    try:
        return kind.read(text)
    except ValueError as error:
        raise refused(column, text, kind.limit, kind.fix or str(error)) from None


def _placed(source: str, base: Path) -> str:
    """Resolve a file name against the table's directory; leave a URL unchanged."""
    return source if "://" in source else str(base / Path(source).expanduser())


def state_of(row: Row) -> PostState:
    """Return the state in which a row's post starts. Raises Refused for one no post can start in."""
    if row.state in _STARTS_ANEW:
        return PostState.SCHEDULED
    state = _read("state", _STATE, row.state)
    if state not in _MAY_BE_PLANNED:
        raise refused("state", row.state, ", ".join(_MAY_BE_PLANNED), "Leave such posts out of an import.")
    return state


def if_late_of(row: Row) -> IfLate:
    """Return a row's rule for lateness. Raises Refused."""
    return _read("if_late", _IF_LATE, row.if_late) if row.if_late else IfLate.PUBLISH


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
        return [spell_list(name, cell)]
    if name in TEXTS_OF_POSTS:
        return [_with_plain_ends(unguarded(cell))]
    if name != "at":
        return [cell if name in FILES else cell.lower()]
    try:
        moment = datetime.fromisoformat(in_iso(cell))
    except (ValueError, Refused):  # words, or none; the check of the row says which
        return [cell]
    local = f"{(moment.replace(tzinfo=None) + _HALF_A_SECOND).replace(microsecond=0)}"
    # A spreadsheet's date has no offset; where there is one it counts.
    return [f"{moment.astimezone(UTC)}", local] if moment.tzinfo else [local]


def content_by(row: Row, post: Post, base: Path) -> Post:
    """Return a stored post with the content that a row gives it.

    What the table lacks stays, and so does what nobody edited in it: that may have changed since the export.
    A file that keeps its name keeps our copy. Raises Refused for a cell that cannot be used, and for another
    kind, key or rule for lateness, which no stored post can be given.
    """
    stored = row_of(post)
    for name in _FIXED:
        text, before = getattr(row, name), getattr(stored, name)
        if name in row.given and text and text.lower() != before.lower():
            fix = Fix.of(
                "Call the post off ({}), and plan another by a row without a post_id.",
                Remedy(RemedyKind.CANCEL_POST, {"post": post.id}),
            )
            raise refused(name, text, f"{before or 'nothing'}, as it was planned", fix)
    edited: dict[str, Any] = {
        name: getattr(row, name)
        for name in _CONTENT
        if name in row.given
        and not is_as_exported(row, name)
        and not _is_same(name, getattr(row, name), getattr(stored, name))
    }
    if not edited:
        return post
    merged = replace(stored, **edited)
    built = post_of(merged, base)
    assets = [_kept(post, name, asset) for name, asset in zip(merged.sources, built.assets, strict=True)]
    cover = _kept(post, merged.cover, built.options.cover) if built.options.cover else None
    return replace(post, assets=tuple(assets), options=replace(built.options, cover=cover))


def _is_same(name: str, cell: Any, stored: Any) -> bool:  # noqa: ANN401  # a text or a list of them
    if name not in TEXTS_OF_POSTS or cell == stored:
        return cell == stored
    # Spreadsheets write "\n" for "\r\n", and keep the quote that an export to CSV put before a formula.
    lines = _with_plain_ends(cell)
    return lines in (_with_plain_ends(stored), _with_plain_ends(guarded(stored)))


def _with_plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _kept(post: Post, name: str, placed: Asset) -> Asset:
    """Return the file of a stored post that a cell names, by its source or our copy; else the new one."""
    kept = (file for file in post.files if name in (file.source, file.copy) or placed.source == file.source)
    return next(kept, placed)


def differences(before: Post, after: Post) -> tuple[FieldChange, ...]:
    """Return what differs between a stored post and the same after a change, column by column."""
    old, new = _cells(row_of(before)), _cells(row_of(after))
    return tuple(
        FieldChange(name=name, before=cell or None, after=new[name] or None)
        for name, cell in old.items()
        if cell != new[name]
    )


def _cells(row: Row) -> Mapping[str, str]:
    """Return what an import can change of a stored post, each cell as a text."""
    cells = {name: getattr(row, name) for name in (*_CONTENT, "at", "timezone")}
    return {name: spell_list(name, cell) if name in LISTS else cell for name, cell in cells.items()}


def state_warning(row: Row, post: Post) -> str | None:
    """Return what a person must know who wrote another state, which no table gives a stored post."""
    if not row.state or "state" not in row.given or row.state == post.state:
        return None
    # What was planned when it was exported may have gone on since.
    if row.state in WAITING_STATES and not post.state.is_held:
        return None
    fix = Fix.of(
        "To let it go or call it off: {}, {}.",
        Remedy(RemedyKind.APPROVE_POST, {"post": post.id}),
        Remedy(RemedyKind.CANCEL_POST, {"post": post.id}),
    )
    return f"Its state stays {post.state}: a table does not make it {row.state}. {fix}"


def kept_warning(row: Row, post: Post) -> str | None:
    """Return what a person must know whose row was not edited where its post was changed since the export."""
    stored = replace(row_of(post), etag=row.etag)
    kept = [
        name
        for name in (*_CONTENT, "at", "timezone")
        if is_as_exported(row, name) and not is_as_exported(stored, name)
    ]
    if not kept:
        return None
    return f"Its post was changed since the table was written: {', '.join(kept)} stays as it is now."


def require_unchanged(row: Row, before: Post, changed: Sequence[FieldChange]) -> None:
    """Raise Refused for a row that would undo what was changed elsewhere since the table was written."""
    stored = replace(row_of(before), etag=row.etag)
    both = [change for change in changed if row.etag and not is_as_exported(stored, change.name)]
    if both:
        each = (
            f"{change.name} is {_short(change.before)} now, and {_short(change.after)} here"
            for change in both
        )
        raise Refused(
            f"Row and post were both changed since the table was written: {'; '.join(each)}.",
            rule="etag",
            value=", ".join(change.name for change in both),
            limit="a cell of which the post is as it was when the table was written",
            fix=Fix.of(
                "Edit a new table, which shows the post as it is: {}.", Remedy(RemedyKind.EXPORT_POSTS)
            ),
        )


def require_letters(changed: Sequence[FieldChange]) -> None:
    """Raise Refused for a row in which a code page has put `?` for letters of its post, and nothing else."""
    lost = [change for change in changed if change.name in PROSE and _has_lost_letters(change)]
    if lost:
        raise Refused(
            f"Letters of {lost[0].name} became ? when the table was saved: {_short(lost[0].after)}.",
            rule="letters_lost",
            value=lost[0].after,
            limit="the letters that the post has",
            fix='Save the table as "CSV UTF-8" or as .xlsx, from one that still has the letters.',
        )


def _has_lost_letters(change: FieldChange) -> bool:
    before, after = _with_plain_ends(change.before or ""), _with_plain_ends(change.after or "")
    is_lost = after.count("?") > before.count("?") and not all(map(_is_in_code_page, before))
    return is_lost and re.fullmatch("".join(map(_spelling_in_code_page, before)), after) is not None


def _is_in_code_page(letter: str) -> bool:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _spelling_in_code_page(letter: str) -> str:
    """Return the pattern of what a letter becomes when Excel saves plain CSV in western Europe."""
    if _is_in_code_page(letter):
        return re.escape(letter)
    # Excel writes a ? for each half of an emoji, and `s` for an `ş`.
    plain = unicodedata.normalize("NFD", letter)[0]
    return rf"(?:\?{{1,2}}|{re.escape(plain)})"


def _short(value: str | None) -> str:
    text = value or ""
    return repr(text if len(text) <= _SHOWN_LETTERS else f"{text[:_SHOWN_LETTERS]}...")
