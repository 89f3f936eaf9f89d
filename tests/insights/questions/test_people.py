"""Who an account's people are, and how followers moved: each day, and after each post."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from pressroom.core.readings import (
    AccountDay,
    AccountReading,
    AgedReading,
    AudienceReading,
    KeptMedia,
    Number,
    Reading,
)
from pressroom.graph.answers import MediaId
from pressroom.insights.questions.people import (
    NewFollowers,
    audiences,
    earlier_before,
    follower_days,
    follower_flow,
    posts_growth,
)
from pressroom.insights.questions.periods import Period, end_of

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


START = datetime(2026, 10, 1, 10, tzinfo=UTC)
FIRST = date(2026, 10, 1)


def count(day: int, followers: int | None, hour: int = 0) -> AccountReading:
    return AccountReading(read_at=START + timedelta(days=day, hours=hour), followers_count=followers)


def came(day: int, number: int) -> AccountDay:
    ends_at = end_of(FIRST + timedelta(days=day))
    return AccountDay(metric="follower_count", ends_at=ends_at, number=number, read_at=ends_at)


def media(number: int, day: float, product: str = "FEED") -> KeptMedia:
    at = START + timedelta(days=day)
    kind = "IMAGE" if product == "FEED" else "VIDEO"
    return KeptMedia(
        id=MediaId(str(number)), product_type=product, media_type=kind, published_at=at, found_at=at
    )


def read(one: KeptMedia, **numbers: int) -> AgedReading:
    return AgedReading(
        one,
        Reading(
            media_id=one.id,
            age_s=86400,
            read_at=one.published_at,
            version="v26.0",
            numbers=numbers,
        ),
    )


def test_new_followers_and_the_difference_of_counts_are_never_mixed() -> None:
    counts = [count(day, 100 + 3 * day) for day in range(5)]
    days = follower_days(FIRST, date(2026, 10, 4), counts, [came(1, 7)])
    assert [one.followers for one in days] == [103, 106, 109, 112]
    assert [(one.net_change, one.new_followers) for one in days] == [(3, None), (3, 7), (3, None), (3, None)]
    assert NewFollowers.of_days(days, 5) == (7, 1, 5)
    assert NewFollowers.of_days(days[:1], 1) == (None, 0, 1)


def test_the_first_count_after_a_days_end_stays_its_count() -> None:
    counts = [count(0, 100), count(1, 103), count(1, 90, hour=15)]
    (day,) = follower_days(FIRST, FIRST, counts, [])
    assert (day.followers, day.net_change) == (103, 3)


def test_a_missing_count_is_no_0_and_leaves_two_days_without_a_net_change() -> None:
    days = follower_days(FIRST, date(2026, 10, 3), [count(0, 100), count(1, None), count(2, 106)], [])
    assert [one.followers for one in days] == [None, 106, None]
    assert [(one.net_change, one.new_followers) for one in days] == [(None, None)] * 3


def test_counts_that_are_far_apart_say_nothing_of_a_day() -> None:
    (day,) = follower_days(FIRST, FIRST, [count(0, 100, -2), count(1, 130, 12)], [])
    assert (day.followers, day.net_change) == (130, None)


def test_followers_won_and_lost_have_a_total_where_each_day_of_the_period_is_known() -> None:
    def day(number: int, **parts: int) -> AccountDay:
        at = end_of(date(2026, 11, number))
        kept = {"follow_type": parts, "other": {"follower": 900}}
        return AccountDay(metric="follows_and_unfollows", ends_at=at, number=30, read_at=at, parts=kept)

    days = [
        day(1, follower=100, non_follower=100),
        day(2, follower=5, non_follower=2, unknown=1),
        day(3, follower=4),
        day(4, follower=0, non_follower=1),
        came(3, 700),
    ]
    won, lost = follower_flow(Period(date(2026, 11, 2), date(2026, 11, 4)), days)
    assert (won.total, won.missing) == (9, 0)
    # That nobody is told to have left on the third is no 0.
    assert (lost.total, lost.known, lost.missing) == (None, 2, 1)


def counts(jump_at: int = 40) -> Sequence[AccountReading]:
    return [count(day, 1000 + 2 * day + day % 3 + (80 if day > jump_at else 0)) for day in range(60)]


def test_a_reel_after_which_more_came_than_usual_is_told_as_an_association() -> None:
    reel, photo, story = media(1, 40, "REELS"), media(2, 20), media(3, 20.1, "STORY")
    found = posts_growth([reel, story, photo], [read(photo, follows=4), read(story, follows=0)], counts())
    told = {one.media.id: one for one in found.posts}
    assert [one.media.id for one in found.posts] == ["2", "3", "1"]
    after = told[reel.id].after
    assert after
    assert after.more_than_usual == pytest.approx(80, abs=3)
    assert after.is_outside_noise
    assert told[reel.id].follows is None
    assert (told[photo.id].follows, told[photo.id].follows_age_s) == (4, 86400)
    assert found.usual
    assert found.usual.n > 20


def test_a_story_has_its_follows_and_is_no_other_post() -> None:
    photo, story = media(2, 20), media(3, 20.1, "STORY")
    found = posts_growth([photo, story], [read(story, follows=0)], counts())
    first, second = found.posts
    assert first.after
    assert first.after.other_posts == 0
    assert (second.after, second.follows) == (None, 0)


def test_of_too_few_counts_nothing_is_said_to_be_usual() -> None:
    found = posts_growth([media(2, 1)], [], [count(day, 100) for day in range(4)])
    assert found.usual is None
    assert found.posts[0].after
    assert found.posts[0].after.change == 0
    assert found.posts[0].after.more_than_usual is None


def test_without_numpy_follows_alone_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pressroom.insights.statistics.inference", None)
    photo = media(2, 20)
    found = posts_growth([photo], [read(photo, follows=4)], counts())
    assert (found.is_judged, found.usual) == (False, None)
    assert (found.posts[0].follows, found.posts[0].after) == (4, None)
