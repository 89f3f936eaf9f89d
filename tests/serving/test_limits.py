"""What strangers may take of a listener whose process publishes."""

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from subprocess import PIPE, Popen

import aiohttp
import pytest
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from pressroom.core.settings import Settings
from pressroom.serving.limits import LIMITS, Limits, Pace, limited
from pressroom.serving.runner import running
from pressroom.serving.sockets import address_of, listen
from tests.patience import patience

LONGEST_S = 10
ROOT = Path(__file__).parents[2]
CONTENT = bytes(range(256)) * 400
CLIP = bytes(16_000_000)  # more than the kernel takes in
HALF = b"GET /x HTTP/1.1\r\nhost: a\r\n"
WHOLE = HALF + b"\r\n"
SERVE_WITH_FEW_FILES = """
import asyncio, resource, socket, sys
from pathlib import Path
from tests.serving.test_limits import serving_file

async def main():
    async with serving_file(Path(sys.argv[1])) as base_url:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
        print(base_url, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print(len([socket.socket() for _ in range(20)]), flush=True)

asyncio.run(main())
"""


@asynccontextmanager
async def serving_file(path: Path, limits: Limits = LIMITS) -> AsyncGenerator[str]:
    """Serve one file at `/file`, to whoever only reads, and give the base URL."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer = FileResponse(path) if scope["path"] == "/file" else Response(status_code=404)
        refused = Response(status_code=405)
        await (answer if scope["method"] == "GET" else refused)(scope, receive, send)

    listener = listen()
    base_url = address_of(listener)
    async with running(app, listener, limited(limits)):
        yield base_url


@dataclass
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def rest(self) -> bytes:
        """Give what comes until the server hangs up."""
        try:
            return await self.reader.read()
        except ConnectionResetError:
            return b""

    async def answer(self) -> bytes:
        """Give the status line of the next answer, and take in its header."""
        return (await self.reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0]


@dataclass
class Served:
    base_url: str
    content: bytes
    connections: list[Connection] = field(default_factory=list[Connection])

    async def connect(self, data: bytes = b"") -> Connection:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.base_url.rpartition(":")[2]))
        self.connections.append(Connection(reader, writer))
        await self.connections[-1].send(data)
        return self.connections[-1]

    async def is_served(self) -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.base_url}/file") as reply:
                return await reply.read() == self.content
        except aiohttp.ClientConnectionError:
            return False


@asynccontextmanager
async def connecting(base_url: str, content: bytes) -> AsyncGenerator[Served]:
    one = Served(base_url, content)
    try:
        yield one
    finally:
        for connection in one.connections:
            connection.writer.close()


@asynccontextmanager
async def served(path: Path, limits: Limits, content: bytes = CONTENT) -> AsyncGenerator[Served]:
    """Serve a file of this content, which is put at the path."""
    await asyncio.to_thread(path.write_bytes, content)
    async with (
        asyncio.timeout(patience(LONGEST_S)),
        serving_file(path, limits) as base_url,
        connecting(base_url, content) as one,
    ):
        yield one


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_the_docs_have_each_limit() -> None:
    text = (
        (ROOT / "docs/howto/deploy.md").read_text(encoding="utf-8").partition("## What a client may take")[2]
    )
    rows = [row.split("|")[1:3] for row in text.splitlines() if row.startswith("|")][2:]
    stated = {what.strip(): most.strip() for what, most in rows}
    body = LIMITS.body
    limits = {
        "Connections at once, streams apart": f"{LIMITS.connections}",
        "Streams of events at once": f"{LIMITS.streams}",
        "Streams of events of one caller": f"{LIMITS.streams_of_caller}",
        "Requests of one caller that are answered at once": f"{LIMITS.of_caller}",
        "First line and header of a request": f"{LIMITS.header_bytes // 1024} KiB",
        "Time for these, from the connection or the last answer on": f"{LIMITS.head.behind_s:.0f} s",
        f"Time by which a body may be behind {body.bytes_per_s:,} bytes a second": f"{body.behind_s:.0f} s",
        "Time for a whole body, at whatever rate": f"{body.whole_s:.0f} s",
        "Time in which a client reads nothing of its answer": f"{LIMITS.answer.behind_s:.0f} s",
    }
    assert limits.items() <= stated.items()
    assert Limits.of(Settings(home=ROOT)) == LIMITS


async def test_whole_requests_that_come_at_once_are_answered_however_many(file: Path) -> None:
    """None is dropped for being slow before anybody has looked for what it sent."""
    async with served(file, LIMITS) as server:
        address = ("127.0.0.1", int(server.base_url.rpartition(":")[2]))
        burst = [socket.create_connection(address) for _ in range(LIMITS.connections + 30)]
        for connection in burst:
            connection.sendall(WHOLE)
        for connection in burst:
            reader, writer = await asyncio.open_connection(sock=connection)
            assert await Connection(reader, writer).answer() == b"HTTP/1.1 404 Not Found"
            writer.close()


async def test_a_header_without_end_is_refused_at_its_limit(file: Path) -> None:
    async with served(file, LIMITS) as server:
        stranger = await server.connect(HALF + b"x-long: ")
        await stranger.send(b"a" * LIMITS.header_bytes)
        assert (await stranger.rest()).startswith(b"HTTP/1.1 431 ")


async def test_a_header_is_held_against_its_limit_however_it_arrives(file: Path) -> None:
    limits = replace(LIMITS, header_bytes=500)
    async with served(file, limits) as server:
        stranger = await server.connect(HALF + b"x-long: " + b"a" * 2000 + b"\r\n\r\n")
        assert (await stranger.rest()).startswith(b"HTTP/1.1 431 ")
        usual = await server.connect(HALF + b"x-long: " + b"a" * 400 + b"\r\n\r\n")
        assert await usual.answer() == b"HTTP/1.1 404 Not Found"


async def test_what_is_no_request_is_refused_and_hung_up_on(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where the answer has begun; and nobody can fill a log with it."""
    async with served(file, LIMITS) as server:
        stranger = await server.connect(b"\x16\x03\x01 hello\r\n\r\n")
        assert (await stranger.rest()).startswith(b"HTTP/1.1 400 ")
        begun = b"POST /file HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
        answered = await server.connect(begun)
        assert await answered.answer() == b"HTTP/1.1 405 Method Not Allowed"
        await answered.send(b"no length\r\n")
        await answered.rest()
        assert await (await server.connect(begun + b"no length\r\n")).rest() == b""
    assert caplog.records == []


async def test_a_header_that_comes_slowly_is_hung_up_on_in_time(file: Path) -> None:
    """Each byte of it prolongs nothing."""
    async with served(file, replace(LIMITS, head=Pace(0.05))) as server:
        stranger = await server.connect(HALF)
        ended = asyncio.create_task(stranger.rest())
        while not ended.done():
            stranger.writer.write(b"a")
            await asyncio.sleep(0.005)
        assert await ended == b""


async def test_a_body_that_nobody_wants_is_hung_up_on_in_time(file: Path) -> None:
    async with served(file, replace(LIMITS, head=Pace(patience(0.2)))) as server:
        stranger = await server.connect(
            b"POST /file HTTP/1.1\r\nhost: a\r\ncontent-length: 999999999\r\n\r\n"
        )
        assert await stranger.answer() == b"HTTP/1.1 405 Method Not Allowed"
        ended = asyncio.create_task(stranger.rest())
        while not ended.done():
            stranger.writer.write(b"a")
            await asyncio.sleep(0.005)


async def test_a_connection_may_be_used_again_for_as_long_as_it_is_used(file: Path) -> None:
    async with served(file, LIMITS) as server:
        usual = await server.connect()
        for _ in range(3):
            await usual.send(WHOLE)
            assert await usual.answer() == b"HTTP/1.1 404 Not Found"


async def test_an_answer_that_nobody_reads_is_given_up(file: Path) -> None:
    async with served(file, replace(LIMITS, answer=Pace(0.05)), CLIP) as server:
        stranger = await server.connect(b"GET /file HTTP/1.1\r\nhost: a\r\n\r\n")
        while not stranger.writer.is_closing():
            stranger.writer.write(b"a")  # noticed there is that nobody listens any more
            await asyncio.sleep(0.005)
        assert len(await stranger.rest()) < len(server.content)


async def test_who_is_silent_makes_room_for_who_asks(file: Path) -> None:
    async with served(file, replace(LIMITS, connections=4)) as server:
        strangers = [await server.connect(HALF) for _ in range(12)]
        assert await server.is_served()
        for stranger in strangers[:-4]:
            assert await stranger.rest() == b""
        await strangers[-1].send(b"\r\n")
        assert await strangers[-1].answer() == b"HTTP/1.1 404 Not Found"


async def test_who_reads_nothing_makes_room_for_who_asks(file: Path) -> None:
    """Requests one after another, whose answers are left unread, hold no place either."""
    async with served(file, replace(LIMITS, connections=2), CLIP) as server:
        for _ in range(4):
            await server.connect(b"GET /file HTTP/1.1\r\nhost: a\r\n\r\n")
        while not await server.is_served():
            pass  # the kernel still takes in more


@pytest.fixture
def elsewhere(file: Path) -> Generator[Popen[str]]:
    """A process of its own that serves, and may open few files."""
    file.write_bytes(CONTENT)
    command = [sys.executable, "-c", SERVE_WITH_FEW_FILES, str(file)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        yield process
        process.kill()


async def test_strangers_take_no_files_from_the_process_that_publishes(elsewhere: Popen[str]) -> None:
    assert elsewhere.stdout is not None
    base_url = elsewhere.stdout.readline().strip()
    async with asyncio.timeout(patience(LONGEST_S)), connecting(base_url, CONTENT) as server:
        for _ in range(280):
            await server.connect(HALF)
        assert await server.is_served()
        answer = await asyncio.to_thread(elsewhere.communicate, "\n")
        assert answer[0] == "20\n"
