"""The layout `native`: what is kept, as it is kept. Ids are text, moments UTC, what is missing NULL.

A reading is one line with a column for each metric that `graph.metrics` knows. What has no column, a metric
that came later or a fraction where whole numbers are counted, is in the JSON of `other`: nothing is lost.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
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
from pressroom.insights.export.pages import pages
from pressroom.insights.export.tables import Cell, Chunk, Kind, Layout, Line, Table, Wanted, table

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


def reading_line(account: str, one: Reading) -> Line:
    """Return the line of a reading."""
    numbers, other = dict(one.numbers), dict[str, Number]()
    for name in [name for name, number in numbers.items() if not _has_column(name, number)]:
        other[name] = numbers.pop(name)
    told = (account, one.media_id, one.age_s, one.read_at, one.planned_age_s, one.version)
    return (*told, *map(numbers.get, _METRICS), other or None)


def _has_column(name: str, number: Number) -> bool:
    kind = _METRICS.get(name)
    return kind is Kind.NUMBER or (kind is Kind.WHOLE and number == int(number))


def part_lines(account: str, one: Reading) -> Iterator[Line]:
    """Yield the lines of a reading's breakdowns."""
    for metric, parts in one.parts.items():
        for part, number in parts.items():
            yield account, one.media_id, one.age_s, metric, part, number


def missed_line(account: str, one: MissedReading) -> Line:
    """Return the line of a reading that was missed."""
    return account, one.media_id, one.planned_age_s, one.why.value, one.text, one.noted_at


def day_line(account: str, one: AccountDay) -> Line:
    """Return the line of a day's metric."""
    return account, one.metric, one.ends_at, one.number, one.read_at


def day_part_lines(account: str, one: AccountDay) -> Iterator[Line]:
    """Yield the lines of a day's breakdowns."""
    for breakdown, parts in one.parts.items():
        for part, number in parts.items():
            yield account, one.metric, one.ends_at, breakdown, part, number


def audience_lines(account: str, one: AudienceReading) -> Iterator[Line]:
    """Yield the lines of an audience."""
    for part, number in one.parts.items():
        yield account, one.metric, one.breakdown, one.read_at, part, number


def follower_line(account: str, one: AccountReading) -> Line:
    """Return the line of an account's own numbers."""
    counts = (one.followers_count, one.follows_count, one.media_count)
    return account, one.read_at, *counts, one.username, one.name, one.website


def media_line(account: str, one: KeptMedia) -> Line:
    """Return the line of a media."""
    told = (account, one.id, one.product_type, one.media_type, one.published_at, one.caption)
    found = (one.permalink, one.shortcode, one.found_at, one.vanished_at, one.predates_account)
    earlier: list[Cell] = [msgspec.to_builtins(caption) for caption in one.earlier_captions]
    return *told, *found, list(one.refused) or None, earlier or None


_Lines = Callable[[str, Any], Iterator[Line]]


def _one(make: Callable[[str, Any], Line]) -> _Lines:
    def lines(account: str, value: object) -> Iterator[Line]:
        yield make(account, value)

    return lines


class _Source(NamedTuple):
    """A kind that is kept, and the tables that its values have lines in. whole: `since` does not limit it."""

    kind: type[Any]
    tables: Mapping[Table, _Lines]
    is_whole: bool = False


# Media come last, and all of them: each media that a reading names is there, also one found meanwhile.
_SOURCES: Final = (
    _Source(Reading, {READINGS: _one(reading_line), PARTS: part_lines}),
    _Source(MissedReading, {MISSED: _one(missed_line)}),
    _Source(AccountDay, {DAYS: _one(day_line), DAY_PARTS: day_part_lines}),
    _Source(AudienceReading, {AUDIENCE: audience_lines}),
    _Source(AccountReading, {FOLLOWERS: _one(follower_line)}),
    _Source(KeptMedia, {MEDIA: _one(media_line)}, is_whole=True),
)


def chunks(readings: "SqlReadings", wanted: Wanted) -> Iterator[Chunk]:
    """Stream the tables of all accounts."""
    for source in _SOURCES:
        tables = {one: lines for one, lines in source.tables.items() if one.name in wanted.tables}
        for account in wanted.accounts if tables else ():
            since = None if source.is_whole else wanted.since
            shown = shown_account(account)
            for page in pages(readings, account, source.kind, since):
                yield Chunk(len(page), {one.name: _all(shown, page, lines) for one, lines in tables.items()})


def _all(account: str, page: list[Any], lines: _Lines) -> list[Line]:
    of_account = partial(lines, account)
    return [line for value in page for line in of_account(value)]


NATIVE: Final = Layout(
    tables=(MEDIA, READINGS, PARTS, MISSED, DAYS, DAY_PARTS, AUDIENCE, FOLLOWERS), schema=None, chunks=chunks
)
