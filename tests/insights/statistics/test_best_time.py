"""Whether it matters when an account posts: what is said of a few accounts whose truth is known."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pressroom.insights.statistics.answers import TooFew
from pressroom.insights.statistics.best_time import (
    BLOCKS,
    WEEKDAYS,
    BestTime,
    CellEffect,
    NotShown,
    PostReach,
    best_time,
    cells_of,
)
from tests.insights.statistics.accounts import PLANTED, account

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def asked(posts: list[PostReach]) -> BestTime:
    found = best_time(posts, UTC)
    assert isinstance(found, BestTime)
    return found


def effect_of(found: BestTime, cell: str) -> CellEffect:
    return next(effect for effect in found.hours.effects if effect.cell == cell)


def in_block(post: PostReach, block: int) -> bool:
    return post.at.hour // 4 == block


def at_hours(posts: list[PostReach], *hours: int) -> list[PostReach]:
    return [
        replace(post, at=post.at.replace(hour=hours[place % len(hours)])) for place, post in enumerate(posts)
    ]


def test_a_block_that_reaches_more_is_named_with_how_much_more() -> None:
    found = asked(account(1, times=1.3))
    effect = effect_of(found, PLANTED)
    assert (found.is_found, found.hours.best) == (True, PLANTED)
    assert effect.stands_out
    assert 10 < effect.against_others.low < effect.against_others.value < effect.against_others.high < 60
    # The average holds the block's own posts, so that it is nearer.
    assert effect.against_average.value < effect.against_others.value


def test_a_block_that_reaches_less_is_named_as_the_worst() -> None:
    found = asked(account(2, times=0.6))
    assert (found.hours.is_found, found.hours.worst) == (True, PLANTED)


def test_a_weekday_that_reaches_more_is_named() -> None:
    found = asked(account(3, weekdays=(0, 0, 0, 0, 0, 0.4, 0)))
    assert (found.weekdays.best, found.hours.is_found) == ("Saturday", False)


def test_where_nothing_is_found_it_is_told_what_could_have_been() -> None:
    few, more = asked(account(4, n=60, sigma=0.6)), asked(account(4, n=240, sigma=0.6))
    assert not few.is_found
    assert few.hours.smallest_visible_percent is not None
    assert more.hours.smallest_visible_percent is not None
    assert few.hours.smallest_visible_percent > more.hours.smallest_visible_percent > 30
    assert few.hours.posts_needed > 240
    assert more.hours.posts_needed > 240


def test_effects_that_chance_alone_explains_are_shrunk() -> None:
    told = asked(account(4, n=60, sigma=0.6)).hours.effects
    # The middle of the interval is the effect as it was measured.
    measured = [
        ((1 + e.against_others.low / 100) * (1 + e.against_others.high / 100)) ** 0.5 - 1 for e in told
    ]
    assert all(
        abs(e.against_others.value) < abs(100 * raw) / 2 for e, raw in zip(told, measured, strict=True)
    )


@pytest.mark.parametrize("seed", range(10))
def test_a_viral_post_makes_no_effect(seed: int) -> None:
    posts = sorted(account(seed))
    viral = [
        replace(post, reach=50 * post.reach) if place == 60 else post for place, post in enumerate(posts)
    ]
    found = asked(viral)
    assert (found.is_found, asked(posts).is_found) == (False, False)
    assert found.sigma < 0.23


@pytest.mark.parametrize("seed", range(10))
def test_a_viral_post_at_another_hour_hides_no_effect(seed: int) -> None:
    posts = sorted(account(seed, times=1.4))
    place = next(place for place, post in enumerate(posts) if in_block(post, 1))
    posts[place] = replace(posts[place], reach=50 * posts[place].reach)
    assert asked(posts).hours.best == PLANTED


def test_fewer_than_thirty_posts_are_too_few() -> None:
    assert best_time(account(1, n=29), UTC) == TooFew(n=29, needed=30)
    assert best_time([], UTC) == TooFew(n=0, needed=30)


def test_posts_without_reach_are_left_out_and_counted() -> None:
    posts = account(1)
    found = asked([replace(posts[0], reach=0.0), *posts[1:]])
    assert (found.n, found.n_without_reach) == (119, 1)
    assert best_time([replace(post, reach=0.0) for post in posts], UTC) == TooFew(n=0, needed=30)


def test_a_model_with_many_columns_takes_more_posts() -> None:
    posts = [replace(post, kind=str(place % 25)) for place, post in enumerate(account(1, n=40))]
    found = best_time(posts, UTC)
    assert isinstance(found, TooFew)
    # A trend of forty posts bends once.
    assert (found.n, found.needed) == (40, 25 + 2 + 5 + 6 + 10)


def test_a_cell_with_fewer_than_three_posts_is_not_shown() -> None:
    posts = [replace(post, at=post.at.replace(hour=9)) if in_block(post, 0) else post for post in account(1)]
    posts[:2] = [replace(post, at=post.at.replace(hour=1)) for post in posts[:2]]
    found = asked(posts)
    assert found.hours.not_shown == (NotShown(cell="00-04", n=2, why="too few posts"),)
    assert [effect.cell for effect in found.hours.effects] == list(BLOCKS[1:])


def test_hours_that_only_one_kind_has_cannot_be_told_from_the_kind() -> None:
    posts = [
        replace(post, kind="reel" if in_block(post, 4) or in_block(post, 5) else "image")
        for post in at_hours(account(1), 9, 18)
    ]
    found = asked(posts)
    assert (found.hours.effects, found.kinds.effects) == ((), ())
    assert {cell.why for cell in (*found.hours.not_shown, *found.kinds.not_shown)} == {"entangled"}


def test_a_kind_that_reaches_more_is_named_with_an_interval_that_holds_the_truth() -> None:
    kinds = asked(account(1, reels=0.4)).kinds
    reels = next(effect.against_others for effect in kinds.effects if effect.cell == "reel")
    assert (kinds.best, kinds.worst) == ("reel", "image")
    assert reels.low < 100 * math.expm1(0.4) < reels.high
    assert reels.confidence == 0.99


def test_kinds_of_an_account_that_has_one_cannot_be_compared() -> None:
    kinds = asked([replace(post, kind="image") for post in account(1)]).kinds
    assert (kinds.effects, kinds.smallest_visible_percent, kinds.worth_posts) == ((), None, None)
    assert kinds.posts_needed >= 30


def test_a_weekday_of_which_two_days_are_kept_is_not_shown_however_many_posts_it_has() -> None:
    posts = sorted(account(1, n=90, a_day=3))
    mondays = sorted({post.at.date() for post in posts if post.at.weekday() == 0})
    rest = [post for post in posts if post.at.weekday() or post.at.date() in mondays[:2]]
    (monday,) = [cell for cell in asked(rest).weekdays.not_shown if cell.cell == "Monday"]
    assert monday.n >= 3
    assert monday.why == "too few days"


def test_a_weekday_that_alone_has_three_posts_a_day_cannot_be_told_from_such_days() -> None:
    days = [MONDAY + timedelta(days=day) for day in range(100)]
    hours = [(8, 12, 18) if day.weekday() == 5 else (13 + day.day % 6,) for day in days]
    posts = [
        PostReach(at=day.replace(hour=hour), kind="image", reach=1000.0 + (day.day * hour) % 97)
        for day, of_day in zip(days, hours, strict=True)
        for hour in of_day
    ]
    (saturday,) = [cell for cell in asked(posts).weekdays.not_shown if cell.cell == "Saturday"]
    assert saturday.why == "entangled"


def test_what_days_of_luck_cost_is_told() -> None:
    alone, together = asked(account(1, a_day=0.1)), asked(account(1, a_day=3, shared=0.3))
    assert (alone.weekdays.worth_posts, alone.n_days, alone.sigma_of_days) == (120, 116, 0.0)
    assert together.sigma_of_days > 0.2
    assert (together.weekdays.worth_posts or 0) < 60
    # Of posts of one day the luck of the day cancels out, where their hours are compared.
    assert (together.hours.worth_posts or 0) > 120


def test_an_account_that_always_posts_at_the_same_hour_is_told_how_many_posts_it_takes() -> None:
    found = asked(at_hours(account(1), 18))
    assert (found.hours.is_found, found.hours.p, found.hours.smallest_visible_percent) == (False, 1.0, None)
    assert found.hours.posts_needed >= 30
    assert found.hours.not_shown == (NotShown(cell="16-20", n=120, why="too few posts"),)


def test_posts_that_all_reach_the_same_show_no_effect() -> None:
    found = asked([replace(post, reach=500.0) for post in account(1)])
    assert (found.is_found, found.sigma, found.hours.smallest_visible_percent) == (False, 0.0, 0.0)
    assert max(abs(effect.against_others.high) for effect in found.hours.effects) < 1e-9


def test_what_else_is_known_of_posts_is_taken_out() -> None:
    # Posts of the planted block were advertised, which is why they reached more.
    posts = account(5, times=1.5)
    known = [
        replace(post, covariates=(float(in_block(post, 4)) + 0.2 * (post.at.minute % 2),)) for post in posts
    ]
    assert asked(posts).hours.best == PLANTED
    assert not asked(known).hours.is_found


def test_blocks_and_weekdays_are_those_of_the_accounts_clocks() -> None:
    late = PostReach(at=datetime(2026, 3, 2, 23, 30, tzinfo=UTC), kind="image", reach=1.0)
    # Summer time began in between: at the same hour of UTC clocks show another one.
    summer = replace(late, at=datetime(2026, 3, 30, 2, 30, tzinfo=UTC))
    winter = replace(late, at=datetime(2026, 3, 23, 2, 30, tzinfo=UTC))
    berlin = ZoneInfo("Europe/Berlin")
    assert cells_of([late], UTC) == (["20-24"], ["Monday"])
    assert cells_of([late], berlin) == (["00-04"], ["Tuesday"])
    assert cells_of([summer, winter], berlin)[0] == ["04-08", "00-04"]
    week = [replace(late, at=MONDAY + timedelta(days=day)) for day in range(7)]
    assert cells_of(week, UTC)[1] == list(WEEKDAYS)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"at": datetime(2026, 3, 2)}, "needs a zone"),  # noqa: DTZ001
        ({"reach": float("nan")}, "are numbers"),
        ({"covariates": (float("inf"),)}, "are numbers"),
        ({"covariates": (1.0,)}, "as many for each post"),
    ],
    ids=str,
)
def test_what_cannot_be_compared_is_refused(change: dict[str, float], why: str) -> None:
    posts = account(1)
    with pytest.raises(ValueError, match=why):
        best_time([replace(posts[0], **change), *posts[1:]], UTC)
