"""Jobs side by side, each run by one worker, on one clock for jobs and leases and on both databases."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ColumnElement, literal, or_, update

from pressroom.accounts.tokens import LIFE, TokenKeeper, token_jobs
from pressroom.accounts.vault import open_vault
from pressroom.client.client import Client
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account
from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.core.errors import StoreFailed
from pressroom.core.protocols import Job
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.dispatch.periodic import PeriodicRunner
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.store import tables as t
from pressroom.store.columns import UtcTime
from pressroom.store.database import Database
from pressroom.store.store import P, Store, T, open_store
from tests.fakes.clock import FakeClock
from tests.slow import STORES

LONG_S = 3600.0
DAY_S = 86_400.0
LEASE_S = 60.0
LOOK_S = 5.0


@pytest.fixture(params=STORES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return (
        str(tmp_path / "pressroom.db")
        if request.param == "sqlite"
        else request.getfixturevalue("empty_database")
    )


@pytest.fixture
def clock() -> FakeClock:
    """One that goes on from the machine's time, in which another process has its lease."""
    clock = FakeClock()
    clock.elapsed_s = SYSTEM_CLOCK.monotonic() - clock.monotonic()
    clock.start = SYSTEM_CLOCK.now() - timedelta(seconds=clock.elapsed_s)
    return clock


class FollowingServer(Database):
    """A server whose leases run out by the fake clock."""

    def is_free(self, lease_until: ColumnElement[Any]) -> ColumnElement[bool]:
        return or_(lease_until.is_(None), lease_until <= self.clock.now())

    def lease_end(self, lease_s: float) -> ColumnElement[datetime]:
        return literal(self.clock.now() + timedelta(seconds=lease_s), UtcTime)


@dataclass
class Place:
    """A store, and who ran the job there."""

    store: Store
    clock: FakeClock
    begun: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    ended: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    running: int = 0
    most_at_once: int = 0

    def job(self, worker: str, lasts_s: float, *, every_s: float = LONG_S) -> Job:
        """One that counts who is at it."""

        async def run() -> None:
            self.begun.append((worker, self.clock.monotonic()))
            self.running += 1
            self.most_at_once = max(self.most_at_once, self.running)
            try:
                await self.clock.sleep(lasts_s)
                self.ended.append((worker, "done"))
            except asyncio.CancelledError:
                self.ended.append((worker, "cancelled"))
                raise
            finally:
                self.running -= 1

        return Job("job", run, every_s)

    def worker(self, name: str, *jobs: Job, store: Store | None = None) -> PeriodicRunner:
        return PeriodicRunner(
            store=store or self.store,
            clock=self.clock,
            worker=name,
            jobs=jobs,
            lease_s=LEASE_S,
            look_s=LOOK_S,
            machine=self.clock,
        )


@pytest.fixture
def place(address: str, clock: FakeClock) -> Iterator[Place]:
    with open_store(address, clock=clock) as opened:
        database = opened.database
        kind = FollowingServer if opened.is_shared else Database
        following = kind(database.location, database.engine, clock, machine=clock)
        yield Place(Store(following), clock)


@asynccontextmanager
async def a_keeper(place: Place, home: Path) -> AsyncGenerator[TokenKeeper]:
    """Give the keeper of one token that was made now."""
    sandbox = Sandbox(SandboxSettings(), clock=place.clock)
    vault = open_vault(place.store, Settings(home=home))
    account = Account(token=Secret(sandbox.token), user_id=sandbox.user_id, api_base="http://127.0.0.1:1")
    now = place.clock.now()
    vault.keep("default", account, obtained_at=now, expires_at=now + LIFE)

    def client(of: Account) -> Client:
        return Client(of, AsgiTransport(sandbox.app, clock=place.clock), clock=place.clock)

    yield TokenKeeper(store=place.store, vault=vault, clock=place.clock, client=client)
    await sandbox.aclose()


@pytest.mark.usefixtures("long_run")
async def test_a_token_that_is_due_beside_a_long_job_is_renewed_in_time(place: Place, tmp_path: Path) -> None:
    async with a_keeper(place, tmp_path) as keeper:
        place.clock.advance(7 * DAY_S)
        renewal_at = place.clock.now() + timedelta(seconds=LONG_S / 2)
        place.store.jobs.ensure("renew tokens", renewal_at)
        async with place.worker("one", place.job("one", LONG_S), *token_jobs(keeper)).beside():
            await place.clock.sleep(LONG_S + LOOK_S)
        renewed_at = place.store.accounts.get("default").token_refreshed_at
    assert place.ended == [("one", "done")]
    assert renewed_at is not None
    assert renewal_at <= renewed_at <= renewal_at + timedelta(seconds=LOOK_S)


@pytest.mark.usefixtures("long_run")
async def test_a_long_job_keeps_its_lease_while_others_would_have_it(place: Place) -> None:
    async with (
        place.worker("one", place.job("one", LONG_S)).beside(),
        place.worker("two", place.job("two", LONG_S)).beside(),
    ):
        await place.clock.sleep(1.5 * LONG_S)
    assert [what for _, what in place.ended] == ["done"]
    assert len(place.begun) == 1


async def test_a_short_job_of_many_workers_runs_again_and_again_and_never_twice_at_once(place: Place) -> None:
    async with AsyncExitStack() as workers:
        for name in ("one", "two", "three"):
            await workers.enter_async_context(place.worker(name, place.job(name, 7, every_s=10)).beside())
        await place.clock.sleep(600)
    began_at = [at for _, at in place.begun]
    assert place.most_at_once == 1
    assert all(17 <= later - at <= 17 + 2 * LOOK_S for at, later in pairwise(began_at))


async def test_a_job_that_comes_later_is_run_and_one_that_goes_is_not(place: Place) -> None:
    later = list[Job]()

    async def more() -> Sequence[Job]:
        return tuple(later)

    async with replace(place.worker("one"), more=more).beside():
        await place.clock.sleep(60)
        assert place.begun == []
        later.append(place.job("one", 1, every_s=10))
        await place.clock.sleep(60)
        ran = len(place.begun)
        assert ran >= 3
        later.clear()
        await place.clock.sleep(60)
    assert len(place.begun) <= ran + 1


async def test_what_keeps_further_jobs_from_being_told_holds_up_no_other(place: Place) -> None:
    async def more() -> Sequence[Job]:
        raise RuntimeError("a damaged row")

    async with replace(place.worker("one", place.job("one", 1, every_s=10)), more=more).beside():
        await place.clock.sleep(60)
    assert len(place.begun) >= 3


KILLED = """
import asyncio, os, signal, sys
from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.core.protocols import Job
from pressroom.dispatch.periodic import PeriodicRunner
from pressroom.store.store import open_store

async def die():
    os.kill(os.getpid(), signal.SIGKILL)

async def work():
    with open_store(sys.argv[1]) as store:
        jobs = [Job("job", die, 3600.0)]
        async with PeriodicRunner(store=store, clock=SYSTEM_CLOCK, worker="killed", jobs=jobs).beside():
            await asyncio.Event().wait()

asyncio.run(work())
"""


@pytest.mark.usefixtures("processes")
async def test_the_job_of_a_killed_worker_is_taken_up_by_another_when_the_lease_is_over(
    place: Place, address: str
) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, address], check=False)  # noqa: ASYNC221  # time stands still
    assert killed.returncode == -signal.SIGKILL
    async with (
        place.worker("one", place.job("one", LONG_S)).beside(),
        place.worker("two", place.job("two", LONG_S)).beside(),
    ):
        await place.clock.sleep(LEASE_S - 2 * LOOK_S)
        assert place.begun == []
        await place.clock.sleep(2 * LEASE_S)
        assert len(place.begun) == 1
        await place.clock.sleep(LONG_S)
    assert len(place.begun) == 1


async def test_a_job_whose_lease_has_passed_to_another_worker_is_cancelled_and_left_to_it(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    async with place.worker("one", place.job("one", LONG_S)).beside():
        await place.clock.sleep(LOOK_S)
        with place.store.database.writing() as connection:
            connection.execute(update(t.periodic_jobs).values(lease_worker="two"))
        await place.clock.sleep(LEASE_S / 3)
        assert place.ended == [("one", "cancelled")]
    assert "the lease of the job job was lost: its run is stopped here" in caplog.messages
    assert place.store.jobs.renew("job", "two", lease_s=LEASE_S)


class CutOff(Store):
    """A store that one worker cannot reach for a while."""

    is_away = False

    async def run(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self.is_away:
            raise StoreFailed("It does not answer.", fix="Wait.", retryable=True)
        return await super().run(operation, *args, **kwargs)


async def test_a_worker_that_cannot_renew_its_lease_stops_its_job_before_another_begins(
    place: Place,
) -> None:
    mine = CutOff(place.store.database)
    async with place.worker("one", place.job("one", LONG_S), store=mine).beside():
        await place.clock.sleep(2 * LEASE_S + 2)
        async with place.worker("two", place.job("two", 600)).beside():
            mine.is_away = True
            await place.clock.sleep(2 * LEASE_S)
            assert [name for name, _ in place.begun] == ["one", "two"]
            mine.is_away = False
            await place.clock.sleep(600)
    assert place.ended == [("one", "cancelled"), ("two", "done")]
    assert place.most_at_once == 1


class BrokenOnce(Store):
    """A store whose first look at the jobs meets a fault."""

    is_broken = True

    async def run(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self.is_broken and operation == self.jobs.list:
            self.is_broken = False
            raise ValueError("not foreseen")
        return await super().run(operation, *args, **kwargs)


async def test_a_look_that_meets_a_fault_is_logged_and_the_next_one_runs_what_is_due(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    broken = BrokenOnce(place.store.database)
    async with place.worker("one", place.job("one", 1), store=broken).beside():
        await place.clock.sleep(2 * LOOK_S)
    assert place.ended == [("one", "done")]
    assert "looking for jobs that are due met a fault of Pressroom's own" in caplog.messages


async def test_a_worker_whose_store_is_away_for_less_than_a_lease_goes_on(place: Place) -> None:
    mine = CutOff(place.store.database)
    async with place.worker("one", place.job("one", 600), store=mine).beside():
        await place.clock.sleep(LEASE_S / 2)
        mine.is_away = True
        await place.clock.sleep(LEASE_S / 2)
        mine.is_away = False
        await place.clock.sleep(600)
    assert place.ended == [("one", "done")]


async def test_stopping_waits_for_the_jobs_to_end_and_another_worker_may_run_them_at_once(
    place: Place,
) -> None:
    left: list[str] = []

    async def long() -> None:
        try:
            await place.clock.sleep(LONG_S)
        finally:
            await place.clock.sleep(3)
            left.append("long")

    async with place.worker("one", Job("long", long, 60), place.job("one", LONG_S)).beside():
        await place.clock.sleep(LOOK_S)
    assert left == ["long"]
    assert place.ended == [("one", "cancelled")]
    now = place.clock.now()
    assert place.store.jobs.claim("long", now, "two", lease_s=LEASE_S)
    assert place.store.jobs.claim("job", now, "two", lease_s=LEASE_S)


class StopsAtClaim(Store):
    """A store whose worker is stopped while the database carries a claim out."""

    async def run(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        result = await super().run(operation, *args, **kwargs)
        if operation == self.jobs.claim:
            raise asyncio.CancelledError
        return result


async def test_a_worker_that_is_stopped_while_it_takes_a_job_gives_it_back(place: Place) -> None:
    place.store.jobs.ensure("job", place.clock.now())
    stopping = StopsAtClaim(place.store.database)
    async with place.worker("one", place.job("one", LONG_S), store=stopping).beside():
        await place.clock.sleep(LOOK_S / 2)
    assert place.begun == []
    assert place.store.jobs.claim("job", place.clock.now(), "two", lease_s=LEASE_S)
