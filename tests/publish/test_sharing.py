"""What many runs ask for at the same time is done in one operation, and what may wait lets sends go first."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from pressroom.core.errors import StoreFailed
from pressroom.publish.sharing import SendsFirst, Together
from tests.fakes.clock import FakeClock
from tests.patience import patience

AWAY = StoreFailed("The store is away.", fix="Wait.", retryable=True)


@dataclass
class Doubling:
    """Doubles numbers. ran: what each run was given; open: runs wait for it."""

    ran: list[list[int]] = field(default_factory=list[list[int]])
    open: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None
    most: int = 0
    now: int = 0

    async def run(self, items: Sequence[int]) -> Sequence[int]:
        self.ran.append(list(items))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.open.wait()
        finally:
            self.now -= 1
        if self.error:
            raise self.error
        return [2 * item for item in items]


def begun(together: Together[int, int], numbers: Sequence[int]) -> list[asyncio.Task[int | None]]:
    return [asyncio.create_task(together.ask(number)) for number in numbers]


async def interrupted(
    doubling: Doubling, together: Together[int, int]
) -> tuple[asyncio.Task[int | None], ...]:
    """Begin a run of two items, have two more wait, and cancel the work as the loop's end does."""
    first = begun(together, [1, 2])
    await until(lambda: bool(doubling.ran))
    later = begun(together, [3, 4])
    await asyncio.sleep(0)
    (working,) = together._working
    working.cancel()
    return (*first, *later)


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(100):
        await asyncio.sleep(0)
        if is_so():
            return
    raise TimeoutError


async def test_who_asks_at_the_same_time_is_answered_by_one_run() -> None:
    doubling = Doubling()
    doubling.open.set()
    together = Together(doubling.run, most_runs=1)
    assert await asyncio.gather(*begun(together, [1, 2, 3])) == [2, 4, 6]
    assert doubling.ran == [[1, 2, 3]]


async def test_who_asks_alone_is_told_so_and_nothing_is_run() -> None:
    doubling = Doubling()
    assert await Together(doubling.run, most_runs=1).ask(1) is None
    assert doubling.ran == []


async def test_who_asks_during_a_run_is_answered_by_the_next() -> None:
    doubling = Doubling()
    together = Together(doubling.run, most_runs=1)
    first = begun(together, [1, 2])
    await until(lambda: bool(doubling.ran))
    later = begun(together, [3, 4, 5])
    await asyncio.sleep(0)
    doubling.open.set()
    assert await asyncio.gather(*first, *later) == [2, 4, 6, 8, 10]
    assert (doubling.ran, doubling.most) == ([[1, 2], [3, 4, 5]], 1)


async def test_where_it_may_several_runs_go_side_by_side() -> None:
    doubling = Doubling()
    together = Together(doubling.run, most_runs=3)
    asked = begun(together, range(500))
    await until(lambda: doubling.now == 3)
    doubling.open.set()
    assert await asyncio.gather(*asked) == [2 * number for number in range(500)]
    assert doubling.most == 3
    assert max(map(len, doubling.ran)) <= 50, "the first of a run wait for its last"


async def test_an_error_is_everybodys_and_the_next_are_run_all_the_same() -> None:
    doubling = Doubling(error=AWAY)
    doubling.open.set()
    together = Together(doubling.run, most_runs=1)
    assert await asyncio.gather(*begun(together, [1, 2]), return_exceptions=True) == [AWAY, AWAY]
    doubling.error = None
    assert await asyncio.gather(*begun(together, [1, 2])) == [2, 4]


async def test_a_cancellation_waits_for_the_run_and_harms_no_other() -> None:
    doubling = Doubling()
    together = Together(doubling.run, most_runs=1)
    cancelled, other = begun(together, [1, 2])
    await until(lambda: bool(doubling.ran))
    cancelled.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not cancelled.done(), "what it asked for may be committed: the next must not meet it half done"
    doubling.open.set()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert await other == 4


async def test_who_waits_when_the_loop_ends_is_cancelled_and_does_not_wait_for_ever() -> None:
    doubling = Doubling()
    asked = await interrupted(doubling, Together(doubling.run, most_runs=1))
    async with asyncio.timeout(patience(5)):
        ends = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(end) for end in ends] == [asyncio.CancelledError] * 4


async def test_a_run_that_answers_too_few_is_an_error_of_all() -> None:
    async def run(_items: Sequence[int]) -> Sequence[int]:
        return [1]

    asked = begun(Together(run, most_runs=1), [1, 2])
    ends = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(end) for end in ends] == [ValueError] * 2


async def test_nobody_waits_for_ever_for_work_that_is_cancelled_before_it_began() -> None:
    together = Together(Doubling().run, most_runs=1)
    asked = begun(together, [1, 2])
    await asyncio.sleep(0)
    (working,) = together._working
    working.cancel()
    async with asyncio.timeout(patience(5)):
        await asyncio.gather(*asked, return_exceptions=True)
    assert all(one.cancelled() for one in asked)


async def test_what_was_cancelled_with_the_loop_is_not_run_by_who_asks_later() -> None:
    doubling = Doubling()
    together = Together(doubling.run, most_runs=1)
    asked = await interrupted(doubling, together)
    await asyncio.gather(*asked, return_exceptions=True)
    doubling.open.set()
    assert await asyncio.gather(*begun(together, [5, 6])) == [10, 12]
    assert doubling.ran == [[1, 2], [5, 6]]


async def test_nothing_waits_while_no_send_is_due() -> None:
    clock = FakeClock()
    await SendsFirst(clock).passed()
    assert clock.elapsed_s == 0


async def test_what_may_wait_does_so_until_the_last_send_is_over() -> None:
    clock = FakeClock()
    first = SendsFirst(clock)
    with first.due():
        waiting = asyncio.create_task(first.passed())
        with first.due():
            await clock.sleep(1)
        await clock.sleep(1)
        assert not waiting.done()
    await waiting
    assert clock.elapsed_s == 2


async def test_it_waits_five_seconds_at_most() -> None:
    clock = FakeClock()
    first = SendsFirst(clock)
    with first.due():
        await first.passed()
        assert clock.elapsed_s == 5
        await first.passed()
        assert clock.elapsed_s == 5, "as long as that send lasts"
    with first.due():
        waiting = asyncio.create_task(first.passed())
        await clock.sleep(1)
        assert not waiting.done(), "the next ones go first again"
    await waiting


async def test_a_send_that_fails_is_over() -> None:
    clock = FakeClock()
    first = SendsFirst(clock)
    with pytest.raises(ValueError, match="broken"), first.due():
        raise ValueError("broken")
    await first.passed()
    assert clock.elapsed_s == 0
    assert clock.waiting == 0, "and leaves no timer behind"
