"""Clients that send a body slowly, or have many requests answered at once: who makes room for whom."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pressroom.serving.limits import LIMITS, Limits, Pace, admit, limited
from pressroom.serving.runner import running
from pressroom.serving.sockets import address_of, listen
from tests.patience import patience
from tests.serving.test_limits import LONGEST_S, Connection, Served, connecting

DONE, TOO_MANY = b"HTTP/1.1 200 OK", b"HTTP/1.1 429 Too Many Requests"
LONG = bytes(16_000_000)  # more than the kernel takes in
NEVER = Pace(patience(60))
SOON = Pace(0.05, bytes_per_s=1_000_000)


def posted(length: int, body: bytes = b"", path: str = "/", caller: str = "ana") -> bytes:
    """Make a request of which only so much of the body is there."""
    head = f"POST {path} HTTP/1.1\r\nhost: a\r\ncaller: {caller}\r\ncontent-length: {length}\r\n\r\n"
    return head.encode() + body


WHOLE = posted(2, b"hi")


@dataclass
class Desk:
    """An app that reads a body and answers. A body goes unread, or a whole one unanswered, until told.

    may_look: before that it does not even find out who asks. admitted: whether each request was.
    """

    may_look: asyncio.Event = field(default_factory=asyncio.Event)
    admitted: list[bool] = field(default_factory=list[bool])
    may_read: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Queue[str] = field(default_factory=asyncio.Queue[str])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.asked.put_nowait(scope["path"])
        await self.may_look.wait()
        self.admitted.append(admit(scope, request.headers.get("caller")))
        if not self.admitted[-1]:
            await Response(status_code=429)(scope, receive, send)
            return
        await self.may_read.wait()
        await request.body()
        if scope["path"] == "/later":
            await self.may_answer.wait()
        await Response(LONG if scope["path"] == "/long" else None)(scope, receive, send)


@dataclass
class Place:
    desk: Desk
    server: Served

    async def connect(self, data: bytes) -> Connection:
        """Send a request, or its beginning, and wait until the app has it."""
        connection = await self.server.connect(data)
        await self.desk.asked.get()
        return connection


@asynccontextmanager
async def place(
    limits: Limits = LIMITS, *, is_reading: bool = True, is_looking: bool = True
) -> AsyncGenerator[Place]:
    listener, desk = listen(), Desk()
    if is_looking:
        desk.may_look.set()
    if is_reading:
        desk.may_read.set()
    async with (
        asyncio.timeout(patience(LONGEST_S)),
        running(desk, listener, limited(limits), grace_s=0.05),
        connecting(address_of(listener), b"") as server,
    ):
        yield Place(desk, server)


async def dribbled(connection: Connection, piece: bytes = b"a") -> bytes:
    """Send piece after piece until the server hangs up, and give what it answers."""
    answer = asyncio.create_task(connection.rest())
    while not answer.done():
        connection.writer.write(piece)
        await asyncio.sleep(0.005)
    return await answer


async def test_bodies_without_an_end_keep_nobody_out() -> None:
    """Of those, the ones that are the furthest behind are hung up on."""
    async with place(replace(LIMITS, connections=4, body=NEVER)) as here:
        strangers = [await here.connect(posted(9, b"hi", caller=f"{n}")) for n in range(4)]
        for number in range(3):
            usual = await here.connect(WHOLE)
            assert await usual.answer() == DONE, number
            usual.writer.close()
        assert await strangers[0].rest() == b""
        await strangers[3].send(b"welcome")
        assert await strangers[3].answer() == DONE


async def test_who_keeps_pace_stays_and_who_falls_behind_makes_room() -> None:
    pace = Pace(patience(60), bytes_per_s=10)
    async with place(replace(LIMITS, connections=2, body=pace)) as here:
        diligent = await here.connect(posted(2_000, caller="diligent"))
        silent = await here.connect(posted(2_000, b"a", caller="silent"))
        await diligent.send(b"a" * 1_999)
        usual = await here.connect(WHOLE)
        assert await usual.answer() == DONE
        assert await silent.rest() == b""
        await diligent.send(b"a")
        assert await diligent.answer() == DONE


async def test_a_body_below_the_least_rate_is_hung_up_on() -> None:
    async with place(replace(LIMITS, body=SOON)) as here:
        assert await dribbled(await here.connect(posted(1_000_000))) == b""


async def test_what_was_sent_fast_is_not_saved_up() -> None:
    """Else a burst would buy a silence of days where the rate alone decides."""
    async with place(replace(LIMITS, body=replace(SOON, bytes_per_s=1_000))) as here:
        stranger = await here.connect(posted(10_000_000, b"a" * 1_000_000))
        assert await stranger.rest() == b""


async def test_a_body_has_a_deadline_at_whatever_rate_and_one_of_a_route_may_have_a_rate_alone() -> None:
    fast = Pace(patience(10), bytes_per_s=1.0)
    limits = replace(LIMITS, body=replace(fast, whole_s=0.1), routes={"/files/": fast})
    async with place(limits) as here:
        upload = await here.connect(posted(9, b"hi", path="/files/1"))
        assert await dribbled(await here.connect(posted(1_000_000)), b"a" * 100) == b""
        await upload.send(b"welcome")
        assert await upload.answer() == DONE


async def test_who_waits_for_the_server_is_not_slow_however_long_it_takes() -> None:
    """A stream of events lasts as long as there are any; and a body is not read on by an app that is busy."""
    hasty, long = Pace(patience(0.4), bytes_per_s=1_000_000), b"a" * 300_000
    limits = replace(LIMITS, body=hasty, answer=replace(hasty, bytes_per_s=None))
    async with place(limits, is_reading=False) as here:
        waiting = await here.connect(posted(2, b"hi", path="/later"))
        held_up = await here.server.connect()
        held_up.writer.write(posted(len(long), long))
        await asyncio.sleep(2 * hasty.behind_s)
        here.desk.may_read.set()
        assert await held_up.answer() == DONE
        here.desk.may_answer.set()
        assert await waiting.answer() == DONE


async def test_a_caller_has_so_many_requests_answered_at_once_and_others_are_not_kept_out() -> None:
    async with place(replace(LIMITS, of_caller=2)) as here:
        busy = [await here.connect(posted(2, b"hi", path="/later")) for _ in range(2)]
        assert await (await here.connect(WHOLE)).answer() == TOO_MANY
        assert await (await here.connect(posted(2, b"hi", caller="ben"))).answer() == DONE
        here.desk.may_answer.set()
        for connection in busy:
            assert await connection.answer() == DONE
            await connection.send(WHOLE)
            assert await connection.answer() == DONE


async def test_a_caller_who_is_slow_makes_room_for_itself() -> None:
    async with place(replace(LIMITS, of_caller=2, body=NEVER)) as here:
        first = await here.connect(posted(9, b"hi"))
        second = await here.connect(posted(9, b"hi"))
        assert await (await here.connect(WHOLE)).answer() == DONE
        assert await first.rest() == b""
        await second.send(b"welcome")
        assert await second.answer() == DONE


async def test_what_is_answered_to_nobody_counts_until_it_is_done() -> None:
    """Else who goes at once, again and again, has as much under way as they like."""
    async with place(replace(LIMITS, of_caller=2)) as here:
        for _ in range(2):
            (await here.connect(posted(2, b"hi", path="/later"))).writer.close()
        status = DONE
        while status == DONE:  # the server has not noticed yet that they are gone
            status = await (await here.connect(WHOLE)).answer()
        assert status == TOO_MANY
        assert await (await here.connect(posted(2, b"hi", caller="ben"))).answer() == DONE
        here.desk.may_answer.set()
        while status == TOO_MANY:
            status = await (await here.connect(WHOLE)).answer()
        assert status == DONE


async def test_nothing_is_begun_for_who_is_gone_by_then() -> None:
    async with place(is_looking=False) as here:
        (await here.connect(WHOLE)).writer.close()
        other = await here.connect(posted(2, b"hi", caller="ben"))
        await asyncio.sleep(patience(0.05))  # the server notices that the first is gone
        here.desk.may_look.set()
        assert await other.answer() == DONE
    assert here.desk.admitted == [False, True]


async def test_an_answer_that_nobody_reads_is_its_callers_still() -> None:
    """It is complete, and takes memory all the same: the callers' next one takes its place."""
    async with place(replace(LIMITS, of_caller=1)) as here:
        unread = await here.connect(posted(2, b"hi", path="/long"))
        await unread.reader.readuntil(b"\r\n\r\n")
        assert await (await here.connect(WHOLE)).answer() == DONE
        assert len(await unread.rest()) < len(LONG)


async def test_a_complete_answer_may_be_read_for_longer_than_a_head_may_take() -> None:
    limits = replace(LIMITS, head=Pace(patience(0.2)), answer=Pace(patience(10)))
    async with place(limits) as here:
        slow = await here.connect(posted(2, b"hi", path="/long"))
        await asyncio.sleep(2 * limits.head.behind_s)
        await slow.answer()
        assert await slow.reader.readexactly(len(LONG)) == LONG


async def test_few_descriptors_make_few_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one left nobody is accepted for a second, and nothing can be opened."""
    monkeypatch.setattr("pressroom.core.shortage.descriptor_limit", lambda: 64)
    async with place() as here:
        strangers = [await here.server.connect(b"GET / HTTP/1.1\r\n") for _ in range(9)]
        assert await (await here.connect(WHOLE)).answer() == DONE
        assert [await stranger.rest() for stranger in strangers[:2]] == [b"", b""]


@pytest.mark.parametrize("body", [b"", b"hi", b"a" * 100_000])
async def test_a_client_that_goes_in_the_middle_leaves_nothing_in_the_log(
    caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    async with place() as here:
        (await here.connect(posted(1_000_000, body))).writer.close()
        (await here.connect(posted(2, b"hi", path="/later"))).writer.transport.abort()
        assert await (await here.connect(WHOLE)).answer() == DONE
        here.desk.may_answer.set()
    assert caplog.records == []
