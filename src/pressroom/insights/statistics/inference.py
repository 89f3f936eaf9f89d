"""What every answer of the statistics is computed with: quantiles, a robust fit, and statistical power.

* Quantiles of scipy, with types. Only this module imports scipy.
* `fit_robustly`: a linear fit that a single viral post cannot turn (Huber's).
* Power: how small an effect could have been seen, and how many posts it takes to see one of 30 %. Each answer
  says both, because "nothing found" among few posts says little.

`information` is what a comparison knows: its standard error is sigma / sqrt(information). Where a share s
of n posts is compared with the others, it is n s (1 - s), less what other columns of the model explain.
"""

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray
from scipy import special

from pressroom.insights.statistics.answers import Estimate, percent_of

Floats = NDArray[np.float64]

RESAMPLES: Final = 999


_t_quantile = cast("Callable[[float, float], Any]", special.stdtrit)
_noncentrality = cast("Callable[[float, float, float], Any]", special.nctdtrinc)


def p_of_each(null: Floats, values: Floats) -> Floats:
    """Return how often chance alone is as large as each value. null: what it made, sorted."""
    # Two resamples that give the same number may differ in its last digits.
    n_below = cast("NDArray[np.int64]", np.searchsorted(null, values - _SAME))
    return 1 - n_below / (len(null) + 1)


def t_quantile(probability: float, freedom: float) -> float:
    """Return the quantile of Student's t."""
    return float(_t_quantile(freedom, probability))


# Residuals are clipped at so many standard deviations. It costs a hundredth of the precision where they are
# normal. A viral post then counts as one that lies two standard deviations off, however far it went.
_CLIP: Final = 2.0
_MAD_OF_NORMAL: Final = 0.6745
_ROUNDS: Final = 100
# The least standard deviation, of logs. Nobody's posts are more alike, but half of an account's posts may
# reach the same few people, and the median residual is 0 then.
_LEAST_SCALE: Final = 0.01
# Of logs: a billionth more or less is no difference.
_SAME: Final = 1e-9
_DIGITS: Final = 9
# Rows that are decomposed at once. LAPACK wakes a second thread for more, which costs far more than it brings
# where the cores are busy.
_ROWS: Final = 256
# A direction of the design with less than this of the largest is rounding.
_NO_DIRECTION: Final = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fit: `fitted` values, clipped `residuals`, `sigma` of a single post, the degrees of `freedom` left.

    sigma is what standard errors are computed from: Huber's, which pays for the clipping. n_clipped: posts
    whose residual was further off than two standard deviations.
    """

    fitted: Floats
    residuals: Floats
    sigma: float
    freedom: int
    n_clipped: int


def orthonormal_basis(design: Floats) -> Floats:
    """Return orthonormal columns that span the design's, fewer where some repeat what others say."""
    n, columns = design.shape
    rows = max(_ROWS, columns)
    pieces = np.pad(design, ((0, -n % rows), (0, 0))).reshape(-1, rows, columns)
    bases, triangles = np.linalg.qr(pieces)
    directions, sizes, _ = np.linalg.svd(triangles.reshape(-1, columns), full_matrices=False)
    kept = directions[:, sizes > _NO_DIRECTION * sizes.max(initial=0.0)]
    return (bases @ kept.reshape(len(pieces), columns, -1)).reshape(len(pieces) * rows, -1)[:n]


def unexplained(basis: Floats, values: Floats) -> Floats:
    """Return the part of values, a column each, that an orthonormal basis does not explain."""
    return values - basis @ (basis.T @ values)


def without_rounding(logs: Floats) -> Floats:
    """Make equal what is equal but for rounding: tests would take the last digits for differences."""
    return np.round(logs, _DIGITS)


def fit_robustly(basis: Floats, y: Floats) -> Fit:
    """Fit y by the columns of an orthonormal basis, and clip residuals until nothing changes."""
    freedom = len(y) - basis.shape[1]
    widen = float(np.sqrt(len(y) / freedom))
    cleaned, limit = y, np.inf
    for _ in range(_ROUNDS):
        fitted = basis @ (basis.T @ cleaned)
        residuals = y - fitted
        # The scale comes from the nearer half of the residuals, which no viral post is among.
        scale = max(_LEAST_SCALE, float(np.median(np.abs(residuals))) / _MAD_OF_NORMAL)
        limit = _CLIP * widen * scale
        before, cleaned = cleaned, fitted + np.clip(residuals, -limit, limit)
        if np.abs(cleaned - before).max() < _SAME:
            break
    fitted = basis @ (basis.T @ cleaned)
    residuals = without_rounding(unexplained(basis, cleaned))
    n_clipped = int((np.abs(y - fitted) > limit + _SAME).sum())
    # Huber's variance: clipping makes residuals smaller, but not the estimate that much surer.
    sigma = float(np.sqrt((residuals**2).sum() / freedom)) / (1 - n_clipped / len(y))
    return Fit(fitted=fitted, residuals=residuals, sigma=sigma, freedom=freedom, n_clipped=n_clipped)


def shrunk_estimates(raw: Floats, errors: Floats, half: Floats, *, confidence: float) -> list[Estimate]:
    """Shrink effects by how little they vary beyond chance, though not out of their intervals: raw ± half.

    The interval is about the raw value. About the shrunk one it would too often leave out the truth of just
    the cell that differs most.
    """
    shares_kept = np.ones_like(raw)
    if len(errors) and errors.all():
        weights = 1 / errors**2
        # The variance of the true effects, as DerSimonian and Laird estimate it about a mean of 0 from the
        # sum of the squared effects.
        between = max(0.0, float((weights * raw**2).sum() - len(raw)) / float(weights.sum()))
        shares_kept = between / (between + errors**2)
    low, high = raw - half, raw + half
    return [
        Estimate(value=float(v), low=float(lowest), high=float(highest), confidence=confidence)
        for v, lowest, highest in zip(np.clip(raw * shares_kept, low, high), low, high, strict=True)
    ]


# How often an effect of the smallest visible size would be found.
_POWER: Final = 0.8
# Each answer says how many posts it takes to see this: one block of hours that reaches 30 % more.
_EFFECT: Final = 0.3
# More posts than anybody has: beyond this the answer is that the effect cannot be seen.
_MOST_POSTS: Final = 10_000_000


def critical_t(alpha: float, comparisons: int, freedom: float) -> float:
    """Return the |t| that the largest of several comparisons exceeds by chance in at most alpha of cases."""
    return t_quantile(1 - alpha / (2 * comparisons), freedom)


def smallest_visible_percent(
    *,
    sigma: float,
    information: float,
    comparisons: int,
    freedom: int,
    alpha: float,
    stricter: float = 1.0,
) -> float:
    """Return the effect in percent that would be found in eight of ten cases.

    stricter: how many times `critical_t` the test asks for.
    """
    critical = stricter * critical_t(alpha, comparisons, freedom)
    return percent_of(_standard_errors(critical, freedom) * sigma / math.sqrt(information))


def posts_needed(
    *,
    sigma: float,
    information_of_post: float,
    comparisons: int,
    parameters: int,
    alpha: float,
    at_least: int,
    stricter: float = 1.0,
) -> int:
    """Return how many posts, spread as these are, find an effect of 30 % in eight of ten cases.

    information_of_post: what each post adds to the information. parameters: of the model, each costs a post;
    at_least is larger. stricter: how many times `critical_t` the test asks for.
    """
    effect = math.log1p(_EFFECT)

    def is_enough(n: int) -> bool:
        freedom = n - parameters
        critical = stricter * critical_t(alpha, comparisons, freedom)
        return _standard_errors(critical, freedom) * sigma / math.sqrt(n * information_of_post) <= effect

    return at_least + bisect_left(range(at_least, _MOST_POSTS), x=True, key=is_enough)


def _standard_errors(critical: float, freedom: float) -> float:
    """Return how many standard errors an effect must measure to pass a critical t in eight of ten cases."""
    return float(_noncentrality(freedom, 1 - _POWER, critical))
