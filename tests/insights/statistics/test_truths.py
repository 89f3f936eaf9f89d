"""What the product says of a few simulated accounts: nothing of nothing, and what was planted by its name.

A small part of `bench/truths.py`, which tries thousands. Limits leave room for the few accounts that chance
alone lets through at the promised rates, and none for a product that takes luck for an effect.
"""

from collections.abc import Sequence

from tests.insights.statistics.simulated import Simulated
from tests.insights.truths import Claim, Verdicts, ask_best_time, ask_experiment, ask_followers

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
