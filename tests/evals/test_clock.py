"""The clock of a task: it stands while an agent thinks, and costs nothing where time passes."""

import asyncio

from evals.clock import StillClock


async def test_it_stands_until_time_is_let_pass() -> None:
    clock = StillClock()
    sleeper = asyncio.create_task(clock.sleep(3600))
    await asyncio.sleep(0.05)
    assert clock.elapsed_s == 0
    with clock.passing():
        await sleeper
    assert clock.elapsed_s == 3600


async def test_it_stands_again_afterwards() -> None:
    clock = StillClock()
    with clock.passing():
        await clock.sleep(1)
    later = asyncio.create_task(clock.sleep(1))
    await asyncio.sleep(0.05)
    assert (clock.elapsed_s, later.done()) == (1, False)
    later.cancel()
