"""Compares groups of posts by their medians, the two slots of an experiment, and followers after a post.

* `typical`: a median, which a single viral post cannot move.
* `experiment`: which of two slots that take turns reaches more. It is surer than a look back, because nothing
  but the slot differs.
* `followers_after`: how followers moved after a post, beside what they do anyway: an association, no effect.
  Instagram says how many followed after a FEED post or a story; for a reel this is all that can be said.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from pressroom.insights.statistics.answers import (
    FEWEST,
    FEWEST_OF_A_SLOT,
    LONGEST_GAP,
    Estimate,
    FollowersAfter,
    TooFew,
    as_percent,
)
from pressroom.insights.statistics.inference import (
    ALPHA,
    Fit,
    Floats,
    fit_robustly,
    median_interval,
    orthonormal_basis,
    posts_needed,
    smallest_visible_percent,
    t_quantile,
    two_sample_p,
)

_CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Typical:
    """The median of n values with its interval; half of the values are between the quartiles."""

    n: int
    median: Estimate
    quartiles: tuple[float, float]


def typical(values: Sequence[float], *, seed: int = 0) -> Typical | TooFew:
    """Return the median of values; the caller leaves out what is not known."""
    if len(values) < FEWEST:
        return TooFew(n=len(values), needed=FEWEST)
    sample = _sorted(values)
    low, high = median_interval((sample,), np.asarray, confidence=_CONFIDENCE, seed=seed)
    lower, upper = np.quantile(sample, [0.25, 0.75])
    return Typical(
        n=len(sample),
        median=Estimate(value=float(np.median(sample)), low=low, high=high, confidence=_CONFIDENCE),
        quartiles=(float(lower), float(upper)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What the second slot reached in percent more than the first, of as many posts each.

    The interval is as sure as the test: where the difference is found, it leaves out 0, but for rare
    borderline cases. n_far_off: posts that were clipped, such as a viral one. smallest_visible_percent:
    what would have been found in eight of ten such experiments. posts_needed: of both slots together, to
    find 30 % that often.
    """

    n_first: int
    n_second: int
    n_without_reach: int
    n_far_off: int
    sigma: float
    alpha: float
    second_against_first: Estimate
    p: float
    is_found: bool
    smallest_visible_percent: float
    posts_needed: int


def experiment(first: Sequence[float], second: Sequence[float], *, seed: int = 0) -> Experiment | TooFew:
    """Compare the reach at 24 h of the posts of two slots.

    Raises ValueError for a reach that is no number.
    """
    logs = _logs(first), _logs(second)
    sizes = len(logs[0]), len(logs[1])
    if min(sizes) < FEWEST_OF_A_SLOT:
        return TooFew(n=min(sizes), needed=FEWEST_OF_A_SLOT)
    y, slots = np.concatenate(logs), np.repeat(np.eye(2), sizes, axis=0)
    by_slot = fit_robustly(orthonormal_basis(slots), y)
    # The test clips residuals about what both slots have in common. About its own slot's level, a post
    # would be clipped to suit the difference that is tested.
    common = fit_robustly(orthonormal_basis(np.ones((len(y), 1))), y).residuals

    def mean_difference(one_slot: Floats, other_slot: Floats, axis: int) -> Floats:
        return other_slot.mean(axis=axis) - one_slot.mean(axis=axis)

    p = two_sample_p(common[: sizes[0]], common[sizes[0] :], mean_difference, seed=seed)
    return _experiment(by_slot, slots, p, len(first) + len(second))


def _experiment(by_slot: Fit, slots: Floats, p: float, n_measured: int) -> Experiment:
    """Describe an experiment. slots: two columns of 0 and 1, a row for each post with a reach."""
    n = len(slots)
    n_first, n_second = (int(size) for size in slots.sum(axis=0))
    information = n_first * n_second / n
    level_of_first, level_of_second = slots.T @ by_slot.fitted / slots.sum(axis=0)
    value = float(level_of_second - level_of_first)
    half = t_quantile(1 - ALPHA / 2, by_slot.freedom) * by_slot.sigma / float(np.sqrt(information))
    log = Estimate(value=value, low=value - half, high=value + half, confidence=1 - ALPHA)
    return Experiment(
        n_first=n_first,
        n_second=n_second,
        n_without_reach=n_measured - n,
        n_far_off=by_slot.n_clipped,
        sigma=by_slot.sigma,
        alpha=ALPHA,
        second_against_first=as_percent(log),
        p=p,
        is_found=p <= ALPHA,
        smallest_visible_percent=smallest_visible_percent(
            sigma=by_slot.sigma, information=information, comparisons=1, freedom=by_slot.freedom, alpha=ALPHA
        ),
        posts_needed=posts_needed(
            sigma=by_slot.sigma,
            information_of_post=information / n,
            comparisons=1,
            parameters=2,
            alpha=ALPHA,
            at_least=2 * FEWEST_OF_A_SLOT,
        ),
    )


def _logs(reach: Sequence[float]) -> Floats:
    """Return the logs of each reach, sorted. A reach of 0 has no logarithm, and is left out."""
    values = _sorted(reach)
    return np.log(values[values > 0])


def _sorted(values: Sequence[float]) -> Floats:
    """Sort values, so that their order changes no answer: resampled in another order, an interval differs.

    Raises ValueError for a value that is not a number.
    """
    sample = np.sort(np.asarray(values, dtype=np.float64))
    if not np.isfinite(sample).all():
        raise ValueError("Values are numbers; leave out what is not known.")
    return sample


WINDOW: Final = timedelta(hours=48)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerCount:
    """How many followers an account had at one time."""

    at: datetime
    followers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """The change of followers in 48 h in which no post went out.

    n: windows, of which no two overlap. median: with its interval. range: where the change of one more such
    window would lie, in all but 2 of 100 cases.
    """

    n: int
    median: Estimate
    range: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """The change after each post, in the order of time, and the usual one."""

    usual: Usual | TooFew
    posts: tuple[FollowersAfter, ...]


def followers_after(
    counts: Sequence[FollowerCount], posts: Sequence[datetime], *, seed: int = 0
) -> Association:
    """Return for each post how followers changed in the 48 h after it, and whether that is unusual.

    Raises ValueError for a time without a zone.
    """
    if any(at.tzinfo is None for at in (*posts, *(count.at for count in counts))):
        raise ValueError("A time needs a zone.")
    track, window = _Track(counts), WINDOW.total_seconds()
    starts = np.array(sorted(post.timestamp() for post in posts))
    usual = _usual(track, starts, seed)
    # For each post, the others less than 48 h away.
    n_near = starts.searchsorted(starts + window) - starts.searchsorted(starts - window, side="right") - 1
    changes, others = track.changes_from(starts).tolist(), n_near.tolist()
    after = list[FollowersAfter]()
    for at, change, other_posts in zip(sorted(posts), changes, others, strict=True):
        more, is_outside, is_unknown = None, None, math.isnan(change)
        if not is_unknown and not isinstance(usual, TooFew):
            more = change - usual.median.value
            is_outside = not usual.range[0] <= change <= usual.range[1]
        after.append(
            FollowersAfter(
                at=at,
                other_posts=other_posts,
                change=None if is_unknown else change,
                more_than_usual=more,
                is_outside_noise=is_outside,
            )
        )
    return Association(usual=usual, posts=tuple(after))


class _Track:
    """Followers at any time between counts that are near enough to each other."""

    def __init__(self, counts: Sequence[FollowerCount]) -> None:
        # Of two counts at the same time the larger stands, so that their order does not matter.
        last = dict(sorted((count.at.timestamp(), count.followers) for count in counts))
        self.times = np.array(list(last), dtype=np.float64)
        self._followers = np.array(list(last.values()), dtype=np.float64)

    def changes_from(self, starts: Floats) -> Floats:
        """Return the change in the 48 h from each time on; NaN where it is not known."""
        return self._followers_at(starts + WINDOW.total_seconds()) - self._followers_at(starts)

    def _followers_at(self, times: Floats) -> Floats:
        if not len(self.times):
            return np.full_like(times, np.nan)
        right = np.minimum(self.times.searchsorted(times), len(self.times) - 1)
        later, earlier = self.times[right], self.times[np.maximum(right - 1, 0)]
        is_near = (earlier < times) & (times < later) & (later - earlier <= LONGEST_GAP.total_seconds())
        between = np.interp(times, self.times, self._followers)
        return np.where(is_near | (times == later), between, np.nan)


def _usual(track: _Track, starts: Floats, seed: int) -> Usual | TooFew:
    """Return the usual change of a window without a post. starts: the times of the posts, in order."""
    times, ends = track.times, track.times + WINDOW.total_seconds()
    all_changes = track.changes_from(times)
    is_quiet = (starts.searchsorted(times) == starts.searchsorted(ends)) & ~np.isnan(all_changes)
    # No two windows overlap, because they would share their chance.
    changes, free_from = list[float](), -np.inf
    for time, end, change in zip(
        times[is_quiet], ends[is_quiet], all_changes[is_quiet].tolist(), strict=True
    ):
        if time >= free_from:
            changes.append(change)
            free_from = end
    middle = typical(changes, seed=seed)
    if isinstance(middle, TooFew):
        return middle
    # Not the interval of the median: single windows vary far more than what is typical of them.
    wide = float(np.array(changes).std(ddof=1)) * float(np.sqrt(1 + 1 / len(changes)))
    half, median = t_quantile(1 - ALPHA / 2, len(changes) - 1) * wide, middle.median.value
    return Usual(n=middle.n, median=middle.median, range=(median - half, median + half))
