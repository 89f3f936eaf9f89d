"""What a row of a table changes of the stored post that it names. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pressroom.core.assets import Asset
from pressroom.core.errors import Refused
from pressroom.core.journal import FieldChange
from pressroom.core.post import WAITING_STATES, Post
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.spreadsheets import guarded
from pressroom.service.tables.cells import refused, spelled
from pressroom.service.tables.columns import COLUMNS, LISTS, TEXTS, TOLD, Row
from pressroom.service.tables.etag import is_as_exported
from pressroom.service.tables.rows import post_of, row_of

_SHOWN: Final = 40
_FIXED: Final = ("kind", "if_late", "idempotency_key")
_CONTENT: Final = tuple(
    name
    for name in COLUMNS
    if name not in ("post_id", "at", "timezone", "state", "account", "copies", "etag", *_FIXED, *TOLD)
)


def content_by(row: Row, post: Post, base: Path) -> Post:
    """Return a stored post with the content that a row gives it.

    What the table lacks stays, and so does what nobody edited in it: that may have changed since the export.
    A file that keeps its name keeps our copy. Raises Refused for a cell that cannot be used, and for another
    kind, key or rule for lateness, which no stored post can be given.
    """
    _require_fixed(row, post)
    stored = row_of(post)
    wanted: dict[str, Any] = {
        name: getattr(row, name)
        for name in _CONTENT
        if name in row.given
        and not is_as_exported(row, name)
        and not _is_same(name, getattr(row, name), getattr(stored, name))
    }
    if not wanted:
        return post
    merged = replace(stored, **wanted)
    built = post_of(merged, base)
    assets = [_kept(post, name, asset) for name, asset in zip(merged.sources, built.assets, strict=True)]
    cover = _kept(post, merged.cover, built.options.cover) if built.options.cover else None
    return replace(post, assets=tuple(assets), options=replace(built.options, cover=cover))


def differences(before: Post, after: Post) -> tuple[FieldChange, ...]:
    """Return what differs between a stored post and the same as it is wanted, column by column."""
    one, other = row_of(before), row_of(after)
    return tuple(
        FieldChange(name=name, before=_text(one, name) or None, after=_text(other, name) or None)
        for name in (*_CONTENT, "at", "timezone")
        if getattr(one, name) != getattr(other, name)
    )


def state_warning(row: Row, post: Post) -> str | None:
    """Return what a person must know who wrote another state, which no table gives a stored post."""
    if not row.state or "state" not in row.given or row.state == post.state:
        return None
    # What was planned when it was exported may have gone on since.
    if row.state in WAITING_STATES and not post.state.is_held:
        return None
    known = {"post": post.id}
    fix = Fix.of(
        "To let it go or call it off: {}, {}.",
        Remedy(RemedyKind.APPROVE_POST, known),
        Remedy(RemedyKind.CANCEL_POST, known),
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
    both = [one for one in changed if row.etag and not is_as_exported(stored, one.name)]
    if both:
        each = (f"{one.name} is {_short(one.before)} now, and {_short(one.after)} here" for one in both)
        raise Refused(
            f"Row and post were both changed since the table was written: {'; '.join(each)}.",
            rule="etag",
            value=", ".join(one.name for one in both),
            limit="a cell of which the post is as it was when the table was written",
            fix=Fix.of(
                "Edit a new table, which shows the post as it is: {}.", Remedy(RemedyKind.EXPORT_POSTS)
            ),
        )


def _short(value: str | None) -> str:
    text = value or ""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


def _require_fixed(row: Row, post: Post) -> None:
    stored = row_of(post)
    for name in _FIXED:
        text: str = getattr(row, name)
        if name in row.given and text and text.lower() != getattr(stored, name).lower():
            raise refused(
                name,
                text,
                f"{getattr(stored, name) or 'nothing'}, as it was planned",
                Fix.of(
                    "Call the post off ({}), and plan another by a row without a post_id.",
                    Remedy(RemedyKind.CANCEL_POST, {"post": post.id}),
                ),
            )


def _is_same(name: str, given: Any, stored: Any) -> bool:  # noqa: ANN401  # a text or a list of them
    if name not in TEXTS or given == stored:
        return given == stored
    # Spreadsheets write "\n" for "\r\n", and keep the quote that an export to CSV put before a formula.
    lines = _with_plain_ends(given)
    return lines in (_with_plain_ends(stored), _with_plain_ends(guarded(stored)))


def _with_plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _kept(post: Post, name: str, placed: Asset) -> Asset:
    """Return the file of a stored post that a cell names, by its source or our copy; else the new one."""
    known: Sequence[Asset] = post.files
    return next(
        (one for one in known if name in (one.source, one.copy) or placed.source == one.source), placed
    )


def _text(row: Row, name: str) -> str:
    value = getattr(row, name)
    return spelled(name, value) if name in LISTS else value
