"""Answers whether it matters when an account posts, from the reach of its posts at 24 hours.

The model explains log reach by format, a straight trend in time, further covariates, weekday and block of
four hours. Weekdays and blocks are two families of cells. `best_time` asks each family whether any of its
cells reaches more or less than the others, once the rest of the model has explained what it can.

How a family is tested (docs/decisions/0023): each cell is compared with all other posts, and the test is
about the largest of these comparisons. Not about their sum, because an account has one good time rather
than six, and because the largest names its cell. What the largest would be by chance comes from shuffling
the residuals of the model without the family (Freedman and Lane). They are clipped before, so that a viral
post weighs no more than an ordinary good one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from pressroom.insights.statistics.answers import (
    BLOCKS,
    HOURS_OF_A_BLOCK,
    WEEKDAYS,
    Estimate,
    TooFew,
    as_percent,
)
from pressroom.insights.statistics.inference import (
    ALPHA,
    Fit,
    Floats,
    fit_robustly,
    null_of_pairings,
    orthonormal_basis,
    posts_needed,
    smallest_visible_percent,
    t_quantile,
    unexplained,
)

FEWEST_POSTS: Final = 30
# Posts beyond the number of columns: with fewer, the residuals say little of how much posts differ.
_SPARE: Final = 10
_FEWEST_OF_A_CELL: Final = 3
_CONFIDENCE: Final = 0.95
# A cell that keeps less than this of its information is not shown: its format or weekday tells it almost as
# well.
_ENTANGLED: Final = 0.1
# Two shuffles that give the same number may differ in its last digits.
_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PostReach:
    """What a post reached at an age of 24 h. covariates: further numbers of it, as many for each post."""

    at: datetime
    kind: str
    reach: float
    covariates: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEffect:
    """What posts of a cell reach in percent more than the account's other posts, and than its average.

    The value is shrunk towards 0, the more the less is known. The interval is that of the value before
    shrinking, made wider where the shrunk value is beyond it. p: how often chance alone makes some cell of
    the family differ from the others by as much as this cell does.
    """

    cell: str
    n: int
    against_others: Estimate
    against_average: Estimate
    p: float
    stands_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotShown:
    """A cell with too few posts, in it or beside it, or with the posts of a single format or weekday."""

    cell: str
    n: int
    why: Literal["too few posts", "entangled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What is known of a family of cells.

    best, worst: the cell that stands out with more, or with less. smallest_visible_percent: how much more
    than the others a cell with the median information must reach to be found in eight of ten cases; None
    where nothing can be compared. posts_needed: how many posts, spread as these are, find 30 % that often;
    where nothing can be compared, how many that are spread evenly.
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
class BestTime:
    """What n posts say of hours and weekdays; a post without reach is not among them.

    alpha: how often an account where time does not matter is told that it does, by hours or by weekdays.
    sigma: how much the log of reach differs from post to post. n_far_off: posts that were clipped, such as a
    viral one.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """What both families are judged by. y: logs of reach. whole: the fit with all columns."""

    y: Floats
    whole: Fit
    alpha: float
    at_least: int


def best_time(posts: Sequence[PostReach], zone: tzinfo, *, seed: int = 0) -> BestTime | TooFew:
    """Ask whether posts of some hours or weekdays reach more. zone: the account's, whose clocks tell both.

    Raises ValueError for a time without a zone, a number that is none, or covariates of different length.
    """
    # The posts with any reach, sorted; a reach of 0 has no logarithm. Sorted, because the order of the
    # posts must change no answer.
    if any(post.at.tzinfo is None for post in posts):
        raise ValueError("A post's time needs a zone.")
    numbers = [number for post in posts for number in (post.reach, *post.covariates)]
    if not np.isfinite(np.array(numbers)).all() or len({len(post.covariates) for post in posts}) > 1:
        raise ValueError(
            "Reach and covariates are numbers, as many for each post; leave out what is not known."
        )
    used = sorted(post for post in posts if post.reach > 0)

    if len(used) < FEWEST_POSTS:
        return TooFew(n=len(used), needed=FEWEST_POSTS)
    y, other_columns = np.log(np.array([post.reach for post in used])), columns_but_cells(used)
    blocks, weekdays = cells_of(used, zone)
    by_block, by_weekday = indicators(blocks, BLOCKS), indicators(weekdays, WEEKDAYS)
    basis = orthonormal_basis(np.hstack([other_columns, by_block, by_weekday]))
    needed = max(FEWEST_POSTS, basis.shape[1] + _SPARE)
    if len(used) < needed:
        return TooFew(n=len(used), needed=needed)
    whole = fit_robustly(basis, y)
    # The two families share alpha, so that it is the account's chance of a false alarm and not half of it.
    model = _Model(y=y, whole=whole, alpha=ALPHA / 2, at_least=needed)
    return BestTime(
        n=len(used),
        n_without_reach=len(posts) - len(used),
        n_far_off=whole.n_clipped,
        sigma=whole.sigma,
        alpha=ALPHA,
        hours=_judge_family(model, np.hstack([other_columns, by_weekday]), blocks, BLOCKS, seed),
        weekdays=_judge_family(model, np.hstack([other_columns, by_block]), weekdays, WEEKDAYS, seed + 1),
    )


def columns_but_cells(posts: Sequence[PostReach]) -> Floats:
    """Return the model's columns that are no cells: format, trend in time, covariates."""
    kinds = [post.kind for post in posts]
    trend = np.array([post.at.timestamp() for post in posts])
    covariates = np.array([post.covariates for post in posts]).reshape(len(posts), -1)
    columns = [indicators(kinds, sorted(set(kinds)))]
    # Numbers less their mean, as large as the columns of 0 and 1; zeros where they never change.
    for column in (trend, *covariates.T):
        centred = column - column.mean()
        largest = np.abs(centred).max()
        # What is left of equal numbers is rounding, which must not be blown up to a column.
        is_constant = largest <= 1e-12 * np.abs(column).max()
        columns.append(np.zeros_like(column) if is_constant else centred / largest)
    return np.column_stack(columns)


def indicators(values: Sequence[str], names: Sequence[str]) -> Floats:
    """Return a column of 0 and 1 for each name."""
    return (np.array(values)[:, None] == np.array(names)[None, :]).astype(np.float64)


def cells_of(posts: Iterable[PostReach], zone: tzinfo) -> tuple[list[str], list[str]]:
    """Return the block of hours and the weekday of each post, as clocks of the account's zone show them."""
    times = [post.at.astimezone(zone) for post in posts]
    return [BLOCKS[at.hour // HOURS_OF_A_BLOCK] for at in times], [WEEKDAYS[at.weekday()] for at in times]


def _judge_family(
    model: _Model, others: Floats, cells: Sequence[str], names: Sequence[str], seed: int
) -> Family:
    """Judge a family of cells.

    others: the model's columns but the family's. cells: the cell of each post. names: of all cells there are.
    """
    members = indicators(cells, names)
    basis = orthonormal_basis(others)
    contrasts = unexplained(basis, members)
    sizes, information = members.sum(axis=0), (contrasts**2).sum(axis=0)
    is_thin = np.minimum(sizes, len(cells) - sizes) < _FEWEST_OF_A_CELL
    is_entangled = information < _ENTANGLED * sizes * (1 - sizes / len(cells))
    shown = _places(~is_thin & ~is_entangled)
    effects = _effects(model, basis, contrasts[:, shown], [(names[i], int(sizes[i])) for i in shown], seed)
    standing_out = sorted((e for e in effects if e.stands_out), key=lambda e: e.against_others.value)
    visible, needed = _visible_and_needed(model, information[shown], len(names))
    return Family(
        is_found=bool(standing_out),
        p=min((effect.p for effect in effects), default=1.0),
        best=standing_out[-1].cell if standing_out and standing_out[-1].against_others.value > 0 else None,
        worst=standing_out[0].cell if standing_out and standing_out[0].against_others.value < 0 else None,
        effects=effects,
        not_shown=tuple(
            NotShown(cell=names[i], n=int(sizes[i]), why="too few posts" if is_thin[i] else "entangled")
            for i in _places((sizes > 0) & (is_thin | is_entangled))
        ),
        smallest_visible_percent=visible,
        posts_needed=needed,
    )


def _places(mask: NDArray[np.bool_]) -> list[int]:
    return [int(place) for place in np.flatnonzero(mask)]


def _effects(
    model: _Model, basis: Floats, contrasts: Floats, cells: Sequence[tuple[str, int]], seed: int
) -> tuple[CellEffect, ...]:
    """Return the effect of each cell. contrasts: their columns, less what the basis explains of them."""
    if not cells:
        return ()
    information = (contrasts**2).sum(axis=0)
    raw = contrasts.T @ model.whole.fitted / information
    errors = model.whole.sigma / np.sqrt(information)
    against_others = shrunk_estimates(raw, errors, model.whole.freedom)
    # How often, after a shuffle, the cell that differs most differs as much as each does. Compared with the
    # largest of all cells, so that looking at thirteen of them does not raise the chance of a false alarm
    # (Westfall and Young).
    directions = contrasts / np.sqrt(information)
    residuals, p_of_cells = fit_robustly(basis, model.y).residuals, np.ones(len(cells))
    if residuals.any():

        def largest(shuffled: Floats, axis: int) -> Floats:
            return _unlikeness(shuffled, basis, directions).max(axis=axis)

        null = null_of_pairings(residuals, largest, seed=seed)
        n_as_unlike = (null[:, None] >= _unlikeness(residuals, basis, directions) - _SAME).sum(axis=0)
        p_of_cells = (n_as_unlike + 1) / (len(null) + 1)
    return tuple(
        CellEffect(
            cell=cell,
            n=n,
            against_others=as_percent(estimate),
            against_average=as_percent(estimate.times(1 - n / len(model.y))),
            p=float(p),
            stands_out=bool(p <= model.alpha),
        )
        for (cell, n), estimate, p in zip(cells, against_others, p_of_cells, strict=True)
    )


def _unlikeness(values: Floats, basis: Floats, directions: Floats) -> Floats:
    """Return how much of the values each cell explains, as a correlation from 0 to 1.

    Of the values, only the part counts that the basis leaves unexplained.
    """
    left = (values**2).sum(axis=-1) - ((values @ basis) ** 2).sum(axis=-1)
    return np.abs(values @ directions) / np.sqrt(np.maximum(left, np.finfo(np.float64).tiny))[..., None]


def shrunk_estimates(raw: Floats, errors: Floats, freedom: int) -> list[Estimate]:
    """Shrink effects by how little they vary beyond chance, and give each its own interval.

    An interval about the shrunk value would too often leave out the truth of just the cell that differs most.
    So it is about the raw value, made wider where the shrunk one is beyond it.
    """
    shares_kept = np.ones_like(raw)
    if errors.all():
        weights = 1 / errors**2
        # The variance of the true effects, as DerSimonian and Laird estimate it about a mean of 0 from the
        # sum of the squared effects.
        between = max(0.0, float((weights * raw**2).sum() - len(raw)) / float(weights.sum()))
        shares_kept = between / (between + errors**2)
    shrunk = raw * shares_kept
    half = t_quantile((1 + _CONFIDENCE) / 2, freedom) * errors
    return [
        Estimate(value=float(v), low=float(min(v, r - h)), high=float(max(v, r + h)), confidence=_CONFIDENCE)
        for v, r, h in zip(shrunk, raw, half, strict=True)
    ]


def _visible_and_needed(model: _Model, information: Floats, n_names: int) -> tuple[float | None, int]:
    """Return the smallest visible effect, and the posts that 30 % take, with the median information."""
    n = len(model.y)
    comparisons = len(information) or n_names
    # Without a cell that can be compared, posts are taken as spread evenly over all cells.
    middle = float(np.median(information)) if len(information) else n * (1 - 1 / n_names) / n_names
    sigma, freedom, alpha = model.whole.sigma, model.whole.freedom, model.alpha
    visible = smallest_visible_percent(
        sigma=sigma, information=middle, comparisons=comparisons, freedom=freedom, alpha=alpha
    )
    needed = posts_needed(
        sigma=sigma,
        information_of_post=middle / n,
        comparisons=comparisons,
        parameters=n - freedom,
        alpha=alpha,
        at_least=model.at_least,
    )
    return (visible if len(information) else None), needed
