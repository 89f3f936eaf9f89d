"""What is usual among several posts: never a number without how many it is of."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pressroom.core.readings import Number

FEW: Final = 5
"""Fewer posts than these are shown, and marked: their median says little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Median and quartiles of n values. is_few: fewer than 5."""

    n: int
    median: Number
    quartiles: tuple[Number, Number]

    @property
    def is_few(self) -> bool:
        """Whether there are too few to say what is usual."""
        return self.n < FEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The place of a value among n others and itself: 1 is the highest, equal values share one."""

    place: int
    of: int

    @property
    def is_few(self) -> bool:
        """Whether there are too few to compare with."""
        return self.of < FEW


def spread_of(values: Sequence[Number]) -> Spread | None:
    """Return median and quartiles; None without a value."""
    if not values:
        return None
    if len(values) == 1:
        return Spread(n=1, median=values[0], quartiles=(values[0], values[0]))
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(n=len(values), median=statistics.median(values), quartiles=(low, high))


def standing_of(value: Number, others: Sequence[Number]) -> Standing:
    """Return the place of a value among others."""
    return Standing(place=1 + sum(other > value for other in others), of=len(others) + 1)
