"""A full disk, a locked store, clocks that are set, workers told to stop: nothing lost, nothing twice."""

import asyncio
import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pressroom.core.assets import Asset, Progress, Rendition, Wish
from pressroom.core.errors import StoreFailed
from pressroom.core.post import Attention, IfLate, Post, PostId, PostKind, PostOptions, PostState
from pressroom.core.protocols import Reply, Request, Transport
from pressroom.dispatch.locks import DriverLock
from pressroom.dispatch.loop import Driving, EmbeddedDispatcher
from pressroom.dispatch.periodic import PeriodicRunner
from pressroom.media.refusals import disk_full
from pressroom.publish.driver import Means
from pressroom.publish.steps.preparation import Preparation
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.store.store import P, T
from tests.fakes.clock import FakeClock
from tests.fakes.media import FakeDesk, FakeHost
from tests.publish.durable_world import InlineStore, World, durable_world

HOUR = 3600.0


class FragileStore(InlineStore):
    """A store that fails some operations of its own choosing, before or after they are carried out."""

    count = 0
    failing: Collection[int] = ()
    is_done_first = False

    async def run(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        self.count += 1
        is_failing = self.count in self.failing
        if is_failing and not self.is_done_first:
            raise StoreFailed(
                "The store cannot grow: the disk is full.", fix="Free some space.", retryable=True
            )
        result = await super().run(operation, *args, **kwargs)
        if is_failing:
            raise StoreFailed("The store failed after it had written.", fix="Try again.", retryable=True)
        return result


def assert_published_once(world: World, post_id: PostId) -> None:
    post = world.post(post_id)
    assert post.state is PostState.PUBLISHED
    ours = [media.id for media in world.sandbox.media]
    assert len(ours) == 1
    assert post.media_id in (None, *ours)


@pytest.mark.parametrize("is_done_first", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("first", range(1, 51, 2))
async def test_whichever_operation_of_the_store_fails_the_post_goes_out_once(
    first: int, is_done_first: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Two in a row, so that what is done about the first failure fails as well; each is told or logged."""
    async with durable_world(store_kind=FragileStore) as world:
        store = world.store
        assert isinstance(store, FragileStore)
        post_id = world.schedule(in_s=60)
        store.failing, store.is_done_first = {first, first + 1}, is_done_first
        # In two parts: where the lease could not be given back, it runs out before the second one.
        await world.run(300)
        await world.run(1.5 * HOUR)
        assert_published_once(world, post_id)
        assert world.failures or caplog.records or store.count < first


def fill_up(world: World) -> None:
    for number in range(200):
        world.schedule(in_s=90 * 24 * HOUR + number)


async def test_a_disk_that_is_full_for_a_while_loses_and_doubles_nothing() -> None:
    async with durable_world() as world:
        post_id = world.schedule(in_s=60)
        with world.store.database.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreFailed, match="the disk is full"):
            fill_up(world)
        await world.run(600)
        assert len(world.sandbox.media) <= 1
        with world.store.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        await world.run(1.5 * HOUR)
        assert_published_once(world, post_id)


class DeskWithoutRoom(FakeDesk):
    """A media desk whose disk is full until somebody frees some space."""

    is_full = True

    async def prepare(self, asset: Asset, wish: Wish, *, progress: Progress | None = None) -> Rendition:
        if self.is_full:
            raise disk_full(Path("/data/renditions"))
        return await super().prepare(asset, wish, progress=progress)


async def test_a_post_whose_rendition_has_no_room_waits_until_there_is_some() -> None:
    async with durable_world() as world:
        desk, means = DeskWithoutRoom(), world.driver.means

        async def without_room(post: Post) -> Means:
            return Means((await means(post)).client, Preparation(desk=desk, host=FakeHost()))

        world.driver = replace(world.driver, means=without_room)
        post_id = world.schedule(in_s=HOUR, options=PostOptions(convert=True))
        await world.run(HOUR - 60)
        assert "space" in (world.post(post_id).held_up_by or "")
        desk.is_full = False
        await world.run(HOUR)
        assert_published_once(world, post_id)


async def test_a_store_that_another_process_locks_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pressroom.db"
    async with durable_world(where=str(path)) as world:
        post_id = world.schedule(in_s=60)
        with world.store.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 1")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await world.run(300)
            other.execute("ROLLBACK")
        assert world.failures
        assert all("locked by another process" in str(error) for error in world.failures)
        assert world.sends == 0
        await world.run(HOUR)
        assert_published_once(world, post_id)


@pytest.mark.parametrize("at_s", [10.0, 58.5, 61.0, 75.0, 200.0])
@pytest.mark.parametrize("lost", [None, Effect.NONE, Effect.LATER])
async def test_a_clock_set_back_by_an_hour_delays_and_doubles_nothing(
    at_s: float, lost: Effect | None
) -> None:
    """Before it is taken up, while it waits in memory, right after the call, in doubt, and after it."""
    async with durable_world() as world:
        post_id = world.schedule(in_s=60)
        if lost is not None:
            world.sandbox.faults.add(
                Fault(on="media_publish", kind=FaultKind.DROP, effect=lost, delay_s=20.0)
            )
        await world.run(at_s)
        world.clock.start -= timedelta(hours=1)
        await world.run(3.5 * HOUR)
        assert_published_once(world, post_id)


async def test_after_a_laptops_sleep_due_posts_are_taken_up_within_a_minute_by_their_own_rule(
    tmp_path: Path,
) -> None:
    """The wall clock is eight hours on, and the one that counts waits stood still."""
    async with durable_world() as world:
        rules = {rule: world.schedule(in_s=4 * HOUR, if_late=rule) for rule in IfLate}
        recent = world.schedule(in_s=7.9 * HOUR)
        dispatcher = EmbeddedDispatcher(
            store=world.store,
            clock=world.clock,
            driving=Driving(drive=world.driver.drive, clock=world.clock),
            periodic=PeriodicRunner(store=world.store, clock=world.clock, worker="w", jobs=()),
            lock=DriverLock(tmp_path / "lock"),
        )
        working = asyncio.create_task(dispatcher.run())
        await world.clock.sleep(20)
        world.clock.start += timedelta(hours=8)
        await world.clock.sleep(60)
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        assert world.post(rules[IfLate.DROP]).state is PostState.MISSED
        for rule in (IfLate.ASK, IfLate.PUBLISH):
            assert world.post(rules[rule]).attention is Attention.LATE
        assert_published_once(world, recent)


class Asleep:
    """A laptop that is shut for three quarters of an hour once a call to `place` is answered."""

    def __init__(self, inner: Transport, clock: FakeClock, place: str) -> None:
        self._inner = inner
        self._clock = clock
        self._place = place

    async def send(self, request: Request) -> Reply:
        reply = await self._inner.send(request)
        if self._place in request.url and self._clock.elapsed_s > 50:
            self._place = "slept"
            self._clock.advance(45 * 60)
        return reply

    async def aclose(self) -> None:
        await self._inner.aclose()


async def test_what_was_read_before_a_laptops_sleep_is_read_again_before_the_send() -> None:
    """The snapshot tells afterwards what is new: by then others may have posted, and the quota has moved."""
    async with durable_world(
        wire=lambda inner, clock: Asleep(inner, clock, "/content_publishing_limit")
    ) as world:
        post_id = world.schedule(in_s=60)
        await world.run(HOUR)
        assert_published_once(world, post_id)
        (send,) = world.post(post_id).sends
        assert send.snapshot.host_date is not None
        assert send.started_at - send.snapshot.host_date < timedelta(minutes=2)


STEPS = [
    f"{when} {event}"
    for event in (
        "Woken",
        "ContainerCreated",
        "ContainerSettled",
        "SendCommitted",
        "SendAnswered",
        "PermalinkRead",
        "CommentCommitted",
        "CommentAnswered",
    )
    for when in ("before", "after")
]


@pytest.mark.parametrize("step", STEPS)
async def test_a_worker_that_is_told_to_stop_at_any_step_loses_and_doubles_nothing(step: str) -> None:
    """What SIGTERM does: the drive is cancelled, ends what must be ended, and gives its lease back."""
    told: list[asyncio.Task[None]] = []

    def stop(name: str) -> None:
        if name == step and not told[-1].cancelling():
            told.append(told[-1])
            told[-1].cancel()

    async with durable_world(crash_point=stop) as world:
        post_id = world.schedule(PostKind.PHOTO, in_s=60)
        world.clock.advance(50)
        told.append(asyncio.create_task(world.driver.drive(post_id)))
        with suppress(asyncio.CancelledError):
            await told[0]
        assert len(told) > 1, "the step was never reached"
        assert world.store.posts.take_lease(post_id, "another", lease_s=1) is not None, "it kept its lease"
        world.store.posts.release_leases()
        told[:] = [asyncio.ensure_future(asyncio.sleep(0))]
        told[0].cancel()
        await world.run(HOUR)
        assert_published_once(world, post_id)
        comments = world.sandbox.scene.world.comments[world.sandbox.media[0].id]
        assert len(comments) <= 1
