"""Judges a report's numbers: how each moved, and which posts stand out.

`of_posts`, `of_days`: how numbers of a period moved, against the period before and against the 90 days before
it. All are medians of posts at an equal age, or of days, which a single viral post cannot move.
`against_their_kind`: which posts did better or worse than is usual of their own kind.
"""

import math
import statistics
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise, product
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from pressroom.core.readings import AccountDay, KeptMedia, Number
from pressroom.graph.metrics import SUCCESSORS
from pressroom.insights.questions.periods import Period, day_of, history_of
from pressroom.insights.questions.posts import FEW, AgedNumbers, kind_of, value_of
from pressroom.insights.report.mix import MixChange, ValueOfKind, is_changed_within_kinds, mix_change
from pressroom.insights.statistics.answers import ALPHA_OF_DAYS, ALPHA_OF_POSTS, TooFew

if TYPE_CHECKING:
    from pressroom.insights.statistics.changes import Change

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
    SHORT_HISTORY = "short_history"  # too few days before it, to tell a change from chance
    POSTS_UNREAD = "posts_unread"  # too many posts of either span have no reading at 24 hours
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a number is held against. n: posts or days that have it, of `count` that there were.

    median: None with too few of them. change: None where it is not compared, and not_compared says why.
    """

    n: int
    count: int
    median: Number | None
    change: "Change | None"
    not_compared: NotCompared | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A number in a period. median: None with too few posts or days.

    n, without: posts or days with the number, and those without it. before: the period before; trailing: the
    90 days before the period. mix: of a number of posts that moved while posts of a kind did not: the changed
    mix of kinds that moved it.
    """

    metric: str
    of: Of
    n: int
    without: int
    median: Number | None
    before: Baseline
    trailing: Baseline
    mix: MixChange | None = None

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
    """Posts of a span of days: their numbers at 24 hours, and how many there were.

    is_watched: from its start.
    """

    period: Period
    aged: Sequence[AgedNumbers]
    count: int
    is_watched: bool = True

    @property
    def is_read(self) -> bool:
        """Whether nearly all of them have a reading: who knows what the others had reached."""
        return len(self.aged) >= _LEAST_READ * self.count

    def why_not_against(self, earlier: "Posts") -> NotCompared | None:
        """Return why they are not compared with those of an earlier span."""
        if not earlier.is_watched:
            return NotCompared.NOT_WATCHED
        return None if earlier.is_read and self.is_read else NotCompared.POSTS_UNREAD

    def values(self, metric: str) -> list[Number]:
        """Return the values of a metric that are known."""
        values = (value_of(aged, metric) for aged in self.aged)
        return [value for value in values if value is not None]


class MovedPosts(NamedTuple):
    """How numbers of posts moved. kinds: what each kind reached against the 90 days before, if compared."""

    movements: list[Movement]
    kinds: Mapping[str, "Change"]


def of_posts(
    metrics: Sequence[str],
    now: Posts,
    before: Posts,
    trailing: Posts,
    *,
    kinds: Sequence[str] = (),
    zone: ZoneInfo,
) -> MovedPosts:
    """Return how metrics of posts moved; of each its successor, where Instagram gives that in its place.

    kinds: compared by the first metric. zone: of the days on which posts went out.
    """
    successors = {metric: SUCCESSORS[metric] for metric in metrics if metric in SUCCESSORS}
    replaced = {old: new for old, new in successors.items() if not now.values(old) and now.values(new)}
    metrics = [replaced.get(metric, metric) for metric in metrics]
    earlier = {"before": before, "trailing": trailing}
    compared = {name: posts for name, posts in earlier.items() if now.why_not_against(posts) is None}
    changes = _changes_of_posts(metrics, kinds, now, compared, zone)
    movements = list[Movement]()
    for metric in metrics:
        values = now.values(metric)
        against = {
            name: _baseline(
                posts.values(metric), posts.count, changes.get((metric, "", name)), now.why_not_against(posts)
            )
            for name, posts in earlier.items()
        }
        movement = Movement(
            metric=metric,
            of=Of.POSTS,
            n=len(values),
            without=now.count - len(values),
            median=_median(values),
            before=against["before"],
            trailing=against["trailing"],
        )
        movements.append(replace(movement, mix=_mix_of(movement, now, before, trailing, zone)))
    of_kinds = {kind: changes.get((metrics[0], kind, "trailing")) for kind in kinds}
    return MovedPosts(movements, {kind: change for kind, change in of_kinds.items() if change})


def _mix_of(
    movement: Movement, now: Posts, before: Posts, trailing: Posts, zone: ZoneInfo
) -> MixChange | None:
    """Return the changed mix of kinds that moved a number; None where posts of a kind changed themselves."""
    against, change = movement.moved_against, movement.moved
    if against is None or change is None:
        return None
    earlier = before if against is movement.before else trailing
    in_both = [
        [(aged, value) for aged in posts.aged if (value := value_of(aged, movement.metric)) is not None]
        for posts in (now, earlier)
    ]
    mix = mix_change(*([kind_of(aged.media) for aged, _value in posts] for posts in in_both))
    if mix is None:
        return None
    values = [
        ValueOfKind(kind_of(aged.media), _ordinal_day(aged, zone), value)
        for posts in in_both
        for aged, value in posts
    ]
    spans = (_ordinals(now.period), _ordinals(earlier.period))
    is_real = is_changed_within_kinds(values, *spans, is_rise=change.difference.value > 0)
    return None if is_real else mix


# The metric, the kind or an empty text for all, and the baseline.
_Key: TypeAlias = tuple[str, str, str]


def _changes_of_posts(
    metrics: Sequence[str], kinds: Sequence[str], now: Posts, compared: Mapping[str, Posts], zone: ZoneInfo
) -> dict[_Key, "Change"]:
    """Return all changes that can be told, which share one budget of error."""
    from pressroom.insights.statistics.changes import DatedValue, Question, changes_of_posts  # noqa: PLC0415

    # The period before lies in the 90 days before, or the other way round.
    pool = {aged.media.id: aged for posts in (now, *compared.values()) for aged in posts.aged}.values()
    keys: list[_Key] = [
        *product(metrics, ("",), compared),
        *product(metrics[:1], kinds, compared.keys() & {"trailing"}),
    ]
    series: dict[str, list[DatedValue]] = {f"{metric} {kind}": [] for metric, kind, _ in keys}
    for metric, kind in dict.fromkeys(key[:2] for key in keys):
        for aged in pool:
            value = value_of(aged, metric)
            if value is not None and kind in ("", kind_of(aged.media)):
                series[f"{metric} {kind}"].append(DatedValue(_ordinal_day(aged, zone), value))
    questions = [
        Question(f"{metric} {kind}", _ordinals(compared[name].period)) for metric, kind, name in keys
    ]
    answers = changes_of_posts(series, _ordinals(now.period), questions, alpha=ALPHA_OF_POSTS)
    return {key: answer for key, answer in zip(keys, answers, strict=True) if not isinstance(answer, TooFew)}


def _ordinal_day(aged: AgedNumbers, zone: ZoneInfo) -> int:
    return aged.media.published_at.astimezone(zone).date().toordinal()


def _ordinals(period: Period) -> range:
    return range(period.first.toordinal(), period.last.toordinal() + 1)


def of_days(metric: str, period: Period, days: Sequence[AccountDay], watched_from: date) -> Movement:
    """Return how a metric of an account moved. A baseline counts only where each of its days is known.

    days: of a year before the period too, which tell how much chance moves.
    """
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
        median=_median(values),
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
    change, why = None, None
    if len(before) == earlier.length and len(now) == period.length:
        from pressroom.insights.statistics.changes import change_of_days  # noqa: PLC0415  # an extra

        history = history_of(period, numbers)
        answer = change_of_days(history, period.length, earlier.length, alpha=ALPHA_OF_DAYS)
        if not isinstance(answer, TooFew):
            change = answer
        elif answer.n >= FEW:
            why = NotCompared.SHORT_HISTORY
    else:
        # Instagram fills in some days from before collecting began. If all are known, they count; if not,
        # the reason is that nobody watched.
        why = NotCompared.NOT_WATCHED if watched_from > earlier.first else NotCompared.DAYS_MISSING
    return _baseline(before, earlier.length, change, why)


def _baseline(
    values: Sequence[Number], count: int, change: "Change | None", why: NotCompared | None
) -> Baseline:
    if change is None:
        why = why or NotCompared.TOO_FEW
    return Baseline(n=len(values), count=count, median=_median(values), change=change, not_compared=why)


def _median(values: Sequence[Number]) -> Number | None:
    return statistics.median(values) if len(values) >= FEW else None


# Fewer posts that followed others say nothing of how posts fall back.
_FEWEST_PAIRS: Final = 10


def share_kept(aged: Iterable[AgedNumbers], metric: str) -> float | None:
    """Return how much of what sets a post apart from its kind the next post of that kind keeps, 0 to 1.

    Mostly little: an outstanding post is luck for the most part. In logarithms; None with too few posts.
    """
    logs = defaultdict[str, list[float]](list)
    for numbers in sorted(aged, key=lambda aged: aged.media.published_at):
        if (value := value_of(numbers, metric)) is not None and value > 0:
            logs[kind_of(numbers.media)].append(math.log(value))
    pairs = list[tuple[float, float]]()
    for of_kind in logs.values():
        middle = statistics.median(of_kind)
        pairs += pairwise(log - middle for log in of_kind)
    square = sum(log**2 for log, _ in pairs)
    if len(pairs) < _FEWEST_PAIRS or not square:
        return None
    return min(1.0, max(0.0, sum(log * following for log, following in pairs) / square))


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
