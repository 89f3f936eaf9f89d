"""The layout `native`: what is kept, as it is kept. Ids are text, moments UTC, what is missing NULL.

A reading is one line with a column for each metric that `graph.metrics` knows. What has no column, a metric
that came later or a fraction where whole numbers are counted, is in the JSON of `other`: nothing is lost.
`at_ages` is computed from readings, by the rule of the questions; every other table holds what was read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from pressroom.core.readings import (
    AccountDay,
    AccountReading,
    AudienceReading,
    KeptMedia,
    MissedReading,
    Number,
    Numbers,
    Reading,
)
from pressroom.core.spelling import age
from pressroom.graph.metrics import AVERAGES, MEDIA_METRICS
from pressroom.insights.export.at_ages import numbers_at_ages
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
from pressroom.insights.questions.periods import day_of
from pressroom.insights.questions.posts import RATE, AgedNumbers, Basis, kind_of, value_of
from pressroom.insights.read import engagement_rate

if TYPE_CHECKING:
    from pressroom.store.insights.readings import SqlReadings

# Two bases may have an account of the same id: a sandbox does.
_ACCOUNT: Final = {"account_id": Kind.TEXT, "host": Kind.TEXT}
_METRICS: Final = {
    metric.name: Kind.NUMBER if metric.name in AVERAGES else Kind.WHOLE for metric in MEDIA_METRICS
}

READINGS: Final = table(
    "readings",
    **_ACCOUNT,
    media_id=Kind.TEXT,
    age_s=Kind.WHOLE,
    read_at=Kind.MOMENT,
    api_version=Kind.TEXT,
    **_METRICS,
    engagement_rate=Kind.NUMBER,
    other=Kind.JSON,
)
AT_AGES: Final = table(
    "at_ages",
    **_ACCOUNT,
    media_id=Kind.TEXT,
    kind=Kind.TEXT,
    published_at=Kind.MOMENT,
    published_day=Kind.DATE,
    age_s=Kind.WHOLE,
    age=Kind.TEXT,
    from_age_s=Kind.WHOLE,
    to_age_s=Kind.WHOLE,
    basis=Kind.TEXT,
    uncertainty_percent=Kind.NUMBER,
    **_METRICS,
    engagement_rate=Kind.NUMBER,
    other=Kind.JSON,
)
PARTS: Final = table(
    "reading_parts",
    **_ACCOUNT,
    media_id=Kind.TEXT,
    age_s=Kind.WHOLE,
    metric=Kind.TEXT,
    part=Kind.TEXT,
    number=Kind.NUMBER,
)
MISSED: Final = table(
    "missed_readings",
    **_ACCOUNT,
    media_id=Kind.TEXT,
    planned_age_s=Kind.WHOLE,
    why=Kind.TEXT,
    text=Kind.TEXT,
    noted_at=Kind.MOMENT,
)
DAYS: Final = table(
    "account_days",
    **_ACCOUNT,
    metric=Kind.TEXT,
    day=Kind.DATE,
    ends_at=Kind.MOMENT,
    number=Kind.NUMBER,
    read_at=Kind.MOMENT,
)
DAY_PARTS: Final = table(
    "account_day_parts",
    **_ACCOUNT,
    metric=Kind.TEXT,
    day=Kind.DATE,
    ends_at=Kind.MOMENT,
    breakdown=Kind.TEXT,
    part=Kind.TEXT,
    number=Kind.NUMBER,
)
AUDIENCE: Final = table(
    "audience",
    **_ACCOUNT,
    metric=Kind.TEXT,
    breakdown=Kind.TEXT,
    read_at=Kind.MOMENT,
    part=Kind.TEXT,
    number=Kind.NUMBER,
)
FOLLOWERS: Final = table(
    "followers",
    **_ACCOUNT,
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
    **_ACCOUNT,
    media_id=Kind.TEXT,
    product_type=Kind.TEXT,
    media_type=Kind.TEXT,
    published_at=Kind.MOMENT,
    published_day=Kind.DATE,
    caption=Kind.TEXT,
    permalink=Kind.TEXT,
    shortcode=Kind.TEXT,
    found_at=Kind.MOMENT,
    vanished_at=Kind.MOMENT,
    predates_account=Kind.TRUTH,
    refused_metrics=Kind.JSON,
    earlier_captions=Kind.JSON,
)


class _Owner(NamedTuple):
    """Whose a line is, and in which zone its days are."""

    cells: tuple[str, str | None]
    zone: ZoneInfo


def _cells_of(numbers: Numbers, rate: Number | None) -> Line:
    """Return a cell for each metric, the engagement rate, and what has no column."""
    of_columns, other = dict[str, Number](), dict[str, Number]()
    for name, number in numbers.items():
        # A fraction would lose its digits in a column of whole numbers, so it goes to `other`.
        kind = _METRICS.get(name)
        has_column = kind is Kind.NUMBER or (kind is Kind.WHOLE and number == int(number))
        (of_columns if has_column else other)[name] = number
    return *map(of_columns.get, _METRICS), rate, other or None


def _lines(owner: _Owner, value: object) -> Iterable[Line]:
    """Return the line of a kept value in the table that has a line for each."""
    account = owner.cells
    match value:
        case Reading():
            key = (*account, value.media_id, value.age_s)
            about = (value.read_at, value.version)
            yield *key, *about, *_cells_of(value.numbers, engagement_rate(value.numbers))
        case AgedNumbers():
            media, ages_s = value.media, (value.ages_s[0], value.ages_s[-1])
            published = (media.published_at, _published_day(owner, media))
            about = (media.id, kind_of(media), *published, value.age_s, age(value.age_s), *ages_s)
            basis = (value.basis.value, value.uncertainty_percent)
            # A correction leaves out what it is not sure of, and a rate without that would be too low.
            is_corrected = value.basis is Basis.CORRECTED
            rate = value_of(value, RATE) if is_corrected else engagement_rate(value.numbers)
            yield *account, *about, *basis, *_cells_of(value.numbers, rate)
        case MissedReading():
            key = (*account, value.media_id, value.planned_age_s)
            yield *key, value.why.value, value.text, value.noted_at
        case AccountDay():
            key = (*account, value.metric, day_of(value.ends_at), value.ends_at)
            yield *key, value.number, value.read_at
        case AccountReading():
            counts = (value.followers_count, value.follows_count, value.media_count)
            yield *account, value.read_at, *counts, value.username, value.name, value.website
        case KeptMedia():
            published = (value.published_at, _published_day(owner, value))
            shown = (*published, value.caption, value.permalink, value.shortcode)
            kept = (value.found_at, value.vanished_at, value.predates_account, list(value.refused) or None)
            captions: list[Cell] = [msgspec.to_builtins(caption) for caption in value.earlier_captions]
            yield *account, value.id, value.product_type, value.media_type, *shown, *kept, captions or None
        case _:
            raise TypeError(value)


def _part_lines(owner: _Owner, value: object) -> Iterable[Line]:
    """Return a line for each part of a kept value's numbers."""
    account = owner.cells
    match value:
        case Reading():
            for metric, parts in value.parts.items():
                for part, number in parts.items():
                    yield *account, value.media_id, value.age_s, metric, part, number
        case AccountDay():
            key = (*account, value.metric, day_of(value.ends_at), value.ends_at)
            for breakdown, parts in value.parts.items():
                for part, number in parts.items():
                    yield *key, breakdown, part, number
        case AudienceReading():
            for part, number in value.parts.items():
                yield *account, value.metric, value.breakdown, value.read_at, part, number
        case _:
            raise TypeError(value)


def _published_day(owner: _Owner, media: KeptMedia) -> date:
    return media.published_at.astimezone(owner.zone).date()


_Lines = Callable[[_Owner, Any], Iterable[Line]]


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


_UTC: Final = ZoneInfo("UTC")


def _chunks(readings: "SqlReadings", selection: Selection) -> Iterator[Chunk]:
    """Stream the tables of all accounts."""
    owners = dict[str, _Owner]()
    for account in selection.accounts:
        user, _, host = account.partition("@")
        owners[account] = _Owner((user, host or None), selection.zones.get(account, _UTC))
    for source in _SOURCES:
        tables = {to: lines for to, lines in source.tables.items() if to.name in selection.tables}
        for account, owner in owners.items() if tables else ():
            since = None if source.is_whole else selection.since
            for page in pages(readings, account, source.kind, since):
                lines_of = {
                    to.name: [line for value in page for line in lines(owner, value)]
                    for to, lines in tables.items()
                }
                yield Chunk(len(page), lines_of)
    for account, owner in owners.items() if AT_AGES.name in selection.tables else ():
        for read, aged in numbers_at_ages(readings, account, selection.now, selection.since):
            yield Chunk(read, {AT_AGES.name: [line for numbers in aged for line in _lines(owner, numbers)]})


NATIVE: Final = Layout(
    tables=(MEDIA, AT_AGES, READINGS, PARTS, MISSED, DAYS, DAY_PARTS, AUDIENCE, FOLLOWERS),
    schema=None,
    chunks=_chunks,
)


def for_people(layout: Layout) -> Layout:
    """Return the layout for Excel, which knows no zones: times are in UTC, as the names of their columns say.

    Names of accounts stand beside their ids, empty for one that is signed out.
    """

    def with_name(of: Table) -> Table:
        first, *others = of.columns
        shown = [
            Column(f"{column.name} (UTC)", Kind.UTC) if column.kind is Kind.MOMENT else column
            for column in others
        ]
        return replace(of, columns=(first, Column("account", Kind.TEXT), *shown))

    def chunks(readings: "SqlReadings", selection: Selection) -> Iterator[Chunk]:
        for chunk in layout.chunks(readings, selection):
            lines_of = {
                table: [(line[0], selection.names.get(f"{line[0]}@{line[1]}"), *line[1:]) for line in lines]
                for table, lines in chunk.lines.items()
            }
            yield Chunk(chunk.read, lines_of)

    return replace(layout, tables=tuple(map(with_name, layout.tables)), chunks=chunks)
