"""The layout `fivetran`: the tables of Fivetran's connector, as dbt_instagram_business 1.2.1 reads them.

The connector keeps the state of each media at its last sync. So a media has one line, with the newest number
that is kept of each metric; `_fivetran_synced` is when it was last read. An account has a line for each day
on which its own numbers were read, of which dbt takes the newest. What we do not keep is NULL.
Source: https://github.com/fivetran/dbt_instagram_business, 1.2.1, macros/get_*_columns.sql.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from pressroom.core.readings import AccountReading, KeptMedia, Number
from pressroom.insights.export.tables import (
    Cell,
    Chunk,
    Kind,
    Layout,
    Line,
    Selection,
    Table,
    pages,
    table,
    with_readings,
)

if TYPE_CHECKING:
    from pressroom.store.insights.readings import SqlReadings

MEDIA_HISTORY: Final = table(
    "media_history",
    _fivetran_id=Kind.TEXT,
    _fivetran_synced=Kind.UTC,
    caption=Kind.TEXT,
    carousel_album_id=Kind.WHOLE,
    created_time=Kind.UTC,
    id=Kind.WHOLE,
    ig_id=Kind.WHOLE,
    is_comment_enabled=Kind.TRUTH,
    is_story=Kind.TRUTH,
    media_type=Kind.TEXT,
    media_url=Kind.TEXT,
    permalink=Kind.TEXT,
    shortcode=Kind.TEXT,
    thumbnail_url=Kind.TEXT,
    user_id=Kind.WHOLE,
    username=Kind.TEXT,
)
_COUNTS: Final = (
    "carousel_album_engagement",
    "carousel_album_reach",
    "carousel_album_saved",
    "carousel_album_shares",
    "carousel_album_views",
    "comment_count",
    "id",
    "like_count",
    "story_exits",
    "story_reach",
    "story_replies",
    "story_taps_back",
    "story_taps_forward",
    "story_shares",
    "story_views",
    "video_photo_engagement",
    "video_photo_reach",
    "video_photo_saved",
    "video_photo_shares",
    "video_photo_views",
    "reel_comments",
    "reel_likes",
    "reel_reach",
    "reel_shares",
    "reel_total_interactions",
    "reel_views",
    "carousel_album_impressions",
    "carousel_album_video_views",
    "story_impressions",
    "video_photo_impressions",
    "video_views",
    "reel_plays",
)
MEDIA_INSIGHTS: Final = table(
    "media_insights", _fivetran_id=Kind.TEXT, _fivetran_synced=Kind.UTC, **dict.fromkeys(_COUNTS, Kind.WHOLE)
)
USER_HISTORY: Final = table(
    "user_history",
    _fivetran_id=Kind.TEXT,
    _fivetran_synced=Kind.UTC,
    followers_count=Kind.WHOLE,
    follows_count=Kind.WHOLE,
    id=Kind.WHOLE,
    ig_id=Kind.WHOLE,
    media_count=Kind.WHOLE,
    name=Kind.TEXT,
    username=Kind.TEXT,
    website=Kind.TEXT,
)

_MEDIA: Final = 500
"""The most media in a chunk."""
# The columns of each group, with our names of their numbers; a part of a breakdown is `metric.part`.
_FEED: Final = {
    "engagement": "total_interactions",
    "reach": "reach",
    "saved": "saved",
    "shares": "shares",
    "views": "views",
    "impressions": "impressions",
}
_CAROUSEL: Final = {
    **{f"carousel_album_{column}": name for column, name in _FEED.items()},
    "carousel_album_video_views": "video_views",
}
_VIDEO_PHOTO: Final = {
    **{f"video_photo_{column}": name for column, name in _FEED.items()},
    "video_views": "video_views",
}
_REEL: Final = {
    "reel_comments": "comments",
    "reel_likes": "likes",
    "reel_reach": "reach",
    "reel_shares": "shares",
    "reel_total_interactions": "total_interactions",
    "reel_views": "views",
    "reel_plays": "plays",
}
_STORY: Final = {
    "story_exits": "navigation.tap_exit",
    "story_reach": "reach",
    "story_replies": "replies",
    "story_taps_back": "navigation.tap_back",
    "story_taps_forward": "navigation.tap_forward",
    "story_shares": "shares",
    "story_views": "views",
    "story_impressions": "impressions",
}
_OF_ANY: Final = {"comment_count": "comments", "like_count": "likes"}
# The webhook of a story's end still has names from before `navigation`.
_RENAMED: Final = {
    "exits": "navigation.tap_exit",
    "taps_back": "navigation.tap_back",
    "taps_forward": "navigation.tap_forward",
}


class _Seen(NamedTuple):
    """The newest numbers of a media, when it was last read, and how often."""

    read_at: datetime
    numbers: Mapping[str, Number]
    readings: int


def _lines_of(
    account: str, media: KeptMedia, seen: _Seen | None, username: str | None
) -> Iterator[tuple[str, Line]]:
    """Yield a media's lines by their tables: its state, and where it was read its numbers."""
    cells: dict[str, Cell] = {
        "_fivetran_id": _key(MEDIA_HISTORY, account, media.id),
        "_fivetran_synced": seen.read_at if seen else media.found_at,
        "caption": media.caption,
        "created_time": media.published_at,
        "id": _id_of(media),
        "is_story": media.product_type == "STORY",
        "media_type": media.media_type,
        "permalink": media.permalink,
        "shortcode": media.shortcode,
        "user_id": _user_id_of(account),
        "username": username,
    }
    yield MEDIA_HISTORY.name, tuple(map(cells.get, MEDIA_HISTORY.names))
    if seen is None:
        return
    # Of the groups of columns only that of its own kind is filled.
    match media.product_type, media.media_type:
        case "STORY", _:
            columns = _STORY
        case "REELS", _:
            columns = _REEL
        case _, "CAROUSEL_ALBUM":
            columns = _CAROUSEL
        case _:
            columns = _VIDEO_PHOTO
    counts: dict[str, Cell] = {"id": _id_of(media)}
    for column, name in {**_OF_ANY, **columns}.items():
        number = seen.numbers.get(name)
        counts[column] = None if number is None else int(number)
    head = (_key(MEDIA_INSIGHTS, account, media.id), seen.read_at)
    yield MEDIA_INSIGHTS.name, (*head, *(counts.get(name) for name in _COUNTS))


def _key(of: Table, *words: str) -> str:
    # The same for the same thing at every export, as the connector's is.
    return hashlib.sha256("\n".join((of.name, *words)).encode()).hexdigest()[:32]


def _id_of(media: KeptMedia) -> int | None:
    return int(media.id) if media.id.isdecimal() else None


def _user_id_of(account: str) -> int | None:
    """Return the user id of an account as a number; None for an account that has none yet."""
    user, _, _ = account.partition("@")
    return int(user) if user.isdecimal() else None


def _media_seen(
    readings: "SqlReadings", account: str, since: datetime | None
) -> Iterator[tuple[KeptMedia, _Seen | None]]:
    """Yield all media with their newest numbers; of a span those alone that were read or found in it."""
    for media, of_media in with_readings(readings, account, since):
        if of_media:
            # Readings come by age, so the newest number of each metric stands.
            numbers = dict[str, Number]()
            for reading in of_media:
                numbers |= {_RENAMED.get(name, name): number for name, number in reading.numbers.items()}
                for metric, parts in reading.parts.items():
                    numbers |= {f"{metric}.{part}": number for part, number in parts.items()}
            yield media, _Seen(max(reading.read_at for reading in of_media), numbers, len(of_media))
        elif since is None or media.found_at >= since:
            yield media, None


def _chunks(readings: "SqlReadings", selection: Selection) -> Iterator[Chunk]:
    """Stream the tables of all accounts."""
    for account in selection.accounts:
        username: str | None = None
        for page in pages(readings, account, AccountReading):
            username = next((own.username for own in reversed(page) if own.username), username)
            recent = [own for own in page if selection.since is None or own.read_at >= selection.since]
            lines = list[Line]()
            for own in recent:
                cells: dict[str, Cell] = {
                    "_fivetran_id": _key(USER_HISTORY, account),
                    "_fivetran_synced": own.read_at,
                    "followers_count": own.followers_count,
                    "follows_count": own.follows_count,
                    "id": _user_id_of(account),
                    "media_count": own.media_count,
                    "name": own.name,
                    "username": own.username,
                    "website": own.website,
                }
                lines.append(tuple(map(cells.get, USER_HISTORY.names)))
            yield _chunk(0, {USER_HISTORY.name: lines}, selection)
        # After the account's own lines, whose newest username each media needs.
        if selection.tables & {MEDIA_HISTORY.name, MEDIA_INSIGHTS.name}:
            media_seen = _media_seen(readings, account, selection.since)
            while some := list(islice(media_seen, _MEDIA)):
                by_table: dict[str, list[Line]] = {MEDIA_HISTORY.name: [], MEDIA_INSIGHTS.name: []}
                for name, line in (pair for row in some for pair in _lines_of(account, *row, username)):
                    by_table[name].append(line)
                read = sum(1 + (seen.readings if seen else 0) for _, seen in some)
                yield _chunk(read, by_table, selection)


def _chunk(read: int, lines: Mapping[str, Sequence[Line]], selection: Selection) -> Chunk:
    return Chunk(read, {name: of for name, of in lines.items() if name in selection.tables})


FIVETRAN: Final = Layout(
    # The schema that the package reads unless its variables name another.
    tables=(MEDIA_HISTORY, MEDIA_INSIGHTS, USER_HISTORY),
    schema="instagram_business",
    chunks=_chunks,
)
