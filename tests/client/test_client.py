"""The client as a whole: what comes beside an answer, deadlines, raw calls, records, and lists over pages."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pressroom.client.client import ExchangeRecord
from pressroom.core.errors import GraphError, NotSent, UnexpectedAnswer
from pressroom.core.protocols import Request
from pressroom.graph import calls
from pressroom.graph.answers import ContainerId, Media, MediaId, Page
from pressroom.graph.call import Call, Method
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


async def test_a_record_reads_as_one_line_without_what_may_be_secret(desk: Desk) -> None:
    url, caption = "https://files.example.com/a.jpg?key=hidden", "Good\nmorning " * 50
    call = replace(PUBLISH, params={"image_url": url, "caption": caption, "access_token": "IGAAhidden"})
    with pytest.raises(GraphError):
        await desk.client(graph_error(9004, status=400)).send(call)

    (line,) = map(str, desk.records)
    assert line.startswith(
        f"POST {call.path} image_url=https://files.example.com/a.jpg caption=Good morning Good"
    )
    assert " … access_token=*** -> HTTP 400, error " in line
    assert ", code 9004, trace id Atrace, " in line
    assert "hidden" not in line


async def test_the_writes_of_a_client_are_heard_beside_its_own_listener(desk: Desk) -> None:
    heard: list[ExchangeRecord] = []
    client = desk.client(GOOD, GOOD, GOOD)
    listened = client.heard_by(heard.append)
    await listened.send(READ)
    await listened.send(PUBLISH)
    await client.send(PUBLISH)

    assert ([record.path for record in heard], len(desk.records)) == ([PUBLISH.path], 3)


async def test_a_raw_read_goes_where_it_is_told(desk: Desk) -> None:
    await desk.client(GOOD).raw("GET", "me/media", {"fields": "id"})

    assert desk.transport.calls == ["GET /v21.0/me/media"]
    assert sent_params(desk.transport.requests[0]) == {"fields": "id"}


async def test_a_raw_path_may_name_its_own_version(desk: Desk) -> None:
    await desk.client(GOOD).raw("GET", "/v26.0/me/", {})

    assert desk.transport.calls == ["GET /v26.0/me"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_raw_write_is_never_sent_again(desk: Desk, method: Method) -> None:
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


LIST = calls.media_list(USER, limit=2)


def page(*ids: int, after: str | None = None, has_next: bool = True) -> Any:
    paging: dict[str, Any] = {"cursors": {"before": "b", "after": after}}
    if after and has_next:
        paging["next"] = f"https://graph.instagram.com/v21.0/1/media?access_token={TOKEN}&after=elsewhere"
    return reply({"data": [{"id": str(number)} for number in ids], "paging": paging})


async def ids(desk: Desk, *steps: Any, call: Call[Page[Media]] = LIST, limit: int | None = None) -> list[str]:
    return [media.id async for media in desk.client(*steps).pages(call, limit=limit)]


def cursors(requests: list[Request]) -> list[str | None]:
    return [sent_params(request).get("after") for request in requests]


async def test_pages_follow_the_cursor_and_never_the_address_that_holds_the_token(desk: Desk) -> None:
    assert await ids(desk, page(1, 2, after="A"), page(3, 4, after="B"), page(5)) == ["1", "2", "3", "4", "5"]

    assert cursors(desk.transport.requests) == [None, "A", "B"]
    assert all(TOKEN not in request.url for request in desk.transport.requests)


async def test_the_calls_own_params_stay_on_every_page(desk: Desk) -> None:
    await ids(desk, page(1, after="A"), page(2))

    assert [sent_params(request)["limit"] for request in desk.transport.requests] == ["2", "2"]


async def test_a_cursor_without_a_next_page_ends_the_list(desk: Desk) -> None:
    assert await ids(desk, page(1, after="A", has_next=False)) == ["1"]


async def test_an_empty_page_with_a_next_one_is_not_the_end(desk: Desk) -> None:
    assert await ids(desk, page(1, after="A"), page(after="B"), page(2)) == ["1", "2"]


async def test_a_cursor_that_comes_again_ends_the_list(desk: Desk) -> None:
    assert await ids(desk, page(1, after="A"), page(2, after="B"), page(3, after="A")) == ["1", "2", "3"]


@pytest.mark.parametrize(("limit", "found", "pages"), [(0, 0, 0), (1, 1, 1), (2, 2, 1), (3, 3, 2), (9, 4, 2)])
async def test_a_limit_reads_no_page_too_many(desk: Desk, limit: int, found: int, pages: int) -> None:
    assert len(await ids(desk, page(1, 2, after="A"), page(3, 4), limit=limit)) == found
    assert len(desk.transport.requests) == pages


async def test_an_answer_without_paging_is_the_only_page(desk: Desk) -> None:
    assert await ids(desk, reply({"data": [{"id": "1"}]})) == ["1"]


async def test_an_error_on_a_later_page_reaches_the_reader(desk: Desk) -> None:
    read: list[str] = []
    client = desk.client(page(1, after="A"), graph_error(190))
    with pytest.raises(GraphError):
        read.extend([media.id async for media in client.pages(LIST)])
    assert cursors(desk.transport.requests) == [None, "A"]
