"""Posts of one day share its luck: how much they do, and what chance alone makes of such days.

A residual is the luck of its day and the post's own. `Days.whitened` takes out so much of each day's mean
that what is left is as good as independent, so that a comparison within a day counts for more than one
between days. How much that is, is an estimate (`shared_luck`), and no test rests on it: `Days.swaps` leaves
the posts of a day together. It swaps the means of whole days among days with as many posts, and the posts
of a day among themselves, which are alike in all but the luck that they share.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pressroom.insights.statistics.inference import RESAMPLES, Floats

# Days with as many posts are swapped from so many on. Fewer are swapped with those that have one more or
# less: their means, made equally uncertain first.
_FEWEST_DAYS: Final = 5
# As many as stay in a processor's cache, and as few as BLAS multiplies without waking a second thread.
_NUMBERS_AT_ONCE: Final = 10_000
# The variance of days, in variances of posts: with more, posts of a day are one post.
_MOST_SHARED: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The days of posts that are sorted by the number of posts of their day, and then by day.

    counts: the posts of each day. groups: a number for each day, the same for those that are swapped.
    shared: the variance of the luck of a day, in variances of the luck of a post.
    """

    counts: NDArray[np.int64]
    groups: NDArray[np.int64]
    shared: float = 0.0

    @classmethod
    def of(cls, dates: Sequence[date]) -> Self:
        """Count the posts of each day."""
        counts = np.array([len(list(posts)) for _, posts in groupby(dates)])
        begins = [0]
        for place in np.flatnonzero(np.diff(counts)) + 1:
            if min(place - begins[-1], len(counts) - place) >= _FEWEST_DAYS:
                begins.append(int(place))
        return cls(counts=counts, groups=np.searchsorted(begins, np.arange(len(counts)), side="right"))

    @property
    def of_posts(self) -> NDArray[np.int64]:
        """The place of each post's day."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    def sums(self, values: Floats) -> Floats:
        """Return the sum of each day, of values with a row for each post."""
        return np.add.reduceat(values, np.cumsum(self.counts) - self.counts, axis=0)

    def means(self, rows: Floats) -> Floats:
        """Return the mean of each day times the root of its posts, of rows of values, one for each post.

        So weighed, the mean of whitened values is as uncertain for a day as for any other.
        """
        return np.add.reduceat(rows, np.cumsum(self.counts) - self.counts, axis=-1) / np.sqrt(self.counts)

    def whitened(self, values: Floats) -> Floats:
        """Take so much of each day's mean out of values, a row for each post, that days share no luck."""
        taken = (1 - 1 / np.sqrt(1 + self.shared * self.counts)) / self.counts
        sums = self.sums(values)
        return values - np.repeat(taken.reshape(-1, *[1] * (sums.ndim - 1)) * sums, self.counts, axis=0)

    def swaps(self, whitened: Floats, basis: Floats, seed: int) -> Iterator[Floats]:
        """Yield what chance could have made of whitened residuals of a fit, many rows at once."""
        rng, of_posts, roots = np.random.default_rng(seed), self.of_posts, np.sqrt(self.counts)
        means = self.means(whitened)
        own = whitened - (means / roots)[of_posts]
        # The fit made both smaller, the one that has more of its columns the more.
        n_days, n_own = len(means), len(whitened) - len(means)
        of_days = float((self.means(basis.T) ** 2).sum())
        means *= np.sqrt(n_days / max(n_days - of_days, 1.0))
        own *= np.sqrt(n_own / max(n_own - (basis.shape[1] - of_days), 1.0))
        batch = max(1, _NUMBERS_AT_ONCE // len(whitened))
        for start in range(0, RESAMPLES, batch):
            rows = min(batch, RESAMPLES - start)
            # Sorted by group and then by chance: a shuffle that leaves each within its group.
            days = np.argsort(self.groups + rng.random((rows, len(self.counts))), axis=-1)
            posts = np.argsort(of_posts + rng.random((rows, len(of_posts))), axis=-1)
            yield (means[days] / roots)[:, of_posts] + own[posts]


def shared_luck(days: Days, basis: Floats, residuals: Floats) -> float:
    """Return the variance of the luck of days in variances of that of posts, from the residuals of a fit.

    Of the sum of the squared residuals and that of the squared sums of days, each is expected to be so many
    variances of posts and so many of days (Rao's MINQUE); these are the variances that make both so.
    """
    basis_of_days = days.sums(basis)
    n, n_of_day = len(residuals), days.counts
    left = n - float((basis_of_days**2).sum())
    left_of_days = float(
        (n_of_day**2).sum()
        - 2 * (n_of_day @ (basis_of_days**2).sum(axis=1))
        + ((basis_of_days.T @ basis_of_days) ** 2).sum()
    )
    expected = np.array([[n - basis.shape[1], left], [left, left_of_days]])
    # With a post a day, both sums are the same.
    if np.linalg.cond(expected) > 1 / np.finfo(np.float32).eps:
        return 0.0
    seen = np.array([(residuals**2).sum(), (days.sums(residuals) ** 2).sum()])
    of_posts, of_days = np.linalg.solve(expected, seen)
    return float(np.clip(of_days / max(of_posts, np.finfo(np.float64).tiny), 0.0, _MOST_SHARED))
