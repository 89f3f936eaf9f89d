"""Two slots that take turns, and what may be said of them."""

import pytest

from pressroom.insights.statistics.answers import TooFew
from pressroom.insights.statistics.experiment import Experiment, experiment
from tests.insights.statistics.accounts import two_slots


def tried(first: list[float], second: list[float]) -> Experiment:
    found = experiment(first, second)
    assert isinstance(found, Experiment)
    return found


def test_the_second_slot_is_told_in_percent_of_the_first() -> None:
    found = tried(*two_slots(1, times=1.5))
    told = found.second_against_first
    assert (found.is_found, found.n_first, found.n_second, told.confidence) == (True, 20, 20, 0.98)
    assert 0 < told.low < told.value < told.high
    first, second = two_slots(1, times=1.5)
    assert tried(second, first).second_against_first.high < 0


def test_where_nothing_is_found_it_is_told_what_could_have_been() -> None:
    few, more = tried(*two_slots(1, sigma=0.6)), tried(*two_slots(1, sigma=0.6, n=60))
    assert not few.is_found
    assert few.smallest_visible_percent > more.smallest_visible_percent > 30
    assert more.posts_needed > 120


def test_fewer_than_five_posts_in_a_slot_are_too_few() -> None:
    assert experiment([1.0, 2, 3, 4], [1.0, 2, 3, 4, 5]) == TooFew(n=4, needed=5)
    assert experiment([1.0, 2, 3, 4, 0], [1.0, 2, 3, 4, 5]) == TooFew(n=4, needed=5)


def test_posts_without_reach_are_left_out_and_counted() -> None:
    first, second = two_slots(1)
    found = tried([*first, 0.0, 0.0], [*second, 0.0])
    assert (found.n_first, found.n_second, found.n_without_reach) == (20, 20, 3)
    assert found.second_against_first == tried(first, second).second_against_first


@pytest.mark.parametrize("seed", range(10))
def test_a_viral_post_neither_makes_nor_hides_a_difference(seed: int) -> None:
    first, second = two_slots(seed, times=1.4)
    assert tried([50 * first[0], *first[1:]], second).is_found
    alike, as_well = two_slots(seed)
    viral = tried([50 * alike[0], *alike[1:]], as_well)
    assert (viral.is_found, viral.n_far_off >= 1) == (False, True)


def test_posts_that_all_reach_the_same_show_no_difference() -> None:
    found = tried([300.0] * 6, [300.0] * 7)
    assert (found.is_found, found.p, found.sigma, found.smallest_visible_percent) == (False, 1.0, 0.0, 0.0)


def test_slots_that_differ_without_any_chance_are_found_to_differ() -> None:
    found = tried([300.0] * 6, [390.0] * 7)
    assert found.is_found
    assert round(found.second_against_first.value, 6) == 30


def test_what_is_not_known_is_left_out_before() -> None:
    with pytest.raises(ValueError, match="leave out what is not known"):
        experiment([float("nan")] * 6, [1.0] * 6)
