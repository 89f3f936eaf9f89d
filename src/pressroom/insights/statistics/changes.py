"""Compares the medians of a period with earlier ones: of posts by swapping days, of days by the history.

* `changes_of_posts`: posts of a day share its luck, so that whole days are swapped between the period and
  what it is held against. All comparisons are judged together, by the largest of them.
* `change_of_days`: days follow one another and are no independent draws. How much chance alone moves a median
  is taken from the account's earlier windows.

docs/decisions/0023-insight-statistics.md gives the reasons and the rates that were measured.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pressroom.insights.statistics.answers import FEWEST, Estimate, TooFew, percent_of
from pressroom.insights.statistics.inference import RESAMPLES, Floats, t_quantile

Places = NDArray[np.int64]
FEWEST_DAYS: Final = 90
"""With fewer known days before a period its daily numbers are described, and not tested."""
_FEWEST_WINDOWS: Final = 2
# Of Student's t: medians of few days have heavy tails where days have, however many windows there are.
_MOST_FREEDOM: Final = 8.0
_ROUNDING: Final = 1e-9
# The normal quantile of 0.8: so many errors beyond the noise, a change is found in eight of ten cases.
_EIGHT_OF_TEN: Final = 0.8416
# Numbers that are dealt at once: as many as stay in a processor's cache.
_BATCH_NUMBERS: Final = 60_000
# Luck that lasts for longer than a week is no luck of days any more.
_LAGS: Final = 7
_FEWEST_PAIRS: Final = 5
# Residuals are clipped at so many standard deviations, so that a viral post makes no luck of its day.
_CLIP: Final = 2.0
_MAD_OF_NORMAL: Final = 0.6745


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a median differs from an earlier one: later minus earlier, and later / earlier - 1 in percent.

    Only where is_outside_noise may an arrow be shown. percent: None where the earlier median is 0 or less,
    since nothing is a percentage of that. times_chance: the change beside half of its interval, above 1 where
    it is outside the noise. smallest_visible_percent: a rise of this size is outside the noise in eight
    of ten such periods; None where percent is None.
    """

    n_earlier: int
    n_later: int
    difference: Estimate
    percent: Estimate | None
    times_chance: float
    smallest_visible_percent: float | None = None

    @property
    def is_outside_noise(self) -> bool:
        """Whether the interval of the difference leaves out 0, which is the test."""
        return self.difference.is_outside_noise


class DatedValue(NamedTuple):
    """A number of a post. day: on which the post went out, counted from any day."""

    day: int
    value: float


class Question(NamedTuple):
    """Whether a series differs from what it was in a span of earlier days."""

    series: str
    earlier: range


def changes_of_posts(
    series: Mapping[str, Sequence[DatedValue]],
    later: range,
    questions: Sequence[Question],
    *,
    alpha: float,
    seed: int = 0,
) -> list[Change | TooFew]:
    """Answer each question about the posts of the later days.

    alpha: how often any of all these changes is outside the noise where nothing changed.
    """
    days = np.unique(np.array([post.day for posts in series.values() for post in posts], dtype=np.int64))
    rng = np.random.default_rng(seed)
    # How the days came, and then how chance could have dealt them.
    orders = np.array([np.arange(len(days)), *(rng.permutation(len(days)) for _ in range(RESAMPLES))])
    dealers = {name: _Dealer(days, orders, posts, later) for name, posts in series.items()}
    dealt = [dealers[question.series].deal(question.earlier) for question in questions]
    # The largest of all changes, so that to ask for many does not raise the chance of a false alarm.
    errors = [pair.errors[1:] for pair in dealt if pair.n_least >= FEWEST]
    largest = np.sort(np.max(errors, axis=0)) if errors else np.zeros(RESAMPLES)
    critical = float(largest[-max(1, math.floor(alpha * (RESAMPLES + 1)))])
    return [pair.change(critical, alpha) for pair in dealt]


class _Medians(NamedTuple):
    """The median of a window as the days came, and after each dealing. n: of its values as the days came."""

    n: int
    values: Floats


class _Dealer:
    """A series, whose medians are taken in a window as the days came and as they are dealt."""

    def __init__(self, days: Places, orders: Places, posts: Sequence[DatedValue], later: range) -> None:
        ordered = sorted(posts, key=lambda post: post.value)
        self._days, self._orders = days, orders
        self._values = np.array([post.value for post in ordered], dtype=np.float64)
        self._places = days.searchsorted([post.day for post in ordered])
        self._grain = _grain_of(self._values)
        self._now = self._medians_in(later)
        self._widening = self._widening_of(later)

    def deal(self, earlier: range) -> "_Dealt":
        before = self._medians_in(earlier)
        medians = np.array([self._now.values, before.values])
        # Reach differs by factors; a number that may be 0 or less has no logarithm.
        is_log = bool((medians[~np.isnan(medians)] > 0).all())
        now, then = np.log(medians) if is_log else medians
        # A window that no post was dealt to has no difference.
        grain = self._grain / float(before.values[0]) if is_log else self._grain
        return _Dealt(self._now, before, is_log, np.nan_to_num(now - then), self._widening, grain)

    def _medians_in(self, span: range) -> _Medians:
        values, window = self._values, (self._days >= span.start) & (self._days < span.stop)
        medians, batch = np.full(len(self._orders), np.nan), max(1, _BATCH_NUMBERS // max(1, len(values)))
        for start in range(0, len(medians) if len(values) else 0, batch):
            is_in = window[self._orders[start : start + batch]][:, self._places]
            count = is_in.cumsum(axis=1, dtype=np.int32)
            n = count[:, -1:]
            # Of sorted values the first whose count reaches the middle is the middle one.
            low, high = ((count >= middle).argmax(axis=1) for middle in ((n + 1) // 2, n // 2 + 1))
            medians[start : start + batch] = np.where(n[:, 0] > 0, (values[low] + values[high]) / 2, np.nan)
        return _Medians(int(window[self._places].sum()), medians)

    def _widening_of(self, later: range) -> float:
        """Return by how much the luck of neighbouring days, where it is alike, widens a comparison.

        To swap days takes them for independent. Where they are not, the days of a period, which follow one
        another, differ from others by more than days that were dealt (Bartlett's weights, a week of lags).
        """
        if len(self._values) < FEWEST or self._values[0] <= 0:
            return 1.0
        logs, day = np.log(self._values), self._days[self._places]
        is_later = (day >= later.start) & (day < later.stop)
        # A change between the windows is no luck of days.
        for window in (is_later, ~is_later):
            logs[window] -= np.median(logs[window]) if window.any() else 0.0
        limit = _CLIP * float(np.median(np.abs(logs))) / _MAD_OF_NORMAL
        means = np.full(int(self._days[-1] - self._days[0]) + 1 + _LAGS, np.nan)
        places, counts = np.unique(day - self._days[0], return_counts=True)
        means[places] = np.bincount(day - self._days[0], np.clip(logs, -limit, limit))[places] / counts
        variance, inflation = float(np.nanmean(means**2)), 1.0
        for lag in range(1, _LAGS + 1) if variance else ():
            products = means[:-lag] * means[lag:]
            n = int((~np.isnan(products)).sum())
            if n < _FEWEST_PAIRS:
                break
            correlation = float(np.nanmean(products)) / variance
            # Within its own error there is no correlation to speak of.
            if lag == 1 and correlation * math.sqrt(n) < 1:
                break
            inflation += 2 * (1 - lag / (_LAGS + 1)) * correlation
        return math.sqrt(max(1.0, inflation))


class _Dealt(NamedTuple):
    """The difference between two windows as the days came, and after each dealing."""

    now: _Medians
    before: _Medians
    is_log: bool
    differences: Floats
    widening: float
    grain: float

    @property
    def n_least(self) -> int:
        return min(self.now.n, self.before.n)

    @property
    def error(self) -> float:
        return float(np.sqrt((self.differences[1:] ** 2).mean()))

    @property
    def errors(self) -> Floats:
        return np.abs(self.differences) / (self.error or 1.0)

    def change(self, critical: float, alpha: float) -> Change | TooFew:
        if self.n_least < FEWEST:
            return TooFew(n=self.n_least, needed=FEWEST)
        value, error = float(self.differences[0]), math.hypot(self.error * self.widening, self.grain)
        return _change(
            (self.before.n, self.now.n),
            float(self.before.values[0]),
            _estimate(value, critical * error, alpha),
            visible=(critical + _EIGHT_OF_TEN) * error,
            is_log=self.is_log,
        )


def change_of_days(
    numbers: Sequence[float | None], later: int, earlier: int, *, alpha: float
) -> Change | TooFew:
    """Compare the median of the last days with that of the days before them.

    numbers: of each day, the oldest first, None where it is not known. later, earlier: how many days.
    alpha: how often the change is outside the noise where nothing changed. Returns TooFew with too short a
    period, and with too few known days before it to say what chance does.
    """
    values = np.array([np.nan if number is None else number for number in numbers], dtype=np.float64)
    if min(later, earlier) < FEWEST:
        return TooFew(n=min(later, earlier), needed=FEWEST)
    n_known = int((~np.isnan(values[:-later])).sum())
    # Two pairs of windows side by side: from a single one nobody can tell what chance does.
    needed = max(FEWEST_DAYS, earlier + _FEWEST_WINDOWS * later)
    if n_known < needed:
        return TooFew(n=n_known, needed=needed)
    after, before = (np.median(sliding_window_view(values, length), axis=1) for length in (later, earlier))
    medians = np.array([after[earlier:], before[: len(after) - earlier]])
    is_log = bool((medians[~np.isnan(medians)] > 0).all())
    differences = np.subtract(*(np.log(medians) if is_log else medians))
    # What ends before the period begins, so that a change of now is not among it.
    chance = differences[:-later]
    chance = np.abs(chance[~np.isnan(chance)])
    # Windows that overlap share days: so many stand side by side.
    freedom = min(_MOST_FREEDOM, (len(chance) + later - 1) / later)
    if freedom < _FEWEST_WINDOWS or np.isnan(differences[-1]):
        return TooFew(n=n_known, needed=n_known + 1)
    grain = _grain_of(values[~np.isnan(values)]) / (float(np.nanmedian(values)) if is_log else 1)
    error = math.hypot(float(np.sqrt((chance**2).mean())), grain)
    # Heavy tails go beyond Student's t, so that nothing counts that the account has shown by itself.
    half = max(t_quantile(1 - alpha / 2, freedom) * error, float(chance.max()))
    estimate = _estimate(float(differences[-1]), half, alpha)
    visible = half + _EIGHT_OF_TEN * error
    return _change((earlier, later), float(medians[1][-1]), estimate, visible=visible, is_log=is_log)


def _grain_of(values: Floats) -> float:
    """Return the error that two medians of counts have for being counted, each rounded to a step of 1."""
    return 1 / math.sqrt(6) if (values == np.round(values)).all() else 0.0


def _estimate(value: float, half: float, alpha: float) -> Estimate:
    # What differs by its last digits alone does not differ.
    half *= 1 + _ROUNDING
    return Estimate(value=value, low=value - half, high=value + half, confidence=1 - alpha)


def _change(
    sizes: tuple[int, int], earlier: float, estimate: Estimate, *, visible: float, is_log: bool
) -> Change:
    """Describe a change from an earlier median.

    estimate: of the difference. visible: the smallest difference that is found in eight of ten cases. is_log:
    both are of logarithms.
    """
    # No count falls by more than all of it.
    low = max(estimate.low, -earlier) if earlier > 0 else estimate.low
    difference = replace(estimate, low=min(low, estimate.value))
    percent = difference.times(100 / earlier) if earlier > 0 else None
    smallest = 100 * visible / earlier if earlier > 0 else None
    if is_log:
        low, value, high = (percent_of(log) for log in (estimate.low, estimate.value, estimate.high))
        percent = Estimate(value=value, low=low, high=high, confidence=estimate.confidence)
        difference = percent.times(earlier / 100)
        smallest = percent_of(visible)
    return Change(
        n_earlier=sizes[0],
        n_later=sizes[1],
        difference=difference,
        percent=percent,
        times_chance=abs(estimate.value) / half if (half := estimate.high - estimate.value) else math.inf,
        smallest_visible_percent=smallest,
    )
