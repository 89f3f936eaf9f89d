"""Streams the numbers of all media at equal ages, by the rule of the questions: the table `at_ages`."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from pressroom.core.readings import AgedReading, KeptMedia, Reading
from pressroom.insights.ages import MEDIA_AGES, STORY_AGES, ages_of
from pressroom.insights.export.tables import with_readings
from pressroom.insights.questions.growth import Growth
from pressroom.insights.questions.posts import (
    AROUND,
    KINDS,
    YOUNGEST_S,
    AgedNumbers,
    at_age,
    growth_until,
)

if TYPE_CHECKING:
    from pressroom.store.insights.readings import SqlReadings

AT_ONCE: Final = 20_000
"""About how many readings are in memory at once."""
Read: TypeAlias = tuple[KeptMedia, Sequence[Reading]]
"""A media with its readings, by age."""
GrowthAt: TypeAlias = Mapping[int, Mapping[str, Growth]]
"""How each kind grows until an age, in seconds."""


def numbers_at_ages(
    readings: "SqlReadings", account: str, now: datetime, since: datetime | None
) -> Iterator[tuple[int, list[AgedNumbers]]]:
    """Yield media's numbers at each age at which they are known, and of how many readings they were computed.

    Lower ages than six hours are left out. since: only those that rest on a reading from then on.
    """
    growth = {
        age_s: growth_until(readings, account, now, age_s, KINDS)
        for age_s in {*MEDIA_AGES, *STORY_AGES}
        if age_s >= YOUNGEST_S
    }
    some, count = list[Read](), 0
    # All readings, since a number at an age rests on one before it, too.
    for media, of_media in with_readings(readings, account):
        some.append((media, of_media))
        count += len(of_media)
        if count >= AT_ONCE:
            yield count, _sorted(some, growth, now, since)
            some, count = [], 0
    yield count, _sorted(some, growth, now, since)


def _sorted(
    some: Sequence[Read], growth: GrowthAt, now: datetime, since: datetime | None
) -> list[AgedNumbers]:
    aged = list[AgedNumbers]()
    for ages in {ages_of(media.product_type) for media, _ in some}:
        of_ages = [row for row in some if ages_of(row[0].product_type) == ages]
        shown = [age_s for age_s in ages if age_s in growth]
        for age_s in shown:
            before = now - timedelta(seconds=age_s)
            near = [
                reading for row in of_ages if row[0].published_at <= before for reading in _near(row, age_s)
            ]
            aged += (
                numbers for numbers in at_age(near, age_s, growth[age_s]) if _counts(numbers, shown, since)
            )
    return sorted(aged, key=lambda numbers: (numbers.media.id, numbers.age_s))


def _near(row: Read, age_s: int) -> Iterator[AgedReading]:
    """Yield the readings that tell something of an age."""
    media, of_media = row
    first = bisect_left(of_media, age_s / AROUND, key=_age_s)
    last = bisect_right(of_media, age_s * AROUND, key=_age_s)
    return (AgedReading(media, reading) for reading in of_media[first:last])


def _age_s(reading: Reading) -> int:
    return reading.age_s


def _counts(numbers: AgedNumbers, shown: Sequence[int], since: datetime | None) -> bool:
    last_s = numbers.ages_s[-1]
    if since is not None and numbers.media.published_at + timedelta(seconds=last_s) < since:
        return False
    # A reading that stands alone counts for the nearest age, and not for each that it is near.
    nearest_s = min(shown, key=lambda age_s: abs(math.log(age_s / last_s)))
    return len(numbers.ages_s) > 1 or numbers.age_s == nearest_s
