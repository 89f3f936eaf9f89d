"""Lifetime numbers are held against each other within a month of age alone, and describe."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest

from pressroom.core.readings import KeptMedia, Number
from pressroom.graph.answers import MediaId
from pressroom.graph.metrics import ONLINE_FOLLOWERS
from pressroom.insights.questions.people import Audience, Part
from pressroom.insights.questions.posts import AgedNumbers
from pressroom.insights.report.lifetime import Lifetime, lifetime_of, online_hours

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
OSLO = ZoneInfo("Europe/Oslo")
DAY_S = 24 * 3600


def aged(
    name: str,
    days: float,
    reach: int,
    kind: str = "photo",
    more: Mapping[str, Number] = MappingProxyType({}),
) -> AgedNumbers:
    """A post with its last reading, which was made now."""
    product, media_type = ("REELS", "VIDEO") if kind == "reel" else ("FEED", "IMAGE")
    at = NOW - timedelta(days=days)
    media = KeptMedia(
        id=MediaId(name), product_type=product, media_type=media_type, published_at=at, found_at=NOW
    )
    age_s = int(days * DAY_S)
    return AgedNumbers(media=media, age_s=age_s, numbers={"reach": reach, **more}, ages_s=(age_s,))


def told(period: Iterable[AgedNumbers], others: Iterable[AgedNumbers] = ()) -> Lifetime:
    of_period = list(period)
    lifetime = lifetime_of([one.media for one in of_period], [*of_period, *others], NOW, (), OSLO)
    assert lifetime
    return lifetime


def test_a_post_stands_beside_its_kind_within_a_month_of_its_age() -> None:
    near = [aged(f"near{at}", 60 + at, 1000) for at in range(-3, 4)]
    far = [aged(f"far{at}", 100 + at, 9000) for at in range(9)]
    reels = [aged(f"reel{at}", 60 + at, 9000, "reel") for at in range(9)]
    (post,) = told([aged("mine", 60.5, 2000)], [*near, *far, *reels]).posts
    assert (post.times_usual, post.n) == (2.0, 7)


def test_a_young_post_stands_beside_none_that_is_twice_as_old() -> None:
    (post,) = told([aged("mine", 3, 500)], [aged(f"{at}", 7 + at, 2000) for at in range(20)]).posts
    assert (post.times_usual, post.n) == (None, 0)


def test_fewer_than_five_others_are_nothing_to_stand_beside() -> None:
    few = told([aged("mine", 60, 500)], [aged(f"{at}", 61, 2000) for at in range(4)])
    assert [(post.times_usual, post.n) for post in few.posts] == [(None, 4)]
    assert not few.weakest


def test_a_post_of_today_is_left_out_since_its_number_at_24_h_is_still_to_come() -> None:
    lifetime = told([aged("mine", 60, 500), aged("today", 0.5, 20)])
    assert [post.media.id for post in lifetime.posts] == ["mine"]
    assert lifetime_of([aged("today", 0.5, 20).media], [aged("today", 0.5, 20)], NOW, (), OSLO) is None


def test_best_and_weakest_are_of_the_period_and_the_years_best_of_all() -> None:
    year = [aged(f"{at}", 40 + at, 1000 + at) for at in range(20)]
    star = aged("star", 50, 5000)
    lifetime = told([aged("up", 45, 2000), aged("down", 46, 400)], [*year, star])
    assert [post.media.id for post in lifetime.best] == ["up"]
    assert [post.media.id for post in lifetime.weakest] == ["down"]
    assert lifetime.best_of_year[0].media.id == "star"


def test_kinds_are_held_against_each_other_where_posts_are_of_one_age() -> None:
    # Reels are old and reached most for their age; photos of their age reached half.
    young = [aged(f"young{at}", 5 + 0.1 * at, 100) for at in range(30)]
    old = [aged(f"old{at}", 200 + at, 1000) for at in range(10)]
    reels = [aged(f"reel{at}", 200 + at, 2000, "reel") for at in range(8)]
    photos, of_reels = told(young, [*old, *reels]).kinds
    assert (photos.name, photos.n, photos.times) == ("photo", 40, None)
    assert of_reels.times
    assert (of_reels.times.value, of_reels.times.against) == (2.0, "photo")
    assert (of_reels.times.n, of_reels.times.others) == (8, 10)


def test_the_engagement_rate_of_a_kind_is_a_median_of_ratios() -> None:
    parts = {"likes": 8, "comments": 1, "saved": 1, "shares": 0}
    (photos,) = told([aged(f"{at}", 40 + at, 100 * (1 + at), more=parts) for at in range(3)]).kinds
    assert photos.rate
    assert (photos.rate.median, photos.rate.n) == (5.0, 3)


def test_totals_are_of_the_period_and_people_have_none() -> None:
    lifetime = told(
        [aged("a", 40, 100, more={"views": 7}), aged("b", 41, 100, more={"views": 8})],
        [aged("c", 90, 1, more={"views": 99})],
    )
    assert {name: total.sum for name, total in lifetime.totals.items()} == {"views": 15}


def audience(counts: dict[str, int]) -> Audience:
    parts = [
        Part(name=name, number=count, share=None, earlier=None, share_change=None)
        for name, count in counts.items()
    ]
    return Audience(
        metric=ONLINE_FOLLOWERS,
        breakdown="hour",
        read_at=NOW,
        told=None,
        is_cut=False,
        earlier_at=None,
        parts=tuple(parts),
    )


def test_follower_hours_are_given_for_both_clocks_that_they_may_be_of() -> None:
    hours = online_hours([audience({str(hour): 10 + 5 * (hour in (18, 19)) for hour in range(24)})], OSLO)
    assert hours
    assert (hours.first, hours.if_utc, hours.if_pacific) == (18, "19:00-21:00", "03:00-05:00")


@pytest.mark.parametrize("counts", [{}, {"18": 0, "19": 0}, {"unknown": 9}])
def test_without_hours_nothing_is_guessed(counts: dict[str, int]) -> None:
    assert online_hours([audience(counts)], OSLO) is None
    assert online_hours([], OSLO) is None
