"""Stories as they are kept, and what Instagram sends of them by itself."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from pressroom.core.account import Account
from pressroom.core.errors import Refused
from pressroom.core.readings import AgedReading, MissedReading, Missing, Number, Reading
from pressroom.core.secret import Secret
from pressroom.graph.hosts import LoginType
from pressroom.insights.questions.posts import at_age, value_of
from pressroom.insights.questions.stories import Story, StoryWebhook, Taps, read_story_webhook, stories_of
from pressroom.sandbox.state.growth import numbers_of
from pressroom.sandbox.wire.payloads import body_of, story_event
from pressroom.service.insights.service import InsightService
from tests.insights.planted import BASE, HOUR_S, asking, media_of, reading_of
from tests.insights.watch import Watch, watch

pytestmark = pytest.mark.usefixtures("long_run")

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
STORY = media_of("1", AT, "STORY")


@asynccontextmanager
async def watched(**settings: Any) -> AsyncGenerator[tuple[Watch, InsightService]]:
    """A watched account, whose stories are asked for."""
    async with watch(**settings) as seen:
        await seen.look()
        account = Account(token=Secret("x"), user_id=seen.sandbox.user_id, api_base=BASE)
        yield seen, asking(seen.store, seen.clock, account)


def told(*readings: Reading, missed: tuple[MissedReading, ...] = ()) -> Story:
    (story,) = stories_of([STORY], [AgedReading(STORY, one) for one in readings], missed)
    return story


def tapped(hours: int, taps: Mapping[str, int], **numbers: float) -> Reading:
    return replace(reading_of(STORY, hours * HOUR_S, **numbers), parts={"navigation": dict(taps)})


async def test_a_story_that_was_watched_has_its_taps_and_how_many_stayed() -> None:
    async with watched() as (seen, insights):
        story = seen.post("story")
        await seen.hours(25)
        found = await insights.stories(since=seen.now - timedelta(days=7))
    (one,) = found.stories
    assert (one.media.id, found.read_near_end, found.unread, one.missed) == (story, 1, 0, ())
    assert one.reading is not None
    assert one.reading.age_s >= 23 * HOUR_S
    views = one.number("views")
    assert views
    assert one.exits
    assert one.exits.percent
    assert one.exits.percent == round(100 * one.exits.count / views, 2)
    assert one.completion == round(100 - one.exits.percent, 2)
    assert None not in (one.forward, one.back, one.swipes, one.number("reach"), one.number("shares"))


async def test_a_story_that_ended_unread_is_listed_with_why() -> None:
    async with watched() as (seen, insights):
        story = seen.post("story")
        await seen.hours(1.5)
        seen.pass_by(hours=23)
        await seen.look()
        found = await insights.stories()
    (one,) = found.stories
    assert one.media.id == story
    assert [it.planned_age_s // HOUR_S for it in one.missed] == [6, 12, 20, 23]
    assert {it.why for it in one.missed} == {Missing.NOT_RUNNING}
    assert (found.read_near_end, one.exits, one.completion) == (0, None, None)


def test_a_story_without_a_reading_has_no_number() -> None:
    passed = MissedReading(
        media_id=STORY.id, planned_age_s=HOUR_S, why=Missing.REFUSED, text="no", noted_at=AT
    )
    one = told(missed=(passed,))
    assert (one.reading, one.number("views"), one.exits, one.missed) == (None, None, None, (passed,))


def test_rates_are_of_the_views_of_the_same_reading() -> None:
    early = tapped(20, {"tap_exit": 10, "tap_forward": 60}, views=200, navigation=90)
    one = told(early, reading_of(STORY, 23 * HOUR_S, views=400))
    assert (one.number("views"), one.exits, one.completion) == (400, Taps(10, 5.0), 95.0)
    assert one.taps_reading == early
    assert (one.forward, one.back, one.swipes) == (Taps(60, 30.0), None, None)


def test_a_tap_that_is_missing_is_0_only_where_the_others_are_all_there_are() -> None:
    one = told(tapped(23, {"tap_forward": 60}, views=200, navigation=60))
    assert (one.exits, one.completion) == (Taps(0, 0.0), 100.0)
    assert told(tapped(23, {"tap_forward": 60}, views=200)).exits is None


def test_what_instagram_sent_takes_no_number_from_what_was_read() -> None:
    sent = replace(tapped(24, {"tap_exit": 12}, reach=90), version="webhook")
    one = told(tapped(23, {"tap_exit": 10}, views=200, navigation=10), sent)
    assert (one.number("views"), one.exits) == (200, Taps(10, 5.0))
    alone = told(sent)
    assert (alone.number("reach"), alone.exits, alone.completion) == (90, Taps(12, None), None)
    assert alone.is_read_near_end


def at_24_hours(*readings: Reading) -> list[tuple[str, Number | None]]:
    found = at_age([AgedReading(STORY, one) for one in readings], 24 * HOUR_S)
    return [(one.age, value_of(one, "views")) for one in found]


def test_at_24_hours_a_story_has_its_last_reading_at_the_age_of_that_reading() -> None:
    young, last = reading_of(STORY, 20 * HOUR_S, views=300), reading_of(STORY, 84_240, views=400)
    sent = replace(reading_of(STORY, 24 * HOUR_S + 9, reach=90), version="webhook")
    assert at_24_hours(young, last) == [("23.4 h", 400)]
    assert at_24_hours(young, last, sent) == [("23.4 h", 400)]


def test_a_story_that_was_not_read_near_its_end_has_no_number_at_24_hours() -> None:
    assert at_24_hours(reading_of(STORY, 12 * HOUR_S, views=300)) == []


async def test_stories_are_compared_at_24_hours_by_their_last_readings() -> None:
    async with watched() as (seen, insights):
        story = seen.post("story")
        await seen.hours(25)
        found = await insights.compare([story], metric="views")
        listed = await insights.stories()
    (one,), (kept,) = found.posts, listed.stories
    assert one.aged is not None
    assert kept.reading is not None
    assert (one.value, one.aged.age_s) == (kept.number("views"), kept.reading.age_s)
    assert 23 * HOUR_S <= one.aged.age_s < 24 * HOUR_S


@pytest.mark.parametrize("is_flat", [False, True])
async def test_the_end_of_a_story_is_kept_once_however_often_it_is_delivered(*, is_flat: bool) -> None:
    async with watched(login=LoginType.FACEBOOK) as (seen, insights):
        story = seen.post("story")
        await seen.hours(25)
        body = body_of([ended(seen, story)], is_flat=is_flat)
        first = await insights.take_story_webhook(json.dumps(body).encode())
        again = await insights.take_story_webhook(body)
        kept = [one for one in seen.readings(story) if one.version == "webhook"]
    assert (first.stored, first.again, again.stored, again.again) == (1, 0, 0, 1)
    (reading,) = kept
    value = body_of([ended(seen, story)], is_flat=True)["entry"][0]["value"]
    names = {"taps_forward": "tap_forward", "taps_back": "tap_back", "exits": "tap_exit"}
    assert reading.parts["navigation"] == {names[old]: value[old] for old in names if value[old] >= 0}
    assert reading.numbers["impressions"] == value["impressions"]
    assert reading.age_s >= 24 * HOUR_S - 60


def ended(seen: Watch, story: str) -> Any:
    """The event of a story's end, as the sandbox sends it."""
    controls = seen.sandbox.controls
    world, account = controls.scene.world, controls.account
    media = next(one for one in world.stories[account.id] if one.id == story)
    at = media.created_at + 24 * HOUR_S
    return story_event(media, numbers_of(world.random_seed, media, account, at), at)


async def test_what_is_not_told_or_not_known_is_left_out_and_counted() -> None:
    async with watched() as (seen, insights):
        story = seen.post("story")
        await seen.hours(25)
        few = {"media_id": story, "reach": 44, "exits": -1, "taps_back": -1, "taps_forward": -1}
        values = [few, {"media_id": "999", "reach": 4}, {"media_id": story, "exits": -1}]
        changes = [{"field": "story_insights", "value": value} for value in values]
        changes.append({"field": "comments", "value": {"id": "1"}})
        took = await insights.take_story_webhook({"object": "instagram", "entry": [{"changes": changes}]})
        (kept,) = [one for one in seen.readings(story) if one.version == "webhook"]
    assert (took.stored, took.unknown, took.untold, took.others) == (1, 1, 1, 1)
    assert (kept.numbers, kept.parts) == ({"reach": 44}, {})


def test_messages_and_lists_of_one_are_no_fault() -> None:
    body: list[Any] = [{"object": "instagram", "entry": [{"id": "1", "time": 1, "messaging": [{}]}]}]
    assert read_story_webhook(json.dumps(body).encode()) == StoryWebhook(stories=(), others=0)


@pytest.mark.parametrize(
    "body", [b"{", b"3", b"{}", b'{"object":"page"}', b'{"object":"instagram","entry":[1]}']
)
def test_what_is_no_webhook_is_refused(body: bytes) -> None:
    with pytest.raises(Refused, match="no webhook"):
        read_story_webhook(body)
