"""The sandbox's own time."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from pressroom.sandbox.clock import SandboxClock
from tests.fakes.clock import START, FakeClock


def test_it_follows_the_clock_below() -> None:
    base = FakeClock()
    clock = SandboxClock(base)
    base.advance(5)
    assert clock.now() == START + timedelta(seconds=5)
    assert clock.monotonic() == clock.elapsed_s() == 5


def test_it_runs_fast_slow_or_not_at_all_without_a_jump() -> None:
    base = FakeClock()
    clock = SandboxClock(base)
    for factor, elapsed in ((60.0, 600), (0.0, 600), (1.0, 610)):
        clock.run(factor)
        base.advance(10)
        assert clock.elapsed_s() == elapsed
        assert clock.factor == factor


def test_frozen_it_is_moved_by_hand() -> None:
    base = FakeClock()
    clock = SandboxClock(base)
    clock.freeze()
    base.advance(100)
    clock.advance(3600)
    assert clock.now() == START + timedelta(hours=1)


def test_it_is_set_to_a_day_and_goes_on_from_there() -> None:
    base = FakeClock()
    clock = SandboxClock(base)
    base.advance(7)
    clock.set(datetime(2024, 7, 1, tzinfo=UTC))
    base.advance(1)
    assert clock.now() == datetime(2024, 7, 1, 0, 0, 1, tzinfo=UTC)
    assert clock.unix() == clock.now().timestamp()


def test_a_moment_without_a_time_zone_is_utc() -> None:
    clock = SandboxClock(FakeClock())
    clock.set(datetime(2027, 1, 21, 8))  # noqa: DTZ001  # as people write it
    assert clock.now() == datetime(2027, 1, 21, 8, tzinfo=UTC)


def test_it_does_not_go_back() -> None:
    clock = SandboxClock(FakeClock())
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1)
    with pytest.raises(ValueError, match="back"):
        clock.run(-1)


def test_it_stays_within_what_a_calendar_can_tell() -> None:
    clock = SandboxClock(FakeClock())
    with pytest.raises(ValueError, match="2200-01-01"):
        clock.advance(1e15)
    with pytest.raises(ValueError, match="between 2000-01-01"):
        clock.set(datetime(1, 1, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="at most 100,000 times"):
        clock.run(1e300)


async def test_sleeping_follows_it_at_its_own_pace() -> None:
    base = FakeClock()
    clock = SandboxClock(base)
    clock.run(10)
    await clock.sleep(50)
    assert base.elapsed_s == 5


async def test_a_sleeper_on_a_frozen_clock_wakes_when_it_is_advanced() -> None:
    clock = SandboxClock(FakeClock())
    clock.freeze()
    sleeper = asyncio.create_task(clock.sleep(60))
    await asyncio.sleep(0)
    assert not sleeper.done()
    clock.advance(60)
    await sleeper
