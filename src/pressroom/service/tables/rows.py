"""A post as a row of a table, and a row as a post. Pure."""

import math
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from pressroom.core.assets import Asset, Edits, Fit, Quality, Target
from pressroom.core.post import IfLate, Post, PostKind, PostState, SendState
from pressroom.core.redact import redact_text
from pressroom.core.tags import parse_tag, spell_tag
from pressroom.graph.calls import UserTag
from pressroom.service.composing import new_post
from pressroom.service.tables.cells import refused
from pressroom.service.tables.columns import Row

ChoiceT = TypeVar("ChoiceT", PostKind, PostState, IfLate, Fit, Target)

# An exported post that was being prepared starts again from the beginning: its containers are not in the
# table.
_STARTS_ANEW: Final = ("", PostState.PREPARING, PostState.READY)
_MAY_BE_PLANNED: Final = (PostState.SCHEDULED, PostState.DRAFT, PostState.AWAITING_APPROVAL)
_TRUTHS: Final = {"": None, "true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def row_of(post: Post) -> Row:
    """Return a post as a row. Its files have the names they were given; `copies` tells of our copies."""
    options = post.options
    offset = options.thumb_offset_ms
    return Row(
        post_id=post.id,
        kind=post.kind,
        sources=tuple(asset.source for asset in post.assets),
        at=_moment(post.due_at, post.timezone),
        timezone=post.timezone,
        state=post.state,
        if_late=post.if_late,
        account=post.account_name,
        caption=options.caption or "",
        alt_texts=options.alt_texts,
        first_comment=options.first_comment or "",
        cover=options.cover.source if options.cover else "",
        thumb_offset_ms="" if offset is None else str(offset),
        share_to_feed=_spelled_truth(options.share_to_feed),
        location_id=options.location_id or "",
        user_tags=tuple(spell_tag(tag) for tag in options.user_tags),
        collaborators=options.collaborators,
        fit=options.fit or "",
        target=options.target,
        quality=options.quality,
        convert=_spelled_truth(options.convert),
        **_spelled_edits(options.edits),
        idempotency_key=post.idempotency_key or "",
        copies=tuple(dict.fromkeys(f"{one.source}={one.copy}" for one in post.files if one.copy)),
        published_at=_moment(_published_at(post), post.timezone),
        media_id=post.media_id or "",
        permalink=post.permalink or "",
        problem=redact_text(post.problem or ""),  # an earlier release stored it unmasked
    )


def _moment(moment: datetime | None, timezone: str) -> str:
    return moment.astimezone(ZoneInfo(timezone)).isoformat() if moment else ""


def _published_at(post: Post) -> datetime | None:
    """Return when the send that brought a post live began; Instagram carries it out within seconds."""
    live = [send.started_at for send in post.sends if send.state is SendState.LIVE]
    return live[-1] if live else None


def copies_of(row: Row) -> dict[str, str]:
    """Return the copies that a row tells of, by the names of their files."""
    files = (*row.sources, row.cover)
    found = ((file, one) for one in row.copies for file in files if file and one.startswith(f"{file}="))
    return {file: one.removeprefix(f"{file}=") for file, one in found}


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
        fit=_choice(Fit, "fit", row.fit, None) if row.fit else None,
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
