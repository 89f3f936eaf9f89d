"""An account, read as time goes by: which calls are made and what is kept, also after refusals."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TypeVar

from pressroom.client.pacing import ADAPTIVE
from pressroom.core.readings import ALL_MEDIA, Batch, KeptMedia, MissedReading, Missing, Reading
from pressroom.graph.answers import MediaId
from pressroom.graph.hosts import LoginType
from pressroom.insights import ages
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.service.insights.collecting import SLOW_ABOVE_PERCENT
from tests.insights.watch import Watch, watch

HOUR_S = 3600


async def test_the_first_pull_takes_in_all_that_there_is_fifty_to_a_call() -> None:
    async with watch(media=120) as seen:
        run = await seen.look()
        assert (run.learnt.media, run.learnt.readings) == (120, 120)
        assert seen.calls("/media") == 3
        assert all(one.numbers["views"] > 0 for one in seen.readings())
        assert seen.missed() == []
        assert seen.collecting.complete_at == seen.now
        assert seen.collecting.calls == run.calls == seen.calls()


async def test_a_second_look_at_once_makes_no_call_and_reads_nothing_twice() -> None:
    async with watch(media=60) as seen:
        first = await seen.look()
        again = await seen.look()
        assert (first.learnt.readings, again.calls, again.learnt.readings) == (60, 0, 0)


async def test_a_post_is_read_at_each_age_whatever_made_it() -> None:
    async with watch() as seen:
        await seen.look()
        post = seen.post("reel")
        await seen.hours(52)
        assert seen.slots(post) == [1, 3, 6, 24, 48]
        assert seen.missed(post) == []


async def test_of_each_age_the_last_reading_before_and_the_first_after_are_kept_and_no_other() -> None:
    async with watch() as seen:
        await seen.look()
        post = seen.post()
        listings = list[int]()
        published = seen.now
        for _ in range(65):
            await seen.hours(50 / 60)
            listings.append(int((seen.now - published).total_seconds()))
        kept, seconds = (
            [one.age_s for one in seen.readings(post)],
            [HOUR_S * age for age in (1, 3, 6, 24, 48)],
        )
        around = {max(at for at in listings if at < age) for age in seconds if age > listings[0]}
        around |= {min(at for at in listings if at >= age) for age in seconds}
        assert kept == sorted({listings[0], *around})
        assert seen.calls(f"/{post}/insights") == 1


async def test_two_processes_that_read_at_once_keep_no_reading_twice() -> None:
    async with watch() as seen:
        await seen.look()
        post = seen.post()
        await seen.hours(5)
        before, found = seen.readings(post), seen.store.readings.media(seen.account, ALL_MEDIA)
        await seen.hours(2)
        # The other one has read the media before: its row says that what is stored by now is pending.
        seen.store.readings.keep(seen.account, Batch(media=found))
        await seen.hours(2)
        read = [one.age_s for one in seen.readings(post)]
        assert len(read) == len(set(read))
        assert len(before) + 2 <= len(read) <= len(before) + 4


async def test_a_post_that_is_deleted_keeps_its_last_numbers() -> None:
    async with watch() as seen:
        await seen.look()
        post = seen.post()
        await seen.hours(20)
        seen.sandbox.order("edits", media_id=post, deleted=True)
        await seen.hours(20)
        assert 19 < seen.readings(post)[-1].age_s / HOUR_S <= 20


async def test_a_story_that_ends_while_nobody_reads_keeps_its_last_numbers() -> None:
    async with watch() as seen:
        await seen.look()
        story = seen.post("story")
        await seen.hours(22.8)
        seen.pass_by(hours=2)
        await seen.look()
        assert 22 * HOUR_S <= seen.readings(story)[-1].age_s <= 22.8 * HOUR_S
        assert seen.slots(story) == [1, 6, 12, 20, 23]
        assert seen.missed(story) == []


async def test_a_late_reading_is_kept_with_the_last_one_before_the_worker_was_off() -> None:
    async with watch() as seen:
        await seen.look()
        post = seen.post()
        await seen.hours(20)
        seen.pass_by(hours=10)
        await seen.hours(1)
        assert [round(one.age_s / HOUR_S) for one in seen.readings(post)][-2:] == [20, 30]
        assert [one.planned_age_s / HOUR_S for one in seen.missed(post)] == [24]


async def test_at_a_day_a_post_is_asked_for_the_numbers_of_its_own_kind() -> None:
    async with watch() as seen:
        await seen.look()
        reel, photo = seen.post("reel"), seen.post("photo")
        await seen.hours(26)
        at = {media_id: one.numbers for media_id, one in seen.at(24).items()}
        assert at[reel].keys() - at[photo].keys() == {
            "ig_reels_avg_watch_time",
            "ig_reels_video_view_total_time",
            "reels_skip_rate",
        }
        assert at[photo].keys() - at[reel].keys() == {"follows", "profile_visits", "profile_activity"}
        assert seen.calls(f"/{reel}/insights") == seen.calls(f"/{photo}/insights") == 1


async def test_a_story_is_read_before_it_ends_with_the_taps_of_its_viewers() -> None:
    async with watch() as seen:
        await seen.look()
        story = seen.post("story")
        await seen.hours(26)
        assert seen.slots(story) == [1, 6, 12, 20, 23]
        last = seen.readings(story)[-1]
        assert last.age_s < 24 * 3600
        assert last.parts["navigation"].keys() == {"tap_forward", "tap_back", "tap_exit", "swipe_forward"}
        assert sum(last.parts["navigation"].values()) == last.numbers["navigation"]
        assert seen.missed(story) == []


async def test_what_no_worker_read_is_missed_with_the_reason() -> None:
    async with watch() as seen:
        await seen.look()
        before = seen.post()
        await seen.hours(2)
        seen.pass_by(hours=3)
        late = seen.post()
        seen.pass_by(hours=4)
        await seen.hours(1)
        assert [(one.planned_age_s / 3600, one.why) for one in seen.missed(before)] == [
            (3, Missing.NOT_RUNNING),
            (6, Missing.NOT_RUNNING),
        ]
        assert [(one.planned_age_s / 3600, one.why) for one in seen.missed(late)] == [
            (1, Missing.FOUND_LATE),
            (3, Missing.FOUND_LATE),
        ]
        assert "No worker read it between 2026-11-24" in seen.missed(before)[0].text


async def test_a_story_that_ended_unseen_is_no_story_of_ours_and_one_that_ended_unread_is_missed() -> None:
    async with watch() as seen:
        await seen.look()
        story = seen.post("story")
        await seen.hours(2)
        seen.pass_by(hours=23)
        await seen.look()
        assert [one.planned_age_s / 3600 for one in seen.missed(story)] == [6, 12, 20, 23]
        assert seen.slots(story) == [1]


async def test_an_outage_of_instagram_is_the_reason_of_what_it_lost() -> None:
    async with watch() as seen:
        await seen.look()
        post = seen.post()
        await seen.hours(2)
        seen.sandbox.faults.add(Fault(on="*", kind=FaultKind.ERROR, code=2, times=None))
        await seen.hours(2)
        seen.sandbox.faults.clear()
        await seen.hours(1)
        (missed,) = seen.missed(post)
        assert (missed.planned_age_s, missed.why) == (3 * 3600, Missing.UNREACHABLE)


async def test_a_rate_limit_holds_the_collecting_for_half_an_hour() -> None:
    async with watch(media=10) as seen:
        seen.sandbox.faults.add(Fault(on="*", kind=FaultKind.ERROR, code=80002))
        run = await seen.look()
        assert run.problem is not None
        calls = seen.calls()
        await seen.hours(0.45)
        assert seen.calls() == calls
        await seen.hours(0.1)
        assert seen.collecting.complete_at is not None


async def test_a_pull_that_was_killed_goes_on_after_the_last_stored_page() -> None:
    async with watch(media=200) as seen:
        seen.sandbox.faults.add(Fault(on="media_list", kind=FaultKind.DROP, skip=2, times=None))
        await seen.look()
        assert (seen.collecting.complete_at, len(seen.readings())) == (None, 100)
        seen.sandbox.faults.clear()
        seen.pass_by(minutes=3)
        lists = seen.calls("/media")
        await seen.look()
        assert len(seen.readings()) == 200
        assert seen.calls("/media") - lists == 2


async def test_a_pull_whose_cursor_has_ended_begins_again_and_keeps_what_there_is() -> None:
    async with watch(media=200) as seen:
        seen.sandbox.faults.add(Fault(on="media_list", kind=FaultKind.DROP, skip=2, times=None))
        await seen.look()
        seen.sandbox.faults.clear()
        ended = replace(seen.collecting, after="ended")
        seen.store.readings.keep(seen.account, Batch(collecting=ended))
        seen.pass_by(days=5)
        await seen.look()
        assert seen.collecting.complete_at is not None
        assert len({one.media_id for one in seen.readings()}) == 200


async def test_what_fails_of_a_media_read_whole_is_read_again_while_there_is_time() -> None:
    async with watch() as seen:
        await seen.look()
        reel, story = seen.post("reel"), seen.post("story")
        await seen.hours(18)
        seen.sandbox.faults.add(Fault(on="insights", kind=FaultKind.DROP, times=12))
        await seen.hours(8)
        assert "reels_skip_rate" in seen.at(24)[reel].numbers
        assert [bool(seen.at(hours)[story].parts) for hours in (20, 23)] == [True, True]
        assert seen.missed() == []


async def test_a_part_that_is_refused_is_asked_for_twice_an_hour_and_the_others_go_on() -> None:
    async with watch() as seen:
        seen.sandbox.faults.add(Fault(on="stories", kind=FaultKind.ERROR, code=10, times=None))
        await seen.look()
        post, asked = seen.post(), seen.calls("/stories")
        for _ in range(120):
            seen.pass_by(minutes=1)
            await seen.look()
        assert seen.calls("/stories") - asked <= 2 * 4
        assert seen.slots(post) == [1]


async def test_a_day_of_the_account_that_could_not_be_read_is_read_later_that_day() -> None:
    async with watch() as seen:
        seen.sandbox.faults.add(Fault(on="account_insights", kind=FaultKind.DROP, times=12))
        await seen.look()
        assert seen.collecting.account_read_at is None
        seen.sandbox.faults.clear()
        await seen.hours(0.2)
        days = seen.store.readings.days(seen.account, seen.now - timedelta(days=9), seen.now)
        assert {"reach", "views"} <= {one.metric for one in days}


async def test_a_caption_that_changes_and_a_media_that_vanishes_are_kept() -> None:
    async with watch() as seen:
        await seen.look()
        edited, deleted = seen.post(caption="old"), seen.post(caption="gone")
        await seen.hours(2)
        seen.sandbox.order("edits", media_id=edited, caption="new")
        seen.sandbox.order("edits", media_id=deleted, deleted=True)
        await seen.hours(6)
        kept = {one.id: one for one in seen.store.readings.newest(seen.account, 9)}
        assert (kept[edited].caption, [one.caption for one in kept[edited].earlier_captions]) == (
            "new",
            ["old"],
        )
        assert deleted not in kept
        assert seen.slots(deleted) == [1]
        assert seen.missed(deleted) == []


async def test_media_from_before_the_professional_account_are_kept_without_numbers() -> None:
    async with watch() as seen:
        seen.sandbox.controls.account.switched_at = seen.now.timestamp() - 40 * 19 * 3600
        seen.sandbox.order("seed", media=90)
        run = await seen.look()
        assert (run.learnt.media, run.learnt.readings) == (90, 40)
        assert run.calls < 90
        await seen.hours(1)
        assert seen.missed() == []


async def test_days_are_filled_in_and_read_again_once_they_are_settled() -> None:
    async with watch() as seen:
        await seen.look()
        days = seen.store.readings.days(seen.account, seen.now - timedelta(days=100), seen.now)
        assert len([one for one in days if one.metric == "reach"]) == 90
        assert {one.metric for one in days} >= {"views", "follower_count", "saves", "profile_views"}
        for _ in range(8):
            seen.pass_by(days=1)
            await seen.look()
        days = seen.store.readings.days(seen.account, seen.now - timedelta(days=37), seen.now)
        views = [one for one in days if one.metric == "views"]
        assert len(views) >= 30
        settled = [one for one in views if seen.now - one.ends_at > timedelta(days=3)]
        assert all(one.read_at - one.ends_at >= timedelta(hours=48) for one in settled)
        assert settled[-1].parts.keys() == {"media_product_type", "follow_type"}


async def test_followers_are_counted_daily_and_the_audience_weekly() -> None:
    async with watch(login=LoginType.FACEBOOK) as seen:
        for _ in range(9):
            await seen.look()
            seen.pass_by(days=1)
        counts = seen.store.readings.account_readings(seen.account, seen.now - timedelta(days=20), seen.now)
        assert len(counts) == 9
        assert all(one.followers_count for one in counts)
        people = seen.store.readings.audience(seen.account, before=seen.now)
        assert {one.breakdown for one in people} == {"age", "city", "country", "gender", "hour"}
        asked = [one.params.get("metric") for one in seen.sandbox.calls("/insights")]
        assert asked.count("follower_demographics") == 8


async def test_a_metric_that_some_media_refuse_is_asked_of_the_others_by_themselves() -> None:
    async with watch(metrics_refused=("shares:IMAGE",)) as seen:
        await seen.look()
        photo, reel = seen.post("photo"), seen.post("reel")
        await seen.hours(26)
        at = {media_id: one.numbers for media_id, one in seen.at(24).items()}
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
        assert again - before == 3
        assert seen.calls("/media") - again <= 10


async def test_a_metric_that_vanishes_is_missing_from_then_on_and_asked_for_again_after_a_week() -> None:
    async with watch() as seen:
        await seen.look()
        early = seen.post()
        await seen.hours(4)
        seen.sandbox.order("metrics", gone=["saved"])
        await seen.hours(22)
        late = [("saved" in seen.at(hours)[early].numbers) for hours in (1, 3, 6, 24)]
        assert late == [True, True, False, False]
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


DAY = timedelta(days=1)


async def test_a_first_pull_of_ten_thousand_media_takes_at_most_220_calls() -> None:
    """Of a thousand here, since each page costs the same: `bench/insights.py` pulls ten thousand."""
    async with watch(media=1000) as seen:
        run = await seen.look()
        assert (run.learnt.readings, run.calls) == (1000, len(seen.paths))
        beside = run.calls - 1000 / 50
        assert 10_000 / 50 + beside <= 220


async def test_a_steady_day_of_five_hundred_media_takes_at_most_sixty_calls() -> None:
    dice, kinds = Random(7), ("photo", "reel", "carousel")  # noqa: S311  # chance, not a secret
    async with watch() as seen:
        for hours_ago in sorted((24 * 17 * dice.random() for _ in range(500)), reverse=True):
            seen.posted(dice.choice(kinds), hours_ago)
        await seen.look()
        await _calls_of_a_day(seen, dice, kinds)
        listed, alone, read = _calls(seen)
        for _ in range(2):
            await _calls_of_a_day(seen, dice, kinds)
        today, single, readings = _calls(seen)
        assert (today - listed) / 2 <= 60
        # One call for each media at 24 hours and at 7 days; none comes to 28 days here.
        kinds_own = [one for one in seen.readings() if {"follows", "reels_skip_rate"} & one.numbers.keys()]
        assert single - alone == len([one for one in kinds_own if one.read_at > seen.now - 2 * DAY])
        assert (readings - read) / 2 > 200
        assert seen.missed() == []


async def test_collecting_slows_down_above_half_of_what_is_allowed_and_publishing_does_not() -> None:
    async with watch(media=1000, calls_per_day=40) as seen:
        started = seen.clock.monotonic()
        run = await seen.look()
        assert run.learnt.readings == 1000
        assert sum(seen.clock.slept_s) > 10
        assert seen.clock.monotonic() - started == sum(seen.clock.slept_s)
        assert ADAPTIVE.slow_above_percent > SLOW_ABOVE_PERCENT


def _calls(seen: Watch) -> tuple[int, int, int]:
    """Calls of lists, calls of single media, and readings, so far."""
    alone = seen.calls("/insights") - seen.calls(f"/{seen.sandbox.user_id}/insights")
    return seen.calls("/media"), alone, len(seen.readings())


async def _calls_of_a_day(seen: Watch, dice: Random, kinds: Sequence[str]) -> None:
    """Thirty posts between 8 and 22 o'clock, as people post."""
    last = 0.0
    for at in sorted(8 + 14 * dice.random() for _ in range(30)):
        await seen.hours(at - last)
        seen.post(dice.choice(kinds))
        last = at
    await seen.hours(24 - last)


DAYS = 30
WRONG = ("down", "outage", "limit")
RowT = TypeVar("RowT", Reading, MissedReading)


async def test_every_planned_reading_of_a_month_is_made_in_time_or_missed_with_its_reason() -> None:
    dice = Random(11)  # noqa: S311  # chance, not a secret
    async with watch() as seen:
        await seen.look()
        for day in range(DAYS):
            await _a_day(seen, dice, day)
        kept = seen.store.readings.media(seen.account, ALL_MEDIA)
        assert len(kept) >= 2 * DAYS - _unseen(seen, kept)
        readings, missed = _by_media(seen.readings()), _by_media(seen.missed())
        for media in kept:
            _judge(media, readings[media.id], missed[media.id])
        assert {one.why for one in seen.missed()} == {
            Missing.NOT_RUNNING,
            Missing.FOUND_LATE,
            Missing.UNREACHABLE,
            Missing.RATE_LIMITED,
        }
        # The worker was there for most of the time, so most readings are.
        assert len(seen.missed()) < sum(len(seen.slots(media.id)) for media in kept) / 2


def _by_media(rows: Sequence[RowT]) -> dict[MediaId, list[RowT]]:
    found = defaultdict[MediaId, list[RowT]](list)
    for one in rows:
        found[one.media_id].append(one)
    return found


async def _a_day(seen: Watch, dice: Random, day: int) -> None:
    """A post and a story at some hour; and at some hour something goes wrong for a while."""
    events = [(24 * dice.random(), what) for what in ("photo", "story")]
    if day % 2:
        events.append((22 * dice.random(), WRONG[day // 2 % len(WRONG)]))
    last = 0.0
    for at, what in sorted(events):
        await seen.hours(max(0.0, at - last))
        last = at + await _happens(seen, dice, what)
    await seen.hours(max(0.0, 24 - last))


async def _happens(seen: Watch, dice: Random, what: str) -> float:
    """Let it happen, and tell how many hours it takes."""
    if what in ("photo", "story"):
        seen.post(dice.choice(["photo", "reel"]) if what == "photo" else what)
        return 0.0
    hours = 0.5 + 8 * dice.random()
    if what == "down":
        seen.pass_by(hours=hours / 4)
        seen.post(dice.choice(["photo", "story"]))
        seen.pass_by(hours=hours * 3 / 4)
        return hours
    code = 2 if what == "outage" else 80002
    seen.sandbox.faults.add(Fault(on="*", kind=FaultKind.ERROR, code=code, times=None))
    await seen.hours(hours)
    seen.sandbox.faults.clear()
    return hours


def _unseen(seen: Watch, kept: Sequence[KeptMedia]) -> int:
    """Count the stories of which nobody ever saw anything: made and over while nothing ran."""
    known, stories = {one.id for one in kept}, seen.sandbox.controls.scene.world.stories
    return sum(one.id not in known for one in stories[seen.sandbox.user_id])


def _judge(media: KeptMedia, read: Sequence[Reading], missed: Sequence[MissedReading]) -> None:
    if media.product_type == ages.STORY:
        assert all(one.age_s < ages.STORY_LIFETIME_S for one in read)
        over = (
            ages.STORY_AGES if media.planned is None else ages.reached(ages.STORY, 0, media.last_age_s or 0)
        )
    else:
        over = ages.reached(media.product_type, 0, media.last_age_s or 0)
    near = {
        age
        for age in over
        if any(abs(one.age_s - age) <= ages.tolerance_s(age, media.product_type) for one in read)
    }
    slots = [*near, *(one.planned_age_s for one in missed)]
    # What is over is read or missed, and nothing is both.
    assert sorted(slots) == list(over)
    assert len({one.age_s for one in read}) == len(read)
    assert all(one.text for one in missed)


async def test_a_gap_of_more_than_30_days_costs_no_follower_count() -> None:
    async with watch() as seen:
        await seen.look()
        seen.pass_by(hours=24 * 45)
        since = seen.now - timedelta(days=31)
        await seen.look()
        days = seen.store.readings.days(seen.account, since, seen.now, ["follower_count"])
        assert len(days) == 30
        assert seen.collecting.refused == {}
