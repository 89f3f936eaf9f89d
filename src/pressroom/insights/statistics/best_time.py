"""Does it matter when an account posts? Log reach at 24 h by block of hours and weekday, all else taken out.

The model: format, a straight trend in time, what else is known of each post, weekday, block of four hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import numpy as np

from pressroom.insights.statistics import posts as rows
from pressroom.insights.statistics import robust
from pressroom.insights.statistics.answers import TooFew
from pressroom.insights.statistics.cells import Family, Judged, family
from pressroom.insights.statistics.posts import BLOCKS, WEEKDAYS, PostReach
from pressroom.insights.statistics.power import ALPHA

FEWEST_POSTS: Final = 30
# Posts beyond the number of columns: with fewer, what is left over says little of how much posts differ.
_SPARE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class BestTime:
    """What n posts say of hours and weekdays; a post without reach is not among them.

    alpha: how often an account where time does not matter is told that it does, by hours or by weekdays.
    sigma: how much the log of reach differs from post to post. n_far_off: posts that counted as nearer than
    they were, such as one that went viral.
    """

    n: int
    n_without_reach: int
    n_far_off: int
    sigma: float
    alpha: float
    hours: Family
    weekdays: Family

    @property
    def is_found(self) -> bool:
        """Whether hours or weekdays matter, as far as can be seen."""
        return self.hours.is_found or self.weekdays.is_found


def best_time(posts: Sequence[PostReach], zone: tzinfo, *, seed: int = 0) -> BestTime | TooFew:
    """Ask whether posts of some hours or weekdays reach more; zone: the account's, whose clocks tell both.

    Raises ValueError for a time without a zone, a number that is none, or covariates of different length.
    """
    used = rows.usable(posts)
    if len(used) < FEWEST_POSTS:
        return TooFew(n=len(used), needed=FEWEST_POSTS)
    blocks, weekdays = rows.blocks_of(used, zone), rows.weekdays_of(used, zone)
    known, y = rows.known_of(used), rows.log_reach(used)
    by_block, by_weekday = rows.one_hot(blocks, BLOCKS), rows.one_hot(weekdays, WEEKDAYS)
    basis = robust.basis_of(np.hstack([known, by_block, by_weekday]))
    needed = max(FEWEST_POSTS, basis.shape[1] + _SPARE)
    if len(used) < needed:
        return TooFew(n=len(used), needed=needed)
    whole = robust.fit(basis, y)
    # The two questions share alpha, so that it is the account's chance of a false alarm and not half of it.
    judged = Judged(y=y, whole=whole, alpha=ALPHA / 2, at_least=needed)
    return BestTime(
        n=len(used),
        n_without_reach=len(posts) - len(used),
        n_far_off=whole.n_clipped,
        sigma=whole.sigma,
        alpha=ALPHA,
        hours=family(judged, np.hstack([known, by_weekday]), blocks, BLOCKS, seed=seed),
        weekdays=family(judged, np.hstack([known, by_block]), weekdays, WEEKDAYS, seed=seed + 1),
    )
