"""What is sent again by itself."""

from random import Random

import pytest

from pressroom.client.pacing import ADAPTIVE
from pressroom.client.retry import RetryPolicy
from pressroom.core.errors import AnswerLost, GraphError, NotSent, UnexpectedAnswer
from pressroom.core.graph_errors import error_for
from pressroom.graph import calls
from pressroom.graph.answers import ErrorBody
from pressroom.graph.calls import Effect
from pressroom.graph.error_table import TABLE, Retry, Row
from pressroom.graph.ids import ContainerId, MediaId
from tests.client.desk import USER, Desk
from tests.fakes.transport import Step, graph_error, reply

PHOTO = calls.create_photo(USER, image_url="https://e.com/a.jpg")
PUBLISH = calls.publish(USER, ContainerId("1"))
READ = calls.media(MediaId("1"))
GOOD = reply({"id": "1"})
CODED = [row for row in TABLE if row.code is not None]


def name_of(row: Row) -> str:
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
    desk: Desk, call: calls.Call[object], failure: Step
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
def test_the_error_table_alone_says_which_errors_pass(row: Row) -> None:
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
