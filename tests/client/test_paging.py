"""Lists longer than a page."""

from typing import Any

import pytest

from pressroom.core.errors import GraphError
from pressroom.core.protocols import Request
from pressroom.graph import calls
from pressroom.graph.answers import Media, Page
from pressroom.graph.calls import Call
from tests.client.desk import TOKEN, USER, Desk
from tests.fakes.transport import graph_error, reply, sent_params

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
