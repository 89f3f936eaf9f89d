"""scipy's resampling and distributions, with types: the only module that calls `scipy`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
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


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What scipy takes in place of resampling by itself."""

    bootstrap_distribution: Floats


def median_interval(
    samples: tuple[Floats, ...], statistic: Statistic, *, confidence: float, seed: int
) -> tuple[float, float]:
    """Return the bootstrap's percentile interval of a statistic of the medians of independent samples.

    samples: each sorted. statistic: of a median of each sample. Percentile and not BCa, whose correction of a
    median is undefined where neighbours are equal.
    """
    middles = _middles(tuple(map(len, samples)), seed)
    medians = [(sample[low] + sample[high]) / 2 for sample, (low, high) in zip(samples, middles, strict=True)]
    found = _bootstrap(
        samples,
        statistic,
        n_resamples=0,
        bootstrap_result=_Drawn(statistic(*medians)),
        vectorized=True,
        confidence_level=confidence,
        method="percentile",
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


@lru_cache(maxsize=8)
def _middles(sizes: tuple[int, ...], seed: int) -> tuple[NDArray[np.int64], ...]:
    """Return of each sample the places of the lower and the upper middle value of every resample.

    In a sorted sample they depend on its size alone: an account's fifteen metrics, which have as many days
    each, are resampled once.
    """
    rng, batch = np.random.default_rng(seed), _batch(sizes)
    found: list[list[NDArray[np.int64]]] = [[] for _ in sizes]
    for start in range(0, _INTERVAL_RESAMPLES, batch):
        count = min(batch, _INTERVAL_RESAMPLES - start)
        for size, its in zip(sizes, found, strict=True):
            middle = [(size - 1) // 2, size // 2]
            drawn = rng.integers(0, size, (count, size))
            its.append(np.partition(drawn, middle, axis=-1)[:, middle])
    return tuple(np.concatenate(its).T for its in found)


def null_of_pairings(values: Floats, statistic: Statistic, *, seed: int) -> Floats:
    """Return what a statistic would be if the values had come in any other order: one number a shuffle."""
    found = _permute(
        (values,),
        statistic,
        permutation_type="pairings",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=_batch([len(values)]),
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
        batch=_batch([len(first), len(second)]),
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def t_quantile(probability: float, freedom: float) -> float:
    """Return the quantile of Student's t."""
    return float(_t_quantile(freedom, probability))


def noncentrality(freedom: float, missed: float, critical: float) -> float:
    """Return how many standard errors an effect takes for t to stay below `critical` as often as `missed`."""
    return float(_noncentrality(freedom, missed, critical))


def _batch(sizes: Sequence[int]) -> int:
    return max(1, _BATCH_NUMBERS // sum(sizes))
