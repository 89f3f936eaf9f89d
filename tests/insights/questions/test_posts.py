"""A media's numbers at an age, and posts against one another at it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from pressroom.core.readings import AgedReading, KeptMedia, Planned, Reading
from pressroom.graph.answers import MediaId
from pressroom.insights.questions.posts import (
    RATE,
    AgedNumbers,
    Basis,
    By,
    Rate,
    at_age,
    compared,
    grouped,
    kind_of,
    numbers_at,
    spread_of,
    value_of,
)

HOUR, DAY = 3600, 86_400
AT = datetime(2026, 11, 2, 7, tzinfo=UTC)  # a Monday
UTC_ZONE = ZoneInfo("UTC")


def media(number: int = 1, *, product: str = "FEED", kind: str = "IMAGE", hours: float = 0) -> KeptMedia:
    at = AT + timedelta(hours=hours)
    return KeptMedia(
        id=MediaId(str(number)), product_type=product, media_type=kind, published_at=at, found_at=at
    )


def reading(age_s: int, **numbers: float) -> Reading:
    return Reading(
        media_id=MediaId("1"),
        age_s=age_s,
        read_at=AT + timedelta(seconds=age_s),
        version="v26.0",
        numbers=numbers,
    )


def aged(number: int, of: KeptMedia | None = None, **numbers: float) -> AgedNumbers:
    one = of or media(number)
    return AgedNumbers(media=one, age_s=DAY, numbers=numbers, ages_s=(DAY,))


def test_a_number_lies_between_the_readings_on_both_sides_along_the_log_of_the_age() -> None:
    found = numbers_at(media(), [reading(22 * HOUR, views=100), reading(26 * HOUR, views=200)], DAY)
    assert found is not None
    assert (found.age_s, found.ages_s, found.basis) == (DAY, (22 * HOUR, 26 * HOUR), Basis.INTERPOLATED)
    assert found.numbers == {"views": 152}
    assert found.uncertainty_percent is None


def test_under_six_hours_the_nearest_reading_stands_at_its_own_age() -> None:
    found = numbers_at(media(), [reading(40 * 60, views=5), reading(75 * 60, views=9)], HOUR)
    assert found is not None
    assert (found.age_s, found.numbers, found.basis) == (75 * 60, {"views": 9}, Basis.READ)
    assert numbers_at(media(), [reading(20 * 60, views=5), reading(100 * 60, views=9)], HOUR) is None


def test_a_reading_at_the_very_age_stands_as_read() -> None:
    found = numbers_at(media(), [reading(20 * HOUR, views=5), reading(DAY, views=7)], DAY)
    assert found is not None
    assert (found.age_s, found.ages_s, found.numbers, found.basis) == (DAY, (DAY,), {"views": 7}, Basis.READ)


def grown(number: int, *hours: float, hurry: float = 1.0, reach: float = 1000) -> list[AgedReading]:
    """A post whose reach grows as t / (t + 10 h): at 24 h it is seven tenths of the last."""
    one, at = media(number), [hour * HOUR for hour in hours]
    numbers = [round(reach * hour / (hour + 10 * hurry)) for hour in hours]
    return [
        AgedReading(one, changed(reading(round(age_s), reach=count), media_id=one.id))
        for age_s, count in zip(at, numbers, strict=True)
    ]


def of_first(rows: Sequence[AgedReading]) -> AgedNumbers | None:
    return next((one for one in at_age(rows, DAY) if one.media.id == "1"), None)


READ = (5.6, 6.4, 23.6, 24.4, 47.6, 48.4)


def peers(spread: float = 0.0) -> list[AgedReading]:
    """Nine posts that were read soon before and after 6, 24 and 48 hours."""
    return [
        row
        for number in range(2, 11)
        for row in grown(number, *READ, hurry=1 + spread * (number - 6), reach=900 * number)
    ]


@pytest.mark.parametrize("hours", [(18,), (30,), (16, 40)])
def test_readings_further_off_are_corrected_as_such_posts_grow_and_say_how_surely(
    hours: tuple[float, ...],
) -> None:
    found = of_first([*grown(1, *hours), *peers(0.05)])
    assert found is not None
    assert (found.age_s, found.basis) == (DAY, Basis.CORRECTED)
    assert found.ages_s == tuple(hour * HOUR for hour in hours)
    truth = 1000 * 24 / 34
    assert found.uncertainty_percent is not None
    assert 0 < found.uncertainty_percent < 10
    assert abs(found.numbers["reach"] / truth - 1) <= 0.02


def test_what_is_too_uncertain_is_left_out() -> None:
    alike, unlike = peers(0.02), peers(0.2)
    assert of_first([*grown(1, 8), *alike]) is not None
    assert of_first([*grown(1, 8), *unlike]) is None
    # Too few posts tell nothing of how it grew from 8 hours on, and much of how from 23.
    assert of_first([*grown(1, 8), *alike[: 4 * len(READ)]]) is None
    near = of_first(grown(1, 23))
    assert near is not None
    assert near.uncertainty_percent is not None
    assert abs(near.numbers["reach"] / (1000 * 24 / 34) - 1) < near.uncertainty_percent / 100 < 0.03


def test_a_post_has_no_numbers_at_an_age_that_it_has_not_reached() -> None:
    (row,) = grown(1, 23)
    plan = Planned(planned_age_s=DAY, opens_at=AT + timedelta(days=1), due_at=AT + timedelta(days=2))
    young = changed(row.media, planned=plan)
    assert numbers_at(young, [row.reading], DAY) is None
    gone = changed(row.media, vanished_at=AT + timedelta(hours=23, minutes=30))
    assert numbers_at(gone, [row.reading], DAY) is None


def test_a_metric_that_one_reading_lacks_moves_as_the_reach_does_and_an_average_stands_as_read() -> None:
    own: dict[str, Any] = {"follows": 100, "ig_reels_avg_watch_time": 3120, "reels_skip_rate": 31.5}
    before, after = reading(23 * HOUR, reach=900), reading(25 * HOUR, reach=1000, **own)
    found = numbers_at(media(), [before, after], DAY)
    assert found is not None
    assert found.numbers == {**own, "reach": 951, "follows": 95}
    far = numbers_at(media(), [reading(18 * HOUR, reach=980), after], DAY)
    assert far is not None
    assert far.numbers == {**own, "reach": 999, "follows": 100}


@given(
    low=st.integers(0, 10_000),
    more=st.integers(0, 10_000),
    before=st.integers(21 * HOUR, DAY),
    after=st.integers(DAY, 26 * HOUR),
)
def test_what_is_interpolated_lies_between_its_readings(low: int, more: int, before: int, after: int) -> None:
    found = numbers_at(media(), [reading(before, views=low), reading(after, views=low + more)], DAY)
    assert found is not None
    assert low <= found.numbers["views"] <= low + more


def test_a_rate_says_by_which_people_it_is_and_what_it_lacks() -> None:
    parts: dict[str, Any] = {"likes": 8, "comments": 1, "saved": 1}
    assert aged(1, **parts, shares=10, reach=100).rate == Rate(20.0, "reach")
    assert aged(1, **parts, reach=100).rate == Rate(10.0, "reach", ("shares",))
    assert aged(1, **parts, shares=10, viewers=50).rate == Rate(40.0, "viewers")
    assert aged(1, **parts, reach=0).rate is None
    assert aged(1, **parts).rate is None


def test_rates_of_other_people_or_other_parts_never_stand_beside_each_other() -> None:
    """A denominator that changes silently makes an account's history of two things."""
    parts: dict[str, Any] = {"likes": 8, "comments": 1, "saved": 1}
    assert value_of(aged(1, **parts, shares=10, reach=100), RATE) == 20.0
    assert value_of(aged(1, **parts, shares=10, viewers=100), RATE) is None
    assert value_of(aged(1, **parts, reach=100), RATE) is None
    # Totals include advertisements: they are in no rate.
    assert value_of(aged(1, total_likes=8, reach=100), RATE) is None


def test_a_post_stands_among_its_own_kind_alone() -> None:
    peers = [aged(number, reach=10 * number) for number in range(2, 7)]
    reels = [aged(number, media(number, product="REELS"), reach=5000) for number in range(10, 13)]
    ours = aged(1, reach=45)
    (found,) = compared([ours.media], {ours.media.id: ours}, [*peers, *reels, ours], "reach")
    assert found.standing is not None
    assert (found.standing.place, found.standing.of, found.standing.is_few) == (3, 6, False)


def test_a_post_without_a_reading_has_no_place_and_no_value() -> None:
    (found,) = compared([media()], {}, [aged(2, reach=5)], "reach")
    assert (found.value, found.standing) == (None, None)


def test_groups_say_how_many_they_are_of_and_how_many_have_no_value() -> None:
    several = [aged(number, media(number, hours=24 * number), reach=number) for number in range(14)]
    posts = [*(one.media for one in several), media(99, hours=24)]
    groups = grouped(posts, several, "reach", By.WEEKDAY, UTC_ZONE)
    assert [one.name for one in groups][:2] == ["Monday", "Tuesday"]
    assert [(one.spread.n, one.without) for one in groups if one.spread][:2] == [(2, 0), (2, 1)]
    assert all(one.spread is not None and one.spread.is_few for one in groups)


def test_a_group_without_a_value_has_no_median_rather_than_0() -> None:
    (group,) = grouped([media()], [], "reach", By.KIND, UTC_ZONE)
    assert (group.name, group.spread, group.without) == ("photo", None, 1)


def test_hours_and_weekdays_are_those_of_the_accounts_zone() -> None:
    (group,) = grouped([media(hours=-8)], [], "reach", By.WEEKDAY, ZoneInfo("Asia/Tokyo"))
    assert group.name == "Monday"
    (group,) = grouped([media(hours=-8)], [], "reach", By.HOUR, ZoneInfo("Asia/Tokyo"))
    assert group.name == "08-12 h"


@pytest.mark.parametrize(
    ("product", "kind", "name"),
    [
        ("FEED", "IMAGE", "photo"),
        ("FEED", "CAROUSEL_ALBUM", "carousel"),
        ("FEED", "VIDEO", "video"),
        ("REELS", "VIDEO", "reel"),
        ("STORY", "IMAGE", "story"),
    ],
)
def test_kinds_are_named_as_people_name_them(product: str, kind: str, name: str) -> None:
    assert kind_of(media(product=product, kind=kind)) == name


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_what_is_usual_lies_within_what_there_is(values: list[int]) -> None:
    found = spread_of(values)
    assert found is not None
    low, high = found.quartiles
    assert min(values) <= low <= found.median <= high <= max(values)
    assert (found.n, found.median) == (len(values), median(values))
    assert found.is_few is (len(values) < 5)


def test_equal_values_share_a_place() -> None:
    ours, peers = aged(1, reach=5), [aged(2, reach=5), aged(3, reach=5), aged(4, reach=9)]
    (post,) = compared([ours.media], {ours.media.id: ours}, peers, "reach")
    assert post.standing is not None
    assert post.standing.place == 2
    assert spread_of([]) is None


def test_media_at_an_age_are_those_whose_readings_tell_it() -> None:
    rows = [AgedReading(media(1), reading(DAY, views=1)), AgedReading(media(2), reading(HOUR, views=1))]
    assert [one.media.id for one in at_age(rows, DAY)] == ["1"]
