"""A media's numbers at an age, from the readings near it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from pressroom.core.readings import KeptMedia, Number, Numbers, Reading
from pressroom.insights.derive import engagement_rate

# Readings count for an age within a quarter of it. docs/decisions/0022
NEAR: Final = 0.25
_INTERACTIONS: Final = ("likes", "comments", "saved", "shares")


class AgedNumbers(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A media's numbers at an age.

    ages_s: of the readings they come from: one, or one on each side, between which they are interpolated.
    """

    media: KeptMedia
    age_s: int
    numbers: Numbers
    ages_s: tuple[int, ...]

    @property
    def rate(self) -> "Rate | None":
        """The engagement rate at this age; None without reach, or without any part."""
        return rate_of(self.numbers)


@dataclass(frozen=True, slots=True)
class Rate:
    """(likes + comments + saved + shares) / people reached, in percent.

    by: the metric that counts the people. without: parts that Instagram did not give, which are left out, so
    that the rate is no measure beside one with all of them.
    """

    percent: float
    by: str
    without: tuple[str, ...] = ()


def rate_of(numbers: Numbers) -> Rate | None:
    """Return the engagement rate by reach, or by viewers where Instagram gives those in its place."""
    for name in ("reach", "viewers"):
        if people := numbers.get(name):
            percent = engagement_rate({**numbers, "reach": people})
            without = tuple(part for part in _INTERACTIONS if part not in numbers)
            return None if percent is None else Rate(percent, name, without)
    return None


def numbers_at(media: KeptMedia, readings: Sequence[Reading], age_s: int) -> AgedNumbers | None:
    """Return a media's numbers at an age, interpolated between the nearest readings on both sides of it.

    With a reading on one side alone its numbers stand as they are. None without a reading within a quarter
    of the age. readings: of this media.
    """
    near = [one for one in readings if abs(one.age_s - age_s) <= NEAR * age_s]
    if len(near) == 1:
        return _as_it_is(media, age_s, near[0])
    before = max((one for one in near if one.age_s <= age_s), key=_age, default=None)
    after = min((one for one in near if one.age_s >= age_s), key=_age, default=None)
    if before is None or after is None or before.age_s == after.age_s:
        found = before or after
        return found and _as_it_is(media, age_s, found)
    # A metric that one of the two lacks has no number between them.
    names = [name for name in before.numbers if name in after.numbers]
    numbers = {name: _between(before, after, name, age_s) for name in names}
    return AgedNumbers(media=media, age_s=age_s, numbers=numbers, ages_s=(before.age_s, after.age_s))


def _as_it_is(media: KeptMedia, age_s: int, reading: Reading) -> AgedNumbers:
    return AgedNumbers(media=media, age_s=age_s, numbers=reading.numbers, ages_s=(reading.age_s,))


def _age(reading: Reading) -> int:
    return reading.age_s


def _between(before: Reading, after: Reading, name: str, age_s: int) -> Number:
    # Along the logarithm of the age: numbers rise steeply at first.
    start, end = math.log(before.age_s), math.log(after.age_s)
    share = (math.log(age_s) - start) / (end - start)
    low, high = before.numbers[name], after.numbers[name]
    value = low + share * (high - low)
    return round(value) if isinstance(low, int) and isinstance(high, int) else value
