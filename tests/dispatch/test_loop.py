"""What every dispatcher does with a post that is due, and the loop of one machine, which the lock guards."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pressroom.core.errors import Conflict, PressroomError, StoreFailed
from pressroom.core.post import PostId, PostState
from pressroom.core.protocols import Job
from pressroom.dispatch.locks import DriverLock
from pressroom.dispatch.loop import Driving, EmbeddedDispatcher
from pressroom.dispatch.periodic import PeriodicRunner
from pressroom.store.store import open_store
from tests.fakes.clock import START, FakeClock
from tests.publish.durable_world import InlineStore
from tests.publish.posts import a_post

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


@dataclass
class Desk:
    store: InlineStore
    clock: FakeClock
    lock_path: Path
    driven: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    def add(self, name: str, in_s: float) -> None:
        at = self.clock.now() + timedelta(seconds=in_s)
        self.store.posts.add(
            replace(a_post(), id=PostId(name), state=PostState.SCHEDULED, due_at=at, wake_at=at)
        )

    async def finish(self, post_id: PostId) -> None:
        """What a driver does, in one step."""
        self.driven.append((post_id, (self.clock.now() - START).total_seconds()))
        post = self.store.posts.get(post_id)
        done = replace(post, state=PostState.CANCELLED, revision=post.revision + 1, wake_at=None)
        self.store.posts.save(done, post)

    def dispatcher(
        self, drive: Callable[[PostId], Awaitable[None]] | None = None, jobs: Sequence[Job] = ()
    ) -> EmbeddedDispatcher:
        periodic = PeriodicRunner(store=self.store, clock=self.clock, worker="w", jobs=jobs)
        return EmbeddedDispatcher(
            store=self.store,
            clock=self.clock,
            driving=Driving(drive=drive or self.finish, clock=self.clock),
            periodic=periodic,
            lock=DriverLock(self.lock_path),
        )

    async def run(self, dispatcher: EmbeddedDispatcher, seconds: float) -> None:
        task = asyncio.create_task(dispatcher.run())
        await self.clock.sleep(seconds)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def desk(tmp_path: Path) -> AsyncGenerator[Desk]:
    clock = FakeClock()
    opened = open_store(":memory:", clock=clock)
    yield Desk(InlineStore(opened.database), clock, tmp_path / "driver.lock")
    opened.close()


async def test_each_due_post_is_driven_once_a_little_early(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        on.add("one", 60)
        on.add("two", 600)
        await on.run(on.dispatcher(), 700)
    assert [name for name, _ in on.driven] == ["one", "two"]
    assert all(abs(at - due) <= 6 for (_, at), due in zip(on.driven, (55, 595), strict=True))


async def test_what_another_process_submits_is_noticed_within_a_second(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        task = asyncio.create_task(on.dispatcher().run())
        await on.clock.sleep(100)
        on.add("new", 0)
        await on.clock.sleep(1)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert [name for name, _ in on.driven] == ["new"]


@pytest.mark.usefixtures("long_run")
async def test_a_post_that_cannot_be_taken_up_does_not_stop_the_others(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        on.add("bad", 10)
        on.add("good", 20)

        async def drive(post_id: PostId) -> None:
            if post_id == "bad":
                raise StoreFailed("no", fix="")
            await on.finish(post_id)

        await on.run(on.dispatcher(drive), 60)
    assert [name for name, _ in on.driven] == ["good"]


async def test_a_store_that_does_not_answer_is_asked_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        on.add("one", 10)
        fails = [StoreFailed("locked", fix="", retryable=True)]

        async def flaky() -> None:
            if fails:
                raise fails.pop()

        await on.run(on.dispatcher(jobs=[Job("flaky", flaky, 5)]), 30)
    assert [name for name, _ in on.driven] == ["one"]
    assert fails == []


async def test_nothing_is_sent_before_what_may_be_live_is_known_however_often_the_store_fails(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as on:
        on.add("one", 0)
        fails: list[PressroomError] = [StoreFailed("locked", fix=""), Conflict("changed", fix="")]

        async def catch_up() -> None:
            assert not on.driven
            if fails:
                raise fails.pop()

        dispatcher = on.dispatcher()
        dispatcher.catch_up = catch_up
        await on.run(dispatcher, 30)
    assert [name for name, _ in on.driven] == ["one"]
    assert fails == []


async def test_a_store_that_is_away_for_a_while_is_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(tmp_path) as on:
        on.add("one", 60)
        looks = on.store.posts.next_wake

        def away(before: datetime, *, now: datetime) -> datetime | None:
            if 10 < on.clock.elapsed_s < 40:
                raise StoreFailed("It is locked.", fix="Wait.", retryable=True)
            return looks(before, now=now)

        monkeypatch.setattr(on.store.posts, "next_wake", away)
        await on.run(on.dispatcher(), 100)
    assert [name for name, _ in on.driven] == ["one"]
    told = [record.message for record in caplog.records]
    assert told == ["the store does not answer: It is locked. Wait.", "the store answers again"]


async def test_periodic_jobs_run_again_and_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        ran: list[float] = []

        async def job() -> None:
            ran.append((on.clock.now() - START).total_seconds())

        await on.run(on.dispatcher(jobs=[Job("job", job, 60)]), 200)
    assert len(ran) == 4


async def test_a_job_that_takes_an_hour_holds_up_no_post(tmp_path: Path) -> None:
    """Renewing tokens takes that long while Instagram does not answer."""
    async with desk(tmp_path) as on:
        on.add("one", 60)
        await on.run(on.dispatcher(jobs=[Job("slow", lambda: on.clock.sleep(3600), 60)]), 120)
    assert on.driven == [("one", 55.0)]


async def test_a_fault_in_a_job_is_logged_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk(tmp_path) as on:
        on.add("one", 60)

        async def faulty() -> None:
            raise ZeroDivisionError

        await on.run(on.dispatcher(jobs=[Job("faulty", faulty, 30)]), 110)
    assert [name for name, _ in on.driven] == ["one"]
    assert [record.message for record in caplog.records] == [
        "the job faulty met a fault of Pressroom's own"
    ] * 4, "it runs again at its next time"


async def test_one_drives_and_another_takes_over_within_a_second_when_it_is_gone(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        first = asyncio.create_task(on.dispatcher().run())
        await on.clock.sleep(1)
        second = asyncio.create_task(on.dispatcher().run())
        on.add("one", 0)
        await on.clock.sleep(10)
        assert len(on.driven) == 1
        first.cancel()
        with suppress(asyncio.CancelledError):
            await first
        on.add("two", 0)
        await on.clock.sleep(2)
        second.cancel()
        with suppress(asyncio.CancelledError):
            await second
    assert [name for name, _ in on.driven] == ["one", "two"]


async def test_what_a_dead_worker_had_leased_is_taken_up_at_once(tmp_path: Path) -> None:
    """Whoever has the lock is alone: nobody waits for a lease to run out."""
    async with desk(tmp_path) as on:
        on.add("one", 0)
        on.store.posts.take_lease(PostId("one"), "dead", lease_s=600)
        await on.run(on.dispatcher(), 5)
    assert [name for name, _ in on.driven] == ["one"]


async def test_what_a_living_process_publishes_by_itself_keeps_its_lease(tmp_path: Path) -> None:
    """It would else be taken up by the worker as well, in the middle of its send."""
    async with desk(tmp_path) as on:
        for name in ("of a living process", "of a dead one"):
            on.add(name, 0)
            assert on.store.posts.take_lease(PostId(name), "another", lease_s=3600)
        spared = frozenset({PostId("of a living process")})
        await on.run(replace(on.dispatcher(), spared=lambda: spared), 60)
    assert [name for name, _ in on.driven] == ["of a dead one"]


def test_the_lock_tells_who_holds_it(tmp_path: Path) -> None:
    one, two = DriverLock(tmp_path / "l"), DriverLock(tmp_path / "l")
    assert two.holder() is None
    assert one.take()
    assert not two.take()
    assert two.holder() is not None
    one.release()
    assert two.take()
    two.release()
