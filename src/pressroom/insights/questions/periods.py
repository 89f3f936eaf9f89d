"""An account's days, and a period against the one before: only where every day of both is known.

Days are Instagram's, which end at midnight Pacific time. Metrics that count people count them once a day, so
their days have no sum: somebody of today may be among those of yesterday. Of them the median day is given.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from importlib import import_module
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from pressroom.core.readings import SETTLED_AFTER, AccountDay, KeptMedia, Number, Numbers
from pressroom.core.when import start_of
from pressroom.graph.definitions import Level, adds_up
from pressroom.graph.metrics import DAY_ZONE, PER_DAY, SERIES
from pressroom.insights.statistics.answers import ALPHA_OF_DAYS, TooFew

_DAY: Final = timedelta(days=1)
# Longer than there is Instagram.
_MOST_DAYS: Final = 10_000
_ZONE: Final = ZoneInfo(DAY_ZONE)


@dataclass(frozen=True)  # without slots, where the cached properties would have no place
class Period:
    """Whole days of Instagram's, both inclusive."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def is_month(self) -> bool:
        """Whether it is a whole month of the calendar."""
        following = self.last + _DAY
        return self.first.day == following.day == 1 and self.length <= 31  # noqa: PLR2004  # no month is longer

    # Cached, since each metric needs the same days.
    @cached_property
    def days(self) -> tuple[date, ...]:
        """Its days, in order."""
        return tuple(self.first + _DAY * number for number in range(self.length))

    @cached_property
    def before(self) -> "Period":
        """As many days right before it."""
        return Period(self.first - _DAY * self.length, self.first - _DAY)


class Span(NamedTuple):
    """Days of a zone, and the moments between which they lie."""

    period: Period
    since: datetime
    before: datetime

    @classmethod
    def of_days(cls, period: Period, zone: ZoneInfo) -> "Span":
        """Return a period's days in a zone."""
        return cls(period, start_of(period.first, zone), start_of(period.last + _DAY, zone))

    def of(self, media: Sequence[KeptMedia]) -> list[KeptMedia]:
        """Return the media that were published in it."""
        return [post for post in media if self.since <= post.published_at < self.before]


class Spans(NamedTuple):
    """The period of a report, as many days before it, and the 90 days before it.

    instagram: the period by Instagram's days.
    """

    now: Span
    before: Span
    trailing: Span
    instagram: Span

    @property
    def compared_from(self) -> date:
        """The first day of all that the period is compared with."""
        return min(self.before.period.first, self.trailing.period.first)


# A Struct and no dataclass: a question makes thousands, each in an eighth of the time. docs/decisions/0022
class Day(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A metric on a day. number, is_settled: None where the number is not known.

    Instagram may change a day's number until 48 hours after its end; is_settled: it was read later than that.
    """

    day: date
    number: Number | None
    is_settled: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Sums of a metric's parts over those days of the period whose parts are known."""

    breakdown: str
    days: int
    numbers: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What is known of a metric in a period. total: None for people, and where a day is missing.

    median_day: of the days that are known.
    """

    known: int
    missing: int
    total: Number | None
    median_day: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """A period against the one before, of which every day is known. compares: the totals, or the median days.

    percent: None where there was nothing before. is_outside_noise: whether the median day differs, in the
    same direction, by more than chance explains; None where that cannot be judged, as without 90 known days
    before the period.
    """

    compares: str
    change: Number
    percent: float | None
    is_outside_noise: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InPeriod:
    """A metric of an account in a period. counts_people: its days have no sum.

    known_since: the first day of both periods that is known. against: None where a day of either is missing.
    """

    metric: str
    counts_people: bool
    days: tuple[Day, ...]
    now: Stretch
    before: Stretch
    known_since: date | None
    unsettled: int
    parts: tuple[Parts, ...]
    against: Against | None


@lru_cache(maxsize=2048)  # each metric has a number of the same days
def day_of(ends_at: datetime) -> date:
    """Return the date of the day that ends at a moment; a moment an hour off midnight counts as midnight."""
    return (ends_at.astimezone(_ZONE).replace(tzinfo=None) - timedelta(hours=6)).date()


def end_of(day: date) -> datetime:
    """Return when a day ends, in UTC."""
    return datetime.combine(day + _DAY, time(), _ZONE).astimezone(UTC)


def last_ended(now: datetime) -> date:
    """Return the last day that has ended."""
    return now.astimezone(_ZONE).date() - _DAY


_HISTORY: Final = timedelta(days=365)


def history_begin(period: Period) -> date:
    """Return the first of the days before a period that tell how much chance alone moves its numbers."""
    # A year, so that it holds every season; of a long period as many as its test takes.
    return period.first - max(_HISTORY, 3 * _DAY * period.length)


def history_of(period: Period, numbers: Mapping[date, Number]) -> list[Number | None]:
    """Return the numbers of a period and of the days before it; None for one that is not known."""
    length = (period.last - history_begin(period)).days + 1
    return [numbers.get(period.last - _DAY * back) for back in reversed(range(length))]


def days_within(since: datetime | timedelta, until: datetime | None, last: date) -> Period:
    """Return the days of a time, up to the last that is known. since: or so many whole days before its end.

    A midnight stands for its date, whatever its zone: that is what a date means to a person. Another moment
    stands for the day that is under way then.
    """

    def day_at(moment: datetime) -> date:
        return moment.date() if moment.time() == time() else moment.astimezone(_ZONE).date()

    if until is not None:
        last = min(last, day_at(until) - _DAY if until.time() == time() else day_at(until))
    if isinstance(since, datetime):
        return Period(day_at(since), last)
    # In days of the calendar: twice a year one has 23 or 25 hours, and a moment would be of the next.
    return Period(last - _DAY * (min(math.ceil(since / _DAY), _MOST_DAYS) - 1), last)


def can_judge() -> bool:
    """Return whether the extra `report` is there, without which nothing is told from noise."""
    try:
        import_module("pressroom.insights.statistics.inference")
    except ImportError:
        return False
    return True


def in_period(period: Period, days: Iterable[AccountDay]) -> list[InPeriod]:
    """Return for each metric its days of a period, and the period against the period before.

    days: of both periods, and of a year before, which tells how much chance moves.
    """
    by_metric: dict[str, dict[date, AccountDay]] = {name: {} for name in (*SERIES, *PER_DAY)}
    for day in days:
        by_metric.setdefault(day.metric, {})[day_of(day.ends_at)] = day
    return [_metric_in_period(name, period, kept) for name, kept in by_metric.items()]


def _metric_in_period(name: str, period: Period, kept: Mapping[date, AccountDay]) -> InPeriod:
    is_added = adds_up(name, Level.ACCOUNT)
    numbers = {date_: day.number for date_, day in kept.items() if day.number is not None}
    days = tuple(
        Day(day=date_, number=day.number, is_settled=day.read_at - day.ends_at >= SETTLED_AFTER)
        if (day := kept.get(date_)) and day.number is not None
        else Day(day=date_, number=None, is_settled=None)
        for date_ in period.days
    )
    later = [numbers[date_] for date_ in period.days if date_ in numbers]
    earlier = [numbers[date_] for date_ in period.before.days if date_ in numbers]
    now, before = _stretch(later, period, is_added=is_added), _stretch(earlier, period, is_added=is_added)
    parts, days_read = list[Parts](), [kept[date_] for date_ in period.days if date_ in kept]
    for breakdown in sorted({name for day in days_read for name in day.parts}) if is_added else ():
        of_days = [day.parts[breakdown] for day in days_read if day.parts.get(breakdown)]
        names = sorted({part for of_day in of_days for part in of_day})
        sums = {part: sum(of_day[part] for of_day in of_days if part in of_day) for part in names}
        if of_days:
            parts.append(Parts(breakdown=breakdown, days=len(of_days), numbers=sums))
    # Only whole periods are compared: a missing day would look like a fall.
    is_whole = not now.missing and not before.missing
    shown_since = min((date_ for date_ in numbers if date_ >= period.before.first), default=None)
    return InPeriod(
        metric=name,
        counts_people=not is_added,
        days=days,
        now=now,
        before=before,
        known_since=shown_since,
        unsettled=sum(day.is_settled is False for day in days),
        parts=tuple(parts),
        against=_against(now, before, period, numbers) if is_whole else None,
    )


def _stretch(numbers: Sequence[Number], period: Period, *, is_added: bool) -> Stretch:
    missing = period.length - len(numbers)
    return Stretch(
        known=len(numbers),
        missing=missing,
        total=sum(numbers) if is_added and not missing else None,
        median_day=statistics.median(numbers) if numbers else None,
    )


def part_in_period(
    period: Period, days: Iterable[AccountDay], metric: str, breakdown: str, part: str
) -> Stretch:
    """Return what is known of a part of a metric in a period; a day without the part is missing, never 0."""
    of_days = (
        day.parts.get(breakdown, {}).get(part)
        for day in days
        if day.metric == metric and period.first <= day_of(day.ends_at) <= period.last
    )
    return _stretch([number for number in of_days if number is not None], period, is_added=True)


def _against(now: Stretch, before: Stretch, period: Period, numbers: Mapping[date, Number]) -> Against | None:
    is_added = now.total is not None
    number, earlier_number = (now.total, before.total) if is_added else (now.median_day, before.median_day)
    if number is None or earlier_number is None:
        return None
    change, is_outside_noise = number - earlier_number, None
    if can_judge():
        from pressroom.insights.statistics.changes import change_of_days  # noqa: PLC0415  # an extra

        history = history_of(period, numbers)
        of_medians = change_of_days(history, period.length, period.length, alpha=ALPHA_OF_DAYS)
        if not isinstance(of_medians, TooFew):
            # One great day may raise a total while the usual day became worse: that is no rise to point at.
            is_same_direction = of_medians.difference.value * change > 0
            is_outside_noise = of_medians.is_outside_noise and is_same_direction
    return Against(
        compares="total" if is_added else "median_day",
        change=change,
        percent=100 * change / earlier_number if earlier_number > 0 else None,
        is_outside_noise=is_outside_noise,
    )
