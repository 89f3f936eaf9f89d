"""What is due is handed over a little early, and again when the store or the queue was away."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import pytest

from pressroom.core.errors import StoreFailed
from pressroom.core.post import PostId, PostState
from pressroom.dispatch.cluster import ClusterDispatcher
from pressroom.dispatch.loop import Driving
from pressroom.dispatch.periodic import PeriodicRunner
from pressroom.store.store import Store
from tests.fakes.clock import FakeClock
from tests.publish.durable_world import InlineStore, empty_database
from tests.publish.posts import a_post

AWAY = StoreFailed("The queue did not answer: away.", fix="Check the server.", retryable=True)


@dataclass
class FakeQueue:
    """Keeps what is handed over. failing: how many calls fail first."""

    clock: FakeClock
    failing: int = 0
    handed: list[tuple[PostId, float]] = field(default_factory=list[tuple[PostId, float]])
    worked: list[float] = field(default_factory=list[float])
    groups: list[list[PostId]] = field(default_factory=list[list[PostId]])

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        yield

    async def put(self, groups: Sequence[Sequence[PostId]]) -> None:
        self._fail()
        self.groups += [list(group) for group in groups]
        self.handed += [(post_id, self.clock.elapsed_s) for group in groups for post_id in group]

    async def work(self) -> None:
        self.worked.append(self.clock.elapsed_s)
        self._fail()
        await asyncio.Event().wait()

    def _fail(self) -> None:
        self.failing -= 1
        if self.failing >= 0:
            raise AWAY


async def ignore(_post_id: PostId) -> None:
    """Drive nothing."""


def a_dispatcher(store: Store, clock: FakeClock, queue: FakeQueue) -> ClusterDispatcher:
    return ClusterDispatcher(
        store=store,
        clock=clock,
        queue=cast("Any", queue),
        driving=Driving(drive=ignore, clock=clock),
        periodic=PeriodicRunner(store=store, clock=clock, worker="w", jobs=()),
    )


async def run(dispatcher: ClusterDispatcher, clock: FakeClock, seconds: float) -> None:
    task = asyncio.create_task(dispatcher.run())
    await clock.sleep(seconds)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(clock: FakeClock) -> Any:
    opened = InlineStore(empty_database(clock))
    yield opened
    opened.close()


def add(store: Store, clock: FakeClock, name: str, in_s: float, account: str = "shop") -> None:
    at = clock.now() + timedelta(seconds=in_s)
    post = replace(a_post(), id=PostId(name), account=account)
    store.posts.add(replace(post, state=PostState.SCHEDULED, due_at=at, wake_at=at))


async def test_a_post_is_handed_over_a_little_before_its_time(store: Store, clock: FakeClock) -> None:
    add(store, clock, "one", 60)
    queue = FakeQueue(clock)
    await run(a_dispatcher(store, clock, queue), clock, 61)
    assert [name for name, _ in queue.handed] == ["one"]
    assert queue.handed[0][1] == pytest.approx(50, abs=0.5)


async def test_a_post_that_nobody_took_up_is_handed_over_again(store: Store, clock: FakeClock) -> None:
    add(store, clock, "one", 0)
    queue = FakeQueue(clock)
    await run(a_dispatcher(store, clock, queue), clock, 20)
    assert [round(at) for _, at in queue.handed] == [0, 15]


async def test_a_queue_that_is_away_is_asked_again_and_said_once(
    store: Store, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    add(store, clock, "one", 0)
    queue = FakeQueue(clock, failing=3)
    await run(a_dispatcher(store, clock, queue), clock, 60)
    assert ("one" in {name for name, _ in queue.handed}, len(queue.worked) > 1) == (True, True)
    assert caplog.text.count("the store does not answer") == 1
    assert caplog.text.count("the store answers again") == 1


async def test_posts_of_an_account_that_are_due_together_are_handed_to_one_worker_a_few_at_a_time(
    store: Store, clock: FakeClock
) -> None:
    for number in range(25):
        add(store, clock, f"shop-{number:02}", 60)
    for number in range(2):
        add(store, clock, f"cafe-{number}", 60, account="cafe")
    queue = FakeQueue(clock)
    await run(a_dispatcher(store, clock, queue), clock, 61)
    assert [len(group) for group in queue.groups] == [2, 20, 5]
    assert all(len({name.partition("-")[0] for name in group}) == 1 for group in queue.groups)
    assert len({name for group in queue.groups for name in group}) == 27
