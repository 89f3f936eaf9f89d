"""Two slots that take turns: what is told of them, and when they are told to differ."""

import math
from collections.abc import Sequence

import pytest

from pressroom.insights.statistics.answers import TooFew
from pressroom.insights.statistics.experiments import Experiment, SlotReach, Verdict, experiment
from tests.insights.statistics.accounts import in_turns, lucky_days, two_slots


def tried(posts: Sequence[SlotReach], *, seed: int = 0) -> tuple[Experiment, Verdict]:
    found = experiment(posts, seed=seed)
    assert isinstance(found, Experiment)
    assert found.verdict is not None
    return found, found.verdict


def test_the_second_slot_is_told_in_percent_of_the_first() -> None:
    first, second = two_slots(1, times=1.5)
    found, verdict = tried(in_turns(first, second))
    assert (verdict.is_found, found.n_first, found.n_second) == (True, 20, 20)
    assert 0 < verdict.low < found.percent < verdict.high
    assert tried(in_turns(second, first))[1].high < 0


def test_where_nothing_is_found_it_is_told_what_could_have_been() -> None:
    few, verdict = tried(in_turns(*two_slots(1, sigma=0.6)))
    more, _ = tried(in_turns(*two_slots(1, sigma=0.6, n=60)))
    assert not verdict.is_found
    assert few.smallest_visible_percent > more.smallest_visible_percent > 30
    assert more.posts_needed > 120


def test_before_the_end_the_difference_is_told_and_nothing_is_tested() -> None:
    posts = in_turns(*two_slots(1, n=10, times=2))
    early, late = experiment(posts, missing=20), experiment(posts)
    assert isinstance(early, Experiment)
    assert isinstance(late, Experiment)
    assert (early.verdict, early.percent) == (None, late.percent)
    # What all posts will see, not these few.
    assert early.smallest_visible_percent < 0.7 * late.smallest_visible_percent


def test_fewer_than_five_posts_in_a_slot_are_too_few() -> None:
    assert experiment(in_turns([1.0, 2, 3, 4], [1.0, 2, 3, 4, 5])) == TooFew(n=4, needed=5)
    assert experiment(in_turns([1.0, 2, 3, 4, 0], [1.0, 2, 3, 4, 5])) == TooFew(n=4, needed=5)


def test_too_few_days_leave_no_difference_too_large_for_chance() -> None:
    first, second = two_slots(1, n=7, times=9)
    assert experiment(in_turns(first, second, days=[*range(7), *range(7)])) == TooFew(n=7, needed=8)
    assert isinstance(experiment(in_turns(first, second)), Experiment)
    # Six mornings and six evenings, of two days each.
    assert isinstance(
        experiment(in_turns(first[:6], second[:6], days=[0, 0, 2, 2, 4, 4, 1, 1, 3, 3, 5, 5])), TooFew
    )


def test_posts_without_reach_are_left_out_and_counted() -> None:
    first, second = two_slots(1)
    found, verdict = tried(in_turns([*first, 0.0, 0.0], [*second, 0.0]))
    assert (found.n_first, found.n_second, found.n_without_reach) == (20, 20, 3)
    assert verdict == tried(in_turns(first, second))[1]


@pytest.mark.parametrize("seed", range(5))
def test_a_viral_post_neither_makes_nor_hides_a_difference(seed: int) -> None:
    first, second = two_slots(seed, times=1.4)
    assert tried(in_turns([50 * first[0], *first[1:]], second))[1].is_found
    alike, as_well = two_slots(seed)
    viral, verdict = tried(in_turns([50 * alike[0], *alike[1:]], as_well))
    assert (verdict.is_found, viral.n_far_off >= 1) == (False, True)


def test_posts_that_all_reach_the_same_show_no_difference() -> None:
    found, verdict = tried(in_turns([300.0] * 6, [300.0] * 7))
    assert (verdict.is_found, verdict.p, found.sigma, found.smallest_visible_percent) == (
        False,
        1.0,
        0.0,
        0.0,
    )
    assert verdict.low <= 0 <= verdict.high


def test_slots_that_differ_without_any_chance_are_found_to_differ() -> None:
    found, verdict = tried(in_turns([300.0] * 6, [390.0] * 7))
    assert verdict.is_found
    assert (round(found.percent, 6), round(verdict.low, 1), round(verdict.high, 1)) == (30, 30, 30)


def test_a_reach_that_is_not_known_is_left_out_before() -> None:
    with pytest.raises(ValueError, match="leave out what is not known"):
        experiment(in_turns([float("nan")] * 6, [1.0] * 6))


def test_posts_of_one_day_are_compared_with_each_other_and_its_luck_falls_away() -> None:
    first, second = two_slots(1, times=1.4)
    days = [*range(20), *range(20)]
    lucky = [math.exp((-1) ** day * 0.3) for day in days]
    plain, verdict = tried(in_turns(first, second, days=days))
    found, same = tried(
        in_turns(
            [reach * luck for reach, luck in zip(first, lucky[:20], strict=True)],
            [reach * luck for reach, luck in zip(second, lucky[20:], strict=True)],
            days=days,
        )
    )
    assert (found.percent, found.sigma) == pytest.approx((plain.percent, plain.sigma))
    assert (same.p, same.is_found) == (verdict.p, True)


@pytest.mark.parametrize("is_paired", [True, False])
@pytest.mark.parametrize("luck", [0.2, 0.3])
def test_days_of_luck_make_no_difference_and_intervals_agree_with_the_test(
    luck: float, is_paired: bool
) -> None:
    verdicts = [tried(lucky_days(seed, luck=luck, pairs=is_paired), seed=seed)[1] for seed in range(60)]
    assert sum(verdict.is_found for verdict in verdicts) <= 4
    assert all(verdict.is_found is not (verdict.low <= 0 <= verdict.high) for verdict in verdicts)


def test_in_pairs_thirty_percent_is_found_whatever_luck_days_have() -> None:
    found = [tried(lucky_days(seed, luck=0.3, pairs=True, times=1.3), seed=seed) for seed in range(40)]
    assert sum(verdict.is_found for _, verdict in found) >= 35
    assert sum(verdict.low <= 30 <= verdict.high for _, verdict in found) >= 37
