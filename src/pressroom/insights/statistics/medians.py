"""What is typical of some posts, and whether it changed: medians, which one viral post cannot move."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pressroom.insights.statistics import sampling
from pressroom.insights.statistics.answers import Estimate, TooFew, as_percent
from pressroom.insights.statistics.sampling import Floats

# Fewer say nothing about how far a median may be off.
FEWEST: Final = 5
_CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Typical:
    """The median of n values with its interval; half of the values are between the quartiles."""

    n: int
    median: Estimate
    quartiles: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a median differs from an earlier one: later minus earlier, and later / earlier - 1 in percent.

    percent: None where a value is 0 or less, since nothing is a percentage of that. Only where
    is_outside_noise may an arrow be shown.
    """

    n_earlier: int
    n_later: int
    difference: Estimate
    percent: Estimate | None

    @property
    def is_outside_noise(self) -> bool:
        """Whether the interval of the difference leaves out 0."""
        return self.difference.is_outside_noise


def typical(values: Sequence[float], *, seed: int = 0) -> Typical | TooFew:
    """Return the median of values, what is not known left out before."""
    if len(values) < FEWEST:
        return TooFew(n=len(values), needed=FEWEST)
    sample = _sorted(values)
    low, high = sampling.median_interval((sample,), np.asarray, confidence=_CONFIDENCE, seed=seed)
    lower, upper = np.quantile(sample, [0.25, 0.75])
    return Typical(
        n=len(sample),
        median=Estimate(value=float(np.median(sample)), low=low, high=high, confidence=_CONFIDENCE),
        quartiles=(float(lower), float(upper)),
    )


def change(
    earlier: Sequence[float], later: Sequence[float], *, seed: int = 0, has_percent: bool = True
) -> Change | TooFew:
    """Compare the medians of two groups that share no post. has_percent: False takes half the time."""
    fewer = min(len(earlier), len(later))
    if fewer < FEWEST:
        return TooFew(n=fewer, needed=FEWEST)
    first, second = _sorted(earlier), _sorted(later)
    is_positive = has_percent and min(first[0], second[0]) > 0
    return Change(
        n_earlier=len(first),
        n_later=len(second),
        difference=_compared(first, second, _difference, seed),
        percent=as_percent(_compared(first, second, _log_ratio, seed)) if is_positive else None,
    )


def _compared(first: Floats, second: Floats, statistic: sampling.Statistic, seed: int) -> Estimate:
    low, high = sampling.median_interval((first, second), statistic, confidence=_CONFIDENCE, seed=seed)
    value = float(statistic(np.median(first), np.median(second)))
    return Estimate(value=value, low=low, high=high, confidence=_CONFIDENCE)


def _difference(first: Floats, second: Floats) -> Floats:
    return second - first


def _log_ratio(first: Floats, second: Floats) -> Floats:
    return np.log(second) - np.log(first)


def _sorted(values: Sequence[float]) -> Floats:
    """Return values in one order: resampling the same values in another one would give another interval.

    Raises ValueError for a value that is not a number.
    """
    sample = np.sort(np.asarray(values, dtype=np.float64))
    if not np.isfinite(sample).all():
        raise ValueError("Values are numbers; leave out what is not known.")
    return sample
