"""Streams of events have places of their own: they keep no request out, and one too many is told so."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from pressroom.serving.limits import LIMITS, Limits, Pace, admit, limited, lingering
from pressroom.serving.runner import running
from pressroom.serving.sockets import address_of, listen
from tests.patience import patience
from tests.serving.test_limits import LONGEST_S, Connection, Served, connecting

DONE, FULL = b"HTTP/1.1 200 OK", b"HTTP/1.1 503 Service Unavailable"


def asked(path: str, caller: str = "ana") -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: a\r\ncaller: {caller}\r\n\r\n".encode()


@dataclass
class News:
    """An app with a stream at `/news` that is silent until it ends, one at `/flood`, and a `/long` answer.

    arrived: each request for `/wait`, which is answered when the stream ends, releases it. waiting_over: one
    of those does not wait any more.
    """

    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    waiting_over: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        answer = Response(status_code=429)
        if admit(scope, request.headers.get("caller")):
            events = {"/news": self._silent, "/flood": self._loud}.get(request.url.path)
            answer = StreamingResponse(events(), media_type="text/event-stream") if events else Response()
            if request.url.path == "/long":
                answer = Response(bytes(16_000_000))  # more than the kernel takes in
            if request.url.path == "/wait" and not lingering(scope):
                answer = Response(status_code=503)
            elif request.url.path == "/wait":
                self.arrived.release()
                try:
                    await self.is_over.wait()
                finally:
                    self.waiting_over.set()
        await answer(scope, receive, send)

    async def _silent(self) -> AsyncGenerator[str]:
        yield "data: 1\n\n"
        await self.is_over.wait()

    async def _loud(self) -> AsyncGenerator[str]:
        while True:
            yield "data: 1\n\n" * 10_000
            await asyncio.sleep(0)  # so that it is told when its client is gone


@dataclass
class Place:
    news: News
    server: Served

    async def follow(self, caller: str, path: str = "/news") -> tuple[Connection, bytes]:
        """Open a stream, and give how it is answered."""
        connection = await self.server.connect(asked(path, caller))
        return connection, await connection.answer()

    async def ask(self) -> bytes:
        connection = await self.server.connect(asked("/"))
        answer = await connection.answer()
        connection.writer.close()
        return answer


@asynccontextmanager
async def place(limits: Limits) -> AsyncGenerator[Place]:
    listener, news = listen(), News()
    async with (
        asyncio.timeout(patience(LONGEST_S)),
        running(news, listener, limited(limits), grace_s=0.05),
        connecting(address_of(listener), b"") as server,
    ):
        yield Place(news, server)


async def test_streams_keep_no_request_out_however_many_there_are() -> None:
    """Neither by connections nor by what one caller may have answered at once."""
    async with place(replace(LIMITS, connections=2, of_caller=2, streams=9, streams_of_caller=9)) as here:
        assert [(await here.follow("ana"))[1] for _ in range(9)] == [DONE] * 9
        for _ in range(5):
            assert await here.ask() == DONE


async def test_requests_that_wait_have_places_among_the_streams_and_keep_nobody_out() -> None:
    """Who approves a post has to be let in while programs wait for that."""
    async with place(replace(LIMITS, connections=2, of_caller=2, streams=3)) as here:
        waits = [await here.server.connect(asked("/wait", caller)) for caller in "abc"]
        await asyncio.gather(*(here.news.arrived.acquire() for _ in waits))
        assert await here.ask() == DONE
        assert (await here.follow("d", "/wait"))[1] == FULL
        here.news.is_over.set()
        assert [await waiting.answer() for waiting in waits] == [DONE] * 3


async def test_nobody_waits_for_who_is_gone() -> None:
    async with place(LIMITS) as here:
        waiting = await here.server.connect(asked("/wait"))
        await here.news.arrived.acquire()
        waiting.writer.close()
        await here.news.waiting_over.wait()


async def test_who_is_hung_up_on_while_it_waits_leaves_nothing_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with place(replace(LIMITS, answer=Pace(0.05))) as here:
        await here.server.connect(asked("/long") + asked("/wait"))
        await here.news.waiting_over.wait()
    assert caplog.text == ""


@pytest.mark.parametrize(("in_all", "of_caller", "callers"), [(3, 9, "abc"), (9, 3, "aaa")])
async def test_a_stream_too_many_is_told_so_until_one_ends(in_all: int, of_caller: int, callers: str) -> None:
    async with place(replace(LIMITS, streams=in_all, streams_of_caller=of_caller)) as here:
        streams = [await here.follow(caller) for caller in callers]
        refused, status = await here.follow("a")
        assert [*(status for _, status in streams), status] == [DONE] * 3 + [FULL]
        # The refusal left the connection whole: it asks again once a stream has gone.
        assert b"Close one, or come back" in await refused.reader.readline()
        streams[0][0].writer.close()
        while status == FULL:
            await refused.send(asked("/news", "a"))
            status = await refused.answer()
            await refused.reader.readline()
        assert status == DONE


async def test_what_a_refused_stream_is_told_is_a_problem_and_when_to_come_back() -> None:
    async with place(replace(LIMITS, streams=1)) as here:
        await here.follow("ana")
        refused = await here.server.connect(asked("/news", "ben"))
        head = await refused.reader.readuntil(b"\r\n\r\n")
        assert b"\r\nretry-after: 5\r\n" in head
        assert b"\r\ncontent-type: application/problem+json\r\n" in head


async def test_a_stream_that_nobody_reads_makes_room_for_another() -> None:
    async with place(replace(LIMITS, streams=1, answer=Pace(patience(60)))) as here:
        unread, _ = await here.follow("ana", "/flood")
        status = FULL
        while status == FULL:  # the kernel still takes in more
            status = (await here.follow("ben"))[1]
        assert status == DONE
        with pytest.raises(asyncio.IncompleteReadError):
            await unread.reader.readexactly(1 << 40)


async def test_a_connection_whose_stream_has_ended_counts_as_any_other() -> None:
    async with place(replace(LIMITS, streams=1)) as here:
        stream, _ = await here.follow("ana")
        here.news.is_over.set()
        await stream.reader.readuntil(b"0\r\n\r\n")
        await stream.send(asked("/"))
        assert await stream.answer() == DONE
        assert (await here.follow("ben"))[1] == DONE
