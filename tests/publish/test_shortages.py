"""A machine that is short of files, memory, processes or room: the post waits, whatever step meets it."""

import errno
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.assets import Asset, Progress, Rendition, Seen, Wish
from pressroom.core.errors import MediaRefused, NotSent, SettingRefused
from pressroom.core.post import Post, PostOptions, PostState
from pressroom.core.protocols import Reply, Request, Transport
from pressroom.core.reading_settings import Way
from pressroom.core.shortage import shortage_by
from pressroom.publish.driver import Means
from pressroom.publish.steps.preparation import Preparation
from tests.fakes.clock import FakeClock
from tests.fakes.media import FakeDesk, FakeHost
from tests.publish.durable_world import World, durable_world

HOUR = 3600.0
PREPARING = ["means", "examine", "prepare", "ways", "put"]
CALLING = ["create", "read", "snapshot", "send"]
MET = [
    *((step, errno.EMFILE) for step in (*PREPARING, *CALLING)),
    *(("put", number) for number in (errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ENOSPC)),
]
# By the method and the last part of the path.
CALLS = {
    ("POST", "media"): "create",
    ("GET", ""): "read",
    ("GET", "media"): "snapshot",
    ("GET", "content_publishing_limit"): "snapshot",
    ("POST", "media_publish"): "send",
}


@dataclass
class Machine:
    """Short of something at one step, until somebody helps."""

    step: str
    number: int
    is_short: bool = True
    met: int = 0

    def reach(self, step: str) -> None:
        """Raise at that step what the system does."""
        if self.is_short and step == self.step:
            self.met += 1
            raise OSError(self.number, os.strerror(self.number))


@dataclass
class ShortDesk(FakeDesk):
    machine: Machine

    def __post_init__(self) -> None:
        super().__init__()

    async def examine(self, asset: Asset, wish: Wish) -> Seen:
        try:
            self.machine.reach("examine")
        except OSError as error:
            raise MediaRefused(
                "There is no such file.", rule="missing_file", fix="Check the path."
            ) from error
        return await super().examine(asset, wish)

    async def prepare(self, asset: Asset, wish: Wish, *, progress: Progress | None = None) -> Rendition:
        self.machine.reach("prepare")
        return await super().prepare(asset, wish, progress=progress)


@dataclass
class ShortHost(FakeHost):
    machine: Machine

    def __post_init__(self) -> None:
        super().__init__()

    async def ways(self, content_type: str) -> Sequence[Way]:
        try:
            self.machine.reach("ways")
        except OSError:
            raise SettingRefused(
                "The port cannot be opened.", rule="media_port", fix="Name another."
            ) from None
        return await super().ways(content_type)

    async def put(self, path: Path, **how: Any) -> str:
        self.machine.reach("put")
        return await super().put(path, **how)


@dataclass
class ShortWire:
    """Connects to nobody while the machine is short, as `AiohttpTransport` tells of it."""

    transport: Transport
    machine: Machine

    async def send(self, request: Request) -> Reply:
        path = request.url.partition("?")[0].rpartition("/")[2]
        step = CALLS.get((request.method, "" if path.isdigit() else path), "")
        try:
            self.machine.reach(step)
        except OSError:
            error = NotSent(f"{path} could not be sent.")
            error.shortage = shortage_by(self.machine.number)
            raise error from None
        reply = await self.transport.send(request)
        self.machine.reach(f"after {step}")
        return reply

    async def aclose(self) -> None:
        await self.transport.aclose()


def on(machine: Machine) -> Callable[[Transport, FakeClock], Transport]:
    return lambda transport, _clock: ShortWire(transport, machine)


def move_to(machine: Machine, world: World) -> None:
    """Let the worker of a world work on the machine."""
    means = world.driver.means

    async def short(post: Post) -> Means:
        machine.reach("means")
        client = (await means(post)).client
        return Means(client, Preparation(desk=ShortDesk(machine), host=ShortHost(machine)))

    world.driver = replace(world.driver, means=short)


@pytest.mark.parametrize(("step", "number"), MET)
async def test_whatever_step_meets_it_the_post_waits_and_goes_out_once(step: str, number: int) -> None:
    machine = Machine(step, number)
    async with durable_world(hostile=False, wire=on(machine)) as world:
        move_to(machine, world)
        post_id = world.schedule(in_s=600, options=PostOptions(convert=True), followups=())
        await world.run(700)
        waiting = world.post(post_id)
        assert machine.met
        assert waiting.state.is_waiting
        assert (waiting.problem, world.sandbox.media) == (None, [])
        assert world.failures == []
        machine.is_short = False
        await world.run(HOUR)
        assert world.post(post_id).state is PostState.PUBLISHED
        assert len(world.sandbox.media) == 1


@pytest.mark.parametrize("step", [*PREPARING, "snapshot"])
async def test_its_journal_and_whoever_looks_at_the_post_are_told_what_is_short(step: str) -> None:
    machine = Machine(step, errno.EMFILE)
    async with durable_world(hostile=False, wire=on(machine)) as world:
        move_to(machine, world)
        post_id = world.schedule(in_s=600, options=PostOptions(convert=True))
        await world.run(610)
        assert "files and connections at once" in (world.post(post_id).held_up_by or "")


async def test_once_a_byte_of_its_send_has_left_it_is_a_doubt_that_is_looked_into() -> None:
    machine = Machine("after send", errno.ENOMEM)
    async with durable_world(hostile=False, wire=on(machine)) as world:
        post_id = world.schedule(in_s=600, followups=())
        await world.run(2 * HOUR)
        assert machine.met == world.sends == 1
        assert world.post(post_id).state is PostState.PUBLISHED
        assert len(world.sandbox.media) == 1


async def test_around_its_due_time_it_is_tried_again_after_seconds() -> None:
    machine = Machine("put", errno.EMFILE)
    async with durable_world(hostile=False) as world:
        move_to(machine, world)
        post_id = world.schedule(in_s=30, options=PostOptions(convert=True))
        await world.run(1)
        machine.is_short = False
        await world.run(60)
        due_at, sent = world.post(post_id).due_at, world.post(post_id).sends[0]
        assert due_at
        assert (sent.started_at - due_at).total_seconds() < 2
