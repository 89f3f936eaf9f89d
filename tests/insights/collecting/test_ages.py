"""When a reading counts for an age, and what is planned next: plain arithmetic."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.insights import ages

HOUR, DAY = 3600, 86_400
AT = datetime(2026, 11, 1, tzinfo=UTC)
PRODUCTS = st.sampled_from(["FEED", "REELS", "STORY"])


def test_media_are_read_seven_times_in_a_month_and_then_monthly_for_two_years() -> None:
    assert [one / HOUR for one in ages.MEDIA_AGES[:7]] == [1, 3, 6, 24, 48, 7 * 24, 28 * 24]
    assert [one / DAY for one in ages.MEDIA_AGES[7:9]] == [58, 88]
    assert ages.MEDIA_AGES[-1] <= 730 * DAY < ages.MEDIA_AGES[-1] + 30 * DAY
    assert [one / HOUR for one in ages.STORY_AGES] == [1, 6, 12, 20, 23]


@pytest.mark.parametrize(
    ("product", "hours", "minutes"),
    [
        ("FEED", 1, 30),
        ("FEED", 6, 36),
        ("REELS", 24, 144),
        ("FEED", 28 * 24, 3 * 24 * 60 - 5 * 60 + 12),
        ("FEED", 58 * 24, 3 * 24 * 60),
        ("STORY", 12, 72),
        ("STORY", 20, 85),
    ],
)
def test_a_reading_is_near_within_a_tenth_of_an_age_and_half_an_hour_at_least(
    product: str, hours: int, minutes: int
) -> None:
    assert ages.tolerance_s(hours * HOUR, product) == pytest.approx(60 * minutes, abs=60)


@pytest.mark.parametrize("product", ["FEED", "STORY"])
def test_no_reading_is_near_two_ages(product: str) -> None:
    for one, other in pairwise(ages.ages_of(product)):
        assert one + ages.tolerance_s(one, product) < other - ages.tolerance_s(other, product)


@given(product=PRODUCTS, age_s=st.floats(0, 800 * DAY))
def test_what_is_planned_opens_at_its_age_and_is_due_while_there_is_time(product: str, age_s: float) -> None:
    planned = ages.next_planned(product, AT, age_s)
    reached = ages.reached(product, 0, age_s)
    if planned is None:
        assert reached == ages.ages_of(product)
        return
    assert planned.planned_age_s == ages.ages_of(product)[len(reached)]
    latest = AT + timedelta(seconds=ages.closes_s(planned.planned_age_s, product))
    assert AT + timedelta(seconds=planned.planned_age_s) == planned.opens_at < planned.due_at < latest
    assert product == "STORY" or planned.due_at - planned.opens_at >= ages.LOOK_EVERY
    assert (latest - planned.due_at).total_seconds() >= 100


@pytest.mark.parametrize(
    ("minutes", "hours"), [(59, None), (60, 1), (110, 1), (121, None), (24 * 60, 24), (27 * 60, None)]
)
def test_a_reading_comes_soon_after_an_age(minutes: int, hours: int | None) -> None:
    assert ages.last_reached("FEED", 60 * minutes) == (None if hours is None else hours * HOUR)
