"""What scipy and numpy compute too comes out as they compute it."""

import math
from datetime import UTC, timedelta
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from pressroom.insights.statistics import inference
from pressroom.insights.statistics.answers import BLOCKS, WEEKDAYS
from pressroom.insights.statistics.best_time import (
    BestTime,
    PostReach,
    best_time,
    cells_of,
    columns_but_cells,
    indicators,
)
from pressroom.insights.statistics.experiments import Experiment, experiment
from pressroom.insights.statistics.inference import Floats
from tests.insights.statistics.accounts import account, in_turns

# scipy's own types say nothing.
scipy: Any = stats
minimising: Any = optimize


def regression(n: int, seed: int, *, heavy: bool) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(n), rng.normal(size=(n, 3)), np.sign(rng.normal(size=n))])
    noise = rng.standard_t(2, n) if heavy else rng.uniform(-1, 1, n)
    return design, design @ rng.normal(size=5) + noise


def test_without_anything_far_off_a_fit_is_that_of_least_squares() -> None:
    design, y = regression(80, 1, heavy=False)
    coefficients, rest, _, _ = np.linalg.lstsq(design, y)
    found = inference.fit_robustly(inference.orthonormal_basis(design), y)
    assert found.n_clipped == 0
    assert np.allclose(found.fitted, design @ coefficients)
    assert math.isclose(found.sigma, math.sqrt(rest[0] / 75))


@pytest.mark.parametrize("seed", range(5))
def test_a_fit_is_hubers_as_scipy_minimises_it(seed: int) -> None:
    design, y = regression(80, seed, heavy=True)
    found = inference.fit_robustly(inference.orthonormal_basis(design), y)
    limit = float(np.abs(found.residuals).max())
    start, *_ = np.linalg.lstsq(design, y)

    def misses(coefficients: Floats) -> Floats:
        return design @ coefficients - y

    least = minimising.least_squares(
        misses, start, loss="huber", f_scale=limit, xtol=1e-12, ftol=1e-12, gtol=1e-12
    )
    assert found.n_clipped > 0
    assert np.allclose(found.fitted, design @ least.x, atol=1e-4)


def test_columns_that_repeat_others_count_once() -> None:
    design, _ = regression(40, 1, heavy=False)
    assert inference.orthonormal_basis(np.hstack([design, design, np.zeros((40, 1))])).shape == (40, 5)


def test_cells_of_posts_on_days_of_their_own_are_compared_as_scipy_does_where_nothing_is_clipped() -> None:
    """Of a plain account: the effect and error of least squares, and the p of a permutation test."""
    posts, rng = list[PostReach](), np.random.default_rng(1)
    for day, post in enumerate(account(7, n=100)):
        at = post.at.replace(month=1, day=1) + timedelta(days=day)
        posts.append(PostReach(at=at, kind=post.kind, reach=1000 * math.exp(float(rng.uniform(-0.2, 0.2)))))
    answer = best_time(posts, UTC, seed=3)
    assert isinstance(answer, BestTime)
    assert (answer.n_far_off, answer.n_days, answer.sigma_of_days) == (0, 100, 0.0)
    blocks, weekdays = cells_of(posts, UTC)
    by_kind = indicators([post.kind for post in posts], ["image", "reel"])
    others = np.hstack([columns_but_cells(posts), by_kind, indicators(weekdays, WEEKDAYS)])
    members, y = indicators(blocks, BLOCKS), np.log([post.reach for post in posts])
    left = members - others @ np.linalg.lstsq(others, members)[0]
    everything = np.hstack([others, members])
    rest = y - everything @ np.linalg.lstsq(everything, y)[0]
    freedom = len(y) - int(np.linalg.matrix_rank(everything))
    assert math.isclose(answer.sigma, math.sqrt(float(rest @ rest) / freedom))
    errors = answer.sigma / np.sqrt((left**2).sum(axis=0))
    p, critical = permuted(y, others, everything, left)
    for place, effect in enumerate(answer.hours.effects):
        middle = float(left[:, place] @ y / (left[:, place] ** 2).sum())
        low, high = (math.log1p(end / 100) for end in (effect.against_others.low, effect.against_others.high))
        assert math.isclose((low + high) / 2, middle, abs_tol=1e-9)
        assert math.isclose((high - low) / 2, critical * errors[place], rel_tol=0.08)
    assert math.isclose(answer.hours.p, p, abs_tol=0.05)


def difference_of_medians(first: Floats, second: Floats, axis: int) -> Floats:
    return np.median(second, axis=axis) - np.median(first, axis=axis)


def permuted(y: Floats, others: Floats, everything: Floats, left: Floats) -> tuple[float, float]:
    """The p of the largest |t| of cells, and the |t| that chance passes once in a hundred."""
    freedom = len(y) - int(np.linalg.matrix_rank(everything))

    def largest(values: Floats, axis: int) -> Floats:
        assert axis == -1
        rest = values - (everything @ np.linalg.lstsq(everything, values.T)[0]).T
        shares: Floats = np.abs(values @ (left / np.linalg.norm(left, axis=0)))
        return shares.max(axis=-1) / np.linalg.norm(rest, axis=-1) * math.sqrt(freedom)

    result = scipy.permutation_test(
        (y - others @ np.linalg.lstsq(others, y)[0],),
        largest,
        permutation_type="pairings",
        vectorized=True,
        n_resamples=1999,
        alternative="greater",
        rng=np.random.default_rng(3),
    )
    return float(result.pvalue), float(np.quantile(result.null_distribution, 0.99))


def second_less_first(first: Floats, second: Floats, axis: int) -> Floats:
    return second.mean(axis=axis) - first.mean(axis=axis)


def test_an_experiment_is_scipys_permutation_test_and_students_interval_where_nothing_is_clipped() -> None:
    rng = np.random.default_rng(1)
    first, second = (np.exp(rng.uniform(5, 6, 15)) for _ in range(2))
    found = experiment(in_turns(first.tolist(), second.tolist()))
    assert isinstance(found, Experiment)
    assert found.n_far_off == 0
    assert found.verdict
    logs = np.log(first), np.log(second)
    assert (
        abs(found.verdict.p - scipy.permutation_test(logs, second_less_first, n_resamples=9999).pvalue) < 0.05
    )
    interval = scipy.ttest_ind(*logs[::-1]).confidence_interval(0.98)
    ends = [math.log1p(end / 100) for end in (found.verdict.low, found.verdict.high)]
    assert ends == pytest.approx([interval.low, interval.high], abs=0.06)


def test_of_pairs_an_experiment_is_scipys_test_of_their_differences() -> None:
    rng = np.random.default_rng(2)
    first, second = (np.exp(rng.uniform(5, 6, 14)) for _ in range(2))
    found = experiment(in_turns(first.tolist(), second.tolist(), days=[*range(14), *range(14)]))
    assert isinstance(found, Experiment)
    assert (found.n_far_off, bool(found.verdict)) == (0, True)
    logs = np.log(first), np.log(second)
    expected = scipy.permutation_test(logs, second_less_first, permutation_type="samples", n_resamples=np.inf)
    assert found.verdict
    assert abs(found.verdict.p - expected.pvalue) < 0.05


@pytest.mark.parametrize("freedom", [8, 40, 600])
def test_the_smallest_visible_effect_is_found_in_eight_of_ten_cases_by_the_noncentral_t(freedom: int) -> None:
    shape: dict[str, Any] = {"comparisons": 6, "alpha": 0.01}
    visible = inference.smallest_visible_percent(sigma=0.3, information=20, freedom=freedom, **shape)
    critical = inference.t_quantile(1 - shape["alpha"] / (2 * shape["comparisons"]), freedom)
    errors = math.log1p(visible / 100) / (0.3 / math.sqrt(20))
    assert math.isclose(float(scipy.nct.sf(critical, freedom, errors)), 0.8, rel_tol=1e-6)
    assert math.isclose(2 * 6 * float(scipy.t.sf(critical, freedom)), 0.01)
