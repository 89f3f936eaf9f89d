"""How followers moved after a post, less what they do anyway: an association, no effect of the post.

Instagram says how many followed a FEED post or a story, and not a reel. This is what is left to say of one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pressroom.insights.statistics import sampling
from pressroom.insights.statistics.answers import Estimate, TooFew
from pressroom.insights.statistics.medians import typical
from pressroom.insights.statistics.power import ALPHA
from pressroom.insights.statistics.sampling import Floats

WINDOW: Final = timedelta(hours=48)
# Counts are read daily, at times some hours late. With one missing nobody knows which day brought them.
LONGEST_GAP: Final = timedelta(hours=30)


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
class AssociatedChange:
    """The change of followers in the 48 h after a post, beside the usual one.

    None where it is not known: change without counts about either end, the others without a usual change.
    other_posts: less than 48 h earlier or later, which have as much a part in the change.
    """

    at: datetime
    other_posts: int
    change: float | None
    more_than_usual: float | None
    is_outside_noise: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """The change after each post, in the order of time, and the usual one."""

    usual: Usual | TooFew
    posts: tuple[AssociatedChange, ...]


def followers_after(
    counts: Sequence[FollowerCount], posts: Sequence[datetime], *, seed: int = 0
) -> Association:
    """Tell for each post how followers changed in the 48 h after it, and whether that is unusual.

    Raises ValueError for a time without a zone.
    """
    if any(at.tzinfo is None for at in (*posts, *(count.at for count in counts))):
        raise ValueError("A time needs a zone.")
    track = _Track(counts)
    starts = np.array(sorted(post.timestamp() for post in posts))
    usual = _usual(track, starts, seed)
    changes, others = track.changes_from(starts).tolist(), _others_about(starts).tolist()
    found = (_after(*one, usual) for one in zip(sorted(posts), changes, others, strict=True))
    return Association(usual=usual, posts=tuple(found))


class _Track:
    """Followers at any time between counts that are near enough to each other."""

    def __init__(self, counts: Sequence[FollowerCount]) -> None:
        # Of two counts at one time the larger stands, so that their order does not matter.
        last = dict(sorted((count.at.timestamp(), count.followers) for count in counts))
        self.times = np.array(list(last), dtype=np.float64)
        self._followers = np.array(list(last.values()), dtype=np.float64)

    def changes_from(self, starts: Floats) -> Floats:
        """Return the change in the 48 h from each time on; NaN where it is not known."""
        return self._at(starts + WINDOW.total_seconds()) - self._at(starts)

    def _at(self, times: Floats) -> Floats:
        if not len(self.times):
            return np.full_like(times, np.nan)
        right = np.minimum(self.times.searchsorted(times), len(self.times) - 1)
        later, earlier = self.times[right], self.times[np.maximum(right - 1, 0)]
        is_near = (earlier < times) & (times < later) & (later - earlier <= LONGEST_GAP.total_seconds())
        between = np.interp(times, self.times, self._followers)
        return np.where(is_near | (times == later), between, np.nan)


def _usual(track: _Track, starts: Floats, seed: int) -> Usual | TooFew:
    changes = _quiet_changes(track, starts)
    median = typical(changes, seed=seed)
    if isinstance(median, TooFew):
        return median
    return Usual(
        n=median.n, median=median.median, range=_range_of_one_more(np.array(changes), median.median.value)
    )


def _quiet_changes(track: _Track, starts: Floats) -> list[float]:
    """Return the changes of windows without a post, no two of which overlap: chance would count twice."""
    times, ends = track.times, track.times + WINDOW.total_seconds()
    found = track.changes_from(times)
    is_quiet = (starts.searchsorted(times) == starts.searchsorted(ends)) & ~np.isnan(found)
    changes, free_from = list[float](), -np.inf
    for time, end, change in zip(times[is_quiet], ends[is_quiet], found[is_quiet].tolist(), strict=True):
        if time >= free_from:
            changes.append(change)
            free_from = end
    return changes


def _range_of_one_more(changes: Floats, median: float) -> tuple[float, float]:
    # Not the interval of the median: single windows vary far more than what is typical of them.
    wide = float(changes.std(ddof=1)) * float(np.sqrt(1 + 1 / len(changes)))
    half = sampling.t_quantile(1 - ALPHA / 2, len(changes) - 1) * wide
    return median - half, median + half


def _after(at: datetime, change: float, others: int, usual: Usual | TooFew) -> AssociatedChange:
    is_known = not math.isnan(change)
    known = (change, usual) if is_known and not isinstance(usual, TooFew) else None
    return AssociatedChange(
        at=at,
        other_posts=others,
        change=change if is_known else None,
        more_than_usual=None if known is None else known[0] - known[1].median.value,
        is_outside_noise=None if known is None else not known[1].range[0] <= known[0] <= known[1].range[1],
    )


def _others_about(starts: Floats) -> NDArray[np.intp]:
    """Count for each post the others less than 48 h away. starts: in order of time."""
    window = WINDOW.total_seconds()
    return starts.searchsorted(starts + window) - starts.searchsorted(starts - window, side="right") - 1
