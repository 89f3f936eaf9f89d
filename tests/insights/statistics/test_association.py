"""How followers changed after a post beside what they do anyway."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from pressroom.insights.statistics.answers import FollowersAfter, TooFew
from pressroom.insights.statistics.followers import FollowerCount, Usual, followers_after

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
    assert abs(found.usual.change - 20) < 4
    (told,) = found.posts
    assert told.change is not None
    assert told.more_than_usual is not None
    assert told.more_than_usual == told.change - found.usual.change
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


def test_the_usual_is_of_days_that_begin_48_hours_after_a_post_and_hold_none() -> None:
    quiet = followers_after(daily(21), [])
    assert (quiet.usual.n, quiet.posts) == (20, ())
    # At noon: its own day, the next one, and the one that begins 36 hours after it.
    assert followers_after(daily(21), [START + 4.5 * DAY]).usual.n == 17
    # At the minute of a count a day ends with the post, or begins 48 hours after it.
    assert followers_after(daily(21), [START + 4 * DAY]).usual.n == 18


def gaining(seed: int, *, every: int, plus: float = 0, hang: float = 0, days: int = 92) -> Sequence[float]:
    """More than usual after each post that is unusual, else 0. every: days between posts, give or take one.

    hang: how much a day's gain, of 10 with a deviation of 4, hangs together with that of the day before.
    plus: what each post brings, half of it in the first eight hours.
    """
    rng = np.random.default_rng(seed)
    gains = rng.normal(size=days + 1)
    for day in range(1, days + 1):
        gains[day] = hang * gains[day - 1] + (1 - hang**2) ** 0.5 * gains[day]
    posts = np.cumsum(rng.integers(every - 1, every + 2, days)) + rng.uniform(0.3, 0.9, days)
    posts = posts[posts < days - 3]
    at = np.arange(days) + 0.375 + rng.uniform(0, 0.035, days)
    followers = 1000 + np.interp(at, np.arange(days + 2), np.concatenate([[0], np.cumsum(10 + 4 * gains)]))
    followers += plus * (1 - np.exp(-2 * np.maximum(0, at[:, None] - posts))).sum(axis=1)
    counts = [
        FollowerCount(at=START + float(a) * DAY, followers=round(f))
        for a, f in zip(at, followers, strict=True)
    ]
    told = followers_after(counts, [START + float(post) * DAY for post in posts]).posts
    return [(post.more_than_usual or 0) if post.is_outside_noise else 0 for post in told if post.change]


@pytest.mark.parametrize("every", [3, 5])
def test_forty_followers_after_each_post_are_seen_and_told_as_about_forty(every: int) -> None:
    told = [more for seed in range(10) for more in gaining(seed, every=every, plus=40)]
    called = [more for more in told if more]
    assert len(called) >= 0.9 * len(told)
    assert 37 < float(np.median(called)) < 43


@pytest.mark.parametrize("hang", [0, 0.5, 0.8])
@pytest.mark.parametrize("every", [3, 5])
def test_of_posts_that_brought_nothing_at_most_two_in_a_hundred_are_called(every: int, hang: float) -> None:
    told = [more for seed in range(20) for more in gaining(seed, every=every, hang=hang)]
    assert sum(more != 0 for more in told) <= 0.02 * len(told)


def test_an_account_that_posts_every_day_has_no_usual_change() -> None:
    found = followers_after(daily(30), [START + day * DAY for day in range(28)])
    assert found.usual == TooFew(n=0, needed=10)
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


def test_followers_that_always_grow_alike_have_the_noise_of_a_single_one() -> None:
    counts = [FollowerCount(at=START + day * DAY, followers=1000 + 5 * day) for day in range(30)]
    found = followers_after(counts, [START + 20 * DAY])
    assert isinstance(found.usual, Usual)
    assert found.usual.range == (9.0, 11.0)
    assert (found.posts[0].more_than_usual, found.posts[0].is_outside_noise) == (0.0, False)


def test_one_more_window_would_lie_in_the_range_that_quiet_days_leave_it() -> None:
    followers = np.cumsum([100, *[4, 6] * 5])
    counts = [FollowerCount(at=START + day * DAY, followers=int(n)) for day, n in enumerate(followers)]
    found = followers_after(counts, [])
    # Twice a day's gain is 8 or 12: a deviation of the root of 40 / 9; t at 0.995 with nine degrees is 3.25.
    half = 3.2498 * (40 / 9 * (1 + math.pi / 20)) ** 0.5
    assert isinstance(found.usual, Usual)
    assert (found.usual.n, found.usual.change) == (10, 10)
    assert found.usual.range == pytest.approx((10 - half, 10 + half), abs=1e-3)


def test_followers_before_a_post_are_those_counted_before_it_and_what_usually_comes() -> None:
    counts = [
        FollowerCount(at=START + day * DAY, followers=1000 + 10 * day + (40 if day > 20 else 0))
        for day in range(40)
    ]
    (told,) = followers_after(counts, [START + 20 * DAY + timedelta(hours=12)]).posts
    # The count twelve hours after the post holds what it brought; taken half before it, it would be 20.
    assert (told.change, told.more_than_usual) == (60, 40)


def test_without_counts_nothing_is_known() -> None:
    found = followers_after([], [START])
    assert (found.usual, found.posts[0].change) == (TooFew(n=0, needed=10), None)


def test_a_time_needs_a_zone() -> None:
    counts = daily(3)
    with pytest.raises(ValueError, match="needs a zone"):
        followers_after([replace(counts[0], at=START.replace(tzinfo=None))], [START])
    with pytest.raises(ValueError, match="needs a zone"):
        followers_after(counts, [START.replace(tzinfo=None)])
