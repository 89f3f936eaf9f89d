"""The layout `native`: what is kept, as it is kept. Ids are text, moments UTC, what is missing NULL.

A reading is one line with a column for each metric that `graph.metrics` knows. What has no column, a metric
that came later or a fraction where whole numbers are counted, is in the JSON of `other`: nothing is lost.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
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
from pressroom.insights.export.tables import (
    Cell,
    Chunk,
    Column,
    Kind,
    Layout,
    Line,
    Selection,
    Table,
    pages,
    table,
)

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


def _lines(account: str, value: object) -> Iterable[Line]:
    """Return the line of a kept value in the table that has a line for each."""
    match value:
        case Reading():
            numbers, other = dict[str, Number](), dict[str, Number]()
            for name, number in value.numbers.items():
                # A fraction would lose its digits in a column of whole numbers, so it goes to `other`.
                kind = _METRICS.get(name)
                has_column = kind is Kind.NUMBER or (kind is Kind.WHOLE and number == int(number))
                (numbers if has_column else other)[name] = number
            key = (account, value.media_id, value.age_s)
            about = (value.read_at, value.planned_age_s, value.version)
            yield *key, *about, *map(numbers.get, _METRICS), other or None
        case MissedReading():
            key = (account, value.media_id, value.planned_age_s)
            yield *key, value.why.value, value.text, value.noted_at
        case AccountDay():
            yield account, value.metric, value.ends_at, value.number, value.read_at
        case AccountReading():
            counts = (value.followers_count, value.follows_count, value.media_count)
            yield account, value.read_at, *counts, value.username, value.name, value.website
        case KeptMedia():
            shown = (value.published_at, value.caption, value.permalink, value.shortcode)
            kept = (value.found_at, value.vanished_at, value.predates_account, list(value.refused) or None)
            captions: list[Cell] = [msgspec.to_builtins(caption) for caption in value.earlier_captions]
            yield account, value.id, value.product_type, value.media_type, *shown, *kept, captions or None
        case _:
            raise TypeError(value)


def _part_lines(account: str, value: object) -> Iterable[Line]:
    """Return a line for each part of a kept value's numbers."""
    match value:
        case Reading():
            for metric, parts in value.parts.items():
                for part, number in parts.items():
                    yield account, value.media_id, value.age_s, metric, part, number
        case AccountDay():
            for breakdown, parts in value.parts.items():
                for part, number in parts.items():
                    yield account, value.metric, value.ends_at, breakdown, part, number
        case AudienceReading():
            for part, number in value.parts.items():
                yield account, value.metric, value.breakdown, value.read_at, part, number
        case _:
            raise TypeError(value)


_Lines = Callable[[str, Any], Iterable[Line]]


class _Source(NamedTuple):
    """A kind of kept value, and the tables with lines of it. is_whole: `since` does not limit it."""

    kind: type[Any]
    tables: Mapping[Table, _Lines]
    is_whole: bool = False


# Media come last, and all of them, so that each media that a reading names is there, also one found
# meanwhile.
_SOURCES: Final = (
    _Source(Reading, {READINGS: _lines, PARTS: _part_lines}),
    _Source(MissedReading, {MISSED: _lines}),
    _Source(AccountDay, {DAYS: _lines, DAY_PARTS: _part_lines}),
    _Source(AudienceReading, {AUDIENCE: _part_lines}),
    _Source(AccountReading, {FOLLOWERS: _lines}),
    _Source(KeptMedia, {MEDIA: _lines}, is_whole=True),
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


def native_for_excel(names: Mapping[str, str]) -> Layout:
    """Return the layout for people: with names of accounts beside their ids, and moments that Excel sorts.

    names: by the ids that the tables show; who is signed out has none.
    """

    def spell(cell: Cell) -> Cell:
        return f"{cell.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if isinstance(cell, datetime) else cell

    def with_name(account: Cell, *cells: Cell) -> Line:
        return account, names.get(str(account)), *map(spell, cells)

    def chunks(readings: "SqlReadings", selection: Selection) -> Iterator[Chunk]:
        for chunk in NATIVE.chunks(readings, selection):
            named = {table: [with_name(*line) for line in lines] for table, lines in chunk.lines.items()}
            yield Chunk(chunk.read, named)

    name = Column("account", Kind.TEXT)
    tables = tuple(replace(of, columns=(of.columns[0], name, *of.columns[1:])) for of in NATIVE.tables)
    return Layout(tables=tables, schema=NATIVE.schema, chunks=chunks)
