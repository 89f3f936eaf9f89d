"""How followers moved after a post, beside what they do anyway: an association, no effect of the post.

Instagram says how many people followed after a FEED post or a story, but not after a reel. For a reel this
association is all that can be said.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from pressroom.insights.statistics.answers import LONGEST_GAP, Estimate, FollowersAfter, TooFew
from pressroom.insights.statistics.comparisons import typical
from pressroom.insights.statistics.inference import ALPHA, Floats, t_quantile

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
    track = _Track(counts)
    starts = np.array(sorted(post.timestamp() for post in posts))

    # The changes of windows without a post. No two overlap, because they would share their chance.
    times, ends = track.times, track.times + WINDOW.total_seconds()
    all_changes = track.changes_from(times)
    is_quiet = (starts.searchsorted(times) == starts.searchsorted(ends)) & ~np.isnan(all_changes)
    changes, free_from = list[float](), -np.inf
    for time, end, change in zip(
        times[is_quiet], ends[is_quiet], all_changes[is_quiet].tolist(), strict=True
    ):
        if time >= free_from:
            changes.append(change)
            free_from = end
    usual = _usual(changes, seed)

    window = WINDOW.total_seconds()
    # For each post, the others less than 48 h away.
    n_near = starts.searchsorted(starts + window) - starts.searchsorted(starts - window, side="right") - 1
    changes, others = track.changes_from(starts).tolist(), n_near.tolist()
    return Association(
        usual=usual,
        posts=tuple(
            _beside_usual(at, change, other_posts, usual)
            for at, change, other_posts in zip(sorted(posts), changes, others, strict=True)
        ),
    )


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


def _usual(changes: Sequence[float], seed: int) -> Usual | TooFew:
    middle = typical(changes, seed=seed)
    if isinstance(middle, TooFew):
        return middle
    # Not the interval of the median: single windows vary far more than what is typical of them.
    wide = float(np.array(changes).std(ddof=1)) * float(np.sqrt(1 + 1 / len(changes)))
    half, median = t_quantile(1 - ALPHA / 2, len(changes) - 1) * wide, middle.median.value
    return Usual(n=middle.n, median=middle.median, range=(median - half, median + half))


def _beside_usual(at: datetime, change: float, other_posts: int, usual: Usual | TooFew) -> FollowersAfter:
    """Compare a post's change with the usual. change: NaN where it is not known."""
    if math.isnan(change) or isinstance(usual, TooFew):
        return FollowersAfter(
            at=at,
            other_posts=other_posts,
            change=None if math.isnan(change) else change,
            more_than_usual=None,
            is_outside_noise=None,
        )
    return FollowersAfter(
        at=at,
        other_posts=other_posts,
        change=change,
        more_than_usual=change - usual.median.value,
        is_outside_noise=not usual.range[0] <= change <= usual.range[1],
    )
