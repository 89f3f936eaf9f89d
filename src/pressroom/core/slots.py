"""Weekly slots of an account: times of the week at which it usually posts, in its own zone.

`parse_slots` reads a text such as `mon,thu 12:30`, and `occurrences` yields the moments of the slots.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from pressroom.core.errors import Refused

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS, _MINUTES = 24, 60

_SEVERAL = {"daily": range(7), "weekdays": range(5), "weekends": range(5, 7)}
_FORM = re.compile(r"([a-z]+(?:\s*,\s*[a-z]+)*)\s+(\d{1,2}):(\d{2})")
_LEAST_LETTERS = 3
_SLOT_FORMS = "monday 18:00, mon,thu 12:30, weekdays 9:00, weekends 11:00, daily 20:00"


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A time of the week. weekday: Monday is 0. minute: since midnight."""

    weekday: int
    minute: int

    @property
    def day(self) -> str:
        """The day's name in lower case."""
        return _WEEKDAYS[self.weekday]

    @property
    def time(self) -> time:
        """The time of day."""
        return time(*divmod(self.minute, _MINUTES))

    def __str__(self) -> str:
        return f"{self.day} {self.time:%H:%M}"


@lru_cache(maxsize=64)  # an experiment asks of each post again
def parse_slots(text: str) -> tuple[Slot, ...]:
    """Parse one time on one or several days: `monday 18:00`, `mon,thu 12:30`, `weekdays 9:00`, `daily 20:00`.

    Raises Refused for anything else.
    """
    match = _FORM.fullmatch(text.strip().lower())
    if match is None:
        raise _not_a_slot(text)
    hour, minute = int(match.group(2)), int(match.group(3))
    if hour >= _HOURS or minute >= _MINUTES:
        raise _not_a_slot(text)
    days = set[int]()
    for word in map(str.strip, match.group(1).split(",")):
        is_long = len(word) >= _LEAST_LETTERS
        named = [day for day, name in enumerate(_WEEKDAYS) if is_long and name.startswith(word)]
        if not named and word not in _SEVERAL:
            raise _not_a_slot(text)
        days.update(_SEVERAL.get(word, named))
    return tuple(Slot(day, hour * _MINUTES + minute) for day in sorted(days))


def occurrences(slots: Iterable[Slot], *, after: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Yield the times of the slots later than `after`, in UTC and in order, endlessly.

    A time skipped by daylight saving moves later by the skipped amount; a repeated one means the first.
    """
    ordered = sorted(set(slots))
    day, last = after.astimezone(zone).date(), after
    while ordered:
        times = (datetime.combine(day, slot.time, zone) for slot in ordered if slot.weekday == day.weekday())
        for moment in sorted(at.astimezone(UTC) for at in times):
            # A time that daylight saving skips moves later, perhaps to the time of another slot. That time is
            # yielded once.
            if moment > last:
                yield moment
                last = moment
        day += timedelta(days=1)


def _not_a_slot(text: str) -> Refused:
    return Refused(
        f"{text!r} is not a weekly slot that can be read.",
        rule="slot",
        value=text,
        limit=_SLOT_FORMS,
        fix=f"Write it as one of: {_SLOT_FORMS}.",
    )
