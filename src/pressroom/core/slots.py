"""Weekly slots: the times of a week at which an account likes to post, in its own zone."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final, Protocol

from pressroom.core.errors import Refused
from pressroom.core.post import PostId

NEXT_SLOT: Final = "next slot"

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEVERAL = {"daily": range(7), "weekdays": range(5), "weekends": range(5, 7)}
_FORM = re.compile(r"([a-z]+(?:\s*,\s*[a-z]+)*)\s+(\d{1,2}):(\d{2})")
_HOURS, _MINUTES = 24, 60
_LEAST_LETTERS = 3
_FORMS = "monday 18:00, mon,thu 12:30, weekdays 9:00, weekends 11:00, daily 20:00"


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A time of the week. weekday: Monday is 0. minute: of the day."""

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
    """Tell whether the words for a due time ask for the next free slot."""
    return " ".join(text.lower().split()) == NEXT_SLOT


def parse_slots(text: str) -> tuple[Slot, ...]:
    """Read one time on one day or several: `monday 18:00`, `mon,thu 12:30`, `weekdays 9:00`, `daily 20:00`.

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
    """Give the moments of the slots later than `after`, in UTC and in order; without an end.

    A time that the clocks skip is as much later that day; one that comes twice is meant the first time.
    """
    known = sorted(set(slots))
    day, last = after.astimezone(zone).date(), after
    while known:
        meant = (datetime.combine(day, slot.time, zone) for slot in known if slot.weekday == day.weekday())
        for moment in sorted(one.astimezone(UTC) for one in meant):
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


class Slots(Protocol):
    """The weekly slots of accounts, and which of their moments are free.

    A moment is taken when a post of the account is due then that is not over without having been published,
    or when somebody holds it for a post that is about to be stored.
    """

    def set(self, account: str, slots: Collection[Slot]) -> None:
        """Give an account these slots in place of those it has."""
        ...

    def list(self, account: str) -> tuple[Slot, ...]:
        """Give an account's slots in the order of the week."""
        ...

    def accounts(self) -> tuple[str, ...]:
        """Name the accounts that have slots."""
        ...

    def free(self, account: str, moments: Iterator[datetime], count: int) -> tuple[datetime, ...]:
        """Give the first free ones of the moments, which come in order and without an end."""
        ...

    def hold(self, account: str, post_id: PostId, moments: Iterator[datetime], *, hold_s: float) -> datetime:
        """Hold the first free one of the moments for a post, so that nobody else gets it meanwhile."""
        ...

    def release(self, account: str, post_id: PostId) -> None:
        """Let go what is held for a post: it is due then, or will never be."""
        ...
