"""How small an effect could have been seen, and how many posts it takes."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.insights.statistics.power import posts_needed, smallest_visible_percent

SHAPE: dict[str, Any] = {"comparisons": 6, "alpha": 0.01}
SIGMA = st.floats(0.05, 2)


def needed(sigma: float, information_of_one: float = 5 / 36) -> int:
    return posts_needed(
        sigma=sigma, information_of_one=information_of_one, parameters=14, at_least=30, **SHAPE
    )


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
