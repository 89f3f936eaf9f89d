"""What may wait lets sends go first, for a while."""

import asyncio

import pytest

from pressroom.publish.sharing.sends_first import SendsFirst
from tests.fakes.clock import FakeClock


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
