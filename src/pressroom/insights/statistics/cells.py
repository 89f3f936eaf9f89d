"""Tells whether any cell of a family, a block of hours or a weekday, is unlike the others.

Each cell is compared with all other posts, after what the rest of the model explains. The test is about the
largest of these comparisons. It shuffles what the model without the family leaves over (Freedman and Lane),
clipped before, so that a post that went viral weighs no more than an ordinary good one. The largest and not
the sum, since an account has one good time rather than six, and so the test names what it found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from pressroom.insights.statistics import power, robust, sampling
from pressroom.insights.statistics.answers import Estimate, as_percent
from pressroom.insights.statistics.posts import one_hot
from pressroom.insights.statistics.sampling import Floats

FEWEST_OF_A_CELL: Final = 3
_CONFIDENCE: Final = 0.95
# A cell that keeps less than this of its information is told by its format or weekday almost as well.
_ENTANGLED: Final = 0.1
# Two shuffles that give the same number may differ in its last digits.
_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEffect:
    """What posts of a cell reach in percent more than the account's other posts, and than its average.

    The value is shrunk towards 0, the more the less is known; the interval is the one without shrinking, made
    wider where the value is beyond it. p: how often chance makes any cell of the family look as unlike.
    """

    cell: str
    n: int
    against_others: Estimate
    against_average: Estimate
    p: float
    stands_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotShown:
    """A cell with too few posts, in it or beside it, or whose posts are those of one format or weekday."""

    cell: str
    n: int
    why: Literal["too few posts", "entangled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What is known of a family of cells.

    best, worst: the cell that stands out with more, or with less. smallest_visible_percent: how much more the
    cell in the middle, by what is known of it, must reach than the others to be found in eight of ten cases;
    None where nothing can be compared. posts_needed: how many posts, spread as these are, find 30 % that
    often; where nothing can be compared, how many that are spread evenly.
    """

    is_found: bool
    p: float
    best: str | None
    worst: str | None
    effects: tuple[CellEffect, ...]
    not_shown: tuple[NotShown, ...]
    smallest_visible_percent: float | None
    posts_needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What families are judged by: logs of reach, the fit of the whole model, alpha, the fewest posts."""

    y: Floats
    whole: robust.Fit
    alpha: float
    at_least: int


def family(
    judged: Judged, others: Floats, cells: Sequence[str], names: Sequence[str], *, seed: int
) -> Family:
    """Judge a family of cells.

    others: the model's columns but the family's. cells: the cell of each post. names: all there could be.
    """
    members = one_hot(cells, names)
    basis = robust.basis_of(others)
    contrasts = robust.without(basis, members)
    sizes, information = members.sum(axis=0), (contrasts**2).sum(axis=0)
    is_thin = np.minimum(sizes, len(cells) - sizes) < FEWEST_OF_A_CELL
    is_entangled = information < _ENTANGLED * sizes * (1 - sizes / len(cells))
    shown = _places(~is_thin & ~is_entangled)
    effects = _effects(judged, basis, contrasts[:, shown], [(names[i], int(sizes[i])) for i in shown], seed)
    not_shown = tuple(
        NotShown(cell=names[i], n=int(sizes[i]), why="too few posts" if is_thin[i] else "entangled")
        for i in _places((sizes > 0) & (is_thin | is_entangled))
    )
    return _family(judged, effects, not_shown, information[shown], len(names))


def _places(mask: NDArray[np.bool_]) -> list[int]:
    return [int(place) for place in np.flatnonzero(mask)]


def _family(
    judged: Judged,
    effects: tuple[CellEffect, ...],
    not_shown: tuple[NotShown, ...],
    information: Floats,
    possible: int,
) -> Family:
    standing_out = sorted((e for e in effects if e.stands_out), key=lambda e: e.against_others.value)
    visible, needed = _told_by_size(judged, information, possible)
    return Family(
        is_found=bool(standing_out),
        p=min((effect.p for effect in effects), default=1.0),
        best=standing_out[-1].cell if standing_out and standing_out[-1].against_others.value > 0 else None,
        worst=standing_out[0].cell if standing_out and standing_out[0].against_others.value < 0 else None,
        effects=effects,
        not_shown=not_shown,
        smallest_visible_percent=visible,
        posts_needed=needed,
    )


def _effects(
    judged: Judged, basis: Floats, contrasts: Floats, cells: Sequence[tuple[str, int]], seed: int
) -> tuple[CellEffect, ...]:
    if not cells:
        return ()
    information = (contrasts**2).sum(axis=0)
    raw = contrasts.T @ judged.whole.fitted / information
    errors = judged.whole.sigma / np.sqrt(information)
    against_others = _intervals(raw, errors, judged.whole.freedom)
    chances = _chances(judged, basis, contrasts / np.sqrt(information), seed)
    return tuple(
        CellEffect(
            cell=cell,
            n=n,
            against_others=as_percent(estimate),
            against_average=as_percent(_scaled(estimate, 1 - n / len(judged.y))),
            p=float(p),
            stands_out=bool(p <= judged.alpha),
        )
        for (cell, n), estimate, p in zip(cells, against_others, chances, strict=True)
    )


def _chances(judged: Judged, basis: Floats, directions: Floats, seed: int) -> Floats:
    """Return for each cell how often shuffled residuals make any look as unlike (Westfall and Young)."""
    left = robust.fit(basis, judged.y).residuals
    if not left.any():
        return np.ones_like(directions[0])

    def largest(shuffled: Floats, axis: int) -> Floats:
        return _unlikeness(shuffled, basis, directions).max(axis=axis)

    null = sampling.null_of_pairings(left, largest, seed=seed)
    as_unlike = (null[:, None] >= _unlikeness(left, basis, directions) - _SAME).sum(axis=0)
    return (as_unlike + 1) / (len(null) + 1)


def _unlikeness(values: Floats, basis: Floats, directions: Floats) -> Floats:
    """Return how far values go with each cell, of what the basis leaves of them: 1 is all the way."""
    left = (values**2).sum(axis=-1) - ((values @ basis) ** 2).sum(axis=-1)
    return np.abs(values @ directions) / np.sqrt(np.maximum(left, np.finfo(np.float64).tiny))[..., None]


def _intervals(raw: Floats, errors: Floats, freedom: int) -> list[Estimate]:
    """Shrink effects by how little they vary beyond chance, and give each its own interval.

    An interval about the shrunk value would too often leave out the truth of just the cell that differs most.
    """
    shrunk = raw * _kept(raw, errors)
    half = sampling.t_quantile((1 + _CONFIDENCE) / 2, freedom) * errors
    return [
        Estimate(value=float(v), low=float(min(v, r - h)), high=float(max(v, r + h)), confidence=_CONFIDENCE)
        for v, r, h in zip(shrunk, raw, half, strict=True)
    ]


def _kept(raw: Floats, errors: Floats) -> Floats:
    """Return the share of each effect that is kept: its variance among cells by that and the error's.

    The variance is the one that makes the sum of squared effects what it is (DerSimonian and Laird, about 0).
    """
    if not errors.all():
        return np.ones_like(raw)
    weights = 1 / errors**2
    between = max(0.0, float((weights * raw**2).sum() - len(raw)) / float(weights.sum()))
    return between / (between + errors**2)


def _scaled(log: Estimate, factor: float) -> Estimate:
    return Estimate(
        value=log.value * factor, low=log.low * factor, high=log.high * factor, confidence=log.confidence
    )


def _told_by_size(judged: Judged, information: Floats, possible: int) -> tuple[float | None, int]:
    """Return the smallest visible effect and the posts that 30 % take, for the cell in the middle."""
    n = len(judged.y)
    comparisons = len(information) or possible
    middle = float(np.median(information)) if len(information) else n * (1 - 1 / possible) / possible
    sigma, freedom, alpha = judged.whole.sigma, judged.whole.freedom, judged.alpha
    visible = power.smallest_visible_percent(
        sigma=sigma, information=middle, comparisons=comparisons, freedom=freedom, alpha=alpha
    )
    needed = power.posts_needed(
        sigma=sigma,
        information_of_one=middle / n,
        comparisons=comparisons,
        parameters=n - freedom,
        alpha=alpha,
        at_least=judged.at_least,
    )
    return (visible if len(information) else None), needed
