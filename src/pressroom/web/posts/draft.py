"""What the composer sends of a post, and how it is read: its files, its words and its time."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias, TypeGuard
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from pressroom.core.assets import NO_EDITS, Asset, Fit
from pressroom.core.errors import PressroomError, Refused, TimeIsOver
from pressroom.core.post import Post, PostKind, When
from pressroom.core.post_options import POST_OPTIONS, fields_of
from pressroom.core.remedies import Remedy, RemedyKind
from pressroom.core.when import day_of, is_next_slot, parse_when, repeated_hour, span_of
from pressroom.graph.limits import COUNT_LIMITS
from pressroom.service import PostKeywords
from pressroom.serving.limits import body_of
from pressroom.web.posts.buttons import WAYS
from pressroom.web.posts.further import read_options
from pressroom.web.reader import Reader
from pressroom.web.site import PageRequest, Site

Due: TypeAlias = date | datetime | str
"""As posts take it: a moment, a day, or the words `open` and `next slot`."""

# A carousel's ten texts of 1,000 letters of three bytes, and a caption, with room.
_MOST_BYTES: Final = 262_144
_KEY_LETTERS: Final = 24
# How long ago a lost answer was asked for at most, and by how much the page's measure of it may be off.
_WAITED_S: Final = 3600
_OFF: Final = timedelta(seconds=30)


class SentFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file, in its place. key: of one that the post has, by `key_of`. upload: the id of one sent since."""

    key: str = ""
    upload: str = ""
    alt_text: str = ""


class SentTime(msgspec.Struct, frozen=True, kw_only=True):
    """When a post is to go out. text: as it was written, of a time or a day."""

    kind: Literal["time", "day", "open"]
    text: str = ""


class Mends(msgspec.Struct, frozen=True, kw_only=True):
    """How files are made to fit, as far as the page has fields for it; see `Edits` and `Fit`."""

    fit: Fit | None = None
    repeat: bool = False
    salvage: bool = False
    end_s: float | None = None


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A post as the page has it. version: that was seen; 0 for a new one. time: None where it stays.

    key: of a new one, by which the same sent again is the post that is there. mends: None where they stay.
    options: texts of the further options, by name; what is left out stays.
    waited_s: since it was sent first, where it is sent again since no answer came; in seconds.
    """

    version: int = 0
    key: UUID | None = None
    account: str = ""
    kind: PostKind = PostKind.PHOTO
    files: tuple[SentFile, ...] = ()
    caption: str = ""
    first_comment: str = ""
    time: SentTime | None = None
    mends: Mends | None = None
    options: dict[str, str] = {}
    waited_s: float = 0.0


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How much a text has of what Instagram limits."""

    rule: str
    words: str
    count: int
    most: int


_SENT: Final = msgspec.json.Decoder(Sent)


async def read_sent(request: PageRequest) -> Sent:
    """Read what the page sends. Raises Refused for anything else."""
    body = await body_of(request.http, _MOST_BYTES)
    try:
        return _SENT.decode(body or b"")
    except msgspec.MsgspecError:
        raise Refused(
            "What the page sent cannot be read.",
            rule="draft",
            value=f"{len(body):,} bytes" if body is not None else "more",
            limit=f"a draft of at most {_MOST_BYTES:,} bytes",
            fix="Shorten its texts, or open the page anew.",
        ) from None


def counts_of(caption: str, first_comment: str) -> tuple[Count, ...]:
    """Count what Instagram limits in a caption, as it is counted where a post is checked."""
    return tuple(
        Count(
            rule=limit.rule,
            words=limit.words,
            count=limit.count(caption) + (limit.count(first_comment) if limit.with_comment else 0),
            most=limit.most,
        )
        for limit in COUNT_LIMITS
        if limit.parameter == "caption"
    )


def options_of(sent: Sent, post: Post | None) -> PostKeywords:
    """Return the options of what was sent; those that its kind cannot carry are empty.

    post: whose edits stay where the page has no field for them.
    """
    carried = {option.name for option in POST_OPTIONS if sent.kind in option.kinds}
    alt_texts = tuple(file.alt_text.strip() for file in sent.files)
    options: PostKeywords = {
        "caption": (sent.caption or None) if "caption" in carried else None,
        "first_comment": (sent.first_comment.strip() or None) if "first_comment" in carried else None,
        "alt_texts": alt_texts if "alt_texts" in carried and any(alt_texts) else (),
    }
    if mends := sent.mends:
        edits = post.options.edits if post else NO_EDITS
        # Only of a post of one file a part can be kept.
        start_s, end_s = (edits.start_s, mends.end_s) if len(sent.files) == 1 else (None, None)
        edits = replace(edits, repeat=mends.repeat, salvage=mends.salvage, start_s=start_s, end_s=end_s)
        options |= {"fit": mends.fit, "edits": NO_EDITS if sent.kind is PostKind.PHOTO else edits}
    values = read_options(sent.options, sent.kind)
    if len(sent.files) != 1:
        values.pop("start_s", None)
    edits = options.get("edits") or (post.options.edits if post else NO_EDITS)
    further: Any = fields_of(values, edits)
    return options | further


# The fields of the page that do what a remedy says, and what only another face does.
_FIELDS: Final[Mapping[RemedyKind, str]] = {
    RemedyKind.CUT_CLIP: "“End at” {end_s} s",
    RemedyKind.PUBLISH_AS: "“Shown as: {kind}”",
    RemedyKind.REPEAT_CLIP: "“Play again”",
    RemedyKind.SALVAGE_CLIP: "“Use what is left”",
    RemedyKind.SET_FIT: "“Fit: {fit}”",
    RemedyKind.SET_TARGET: "the target {target} (on the command line)",
}


def in_fields(site: Site, error: PressroomError) -> tuple[str, str]:
    """Return what happened and what to do about it, by the fields of the page or a button of the post's."""

    def worded(remedy: Remedy) -> str:
        if words := _FIELDS.get(remedy.kind):
            return words.format_map({name: text.capitalize() for name, text in remedy.arguments.items()})
        way = WAYS.get(remedy.kind)
        return f"“{way.label}”" if way else "on the command line"

    mask = site.pressroom.pages.mask
    over = "Choose a later time, now, or a free slot." if isinstance(error, TimeIsOver) else ""
    return mask(error.message), over or mask(error.fix_by(worded))


def key_of(asset: Asset) -> str:
    """Name a file of a post for its pages, whatever its place: by what it is, and not where it lies."""
    return hashlib.sha256(f"{asset.source}\n{asset.copy}".encode(errors="replace")).hexdigest()[:_KEY_LETTERS]


async def files_of(site: Site, sent: Sent, post: Post | None) -> Sequence[Asset]:
    """Return the files that were sent, in their order.

    Raises NotFound for an upload that is not there, Refused for a file that the post has not.
    """
    kept = {key_of(asset): asset for asset in (post.assets if post else ())}
    files = list[Asset]()
    for file in sent.files:
        if not file.upload and file.key not in kept:
            raise Refused(
                "A file of this page is not in the post any more.",
                rule="files",
                value=file.key[:_KEY_LETTERS],
                limit="files that the post has, and new ones",
                fix="Take the post as it is now, or add the file again.",
            )
        files.append(await site.pressroom.uploads.asset(file.upload) if file.upload else kept[file.key])
    return files


def due_of(time: SentTime, reader: Reader, now: datetime, post: Post | None = None) -> Due:
    """Read a time on the reader's clock; no text is no time yet. Raises Refused for what cannot be read.

    post: that has the time now; as the page showed that it stays the same.
    """
    # The page has neither its seconds, nor which of an hour that comes twice.
    if post and post.when is When.TIME and post.due_at and time == time_of(post, reader):
        return post.due_at
    text = time.text.strip()
    if time.kind == "open" or not text:
        return When.OPEN
    if time.kind == "day":
        return day_of(text, now=now, zone=reader.zone)
    return text if is_next_slot(text) else parse_when(text, now=now, zone=reader.zone)


def due_in_words(due: Due, reader: Reader, now: datetime, zone: str) -> str:
    """Say what a time means: on the reader's clock, in the zone of the account, and how far off it is."""
    if isinstance(due, datetime):
        local, there = due.astimezone(reader.zone), due.astimezone(ZoneInfo(zone))
        parts = [f"{local:%A} {local.day} {local:%B %Y, %H:%M}", f"in {reader.zone.key}"]
        if there.utcoffset() != local.utcoffset():
            parts.append(f"· {there:%A, %H:%M} in {zone}")
        seconds = (due - now).total_seconds()
        parts.append(f"· in {span_of(seconds)}" if seconds >= 0 else f"· over since {span_of(-seconds)}")
        twice = repeated_hour(due, reader.zone.key)
        return " ".join([*parts, *([f"· {twice}"] if twice else [])])
    if isinstance(due, date):
        return f"{due:%A} {due.day} {due:%B %Y}, no time yet"
    return "The next free slot of the account" if due != When.OPEN else "No day and no time yet"


def has_time(due: Due | None) -> TypeGuard[datetime | str]:
    """Tell whether a post can be let go at it: it is a moment, or the next free slot."""
    return isinstance(due, datetime) or (isinstance(due, str) and due != When.OPEN)


def time_of(post: Post, reader: Reader) -> SentTime:
    """Return the time of a post as its fields have it, on the reader's clock."""
    if post.when is When.DAY and post.day:
        return SentTime(kind="day", text=post.day.isoformat())
    if post.when is When.TIME and post.due_at:
        return SentTime(kind="time", text=f"{reader.local(post.due_at):%Y-%m-%d %H:%M}")
    return SentTime(kind="open")


def as_carried_out(
    sent: Sent, reader: Reader, now: datetime, post: Post, given_at: datetime | None = None
) -> Sent:
    """Return what was sent, with the post's own time where that was given by the same, sent before.

    Words such as `+2h` count from when they were sent first, and would now mean another time. given_at: when
    the post got its time, where that may be a slot that was asked for.
    """
    if not sent.time or not 0 < sent.waited_s <= _WAITED_S or post.when is not When.TIME:
        return sent
    first_at = now - timedelta(seconds=sent.waited_s)
    try:
        due = due_of(sent.time, reader, first_at)
    except Refused:  # which is said where it is read as of now
        return sent
    # Which slot it was, nothing but the moment tells.
    pair = (post.due_at, due) if isinstance(due, datetime) else (given_at, first_at)
    is_so = has_time(due) and pair[0] and abs(pair[0] - pair[1]) <= _OFF
    return msgspec.structs.replace(sent, time=time_of(post, reader)) if is_so else sent


def time_asked(text: str, reader: Reader, now: datetime) -> SentTime:
    """Return the time that an address asks for: a moment on the reader's clock, anything else as it is.

    Of an hour that comes twice the moment stays as it is, too: the clock does not say which of both.
    """
    time = SentTime(kind="time", text=text)
    try:
        due = due_of(time, reader, now)
    except Refused:
        return time
    if not isinstance(due, datetime) or repeated_hour(due, reader.zone.key):
        return time
    return SentTime(kind="time", text=f"{reader.local(due):%Y-%m-%d %H:%M}")


def is_due_so(post: Post, due: Due) -> bool:
    """Tell whether a post has a time already."""
    if isinstance(due, datetime):
        return post.when is When.TIME and post.due_at == due
    if isinstance(due, date):
        return post.when is When.DAY and post.day == due
    return due == When.OPEN and post.when is When.OPEN
