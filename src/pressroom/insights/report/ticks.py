"""Where the axes of a picture have their labels, so that there are enough of them and none meets another.

Numbers are whole, and labels are dictionaries: a text for each place.
"""

import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from math import ceil, floor
from typing import Final, Protocol, TypeAlias

FONT_SIZE: Final = 13
"""Pixels, of every text in a picture."""
MOST: Final = 5
"""Labels of an axis."""
Labels: TypeAlias = dict[int, str]
_LEAST_FACTORS: Final = 3
_APART: Final = 8
_STEPS: Final = [digit * 10**power for power in range(16) for digit in (1, 2, 5)]
_DAY_STEPS: Final = (1, 2, 3, 7, 10, 14, 28, 42, 56)
_MONTH_STEPS: Final = (1, 2, 3, 4, 6, 12, 24, 36, 60, 120)
# Of so many days six at least are the first of a month.
_DAYS_WITH_MONTHS: Final = 200
_NARROW: Final = frozenset(" \u00a0\u202f.,:;'\u2019|!()[]-ijlftrI")
_WIDE: Final = frozenset("mwMW%@")


class Spelling(Protocol):
    """How a language writes numbers and days."""

    def number(self, amount: float, decimals: int = 0) -> str:
        """Write a number, its thousands apart."""
        ...

    def percent(self, amount: float, decimals: int = 0, *, is_signed: bool = False) -> str:
        """Write a percentage. amount: 12.0 is 12 %."""
        ...

    def short_day(self, day: date) -> str:
        """Write a day without its year."""
        ...

    def month(self, day: date) -> str:
        """Write the month of a day with its year."""
        ...


def text_width(text: str) -> float:
    """Return about how many pixels a text takes, by the widths of Helvetica, rather too many than too few."""
    ems = 0.0
    for letter in text:
        if unicodedata.east_asian_width(letter) in "WF":
            ems += 1
        elif letter in _NARROW:
            ems += 0.34
        else:
            ems += 0.85 if letter in _WIDE else 0.7 if letter.isupper() else 0.57
    return ems * FONT_SIZE


def even_ticks(low: float, high: float, most: int = MOST) -> list[int]:
    """Return the multiples of 1, 2, 5, 10 ... from low to high, as many as there may be at most."""
    for step in _STEPS:
        first, last = ceil(low / step), floor(high / step)
        if last - first < most:
            return [step * number for number in range(first, last + 1)]
    raise ValueError(f"numbers from {low} to {high} are no counts: at most {_STEPS[-1]:,} can be drawn")


def factor_steps(values: Sequence[float]) -> list[int]:
    """Return the steps 1, 2, 5, 10 ... from below all values to above them, for a logarithmic axis.

    There are at least three. The first is 0 where a value is.
    """
    positive = [value for value in values if value > 0] or [1]
    low = max(index for index, step in enumerate(_STEPS) if step <= max(1, min(positive)))
    high = min(index for index, step in enumerate(_STEPS) if step >= max(positive))
    # Equal values have a step below them and one above.
    low = max(0, low - (high - low < _LEAST_FACTORS - 1))
    high = max(high, low + _LEAST_FACTORS - 1)
    return [*([0] if min(values) <= 0 else []), *_STEPS[low : high + 1]]


def factor_labels(steps: Sequence[int], write: Callable[[int], str]) -> Labels:
    """Label each step, or each second, third ... where there are many: 3 to 5 labels."""
    return {step: write(step) for step in steps[:: ceil(len(steps) / MOST)]}


def labels_apart(low: float, high: float, room: float, write: Callable[[int], str]) -> Labels:
    """Return as many labels from low to high as stand apart on `room` pixels: at most 5, at least one."""
    labels = Labels()
    for most in range(MOST, 0, -1):
        labels = {tick: write(tick) for tick in even_ticks(low, high, most)}
        if _are_apart(labels, room / max(high - low, 1)):
            break
    return labels


def day_labels(
    first: date, count: int, room: float, short_day: Callable[[date], str], month: Callable[[date], str]
) -> Labels:
    """Return labels of some of `count` days, by their place from 0: 3 to 5 of them, as far as there are days.

    Of a long time the first days of months are labelled.
    """
    starts, steps, write = list(range(count)), _DAY_STEPS, short_day
    if count >= _DAYS_WITH_MONTHS:
        starts = [day for day in starts if (first + timedelta(days=day)).day == 1]
        steps, write = _MONTH_STEPS, month
    labels = Labels()
    for step in steps:
        labels = {day: write(first + timedelta(days=day)) for day in starts[::step]}
        if len(labels) <= MOST and _are_apart(labels, room / count):
            break
    return labels


def _are_apart(labels: Labels, scale: float) -> bool:
    """Whether labels do not meet. scale: pixels from 0 to 1."""
    places = list(labels)
    return all(
        (after - before) * scale >= (text_width(labels[before]) + text_width(labels[after])) / 2 + _APART
        for before, after in pairwise(places)
    )
