"""How followers moved after a post, less what they do anyway: an association, no effect of the post.

Instagram says how many followed a FEED post or a story, and not a reel. This is what is left to say of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

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
    return Association(usual=usual, posts=tuple(_after(at, track, starts, usual) for at in sorted(posts)))


class _Track:
    """Followers at any time between counts that are near enough to each other."""

    def __init__(self, counts: Sequence[FollowerCount]) -> None:
        # Of two counts at one time the larger stands, so that their order does not matter.
        last = dict(sorted((count.at.timestamp(), count.followers) for count in counts))
        self.times = np.array(list(last), dtype=np.float64)
        self._followers = np.array(list(last.values()), dtype=np.float64)

    def change_from(self, start: float) -> float | None:
        """Return the change in the 48 h from a time on."""
        before, after = self._at(start), self._at(start + WINDOW.total_seconds())
        return None if before is None or after is None else after - before

    def _at(self, time: float) -> float | None:
        right = int(self.times.searchsorted(time))
        if right < len(self.times) and self.times[right] == time:
            return float(self._followers[right])
        if right in {0, len(self.times)}:
            return None
        if self.times[right] - self.times[right - 1] > LONGEST_GAP.total_seconds():
            return None
        return float(np.interp(time, self.times, self._followers))


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
    changes, free_from = list[float](), -np.inf
    for time in map(float, track.times):
        end = time + WINDOW.total_seconds()
        is_quiet = starts.searchsorted(time) == starts.searchsorted(end)
        if time >= free_from and is_quiet and (change := track.change_from(time)) is not None:
            changes.append(change)
            free_from = end
    return changes


def _range_of_one_more(changes: Floats, median: float) -> tuple[float, float]:
    # Not the interval of the median: single windows vary far more than what is typical of them.
    wide = float(changes.std(ddof=1)) * float(np.sqrt(1 + 1 / len(changes)))
    half = sampling.t_quantile(1 - ALPHA / 2, len(changes) - 1) * wide
    return median - half, median + half


def _after(at: datetime, track: _Track, starts: Floats, usual: Usual | TooFew) -> AssociatedChange:
    start = at.timestamp()
    change = track.change_from(start)
    known = None if change is None or isinstance(usual, TooFew) else (change, usual)
    return AssociatedChange(
        at=at,
        other_posts=_others_about(start, starts),
        change=change,
        more_than_usual=None if known is None else known[0] - known[1].median.value,
        is_outside_noise=None if known is None else not known[1].range[0] <= known[0] <= known[1].range[1],
    )


def _others_about(start: float, starts: Floats) -> int:
    window = WINDOW.total_seconds()
    until = starts.searchsorted(start + window, side="left")
    return int(until - starts.searchsorted(start - window, side="right")) - 1
