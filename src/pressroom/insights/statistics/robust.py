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
# Of logs: nobody's posts are as alike as this, but half of them may reach the same few people.
_TIES: Final = 0.01
# Of logs: a billionth more or less is no difference.
_SAME: Final = 1e-9
_DIGITS: Final = 9
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
        if np.abs(cleaned - before).max() < _SAME:
            break
    return _finished(basis, y, cleaned, limit)


def _finished(basis: Floats, y: Floats, cleaned: Floats, limit: float) -> Fit:
    fitted = basis @ (basis.T @ cleaned)
    # What is equal but for rounding is made equal: tests would take the last digits for differences.
    residuals = np.round(without(basis, cleaned), _DIGITS)
    freedom = len(y) - basis.shape[1]
    n_clipped = int((np.abs(y - fitted) > limit + _SAME).sum())
    # Huber's variance: clipping makes residuals smaller, but not the estimate that much surer.
    sigma = float(np.sqrt((residuals**2).sum() / freedom)) / (1 - n_clipped / len(y))
    return Fit(fitted=fitted, residuals=residuals, sigma=sigma, freedom=freedom, n_clipped=n_clipped)


def _scale(residuals: Floats) -> float:
    """Return the standard deviation that the nearer half of the residuals speaks for."""
    return max(_TIES, float(np.median(np.abs(residuals))) / _MAD_OF_NORMAL)
