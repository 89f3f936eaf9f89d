"""Weekly slots: an account's preferred times to post, in its time zone."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from pressroom.core.errors import Refused

NEXT_SLOT: Final = "next slot"

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEVERAL = {"daily": range(7), "weekdays": range(5), "weekends": range(5, 7)}
_FORM = re.compile(r"([a-z]+(?:\s*,\s*[a-z]+)*)\s+(\d{1,2}):(\d{2})")
_HOURS, _MINUTES = 24, 60
_LEAST_LETTERS = 3
_FORMS = "monday 18:00, mon,thu 12:30, weekdays 9:00, weekends 11:00, daily 20:00"


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A time of the week. weekday: Monday is 0. minute: since midnight."""

    weekday: int
    minute: int

    @property
    def day(self) -> str:
        """The day's name in lower case."""
        return _DAYS[self.weekday]

    @property
    def time(self) -> time:
        """The time of day."""
        return time(*divmod(self.minute, _MINUTES))

    def __str__(self) -> str:
        return f"{self.day} {self.time:%H:%M}"


def is_next_slot(text: str) -> bool:
    """Return whether a due time asks for the next free slot."""
    return " ".join(text.lower().split()) == NEXT_SLOT


@lru_cache(maxsize=64)  # an experiment asks of each post again
def parse_slots(text: str) -> tuple[Slot, ...]:
    """Parse one time on one or several days: `monday 18:00`, `mon,thu 12:30`, `weekdays 9:00`, `daily 20:00`.

    Raises Refused for anything else.
    """
    found = _FORM.fullmatch(text.strip().lower())
    if found is None:
        raise _unreadable(text)
    hour, minute = int(found.group(2)), int(found.group(3))
    if hour >= _HOURS or minute >= _MINUTES:
        raise _unreadable(text)
    days = {day for word in found.group(1).split(",") for day in _days(word.strip(), text)}
    return tuple(Slot(day, hour * _MINUTES + minute) for day in sorted(days))


def occurrences(slots: Iterable[Slot], *, after: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Yield the times of the slots later than `after`, in UTC and in order, endlessly.

    A time skipped by daylight saving moves later by the skipped amount; a repeated one means the first.
    """
    known = sorted(set(slots))
    day, last = after.astimezone(zone).date(), after
    while known:
        meant = (datetime.combine(day, slot.time, zone) for slot in known if slot.weekday == day.weekday())
        for moment in sorted(one.astimezone(UTC) for one in meant):
            # A skipped time may land on another slot's; it is yielded once.
            if moment > last:
                yield moment
                last = moment
        day += timedelta(days=1)


def _days(word: str, text: str) -> Iterable[int]:
    if word in _SEVERAL:
        return _SEVERAL[word]
    named = [day for day, name in enumerate(_DAYS) if len(word) >= _LEAST_LETTERS and name.startswith(word)]
    if not named:
        raise _unreadable(text)
    return named


def _unreadable(text: str) -> Refused:
    return Refused(
        f"{text!r} is not a weekly slot that can be read.",
        rule="slot",
        value=text,
        limit=_FORMS,
        fix=f"Write it as one of: {_FORMS}.",
    )
