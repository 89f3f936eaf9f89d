"""Numbers at an age, from readings before and after it: interpolated, or corrected by how such posts grow.

`Growth` is taken from posts that were read just before the age and just after it. Where it has too few of
them, bounds hold that are so of any number that grows ever more slowly.
"""

import math
import statistics
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pressroom.core.readings import Number, Numbers, Reading
from pressroom.graph.metrics import AVERAGES

NARROW: Final = 1.25
"""Between readings whose ages are no further apart any steady path does: they differ by some 0.3 %."""
MOST_UNCERTAIN: Final = 10.0
"""A number that may be further off than so many percent is left out."""
FEWEST: Final = 5
"""Fewer posts than these do not tell how a kind grows."""
MOST: Final = 200
"""So many posts of a kind are enough to tell."""
# A step of one is a tenth of these: smaller counts do not show how a number grows.
_LEAST_COUNT: Final = 10
# Steps from ages that differ by less than a part in so many are the same.
_FINENESS: Final = 400


class Step(NamedTuple):
    """What is added to the logarithm of a number. spread: nine of ten posts are that near it."""

    log: float
    spread: float


@dataclass(slots=True)
class Growth:
    """How numbers of one kind of post grow until an age. posts: readings of each, by age."""

    age_s: int
    posts: Sequence[Sequence[Reading]] = ()
    _steps: dict[tuple[str, int], Step | None] = field(default_factory=dict[tuple[str, int], Step | None])

    def step(self, metric: str, from_s: int) -> Step | None:
        """Return the usual step of a metric from another age to this one; None with too few posts."""
        place = round(_FINENESS * math.log(from_s / self.age_s))
        if (metric, place) not in self._steps:
            start_s = self.age_s * math.exp(place / _FINENESS)
            steps = [
                end - start
                for readings in self.posts
                if (end := _log_at(readings, metric, self.age_s)) is not None
                and (start := _log_at(readings, metric, start_s)) is not None
            ]
            self._steps[metric, place] = None
            if len(steps) >= FEWEST:
                middle = statistics.median(steps)
                away = sorted(abs(step - middle) for step in steps)
                self._steps[metric, place] = Step(middle, away[math.ceil(0.9 * len(away)) - 1])
        return self._steps[metric, place]


def _log_at(readings: Sequence[Reading], metric: str, age_s: float) -> float | None:
    """Return the logarithm of a number at an age between two readings, along that of the age."""
    before, after = around(readings, age_s)
    if before is None or after is None:
        return None
    low, high = before.numbers.get(metric, 0), after.numbers.get(metric, 0)
    if low < _LEAST_COUNT or high < _LEAST_COUNT:
        return None
    if before is after:
        return math.log(low)
    return math.log(low) + _share(before, age_s, after) * math.log(high / low)


def _share(before: Reading, age_s: float, after: Reading) -> float:
    """Return how much of the way between two readings an age is, along its logarithm."""
    return math.log(age_s / before.age_s) / math.log(after.age_s / before.age_s)


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
    share, numbers = _share(before, age_s, after), dict[str, Number]()
    for name, high in after.numbers.items():
        low = before.numbers.get(name)
        if low is not None and name not in AVERAGES:
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
    for name in dict.fromkeys(name for reading in sides for name in reading.numbers):
        those = [reading for reading in sides if name in reading.numbers]
        start = those[0].numbers[name]
        if name in AVERAGES:
            numbers[name] = start
            continue
        if people and len(those) < len(sides):
            # A metric that one of two readings lacks moves as the reach of the post does.
            log, spread = _estimate(people, people, sides, growth)
            number = start * math.exp(log) / those[0].numbers[people]
        else:
            log, spread = _estimate(name, people, those, growth)
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


def _estimate(name: str, people: str | None, sides: Sequence[Reading], growth: Growth) -> Step:
    """Return the logarithm of a number at the age of a growth, and how far off it may be."""
    logs = {side.age_s: math.log(max(side.numbers[name], 0.5)) for side in sides}
    steps = dict[int, Step]()
    for from_s in logs:
        if step := growth.step(name, from_s) or (growth.step(people, from_s) if people else None):
            steps[from_s] = step
    bounds = _within_bounds(logs, growth.age_s)
    if steps.keys() != logs.keys():
        return bounds
    low, high = min(logs), max(logs)
    log = logs[low] + steps[low].log
    if low != high:
        # Both readings hold: of the way between them such posts go that share until the age.
        way = steps[low].log - steps[high].log
        share = min(max(steps[low].log / way, 0.0), 1.0) if way > 0 else 0.5
        log = logs[low] + share * (logs[high] - logs[low])
    usual = Step(log, min(step.spread for step in steps.values()))
    return min(bounds, usual, key=lambda step: step.spread)


def _within_bounds(logs: Mapping[int, float], age_s: int) -> Step:
    """Return what is so of a number that grows, more slowly than its age, and ever more slowly.

    Then it lies between the readings, above the line between them, and within the bounds of each side.
    logs: by the ages of the readings, one or one on each side.
    """
    least, most = -math.inf, math.inf
    for from_s, log in logs.items():
        ends = log, log + math.log(age_s / from_s)
        least, most = max(least, min(ends)), min(most, max(ends))
    if len(logs) > 1:
        low, high = min(logs), max(logs)
        share = math.log(age_s / low) / math.log(high / low)
        least = max(least, logs[low] + share * (logs[high] - logs[low]))
    # Instagram takes some counts back: then nothing holds but that it lies between them.
    if least > most:
        least, most = min(logs.values()), max(logs.values())
    return Step((least + most) / 2, (most - least) / 2)
