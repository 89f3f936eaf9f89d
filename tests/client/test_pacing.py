"""How fast an account's calls follow each other, and which are sent again by themselves."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.client.pacing import (
    ADAPTIVE,
    FIXED_PACING,
    Pacer,
    Pacing,
    PollSchedule,
    RetryPolicy,
    pacer_for,
    usage_of,
)
from pressroom.core.errors import (
    AnswerLost,
    GraphError,
    NotSent,
    RateLimitHolds,
    UnexpectedAnswer,
)
from pressroom.core.graph_errors import TooManyCalls, error_for
from pressroom.graph import calls
from pressroom.graph.answers import ContainerId, ErrorBody, MediaId, UserId
from pressroom.graph.call import Call, Effect, Pace
from pressroom.graph.error_table import TABLE, ErrorRow, Retry
from tests.client.desk import ACCOUNT, USER, Desk
from tests.fakes.clock import START, FakeClock
from tests.fakes.transport import FakeTransport, Step, graph_error, reply

PHOTO = calls.create_photo(USER, image_url="https://e.com/a.jpg")
READ = calls.media(MediaId("1"))
INSIGHTS = calls.media_insights(MediaId("1"), ["views"])
CREATED, PAGE = reply({"id": "1"}), reply({"data": []})


def used(percent: float, regain_min: float = 0) -> dict[str, str]:
    counters = f'"call_count": {percent}, "estimated_time_to_regain_access": {regain_min}'
    return {"x-business-use-case-usage": f'{{"1": [{{"type": "instagram", {counters}}}]}}'}


async def test_the_helpers_containers_are_two_seconds_apart(desk: Desk) -> None:
    client = desk.client(CREATED, pacing=FIXED_PACING)
    times: list[float] = []

    async def create() -> None:
        await client.send(PHOTO)
        times.append(desk.clock.elapsed_s)

    await asyncio.gather(*(create() for _ in range(4)))
    assert times == [0, 2, 4, 6]


async def test_the_helpers_insights_are_three_tenths_of_a_second_apart(desk: Desk) -> None:
    client = desk.client(PAGE, pacing=FIXED_PACING)
    for _ in range(3):
        await client.send(INSIGHTS)

    assert desk.clock.elapsed_s == pytest.approx(0.6)


async def test_a_gap_of_one_pace_delays_no_other_call(desk: Desk) -> None:
    client = desk.client(CREATED, pacing=FIXED_PACING)
    await client.send(PHOTO)
    waiting = asyncio.create_task(client.send(PHOTO))
    await asyncio.sleep(0)

    await client.send(READ)
    assert desk.clock.elapsed_s == 0
    await waiting


async def test_clients_of_one_account_share_its_gaps_and_other_accounts_do_not(desk: Desk) -> None:
    other = replace(ACCOUNT, user_id=UserId("2"))
    await desk.client(CREATED, pacing=FIXED_PACING).send(PHOTO)
    await desk.client(CREATED, pacing=FIXED_PACING, account=other).send(PHOTO)
    assert desk.clock.elapsed_s == 0

    await desk.client(CREATED, pacing=FIXED_PACING).send(PHOTO)
    assert desk.clock.elapsed_s == 2


def test_gaps_hold_from_one_event_loop_to_the_next(desk: Desk) -> None:
    asyncio.run(desk.client(CREATED, pacing=FIXED_PACING).send(PHOTO))
    asyncio.run(desk.client(CREATED, pacing=FIXED_PACING).send(PHOTO))

    assert desk.clock.elapsed_s == 2


class StoppedClock:
    """A clock that never moves: every wait ends at once, and tells the slot that was given."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def now(self) -> datetime:
        return START

    def monotonic(self) -> float:
        return 1000.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.waits.append(seconds)


class Hesitant(Pacing):
    """Lets another thread run between finding a slot and taking it."""

    def gap_s(self, pace: Pace | None) -> float:
        time.sleep(0)
        return super().gap_s(pace)


def test_gaps_hold_across_threads() -> None:
    """Eight loops in eight threads take 80 slots: no two are the same, none is left out."""
    clock, pacer, pacing = (
        StoppedClock(),
        Pacer(),
        Hesitant(
            container_gap_s=2.0,
            insights_gap_s=0.0,
            video_poll=FIXED_PACING.video_poll,
            image_poll=FIXED_PACING.image_poll,
            is_adaptive=False,
        ),
    )

    async def take_ten() -> None:
        await asyncio.gather(*(pacer.take(Pace.CONTAINER, pacing, clock) for _ in range(10)))

    with ThreadPoolExecutor(8) as threads:
        for job in [threads.submit(asyncio.run, take_ten()) for _ in range(8)]:
            job.result()
    assert sorted(clock.waits) == [2.0 * slot for slot in range(1, 80)]


async def test_a_cancelled_wait_frees_its_slot_when_it_is_the_last() -> None:
    clock, pacer = FakeClock(), Pacer()
    await pacer.take(Pace.CONTAINER, FIXED_PACING, clock)
    cancelled = asyncio.create_task(pacer.take(Pace.CONTAINER, FIXED_PACING, clock))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)

    await pacer.take(Pace.CONTAINER, FIXED_PACING, clock)
    assert clock.elapsed_s == 2


async def test_a_cancelled_wait_never_brings_others_closer_together() -> None:
    clock, pacer = FakeClock(), Pacer()
    times: list[float] = []

    async def take() -> None:
        await pacer.take(Pace.CONTAINER, FIXED_PACING, clock)
        times.append(clock.elapsed_s)

    tasks = [asyncio.create_task(take()) for _ in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await take()

    assert times == [0, 4, 6, 8]


def test_two_clocks_have_nothing_to_do_with_each_other() -> None:
    assert pacer_for(ACCOUNT.key, FakeClock()) is not pacer_for(ACCOUNT.key, FakeClock())


async def test_an_adaptive_client_is_not_slowed_below_the_threshold(desk: Desk) -> None:
    client = desk.client(reply({"id": "1"}, headers=used(80)))
    for _ in range(5):
        await client.send(READ)

    assert desk.clock.elapsed_s == 0


async def test_an_adaptive_client_slows_down_smoothly_above_it(desk: Desk) -> None:
    client = desk.client(reply({"id": "1"}, headers=used(90)))
    await client.send(READ)
    await client.send(READ)
    first = desk.clock.elapsed_s
    await client.send(READ)

    assert first == 0
    assert desk.clock.elapsed_s == pytest.approx(2.5)


@given(st.floats(0, 200), st.floats(0, 200))
def test_more_usage_never_means_a_smaller_gap(less: float, more: float) -> None:
    less, more = sorted((less, more))
    assert 0 <= ADAPTIVE.usage_gap_s(less) <= ADAPTIVE.usage_gap_s(more) <= 10


@pytest.mark.parametrize(("percent", "regain_min", "held_s"), [(100, 0, 60), (120, 12, 720), (30, 5, 300)])
async def test_a_used_up_account_is_held_until_it_may_call_again(
    desk: Desk, percent: float, regain_min: float, held_s: float
) -> None:
    client = desk.client(reply({"id": "1"}, headers=used(percent, regain_min)), CREATED)
    await client.send(READ)
    await client.send(READ)

    assert desk.clock.elapsed_s == held_s


async def test_a_hold_also_stops_those_who_wait_already(desk: Desk) -> None:
    """The second container has its slot; then the account is found used up."""
    pacing = replace(ADAPTIVE, container_gap_s=2.0)
    client = desk.on(FakeTransport(CREATED, reply({"id": "1"}, headers=used(100)), CREATED), pacing=pacing)
    await client.send(PHOTO)
    waiting = asyncio.create_task(client.send(PHOTO))
    await asyncio.sleep(0)
    await client.send(READ)
    await waiting

    assert desk.clock.elapsed_s == 60


async def test_the_helpers_pacing_reads_no_headers(desk: Desk) -> None:
    client = desk.client(reply({"id": "1"}, headers=used(100, 10)), pacing=FIXED_PACING)
    await client.send(READ)
    await client.send(READ)

    assert desk.clock.elapsed_s == 0


async def test_a_slot_past_the_deadline_is_not_waited_for(desk: Desk) -> None:
    client = desk.client(reply({"id": "1"}, headers=used(100)), CREATED)
    await client.send(READ)

    with pytest.raises(NotSent, match="deadline"):
        await client.exchange(READ, deadline=desk.clock.monotonic() + 30)
    assert len(desk.transport.requests) == 1
    assert desk.clock.elapsed_s == 0


async def test_the_usage_is_told_with_the_answer(desk: Desk) -> None:
    headers = {"x-app-usage": '{"call_count":28,"total_time":25,"total_cputime":41}'}
    exchange = await desk.client(reply({"id": "1"}, headers=headers)).exchange(READ)

    assert exchange.usage_percent == 41
    assert (await desk.client(CREATED).exchange(READ)).usage_percent is None


def test_only_instagrams_own_limits_count() -> None:
    both = '{"1": [{"type": "ads_insights", "call_count": 100}, {"type": "instagram", "total_time": 12}]}'
    usage = usage_of({"x-business-use-case-usage": both})

    assert usage is not None
    assert (usage.percent, usage.regain_s) == (12, 0)


@pytest.mark.parametrize("text", ["", "busy", "[]", "5"])
def test_headers_that_cannot_be_read_say_nothing(text: str) -> None:
    assert usage_of({"x-app-usage": text, "x-business-use-case-usage": text}) is None


def test_the_helpers_poll_a_video_every_ten_seconds_thirty_times() -> None:
    assert list(FIXED_PACING.video_poll.delays()) == [10.0] * 30


def test_images_are_polled_at_growing_intervals_for_five_minutes() -> None:
    for pacing in (FIXED_PACING, ADAPTIVE):
        delays = list(pacing.image_poll.delays())
        assert delays[:6] == [1, 2, 3, 5, 5, 5]
        assert 295 < sum(delays) <= 300


def test_the_adaptive_video_poll_grows_to_half_a_minute_within_half_an_hour() -> None:
    delays = list(ADAPTIVE.video_poll.delays())

    assert delays[:6] == [2, 3, 5, 8, 10, 15]
    assert max(delays) == 30
    assert 1770 < sum(delays) <= 1800


def test_a_schedule_without_an_end_goes_on() -> None:
    assert list(islice(PollSchedule((1.0, 4.0)).delays(), 4)) == [1, 4, 4, 4]


PUBLISH = calls.publish(USER, ContainerId("1"))
GOOD = reply({"id": "1"})
CODED = [row for row in TABLE if row.code is not None]


def name_of(row: ErrorRow) -> str:
    return f"{row.code}/{row.subcode}"


@pytest.mark.parametrize("call", [READ, PHOTO])
@pytest.mark.parametrize(
    "failure",
    [
        graph_error(2, status=503),
        graph_error(-1, 2207032),
        NotSent("refused"),
        AnswerLost("cut"),
        reply("<html>", status=502),
    ],
)
async def test_a_read_or_a_creation_is_sent_again_when_it_passes_by_itself(
    desk: Desk, call: Call[object], failure: Step
) -> None:
    client = desk.client(failure, failure, GOOD)

    assert await client.send(call)
    assert len(desk.transport.calls) == 3
    assert [record.attempt for record in desk.records] == [1, 2, 3]


@pytest.mark.parametrize(
    "failure",
    [
        graph_error(2, status=503),
        graph_error(-1, 2207001),
        graph_error(9007, 2207027),
        NotSent("refused"),
        AnswerLost("cut"),
        reply("<html>", status=502),
        reply("", status=200),
    ],
)
async def test_a_publish_is_never_sent_again(desk: Desk, failure: Step) -> None:
    client = desk.client(failure)

    with pytest.raises((GraphError, NotSent, AnswerLost, UnexpectedAnswer)):
        await client.send(PUBLISH)
    assert len(desk.transport.calls) == 1
    assert desk.clock.slept_s == []


@pytest.mark.parametrize("row", CODED, ids=name_of)
def test_the_error_table_alone_says_which_errors_pass(row: ErrorRow) -> None:
    error = error_for(ErrorBody(code=row.code or 0, error_subcode=row.subcode))
    policy = RetryPolicy()

    assert policy.may_repeat(Effect.READ, error, 1) is (row.retry is Retry.SOON)
    assert policy.may_repeat(Effect.CREATE, error, 1) is (row.retry is Retry.SOON)
    assert not policy.may_repeat(Effect.WRITE, error, 1)


@pytest.mark.parametrize(
    ("failure", "tries"),
    [
        (graph_error(2), 4),
        (AnswerLost("cut"), 4),
        (graph_error(9004, 2207052), 3),
        (graph_error(100, 33), 3),
        (graph_error(190), 1),
        (reply("Not Found", status=404), 1),
    ],
)
async def test_tries_are_bounded(desk: Desk, failure: Step, tries: int) -> None:
    client = desk.client(failure)

    with pytest.raises((GraphError, AnswerLost, UnexpectedAnswer)):
        await client.send(PHOTO)
    assert len(desk.transport.calls) == tries


def test_the_wait_is_drawn_below_a_bound_that_doubles_up_to_a_limit() -> None:
    policy, random = RetryPolicy(), Random(7)  # noqa: S311  # the same draws in every run
    longest = [max(policy.delay_s(tried, random) for _ in range(500)) for tried in (1, 2, 3, 9)]

    assert all(bound * 0.9 < wait <= bound for wait, bound in zip(longest, (0.5, 1, 2, 8), strict=True))
    assert min(policy.delay_s(3, random) for _ in range(500)) < 0.1


async def test_the_wait_between_tries_is_on_the_clock(desk: Desk) -> None:
    await desk.client(AnswerLost("cut"), AnswerLost("cut"), GOOD).send(READ)

    assert len(desk.clock.slept_s) == 2
    assert 0 < desk.clock.elapsed_s < 1.5


@pytest.mark.parametrize("code", [4, 17, 613, 80002])
async def test_a_rate_limit_is_not_retried_and_holds_the_whole_account(desk: Desk, code: int) -> None:
    client = desk.client(graph_error(code), GOOD)

    with pytest.raises(GraphError):
        await client.send(READ)
    assert desk.clock.elapsed_s == 0
    await client.send(READ)
    assert desk.clock.elapsed_s == 60


async def test_a_full_posting_quota_holds_nothing_else(desk: Desk) -> None:
    client = desk.client(graph_error(9, 2207042), GOOD)

    with pytest.raises(GraphError):
        await client.send(PUBLISH)
    await client.send(READ)
    assert desk.clock.elapsed_s == 0


@pytest.mark.parametrize(
    ("status", "told", "held_s"),
    [
        (429, {}, 60),
        (429, {"retry-after": "12"}, 12),
        (429, {"retry-after": format_datetime(START + timedelta(minutes=5))}, 300),
        (429, {"retry-after": "soon"}, 60),
        (429, {"retry-after": "99999999"}, 24 * 3600),
        (503, {"retry-after": "12"}, 12),
    ],
)
async def test_too_many_calls_hold_the_account_for_as_long_as_the_answer_says(
    desk: Desk, status: int, told: dict[str, str], held_s: float
) -> None:
    client = desk.client(reply("", status=status, headers=told), PAGE)
    with pytest.raises(TooManyCalls):
        await client.send(INSIGHTS)
    assert desk.clock.elapsed_s == 0
    assert client.regain_s == (held_s if told and told["retry-after"] != "soon" else None)
    await client.send(INSIGHTS)
    assert desk.clock.elapsed_s == held_s


async def test_a_call_that_would_be_held_for_longer_than_is_waited_fails_at_once(desk: Desk) -> None:
    client = desk.client(
        reply({"id": "1"}, headers=used(30, 12)), CREATED, pacing=replace(ADAPTIVE, longest_hold_s=180)
    )
    await client.send(READ)
    with pytest.raises(RateLimitHolds, match="for 12 min"):
        await client.send(READ)
    assert desk.clock.slept_s == []
    desk.clock.advance(720)
    await client.send(READ)


async def test_the_hold_lasts_as_long_as_meta_says(desk: Desk) -> None:
    usage = '{"1": [{"type": "instagram", "call_count": 101, "estimated_time_to_regain_access": 7}]}'
    limited = graph_error(80002)
    limited = reply(limited.body, status=400, headers={"x-business-use-case-usage": usage})
    client = desk.client(limited, GOOD)

    with pytest.raises(GraphError):
        await client.send(READ)
    await client.send(READ)
    assert desk.clock.elapsed_s == 7 * 60
    assert client.pacing is ADAPTIVE
