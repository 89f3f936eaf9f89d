"""What the product says of a few simulated accounts: nothing of nothing, and what was planted by its name.

A small part of `bench/truths.py`, which tries thousands. Limits leave room for the few accounts that chance
alone lets through at the promised rates, and none for a product that takes luck for an effect.
"""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.insights.statistics.simulated import Simulated
from tests.insights.truths import Claim, Verdicts, ask_best_time, ask_experiment, ask_followers, ask_report

FAMILIES = (Claim.HOURS, Claim.WEEKDAYS, Claim.KINDS)


def n_wrong(answers: Sequence[Verdicts], *claims: Claim) -> int:
    """Count the accounts of which any of the claims is wrong."""
    return sum(any(answer[claim].wrong for claim in claims if claim in answer) for answer in answers)


def share_right(answers: Sequence[Verdicts], claim: Claim) -> float:
    return sum(answer[claim].right or 0 for answer in answers) / len(answers)


def test_a_viral_post_among_heavy_tails_is_no_best_time() -> None:
    account = Simulated(posts=100, own_sd=0.6, heavy=True, viral=True)
    answers = [ask_best_time(account, seed) for seed in range(12)]
    assert n_wrong(answers, *FAMILIES) <= 2


def test_evenings_are_not_better_because_reels_go_out_then() -> None:
    account = Simulated(posts=120, own_sd=0.3, kind=1.6, tied=0.8)
    answers = [ask_best_time(account, seed) for seed in range(12)]
    assert n_wrong(answers, Claim.HOURS, Claim.WEEKDAYS) <= 2


def test_a_block_that_reaches_more_is_found_and_its_interval_holds_the_truth() -> None:
    account = Simulated(posts=200, own_sd=0.3, day_sd=0.1, block=1.6)
    answers = [ask_best_time(account, seed) for seed in range(8)]
    assert share_right(answers, Claim.HOURS) > 0.8
    assert sum(answer[Claim.HOURS].missed or 0 for answer in answers) <= 2


def test_an_experiment_that_is_over_has_found_what_is_plain() -> None:
    account = Simulated(own_sd=0.3, day_sd=0.1, block=1.8)
    assert ask_experiment(account, 1, pairs=20, same_day=True)[Claim.EXPERIMENT].right == 1


def test_waves_of_followers_are_no_effect_of_a_post() -> None:
    answers = [ask_followers(Simulated(lag=0.6), seed, every=6) for seed in range(12)]
    assert sum(answer[Claim.FOLLOWERS].wrong for answer in answers) / len(answers) <= 0.04


@pytest.mark.parametrize(
    "account",
    [
        Simulated(posts=120, a_day=3, own_sd=0.15, day_sd=0.3, at_once=True),
        Simulated(posts=150, a_day=2, own_sd=0.3, day_sd=0.1, bend=1.0),
    ],
    ids=["days of luck", "a bent trend"],
)
def test_luck_that_posts_share_is_no_best_time(account: Simulated) -> None:
    answers = [ask_best_time(account, seed) for seed in range(12)]
    assert n_wrong(answers, *FAMILIES) <= 2


def test_an_interval_leaves_out_0_where_something_is_found_and_nowhere_else() -> None:
    answers = [ask_best_time(Simulated(a_day=2, block=1.4), seed) for seed in range(8)]
    assert {verdict.contradicts for answer in answers for verdict in answer.values()} == {0.0}


async def test_a_report_of_nothing_claims_nothing_and_says_so_first() -> None:
    account = Simulated(posts=150, day_sd=0.2, lag=0.65, days=160)
    answers = [await ask_report(account, seed) for seed in range(8)]
    assert n_wrong(answers, Claim.DAYS) <= 2
    assert n_wrong(answers, Claim.POSTS, Claim.KINDS_OF_PERIOD) <= 2
    assert n_wrong(answers, Claim.FRONT) == 0
    assert n_wrong(answers, Claim.REPORT) <= 3
    assert n_wrong(answers, Claim.FIRST_LINE) <= 3


@pytest.mark.parametrize(
    ("account", "claim"),
    [
        (Simulated(late_posts=1.6), Claim.POSTS),
        (Simulated(late_kind=1.6), Claim.KINDS_OF_PERIOD),
        (Simulated(late_days=1.6), Claim.DAYS),
    ],
    ids=["posts", "reels", "days"],
)
async def test_a_report_names_first_what_was_planted(account: Simulated, claim: Claim) -> None:
    clear = replace(account, posts=320, a_day=2, own_sd=0.25, days=160, days_sd=0.15)
    verdicts = await ask_report(clear, 2)
    assert verdicts[claim].right == 1
    assert verdicts[Claim.FIRST_LINE].right == 1


def test_followers_that_posts_bring_are_seen_where_posts_stand_apart() -> None:
    account = Simulated(lag=0.3, after_post=40)
    answers = [ask_followers(account, seed, every=6) for seed in range(5)]
    # Counts come once a day, so that a part of what a post brings passes for having come before it.
    assert share_right(answers, Claim.FOLLOWERS) >= 0.6
