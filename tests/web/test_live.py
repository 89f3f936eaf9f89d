"""The stream of what happens: where it begins, what it tells, and when it tells nothing more."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import Message

from pressroom.serving.events import stream_of
from pressroom.web.site import static_files
from tests.web.house import House
from tests.web.visitor import HOST, Visitor


@asynccontextmanager
async def following(visitor: Visitor, after: str = "") -> AsyncGenerator[asyncio.Queue[dict[str, str]]]:
    """Follow while the block runs: each event as its lines."""
    events = asyncio.Queue[dict[str, str]]()

    async def receive() -> Message:
        await asyncio.Event().wait()  # a browser that sends nothing more
        raise AssertionError

    async def send(message: Message) -> None:
        if body := message.get("body", b"").decode():
            events.put_nowait(dict(line.split(": ", 1) for line in body.strip().splitlines()))

    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/live",
        "query_string": f"after={after}".encode(),
        "headers": [(b"host", HOST.encode()), (b"cookie", cookie.encode())],
    }
    stream = asyncio.ensure_future(visitor.app(scope, receive, send))
    try:
        yield events
    finally:
        stream.cancel()
        await asyncio.gather(stream, return_exceptions=True)


async def test_a_page_goes_on_from_where_it_was_made_and_learns_which_version_is_served(house: House) -> None:
    anna = await house.signed_in()
    page = await anna.get("/calendar/month")
    made_at = page.html.partition('name="pressroom-cursor" content="')[2].partition('"')[0]
    asked = await house.proposed()
    async with following(anna, made_at) as events:
        begin = await events.get()
        assert (begin["event"], begin["id"]) == ("start", made_at)
        assert json.loads(begin["data"]) == {"is_resumed": True, "version": static_files().version}
        change = json.loads((await events.get())["data"])
        assert (change["kind"], change["id"]) == ("post", asked.post_id)
    async with following(anna, "9-999999") as events:
        assert not json.loads((await events.get())["data"])["is_resumed"], "of another store"


async def test_a_page_that_is_a_part_of_another_or_decides_asks_for_no_place_in_the_journal(
    house: House,
) -> None:
    anna = await house.signed_in()
    part = await anna.get("/calendar/month", sec_fetch_dest="empty")
    for page in (part, await anna.get("/approvals")):
        assert "pressroom-cursor" not in page.html


async def test_who_is_signed_out_hears_nothing_more_at_once(house: House) -> None:
    anna, ben = await house.signed_in(), await house.signed_in()
    async with following(anna) as hers, following(ben) as his:
        for events in (hers, his):
            assert (await events.get())["event"] == "start"
        page = await anna.get("/calendar/month")
        await anna.press(page, "/sign-out")
        await house.proposed()
        assert (await his.get())["event"] == "change"
        assert hers.empty()
    assert (await anna.get("/live", method="HEAD")).status == 401
    assert (await ben.get("/live", method="HEAD")).status == 200


async def test_a_beat_is_an_event_that_a_script_hears(house: House) -> None:
    anna = await house.signed_in()
    # The page hands its beat over as `follow` does; the time between two is the server's.
    work, beat = house.owner.work, b"event: beat\ndata: {}\n\n"
    changes = work.changes(await work.cursor())
    answers = [True, False]
    stream = stream_of(b"", changes, lambda _: None, lambda: _next(answers), heartbeat_s=0.001, beat=beat)
    assert [block async for block in stream] == [b"", beat]
    assert (await anna.get("/live", method="HEAD")).headers["content-type"].startswith("text/event-stream")


async def _next(answers: list[bool]) -> bool:
    return answers.pop(0)
