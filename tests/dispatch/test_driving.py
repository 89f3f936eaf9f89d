"""What every dispatcher does with a post it was told of."""

import asyncio

import pytest

from pressroom.core.errors import StoreFailed
from pressroom.core.post import PostId
from pressroom.dispatch.driving import Driving
from tests.fakes.clock import FakeClock

ONE = PostId("one")


@pytest.mark.parametrize("fault", [StoreFailed("The disk is full.", fix="Make room."), ZeroDivisionError()])
async def test_a_post_that_meets_a_fault_keeps_its_place_for_a_while(
    fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def drive(_post_id: PostId) -> None:
        raise fault

    clock = FakeClock()
    driving = Driving(drive=drive, clock=clock, most_at_once=2)
    task = driving.start(ONE)
    await clock.sleep(4)
    assert (ONE in driving, driving.room) == (True, 1)
    await task
    assert (ONE in driving, driving.room, clock.elapsed_s) == (False, 2, 5)
    assert "post one" in caplog.text


async def test_a_post_that_is_driven_here_already_is_driven_once_more_when_it_is_given_back() -> None:
    clock, driven = FakeClock(), list[float]()

    async def drive(_post_id: PostId) -> None:
        driven.append(clock.elapsed_s)
        await clock.sleep(3)

    driving = Driving(drive=drive, clock=clock)
    first = driving.start(ONE)
    await asyncio.gather(driving.through(ONE), first)
    assert driven == [0, 3]
