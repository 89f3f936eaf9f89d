"""How followers changed after a post beside what they do anyway."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from pressroom.insights.statistics.answers import FollowersAfter, TooFew
from pressroom.insights.statistics.comparisons import FollowerCount, Usual, followers_after

START = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def daily(
    days: int, *, a_day: float = 10, jump_after: int | None = None, jump: int = 0
) -> list[FollowerCount]:
    """Counts of each midnight: ten more a day, a little unevenly, and once `jump` more."""
    uneven = np.random.default_rng(3).integers(-3, 4, days)
    return [
        FollowerCount(
            at=START + day * DAY,
            followers=1000
            + round(a_day * day)
            + int(uneven[day])
            + (jump if jump_after is not None and day > jump_after else 0),
        )
        for day in range(days)
    ]


def test_a_jump_after_a_post_is_told_beside_the_usual_change() -> None:
    post = START + 20 * DAY + timedelta(hours=12)
    found = followers_after(daily(40, jump_after=21, jump=120), [post])
    assert isinstance(found.usual, Usual)
    assert abs(found.usual.median.value - 20) < 4
    (told,) = found.posts
    assert told.change is not None
    assert told.more_than_usual is not None
    assert told.more_than_usual == told.change - found.usual.median.value
    assert (told.is_outside_noise, told.other_posts) == (True, 0)
    assert 110 < told.more_than_usual < 130


def test_a_post_after_which_followers_do_what_they_always_do_is_within_the_noise() -> None:
    (told,) = followers_after(daily(40), [START + 20 * DAY]).posts
    assert told.is_outside_noise is False


def test_losing_more_than_usual_is_outside_the_noise_too() -> None:
    (told,) = followers_after(daily(40, jump_after=20, jump=-90), [START + 20 * DAY]).posts
    assert told.is_outside_noise is True
    assert told.more_than_usual is not None
    assert told.more_than_usual < 0


def test_the_usual_is_of_windows_without_a_post_that_do_not_overlap() -> None:
    quiet = followers_after(daily(21), [])
    assert isinstance(quiet.usual, Usual)
    assert (quiet.usual.n, quiet.posts) == (10, ())
    busy = followers_after(daily(21), [START + 4 * DAY, START + 5 * DAY])
    assert isinstance(busy.usual, Usual)
    assert busy.usual.n == 9


def test_an_account_that_posts_every_day_has_no_usual_change() -> None:
    found = followers_after(daily(30), [START + day * DAY for day in range(28)])
    assert found.usual == TooFew(n=0, needed=5)
    assert {(told.more_than_usual, told.is_outside_noise) for told in found.posts} == {(None, None)}
    assert found.posts[5].change is not None
    # One the day before and one the day after; those two days away share no hour.
    assert found.posts[5].other_posts == 2


@pytest.mark.parametrize(
    "post", [START - timedelta(hours=1), START + 38.5 * DAY, START + 19.5 * DAY, START + 17.5 * DAY], ids=str
)
def test_without_counts_about_either_end_the_change_is_not_known(post: datetime) -> None:
    counts = [count for count in daily(40) if count.at != START + 20 * DAY]
    (told,) = followers_after(counts, [post]).posts
    nothing = FollowersAfter(at=post, other_posts=0, change=None, more_than_usual=None, is_outside_noise=None)
    assert told == nothing


def test_between_two_counts_followers_are_taken_to_come_evenly() -> None:
    counts = [
        FollowerCount(at=START + day * DAY, followers=followers)
        for day, followers in enumerate([0, 24, 24, 72])
    ]
    (told,) = followers_after(counts, [START + timedelta(hours=6)]).posts
    assert told.change == 24 + 12 - 6


def test_followers_that_always_grow_alike_have_no_noise() -> None:
    counts = [FollowerCount(at=START + day * DAY, followers=1000 + 5 * day) for day in range(30)]
    found = followers_after(counts, [START + 20 * DAY])
    assert isinstance(found.usual, Usual)
    assert found.usual.range == (10.0, 10.0)
    assert (found.posts[0].more_than_usual, found.posts[0].is_outside_noise) == (0.0, False)


def test_one_more_window_would_lie_in_the_range_that_the_others_leave_it() -> None:
    counts = [
        FollowerCount(at=START + 2 * place * DAY + half * DAY, followers=followers)
        for place, followers in enumerate([100, 108, 120, 128, 140, 150])
        for half in (0, 1)
    ]
    found = followers_after(counts, [])
    # The changes are 8, 12, 8, 12 and 10: their deviation is 2, and t at 0.99 with four degrees 3.747.
    assert isinstance(found.usual, Usual)
    assert found.usual.range == pytest.approx(
        (10 - 3.747 * 2 * 1.2**0.5, 10 + 3.747 * 2 * 1.2**0.5), abs=1e-3
    )


def test_without_counts_nothing_is_known() -> None:
    found = followers_after([], [START])
    assert (found.usual, found.posts[0].change) == (TooFew(n=0, needed=5), None)


def test_a_time_needs_a_zone() -> None:
    counts = daily(3)
    with pytest.raises(ValueError, match="needs a zone"):
        followers_after([replace(counts[0], at=START.replace(tzinfo=None))], [START])
    with pytest.raises(ValueError, match="needs a zone"):
        followers_after(counts, [START.replace(tzinfo=None)])
