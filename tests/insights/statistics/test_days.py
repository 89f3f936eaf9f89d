"""What posts of one day share, and which swaps chance allows them."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest

from pressroom.insights.statistics.days import Days, shared_luck
from pressroom.insights.statistics.inference import Floats, orthonormal_basis

START = date(2026, 3, 2)


def days_of(*counts: int) -> Days:
    return Days.of([START + timedelta(days=day) for day, count in enumerate(counts) for _ in range(count)])


def luck(days: Days, *, shared: float, own: float, seed: int = 1) -> Floats:
    rng = np.random.default_rng(seed)
    of_days: Floats = rng.normal(0, shared, len(days.counts))
    return of_days[days.of_posts] + rng.normal(0, own, len(days.of_posts))


def test_what_days_share_is_that_of_an_analysis_of_variance_where_all_have_as_many_posts() -> None:
    days = days_of(*[3] * 40)
    y = luck(days, shared=0.3, own=0.2)
    by_day = y.reshape(40, 3)
    within = float(((by_day - by_day.mean(axis=1, keepdims=True)) ** 2).sum()) / 80
    between = 3 * float(by_day.mean(axis=1).var(ddof=1))
    basis = orthonormal_basis(np.ones((120, 1)))
    assert shared_luck(days, basis, y - y.mean()) == pytest.approx((between - within) / 3 / within)


def test_posts_on_days_of_their_own_share_nothing() -> None:
    days = days_of(*[1] * 50)
    y = luck(days, shared=0.3, own=0.2)
    assert shared_luck(days, orthonormal_basis(np.ones((50, 1))), y - y.mean()) == 0


def test_whitened_posts_of_a_day_are_as_unlike_as_posts_of_two_days() -> None:
    days = days_of(*[2] * 20_000)
    days = Days(counts=days.counts, groups=days.groups, shared=(0.3 / 0.2) ** 2)
    pairs = days.whitened(luck(days, shared=0.3, own=0.2)).reshape(-1, 2)
    assert np.cov(pairs.T) == pytest.approx(np.diag([0.04, 0.04]), abs=0.001)


def test_days_of_as_many_posts_are_swapped_and_few_days_with_those_that_have_one_more() -> None:
    days = days_of(*[1] * 9, *[2] * 6, *[3] * 4, *[4] * 2)
    assert Counter(days.groups.tolist()) == {1: 9, 2: 6, 3: 6}


def test_swaps_leave_the_posts_of_a_day_together_and_each_in_its_group() -> None:
    days = days_of(*[1] * 6, *[2] * 6)
    values = np.array([1.0, 2, 3, 4, 5, 6, *np.repeat([10.0, 20, 30, 40, 50, 60], 2)])
    rows = np.concatenate(list(days.swaps(values, np.empty((18, 0)), 1)))
    assert np.array_equal(np.sort(rows[:, :6]), np.tile([1, 2, 3, 4, 5, 6], (999, 1)))
    assert rows[:, 6::2] == pytest.approx(rows[:, 7::2])
    assert np.sort(rows[:, 6::2]) == pytest.approx(np.tile([10, 20, 30, 40, 50, 60], (999, 1)))


def test_posts_of_a_day_are_swapped_among_themselves() -> None:
    days = days_of(*[3] * 5)
    values = np.tile([-1.0, 0.0, 1.0], 5)
    rows = np.concatenate(list(days.swaps(values, np.empty((15, 0)), 1))).reshape(-1, 3)
    assert np.sort(rows) == pytest.approx(np.tile([-1, 0, 1], (len(rows), 1)))
    assert len({tuple(row) for row in rows.round().tolist()}) == 6
