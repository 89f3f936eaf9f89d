"""What every transport keeps to, over the network and in-process."""

import asyncio
import json
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from typing import Any

import pytest

from pressroom.client.transport_aiohttp import AiohttpTransport
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.errors import AnswerLost, NotSent, TransportError
from pressroom.core.protocols import ByteStream, Reply, Request, Transport
from tests.client.desk import TOKEN
from tests.client.wire_app import WireApp, served
from tests.fakes.clock import FakeClock
from tests.patience import patience


@dataclass
class Wire:
    """A transport with the app at its far end."""

    app: WireApp
    clock: FakeClock
    transport: Transport
    base: str

    async def send(self, path: str, method: str = "GET", **more: Any) -> Reply:
        request = Request(method=method, url=f"{self.base}{path}", headers={"x-a": "1"}, **more)
        return await self.transport.send(request)


class Stage:
    """A served app that gives each test one of its own: what an earlier test left running stays there."""

    def __init__(self) -> None:
        self.app = WireApp()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="module")
def stage() -> Generator[tuple[Stage, str]]:
    stage = Stage()
    with served(stage) as base:
        yield stage, base


@pytest.fixture(params=["aiohttp", "asgi"])
async def wire(request: pytest.FixtureRequest, stage: tuple[Stage, str]) -> AsyncGenerator[Wire]:
    clock, app = FakeClock(jumps=False), WireApp()
    if request.param == "asgi":
        wire = Wire(app, clock, AsgiTransport(app, clock=clock), "http://127.0.0.1:8055")
    else:
        stage[0].app = app
        wire = Wire(app, clock, AiohttpTransport(clock=clock), stage[1])
    yield wire
    app.go_on.set()
    await wire.transport.aclose()


async def test_a_read_arrives_as_it_was_built(wire: Wire) -> None:
    told = json.loads((await wire.send("/v21.0/me?fields=id%2Cname&caption=%23a+b")).body)

    assert (told["method"], told["path"]) == ("GET", "/v21.0/me")
    assert told["query"] == "fields=id%2Cname&caption=%23a+b"
    assert told["headers"]["x-a"] == "1"
    assert told["headers"]["host"] == wire.base.removeprefix("http://")
    assert "content-length" not in told["headers"]
    assert told["body"] == ""


async def test_a_post_arrives_with_its_body_and_length(wire: Wire) -> None:
    told = json.loads((await wire.send("/x", "POST", body="caption=☀".encode())).body)

    assert told["body"] == "caption=☀"
    assert told["headers"]["content-length"] == "11"


async def _pieces(*pieces: bytes) -> AsyncGenerator[bytes]:
    for piece in pieces:
        yield piece


async def test_a_stream_arrives_whole_with_its_length_and_in_no_chunks(wire: Wire) -> None:
    stream = ByteStream(11, _pieces(b"one ", b"", b"two ", b"six"))
    told = json.loads((await wire.send("/x", "POST", stream=stream)).body)

    assert told["body"] == "one two six"
    assert told["headers"]["content-length"] == "11"
    assert "transfer-encoding" not in told["headers"]


@pytest.mark.usefixtures("real_time")
async def test_a_stream_is_read_no_faster_than_it_is_sent(wire: Wire) -> None:
    """What is read ahead is a few pieces, however much there is."""
    given: list[int] = []

    async def many() -> AsyncGenerator[bytes]:
        for number in range(400):
            given.append(number)
            yield bytes(1 << 16)

    sending = asyncio.create_task(wire.send("/unread", "POST", stream=ByteStream(400 << 16, many())))
    assert await asyncio.to_thread(wire.app.entered.wait, patience(10))
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(given) < 200
    wire.app.go_on.set()
    assert (await sending).status == 200
    assert len(given) == 400


async def test_a_stream_that_fails_or_ends_early_leaves_the_outcome_unknown(wire: Wire) -> None:
    async def broken() -> AsyncGenerator[bytes]:
        yield b"one"
        raise OSError(5, "Input/output error")

    with pytest.raises(AnswerLost):
        await wire.send("/x", "POST", stream=ByteStream(11, broken()))


async def test_an_answer_before_the_whole_stream_was_taken_is_an_answer(wire: Wire) -> None:
    """An upload host refuses an offset without reading what comes behind it."""

    async def endless() -> AsyncGenerator[bytes]:
        while True:
            yield bytes(1 << 16)
            await asyncio.sleep(0)

    reply = await wire.send("/early", "POST", stream=ByteStream(1 << 40, endless()))
    assert reply.status == 400


async def test_the_answer_comes_whole_with_its_status_and_lower_case_headers(wire: Wire) -> None:
    assert (await wire.send("/pieces")).body == b"one two three"

    reply = await wire.send("/x")
    assert (reply.status, reply.headers["x-mixed-case"]) == (201, "Kept")


async def test_a_redirect_is_an_answer_and_is_not_followed(wire: Wire) -> None:
    reply = await wire.send("/moved")

    assert (reply.status, reply.headers["location"]) == (302, "/elsewhere")
    assert wire.app.seen == ["GET /moved"]


@pytest.mark.parametrize("is_fresh", [False, True])
async def test_before_bytes_can_stop_a_request_of_which_nothing_is_written_then(
    wire: Wire, *, is_fresh: bool
) -> None:
    """On a new connection and on a kept one; the transport works on afterwards."""

    def stop() -> None:
        raise NotSent("Too late.")

    for _ in range(2):
        with pytest.raises(NotSent, match="Too late"):
            await wire.send("/stopped", "POST", before_bytes=stop, needs_fresh_connection=is_fresh)
        await wire.send("/x")
    assert wire.app.seen == ["GET /x", "GET /x"]


async def test_before_bytes_is_called_once_for_each_request(wire: Wire) -> None:
    called: list[int] = []
    await wire.send("/x", before_bytes=lambda: called.append(len(wire.app.seen)))
    await wire.send("/x", before_bytes=lambda: called.append(len(wire.app.seen)))

    assert called == [0, 1]


async def test_an_answer_that_breaks_off_is_lost(wire: Wire) -> None:
    with pytest.raises(AnswerLost, match=r"GET .*/cut"):
        await wire.send("/cut")


async def test_no_answer_in_time_by_the_clock_is_lost_and_the_server_goes_on(wire: Wire) -> None:
    sending = asyncio.create_task(wire.send("/hang", "POST", timeout_s=30.0))
    assert await asyncio.to_thread(wire.app.entered.wait, patience(10))
    wire.clock.advance(29)
    await asyncio.sleep(0)
    assert not sending.done()
    wire.clock.advance(1)

    with pytest.raises(AnswerLost, match="30 s"):
        await sending
    assert wire.app.finished == []
    wire.app.go_on.set()
    await _until_finished(wire.app)
    assert wire.app.finished == ["/hang"]


async def test_a_cancelled_request_is_cancelled_and_the_server_goes_on(wire: Wire) -> None:
    sending = asyncio.create_task(wire.send("/hang", "POST"))
    assert await asyncio.to_thread(wire.app.entered.wait, patience(10))
    sending.cancel()

    with pytest.raises(asyncio.CancelledError):
        await sending
    wire.app.go_on.set()
    await _until_finished(wire.app)
    assert wire.app.finished == ["/hang"]


async def _until_finished(app: WireApp) -> None:
    async with asyncio.timeout(patience(10)):
        while not app.finished:  # noqa: ASYNC110  # the other side is another thread
            await asyncio.sleep(0)


async def test_many_requests_at_once_get_their_own_answers(wire: Wire) -> None:
    replies = await asyncio.gather(*(wire.send(f"/number/{number}") for number in range(50)))

    assert [json.loads(reply.body)["path"] for reply in replies] == [f"/number/{n}" for n in range(50)]


async def test_a_finished_request_leaves_no_timer_behind(wire: Wire) -> None:
    await wire.send("/x")
    await asyncio.sleep(0)

    assert wire.clock.waiting == 0


@pytest.mark.parametrize("path", ["/cut", "/hang"])
async def test_no_failure_shows_the_query(wire: Wire, path: str) -> None:
    sending = asyncio.create_task(wire.send(f"{path}?access_token={TOKEN}"))
    assert await asyncio.to_thread(wire.app.entered.wait, patience(10))
    if path == "/hang":
        wire.clock.advance(30)
    with pytest.raises(AnswerLost) as caught:
        await sending

    error: BaseException | None = caught.value
    assert TOKEN not in f"{error!r} {error.__context__!r} {error.__cause__!r}"


async def test_a_closed_transport_opens_again(wire: Wire) -> None:
    await wire.send("/x")
    await wire.transport.aclose()

    assert (await wire.send("/x")).status == 201


async def test_the_machines_own_clock_limits_time_too(wire: Wire) -> None:
    kind = type(wire.transport)
    transport = AsgiTransport(wire.app) if kind is AsgiTransport else AiohttpTransport()
    with pytest.raises(TransportError, match=r"0\.01 s"):
        await transport.send(Request(method="GET", url=f"{wire.base}/hang", timeout_s=0.01))
    await transport.aclose()
