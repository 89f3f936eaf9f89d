"""The layout `native`: what is kept, as it is kept. Ids are text, moments UTC, what is missing NULL.

A reading is one line with a column for each metric that `graph.metrics` knows. What has no column, a metric
that came later or a fraction where whole numbers are counted, is in the JSON of `other`: nothing is lost.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from pressroom.core.account import shown_account
from pressroom.core.readings import (
    AccountDay,
    AccountReading,
    AudienceReading,
    KeptMedia,
    MissedReading,
    Number,
    Reading,
)
from pressroom.graph.metrics import MEDIA_METRICS
from pressroom.insights.export.tables import Cell, Chunk, Kind, Layout, Line, Selection, Table, pages, table

if TYPE_CHECKING:
    from pressroom.store.insights.readings import SqlReadings

_FRACTIONS: Final = frozenset({"reels_skip_rate", "ig_reels_avg_watch_time"})
"""Metrics that are no counts."""
_METRICS: Final = {
    metric.name: Kind.NUMBER if metric.name in _FRACTIONS else Kind.WHOLE for metric in MEDIA_METRICS
}

READINGS: Final = table(
    "readings",
    account_id=Kind.TEXT,
    media_id=Kind.TEXT,
    age_s=Kind.WHOLE,
    read_at=Kind.MOMENT,
    planned_age_s=Kind.WHOLE,
    api_version=Kind.TEXT,
    **_METRICS,
    other=Kind.JSON,
)
PARTS: Final = table(
    "reading_parts",
    account_id=Kind.TEXT,
    media_id=Kind.TEXT,
    age_s=Kind.WHOLE,
    metric=Kind.TEXT,
    part=Kind.TEXT,
    number=Kind.NUMBER,
)
MISSED: Final = table(
    "missed_readings",
    account_id=Kind.TEXT,
    media_id=Kind.TEXT,
    planned_age_s=Kind.WHOLE,
    why=Kind.TEXT,
    text=Kind.TEXT,
    noted_at=Kind.MOMENT,
)
DAYS: Final = table(
    "account_days",
    account_id=Kind.TEXT,
    metric=Kind.TEXT,
    ends_at=Kind.MOMENT,
    number=Kind.NUMBER,
    read_at=Kind.MOMENT,
)
DAY_PARTS: Final = table(
    "account_day_parts",
    account_id=Kind.TEXT,
    metric=Kind.TEXT,
    ends_at=Kind.MOMENT,
    breakdown=Kind.TEXT,
    part=Kind.TEXT,
    number=Kind.NUMBER,
)
AUDIENCE: Final = table(
    "audience",
    account_id=Kind.TEXT,
    metric=Kind.TEXT,
    breakdown=Kind.TEXT,
    read_at=Kind.MOMENT,
    part=Kind.TEXT,
    number=Kind.NUMBER,
)
FOLLOWERS: Final = table(
    "followers",
    account_id=Kind.TEXT,
    read_at=Kind.MOMENT,
    followers_count=Kind.WHOLE,
    follows_count=Kind.WHOLE,
    media_count=Kind.WHOLE,
    username=Kind.TEXT,
    name=Kind.TEXT,
    website=Kind.TEXT,
)
MEDIA: Final = table(
    "media",
    account_id=Kind.TEXT,
    media_id=Kind.TEXT,
    product_type=Kind.TEXT,
    media_type=Kind.TEXT,
    published_at=Kind.MOMENT,
    caption=Kind.TEXT,
    permalink=Kind.TEXT,
    shortcode=Kind.TEXT,
    found_at=Kind.MOMENT,
    vanished_at=Kind.MOMENT,
    predates_account=Kind.TRUTH,
    refused_metrics=Kind.JSON,
    earlier_captions=Kind.JSON,
)


def _reading_lines(account: str, reading: Reading) -> Iterable[Line]:
    numbers, other = dict(reading.numbers), dict[str, Number]()
    for name in [name for name, number in numbers.items() if not _has_column(name, number)]:
        other[name] = numbers.pop(name)
    key = (account, reading.media_id, reading.age_s)
    about = (reading.read_at, reading.planned_age_s, reading.version)
    return [(*key, *about, *map(numbers.get, _METRICS), other or None)]


def _has_column(name: str, number: Number) -> bool:
    # A fraction would lose its digits in a column of whole numbers, so it goes to `other`.
    kind = _METRICS.get(name)
    return kind is Kind.NUMBER or (kind is Kind.WHOLE and number == int(number))


def _reading_part_lines(account: str, reading: Reading) -> Iterable[Line]:
    for metric, parts in reading.parts.items():
        for part, number in parts.items():
            yield account, reading.media_id, reading.age_s, metric, part, number


def _missed_lines(account: str, missed: MissedReading) -> Iterable[Line]:
    key = (account, missed.media_id, missed.planned_age_s)
    return [(*key, missed.why.value, missed.text, missed.noted_at)]


def _day_lines(account: str, day: AccountDay) -> Iterable[Line]:
    return [(account, day.metric, day.ends_at, day.number, day.read_at)]


def _day_part_lines(account: str, day: AccountDay) -> Iterable[Line]:
    for breakdown, parts in day.parts.items():
        for part, number in parts.items():
            yield account, day.metric, day.ends_at, breakdown, part, number


def _audience_lines(account: str, audience: AudienceReading) -> Iterable[Line]:
    for part, number in audience.parts.items():
        yield account, audience.metric, audience.breakdown, audience.read_at, part, number


def _follower_lines(account: str, own: AccountReading) -> Iterable[Line]:
    counts = (own.followers_count, own.follows_count, own.media_count)
    return [(account, own.read_at, *counts, own.username, own.name, own.website)]


def _media_lines(account: str, media: KeptMedia) -> Iterable[Line]:
    kind = (media.product_type, media.media_type)
    shown = (media.published_at, media.caption, media.permalink, media.shortcode)
    kept = (media.found_at, media.vanished_at, media.predates_account, list(media.refused) or None)
    captions: list[Cell] = [msgspec.to_builtins(caption) for caption in media.earlier_captions]
    return [(account, media.id, *kind, *shown, *kept, captions or None)]


_Lines = Callable[[str, Any], Iterable[Line]]


class _Source(NamedTuple):
    """A kind of kept value, and the tables with lines of it. is_whole: `since` does not limit it."""

    kind: type[Any]
    tables: Mapping[Table, _Lines]
    is_whole: bool = False


# Media come last, and all of them, so that each media that a reading names is there, also one found
# meanwhile.
_SOURCES: Final = (
    _Source(Reading, {READINGS: _reading_lines, PARTS: _reading_part_lines}),
    _Source(MissedReading, {MISSED: _missed_lines}),
    _Source(AccountDay, {DAYS: _day_lines, DAY_PARTS: _day_part_lines}),
    _Source(AudienceReading, {AUDIENCE: _audience_lines}),
    _Source(AccountReading, {FOLLOWERS: _follower_lines}),
    _Source(KeptMedia, {MEDIA: _media_lines}, is_whole=True),
)


def _chunks(readings: "SqlReadings", selection: Selection) -> Iterator[Chunk]:
    """Stream the tables of all accounts."""
    for source in _SOURCES:
        tables = {to: lines for to, lines in source.tables.items() if to.name in selection.tables}
        for account in selection.accounts if tables else ():
            since = None if source.is_whole else selection.since
            shown = shown_account(account)
            for page in pages(readings, account, source.kind, since):
                lines_of = {
                    to.name: [line for value in page for line in lines(shown, value)]
                    for to, lines in tables.items()
                }
                yield Chunk(len(page), lines_of)


NATIVE: Final = Layout(
    tables=(MEDIA, READINGS, PARTS, MISSED, DAYS, DAY_PARTS, AUDIENCE, FOLLOWERS), schema=None, chunks=_chunks
)
