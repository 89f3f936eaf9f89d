"""Streams the numbers of all media at equal ages, by the rule of the questions: the table `at_ages`."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from pressroom.core.readings import AgedReading, KeptMedia, Reading
from pressroom.insights.ages import ages_of
from pressroom.insights.export.tables import with_readings
from pressroom.insights.questions.posts import AgedNumbers, at_age

if TYPE_CHECKING:
    from pressroom.store.insights.readings import SqlReadings

YOUNGEST_S: Final = 6 * 3600
"""The first age that is shown: a look every 50 minutes says too little of a media's first hours."""
AT_ONCE: Final = 20_000
"""About how many readings are in memory at once."""
Read: TypeAlias = tuple[KeptMedia, Sequence[Reading]]
"""A media with its readings, by age."""


def numbers_at_ages(
    readings: "SqlReadings", account: str, since: datetime | None
) -> Iterator[tuple[int, list[AgedNumbers]]]:
    """Yield media's numbers at each age at which they are known, and of how many readings they were computed.

    since: only those that rest on a reading from then on.
    """
    some, count = list[Read](), 0
    # All readings, since a number at an age rests on one before it, too.
    for media, of_media in with_readings(readings, account):
        some.append((media, of_media))
        count += len(of_media)
        if count >= AT_ONCE:
            yield count, _sorted(some, since)
            some, count = [], 0
    yield count, _sorted(some, since)


def _sorted(some: Sequence[Read], since: datetime | None) -> list[AgedNumbers]:
    aged = list[AgedNumbers]()
    for ages in {ages_of(media.product_type) for media, _ in some}:
        of_ages = [row for row in some if ages_of(row[0].product_type) == ages]
        shown = [age_s for age_s in ages if age_s >= YOUNGEST_S]
        for age_s in shown:
            near = [reading for row in of_ages for reading in _near(row, age_s)]
            aged += (numbers for numbers in at_age(near, age_s) if _counts(numbers, shown, since))
    return sorted(aged, key=lambda numbers: (numbers.media.id, numbers.age_s))


def _near(row: Read, age_s: int) -> Iterator[AgedReading]:
    """Yield the readings that can matter for an age: from a fourth of it to four times as old."""
    media, of_media = row
    first, last = bisect_left(of_media, age_s / 4, key=_age_s), bisect_right(of_media, age_s * 4, key=_age_s)
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
