"""A robust fit, power, and that only the statistics need numpy and scipy."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.insights.statistics.inference import (
    Floats,
    fit_robustly,
    orthonormal_basis,
    posts_needed,
    shrunk_estimates,
    smallest_visible_percent,
)
from tests.architecture.imports import PACKAGE, nodes


def design(n: int, columns: int, rng: np.random.Generator) -> Floats:
    return np.column_stack([np.ones(n), rng.normal(size=(n, columns - 1))])


@pytest.mark.parametrize(("n", "columns"), [(30, 15), (60, 15), (200, 10)])
def test_sigma_is_that_of_the_posts_however_many_columns_explain_them(n: int, columns: int) -> None:
    rng = np.random.default_rng(1)
    fits = [
        fit_robustly(orthonormal_basis(design(n, columns, rng)), rng.normal(0, 0.5, n)) for _ in range(400)
    ]
    assert 0.48 < float(np.mean([found.sigma for found in fits])) < 0.51
    # Of the normal distribution 4.6 % are more than two deviations off, fewer of what few posts leave.
    assert float(np.mean([found.n_clipped for found in fits])) / n < 0.05


def test_a_post_that_is_far_off_counts_as_two_deviations_however_far_it_is() -> None:
    rng = np.random.default_rng(2)
    basis, y = orthonormal_basis(design(60, 4, rng)), rng.normal(size=60)
    y[7] += 10
    far = fit_robustly(basis, y)
    y[7] += 1000
    farther = fit_robustly(basis, y)
    assert np.allclose(far.fitted, farther.fitted, atol=1e-6)
    assert far.n_clipped == farther.n_clipped >= 1


def test_a_value_is_shrunk_but_not_out_of_its_interval() -> None:
    raw, errors = np.array([0.25, 0, 0, 0, 0, 0]), np.full(6, 0.1)
    unlike, *alike = shrunk_estimates(raw, errors, 2 * errors, confidence=0.95)
    # Six such effects vary hardly more than chance, so that by itself it would be nearer to 0.
    assert (unlike.low, unlike.value, unlike.high) == pytest.approx((0.05, 0.05, 0.45))
    assert all(one.low < one.value == 0 < one.high for one in alike)


SHAPE: dict[str, Any] = {"comparisons": 6, "alpha": 0.01}
SIGMA = st.floats(0.05, 2)


def needed(sigma: float, information: float = 5 / 36) -> int:
    return posts_needed(sigma=sigma, information_of_post=information, parameters=14, at_least=30, **SHAPE)


def visible(sigma: float, n: int) -> float:
    return smallest_visible_percent(sigma=sigma, information=n * 5 / 36, freedom=n - 14, **SHAPE)


@given(sigma=SIGMA)
@settings(max_examples=50, deadline=None)
def test_with_the_posts_needed_thirty_percent_is_visible_and_with_fewer_it_is_not(sigma: float) -> None:
    n = needed(sigma)
    assert visible(sigma, n) <= 30 + 1e-9
    assert n == 30 or visible(sigma, n - 1) > 30


@given(sigma=SIGMA, times=st.floats(1.1, 5))
@settings(max_examples=50, deadline=None)
def test_the_more_posts_differ_the_more_it_takes_and_the_less_is_seen(sigma: float, times: float) -> None:
    assert needed(times * sigma) >= needed(sigma)
    assert visible(times * sigma, 100) > visible(sigma, 100) > visible(sigma, 200)


def test_posts_that_do_not_differ_take_no_more_than_a_model_does() -> None:
    assert needed(0.0) == 30


def test_no_number_grows_beyond_all_bounds() -> None:
    assert needed(1000.0, 1e-6) == 10_000_000
    assert visible(1000.0, 30) < 1e46


STATISTICS = PACKAGE / "insights" / "statistics"


def uses(path: Path) -> Iterator[str]:
    """The packages that a file imports."""
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)


def users_of(*packages: str) -> set[Path]:
    return {path for path in PACKAGE.rglob("*.py") if not {*packages}.isdisjoint(uses(path))}


def test_numpy_and_scipy_are_imported_in_statistics_alone() -> None:
    assert {path.parent for path in users_of("numpy", "scipy")} == {STATISTICS}


def test_scipy_is_called_in_one_module() -> None:
    assert users_of("scipy") == {STATISTICS / "inference.py"}


def test_answers_are_read_without_numpy() -> None:
    assert STATISTICS / "answers.py" not in users_of("numpy", "scipy")
    assert STATISTICS / "__init__.py" not in users_of("numpy", "scipy")
