"""What only the network transport meets: connections, proxies, event loops."""

import asyncio
import gc
import gzip
import json
import logging
import socket
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import pytest

from pressroom.client.client import Client
from pressroom.client.transport_aiohttp import FRESH_S, MOST_BYTES, AiohttpTransport
from pressroom.core.account import Account
from pressroom.core.errors import AnswerLost, NotSent, PressroomError
from pressroom.core.protocols import ByteStream, Request
from pressroom.core.secret import Secret
from pressroom.graph import calls
from pressroom.graph.answers import ME
from tests.client.desk import TOKEN
from tests.client.wire_app import WireApp, served
from tests.fakes.clock import FakeClock
from tests.fakes.names import resolve_to
from tests.fakes.no_files import no_further_files
from tests.patience import patience

pytestmark = pytest.mark.usefixtures("real_time")


@pytest.fixture(scope="module")
def base() -> Generator[str]:
    with served(WireApp()) as base:
        yield base


@pytest.fixture
async def transport() -> AsyncGenerator[AiohttpTransport]:
    transport = AiohttpTransport(clock=FakeClock(jumps=False))
    yield transport
    await transport.aclose()


class OneAnswer:
    """A server that answers the first request of each connection and hangs up on the second."""

    def __init__(self, answer: bytes = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}") -> None:
        self.answer = answer
        self.heads: list[bytes] = []

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[str]:
        async with await asyncio.start_server(self._talk, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()
            yield f"http://{host}:{port}"

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in (self.answer, b""):
            try:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            except asyncio.IncompleteReadError:
                break
            writer.write(answer)
        writer.close()


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_request_on_a_dead_kept_connection_is_written_once(
    transport: AiohttpTransport, method: str
) -> None:
    server = OneAnswer()
    async with server.serving() as base:
        await transport.send(Request(method="GET", url=f"{base}/first"))
        with pytest.raises(AnswerLost):
            await transport.send(Request(method=method, url=f"{base}/second"))

    assert [head.split()[1] for head in server.heads] == [b"/first", b"/second"]


@pytest.mark.parametrize(("fresh_s", "connections"), [(FRESH_S, 1), (0.0, 3)])
async def test_a_fresh_connection_has_carried_an_answer_a_moment_ago_or_is_new(
    transport: AiohttpTransport, base: str, monkeypatch: pytest.MonkeyPatch, fresh_s: float, connections: int
) -> None:
    monkeypatch.setattr("pressroom.client.transport_aiohttp.FRESH_S", fresh_s)
    write = Request(method="POST", url=f"{base}/x", needs_fresh_connection=True)
    replies = [await transport.send(write) for _ in range(3)]

    assert len({json.loads(reply.body)["port"] for reply in replies}) == connections


async def test_a_fresh_connection_is_none_that_reads_keep(transport: AiohttpTransport) -> None:
    server = OneAnswer()
    async with server.serving() as base:
        await transport.send(Request(method="GET", url=f"{base}/first"))
        await transport.send(Request(method="POST", url=f"{base}/second", needs_fresh_connection=True))

    assert len(server.heads) == 2


async def test_as_many_calls_as_200_accounts_make_go_side_by_side(transport: AiohttpTransport) -> None:
    most, open_now, all_here = 200, 0, asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now
        await reader.readuntil(b"\r\n\r\n")
        open_now += 1
        if open_now == most:
            all_here.set()
        await all_here.wait()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0, backlog=most) as server:
        host, port = server.sockets[0].getsockname()
        write = Request(method="POST", url=f"http://{host}:{port}/x", needs_fresh_connection=True)
        async with asyncio.timeout(patience(20)):
            await asyncio.gather(*(transport.send(write) for _ in range(most)))


async def test_reads_share_a_kept_connection(transport: AiohttpTransport, base: str) -> None:
    replies = [await transport.send(Request(method="GET", url=f"{base}/x")) for _ in range(3)]

    assert len({json.loads(reply.body)["port"] for reply in replies}) == 1


async def test_where_no_further_connection_may_be_opened_it_is_not_sent_and_says_of_what_it_is_short(
    transport: AiohttpTransport, base: str
) -> None:
    await transport.send(Request(method="GET", url=f"{base}/x"))
    with no_further_files(), pytest.raises(NotSent, match="files and connections at once") as caught:
        await transport.send(Request(method="POST", url=f"{base}/x", needs_fresh_connection=True))
    assert caught.value.shortage is not None
    assert "ulimit -n" in caught.value.fix


async def test_of_a_crowd_that_reads_64_are_connected_at_once(transport: AiohttpTransport) -> None:
    """What is read ahead of time may wait, and else takes the descriptors of what is due."""
    open_now, most = 0, 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.05)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()
        open_now -= 1

    async with await asyncio.start_server(talk, "127.0.0.1", 0, backlog=200) as server:
        host, port = server.sockets[0].getsockname()
        read = Request(method="GET", url=f"http://{host}:{port}/x")
        async with asyncio.timeout(patience(20)):
            await asyncio.gather(*(transport.send(read) for _ in range(200)))
    assert most <= 64


async def test_a_port_nobody_listens_on_is_not_sent_and_says_what_to_start(
    transport: AiohttpTransport,
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v21.0/me"
        with pytest.raises(NotSent, match="no server answers there") as caught:
            await transport.send(Request(method="POST", url=f"{url}?access_token={TOKEN}"))

    assert "pressroom sandbox serve" in caught.value.fix
    assert TOKEN not in f"{caught.value!r} {caught.value.__context__!r}"


async def test_a_connection_that_never_stands_is_not_sent(transport: AiohttpTransport) -> None:
    """The far side accepts and never says a word of TLS, so not a byte of the request is written."""
    accepted = asyncio.Event()

    async def stay_silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        await _reader.read()
        writer.close()

    clock = FakeClock(jumps=False)
    transport = AiohttpTransport(clock=clock)
    async with await asyncio.start_server(stay_silent, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        sending = asyncio.create_task(transport.send(Request(method="POST", url=url)))
        await accepted.wait()
        clock.advance(30)
        with pytest.raises(NotSent, match="no answer within 30 s"):
            await sending
    await transport.aclose()


async def test_a_name_that_does_not_exist_is_not_sent(transport: AiohttpTransport) -> None:
    with pytest.raises(NotSent, match="its name cannot be resolved") as caught:
        await transport.send(Request(method="GET", url="http://nowhere.invalid/"))
    assert "HTTPS_PROXY" in caught.value.fix


@pytest.mark.parametrize("host", ["pictures.example.com", "127.0.0.1", "localhost"])
async def test_what_somebody_else_chose_leads_nobody_to_this_machine(
    transport: AiohttpTransport, base: str, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """Nor does a name that was public a moment ago: its addresses are judged as they are connected to."""
    url = f"http://{host}:{base.rpartition(':')[2]}/x"
    resolve_to(monkeypatch, "127.0.0.1")
    assert (await transport.send(Request(method="GET", url=url))).status == 201
    with pytest.raises(NotSent, match=r"of this (machine or )?network"):
        await transport.send(Request(method="GET", url=url, internet_only=True))


@pytest.mark.usefixtures("no_exceptions")
async def test_where_a_proxy_leads_is_its_own_rule(
    transport: AiohttpTransport, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", base)
    request = Request(method="GET", url="http://pictures.example.com/v21.0/me", internet_only=True)
    assert (await transport.send(request)).status == 201


def test_one_transport_serves_one_event_loop_after_another_and_leaves_nothing_open(base: str) -> None:
    """An unclosed session or socket would warn when collected, and warnings are errors."""
    transport = AiohttpTransport()
    for _ in range(2):
        assert asyncio.run(transport.send(Request(method="GET", url=f"{base}/x"))).status == 201
    del transport
    gc.collect()


@contextmanager
def early_answer() -> Generator[str]:
    """A server that answers the first bytes, and then neither reads nor hangs up."""
    over = threading.Event()

    def talk(listener: socket.socket) -> None:
        with listener.accept()[0] as connection:
            connection.recv(1 << 10)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}")
            over.wait()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=talk, args=(listener,))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        over.set()
        thread.join()


def test_what_is_left_of_a_body_is_dropped_once_the_answer_is_there() -> None:
    """Else its connection would stay open as long as the server does not read, beyond the loop's end."""

    async def more_than_sockets_hold() -> AsyncGenerator[bytes]:
        yield bytes(64 << 20)

    with early_answer() as base:
        upload = Request(method="POST", url=f"{base}/x", stream=ByteStream(1 << 40, more_than_sockets_hold()))
        assert asyncio.run(AiohttpTransport().send(upload)).status == 400
        gc.collect()


@pytest.fixture
def no_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)


@pytest.mark.usefixtures("no_exceptions")
async def test_the_environments_proxy_is_used(
    transport: AiohttpTransport, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy is our own app."""
    monkeypatch.setenv("http_proxy", base)

    reply = await transport.send(Request(method="GET", url="http://graph.example/v21.0/me"))
    assert json.loads(reply.body)["headers"]["host"] == "graph.example"


@pytest.mark.usefixtures("no_exceptions")
async def test_no_proxy_stands_between_us_and_this_machine(
    transport: AiohttpTransport, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox would not be found from a proxy, and its token is nobody's business."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert (await transport.send(Request(method="GET", url=f"{base}/x"))).status == 201


def test_not_even_everybodys_debug_logs_show_the_token(base: str, caplog: pytest.LogCaptureFixture) -> None:
    async def call() -> None:
        account = Account(token=Secret(TOKEN), api_base=base)
        async with Client(account, AiohttpTransport()) as client:
            await client.send(calls.user(ME))
            try:
                await client.send(calls.refresh_token(TOKEN))
            except PressroomError as error:
                logging.getLogger("test").debug("failed", exc_info=error)

    with caplog.at_level(logging.DEBUG):
        asyncio.run(call(), debug=True)
    assert "GET /me -> 201" in caplog.text
    assert TOKEN not in caplog.text


async def test_an_answer_that_never_ends_or_swells_does_not_fill_the_memory(
    transport: AiohttpTransport,
) -> None:
    """17 MiB of blanks, packed into 17 KiB. Whether a publish was carried out, nobody can say then."""
    packed = gzip.compress(b" " * (MOST_BYTES + (1 << 20)))
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(packed)}\r\n\r\n"
    async with OneAnswer(head.encode() + packed).serving() as base:
        with pytest.raises(AnswerLost, match="larger than 16 MiB"):
            await transport.send(Request(method="GET", url=f"{base}/me"))
        await transport.aclose()
