"""Which of two slots that take turns reaches more: surer than a look back, as nothing but the slot differs.

Posts of one day share its luck. So where both slots posted on a day, its posts trade slots among themselves;
other days trade as wholes, with days of as many posts. What trading slots makes of the difference is what
chance makes of it.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pressroom.insights.statistics.answers import (
    ALPHA_OF_EXPERIMENT,
    FEWEST_OF_A_SLOT,
    FEWEST_OF_EXPERIMENT,
    TooFew,
    percent_of,
)
from pressroom.insights.statistics.inference import (
    Floats,
    fit_robustly,
    posts_needed,
    smallest_visible_percent,
)

# With fewer ways to trade slots, not even the largest difference is rare enough. Eight days of two posts have
# 256, ten posts of ten days 252.
_FEWEST_TRADES: Final = 200
# Trades that are drawn. With 999 the seed alone, which is always the same, would make the level 1.6 or 2.4 %.
_DRAWN: Final = 4999
# Of logs: ends of an interval are found to a hundredth of a percent, and no further off than 22,000 times.
_EXACT, _FURTHEST = 1e-4, 10.0
# What two sums differ by for having been added up in another order.
_ROUNDING: Final = 1e-9


class SlotReach(NamedTuple):
    """The reach at 24 h of a post of an experiment, and the day that it went out on."""

    day: date
    is_second: bool
    reach: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether two slots differ. low, high: in percent, the differences that the test does not rule out.

    So the interval leaves out 0 exactly where a difference is found, and holds the truth in 98 of 100 cases.
    """

    p: float
    is_found: bool
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What the second slot reached in percent more than the first, and the verdict.

    n_far_off: posts that were clipped, such as a viral one. smallest_visible_percent: what eight of ten such
    experiments find. posts_needed: of both slots together, to find 30 % that often. verdict: None before the
    end, as a test at every look finds what is not there.
    """

    n_first: int
    n_second: int
    n_without_reach: int
    n_far_off: int
    sigma: float
    percent: float
    verdict: Verdict | None
    smallest_visible_percent: float
    posts_needed: int


def experiment(
    posts: Sequence[SlotReach], *, missing: int | None = None, seed: int = 0
) -> Experiment | TooFew:
    """Compare the reach of the posts of two slots.

    missing: how many posts the experiment still waits for; they are taken to come as the others did, and
    nothing is tested before. Raises ValueError for a reach that is no number.
    """
    if not all(math.isfinite(post.reach) for post in posts):
        raise ValueError("Values are numbers; leave out what is not known.")
    # A reach of 0 has no logarithm. Sorted, so that the order of posts changes no answer.
    reached = sorted(post for post in posts if post.reach > 0)
    n_second = sum(post.is_second for post in reached)
    fewer = min(n_second, len(reached) - n_second)
    if fewer < FEWEST_OF_A_SLOT:
        return TooFew(n=fewer, needed=FEWEST_OF_A_SLOT)
    turns, y = _Turns(reached), np.log([post.reach for post in reached])
    if turns.trades < _FEWEST_TRADES:
        return TooFew(n=fewer, needed=fewer + 1)
    fit, trades = fit_robustly(np.column_stack([turns.basis, turns.contrast]), y), turns.shuffled(seed)
    value = float(turns.contrast @ fit.fitted) / math.sqrt(turns.information)
    freedom = turns.parts - len(turns.groups) - 1
    # Trades show how far chance carries the contrast, days of several posts included. Huber's, as a fit's is.
    chance = float((trades @ fit.residuals).std()) * math.sqrt(1 + 1 / freedom)
    sigma = chance / (1 - fit.n_clipped / len(y))
    planned = 1 + (missing or 0) / len(y)
    return Experiment(
        n_first=len(y) - n_second,
        n_second=n_second,
        n_without_reach=len(posts) - len(y),
        n_far_off=fit.n_clipped,
        sigma=sigma,
        percent=percent_of(value),
        verdict=_decide(turns, trades, y, value) if missing is None else None,
        smallest_visible_percent=smallest_visible_percent(
            sigma=sigma,
            information=planned * turns.information,
            comparisons=1,
            freedom=round(planned * freedom),
            alpha=ALPHA_OF_EXPERIMENT,
        ),
        posts_needed=posts_needed(
            sigma=sigma,
            information_of_post=turns.information / len(y),
            comparisons=1,
            parameters=2,
            alpha=ALPHA_OF_EXPERIMENT,
            at_least=FEWEST_OF_EXPERIMENT,
        ),
    )


class _Group(NamedTuple):
    """Parts of a group trade slots: the posts of a day, or whole days. places: a row of posts a part."""

    places: NDArray[np.int64]
    is_second: NDArray[np.bool_]


class _Turns:
    """Which posts could have been in the other slot, and what is compared.

    basis: a column for the level of each group. contrast: of the slots, less those levels. Both have length
    1. information: as `inference` says. parts: that trade slots. trades: in how many ways they can.
    """

    def __init__(self, posts: Sequence[SlotReach]) -> None:
        days = defaultdict[date, list[int]](list)
        for place, post in enumerate(posts):
            days[post.day].append(place)
        self.groups, whole = list[_Group](), defaultdict[int, list[list[int]]](list)
        slots = np.array([post.is_second for post in posts])
        for places in days.values():
            if len(set(slots[places].tolist())) > 1:
                self.groups.append(_Group(np.array(places)[:, None], slots[places]))
            else:
                whole[len(places)].append(places)
        for alike in whole.values():
            array = np.array(alike)
            self.groups.append(_Group(array, slots[array[:, 0]]))
        self.parts = sum(len(group.is_second) for group in self.groups)
        self.trades = math.prod(
            math.comb(len(group.is_second), int(group.is_second.sum())) for group in self.groups
        )
        self.basis = np.zeros((len(posts), len(self.groups)))
        self._slots = slots.astype(np.float64)
        for column, group in enumerate(self.groups):
            self.basis[group.places.ravel(), column] = 1 / math.sqrt(group.places.size)
        contrast = self._slots - self.basis @ (self.basis.T @ self._slots)
        self.information = float(contrast @ self._slots)
        # Where nothing can trade slots, there is nothing to compare but rounding.
        self.contrast = contrast / math.sqrt(self.information) if self.trades > 1 else contrast

    def shuffled(self, seed: int) -> Floats:
        """Return the contrast after each of many trades, a row each."""
        rng, traded = np.random.default_rng(seed), np.tile(self._slots, (_DRAWN, 1))
        for group in self.groups:
            labels = rng.permuted(np.tile(group.is_second, (_DRAWN, 1)), axis=1)
            for part, places in enumerate(group.places):
                traded[:, places] = labels[:, [part]]
        # The levels of groups stay, whatever is traded in them.
        levels = self.basis @ (self.basis.T @ self._slots)
        return (traded - levels) / math.sqrt(self.information)


def _decide(turns: _Turns, trades: Floats, y: Floats, value: float) -> Verdict:
    """Test the difference, and every other one that might be the true one."""
    second = turns.contrast * math.sqrt(turns.information)

    def p_of(difference: float) -> float:
        # Residuals are clipped about what both slots have in common once the difference is taken away. About
        # its own slot's level, a post would be clipped to suit the difference that is tested.
        left = fit_robustly(turns.basis, y - difference * second).residuals
        beyond = np.abs(trades @ left) >= abs(float(turns.contrast @ left)) - _ROUNDING
        return (1 + int(beyond.sum())) / (1 + _DRAWN)

    p = p_of(0.0)
    is_found = p <= ALPHA_OF_EXPERIMENT

    def end_towards(sign: int) -> float:
        # From a difference that is not ruled out, to one that is.
        inside = value if is_found else sign * max(0.0, sign * value)
        if is_found and sign * value < 0:
            outside = 0.0
        else:
            step = _EXACT
            while p_of(inside + sign * step) > ALPHA_OF_EXPERIMENT and step < _FURTHEST:
                step *= 2
            outside = inside + sign * step
        while abs(outside - inside) > _EXACT:
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if p_of(middle) > ALPHA_OF_EXPERIMENT else (inside, middle)
        return inside

    low, high = end_towards(-1), end_towards(1)
    return Verdict(p=p, is_found=is_found, low=percent_of(low), high=percent_of(high))
