"""What is typical and when an arrow may be shown; two slots that take turns."""

import pytest

from pressroom.insights.statistics.answers import Estimate, TooFew
from pressroom.insights.statistics.comparisons import Experiment, Typical, experiment, typical
from tests.insights.statistics.accounts import two_slots

REACH = [310.0, 340, 355, 360, 372, 390, 400, 410, 455, 480]


def test_the_typical_post_is_told_with_its_interval_its_quartiles_and_how_many_there_are() -> None:
    found = typical(REACH)
    assert isinstance(found, Typical)
    assert (found.n, found.median.value, found.quartiles) == (10, 381.0, (356.25, 407.5))
    assert 340 <= found.median.low < 381 < found.median.high <= 455


def test_fewer_than_five_values_have_no_typical_one() -> None:
    assert typical([1.0, 2, 3, 4]) == TooFew(n=4, needed=5)


def test_values_that_are_all_equal_have_an_interval_without_width() -> None:
    found = typical([7.0] * 6)
    assert isinstance(found, Typical)
    assert (found.median, found.quartiles) == (Estimate(value=7.0, low=7.0, high=7.0), (7.0, 7.0))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_known_is_left_out_before(value: float) -> None:
    with pytest.raises(ValueError, match="leave out what is not known"):
        typical([*REACH, value])


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


def test_a_reach_that_is_not_known_is_left_out_before() -> None:
    with pytest.raises(ValueError, match="leave out what is not known"):
        experiment([float("nan")] * 6, [1.0] * 6)
