"""The client as a whole: what comes beside an answer, deadlines, raw calls, records."""

import json
from datetime import UTC, datetime

import pytest

from pressroom.core.errors import GraphError, NotSent, UnexpectedAnswer
from pressroom.graph import calls
from pressroom.graph.ids import ContainerId, MediaId
from tests.client.desk import TOKEN, USER, Desk
from tests.fakes.transport import FakeTransport, SlowToConnect, graph_error, reply, sent_params

READ = calls.media(MediaId("1"))
PUBLISH = calls.publish(USER, ContainerId("1"))
GOOD = reply({"id": "1"})


async def test_the_hosts_own_time_is_told_with_the_answer(desk: Desk) -> None:
    client = desk.client(reply({"id": "1"}, headers={"date": "Tue, 24 Nov 2026 11:58:30 GMT"}))

    assert (await client.exchange(READ)).host_date == datetime(2026, 11, 24, 11, 58, 30, tzinfo=UTC)


@pytest.mark.parametrize("headers", [{}, {"date": "yesterday"}, {"date": ""}])
async def test_a_date_that_cannot_be_read_is_none(desk: Desk, headers: dict[str, str]) -> None:
    assert (await desk.client(reply({"id": "1"}, headers=headers)).exchange(READ)).host_date is None


async def test_nothing_is_written_once_the_deadline_has_passed(desk: Desk) -> None:
    """The connection takes three seconds to stand, and the deadline lies two seconds ahead."""
    transport = SlowToConnect(desk.clock, 3, GOOD)
    client = desk.on(transport)

    with pytest.raises(NotSent, match="deadline"):
        await client.exchange(PUBLISH, deadline=desk.clock.monotonic() + 2)
    assert transport.requests == []


async def test_a_call_within_its_deadline_is_sent(desk: Desk) -> None:
    client = desk.on(SlowToConnect(desk.clock, 3, GOOD))

    assert (await client.exchange(PUBLISH, deadline=desk.clock.monotonic() + 4)).answer.id == "1"


async def test_a_read_is_not_tried_again_past_its_deadline(desk: Desk) -> None:
    client = desk.client(graph_error(2))

    with pytest.raises(GraphError):
        await client.exchange(READ, deadline=desk.clock.monotonic() + 0.001)
    assert len(desk.transport.requests) == 1


async def test_a_call_may_be_given_less_time_than_usual(desk: Desk) -> None:
    client = desk.client(GOOD)
    await client.exchange(READ, timeout_s=5)
    await client.exchange(READ)

    assert [request.timeout_s for request in desk.transport.requests] == [5, 30]


async def test_leaving_the_client_closes_its_transport(desk: Desk) -> None:
    async with desk.client(GOOD) as client:
        await client.send(READ)

    assert desk.transport.is_closed


async def test_each_attempt_is_recorded(desk: Desk) -> None:
    await desk.client(graph_error(2, status=503), GOOD).send(READ)

    failed, done = desk.records
    assert (failed.method, failed.path, failed.status, failed.attempt) == ("GET", "/1", 503, 1)
    assert (failed.error, failed.code, failed.fbtrace_id) == ("ServiceUnavailable", 2, "Atrace")
    assert (done.status, done.attempt, done.error) == (200, 2, None)
    assert done.params == READ.params
    assert done.at > failed.at


async def test_a_raw_read_goes_where_it_is_told(desk: Desk) -> None:
    await desk.client(GOOD).raw("GET", "me/media", {"fields": "id"})

    assert desk.transport.calls == ["GET /v21.0/me/media"]
    assert sent_params(desk.transport.requests[0]) == {"fields": "id"}


async def test_a_raw_path_may_name_its_own_version(desk: Desk) -> None:
    await desk.client(GOOD).raw("GET", "/v26.0/me/", {})

    assert desk.transport.calls == ["GET /v26.0/me"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_raw_write_is_never_sent_again(desk: Desk, method: calls.Method) -> None:
    with pytest.raises(GraphError):
        await desk.client(graph_error(2)).raw(method, "1/comments", {"message": "Hi"})
    assert len(desk.transport.requests) == 1
    assert desk.transport.requests[0].needs_fresh_connection


async def test_a_raw_answer_keeps_everything_but_secrets(desk: Desk) -> None:
    body = {
        "access_token": TOKEN,
        "data": [{"id": 17901234567890123456, "caption": "ünï ☀", "new": None}],
        "paging": {"next": f"https://graph.instagram.com/v21.0/1?access_token={TOKEN}&after=A"},
    }
    answer = await desk.client(reply(body, headers={"x-app-usage": "{}"})).raw("GET", "me", {})

    assert TOKEN.encode() not in answer.body
    assert json.loads(answer.body) == {
        "access_token": "***",
        "data": [{"id": 17901234567890123456, "caption": "ünï ☀", "new": None}],
        "paging": {"next": "https://graph.instagram.com/v21.0/1?access_token=***&after=A"},
    }
    assert (answer.status, answer.headers["x-app-usage"]) == (200, "{}")


async def test_a_raw_answer_that_is_an_error_or_no_json_raises(desk: Desk) -> None:
    with pytest.raises(GraphError):
        await desk.client(graph_error(100, status=200)).raw("GET", "me", {})
    with pytest.raises(UnexpectedAnswer):
        await desk.client(reply("<html>")).raw("GET", "me", {})


async def test_a_raw_token_call_carries_no_second_token(desk: Desk) -> None:
    params = {"grant_type": "ig_refresh_token", "access_token": TOKEN}
    transport = FakeTransport(reply({"access_token": "IGnew"}))
    answer = await desk.on(transport).raw("GET", "refresh_access_token", params)

    assert "authorization" not in transport.requests[0].headers
    assert answer.body == b'{"access_token":"***"}'
    assert desk.records[0].params["access_token"] == "***"
