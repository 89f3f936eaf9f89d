"""How often a caller may ask."""

import pytest

from pressroom.serving.rates import Rates
from tests.fakes.clock import FakeClock


def test_a_sixth_of_a_minutes_requests_may_come_at_once_and_the_next_is_told_when() -> None:
    clock = FakeClock()
    rates = Rates(600, clock)
    assert [rates.take("planner") for _ in range(100)] == [None] * 100
    wait_s = rates.take("planner")
    assert wait_s == pytest.approx(0.1)
    clock.advance(0.1)
    assert rates.take("planner") is None
    assert rates.take("planner") == pytest.approx(0.1)


def test_over_a_minute_a_caller_that_asks_whenever_it_may_gets_its_rate() -> None:
    clock = FakeClock()
    rates, answered = Rates(60, clock), 0
    while clock.elapsed_s < 600:
        wait_s = rates.take("planner")
        answered += wait_s is None
        clock.advance(wait_s or 0)
    assert answered == pytest.approx(600 + 10, abs=1), "and the burst at the beginning"


def test_a_refused_request_costs_nothing() -> None:
    clock = FakeClock()
    rates = Rates(60, clock)
    for _ in range(1000):
        rates.take("planner")
    clock.advance(1)
    assert rates.take("planner") is None


def test_callers_do_not_use_up_each_others() -> None:
    rates = Rates(6, FakeClock())
    assert [rates.take(name) for name in ("planner", "strangers", "shop")] == [None] * 3
    assert rates.take("strangers") == pytest.approx(10)


def test_the_least_rate_lets_a_caller_ask_once() -> None:
    clock = FakeClock()
    rates = Rates(1, clock)
    assert (rates.take("planner"), rates.take("planner")) == (None, pytest.approx(60))
    clock.advance(60)
    assert rates.take("planner") is None


def test_callers_that_are_owed_nothing_are_forgotten() -> None:
    clock = FakeClock()
    rates = Rates(60, clock)
    for number in range(30_000):
        rates.take(number)
        clock.advance(0.01)
    assert len(rates) <= 10_000
