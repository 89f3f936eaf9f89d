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
    ("product", "minutes", "hours"),
    [
        ("FEED", 53, None),
        ("FEED", 54, 1),
        ("FEED", 66, 1),
        ("FEED", 67, None),
        ("REELS", 24 * 60, 24),
        ("FEED", 27 * 60, None),
        ("FEED", 58 * 24 * 60 + 71 * 60, 58 * 24),
        ("FEED", 62 * 24 * 60, None),
        ("STORY", 20 * 60 + 45, 20),
        ("STORY", 23 * 60 + 54, 23),
        ("STORY", 23 * 60 + 56, None),
    ],
)
def test_a_reading_counts_within_a_tenth_of_an_age(product: str, minutes: int, hours: int | None) -> None:
    found = ages.age_for(minutes * 60, product)
    assert found == (None if hours is None else hours * HOUR)


@pytest.mark.parametrize("product", ["FEED", "STORY"])
def test_no_reading_counts_for_two_ages(product: str) -> None:
    for one, other in pairwise(ages.ages_of(product)):
        assert ages.closes_s(one, product) < other - ages.tolerance_s(other, product)


@given(product=PRODUCTS, age_s=st.floats(0, 800 * DAY))
def test_what_is_planned_can_still_be_read_in_time(product: str, age_s: float) -> None:
    planned = ages.first_planned(product, AT, age_s)
    passed = ages.passed(product, age_s)
    assert len(passed) + (0 if planned is None else 1) <= len(ages.ages_of(product))
    if planned is None:
        assert passed == ages.ages_of(product)
        return
    assert planned.planned_age_s not in passed
    latest = AT + timedelta(seconds=ages.closes_s(planned.planned_age_s, product))
    assert planned.opens_at < AT + timedelta(seconds=planned.planned_age_s) < planned.due_at < latest
    assert (latest - planned.due_at).total_seconds() >= 100
