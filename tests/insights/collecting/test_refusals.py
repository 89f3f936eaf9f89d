"""Metrics that Instagram refuses, of one media, of all, or by another name: the others are read."""

from datetime import timedelta

from pressroom.graph.hosts import LoginType
from tests.insights.watch import watch


async def test_a_metric_that_some_media_refuse_is_asked_of_the_others_by_themselves() -> None:
    async with watch(metrics_refused=("shares:IMAGE",)) as seen:
        await seen.look()
        photo, reel = seen.post("photo"), seen.post("reel")
        await seen.hours(26)
        at = {one.media_id: one.numbers for one in seen.readings() if one.planned_age_s == 24 * 3600}
        assert ("shares" in at[photo], "shares" in at[reel]) == (False, True)
        assert {"views", "reach", "likes"} <= at[photo].keys()
        kept = {one.id: one for one in seen.store.readings.newest(seen.account, 9)}
        assert (kept[photo].refused, kept[reel].refused) == (("shares",), ())
        assert "shares" in seen.collecting.unshared


async def test_a_refused_metric_costs_a_page_one_call_more_and_only_once() -> None:
    async with watch(metrics_refused=("shares:IMAGE",)) as seen:
        await seen.look()
        seen.post("photo")
        before = seen.calls("/media")
        await seen.hours(2)
        again = seen.calls("/media")
        await seen.hours(8)
        assert again - before == 4
        assert seen.calls("/media") - again <= 10


async def test_a_metric_that_vanishes_is_missing_from_then_on_and_asked_for_again_after_a_week() -> None:
    async with watch() as seen:
        await seen.look()
        early = seen.post()
        await seen.hours(4)
        seen.sandbox.order("metrics", gone=["saved"])
        await seen.hours(22)
        late = {
            one.planned_age_s: "saved" in one.numbers for one in seen.readings(early) if one.planned_age_s
        }
        assert late == {3600: True, 3 * 3600: True, 6 * 3600: False, 24 * 3600: False}
        seen.sandbox.order("metrics", gone=[])
        seen.pass_by(days=8)
        back = seen.post()
        await seen.hours(2)
        assert all("saved" in one.numbers for one in seen.readings(back))


async def test_viewers_are_read_where_instagram_gives_them_in_place_of_reach() -> None:
    async with watch(viewers=True) as seen:
        await seen.look()
        post = seen.post()
        await seen.hours(2)
        assert all("viewers" in one.numbers and "reach" not in one.numbers for one in seen.readings(post))
        days = seen.store.readings.days(seen.account, seen.now - timedelta(days=60), seen.now)
        assert {"viewers"} == {one.metric for one in days} & {"viewers", "reach"}


async def test_views_of_stories_are_asked_for_as_a_total_where_they_want_that() -> None:
    async with watch(story_views_total=True) as seen:
        await seen.look()
        story = seen.post("story")
        await seen.hours(2)
        assert all(one.numbers["views"] > 0 for one in seen.readings(story))


async def test_a_story_with_too_few_viewers_is_read_without_numbers() -> None:
    async with watch() as seen:
        seen.sandbox.controls.account.followers = 3
        await seen.look()
        story = seen.post("story")
        await seen.hours(2)
        assert [one.numbers for one in seen.readings(story)] == [{}] * len(seen.readings(story))
        assert seen.slots(story) == [1]


async def test_below_a_hundred_followers_there_is_no_audience_and_no_trouble() -> None:
    async with watch(login=LoginType.FACEBOOK) as seen:
        seen.sandbox.controls.account.followers = 90
        seen.sandbox.controls.account.created_at = seen.now.timestamp()
        run = await seen.look()
        assert run.problem is None
        assert seen.store.readings.audience(seen.account, before=seen.now + timedelta(days=1)) == []
