"""The columns of a table of posts."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, TypeAlias

from pressroom.core.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One post of a table, as it is spelled there."""

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
    copies: tuple[str, ...] = ()
    published_at: str = ""
    media_id: str = ""
    permalink: str = ""
    problem: str = ""
    etag: str = ""

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
LISTS: Final = ("sources", "alt_texts", "user_tags", "collaborators", "copies")
TEXTS: Final = ("caption", "first_comment")
"""Columns of what people publish, which is kept letter by letter."""
TOLD: Final = ("published_at", "media_id", "permalink", "problem")
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
    "caption": "The text.",
    "alt_texts": "A description of each file, one a line.",
    "first_comment": "A comment that is written below the post.",
    "cover": "Cover of a reel: a file or a URL.",
    "thumb_offset_ms": "Cover of a reel: the frame at so many milliseconds.",
    "share_to_feed": "true or false: a reel is shown in the feed, too.",
    "location_id": "Id of a place's Facebook Page.",
    "user_tags": "Who is tagged: NAME:X,Y; on clips NAME alone.",
    "collaborators": "Names of accounts that are asked to share the post.",
    "fit": "For a wrong shape: blur, pad, crop or keep.",
    "target": "What clips are made to: platform (the default) or house.",
    "quality": "Of a converted clip: normal (the default) or high.",
    "convert": "true: what a URL serves is made acceptable, too.",
    "start_s": "The clip from this second on.",
    "end_s": "The clip up to this second.",
    "loop": "true: a clip that is too short is repeated.",
    "loudness": "true: the sound is normalised.",
    "salvage": "true: what can be read of a damaged clip is used.",
    "idempotency_key": "Makes it safe to import the row again.",
    "copies": "Our copies of the files, each FILE=COPY; by an export.",
    "published_at": "When it was published; by an export, passed over.",
    "media_id": "Instagram's id of it; by an export, passed over.",
    "permalink": "Its address; by an export, passed over.",
    "problem": "Why it did not go out; by an export, passed over.",
    "etag": "Tells which cells were edited since; by an export.",
}
"""What each column holds, in a line."""

_BETWEEN: Final = re.compile(r"[\s_-]+")


def column_named(head: str) -> str:
    """Return the column that a head means, in whatever case, with spaces or dashes for underscores."""
    return _BETWEEN.sub("_", head.strip().lower()).strip("_")


def near(name: str) -> str | None:
    """Return the column that an unknown one is likely to mean."""
    return next(iter(difflib.get_close_matches(name, COLUMNS, n=1, cutoff=0.75)), None)
