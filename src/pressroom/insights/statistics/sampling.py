"""scipy's resampling and distributions, with types: the only module that calls `scipy`."""

from collections.abc import Callable
from typing import Any, Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Floats = NDArray[np.float64]
Statistic = Callable[..., Floats]

RESAMPLES: Final = 999
# Of an interval's ends, which lie where few resamples do.
_INTERVAL_RESAMPLES: Final = 1999
# Numbers resampled at once: as many as stay in a processor's cache. A million take three times the CPU.
_BATCH_NUMBERS: Final = 30_000


class _Interval(Protocol):
    low: float
    high: float


class _Bootstrapped(Protocol):
    confidence_interval: _Interval


class _Permuted(Protocol):
    pvalue: float
    null_distribution: Floats


_bootstrap = cast("Callable[..., _Bootstrapped]", stats.bootstrap)  # pyright: ignore[reportUnknownMemberType]
_permute = cast("Callable[..., _Permuted]", stats.permutation_test)  # pyright: ignore[reportUnknownMemberType]
_t_quantile = cast("Callable[[float, float], Any]", special.stdtrit)
_noncentrality = cast("Callable[[float, float, float], Any]", special.nctdtrinc)


def bootstrap_interval(
    samples: tuple[Floats, ...], statistic: Statistic, *, confidence: float, seed: int
) -> tuple[float, float]:
    """Return the percentile interval of a statistic of one or more independent samples.

    Percentile and not BCa, whose correction of a median is undefined where neighbours are equal.
    """
    found = _bootstrap(
        samples,
        statistic,
        n_resamples=_INTERVAL_RESAMPLES,
        batch=_batch(samples),
        vectorized=True,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def null_of_pairings(values: Floats, statistic: Statistic, *, seed: int) -> Floats:
    """Return what a statistic would be if the values had come in any other order: one number a shuffle."""
    found = _permute(
        (values,),
        statistic,
        permutation_type="pairings",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=_batch((values,)),
        alternative="greater",
        rng=np.random.default_rng(seed),
    )
    return found.null_distribution


def two_sample_p(first: Floats, second: Floats, statistic: Statistic, *, seed: int) -> float:
    """Return the two-sided p of a difference between two samples, by permutation."""
    found = _permute(
        (first, second),
        statistic,
        permutation_type="independent",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=_batch((first, second)),
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def t_quantile(probability: float, freedom: float) -> float:
    """Return the quantile of Student's t."""
    return float(_t_quantile(freedom, probability))


def noncentrality(freedom: float, missed: float, critical: float) -> float:
    """Return how many standard errors an effect takes for t to stay below `critical` as often as `missed`."""
    return float(_noncentrality(freedom, missed, critical))


def _batch(samples: tuple[Floats, ...]) -> int:
    return max(1, _BATCH_NUMBERS // sum(map(len, samples)))
