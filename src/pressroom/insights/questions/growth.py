"""Numbers at an age, from readings before and after it: interpolated, or corrected by how such posts grow.

`Growth` is taken from posts that were read just before the age and just after it. Where it has too few of
them, bounds hold that are so of any number that grows ever more slowly.
"""

import math
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pressroom.core.readings import Number, Numbers, Reading
from pressroom.graph.metrics import AVERAGES
from pressroom.insights.ages import MEDIA_AGES, STORY_AGES

NARROW: Final = 1.25
"""Between readings whose ages are no further apart any steady path does: they differ by some 0.3 %."""
MOST_UNCERTAIN: Final = 10.0
"""A number that may be further off than so many percent is left out."""
FEWEST: Final = 5
"""Fewer posts than these do not tell how a kind grows."""
MOST: Final = 60
"""So many posts of a kind are enough to tell."""
# A step of one is a tenth of these: smaller counts do not show how a number grows.
_LEAST_COUNT: Final = 10
# The ages about which posts are read, and how far apart readings may be that tell how steep a curve is there.
_KNOTS: Final = tuple(math.log(age_s) for age_s in sorted({*MEDIA_AGES, *STORY_AGES}))
_STEADY: Final = math.log(1.5)
# From ages that differ by less than a part in so many, posts spread alike.
_FINENESS: Final = 20


class Step(NamedTuple):
    """What is added to the logarithm of a number. spread: nine of ten posts are that near it."""

    log: float
    spread: float


class _Line(NamedTuple):
    """A post's numbers: logarithms of the ages at which it was read, and of the numbers."""

    ages: Sequence[float]
    numbers: Sequence[float]

    def at(self, age: float) -> float | None:
        """Return the number at an age between two of these, in a line; None outside of them."""
        place = bisect_left(self.ages, age)
        if place == len(self.ages) or (place == 0 and self.ages[0] != age):
            return None
        high = self.numbers[place]
        if self.ages[place] == age:
            return high
        back = (self.ages[place] - age) / (self.ages[place] - self.ages[place - 1])
        return high - back * (high - self.numbers[place - 1])


class _Knot(NamedTuple):
    """A place of a kind's usual curve: logarithms of age and number, and how steep it is there."""

    age: float
    number: float
    slope: float


class _Usual(NamedTuple):
    """Of a kind and metric, the lines of its posts and their usual curve."""

    lines: Sequence[_Line]
    curve: Sequence[_Knot]


@dataclass(slots=True)
class Growth:
    """How numbers of one kind of post grow until an age. posts: readings of each, by age."""

    age_s: int
    posts: Sequence[Sequence[Reading]] = ()
    _usual: dict[str, _Usual] = field(default_factory=dict[str, _Usual])
    _spreads: dict[tuple[str | int, ...], float | None] = field(
        default_factory=dict[tuple[str | int, ...], float | None]
    )

    def way(self, metric: str, *sides_s: int) -> Step | None:
        """Return the usual step of a metric to the age from another; None with too few posts.

        From two ages, one on each side: how much of the way from the one to the other is gone at the age.
        """
        if len(self.posts) < FEWEST:
            return None
        if metric not in self._usual:
            lines = [line for readings in self.posts if (line := _line_of(readings, metric))]
            self._usual[metric] = _Usual(lines, _curve_through(lines))
        lines, curve = self._usual[metric]
        logs = [_number_at(curve, math.log(age_s)) for age_s in (self.age_s, *sides_s)] if curve else [None]
        usual = _gone(*logs)
        if usual is None:
            return None
        places = [round(_FINENESS * math.log(side_s / self.age_s)) for side_s in sides_s]
        key = (metric, *places)
        if key not in self._spreads:
            now = math.log(self.age_s)
            ages = [now, *(now + place / _FINENESS for place in places)]
            # Posts were read about a few ages alone, and a line between these is too low: how they spread is
            # of the lines, the way itself of the usual curve.
            ways = [_gone(*(line.at(age) for age in ages)) for line in lines]
            self._spreads[key] = _spread_of([way for way in ways if way is not None])
        spread = self._spreads[key]
        return None if spread is None else Step(usual, spread)


def _spread_of(ways: Sequence[float]) -> float | None:
    """Return how near nine of ten are to the median."""
    if len(ways) < FEWEST:
        return None
    middle = statistics.median(ways)
    return sorted(abs(way - middle) for way in ways)[math.ceil(0.9 * len(ways)) - 1]


def _line_of(readings: Sequence[Reading], metric: str) -> _Line | None:
    counted = [reading for reading in readings if reading.numbers.get(metric, 0) >= _LEAST_COUNT]
    if not counted:
        return None
    return _Line(
        [math.log(reading.age_s) for reading in counted],
        [math.log(reading.numbers[metric]) for reading in counted],
    )


def _curve_through(lines: Sequence[_Line]) -> Sequence[_Knot]:
    """Return the usual curve through the ages about which posts were read."""
    knots, before = list[_Knot](), dict[int, float]()
    youngest = min((line.ages[0] for line in lines), default=0.0)
    oldest = max((line.ages[-1] for line in lines), default=0.0)
    for age in (age for age in _KNOTS if youngest < age < oldest):
        logs, slopes = dict[int, float](), list[float]()
        for number, line in enumerate(lines):
            place = bisect_left(line.ages, age)
            if 0 < place < len(line.ages) and line.ages[place] - line.ages[place - 1] <= _STEADY:
                width, rise = (side[place] - side[place - 1] for side in line)
                slopes.append(rise / width)
                logs[number] = line.numbers[place] - (line.ages[place] - age) * slopes[-1]
        steps = [logs[number] - before[number] for number in logs if number in before]
        if len(slopes) >= FEWEST and (not knots or len(steps) >= FEWEST):
            height = knots[-1].number + statistics.median(steps) if knots else 0.0
            knots.append(_Knot(age, height, statistics.median(slopes)))
            before = logs
    return knots


def _gone(now: float | None, start: float | None = None, *ends: float | None) -> float | None:
    """Return the step to a first number from a second, or the share of the way from that to a third."""
    if now is None or start is None:
        return None
    for end in ends:
        return (now - start) / (end - start) if end is not None and end > start else None
    return now - start


def _number_at(knots: Sequence[_Knot], age: float) -> float | None:
    """Return the height of a curve between two knots: the cubic that is as high and as steep there."""
    place = bisect_right(knots, age, key=lambda knot: knot.age)
    if place == len(knots) and knots and knots[-1].age == age:
        place -= 1
    if not 0 < place < len(knots):
        return None
    low, high = knots[place - 1], knots[place]
    width, share = high.age - low.age, (age - low.age) / (high.age - low.age)
    rise = (high.number - low.number) / width
    # Steeper than three times the rise it would not be steady.
    first, second = (min(max(knot.slope, 0.0), 3 * max(rise, 0.0)) for knot in (low, high))
    bend = (1 - share) * (first - rise) - share * (second - rise)
    return low.number + width * share * (rise + (1 - share) * bend)


def growths(posts: Iterable[tuple[str, Sequence[Reading]]], age_s: int) -> Mapping[str, Growth]:
    """Return the growth of each kind until an age, from posts read just before and after it.

    posts: the kind of each and its readings, by age.
    """
    by_kind = dict[str, list[Sequence[Reading]]]()
    for kind, readings in posts:
        of_kind = by_kind.setdefault(kind, [])
        if len(of_kind) < MOST and are_near(*around(readings, age_s)):
            of_kind.append(readings)
    return {kind: Growth(age_s, of_kind) for kind, of_kind in by_kind.items()}


def around(readings: Sequence[Reading], age_s: float) -> tuple[Reading | None, Reading | None]:
    """Return the last reading until an age, and the first from then on; both the same at the very age."""
    place = bisect_right(readings, age_s, key=lambda reading: reading.age_s)
    before = readings[place - 1] if place else None
    if before and before.age_s == age_s:
        return before, before
    return before, readings[place] if place < len(readings) else None


def are_near(before: Reading | None, after: Reading | None) -> bool:
    """Return whether the readings around an age are near each other."""
    return before is not None and after is not None and after.age_s <= NARROW * before.age_s


def away_from(age_s: int) -> Callable[[Reading], int]:
    """Return a key that sorts readings by how far from an age they are."""
    return lambda reading: abs(reading.age_s - age_s)


def interpolated(before: Reading, after: Reading, age_s: int) -> Numbers:
    """Return the numbers at an age between two readings that are near each other."""
    # How much of the way between the two the age is, along its logarithm.
    share = math.log(age_s / before.age_s) / math.log(after.age_s / before.age_s)
    numbers = dict[str, Number]()
    for name, high in after.numbers.items():
        low = before.numbers.get(name)
        if low == high:
            numbers[name] = high
        elif low is not None and name not in AVERAGES:
            value = low + share * (high - low)
            numbers[name] = round(value) if isinstance(low, int) and isinstance(high, int) else value
    if before.numbers.keys() != after.numbers.keys() or not AVERAGES.isdisjoint(after.numbers):
        people = _people_of(before, after)
        for reading in sorted((before, after), key=away_from(age_s), reverse=True):
            factor = numbers[people] / reading.numbers[people] if people else 1.0
            for name, number in reading.numbers.items():
                if name in AVERAGES:
                    numbers[name] = number
                elif name not in numbers:
                    # A metric that one of them lacks moves as the reach of the post does.
                    numbers[name] = round(number * factor) if isinstance(number, int) else number * factor
    return numbers


def _people_of(*readings: Reading) -> str | None:
    """Return the metric that a post's other numbers move with; None where readings have none in common."""
    names = ("reach", "viewers", "views")
    return next((name for name in names if all(reading.numbers.get(name) for reading in readings)), None)


def corrected(sides: Sequence[Reading], growth: Growth) -> tuple[Numbers, float]:
    """Return the numbers at the age of a growth that are sure enough, and how uncertain they are in percent.

    sides: a reading before the age, one after it, or both, the nearest first.
    """
    people, numbers, uncertain = _people_of(*sides), dict[str, Number](), dict[str, float]()
    way = growth.way(people, *sorted(side.age_s for side in sides)) if people else None
    for name in dict.fromkeys(name for reading in sides for name in reading.numbers):
        those = [reading for reading in sides if name in reading.numbers]
        start = those[0].numbers[name]
        if name in AVERAGES:
            numbers[name] = start
            continue
        if people and len(those) < len(sides):
            # A metric that one of two readings lacks moves as the reach of the post does.
            log, spread = _estimate(people, sides, growth, way)
            number = start * math.exp(log) / those[0].numbers[people]
        else:
            log, spread = _estimate(name, those, growth, way)
            number = math.exp(log) if any(reading.numbers[name] for reading in those) else 0
        share = math.expm1(spread)
        # Of a small count a step of one is more than that, and says nothing.
        if 100 * share <= MOST_UNCERTAIN or number * share < 1:
            numbers[name] = round(number) if isinstance(start, int) else number
            uncertain[name] = 100 * share
    if people and people not in uncertain:
        # Only small counts are left, and they would stand for a post of which the age says nothing.
        return {}, 0.0
    return numbers, round(uncertain[people] if people else max(uncertain.values(), default=0.0), 1)


def _estimate(name: str, sides: Sequence[Reading], growth: Growth, way_of_people: Step | None) -> Step:
    """Return the logarithm of a number at the age of a growth, and how far off it may be."""
    logs = {side.age_s: math.log(max(side.numbers[name], 0.5)) for side in sides}
    first_s, last_s = min(logs), max(logs)
    low, high = logs[first_s], logs[last_s]
    # What grows, more slowly than its age and ever more slowly, lies between the readings, above the line
    # between them, and within the bounds of each side.
    bounds = [sorted((log, log + math.log(growth.age_s / from_s))) for from_s, log in logs.items()]
    least, most = max(least for least, _ in bounds), min(most for _, most in bounds)
    if len(logs) > 1:
        share = math.log(growth.age_s / first_s) / math.log(last_s / first_s)
        least = max(least, low + share * (high - low))
    if least > most:
        # Instagram takes some counts back: then nothing holds but that it lies between them.
        least, most = min(low, high), max(low, high)
    estimate = Step((least + most) / 2, (most - least) / 2)
    way = growth.way(name, *sorted(logs)) or way_of_people
    if way is None:
        return estimate
    usual = Step(low + way.log, way.spread)
    if len(logs) > 1:
        usual = Step(low + min(max(way.log, 0), 1) * (high - low), way.spread * abs(high - low))
    return min(estimate, usual, key=lambda step: step.spread)
