"""An account's days, and a period against the one before: only where every day of both is known.

Days are Instagram's, which end at midnight Pacific time. People are counted once a day, so that their days
have no sum: of them the median day is told.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib import import_module
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from pressroom.core.readings import SETTLED_AFTER, AccountDay, Number, Numbers
from pressroom.graph.definitions import Level, adds_up
from pressroom.graph.metrics import DAY_ZONE, PER_DAY, SERIES

_DAY: Final = timedelta(days=1)
_ZONE: Final = ZoneInfo(DAY_ZONE)


@lru_cache(maxsize=8)
def _days(first: date, length: int) -> tuple[date, ...]:
    # Asked for once for each metric.
    return tuple(first + _DAY * number for number in range(length))


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of Instagram's, both inclusive."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def days(self) -> tuple[date, ...]:
        """Its days, in order."""
        return _days(self.first, self.length)

    @property
    def before(self) -> "Period":
        """As many days right before it."""
        return Period(self.first - _DAY * self.length, self.first - _DAY)


class Day(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A metric on a day. number: None where it is not known. is_settled: None for a day that is not.

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

    percent: None where there was nothing before. is_outside_noise: whether a median day differs, in the same
    direction, by more than chance would have it; None where that cannot be judged.
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
    """Return the date of the day that ends at a moment; an hour beside midnight is that midnight, too."""
    return (ends_at.astimezone(_ZONE).replace(tzinfo=None) - timedelta(hours=6)).date()


def end_of(day: date) -> datetime:
    """Return when a day ends, in UTC."""
    return datetime.combine(day + _DAY, time(), _ZONE).astimezone(UTC)


def last_ended(now: datetime) -> date:
    """Return the last day that has ended."""
    return now.astimezone(_ZONE).date() - _DAY


def can_judge() -> bool:
    """Return whether the extra `report` is there, without which nothing is told from noise."""
    try:
        import_module("pressroom.insights.statistics.medians")
    except ImportError:
        return False
    return True


def in_period(period: Period, days: Iterable[AccountDay]) -> list[InPeriod]:
    """Tell of each metric its days of a period, and the period against the one before.

    days: of both periods.
    """
    kept: dict[str, dict[date, AccountDay]] = {name: {} for name in (*SERIES, *PER_DAY)}
    for one in days:
        kept.setdefault(one.metric, {})[day_of(one.ends_at)] = one
    return [_metric(name, period, found) for name, found in kept.items()]


def _metric(name: str, period: Period, kept: Mapping[date, AccountDay]) -> InPeriod:
    is_added = adds_up(name, Level.ACCOUNT)
    days = tuple(_day(day, kept.get(day)) for day in period.days)
    later = [one.number for one in days if one.number is not None]
    earlier = [
        found.number for day in period.before.days if (found := kept.get(day)) and found.number is not None
    ]
    now, before = _stretch(later, period, is_added=is_added), _stretch(earlier, period, is_added=is_added)
    is_whole = not now.missing and not before.missing
    return InPeriod(
        metric=name,
        counts_people=not is_added,
        days=days,
        now=now,
        before=before,
        known_since=min((day for day, one in kept.items() if one.number is not None), default=None),
        unsettled=sum(one.is_settled is False for one in days),
        parts=_parts([kept[day] for day in period.days if day in kept]) if is_added else (),
        against=_against(now, before, earlier, later) if is_whole else None,
    )


def _day(day: date, kept: AccountDay | None) -> Day:
    if kept is None or kept.number is None:
        return Day(day=day, number=None, is_settled=None)
    return Day(day=day, number=kept.number, is_settled=kept.read_at - kept.ends_at >= SETTLED_AFTER)


def _stretch(numbers: Sequence[Number], period: Period, *, is_added: bool) -> Stretch:
    missing = period.length - len(numbers)
    return Stretch(
        known=len(numbers),
        missing=missing,
        total=sum(numbers) if is_added and not missing else None,
        median_day=statistics.median(numbers) if numbers else None,
    )


def _parts(kept: Sequence[AccountDay]) -> tuple[Parts, ...]:
    found = list[Parts]()
    for breakdown in sorted({name for one in kept for name in one.parts}):
        days = [one.parts[breakdown] for one in kept if one.parts.get(breakdown)]
        names = sorted({name for numbers in days for name in numbers})
        sums = {name: sum(numbers[name] for numbers in days if name in numbers) for name in names}
        if days:
            found.append(Parts(breakdown=breakdown, days=len(days), numbers=sums))
    return tuple(found)


def _against(
    now: Stretch, before: Stretch, earlier: Sequence[Number], later: Sequence[Number]
) -> Against | None:
    is_added = now.total is not None
    this, that = (now.total, before.total) if is_added else (now.median_day, before.median_day)
    if this is None or that is None:
        return None
    change = this - that
    return Against(
        compares="total" if is_added else "median_day",
        change=change,
        percent=100 * change / that if that > 0 else None,
        is_outside_noise=_is_outside_noise(change, earlier, later),
    )


def _is_outside_noise(change: Number, earlier: Sequence[Number], later: Sequence[Number]) -> bool | None:
    """Judge a change; None without numpy, and with too few days."""
    if not can_judge():
        return None
    from pressroom.insights.statistics import medians  # noqa: PLC0415
    from pressroom.insights.statistics.answers import TooFew  # noqa: PLC0415

    found = medians.change(earlier, later, has_percent=False)
    if isinstance(found, TooFew):
        return None
    # One great day may raise a total while the usual day became worse: that is no rise to point at.
    return found.is_outside_noise and found.difference.value * change > 0
