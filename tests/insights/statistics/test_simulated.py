"""The accounts that statistics are tried on are as they are said to be."""

from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from statistics import correlation, mean, stdev

import numpy as np
import pytest

from pressroom.insights.statistics.answers import BLOCKS, HOURS_OF_A_BLOCK, WEEKDAYS
from tests.insights.statistics.simulated import (
    DAY,
    LAST,
    PERIOD,
    PLANTED_BLOCK,
    PLANTED_KIND,
    PLANTED_WEEKDAY,
    Simulated,
    draw_counts,
    draw_days,
    draw_posts,
    draw_posts_apart,
    draw_turns,
)

LARGE = Simulated(posts=6000, a_day=3, own_sd=0.2)


def block_of(hour: int) -> str:
    return BLOCKS[hour // HOURS_OF_A_BLOCK]


@pytest.mark.parametrize("a_day", [0.4, 1, 3])
def test_posts_are_as_many_as_asked_for_at_the_pace_asked_for_and_end_on_the_last_day(a_day: float) -> None:
    posts = draw_posts(Simulated(posts=600, a_day=a_day), 1)
    assert len(posts) == 600
    assert posts[-1].at.date() == LAST.date()
    assert 600 / ((posts[-1].at - posts[0].at) / DAY) == pytest.approx(a_day, rel=0.25)
    assert draw_posts(Simulated(posts=600, a_day=a_day), 1) == posts


def test_what_is_planted_is_there_and_nothing_else() -> None:
    drawn = draw_posts(replace(LARGE, block=1.6, weekday=1.3, kind=1.1, late_posts=2.0), 1)
    plain = draw_posts(LARGE, 1)
    for planted, usual in zip(drawn, plain, strict=True):
        times = 1.6 if block_of(usual.at.hour) == PLANTED_BLOCK else 1.0
        times *= 1.3 if WEEKDAYS[usual.at.weekday()] == PLANTED_WEEKDAY else 1.0
        times *= 1.1 if usual.kind == PLANTED_KIND else 1.0
        times *= 2.0 if LAST.date() - usual.at.date() < PERIOD * DAY else 1.0
        assert planted.reach / usual.reach == pytest.approx(times)


def test_posts_of_a_day_share_its_luck() -> None:
    logs = defaultdict[int, list[float]](list)
    for post in draw_posts(replace(LARGE, day_sd=0.3), 1):
        logs[post.at.toordinal()].append(float(np.log(post.reach)))
    pairs = [(day[0], day[1]) for day in logs.values() if len(day) > 1]
    shared = 0.3**2 / (0.3**2 + 0.2**2)
    assert correlation(*zip(*pairs, strict=True)) == pytest.approx(shared, abs=0.06)


def test_tails_are_heavy_and_a_viral_post_is_one_where_they_are_said_to_be() -> None:
    logs = [float(np.log(post.reach)) for post in draw_posts(replace(LARGE, heavy=True), 1)]
    assert max(abs(log - 7) for log in logs) > 8 * 0.2
    plain, viral = (draw_posts(replace(LARGE, viral=is_viral), 1) for is_viral in (False, True))
    times = [b.reach / a.reach for a, b in zip(plain, viral, strict=True)]
    assert sorted(times)[-2:] == pytest.approx([1, 50])


def test_reels_go_out_in_the_evening_where_they_are_tied_to_it() -> None:
    posts = draw_posts(replace(LARGE, tied=0.8), 1)
    for is_reel, share in ((True, 0.8), (False, 0.2)):
        evenings = [
            block_of(post.at.hour) == PLANTED_BLOCK for post in posts if (post.kind == "reel") == is_reel
        ]
        assert mean(evenings) == pytest.approx(share, abs=0.03)


def test_where_reach_bends_it_is_highest_in_the_middle_and_so_are_evenings() -> None:
    posts = draw_posts(replace(LARGE, bend=0.8), 1)
    ends, middle = [*posts[:500], *posts[-500:]], posts[2500:3500]
    rise = mean(np.log(post.reach) for post in middle) - mean(np.log(post.reach) for post in ends)
    assert 0.6 < rise < 0.8
    evenings = [mean(block_of(post.at.hour) == PLANTED_BLOCK for post in of) for of in (ends, middle)]
    assert evenings[1] - evenings[0] > 0.4


def test_posts_of_a_day_go_out_in_one_block_where_they_go_out_at_once() -> None:
    posts = draw_posts(replace(LARGE, at_once=True), 1)
    for post, following in pairwise(posts):
        if post.at.date() == following.at.date():
            assert block_of(post.at.hour) == block_of(following.at.hour)


def test_a_day_is_as_like_the_day_before_as_it_is_said_to_be() -> None:
    reach = np.log(draw_days(Simulated(days=6000, lag=0.65), 1)["reach"]).tolist()
    assert stdev(reach) == pytest.approx(0.3, abs=0.03)
    assert correlation(reach[1:], reach[:-1]) == pytest.approx(0.65, abs=0.04)
    late, plain = (draw_days(Simulated(late_days=times), 1)["reach"] for times in (2.0, 1.0))
    assert (late / plain).tolist() == pytest.approx([1.0] * (240 - PERIOD) + [2.0] * PERIOD, abs=0.01)


def test_followers_come_after_posts() -> None:
    posts = draw_posts_apart(Simulated(), 5, 1)
    assert {round((b - a) / DAY) for a, b in pairwise(posts)} <= {4, 5, 6}
    brought, usual = (draw_counts(Simulated(after_post=times), posts, 1) for times in (40.0, 0.0))
    assert brought[-1][1] - usual[-1][1] == pytest.approx(40 * len(posts), rel=0.01)


def test_an_experiments_second_slot_reaches_as_much_more_as_is_planted() -> None:
    planted, plain = (draw_turns(Simulated(block=times), 20, 1, same_day=True) for times in (1.5, 1.0))
    assert [b / a for (_, a), (_, b) in zip(plain, planted, strict=True)] == pytest.approx([1, 1.5] * 20)
