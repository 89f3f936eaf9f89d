"""How followers moved after a post, beside what they do without one: an association, no effect of the post.

Instagram says how many followed after a FEED post or a story; for a reel this is all that can be said.

What is usual comes from quiet days: from one count to the next, beginning 48 h after a post or later, and
without a post. A day that begins sooner holds followers whom the last post brought, and with a post every
three days hides most of what posts bring. Where posts stand too close for quiet days, nothing is usual.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from pressroom.insights.statistics.answers import FEWEST_QUIET_DAYS, LONGEST_GAP, FollowersAfter, TooFew
from pressroom.insights.statistics.inference import Floats, t_quantile

WINDOW: Final = timedelta(hours=48)
_WINDOW_S: Final = WINDOW.total_seconds()
# Of a shorter day, chance would count too much once it is scaled to 48 h.
_SHORTEST_DAY: Final = timedelta(hours=18)
# Half of what is promised (answers.MARKED_BY_CHANCE): with tails as heavy as those of Student's t with three
# degrees, limits for 2 % mark 2.8 % of posts. docs/decisions/0023
_MARKED: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerCount:
    """How many followers an account had at one time."""

    at: datetime
    followers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """The change of followers in 48 h without a post: twice the median of n quiet days.

    range: where the change of one more 48 h would lie, in 99 of 100 cases at least.
    """

    n: int
    change: float
    range: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """The change after each post, in the order of time, and the usual one."""

    usual: Usual | TooFew
    posts: tuple[FollowersAfter, ...]


def followers_after(counts: Sequence[FollowerCount], posts: Sequence[datetime]) -> Association:
    """Return for each post how followers changed in the 48 h after it, and whether that is unusual.

    Raises ValueError for a time without a zone.
    """
    if any(at.tzinfo is None for at in (*posts, *(count.at for count in counts))):
        raise ValueError("A time needs a zone.")
    track, ordered = _Track(counts), sorted(posts)
    starts = np.array([post.timestamp() for post in ordered])
    usual = _usual(track, starts)
    # For each post, the others less than 48 h away.
    n_near = starts.searchsorted(starts + _WINDOW_S) - starts.searchsorted(starts - _WINDOW_S, side="right")
    others = (n_near - 1).tolist()
    if isinstance(usual, TooFew):
        changes = track.followers_at(starts + _WINDOW_S) - track.followers_at(starts)
        after = [_after(*row) for row in zip(ordered, others, changes.tolist(), strict=True)]
        return Association(usual=usual, posts=tuple(after))
    before, windows = track.followers_before(starts, usual.change)
    changes = track.followers_at(starts + _WINDOW_S) - before
    # A change since a count some hours before the post has that much more chance in it.
    limits = (usual.range[1] - usual.change) * windows
    rows = zip(ordered, others, changes.tolist(), limits.tolist(), strict=True)
    after = [_after(at, other, change, usual.change, limit) for at, other, change, limit in rows]
    return Association(usual=usual, posts=tuple(after))


def _after(
    at: datetime, other_posts: int, change: float, usual: float | None = None, limit: float = 0
) -> FollowersAfter:
    is_unknown = math.isnan(change)
    more = None if is_unknown or usual is None else change - usual
    return FollowersAfter(
        at=at,
        other_posts=other_posts,
        change=None if is_unknown else change,
        more_than_usual=more,
        is_outside_noise=None if more is None else abs(more) > limit,
    )


class _Track:
    """Followers at any time between counts that are near enough to each other."""

    def __init__(self, counts: Sequence[FollowerCount]) -> None:
        # Of two counts at the same time the larger stands, so that their order does not matter.
        last = dict(sorted((count.at.timestamp(), count.followers) for count in counts))
        self.times = np.array(list(last), dtype=np.float64)
        self.followers = np.array(list(last.values()), dtype=np.float64)

    def followers_at(self, times: Floats) -> Floats:
        """Return followers as if they came evenly between two counts; NaN where that is not known."""
        if not len(self.times):
            return np.full_like(times, np.nan)
        right = np.minimum(self.times.searchsorted(times), len(self.times) - 1)
        later, earlier = self.times[right], self.times[np.maximum(right - 1, 0)]
        is_near = (earlier < times) & (times < later) & (later - earlier <= LONGEST_GAP.total_seconds())
        between = np.interp(times, self.times, self.followers)
        return np.where(is_near | (times == later), between, np.nan)

    def followers_before(self, posts: Floats, usual: float) -> tuple[Floats, Floats]:
        """Return followers when each post went out, and the time from the last count on in windows of 48 h.

        The count after a post holds a part of what it brought. So followers are those of the count before,
        and as many more as usually come until the post.
        """
        left = np.maximum(self.times.searchsorted(posts, side="right") - 1, 0)
        since = (posts - self.times[left]) / _WINDOW_S
        followers = np.where(np.isnan(self.followers_at(posts)), np.nan, self.followers[left] + usual * since)
        return followers, 1 + since


def _usual(track: _Track, starts: Floats) -> Usual | TooFew:
    """Return the usual change of 48 h without a post. starts: the times of the posts, in order."""
    begins, ends = track.times[:-1], track.times[1:]
    # From 48 h before the day until its end: a post in that time has a part in the day's gain.
    is_quiet = starts.searchsorted(begins - _WINDOW_S, side="right") == starts.searchsorted(ends)
    lengths = ends - begins
    is_day = (_SHORTEST_DAY.total_seconds() <= lengths) & (lengths <= LONGEST_GAP.total_seconds())
    changes = (np.diff(track.followers) * _WINDOW_S / lengths)[is_quiet & is_day]
    n = len(changes)
    if n < FEWEST_QUIET_DAYS:
        return TooFew(n=n, needed=FEWEST_QUIET_DAYS)
    # A day scaled to 48 h varies as two days do that gain alike. Less where they do not, but how much their
    # gains hang together no single days tell. 1.57 / n is the chance in the median itself.
    wide = float(changes.std(ddof=1)) * math.sqrt(1 + math.pi / 2 / n)
    # Of an account that gains nobody for days the next follower is no sign of anything.
    half, median = max(1.0, t_quantile(1 - _MARKED / 2, n - 1) * wide), float(np.median(changes))
    return Usual(n=n, change=median, range=(median - half, median + half))
