"""Judges a report's numbers: how each moved, and which posts stand out.

`of_posts`, `of_days`: how a number of a period moved, against the period before and against the 90 days
before it. All are medians of posts at an equal age, or of days, which a single viral post cannot move.
`against_their_kind`: which posts did better or worse than is usual of their own kind.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pressroom.core.readings import AccountDay, KeptMedia, Number
from pressroom.graph.metrics import SUCCESSORS
from pressroom.insights.questions.periods import Period, day_of
from pressroom.insights.questions.posts import FEW, AgedNumbers, kind_of, value_of
from pressroom.insights.statistics.answers import TooFew

if TYPE_CHECKING:
    from pressroom.insights.statistics.comparisons import Change, Typical

TRAILING_DAYS: Final = 90
# Of ten posts two may lack a reading, as after a day without a worker.
_LEAST_READ: Final = 0.8
MOST_SHOWN: Final = 3
OUTLIER_TIMES: Final = 3.0
"""A post with so many times the usual reach is named."""


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
        for baseline in (self.before, self.trailing):
            if baseline.change and baseline.change.is_outside_noise:
                return baseline
        return None

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


def of_posts(metric: str, now: Posts, before: Posts, trailing: Posts) -> Movement:
    """Return how a metric of posts moved, or its successor where Instagram gives that in its place."""
    successor = SUCCESSORS.get(metric)
    if successor and not _values(metric, now) and _values(successor, now):
        metric = successor
    values = _values(metric, now)
    return Movement(
        metric=metric,
        of=Of.POSTS,
        n=len(values),
        without=now.count - len(values),
        typical=_typical(values),
        before=_posts_against(metric, before, now),
        trailing=_posts_against(metric, trailing, now),
    )


def _values(metric: str, posts: Posts) -> list[Number]:
    values = (value_of(aged, metric) for aged in posts.aged)
    return [value for value in values if value is not None]


def _posts_against(metric: str, earlier: Posts, now: Posts) -> Baseline:
    values = _values(metric, earlier)
    if not earlier.is_watched:
        return _not_compared(NotCompared.NOT_WATCHED, len(values), earlier.count)
    if not (earlier.is_read and now.is_read):
        return _not_compared(NotCompared.POSTS_UNREAD, len(values), earlier.count)
    return _against(values, _values(metric, now), earlier.count)


def of_days(metric: str, period: Period, days: Sequence[AccountDay], watched_from: date) -> Movement:
    """Return how a metric of an account moved. A baseline counts only where each of its days is known."""
    known_days = [day for day in days if day.number is not None]
    in_period = {day.metric for day in known_days if period.first <= day_of(day.ends_at) <= period.last}
    successor = SUCCESSORS.get(metric)
    if successor in in_period and metric not in in_period:
        metric = successor
    numbers = {
        day_of(day.ends_at): day.number for day in days if day.metric == metric and day.number is not None
    }
    values = _numbers_in(period, numbers)
    return Movement(
        metric=metric,
        of=Of.DAYS,
        n=len(values),
        without=period.length - len(values),
        typical=_typical(values),
        before=_days_against(period.before, period, numbers, watched_from),
        trailing=_days_against(trailing_of(period), period, numbers, watched_from),
    )


def trailing_of(period: Period) -> Period:
    """Return the 90 days before a period."""
    return Period(period.first - timedelta(days=TRAILING_DAYS), period.first - timedelta(days=1))


def _numbers_in(period: Period, numbers: Mapping[date, Number]) -> list[Number]:
    return [numbers[day] for day in period.days if day in numbers]


def _days_against(
    earlier: Period, period: Period, numbers: Mapping[date, Number], watched_from: date
) -> Baseline:
    before, now = _numbers_in(earlier, numbers), _numbers_in(period, numbers)
    if len(before) == earlier.length and len(now) == period.length:
        return _against(before, now, earlier.length)
    # Instagram fills in some days from before collecting began. If all are known, they count; if not, the
    # reason is that nobody watched.
    why = NotCompared.NOT_WATCHED if watched_from > earlier.first else NotCompared.DAYS_MISSING
    return _not_compared(why, len(before), earlier.length)


def _not_compared(why: NotCompared, n: int, count: int) -> Baseline:
    return Baseline(n=n, count=count, change=None, not_compared=why)


def _against(earlier: Sequence[Number], later: Sequence[Number], count: int) -> Baseline:
    from pressroom.insights.statistics import comparisons  # noqa: PLC0415  # an extra

    change = comparisons.change(earlier, later)
    if isinstance(change, TooFew):
        return _not_compared(NotCompared.TOO_FEW, len(earlier), count)
    return Baseline(n=len(earlier), count=count, change=change)


def _typical(values: Sequence[Number]) -> "Typical | None":
    from pressroom.insights.statistics import comparisons  # noqa: PLC0415  # an extra

    typical = comparisons.typical(values)
    return None if isinstance(typical, TooFew) else typical


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAgainstItsKind:
    """A post at 24 hours beside the others of its kind. value: None without the number, or without a reading.

    times_usual: value / median of the n others; None where these are fewer than 5.
    """

    media: KeptMedia
    aged: AgedNumbers | None
    value: Number | None
    times_usual: float | None
    n: int

    @property
    def is_outlier(self) -> bool:
        """Whether it has three times what is usual."""
        return self.times_usual is not None and self.times_usual >= OUTLIER_TIMES


def against_their_kind(
    media: Sequence[KeptMedia], aged: Mapping[str, AgedNumbers], peers: Iterable[AgedNumbers], metric: str
) -> list[PostAgainstItsKind]:
    """Hold each post against its peers of the same kind, itself left out. aged: by media id."""
    values = defaultdict[str, list[Number]](list)
    for peer in peers:
        if (value := value_of(peer, metric)) is not None:
            values[kind_of(peer.media)].append(value)
    ordered = {kind: sorted(of_kind) for kind, of_kind in values.items()}
    posts = list[PostAgainstItsKind]()
    for post in media:
        numbers, of_kind = aged.get(post.id), ordered.get(kind_of(post), [])
        value, n_others = value_of(numbers, metric) if numbers else None, max(0, len(of_kind) - 1)
        times = None
        if value is not None and n_others >= FEW:
            own = bisect_left(of_kind, value)
            # The median of the others, with no second list: places from the value's own on move up by one.
            middle = ((n_others - 1) // 2, n_others // 2)
            low, high = (of_kind[place if place < own else place + 1] for place in middle)
            median = (low + high) / 2
            times = value / median if median > 0 else None
        posts.append(PostAgainstItsKind(media=post, aged=numbers, value=value, times_usual=times, n=n_others))
    return posts


def best_and_weakest(
    posts: Sequence[PostAgainstItsKind],
) -> tuple[list[PostAgainstItsKind], list[PostAgainstItsKind]]:
    """Return at most three above what is usual and three below it, the furthest first."""
    with_times = [(post.times_usual, post) for post in posts if post.times_usual is not None]
    best = sorted((pair for pair in with_times if pair[0] > 1), key=lambda pair: -pair[0])
    weakest = sorted((pair for pair in with_times if pair[0] < 1), key=lambda pair: pair[0])
    return [post for _, post in best[:MOST_SHOWN]], [post for _, post in weakest[:MOST_SHOWN]]
