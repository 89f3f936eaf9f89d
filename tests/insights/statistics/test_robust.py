"""A fit that no single post can turn."""

import numpy as np
import pytest

from pressroom.insights.statistics import robust
from pressroom.insights.statistics.cells import _intervals
from pressroom.insights.statistics.sampling import Floats


def design(n: int, columns: int, rng: np.random.Generator) -> Floats:
    return np.column_stack([np.ones(n), rng.normal(size=(n, columns - 1))])


@pytest.mark.parametrize(("n", "columns"), [(30, 15), (60, 15), (200, 10)])
def test_sigma_is_that_of_the_posts_however_many_columns_explain_them(n: int, columns: int) -> None:
    rng = np.random.default_rng(1)
    fits = [robust.fit(robust.basis_of(design(n, columns, rng)), rng.normal(0, 0.5, n)) for _ in range(400)]
    assert 0.48 < float(np.mean([found.sigma for found in fits])) < 0.51
    # Of the normal distribution 4.6 % are more than two deviations off, fewer of what few posts leave.
    assert float(np.mean([found.n_clipped for found in fits])) / n < 0.05


def test_a_post_that_is_far_off_counts_as_two_deviations_however_far_it_is() -> None:
    rng = np.random.default_rng(2)
    basis, y = robust.basis_of(design(60, 4, rng)), rng.normal(size=60)
    y[7] += 10
    far = robust.fit(basis, y)
    y[7] += 1000
    farther = robust.fit(basis, y)
    assert np.allclose(far.fitted, farther.fitted, atol=1e-6)
    assert far.n_clipped == farther.n_clipped >= 1


def test_an_interval_is_made_wider_to_hold_a_value_that_is_shrunk_out_of_it() -> None:
    unlike, *alike = _intervals(np.array([0.25, 0, 0, 0, 0, 0]), np.full(6, 0.1), 100)
    # By itself it would be 0.05 to 0.45; six such effects vary hardly more than chance.
    assert 0 < unlike.low == unlike.value < 0.05
    assert round(unlike.high, 2) == 0.45
    assert all(one.low < one.value == 0 < one.high for one in alike)
