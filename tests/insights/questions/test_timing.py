"""The best time of accounts whose truth is planted in the store, and an experiment from start to end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

import pytest

from pressroom.core.errors import NotFound, Refused
from pressroom.core.installation import install_extra
from pressroom.core.readings import Batch, KeptExperiment, SlotTally
from pressroom.core.remedies import command_of
from pressroom.core.slots import parse_slots
from pressroom.insights.questions.timing import Turn, experiment_posts, minutes_apart
from pressroom.insights.statistics.answers import TooFew
from pressroom.insights.statistics.best_time import BestTime, PostReach
from pressroom.service.ground import output as extras
from pressroom.service.insights.timing import (
    BestTimes,
    best_time_says,
    could_see,
    experiment_could_see,
    experiment_says,
)
from tests.insights.planted import HOUR_S, Planted, batch_of, media_of, planted, reading_of
from tests.insights.statistics.accounts import PLANTED, account, two_slots


def found_of(times: BestTimes) -> BestTime:
    assert not isinstance(times.found, TooFew)
    return times.found


async def test_a_block_that_reaches_30_percent_more_is_found_and_said_first() -> None:
    async with planted() as here:
        here.keep(account(3, times=1.3))
        times = await here.insights.best_time()
    hours = found_of(times).hours
    (effect,) = [one.against_others for one in hours.effects if one.cell == PLANTED]
    assert hours.best == PLANTED
    assert effect.low < 30 < effect.high
    assert (times.posts, times.without_reach, times.timezone) == (120, 0, "UTC")
    said = best_time_says(times)
    assert said.startswith(f"Posts between {PLANTED.replace('-', ' and ')} h reach more than the others: +")
    assert said.endswith("No detectable effect of weekdays or kinds on reach at 24 h.")


async def test_an_account_without_a_pattern_is_told_so_and_what_could_have_been_seen() -> None:
    async with planted() as here:
        here.keep(account(1))
        times = await here.insights.best_time()
    assert not found_of(times).is_found
    assert best_time_says(times) == "No detectable effect of hours, weekdays or kinds on reach at 24 h."
    hours, weekdays, kinds = could_see(times)
    assert hours.startswith("Of hours: ")
    assert weekdays.endswith(" posts.")
    assert kinds.startswith("Of kinds: ")
    assert "would have been seen in eight of ten cases; to see 30 % takes some" in hours


async def test_reels_are_said_to_reach_more_than_the_others_only_where_that_is_found() -> None:
    async with planted() as here:
        here.keep(account(3, reels=0.4))
        times = await here.insights.best_time()
    assert best_time_says(times).startswith("Reels reach more than the others: +")
    assert best_time_says(times).endswith("No detectable effect of hours or weekdays on reach at 24 h.")
    assert "Photos" not in best_time_says(times)


async def test_it_is_said_what_it_costs_that_posts_of_one_day_share_its_luck() -> None:
    async with planted() as here:
        here.keep(account(1, a_day=3, shared=0.3))
        times = await here.insights.best_time()
    worth = found_of(times).weekdays.worth_posts
    assert could_see(times)[-1] == (
        f"As posts of one day share its luck, these 120 tell no more of weekdays than some {worth} on days "
        "of their own."
    )


async def test_viewers_are_another_number_and_stories_no_posts() -> None:
    async with planted() as here:
        here.keep(account(1, n=31))
        posts = account(2, n=30)
        here.store.readings.keep(here.account, batch_of(posts, metric="viewers", start=100))
        story = media_of("900", here.clock.now() - timedelta(days=9), "STORY")
        readings = [reading_of(story, 24 * HOUR_S, reach=50)]
        here.store.readings.keep(here.account, Batch(media=[story], readings=readings))
        times = await here.insights.best_time()
    assert (times.posts, times.without_reach, times.found.n) == (61, 30, 31)


async def test_too_few_posts_are_counted_and_it_says_how_many_it_takes() -> None:
    async with planted() as here:
        here.keep([*account(1, n=12), *old(3)])
        times = await here.insights.best_time()
    few = "Too few posts to say: 12 of 12 have a reach at 24 h, and it takes 30."
    assert best_time_says(times).startswith(f"{few} Nothing was posted in the last 90 days")
    assert could_see(times) == []


def old(count: int) -> list[PostReach]:
    """Posts of which a year has passed."""
    return [replace(one, at=one.at - timedelta(days=400)) for one in account(5, n=count)]


async def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_scipy(name: str) -> object:
        return None if name == "scipy" else find_spec(name)

    monkeypatch.setattr(extras, "find_spec", without_scipy)
    async with planted() as here:
        with pytest.raises(Refused, match="not installed") as caught:
            await here.insights.best_time()
        assert command_of(install_extra("report")) in str(caught.value.fix)
        with pytest.raises(Refused, match="not installed"):
            await here.insights.in_zone("UTC").start_experiment("daily 09:00", "daily 18:00")


MORNING, EVENING = "daily 09:00", "daily 18:00"
DAY = timedelta(days=1)


def publish(here: Planted, number: int, at: datetime, reach: float | None, product: str = "FEED") -> None:
    media = media_of(str(number), at, product)
    readings = [] if reach is None else [reading_of(media, 24 * HOUR_S, reach=round(reach))]
    here.store.readings.keep(here.account, Batch(media=[media], readings=readings))


def run_through(here: Planted, first: list[float], second: list[float]) -> None:
    """Publish a post a day, in turns, from tomorrow on, and let the days pass."""
    midnight = here.clock.now().replace(hour=0) + DAY
    for number, reaches in enumerate(zip(first, second, strict=True)):
        for turn, reach in enumerate(reaches):
            day = midnight + (2 * number + turn) * DAY
            publish(here, 10 * number + turn, day + timedelta(hours=18 if turn else 9, minutes=7), reach)
    here.clock.advance((2 * len(first) + 3) * DAY.total_seconds())


async def test_a_difference_that_was_planted_is_found() -> None:
    async with planted() as here:
        with pytest.raises(NotFound, match="has had no experiment"):
            await here.insights.experiment_status()
        await here.insights.in_zone("UTC").start_experiment(MORNING, EVENING)
        run_through(here, *two_slots(1, times=1.3))
        status = await here.insights.experiment_status()
    told = status.outcome.difference
    assert told is not None
    assert told.is_found
    assert told.low is not None
    assert told.high is not None
    assert 0 < told.low < 30 < told.high
    assert (status.is_complete, status.next_turn, len(status.posts)) == (True, None, 40)
    assert experiment_says(status).startswith("daily 18:00 reaches more than daily 09:00: the second slot")
    assert experiment_says(status).endswith("%), n 20 and 20.")
    assert "would have been seen" in experiment_could_see(status)[0]


async def test_where_nothing_was_planted_none_is_said_and_stopping_keeps_that() -> None:
    async with planted() as here:
        await here.insights.in_zone("UTC").start_experiment(MORNING, EVENING)
        run_through(here, *two_slots(1))
        stopped = await here.insights.stop_experiment()
        here.clock.advance(3600)
        assert (await here.insights.experiment_status()).outcome == stopped.outcome
        assert stopped.experiment.stopped_at is not None
        with pytest.raises(Refused, match="the last one was stopped"):
            await here.insights.stop_experiment()
        await here.insights.in_zone("UTC").start_experiment(MORNING, EVENING)
    assert experiment_says(stopped).startswith(
        "No detectable difference between daily 09:00 and daily 18:00: "
    )


async def test_before_all_posts_are_in_nothing_is_found_however_much_they_differ() -> None:
    async with planted() as here:
        await here.insights.in_zone("UTC").start_experiment(MORNING, EVENING)
        run_through(here, *two_slots(1, n=12, times=2))
        running = await here.insights.experiment_status()
        stopped = await here.insights.stop_experiment()
    for status in (running, stopped):
        told = status.outcome.difference
        assert told is not None
        assert (told.is_found, told.low, told.high, told.percent > 50) == (None, None, None, True)
    assert " (n 12 and 12); chance may do so." in experiment_says(running)
    assert experiment_says(running).endswith("It is decided once, when all 40 posts are in: 16 more.")
    assert "once all 40 posts are in" in experiment_could_see(running)[0]
    assert experiment_says(stopped).startswith(
        "It was stopped before all 40 posts were in, so it decided nothing. So far the second slot stands at"
    )


async def test_a_post_is_awaited_until_no_reading_can_change_its_reach() -> None:
    async with planted() as here:
        await here.insights.in_zone("UTC").start_experiment(MORNING, EVENING)
        publish(here, 1, at(25, 9), 100)
        here.clock.advance((at(26, 11) - here.clock.now()).total_seconds())
        assert (await here.insights.experiment_status()).outcome.first == SlotTally(
            posts=1, reached=0, awaited=1
        )
        here.clock.advance(2 * 3600)
        assert (await here.insights.experiment_status()).outcome.first == SlotTally(
            posts=1, reached=1, awaited=0
        )


async def test_the_verdict_stands_whatever_is_deleted_or_found_later() -> None:
    async with planted() as here:
        await here.insights.in_zone("UTC").start_experiment(MORNING, EVENING)
        run_through(here, *two_slots(1, times=1.3))
        decided = await here.insights.experiment_status()
        here.store.readings.delete_before(here.account, here.clock.now() - 20 * DAY)
        publish(here, 999, at(25, 18), 5)
        here.clock.advance(3600)
        later = await here.insights.experiment_status()
        stopped = await here.insights.stop_experiment()
    assert decided.is_complete
    assert later.outcome == decided.outcome == stopped.outcome
    assert experiment_says(stopped) == experiment_says(decided)


async def test_posts_count_within_half_an_hour_and_the_next_takes_the_other_slot() -> None:
    async with planted() as here:
        started = await here.insights.in_zone("UTC").start_experiment(MORNING, EVENING, kind="photo")
        assert (started.next_turn, started.next_at) == (Turn.FIRST, at(25, 9))
        publish(here, 1, at(25, 9, 30), 100)
        publish(here, 2, at(25, 9, 31), 100)
        publish(here, 3, at(25, 17, 29), 100)
        publish(here, 4, at(25, 9), 100, "REELS")
        publish(here, 5, at(23, 9), 100)
        here.clock.advance(2 * DAY.total_seconds())
        second = await here.insights.experiment_status()
        assert [one.media.id for one in second.posts] == ["1"]
        assert (second.outcome.beside, second.next_turn, second.next_at) == (2, Turn.SECOND, at(26, 18))
        publish(here, 6, at(26, 18), None)
        here.clock.advance(DAY.total_seconds() / 2)
        third = await here.insights.experiment_status()
    assert third.next_turn is Turn.FIRST
    assert (third.outcome.second.posts, third.outcome.second.awaited) == (1, 1)
    assert experiment_says(third).startswith("Too few posts to compare: 1 and 0 have a reach at 24 h")


async def test_posts_beyond_the_planned_number_do_not_count() -> None:
    async with planted() as here:
        await here.insights.in_zone("UTC").start_experiment(MORNING, EVENING, posts=16)
        run_through(here, *two_slots(1, n=10))
        status = await here.insights.experiment_status()
    assert (len(status.posts), status.is_complete) == (16, True)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "second", "more", "rule"),
    [
        (MORNING, "daily 9:00", {}, "experiment_slots"),
        (MORNING, "daily 10:00", {}, "experiment_slots"),
        ("sun 23:45", "mon 00:15", {}, "experiment_slots"),
        (MORNING, "at nine", {}, "slot"),
        (MORNING, EVENING, {"posts": 15}, "experiment_posts"),
        (MORNING, EVENING, {"kind": "story"}, "kind"),
    ],
)
async def test_what_cannot_be_decided_is_refused(
    first: str, second: str, more: dict[str, int], rule: str
) -> None:
    async with planted() as here:
        with pytest.raises(Refused) as caught:
            await here.insights.in_zone("UTC").start_experiment(first, second, **more)  # type: ignore[arg-type]
        assert caught.value.rule == rule
        assert here.store.readings.experiment(here.account) is None


async def test_a_second_one_at_a_time_is_refused_and_the_way_out_is_named() -> None:
    async with planted() as here:
        await here.insights.in_zone("UTC").start_experiment(MORNING, EVENING)
        with pytest.raises(Refused, match="running already") as caught:
            await here.insights.in_zone("UTC").start_experiment("daily 12:00", EVENING)
    assert "pressroom insights experiment stop" in str(caught.value.fix)


def test_slots_are_as_far_apart_as_their_nearest_times_in_a_week() -> None:
    assert minutes_apart(parse_slots("sun 23:50"), parse_slots("mon 0:20")) == 30
    assert minutes_apart(parse_slots("mon 9:00"), parse_slots("tue 9:00")) == 24 * 60


def test_a_slot_is_a_time_of_the_accounts_zone_in_summer_and_in_winter() -> None:
    made = KeptExperiment(
        started_at=at(1, 0), first=MORNING, second=EVENING, timezone="Europe/Oslo", posts=40
    )
    summer, winter = datetime(2026, 7, 1, 7, 0, tzinfo=UTC), datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
    beside = datetime(2026, 12, 1, 7, 0, tzinfo=UTC)
    media = [media_of(str(number), moment) for number, moment in enumerate((summer, winter, beside))]
    posts, n_beside = experiment_posts(made, media, {}, beside)
    assert [(post.media.published_at, post.turn) for post in posts] == [
        (summer, Turn.FIRST),
        (winter, Turn.FIRST),
    ]
    assert n_beside == 1
