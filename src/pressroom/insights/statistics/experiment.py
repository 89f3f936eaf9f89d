"""Tells which of two slots that take turns reaches more: surer than a look back, as nothing else differs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pressroom.insights.statistics import power, robust, sampling
from pressroom.insights.statistics.answers import Estimate, TooFew, as_percent
from pressroom.insights.statistics.power import ALPHA
from pressroom.insights.statistics.sampling import Floats

FEWEST_OF_A_SLOT: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What the second slot reached in percent more than the first one, of as many posts each.

    The interval is as sure as the test, so that it leaves out 0 where the difference is found, but for rare
    cases between. smallest_visible_percent: what would have been found in eight of ten such experiments.
    posts_needed: of both slots together, to find 30 % that often.
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
    fewer = min(map(len, logs))
    if fewer < FEWEST_OF_A_SLOT:
        return TooFew(n=fewer, needed=FEWEST_OF_A_SLOT)
    y, slots = np.concatenate(logs), _slots(*map(len, logs))
    whole = robust.fit(robust.basis_of(slots), y)
    # Clipped about what both have in common: about its own slot, a post is clipped to suit the difference.
    common = robust.fit(robust.basis_of(np.ones((len(y), 1))), y).residuals
    p = sampling.two_sample_p(common[: len(logs[0])], common[len(logs[0]) :], _difference, seed=seed)
    return _told(whole, slots, p, len(first) + len(second))


def _told(whole: robust.Fit, slots: Floats, p: float, n_given: int) -> Experiment:
    n = len(slots)
    n_first, n_second = (int(size) for size in slots.sum(axis=0))
    information = n_first * n_second / n
    return Experiment(
        n_first=n_first,
        n_second=n_second,
        n_without_reach=n_given - n,
        n_far_off=whole.n_clipped,
        sigma=whole.sigma,
        alpha=ALPHA,
        second_against_first=as_percent(_estimate(whole, slots, information, 1 - ALPHA)),
        p=p,
        is_found=p <= ALPHA,
        smallest_visible_percent=power.smallest_visible_percent(
            sigma=whole.sigma, information=information, comparisons=1, freedom=whole.freedom, alpha=ALPHA
        ),
        posts_needed=power.posts_needed(
            sigma=whole.sigma,
            information_of_one=information / n,
            comparisons=1,
            parameters=2,
            alpha=ALPHA,
            at_least=2 * FEWEST_OF_A_SLOT,
        ),
    )


def _estimate(whole: robust.Fit, slots: Floats, information: float, confidence: float) -> Estimate:
    first, second = slots.T @ whole.fitted / slots.sum(axis=0)
    value = float(second - first)
    half = (
        sampling.t_quantile((1 + confidence) / 2, whole.freedom) * whole.sigma / float(np.sqrt(information))
    )
    return Estimate(value=value, low=value - half, high=value + half, confidence=confidence)


def _difference(first: Floats, second: Floats, axis: int) -> Floats:
    return second.mean(axis=axis) - first.mean(axis=axis)


def _slots(n_first: int, n_second: int) -> Floats:
    return np.repeat(np.eye(2), [n_first, n_second], axis=0)


def _logs(reach: Sequence[float]) -> Floats:
    """Return the logs of each reach but 0, in an order of their own."""
    values = np.sort(np.asarray(reach, dtype=np.float64))
    if not np.isfinite(values).all():
        raise ValueError("Reach is a number; leave out what is not known.")
    return np.log(values[values > 0])
