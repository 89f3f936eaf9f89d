"""Tables of an export: their columns, what cells hold, and how kept values are streamed into them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from pressroom.core.readings import KeptMedia, Reading, Streamed

if TYPE_CHECKING:
    from pressroom.store.insights.readings import SqlReadings


class Kind(StrEnum):
    """What a column holds, as DuckDB calls it. A missing value is NULL in each, never 0."""

    TEXT = "VARCHAR"
    WHOLE = "BIGINT"
    NUMBER = "DOUBLE"
    TRUTH = "BOOLEAN"
    MOMENT = "TIMESTAMPTZ"
    UTC = "TIMESTAMP"  # the same moment without a zone, where a consumer expects none
    DATE = "DATE"
    JSON = "JSON"


Plain: TypeAlias = Mapping[str, object] | Sequence[object]
"""A JSON object or list."""
Cell: TypeAlias = str | int | float | bool | date | datetime | Plain | None
Line: TypeAlias = tuple[Cell, ...]
"""The cells of a row, in the order of the table's columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Table:
    """A table of an export."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(column.name for column in self.columns)


def table(name: str, /, **columns: Kind) -> Table:
    """Declare a table."""
    return Table(name, tuple(Column(column, kind) for column, kind in columns.items()))


class Chunk(NamedTuple):
    """Lines to be written. read: of how many kept values they are. lines: by the names of tables."""

    read: int
    lines: Mapping[str, Sequence[Line]]


class Selection(NamedTuple):
    """What is exported at a moment. tables: the names of those that are. since: what was read from then on.

    names, zones: of the accounts that are signed in, by their ids.
    """

    accounts: Sequence[str]
    tables: frozenset[str]
    now: datetime
    since: datetime | None = None
    names: Mapping[str, str] = {}
    zones: Mapping[str, ZoneInfo] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A set of tables. schema: the one that they have in a database; None for the usual one.

    chunks: streams them from what is kept, a page at a time.
    """

    tables: tuple[Table, ...]
    schema: str | None
    chunks: Callable[["SqlReadings", Selection], Iterator[Chunk]]


PAGE: Final = 2000
"""The most values that are in memory at once."""


def pages(
    readings: "SqlReadings", account: str, kind: type[Streamed], since: datetime | None = None
) -> Iterator[list[Streamed]]:
    """Yield all values of a kind, in pages and in the order of their keys."""
    after: Streamed | None = None
    while page := readings.page(account, kind, after, PAGE, since=since):
        yield list(page)
        if len(page) < PAGE:
            return
        after = page[-1]


def each(
    readings: "SqlReadings", account: str, kind: type[Streamed], since: datetime | None = None
) -> Iterator[Streamed]:
    """Yield all values of a kind in the order of their keys."""
    for page in pages(readings, account, kind, since):
        yield from page


def with_readings(
    readings: "SqlReadings", account: str, since: datetime | None = None
) -> Iterator[tuple[KeptMedia, list[Reading]]]:
    """Yield all media in the order of their ids, each with its readings by age, if it has any."""
    # Both streams are in the order of media ids.
    groups = groupby(each(readings, account, Reading, since), key=lambda reading: reading.media_id)
    group = next(groups, None)
    for media in each(readings, account, KeptMedia):
        while group and group[0] < media.id:  # of a media that is not kept
            group = next(groups, None)
        if group and group[0] == media.id:
            yield media, list(group[1])
            group = next(groups, None)
        else:
            yield media, []
