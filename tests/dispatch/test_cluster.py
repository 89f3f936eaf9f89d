"""Many workers on a real server: whoever is free drives what is due, and nothing depends on the queue."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL

from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.core.errors import StoreFailed, StoreRefused
from pressroom.core.post import PostId, PostState
from pressroom.core.protocols import Job
from pressroom.core.secret import Secret
from pressroom.dispatch.cluster import ClusterDispatcher, Queue, prepare_queue, upgrade_queue
from pressroom.dispatch.locks import QUEUE_SCHEMA
from pressroom.dispatch.loop import Driving
from pressroom.dispatch.periodic import PeriodicRunner
from pressroom.store.store import Store, open_store
from tests.cli.processes import ended, environ
from tests.patience import patience
from tests.publish.posts import a_post
from tests.store.postgres import a_database

PATIENCE_S = 30.0


@pytest.fixture
def address(postgres: URL) -> Iterator[Secret]:
    with a_database(postgres) as url:
        yield Secret(url.render_as_string(hide_password=False))


@pytest.fixture
def store(address: Secret) -> Iterator[Store]:
    with open_store(address) as opened:
        yield opened


def ask(address: Secret, question: str) -> list[tuple[object, ...]]:
    conninfo = address.reveal().replace("postgresql+psycopg", "postgresql")
    place = f"-c search_path={QUEUE_SCHEMA}"
    with psycopg.connect(conninfo, autocommit=True, options=place) as connection:
        return connection.execute(question.encode()).fetchall()


def waiting_or_taken(address: Secret) -> list[tuple[object, ...]]:
    return ask(address, "SELECT args ->> 'post_id' FROM procrastinate_jobs WHERE task_name = 'drive'")


@dataclass
class Cluster:
    """Workers in one process, each with a queue and a dispatcher of its own."""

    store: Store
    address: Secret
    driven: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def add(self, name: str, in_s: float = 0.0) -> None:
        at = SYSTEM_CLOCK.now() + timedelta(seconds=in_s)
        post = replace(a_post(), id=PostId(name), state=PostState.SCHEDULED, due_at=at, wake_at=at)
        self.store.posts.add(post)

    async def finish(self, worker: str, post_id: PostId) -> None:
        """What a driver does, in one step."""
        posts = self.store.posts
        post = await self.store.run(posts.take_lease, post_id, worker, lease_s=30)
        if post is None:
            return
        self.driven.append((worker, post_id))
        done = replace(post, state=PostState.CANCELLED, revision=post.revision + 1, wake_at=None)
        await self.store.run(posts.save, done, post)
        await self.store.run(posts.release_lease, post_id, worker)

    @asynccontextmanager
    async def worker(
        self,
        name: str,
        drive: Callable[[PostId], Awaitable[None]] | None = None,
        early_s: float = 1.0,
        jobs: Sequence[Job] = (),
    ) -> AsyncGenerator[asyncio.Task[None]]:
        driving = Driving(
            drive=drive or (lambda post_id: self.finish(name, post_id)), clock=SYSTEM_CLOCK, most_at_once=64
        )
        ready = asyncio.Event()
        dispatcher = ClusterDispatcher(
            store=self.store,
            clock=SYSTEM_CLOCK,
            queue=Queue(self.address, driving.through, most_at_once=64, stalled_after_s=30),
            driving=driving,
            periodic=PeriodicRunner(store=self.store, clock=SYSTEM_CLOCK, worker=name, jobs=jobs),
            on_driving=ready.set,
            early_s=early_s,
            look_s=0.1,
        )
        running = asyncio.create_task(dispatcher.run())
        try:
            await asyncio.wait_for(ready.wait(), patience(PATIENCE_S))
            yield running
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def until(self, count: int) -> None:
        await until(lambda: len(self.driven) >= count)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(patience(PATIENCE_S)):
        while not is_so():  # noqa: ASYNC110  # what is waited for happens in a database
            await asyncio.sleep(0.02)


@pytest.fixture
def cluster(store: Store, address: Secret) -> Cluster:
    return Cluster(store, address)


@pytest.mark.proves("postgresql")
async def test_what_is_due_is_driven_once_by_whoever_is_free(cluster: Cluster) -> None:
    names = [f"post-{number}" for number in range(40)]
    async with cluster.worker("one"), cluster.worker("two"):
        for name in names:
            cluster.add(name)
        await cluster.until(len(names))
    assert sorted(post for _, post in cluster.driven) == sorted(names)


async def test_a_post_comes_a_little_early_and_a_later_one_stays_out_of_the_queue(cluster: Cluster) -> None:
    cluster.add("soon", in_s=3600)
    cluster.add("tomorrow", in_s=86400)
    async with cluster.worker("one", early_s=7200):
        await cluster.until(1)
        assert ("tomorrow",) not in waiting_or_taken(cluster.address)
    assert [post for _, post in cluster.driven] == ["soon"]


async def test_a_post_whose_hand_over_was_lost_is_handed_over_again(cluster: Cluster) -> None:
    """A worker died between leasing the post to the queue and putting it there."""
    cluster.add("lost")
    cluster.store.posts.hand_over(SYSTEM_CLOCK.now(), horizon_s=1, lease_s=0.5, limit=1)
    async with cluster.worker("one"):
        await cluster.until(1)


async def test_stopping_interrupts_what_is_under_way_and_gives_it_to_the_others(cluster: Cluster) -> None:
    begun = asyncio.Event()

    async def wait(post_id: PostId) -> None:
        await cluster.store.run(cluster.store.posts.take_lease, post_id, "one", lease_s=600)
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await cluster.store.run(cluster.store.posts.release_lease, post_id, "one")

    cluster.add("long")
    async with cluster.worker("one", drive=wait) as running:
        await asyncio.wait_for(begun.wait(), patience(PATIENCE_S))
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        assert waiting_or_taken(cluster.address) == []
        async with cluster.worker("two"):
            await cluster.until(1)
    assert cluster.driven == [("two", "long")]


async def test_a_server_that_drops_every_connection_interrupts_no_post(cluster: Cluster) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def drive(post_id: PostId) -> None:
        if post_id == "long":
            begun.set()
            await may_end.wait()
        await cluster.finish("one", post_id)

    cluster.add("long")
    async with cluster.worker("one", drive=drive):
        await asyncio.wait_for(begun.wait(), patience(PATIENCE_S))
        others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        ask(cluster.address, f"SELECT pg_terminate_backend(pid) {others}")
        cluster.add("next")
        await cluster.until(1)
        may_end.set()
        await cluster.until(2)
    assert cluster.driven == [("one", "next"), ("one", "long")]


async def test_periodic_jobs_run_on_one_worker(cluster: Cluster) -> None:
    ran: list[str] = []

    def job(name: str) -> Job:
        async def run() -> None:
            ran.append(name)

        return Job("job", run, 3600)

    async with cluster.worker("one", jobs=[job("one")]), cluster.worker("two", jobs=[job("two")]):
        await until(lambda: bool(ran))
        cluster.add("post")
        await cluster.until(1)
    assert len(ran) == 1


@asynccontextmanager
async def a_queue(address: Secret, drive: Callable[[PostId], Awaitable[None]]) -> AsyncGenerator[Queue]:
    queue = Queue(address, drive, most_at_once=8, stalled_after_s=0.5)
    async with queue.opened():
        yield queue


async def test_a_post_waits_in_the_queue_once(address: Secret) -> None:
    came: list[str] = []

    async def drive(post_id: PostId) -> None:
        came.append(post_id)

    async with a_queue(address, drive) as queue:
        await queue.put([[PostId("a")]])
        await queue.put([[PostId("a")], [PostId("b")]])
        working = asyncio.create_task(queue.work())
        await until(lambda: len(came) >= 2)
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
    assert came == ["a", "b"]


async def test_what_a_dead_worker_had_taken_comes_again(address: Secret) -> None:
    came: list[str] = []

    async def drive(post_id: PostId) -> None:
        came.append(post_id)

    async with a_queue(address, drive) as queue:
        await queue.put([[PostId("a")]])
        jobs = queue._app.job_manager
        await jobs.fetch_job(None, await jobs.register_worker())
        await until(lambda: _is_silent(address))
        await queue._requeue(0)
        working = asyncio.create_task(queue.work())
        await until(lambda: bool(came))
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
    assert came == ["a"]


def _is_silent(address: Secret) -> bool:
    beat = "SELECT last_heartbeat < now() - interval '0.6 s' FROM procrastinate_workers"
    return ask(address, beat) == [(True,)]


def test_of_many_workers_that_start_together_one_makes_the_queue(address: Secret) -> None:
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(prepare_queue, [address] * 6))
    assert ask(address, "SELECT count(*) FROM procrastinate_jobs") == [(0,)]


@pytest.mark.parametrize("release", ["00.01_older", "99.00_newer"])
def test_a_queue_of_another_release_is_refused(address: Secret, release: str) -> None:
    _mark(address, release)
    with pytest.raises(StoreRefused) as refused:
        prepare_queue(address)
    assert ("db upgrade" if release < "99" else "Upgrade this program") in refused.value.fix


def test_an_upgrade_replaces_an_older_queue_and_leaves_a_newer_one(address: Secret) -> None:
    _mark(address, "00.01_older")
    upgrade_queue(address)
    prepare_queue(address)
    _mark(address, "99.00_newer")
    with pytest.raises(StoreRefused):
        upgrade_queue(address)


@pytest.mark.usefixtures("processes")
def test_the_command_upgrades_the_queue_with_the_store(store: Store, address: Secret, tmp_path: Path) -> None:
    assert store.is_shared
    _mark(address, "00.01_older")
    env = environ(tmp_path, PRESSROOM_DATABASE_URL=address.reveal())
    assert ended("db", "upgrade", env=env).returncode == 0
    prepare_queue(address)


def _mark(address: Secret, release: str) -> None:
    upgrade_queue(address)
    conninfo = address.reveal().replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(conninfo) as connection:
        connection.execute(f"COMMENT ON SCHEMA {QUEUE_SCHEMA} IS '{release}'".encode())


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(StoreFailed) as failed:
        prepare_queue(Secret("postgresql://me:hunter2@127.0.0.1:1/db"))
    assert "hunter2" not in str(failed.value)
