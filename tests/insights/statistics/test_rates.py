"""Of a hundred accounts whose truth is known: how many are told it, and how many are told what is not so."""

from datetime import UTC
from typing import Any

import pytest

from pressroom.insights.statistics.best_time import BestTime, best_time
from pressroom.insights.statistics.comparisons import Experiment, experiment
from tests.insights.statistics.accounts import PLANTED, WEEKDAY_EFFECTS, account, two_slots

ACCOUNTS = range(100)


def asked(seed: int, **known: Any) -> BestTime:
    found = best_time(account(seed, **known), UTC, seed=seed)
    assert isinstance(found, BestTime)
    return found


def tried(seed: int, **known: Any) -> Experiment:
    found = experiment(*two_slots(seed, **known), seed=seed)
    assert isinstance(found, Experiment)
    return found


def test_thirty_percent_in_one_block_is_found_there_and_its_interval_holds_the_truth() -> None:
    told = [asked(seed, times=1.3, weekdays=WEEKDAY_EFFECTS).hours for seed in ACCOUNTS]
    planted = [effect.against_others for hours in told for effect in hours.effects if effect.cell == PLANTED]
    assert len(planted) == len(ACCOUNTS)
    assert sum(hours.is_found and hours.best == PLANTED for hours in told) >= 90
    assert 90 <= sum(effect.low <= 30 <= effect.high for effect in planted) <= 99


@pytest.mark.parametrize(
    "known", [{"n": 120}, {"n": 120, "sigma": 0.6}, {"n": 60, "sigma": 0.6, "heavy": True}], ids=str
)
def test_where_time_does_not_matter_neither_hours_nor_weekdays_are_found(known: dict[str, Any]) -> None:
    told = [asked(seed, **known) for seed in ACCOUNTS]
    assert sum(not found.is_found for found in told) >= 95
    assert all((found.hours.smallest_visible_percent or 0) > 0 for found in told)


def test_thirty_percent_between_two_slots_of_twenty_is_found() -> None:
    told = [tried(seed, times=1.3) for seed in ACCOUNTS]
    assert sum(found.is_found for found in told) >= 90
    assert (
        sum(found.second_against_first.low <= 30 <= found.second_against_first.high for found in told) >= 95
    )


@pytest.mark.parametrize("sigma", [0.2, 0.6])
def test_of_two_slots_that_are_alike_none_is_found_better(sigma: float) -> None:
    assert sum(not tried(seed, sigma=sigma).is_found for seed in ACCOUNTS) >= 95


def test_as_many_posts_as_are_said_to_be_needed_find_thirty_percent_in_eight_of_ten_cases() -> None:
    needed = tried(0, sigma=0.6, n=200).posts_needed
    found = sum(tried(seed, sigma=0.6, n=needed // 2, times=1.3).is_found for seed in ACCOUNTS)
    assert 70 <= found <= 90


def test_hours_take_hundreds_of_posts_where_posts_differ_much_and_that_is_enough() -> None:
    needed = asked(0, sigma=0.6, n=200).hours.posts_needed
    assert 550 <= needed <= 750
    found = sum(asked(seed, sigma=0.6, n=needed, times=1.3).hours.is_found for seed in range(30))
    assert 18 <= found <= 29
