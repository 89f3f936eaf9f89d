"""Crowds that hold the connections of a server of ours, and whether others are answered meanwhile."""

import asyncio
import contextlib
import itertools
import json
import re
import socket
import struct
import subprocess
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

from pressroom.core.actor import Scope
from tests.attack.arena import a_key
from tests.attack.day import taken_by
from tests.cli.processes import environ, running
from tests.cli.pseudo_terminal import at_terminal
from tests.cli.test_worker import whole_object
from tests.patience import patience
from tests.service.road import prepare_store
from tests.web.opener import sign_in

JPEG_START = b"\xff\xd8\xff\xe0"
SIZE = 70  # more than a server has places
WITHIN_S = 2.0
_LISTING = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks a server. change: a request with a body; look: one that is answered with 200.

    Each `NEW-ID` in a change is one of its own. long: a look whose answer is long. stream: one that follows
    events. nonsense: a whole request that is refused.
    """

    change: bytes
    look: bytes
    long: bytes = b""
    stream: bytes = b""
    nonsense: bytes = b""

    def begun(self) -> bytes:
        """Make the beginning of a change."""
        return self.change.replace(b"NEW-ID", str(uuid.uuid4()).encode())


@dataclass
class Attacked:
    """A server, who attack it by turns, and who else asks.

    waits_s: how long each of those waited for an answer. pid: the server's.
    """

    port: int
    attackers: tuple[Caller, ...]
    others: tuple[Caller, ...]
    pid: int = 0
    _turn: Iterator[int] = field(default_factory=itertools.count)
    waits_s: list[float] = field(default_factory=list[float])

    @property
    def attacker(self) -> Caller:
        """Whose turn it is."""
        return self.attackers[next(self._turn) % len(self.attackers)]

    def memory_mb(self) -> float:
        """Give how much the server has resident."""
        return taken_by(self.pid, 0.0).memory_mb

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def assert_others_are_answered(self, for_s: float) -> None:
        """Let each of the others ask again and again.

        An attacker among them may be refused with 429 because of its own crowd, and is answered when it asks
        again.
        """
        end = time.monotonic() + for_s
        while time.monotonic() < end:
            for other in self.others:
                begun = time.monotonic()
                # Of a thread, since a loop that a crowd keeps busy would send late what it has to send.
                until, may_refuse = begun + patience(WITHIN_S), other in self.attackers
                status = await asyncio.to_thread(self._status, other.look, until, may_refuse=may_refuse)
                assert status == b"HTTP/1.1 200 OK\r\n", (status, self.others.index(other))
                self.waits_s.append(time.monotonic() - begun)
            await asyncio.sleep(0.1)

    def wait_for_an_answer(self) -> None:
        """Let one of the others ask once, however long that takes."""
        assert self._status(self.others[0].look, time.monotonic() + patience(30))

    def _status(self, request: bytes, until: float, *, may_refuse: bool = False) -> bytes:
        """Ask, and again where the server hangs up, or refuses (429) one that it may refuse."""
        status, retried = b"", (b"", b"HTTP/1.1 429 Too Many Requests\r\n" if may_refuse else b"")
        while status in retried and (left_s := until - time.monotonic()) > 0:
            with (
                contextlib.suppress(ConnectionError),
                socket.create_connection(("127.0.0.1", self.port), left_s) as connection,
            ):
                connection.sendall(request)
                status = connection.makefile("rb").readline()
        return status


Hold = Callable[[Attacked], Coroutine[None, None, None]]
"""Holds one connection for as long as the server lets it."""


async def silent(attacked: Attacked) -> None:
    """Send the beginning of a body, and nothing more."""
    await _send_a_body(attacked, b"", gap_s=3600.0)


async def dripping(attacked: Attacked) -> None:
    """Send a body byte by byte."""
    await _send_a_body(attacked, b"a", gap_s=1.0)


async def at_the_least_rate(attacked: Attacked) -> None:
    """Send a body just as fast as it has to come."""
    await _send_a_body(attacked, b"a" * 300, gap_s=0.25)


async def half_a_head(attacked: Attacked) -> None:
    """Send the beginning of a header."""
    reader, writer = await attacked.connect()
    try:
        writer.write(attacked.attacker.begun()[:20])
        await reader.read()
    finally:
        writer.close()


async def gone_at_once(attacked: Attacked) -> None:
    """Send the beginning of a body and go, politely or not."""
    for is_rude in (True, False):
        _, writer = await attacked.connect()
        try:
            writer.write(attacked.attacker.begun())
            await asyncio.sleep(0.02)
            if is_rude:
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        finally:
            writer.close()


HOLDS = (silent, dripping, at_the_least_rate, half_a_head, gone_at_once)


async def _send_a_body(attacked: Attacked, piece: bytes, gap_s: float) -> None:
    reader, writer = await attacked.connect()
    try:
        writer.write(attacked.attacker.begun())
        while not await _is_hung_up_on(reader, gap_s):
            writer.write(piece)
    finally:
        writer.close()


async def _is_hung_up_on(reader: asyncio.StreamReader, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await reader.read()
    except TimeoutError:
        return False
    return True


@asynccontextmanager
async def a_crowd(attacked: Attacked, *holds: Hold, size: int = SIZE) -> AsyncGenerator[None]:
    """Hold connections in each of these ways while the block runs: whoever is hung up on comes again."""

    async def again_and_again(hold: Hold) -> None:
        while True:
            with contextlib.suppress(OSError):
                await hold(attacked)
            await asyncio.sleep(0.5)

    members = [asyncio.create_task(again_and_again(hold)) for hold in holds for _ in range(size)]
    try:
        await asyncio.sleep(0.5)
        yield
    finally:
        for member in members:
            member.cancel()
        await asyncio.gather(*members, return_exceptions=True)


@contextmanager
def agents_over_http(home: Path) -> Generator[Attacked]:
    """Serve agents; the attacker has a key that only reads, as often as it may. Another one asks on."""
    prepare_store(home)
    env = environ(home)
    tokens = [a_key(home, name, Scope.READ) for name in ("reader", "other")]
    with running("mcp", "--http", "--port", "0", "--json", env=env) as process:
        port = urlsplit(str(whole_object(process)["url"])).port or 0
        reader, other = (_agent(port, token) for token in tokens)
        yield Attacked(port, (reader,), (other,))
        _assert_it_ends_well(process)


@contextmanager
def pages(home: Path) -> Generator[Attacked]:
    """Serve the pages, and agents beside them; the attacker is signed in.

    So is somebody else, a stranger looks, too, and an agent asks for its tools.
    """
    prepare_store(home)
    token = a_key(home, "other", Scope.READ)
    with running("serve", "--port", "0", "--json", env=environ(home)) as process:
        port = urlsplit(str(whole_object(process)["url"])).port or 0
        first, second = (_visitor(port, _cookie(home)) for _ in range(2))
        stranger = Caller(change=first.change, look=_head("GET /sign-in", port))
        yield Attacked(port, (first,), (second, stranger, first, _agent(port, token)))
        _assert_it_ends_well(process)


@contextmanager
def the_api(home: Path) -> Generator[Attacked]:
    """Serve programs beside the pages; the attacker sends files, as often as its key may. Others ask on."""
    prepare_store(home)
    with an_api(home, environ(home)) as attacked:
        yield attacked


@contextmanager
def an_api(
    home: Path, env: dict[str, str], *more: str, attackers: int = 1, under: Sequence[str] = ()
) -> Generator[Attacked]:
    """Serve programs beside the pages. more: options. attackers: how many keys they have.

    under: another program that runs it.
    """
    names = [f"sender-{number}" for number in range(attackers)]
    tokens = [a_key(home, name, Scope.READ, Scope.DRAFT) for name in (*names, "other")]
    with running("serve", "--port", "0", "--json", *more, env=env, under=under) as process:
        served = whole_object(process)
        port = urlsplit(str(served["url"])).port or 0
        *senders, other = (_sender(port, token) for token in tokens)
        attacked = Attacked(port, tuple(senders), (other, _visitor(port, _cookie(home))), int(served["pid"]))
        attacked.wait_for_an_answer()  # what answers programs is loaded by now
        yield attacked
        _assert_it_ends_well(process)


SERVERS = (agents_over_http, pages, the_api)


def _sender(port: int, token: str) -> Caller:
    key, path = f"authorization: Bearer {token}", f"/api/v1/uploads/NEW-ID?sha256={'0' * 64}"
    beginning = _head(f"PUT {path}", port, key, "content-length: 1000000") + JPEG_START
    broken = b'{"kind": [[['
    about = (key, "content-type: application/json", f"content-length: {len(broken)}")
    return Caller(
        beginning,
        _head("GET /api/v1/posts?limit=10", port, key),
        long=_head("GET /api/v1/posts?limit=100", port, key),
        stream=_head("GET /api/v1/events", port, key),
        nonsense=_head("POST /api/v1/posts", port, *about) + broken,
    )


def _agent(port: int, token: str) -> Caller:
    headers = (
        f"authorization: Bearer {token}",
        "accept: application/json, text/event-stream",
        "content-type: application/json",
    )
    change = _head("POST /mcp", port, *headers, "content-length: 1000000") + b'{"jsonrpc"'
    return Caller(
        change, _head("POST /mcp", port, *headers, f"content-length: {len(_LISTING)}") + _LISTING.encode()
    )


def _visitor(port: int, cookie: str) -> Caller:
    kept, form = f"cookie: {cookie}", "content-type: application/x-www-form-urlencoded"
    change = _head("POST /sign-out", port, kept, form, "content-length: 60000") + b"csrf="
    return Caller(change, _head("GET /approvals", port, kept))


def _head(line: str, port: int, *headers: str) -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", f"host: 127.0.0.1:{port}", *headers, "", ""]).encode()


def _cookie(home: Path) -> str:
    """Sign in by a link from a terminal."""
    with at_terminal("serve", "link", home=home) as terminal:
        assert terminal.end() == 0, terminal.seen
        link = re.search(r"http://\S+code=\S+", terminal.seen)
    assert link, terminal.seen
    kept = CookieJar()
    sign_in(build_opener(HTTPCookieProcessor(kept)), link[0])
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in kept)


def _assert_it_ends_well(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    _, err = process.communicate(timeout=patience(30))
    assert (process.returncode, "Traceback" in err) == (0, False), err[-2000:]
