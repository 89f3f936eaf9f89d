"""Time of tests stands still while something outside of the loop is waited for, and not for anything else."""

import asyncio
import selectors
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.connections import Connections
from tests.ports import free_port

HOUR_S = 3600.0
# Longer than any silence after which a loop that guesses lets time move.
LATE_S = 0.05
counts_bytes = pytest.mark.skipif(
    sys.platform != "linux", reason="this system's kernel does not count bytes alike"
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def later(action: Callable[[], object]) -> None:
    """Let what is waited for go on late in real time."""
    asyncio.get_running_loop().call_later(LATE_S, action)


@pytest.mark.parametrize("begin", [asyncio.create_subprocess_exec, asyncio.create_subprocess_shell])
async def test_time_stands_still_until_a_child_process_has_ended(
    clock: FakeClock, begin: Callable[..., "asyncio.Future[asyncio.subprocess.Process]"]
) -> None:
    child = await begin("cat", stdin=asyncio.subprocess.PIPE)
    assert child.stdin is not None
    sleeping = asyncio.create_task(clock.sleep(HOUR_S))
    later(child.stdin.close)
    assert (await child.wait(), clock.elapsed_s) == (0, 0)
    await sleeping


class Elsewhere:
    """A server unknown to this loop: says `first` to what it is told, and `rest` once it may go on."""

    def __init__(self, first: bytes, rest: bytes) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.may_go_on = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(first, rest))

    @contextmanager
    def serving(self) -> Generator[tuple[str, int]]:
        self._thread.start()
        try:
            yield self.listener.getsockname()
        finally:
            self.may_go_on.set()
            self._thread.join()
            self.listener.close()

    def _serve(self, first: bytes, rest: bytes) -> None:
        connection, _ = self.listener.accept()
        with connection:
            connection.recv(100)
            connection.sendall(first)
            self.may_go_on.wait()
            connection.sendall(rest)
            connection.recv(100)


@asynccontextmanager
async def connected(
    address: tuple[str, int],
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(*address)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


@counts_bytes
async def test_time_stands_still_until_a_server_in_another_thread_answers(clock: FakeClock) -> None:
    server = Elsewhere(b"", b"at last\n")
    with server.serving() as address:
        async with connected(address) as (reader, writer):
            sleeping = asyncio.create_task(clock.sleep(HOUR_S))
            writer.write(b"hello\n")
            later(server.may_go_on.set)
            assert (await reader.readline(), clock.elapsed_s) == (b"at last\n", 0)
            await sleeping


SERVER = """
import socket, sys
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    with listener.accept()[0] as connection:
        connection.recv(100)
        sys.stdin.read()
        connection.sendall(b"at last\\n")
        connection.recv(100)
"""


@counts_bytes
async def test_time_stands_still_until_a_server_in_another_process_answers(clock: FakeClock) -> None:
    command = [sys.executable, "-ISc", SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: ASYNC220  # a child that the loop does not know
        assert server.stdin is not None
        assert server.stdout is not None
        async with connected(("127.0.0.1", int(server.stdout.readline()))) as (reader, writer):
            sleeping = asyncio.create_task(clock.sleep(HOUR_S))
            writer.write(b"hello\n")
            later(server.stdin.close)
            assert (await reader.readline(), clock.elapsed_s) == (b"at last\n", 0)
            await sleeping


async def test_a_stream_of_another_thread_that_stays_open_stops_no_time(clock: FakeClock) -> None:
    server = Elsewhere(b"begun\n", b"more\n")
    with server.serving() as address:
        async with connected(address) as (reader, writer):
            writer.write(b"hello\n")
            assert await reader.readline() == b"begun\n"
            await clock.sleep(HOUR_S)
            server.may_go_on.set()
            assert await reader.readline() == b"more\n"


async def test_a_client_of_another_thread_that_keeps_its_connection_stops_no_time(clock: FakeClock) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        await reader.read()
        writer.close()
        ended.set()

    ended = asyncio.Event()
    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        with await asyncio.to_thread(socket.create_connection, server.sockets[0].getsockname()) as client:
            client.sendall(b"hello\n")
            assert await asyncio.to_thread(client.recv, 100) == b"hello\n"
            await clock.sleep(HOUR_S)
        await ended.wait()


@asynccontextmanager
async def serving_here(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with (
        await asyncio.start_server(answer, "127.0.0.1", 0) as server,
        connected(server.sockets[0].getsockname()) as pair,
    ):
        yield pair


async def test_a_server_of_this_loop_may_sleep_before_it_answers(clock: FakeClock) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = await reader.readline()
        await clock.sleep(HOUR_S)
        writer.write(line)
        writer.close()

    async with serving_here(answer) as (reader, writer):
        writer.write(b"hello\n")
        assert (await reader.readline(), clock.elapsed_s) == (b"hello\n", HOUR_S)


async def test_bytes_that_nobody_takes_before_time_moves_stop_no_time(clock: FakeClock) -> None:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await clock.sleep(HOUR_S)
        taken.append(len(await reader.read()))
        writer.close()

    taken = list[int]()
    async with serving_here(take) as (reader, writer):
        writer.write(bytes(10_000_000))
        writer.write_eof()
        await reader.read()
    assert (taken, clock.elapsed_s) == ([10_000_000], HOUR_S)


def test_a_connection_that_is_being_opened_is_waited_for() -> None:
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as full,
        socket.create_connection(full.getsockname()),
        socket.socket() as waiting,
        selectors.DefaultSelector() as selector,
    ):
        waiting.setblocking(False)
        with suppress(BlockingIOError):
            waiting.connect(full.getsockname())
        key = selector.register(waiting, selectors.EVENT_WRITE)
        assert not selector.select(0)
        assert Connections().are_awaited([key])


@counts_bytes
def test_bytes_between_two_ends_of_a_loop_are_waited_for_until_all_have_arrived() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
        server.accept()[0] as accepted,
        selectors.DefaultSelector() as selector,
    ):
        client.setblocking(False)
        keys = [selector.register(end, selectors.EVENT_READ) for end in (client, accepted)]
        assert not Connections().are_awaited(keys)
        with suppress(BlockingIOError):
            while True:
                client.send(bytes(1_000_000))
        assert Connections().are_awaited(keys)


@counts_bytes
def test_a_connection_with_the_addresses_of_one_before_it_is_waited_for_anew() -> None:
    connections, port, awaited = Connections(), free_port(), list[bool]()
    with socket.create_server(("127.0.0.1", 0)) as server, selectors.DefaultSelector() as selector:
        for _ in range(2):
            with socket.socket() as client:
                # Ended by a reset, so that its addresses are free at once.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.bind(("127.0.0.1", port))
                client.connect(server.getsockname())
                key = selector.register(client, selectors.EVENT_READ)
                connections.learn(key)
                client.send(b"a question")
                awaited.append(connections.are_awaited([key]))
                connections.hear(key.fd)
                selector.unregister(client)
                connections.forget(key.fd)
    assert awaited == [True, True]
