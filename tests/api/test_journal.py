"""The journal over HTTP: what was done, page by page, and a stream of what happens, which outlives no key."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from starlette.types import Message

from pressroom.api.operation import BASE
from pressroom.service.work.work import WorkService
from pressroom.serving.events import event, stream_of
from tests.api.house import Client, House
from tests.api.test_accounts import sign_in_to_another
from tests.api.test_posts import a_draft
from tests.service.consenting import person

Event = dict[str, Any]
ENDED: Event = {"event": "ended"}
"""Stands for the end of a stream."""


def read_event(block: bytes) -> Event:
    """Read one as the standard of HTML says."""
    lines = (line.partition(": ") for line in block.decode().splitlines())
    event: Event = {name: text for name, _, text in lines if name}
    return event | ({"data": json.loads(event["data"])} if "data" in event else {})


@asynccontextmanager
async def following(client: Client, *, last: str = "", **query: str) -> AsyncGenerator[asyncio.Queue[Event]]:
    """Follow the events while the block runs; the last one of a stream that ends is `ENDED`."""
    events = asyncio.Queue[Event]()

    async def receive() -> Message:
        await asyncio.Event().wait()  # a client that sends nothing more
        raise AssertionError

    async def send(message: Message) -> None:
        if body := message.get("body"):
            events.put_nowait(read_event(body))
        elif message["type"] == "http.response.body" and not message.get("more_body"):
            events.put_nowait(ENDED)

    headers = {"authorization": f"Bearer {client.token}", **({"last-event-id": last} if last else {})}
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": f"{BASE}/events",
        "query_string": urlencode(query).encode(),
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
    }
    stream = asyncio.ensure_future(client.app(scope, receive, send))
    try:
        yield events
    finally:
        stream.cancel()
        await asyncio.gather(stream, return_exceptions=True)


async def test_what_was_done_is_told_page_by_page(shop: Client) -> None:
    draft = await a_draft(shop)
    path = f"/posts/{draft['post_id']}/cancel"
    (await shop.post(path, seen=draft["version"])).of(200)
    newest = await shop.get("/journal", limit=1)
    [cancelled] = newest["entries"]
    assert (cancelled["step"], cancelled["actor"], cancelled["account"]) == (
        "cancelled",
        "program:shop",
        "ana",
    )
    [made] = (await shop.get("/journal", limit=1, after=newest["next"]))["entries"]
    assert made["post_id"] == draft["post_id"]


async def test_events_come_as_they_happen_and_are_gone_on_from(shop: Client) -> None:
    async with following(shop) as events:
        begins = await events.get()
        assert (begins["event"], begins["id"]) == ("cursor", begins["data"]["cursor"])
        draft = await a_draft(shop)
        event = await events.get()
        assert (event["event"], event["data"]["post_id"]) == ("post", draft["post_id"])
        assert event["data"]["id"] == event["id"]
    await a_draft(shop, caption="Two")
    for resumed in ({"last": event["id"]}, {"after": event["id"]}):
        async with following(shop, **resumed) as events:
            assert (await events.get())["event"] == "cursor"
            assert (await events.get())["data"]["post_id"] != draft["post_id"]


async def test_a_cursor_of_another_store_is_gone(shop: Client) -> None:
    problem = (await shop.ask("GET", "/events", after="9-999999")).of(410)
    assert problem["type"].endswith("#UnusableCursor")


async def test_a_key_for_an_account_hears_of_that_one_alone(house: House, shop: Client) -> None:
    sign_in_to_another(house)
    limited = await house.client("limited", accounts=("bob",))
    async with following(limited) as events, person(house.road, account_name="bob") as bob:
        assert (await events.get())["event"] == "cursor"
        await a_draft(shop)
        await bob.accounts.pause("bob", "Somebody has to look.")
        assert (await events.get())["data"]["step"] == "paused"
    assert {entry["account"] for entry in (await limited.get("/journal"))["entries"]} == {"bob"}


@pytest.mark.parametrize("in_silence", [True, False], ids=["in silence", "before an event"])
async def test_a_stream_ends_at_the_revocation_by_another_process_and_has_nothing_of_afterwards(
    house: House, shop: Client, in_silence: bool
) -> None:
    watcher = await house.client("watcher")
    async with following(watcher) as events, person(house.road) as elsewhere:
        assert (await events.get())["event"] == "cursor"
        await a_draft(shop, caption="Before")
        assert (await events.get())["event"] == "post"
        await elsewhere.keys.revoke("watcher")
        revoked_at = house.road.clock.now()
        if not in_silence:
            await a_draft(shop, caption="After")
        assert await events.get() == ENDED
        assert house.road.clock.now() - revoked_at < timedelta(seconds=1)


@pytest.mark.parametrize("in_silence", [True, False], ids=["in silence", "before an event"])
async def test_a_stream_ends_when_its_key_expires_and_has_nothing_of_afterwards(
    house: House, shop: Client, in_silence: bool
) -> None:
    watcher = await house.client("watcher", ends_at="+1h")
    async with following(watcher) as events:
        assert (await events.get())["event"] == "cursor"
        house.road.clock.advance(3599)
        await a_draft(shop, caption="Before")
        assert (await events.get())["event"] == "post"
        house.road.clock.advance(1)
        if not in_silence:
            await a_draft(shop, caption="After")
        assert await events.get() == ENDED


async def test_a_stream_that_is_asked_for_while_its_key_is_revoked_is_no_stream(
    house: House, shop: Client
) -> None:
    cursor_of = WorkService.cursor

    async def revoke_first(work: WorkService, after: str | None = None) -> str:
        await house.owner.keys.revoke("shop")
        return await cursor_of(work, after)

    with patch.object(WorkService, "cursor", revoke_first):
        (await shop.ask("GET", "/events")).of(401)


async def test_a_stream_is_never_silent_for_long_and_ends_with_its_key(house: House) -> None:
    answers = [True, True, False]

    async def is_let_in() -> bool:
        return answers.pop(0)

    work = house.owner.work
    cursor = await work.cursor()
    begin, changes = event("cursor", cursor, b"{}"), work.changes(cursor)
    async with aclosing(stream_of(begin, changes, lambda _: None, is_let_in, heartbeat_s=0.001)) as stream:
        told = [block async for block in stream]
    assert [block.startswith(b"event: cursor") for block in told] == [True, False, False]
    assert told[1:] == [b":\n\n", b":\n\n"]


async def test_a_stream_ends_with_its_session(house: House) -> None:
    async with person(house.road, account_name="ana") as pressroom:
        cursor = await pressroom.work.cursor()
        changes = pressroom.work.changes(cursor)
        stream = stream_of(b":", changes, lambda _: None, lambda: asyncio.sleep(0, True))
        await anext(stream)
        rest = asyncio.ensure_future(anext(stream, None))
        await asyncio.sleep(0)
    assert await rest is None
