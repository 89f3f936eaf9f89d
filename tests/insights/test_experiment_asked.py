"""An experiment of two slots, from its start to what it says."""

from datetime import UTC, datetime, timedelta

import pytest

from pressroom.core.errors import NotFound, Refused
from pressroom.core.experiments import KeptExperiment
from pressroom.core.readings import Batch
from pressroom.core.slots import parse_slots
from pressroom.insights.questions.timing import FEWEST_OF_A_SLOT, Turn, minutes_apart, turn_at
from pressroom.insights.statistics import experiment as statistics
from pressroom.service.timing_words import experiment_could_see, experiment_says
from tests.insights.planted import HOUR_S, Planted, media_of, planted, reading_of
from tests.insights.statistics.accounts import two_slots

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
        await here.insights.start_experiment(MORNING, EVENING)
        run_through(here, *two_slots(1, times=1.3))
        status = await here.insights.experiment_status()
    told = status.outcome.difference
    assert told is not None
    assert told.is_found
    assert told.low < 30 < told.high
    assert (status.is_complete, status.next_turn, len(status.posts)) == (True, None, 40)
    assert experiment_says(status).startswith("daily 18:00 reaches more than daily 09:00: the second slot")
    assert "would have been seen" in experiment_could_see(status)[0]


async def test_where_nothing_was_planted_none_is_said_and_stopping_keeps_that() -> None:
    async with planted() as here:
        await here.insights.start_experiment(MORNING, EVENING)
        run_through(here, *two_slots(1))
        stopped = await here.insights.stop_experiment()
        here.clock.advance(3600)
        assert (await here.insights.experiment_status()).outcome == stopped.outcome
        assert stopped.experiment.stopped_at is not None
        with pytest.raises(Refused, match="the last one was stopped"):
            await here.insights.stop_experiment()
        await here.insights.start_experiment(MORNING, EVENING)
    assert experiment_says(stopped).startswith(
        "No detectable difference between daily 09:00 and daily 18:00: "
    )


async def test_posts_count_within_half_an_hour_and_the_next_takes_the_other_slot() -> None:
    async with planted() as here:
        started = await here.insights.start_experiment(MORNING, EVENING, kind="photo")
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
        await here.insights.start_experiment(MORNING, EVENING, posts=10)
        run_through(here, *two_slots(1, n=8))
        status = await here.insights.experiment_status()
    assert (len(status.posts), status.is_complete) == (10, True)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "second", "more", "rule"),
    [
        (MORNING, "daily 9:00", {}, "experiment_slots"),
        (MORNING, "daily 10:00", {}, "experiment_slots"),
        ("sun 23:45", "mon 00:15", {}, "experiment_slots"),
        (MORNING, "at nine", {}, "slot"),
        (MORNING, EVENING, {"posts": 3}, "experiment_posts"),
        (MORNING, EVENING, {"kind": "story"}, "kind"),
    ],
)
async def test_what_cannot_be_decided_is_refused(
    first: str, second: str, more: dict[str, int], rule: str
) -> None:
    async with planted() as here:
        with pytest.raises(Refused) as caught:
            await here.insights.start_experiment(first, second, **more)  # type: ignore[arg-type]
        assert caught.value.rule == rule
        assert here.store.readings.experiment(here.account) is None


async def test_a_second_one_at_a_time_is_refused_and_the_way_out_is_named() -> None:
    async with planted() as here:
        await here.insights.start_experiment(MORNING, EVENING)
        with pytest.raises(Refused, match="running already") as caught:
            await here.insights.start_experiment("daily 12:00", EVENING)
    assert "pressroom insights experiment stop" in str(caught.value.fix)


def test_slots_are_as_far_apart_as_their_nearest_times_in_a_week() -> None:
    assert minutes_apart(parse_slots("sun 23:50"), parse_slots("mon 0:20")) == 30
    assert minutes_apart(parse_slots("mon 9:00"), parse_slots("tue 9:00")) == 24 * 60


def test_a_slot_is_a_time_of_the_accounts_zone_in_summer_and_in_winter() -> None:
    made = KeptExperiment(
        started_at=at(1, 0), first=MORNING, second=EVENING, timezone="Europe/Oslo", posts=40
    )
    assert turn_at(made, datetime(2026, 7, 1, 7, 0, tzinfo=UTC)) is Turn.FIRST
    assert turn_at(made, datetime(2026, 12, 1, 8, 0, tzinfo=UTC)) is Turn.FIRST
    assert turn_at(made, datetime(2026, 12, 1, 7, 0, tzinfo=UTC)) is None


def test_as_many_posts_are_said_to_be_needed_as_statistics_takes() -> None:
    assert statistics.FEWEST_OF_A_SLOT == FEWEST_OF_A_SLOT
