"""Tables of an export: their columns, and what their cells may hold. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

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
    JSON = "JSON"


Plain: TypeAlias = Mapping[str, object] | Sequence[object]
"""A JSON object or list."""
Cell: TypeAlias = str | int | float | bool | datetime | Plain | None
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
    return Table(name, tuple(Column(*one) for one in columns.items()))


class Chunk(NamedTuple):
    """Lines to be written. read: of how many kept values they are. lines: by the names of tables."""

    read: int
    lines: Mapping[str, Sequence[Line]]


class Wanted(NamedTuple):
    """What is exported. tables: the names of those that are. since: only what was read from then on."""

    accounts: Sequence[str]
    tables: frozenset[str]
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A set of tables. schema: the one that they have in a database; None for the usual one.

    chunks: streams them from what is kept, a page at a time.
    """

    tables: tuple[Table, ...]
    schema: str | None
    chunks: Callable[["SqlReadings", Wanted], Iterator[Chunk]]
