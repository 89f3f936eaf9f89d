"""Who an account's people are: shares of what is told, and a change only of what both readings tell."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from pressroom.core.readings import AudienceReading, Number
from pressroom.insights.questions.audience import audiences, earlier_before

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
WHO = "follower_demographics"


def reading(
    breakdown: str, parts: Mapping[str, Number], *, days_ago: float = 0, metric: str = WHO
) -> AudienceReading:
    at = AT - timedelta(days=days_ago)
    return AudienceReading(metric=metric, breakdown=breakdown, read_at=at, parts=parts)


def test_shares_are_of_what_is_told_the_largest_first() -> None:
    (found,) = audiences([reading("country", {"NO": 60, "DE": 140})], [])
    assert [(one.name, one.share) for one in found.parts] == [("DE", 70), ("NO", 30)]
    assert (found.told, found.is_cut, found.earlier_at) == (200, False, None)


def test_a_part_that_one_reading_does_not_tell_has_no_change_and_no_0() -> None:
    (found,) = audiences(
        [reading("country", {"NO": 50, "DE": 50})], [reading("country", {"DE": 75, "SE": 25}, days_ago=28)]
    )
    german, norwegian = found.parts
    assert (german.earlier, german.share_change) == (75, -25)
    assert (norwegian.earlier, norwegian.share_change) == (None, None)


@pytest.mark.parametrize(("days_ago", "is_near"), [(20, False), (22, True), (34, True), (36, False)])
def test_only_a_reading_about_28_days_older_is_compared(days_ago: float, is_near: bool) -> None:
    (found,) = audiences([reading("age", {"a": 1})], [reading("age", {"a": 1}, days_ago=days_ago)])
    assert (found.earlier_at is not None) is is_near


def test_of_weekly_readings_the_fourth_is_looked_for() -> None:
    before = earlier_before([reading("age", {"a": 1})])
    assert before
    assert max(ago for ago in range(0, 70, 7) if AT - timedelta(days=ago) >= before) == 21
    assert earlier_before([]) is None


def test_45_parts_may_not_be_all() -> None:
    (found,) = audiences([reading("city", {f"c{at}": at for at in range(45)})], [])
    assert found.is_cut


def test_ages_and_hours_are_in_order_and_hours_have_no_shares() -> None:
    hours = reading("hour", {"10": 5, "9": 7, "0": 1}, metric="online_followers")
    ages, online = audiences([reading("age", {"25-34": 9, "18-24": 3}), hours], [])
    assert [one.name for one in ages.parts] == ["18-24", "25-34"]
    assert [one.name for one in online.parts] == ["0", "9", "10"]
    assert (online.told, {one.share for one in online.parts}) == (None, {None})
