"""How a number of a period moved: against the period before it, and against the 90 days before it.

Medians of posts at an equal age, or of days, so that one viral post moves none of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from pressroom.core.readings import AccountDay, Number
from pressroom.graph.metrics import SUCCESSORS
from pressroom.insights.questions.at_age import AgedNumbers
from pressroom.insights.questions.periods import Period, day_of
from pressroom.insights.questions.posts import RATE, value_of
from pressroom.insights.statistics.answers import TooFew

if TYPE_CHECKING:
    from pressroom.insights.statistics.medians import Change, Typical

TRAILING_DAYS: Final = 90
# Of ten posts two may lack a reading, as after a day without a worker.
_LEAST_READ: Final = 0.8
POST_METRICS: Final = ("reach", "views", RATE, "shares", "saved")
DAY_METRICS: Final = ("reach", "follower_count")
"""The seven numbers of each report, always the same, so that one report can be laid beside another."""


class Of(StrEnum):
    """What the median is of: posts at 24 hours, or an account's days."""

    POSTS = "posts"
    DAYS = "days"


class NotCompared(StrEnum):
    """Why a number is not compared with a baseline."""

    NOT_WATCHED = "not_watched"  # collecting began later
    DAYS_MISSING = "days_missing"
    POSTS_UNREAD = "posts_unread"  # too many posts of either span have no reading at 24 hours
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a number is held against. n: posts or days that have it, of `count` that there were.

    change: None where it is not compared, and not_compared says why.
    """

    n: int
    count: int
    change: "Change | None"
    not_compared: NotCompared | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A number in a period. typical: its median, None with too few posts or days.

    n, without: posts or days with the number, and those without it. before: the period before; trailing: the
    90 days before the period.
    """

    metric: str
    of: Of
    n: int
    without: int
    typical: "Typical | None"
    before: Baseline
    trailing: Baseline

    @property
    def moved_against(self) -> Baseline | None:
        """The baseline that it moved from beyond chance: the period before, else the 90 days; or None."""
        baselines = (self.before, self.trailing)
        return next((one for one in baselines if one.change and one.change.is_outside_noise), None)

    @property
    def moved(self) -> "Change | None":
        """The change beyond chance, or None."""
        against = self.moved_against
        return against.change if against else None

    @property
    def is_compared(self) -> bool:
        """Whether it is held against anything."""
        return self.before.change is not None or self.trailing.change is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """Posts of a span: their numbers at 24 hours, and how many there were. is_watched: from its start."""

    aged: Sequence[AgedNumbers]
    count: int
    is_watched: bool = True

    @property
    def is_read(self) -> bool:
        """Whether nearly all of them have a reading: who knows what the others had reached."""
        return len(self.aged) >= _LEAST_READ * self.count


Values: TypeAlias = Sequence[Number]


def of_posts(metric: str, now: Posts, before: Posts, trailing: Posts) -> Movement:
    """Tell how a metric of posts moved, or its successor where Instagram gives that one in its place."""
    name = _given(metric, now.aged)
    values = _values(name, now.aged)
    return Movement(
        metric=name,
        of=Of.POSTS,
        n=len(values),
        without=now.count - len(values),
        typical=_typical(values),
        before=_posts_before(name, before, now),
        trailing=_posts_before(name, trailing, now),
    )


def of_days(metric: str, period: Period, days: Sequence[AccountDay], watched_from: date) -> Movement:
    """Tell how a metric of an account moved. A baseline counts only where each of its days is known."""
    name = _given_days(metric, period, days)
    known = {day_of(one.ends_at): one.number for one in days if one.metric == name and one.number is not None}
    values = _known(period, known)
    return Movement(
        metric=name,
        of=Of.DAYS,
        n=len(values),
        without=period.length - len(values),
        typical=_typical(values),
        before=_whole(period.before, period, known, watched_from),
        trailing=_whole(trailing_of(period), period, known, watched_from),
    )


def trailing_of(period: Period) -> Period:
    """Return the 90 days before a period."""
    return Period(period.first - timedelta(days=TRAILING_DAYS), period.first - timedelta(days=1))


def _posts_before(metric: str, earlier: Posts, now: Posts) -> Baseline:
    before, later = _values(metric, earlier.aged), _values(metric, now.aged)
    if not earlier.is_watched:
        return _not_compared(NotCompared.NOT_WATCHED, len(before), earlier.count)
    if not (earlier.is_read and now.is_read):
        return _not_compared(NotCompared.POSTS_UNREAD, len(before), earlier.count)
    return _against(before, later, earlier.count)


def _not_compared(why: NotCompared, n: int, count: int) -> Baseline:
    return Baseline(n=n, count=count, change=None, not_compared=why)


def _given(metric: str, aged: Sequence[AgedNumbers]) -> str:
    successor = SUCCESSORS.get(metric)
    is_gone = successor is not None and not _values(metric, aged) and bool(_values(successor, aged))
    return successor if successor is not None and is_gone else metric


def _given_days(metric: str, period: Period, days: Sequence[AccountDay]) -> str:
    numbers = (one for one in days if one.number is not None)
    named = {one.metric for one in numbers if period.first <= day_of(one.ends_at) <= period.last}
    successor = SUCCESSORS.get(metric)
    return successor if successor in named and metric not in named else metric


def _values(metric: str, aged: Sequence[AgedNumbers]) -> list[Number]:
    found = (value_of(one, metric) for one in aged)
    return [value for value in found if value is not None]


def _known(period: Period, known: Mapping[date, Number]) -> list[Number]:
    return [known[day] for day in period.days if day in known]


def _whole(earlier: Period, period: Period, known: Mapping[date, Number], watched_from: date) -> Baseline:
    before, now = _known(earlier, known), _known(period, known)
    is_missing = len(before) < earlier.length or len(now) < period.length
    if not is_missing:
        return _against(before, now, earlier.length)
    # Instagram fills in some days from before anybody watched: what is known counts, whoever watched.
    why = NotCompared.NOT_WATCHED if watched_from > earlier.first else NotCompared.DAYS_MISSING
    return _not_compared(why, len(before), earlier.length)


def _against(earlier: Values, later: Values, count: int) -> Baseline:
    from pressroom.insights.statistics import medians  # noqa: PLC0415  # an extra

    found = medians.change(earlier, later)
    if isinstance(found, TooFew):
        return _not_compared(NotCompared.TOO_FEW, len(earlier), count)
    return Baseline(n=len(earlier), count=count, change=found)


def _typical(values: Values) -> "Typical | None":
    from pressroom.insights.statistics import medians  # noqa: PLC0415  # an extra

    found = medians.typical(values)
    return None if isinstance(found, TooFew) else found
