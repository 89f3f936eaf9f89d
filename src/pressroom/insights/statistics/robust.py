"""A linear fit that no single post can turn: Huber's, by clipping residuals at two standard deviations."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pressroom.insights.statistics.sampling import Floats

# Costs one hundredth of the precision where residuals are normal. A post that went viral counts as one that
# lies two standard deviations off, in whatever direction and however far it went.
_CLIP: Final = 2.0
_MAD_OF_NORMAL: Final = 0.6745
_ROUNDS: Final = 100
# Of logs: below this all posts reached the same but for rounding.
_NO_SPREAD: Final = 1e-9
# A direction of the design with less than this of the largest one is rounding.
_NO_DIRECTION: Final = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fit: `fitted` values, clipped `residuals`, `sigma` of one post, the degrees of `freedom` left.

    sigma is what standard errors are made of: Huber's, which pays for the clipping. n_clipped: posts that lay
    further off than two standard deviations.
    """

    fitted: Floats
    residuals: Floats
    sigma: float
    freedom: int
    n_clipped: int


def basis_of(design: Floats) -> Floats:
    """Return orthonormal columns that span the design's, fewer where some repeat what others say."""
    directions, sizes, _ = np.linalg.svd(design, full_matrices=False)
    return directions[:, sizes > _NO_DIRECTION * sizes.max(initial=0.0)]


def without(basis: Floats, values: Floats) -> Floats:
    """Return what is left of values, a column each, when the basis has explained what it can."""
    return values - basis @ (basis.T @ values)


def fit(basis: Floats, y: Floats) -> Fit:
    """Fit y by the columns of an orthonormal basis."""
    freedom = len(y) - basis.shape[1]
    widen = float(np.sqrt(len(y) / freedom))
    cleaned, limit = y, np.inf
    for _ in range(_ROUNDS):
        fitted = basis @ (basis.T @ cleaned)
        residuals = y - fitted
        limit = _CLIP * widen * _scale(residuals)
        before, cleaned = cleaned, fitted + np.clip(residuals, -limit, limit)
        if np.abs(cleaned - before).max() < _NO_SPREAD:
            break
    return _finished(basis, y, cleaned, limit)


def _finished(basis: Floats, y: Floats, cleaned: Floats, limit: float) -> Fit:
    fitted = basis @ (basis.T @ cleaned)
    residuals = without(basis, cleaned)
    freedom = len(y) - basis.shape[1]
    n_clipped = int((np.abs(y - fitted) > limit + _NO_SPREAD).sum())
    # Huber's variance: clipping makes residuals smaller, but not the estimate that much surer.
    sigma = float(np.sqrt((residuals**2).sum() / freedom)) / (1 - n_clipped / len(y))
    if sigma < _NO_SPREAD:
        # Nothing but rounding, of which a test would make differences.
        sigma, residuals = 0.0, np.zeros_like(y)
    return Fit(fitted=fitted, residuals=residuals, sigma=sigma, freedom=freedom, n_clipped=n_clipped)


def _scale(residuals: Floats) -> float:
    """Return the standard deviation that half of the residuals speak for, or all where half are equal."""
    typical = float(np.median(np.abs(residuals))) / _MAD_OF_NORMAL
    return typical if typical > _NO_SPREAD else float(residuals.std())
