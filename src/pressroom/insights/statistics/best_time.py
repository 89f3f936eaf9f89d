"""Answers whether it matters when an account posts, and what, from the reach of its posts at 24 hours.

The model explains log reach by kind, a trend in time that may bend, further covariates, weekday and block of
four hours. Kinds, weekdays and blocks are three families of cells. `best_time` asks each family whether any
of its cells reaches more or less than the others, once the rest of the model has explained what it can.

How a family is tested (docs/decisions/0023): each cell is compared with all other posts, and the test is
about the largest of these comparisons. Not about their sum, because an account has one good time rather
than six, and because the largest names its cell. What the largest would be by chance comes from swapping
the residuals of the model without the family (Freedman and Lane), whole days of them, because posts of a
day share its luck. They are clipped before, so that a viral post weighs no more than an ordinary good one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Final, Literal, Self

import numpy as np

from pressroom.insights.statistics.answers import (
    ALPHA_OF_HOURS,
    ALPHA_OF_KINDS,
    ALPHA_OF_WEEKDAYS,
    BLOCKS,
    HOURS_OF_A_BLOCK,
    WEEKDAYS,
    Estimate,
    TooFew,
    as_percent,
)
from pressroom.insights.statistics.days import Days, shared_luck
from pressroom.insights.statistics.inference import (
    Fit,
    Floats,
    critical_t,
    fit_robustly,
    orthonormal_basis,
    p_of_each,
    posts_needed,
    shrunk_estimates,
    smallest_visible_percent,
    unexplained,
    without_rounding,
)

FEWEST_POSTS: Final = 30
# Posts beyond the number of columns: with fewer, the residuals say little of how much posts differ.
_SPARE: Final = 10
# Of posts, and of days: posts of a single day may owe it all to the day.
_FEWEST_OF_A_CELL: Final = 3
# A cell that keeps less than this of its information is not shown: the rest of the model tells it almost as
# well.
_ENTANGLED: Final = 0.1
Why = Literal["too few posts", "too few days", "entangled"]
# The trend has a column more for each so many posts.
_POSTS_OF_A_BEND, _MOST_BENDS = 30, 8


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

    The value is shrunk towards 0, the more the less is known. The intervals of a family hold the truth of all
    its cells at once in `confidence` of cases. p: how often chance alone makes some cell of the family differ
    from the others by as much as this cell does. stands_out: exactly where the interval leaves out 0.
    """

    cell: str
    n: int
    against_others: Estimate
    against_average: Estimate
    p: float

    @property
    def stands_out(self) -> bool:
        """Whether the cell is unlike the others beyond chance."""
        return self.against_others.is_outside_noise


@dataclass(frozen=True, slots=True, kw_only=True)
class NotShown:
    """A cell with too few posts or days, in it or beside it, or one that cannot be told from another effect.

    Entangled: from that of a kind, weekday or block, of a time of the year, or of how many posts a day has.
    """

    cell: str
    n: int
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What is known of a family of cells.

    alpha: how often a family that does not matter is found to matter. best, worst: the cell that stands out
    with more, or with less. smallest_visible_percent: how much more than the others a cell with the median
    information must reach to be found in eight of ten cases; None where nothing can be compared.
    posts_needed: how many posts, spread as these are, find 30 % that often; where nothing can be compared,
    how many that are spread evenly. worth_posts: as many posts, each on a day of its own, would tell as much;
    None where nothing can be compared.
    """

    alpha: float
    is_found: bool
    p: float
    best: str | None
    worst: str | None
    effects: tuple[CellEffect, ...]
    not_shown: tuple[NotShown, ...]
    smallest_visible_percent: float | None
    posts_needed: int
    worth_posts: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BestTime:
    """What n posts say of hours, weekdays and kinds; a post without reach is not among them.

    alpha: how often an account where none of these matters is told that one does. sigma: how much the log of
    reach differs from post to post; sigma_of_days: as much of it as posts of one day share. n_days: days with
    a post. n_far_off: posts that were clipped, such as a viral one.
    """

    n: int
    n_days: int
    n_without_reach: int
    n_far_off: int
    sigma: float
    sigma_of_days: float
    alpha: float
    hours: Family
    weekdays: Family
    kinds: Family

    @property
    def is_found(self) -> bool:
        """Whether hours, weekdays or kinds matter, as far as can be seen."""
        return self.hours.is_found or self.weekdays.is_found or self.kinds.is_found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """What all families are judged by: the fit with all columns, whose days are whitened.

    y: logs of reach. basis: of all columns. clipped: how much less sure an estimate is than clipped residuals
    are small, as in `fit_robustly`. at_least: posts that it takes.
    """

    y: Floats
    days: Days
    basis: Floats
    fitted: Floats
    residuals: Floats
    clipped: float
    at_least: int

    @classmethod
    def of(cls, y: Floats, whole: Fit, basis: Floats, days: Days, at_least: int) -> Self:
        """Whiten a fit. basis: of the whitened columns."""
        cleaned = days.whitened(whole.fitted + whole.residuals)
        fitted = basis @ (basis.T @ cleaned)
        return cls(
            y=y,
            days=days,
            basis=basis,
            fitted=fitted,
            residuals=without_rounding(cleaned - fitted),
            clipped=1 / (1 - whole.n_clipped / len(y)),
            at_least=at_least,
        )

    @property
    def freedom(self) -> int:
        return len(self.y) - self.basis.shape[1]

    @property
    def sigma(self) -> float:
        """Of a post, without its day's luck."""
        return self.clipped * float(np.sqrt((self.residuals**2).sum() / self.freedom))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """A family: the names of all its cells, a column of 0 and 1 for each, a basis of all other columns."""

    names: Sequence[str]
    members: Floats
    others: Floats
    alpha: float
    seed: int


def best_time(posts: Sequence[PostReach], zone: tzinfo, *, seed: int = 0) -> BestTime | TooFew:
    """Ask whether posts of some hours, weekdays or kinds reach more. zone: the account's, which tells days.

    Raises ValueError for a time without a zone, a number that is none, or covariates of different length.
    """
    used = _used(posts, zone)
    if len(used) < FEWEST_POSTS:
        return TooFew(n=len(used), needed=FEWEST_POSTS)
    kinds = sorted({post.kind for post in used})
    blocks, weekdays = cells_of(used, zone)
    by_kind = indicators([post.kind for post in used], kinds)
    by_block, by_weekday = indicators(blocks, BLOCKS), indicators(weekdays, WEEKDAYS)
    course = columns_but_cells(used)
    columns = np.hstack([course, by_kind, by_block, by_weekday])
    basis = orthonormal_basis(columns)
    needed = max(FEWEST_POSTS, basis.shape[1] + _SPARE)
    if len(used) < needed:
        return TooFew(n=len(used), needed=needed)

    y, days = np.log(np.array([post.reach for post in used])), Days.of(_dates(used, zone))
    whole = fit_robustly(basis, y)
    days = replace(days, shared=shared_luck(days, basis, whole.residuals))
    model = _Model.of(y, whole, orthonormal_basis(days.whitened(columns)), days, needed)

    def judge(names: Sequence[str], members: Floats, rest: Sequence[Floats], alpha: float) -> Family:
        others = orthonormal_basis(np.hstack([course, *rest]))
        return _judge_family(
            model, _Cells(names=names, members=members, others=others, alpha=alpha, seed=seed)
        )

    return BestTime(
        n=len(used),
        n_days=len(days.counts),
        n_without_reach=len(posts) - len(used),
        n_far_off=whole.n_clipped,
        sigma=model.sigma * float(np.sqrt(1 + model.days.shared)),
        sigma_of_days=model.sigma * float(np.sqrt(model.days.shared)),
        alpha=ALPHA_OF_HOURS + ALPHA_OF_WEEKDAYS + ALPHA_OF_KINDS,
        hours=judge(BLOCKS, by_block, (by_kind, by_weekday), ALPHA_OF_HOURS),
        weekdays=judge(WEEKDAYS, by_weekday, (by_kind, by_block), ALPHA_OF_WEEKDAYS),
        kinds=judge(kinds, by_kind, (by_block, by_weekday), ALPHA_OF_KINDS),
    )


def _used(posts: Sequence[PostReach], zone: tzinfo) -> list[PostReach]:
    """Return the posts with any reach, as `Days` needs them sorted; a reach of 0 has no logarithm.

    Sorted also because the order of the posts must change no answer.
    """
    if any(post.at.tzinfo is None for post in posts):
        raise ValueError("A post's time needs a zone.")
    numbers = [number for post in posts for number in (post.reach, *post.covariates)]
    if not np.isfinite(np.array(numbers)).all() or len({len(post.covariates) for post in posts}) > 1:
        raise ValueError(
            "Reach and covariates are numbers, as many for each post; leave out what is not known."
        )
    used = sorted(post for post in posts if post.reach > 0)
    dates = _dates(used, zone)
    counts = Counter(dates)
    places = sorted(range(len(used)), key=lambda place: (counts[dates[place]], dates[place], place))
    return [used[place] for place in places]


def _dates(posts: Iterable[PostReach], zone: tzinfo) -> list[date]:
    return [post.at.astimezone(zone).date() for post in posts]


def columns_but_cells(posts: Sequence[PostReach]) -> Floats:
    """Return the model's columns that are no cells: the trend, which may bend, and covariates."""
    covariates = np.array([post.covariates for post in posts]).reshape(len(posts), -1)
    times = np.array([post.at.timestamp() for post in posts])
    # A natural cubic spline, straight beyond its outer knots, with as many posts between each two. Few posts
    # have few bends, because each column costs a post.
    since = (times - times.min()) / max(float(np.ptp(times)), 1.0)
    n_columns = min(_MOST_BENDS, 1 + len(times) // _POSTS_OF_A_BEND)
    knots = np.unique(np.quantile(since, np.linspace(0, 1, n_columns + 1)))
    cubes = np.maximum(since[:, None] - knots, 0) ** 3
    bends = (cubes[:, :-1] - cubes[:, -1:]) / (knots[-1] - knots[:-1])
    # Numbers less their mean, as large as the columns of 0 and 1; zeros where they never change.
    columns = list[Floats]()
    for column in (since, *(bends[:, :-1] - bends[:, -1:]).T, *covariates.T):
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


def _judge_family(model: _Model, cells: _Cells) -> Family:
    sizes = cells.members.sum(axis=0)
    reasons = _why_not_shown(model.days, cells)
    shown = [place for place, why in enumerate(reasons) if why is None]
    compared = _compare(model, cells, cells.members[:, shown])
    effects = _effects(compared, [(cells.names[i], int(sizes[i])) for i in shown], cells.alpha, len(model.y))
    standing_out = sorted((e for e in effects if e.stands_out), key=lambda e: e.against_others.value)
    visible, needed = _visible_and_needed(model, cells, compared)
    # What it tells, in what a post tells that is alone on its day, and so has all its luck for itself.
    alone = (unexplained(cells.others, cells.members[:, shown]) ** 2).sum(axis=0)
    worth = compared.information * (1 + model.days.shared) / alone
    return Family(
        alpha=cells.alpha,
        is_found=bool(standing_out),
        p=min((effect.p for effect in effects), default=1.0),
        best=standing_out[-1].cell if standing_out and standing_out[-1].against_others.value > 0 else None,
        worst=standing_out[0].cell if standing_out and standing_out[0].against_others.value < 0 else None,
        effects=effects,
        not_shown=tuple(
            NotShown(cell=name, n=int(size), why=why)
            for name, size, why in zip(cells.names, sizes, reasons, strict=True)
            if size and why
        ),
        smallest_visible_percent=visible,
        posts_needed=needed,
        worth_posts=round(len(model.y) * float(np.median(worth))) if shown else None,
    )


def _why_not_shown(days: Days, cells: _Cells) -> list[Why | None]:
    """Return of each cell why nothing can be said of it, or None."""
    n, sizes, of_days = len(cells.members), cells.members.sum(axis=0), days.sums(cells.members)
    days_in, days_beside = (of_days > 0).sum(axis=0), (of_days < days.counts[:, None]).sum(axis=0)
    # Days are swapped among those with as many posts, so that what these have in common cannot be told.
    by_group = (days.groups[days.of_posts][:, None] == np.unique(days.groups)).astype(np.float64)
    left = unexplained(orthonormal_basis(np.hstack([cells.others, by_group])), cells.members)
    is_entangled = (left**2).sum(axis=0) < _ENTANGLED * sizes * (1 - sizes / n)
    whys = list[Why | None]()
    for place, size in enumerate(sizes):
        if min(size, n - size) < _FEWEST_OF_A_CELL:
            whys.append("too few posts")
        elif min(days_in[place], days_beside[place]) < _FEWEST_OF_A_CELL:
            whys.append("too few days")
        else:
            whys.append("entangled" if is_entangled[place] else None)
    return whys


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """Cells compared with the others, a place each: differences of logs and their standard errors.

    A comparison counts where it is `critical` errors off. information: of each, see `inference`.
    """

    raw: Floats
    errors: Floats
    information: Floats
    p: Floats
    critical: float


def _compare(model: _Model, cells: _Cells, members: Floats) -> _Compared:
    """Compare cells with the others. members: a column of 0 and 1 for each of them."""
    days, n_cells = model.days, members.shape[1]
    basis = orthonormal_basis(days.whitened(cells.others))
    contrasts = unexplained(basis, days.whitened(members))
    information = (contrasts**2).sum(axis=0)
    directions = contrasts / np.sqrt(information)
    # The test clips posts about what holds without the family. About its own cell's level, a post would be
    # clipped to suit the effect that is tested.
    without = fit_robustly(cells.others, model.y)
    cleaned = days.whitened(without.fitted + without.residuals)
    residuals = without_rounding(unexplained(basis, cleaned))
    p, critical = np.ones(n_cells), critical_t(cells.alpha, max(n_cells, 1), model.freedom)
    if n_cells and residuals.any():
        swaps = days.swaps(residuals, basis, cells.seed)
        # Compared with the largest of all cells, so that looking at many of them does not raise the chance
        # of a false alarm (Westfall and Young).
        null = np.sort(np.concatenate([_unlikeness(rows, model, directions).max(axis=-1) for rows in swaps]))
        p = p_of_each(null, _unlikeness(residuals, model, directions))
        critical = float(null[-round(cells.alpha * (len(null) + 1))])
    return _Compared(
        raw=contrasts.T @ model.fitted / information,
        errors=model.clipped * _errors(model.residuals, model, directions) / np.sqrt(information),
        information=information,
        p=p,
        critical=critical,
    )


def _unlikeness(rows: Floats, model: _Model, directions: Floats) -> Floats:
    """Return how many standard errors each cell is off (|t|), of rows of residuals."""
    return np.abs(rows @ directions) / np.maximum(_errors(rows, model, directions), np.finfo(np.float64).tiny)


def _errors(rows: Floats, model: _Model, directions: Floats) -> Floats:
    """Return the standard error of each direction, from what the whole model leaves of rows of residuals.

    That of a direction between days comes from how much days differ, that of one within days from how much
    their posts do. So a comparison of weekdays is as sure as there are days, whatever their luck is thought
    to be.
    """
    days, basis = model.days, model.basis
    explained, basis_of_days = rows @ basis, days.means(basis.T)
    of_days = ((days.means(rows) - explained @ basis_of_days) ** 2).sum(axis=-1)
    of_posts = (rows**2).sum(axis=-1) - (explained**2).sum(axis=-1) - of_days
    freedom_of_days = len(days.counts) - float((basis_of_days**2).sum())
    variance_of_days = of_days / max(freedom_of_days, 1.0)
    variance_of_posts = np.maximum(of_posts, 0.0) / max(model.freedom - freedom_of_days, 1.0)
    share = (days.means(directions.T) ** 2).sum(axis=-1)
    return np.sqrt(variance_of_days[..., None] * share + variance_of_posts[..., None] * (1 - share))


def _effects(
    compared: _Compared, cells: Sequence[tuple[str, int]], alpha: float, n_posts: int
) -> tuple[CellEffect, ...]:
    """Return the effect of each cell, which has a name and a number of posts."""
    estimates = shrunk_estimates(
        compared.raw, compared.errors, compared.critical * compared.errors, confidence=1 - alpha
    )
    effects = list[CellEffect]()
    for (cell, n), log, p in zip(cells, estimates, compared.p, strict=True):
        estimate = log
        # Interval and test clip posts about different fits, so that they may differ by a hair. Both must
        # find the cell.
        if p > alpha:
            estimate = replace(log, low=min(log.low, 0.0), high=max(log.high, 0.0))
        average = estimate.times(1 - n / n_posts)
        effects.append(
            CellEffect(
                cell=cell,
                n=n,
                against_others=as_percent(estimate),
                against_average=as_percent(average),
                p=float(p),
            )
        )
    return tuple(effects)


def _visible_and_needed(model: _Model, cells: _Cells, compared: _Compared) -> tuple[float | None, int]:
    """Return the smallest visible effect, and the posts that 30 % take, with the median information."""
    n, n_names = len(model.y), max(len(cells.names), 2)
    errors, sigma = compared.errors, model.sigma
    # What posts that differ tell: less than where the luck of days is as it was estimated, or more.
    information = np.divide(sigma, errors, out=np.sqrt(compared.information), where=errors > 0) ** 2
    comparisons, is_compared = len(information) or n_names, bool(len(information))
    # Without a cell that can be compared, posts are taken as spread evenly over all cells.
    evenly = n * (1 - 1 / n_names) / n_names / (1 + model.days.shared)
    middle = float(np.median(information)) if is_compared else evenly
    stricter = compared.critical / critical_t(cells.alpha, comparisons, model.freedom)
    visible = smallest_visible_percent(
        sigma=sigma,
        information=middle,
        comparisons=comparisons,
        freedom=model.freedom,
        alpha=cells.alpha,
        stricter=stricter,
    )
    needed = posts_needed(
        sigma=sigma,
        information_of_post=middle / n,
        comparisons=comparisons,
        parameters=n - model.freedom,
        alpha=cells.alpha,
        at_least=model.at_least,
        stricter=stricter,
    )
    return (visible if is_compared else None), needed
