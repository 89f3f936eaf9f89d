"""The layout `fivetran`: the tables of Fivetran's connector, as dbt_instagram_business 1.2.1 reads them.

The connector keeps the state of each media at its last sync. So a media has one line, with the newest number
that is kept of each metric; `_fivetran_synced` is when it was last read. An account has a line for each day
on which its own numbers were read, of which dbt takes the newest. What we do not keep is NULL.
Source: https://github.com/fivetran/dbt_instagram_business, 1.2.1, macros/get_*_columns.sql.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import TYPE_CHECKING, Final, NamedTuple

from pressroom.core.readings import AccountReading, KeptMedia, Number, Reading
from pressroom.insights.export.pages import each, pages, user_id_of
from pressroom.insights.export.tables import Cell, Chunk, Kind, Layout, Line, Table, Wanted, table

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
# Columns of each group, by our names of the numbers; those of a breakdown as `metric.part`.
_CAROUSEL: Final = {
    "carousel_album_engagement": "total_interactions",
    "carousel_album_reach": "reach",
    "carousel_album_saved": "saved",
    "carousel_album_shares": "shares",
    "carousel_album_views": "views",
    "carousel_album_impressions": "impressions",
    "carousel_album_video_views": "video_views",
}
_VIDEO_PHOTO: Final = {
    "video_photo_engagement": "total_interactions",
    "video_photo_reach": "reach",
    "video_photo_saved": "saved",
    "video_photo_shares": "shares",
    "video_photo_views": "views",
    "video_photo_impressions": "impressions",
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
# What Instagram's webhook of a story's end calls them.
_RENAMED: Final = {
    "exits": "navigation.tap_exit",
    "taps_back": "navigation.tap_back",
    "taps_forward": "navigation.tap_forward",
}


class Seen(NamedTuple):
    """The newest numbers of a media, when it was last read, and how often."""

    read_at: datetime
    numbers: Mapping[str, Number]
    readings: int


def seen_in(readings: Iterable[Reading]) -> Seen:
    """Take the newest number of each metric. readings: of one media, by age; at least one."""
    numbers, times = dict[str, Number](), list[datetime]()
    for one in readings:
        numbers.update({_RENAMED.get(name, name): number for name, number in one.numbers.items()})
        for metric, parts in one.parts.items():
            numbers.update({f"{metric}.{part}": number for part, number in parts.items()})
        times.append(one.read_at)
    return Seen(max(times), numbers, len(times))


def _group_of(media: KeptMedia) -> Mapping[str, str]:
    """Return the columns that a media fills."""
    match media.product_type, media.media_type:
        case "STORY", _:
            return _STORY
        case "REELS", _:
            return _REEL
        case _, "CAROUSEL_ALBUM":
            return _CAROUSEL
        case _:
            return _VIDEO_PHOTO


def insights_line(account: str, media: KeptMedia, seen: Seen) -> Line:
    """Return a media's line of `media_insights`: of the groups of columns its own alone is filled."""
    names = {**_OF_ANY, **_group_of(media)}
    told = {name: _whole(seen.numbers.get(ours)) for name, ours in names.items()}
    cells: dict[str, Cell] = {**told, "id": _id(media)}
    head = (_key(MEDIA_INSIGHTS, account, media.id), seen.read_at)
    return *head, *(cells.get(name) for name in _COUNTS)


def _whole(number: Number | None) -> int | None:
    return None if number is None else int(number)


def _id(media: KeptMedia) -> int | None:
    return int(media.id) if media.id.isdecimal() else None


def media_line(account: str, media: KeptMedia, seen: Seen | None, username: str | None) -> Line:
    """Return a media's line of `media_history`."""
    cells: dict[str, Cell] = {
        "_fivetran_id": _key(MEDIA_HISTORY, account, media.id),
        "_fivetran_synced": seen.read_at if seen else media.found_at,
        "caption": media.caption,
        "created_time": media.published_at,
        "id": _id(media),
        "is_story": media.product_type == "STORY",
        "media_type": media.media_type,
        "permalink": media.permalink,
        "shortcode": media.shortcode,
        "user_id": user_id_of(account),
        "username": username,
    }
    return tuple(map(cells.get, MEDIA_HISTORY.names))


def user_line(account: str, one: AccountReading) -> Line:
    """Return the line of an account's own numbers."""
    cells: dict[str, Cell] = {
        "_fivetran_id": _key(USER_HISTORY, account),
        "_fivetran_synced": one.read_at,
        "followers_count": one.followers_count,
        "follows_count": one.follows_count,
        "id": user_id_of(account),
        "media_count": one.media_count,
        "name": one.name,
        "username": one.username,
        "website": one.website,
    }
    return tuple(map(cells.get, USER_HISTORY.names))


def _key(of: Table, *words: str) -> str:
    # The same for the same thing at every export, as the connector's is.
    return hashlib.sha256("\n".join((of.name, *words)).encode()).hexdigest()[:32]


class Found(NamedTuple):
    """A media with its newest numbers; None where there is no reading."""

    media: KeptMedia
    seen: Seen | None


def found_media(readings: "SqlReadings", account: str, since: datetime | None) -> Iterator[Found]:
    """Yield all media with their newest numbers; of a span those alone that were read or found in it."""
    # Both streams are in the order of media ids.
    groups = groupby(each(readings, account, Reading, since), key=lambda one: one.media_id)
    group = next(groups, None)
    for media in each(readings, account, KeptMedia):
        while group and group[0] < media.id:  # of a media that is not kept
            group = next(groups, None)
        if group and group[0] == media.id:
            yield Found(media, seen_in(group[1]))
            group = next(groups, None)
        elif since is None or media.found_at >= since:
            yield Found(media, None)


def chunks(readings: "SqlReadings", wanted: Wanted) -> Iterator[Chunk]:
    """Stream the tables of all accounts."""
    for account in wanted.accounts:
        username: str | None = None
        for page in pages(readings, account, AccountReading):
            username = next((one.username for one in reversed(page) if one.username), username)
            recent = [one for one in page if wanted.since is None or one.read_at >= wanted.since]
            lines = {USER_HISTORY.name: [user_line(account, one) for one in recent]}
            yield _chosen(0, lines, wanted)
        if wanted.tables & {MEDIA_HISTORY.name, MEDIA_INSIGHTS.name}:
            yield from _media_chunks(readings, account, wanted, username)


def _media_chunks(
    readings: "SqlReadings", account: str, wanted: Wanted, username: str | None
) -> Iterator[Chunk]:
    found = found_media(readings, account, wanted.since)
    while page := list(islice(found, _MEDIA)):
        history = [media_line(account, media, seen, username) for media, seen in page]
        insights = [insights_line(account, media, seen) for media, seen in page if seen]
        read = sum(1 + (seen.readings if seen else 0) for _, seen in page)
        yield _chosen(read, {MEDIA_HISTORY.name: history, MEDIA_INSIGHTS.name: insights}, wanted)


def _chosen(read: int, lines: Mapping[str, Sequence[Line]], wanted: Wanted) -> Chunk:
    return Chunk(read, {name: of for name, of in lines.items() if name in wanted.tables})


FIVETRAN: Final = Layout(
    # The schema that the package reads unless its variables name another.
    tables=(MEDIA_HISTORY, MEDIA_INSIGHTS, USER_HISTORY),
    schema="instagram_business",
    chunks=chunks,
)
