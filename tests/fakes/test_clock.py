"""Time of tests moves when nothing can go on without it, and at no other moment."""

import asyncio
import threading

import anyio.to_thread
import pytest

from tests.fakes.clock import FakeClock

HOUR_S = 3600.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def test_sleepers_wake_one_after_another_and_no_time_is_lost(clock: FakeClock) -> None:
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.elapsed_s))

    await asyncio.gather(sleeper("late", HOUR_S), sleeper("soon", 1), sleeper("with it", HOUR_S))
    assert woken == [("soon", 1), ("late", HOUR_S), ("with it", HOUR_S)]


async def test_time_stands_still_while_a_task_goes_on_however_long(clock: FakeClock) -> None:
    sleeping = asyncio.create_task(clock.sleep(HOUR_S))
    for _ in range(200):
        await asyncio.sleep(0)
        assert clock.elapsed_s == 0
    await sleeping


async def test_time_stands_still_while_a_thread_works_even_for_a_task_that_is_gone(clock: FakeClock) -> None:
    ended, may_end = list[float](), threading.Event()

    def work() -> None:
        may_end.wait()
        ended.append(clock.elapsed_s)

    working = asyncio.create_task(asyncio.to_thread(work))
    await asyncio.sleep(0)
    working.cancel()
    asyncio.get_running_loop().call_later(0.02, may_end.set)
    await clock.sleep(HOUR_S)
    assert ended == [0]


async def test_time_stands_still_while_a_thread_of_anyio_works(clock: FakeClock) -> None:
    may_end = threading.Event()
    sleeping = asyncio.create_task(clock.sleep(HOUR_S))
    asyncio.get_running_loop().call_later(0.02, may_end.set)
    await anyio.to_thread.run_sync(may_end.wait)
    assert clock.elapsed_s == 0
    await sleeping


async def test_what_a_thread_found_is_read_before_time_moves(clock: FakeClock) -> None:
    async def read() -> float:
        await asyncio.to_thread(sum, [1, 2])
        return clock.elapsed_s

    sleeping = asyncio.create_task(clock.sleep(HOUR_S))
    assert [await read() for _ in range(50)] == [0] * 50
    await sleeping


async def test_bytes_on_their_way_arrive_before_time_moves(clock: FakeClock) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    sleeping = asyncio.create_task(clock.sleep(HOUR_S))
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello\n")
        assert (await reader.readline(), clock.elapsed_s) == (b"hello\n", 0)
        writer.close()
        await sleeping


async def test_a_wait_that_was_given_up_moves_no_time(clock: FakeClock) -> None:
    waiting = asyncio.create_task(clock.sleep(HOUR_S))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0.001)
    assert (clock.elapsed_s, clock.waiting, clock.slept_s) == (0, 0, [])


async def test_two_clocks_of_one_loop_move_each_by_itself(clock: FakeClock) -> None:
    other = FakeClock()
    await asyncio.gather(clock.sleep(HOUR_S), other.sleep(1))
    assert (clock.elapsed_s, other.elapsed_s) == (HOUR_S, 1)


def test_a_clock_serves_one_loop_after_another(clock: FakeClock) -> None:
    asyncio.run(clock.sleep(1))
    asyncio.run(clock.sleep(2))
    assert clock.elapsed_s == 3
