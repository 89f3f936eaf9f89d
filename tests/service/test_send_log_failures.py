"""A send log that cannot be written stops all sending, and every place that shows the work says so."""

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from pressroom.core.errors import StoreFailed
from pressroom.core.post import PostState
from pressroom.core.settings import Mask
from pressroom.service.acting.acting import Acting
from pressroom.service.acting.obstacles import find_send_log_failure, record_send_log_failure
from pressroom.service.doctor.findings import Verdict
from pressroom.service.doctor.gather_machine import look_at_store
from pressroom.service.doctor.judge_machine import send_log
from pressroom.service.ground.resources import Resources
from pressroom.service.work.metrics import Metrics, read
from pressroom.service.work.shapes import HealthShape
from pressroom.service.work.watch import Teller
from pressroom.store.database import Database
from pressroom.store.send_log import SendLog
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.publish.durable_world import empty_database as database_in_memory
from tests.service.office import Listener
from tests.service.road import Road, a_photo
from tests.store.obstacles import OBSTACLES, files_no_larger_than, put_in_place_of, remove
from tests.store.test_send_log import a_send


@pytest.fixture
def log(road: Road) -> Path:
    """The file of this month's sends."""
    return road.settings.home / f"pressroom.db.sends-{road.clock.now():%Y-%m}"


class Seen(NamedTuple):
    """What each place says of the send log. health: the reasons; healthz: whether it answers 200."""

    status: str | None
    health: str
    healthz: bool
    doctor: Verdict
    metric: str
    notices: int


class Places:
    """All places that show how the work stands, as another process reads them."""

    def __init__(self, road: Road) -> None:
        self._road = road
        self.listener = Listener()
        self._teller = Teller(store=road.store, clock=road.clock, channels=[self.listener], mask=Mask())

    async def seen(self) -> Seen:
        road = self._road
        await self._teller.look()
        async with road.pressroom() as other:
            overview, health = await other.work.overview(), HealthShape.of(await other.work.health())
        resources = Resources(settings=road.settings, clock=road.clock, _store=road.store)
        finding = send_log((await look_at_store(resources, Acting(resources))).facts)
        assert finding
        metrics = Metrics().text(await read(road.store, road.clock, is_driven=True)).decode()
        (metric,) = [line for line in metrics.splitlines() if line.startswith("pressroom_send_log_writable")]
        return Seen(
            status=overview.send_log_problem,
            health=" ".join(health.reasons),
            healthz=health.healthy,
            doctor=finding.verdict,
            metric=metric.split()[1],
            notices=len(self.listener.bodies),
        )


ALL_IS_WELL = Seen(None, "", healthz=True, doctor=Verdict.OK, metric="1.0", notices=0)


@pytest.mark.parametrize(
    ("kind", "is_there_at_start"), [*((kind, True) for kind in OBSTACLES), (next(iter(OBSTACLES)), False)]
)
async def test_it_is_shown_everywhere_until_the_log_is_a_file_again_and_then_posts_are_published(
    kind: str, road: Road, log: Path, *, is_there_at_start: bool
) -> None:
    road.sign_in()
    places = Places(road)
    if is_there_at_start:
        put_in_place_of(log, kind)
    async with road.pressroom(works=True) as pressroom:
        planned = await pressroom.posts.submit(a_photo(), at=road.clock.now() + timedelta(seconds=20))
        await road.clock.sleep(10)
        if not is_there_at_start:
            assert await places.seen() == ALL_IS_WELL
            put_in_place_of(log, kind)
        await road.clock.sleep(20)
        seen, again = await places.seen(), await places.seen()
        assert f"{log} cannot be used as the send log: it is {kind}" in (seen.status or "")
        assert f"Nothing is published. {seen.status}" in seen.health
        assert seen[2:] == again[2:] == (False, Verdict.FAIL, "0.0", 1)
        (notice,) = places.listener.bodies
        assert (notice["event"], notice["command"]) == ("send_log_failed", "pressroom doctor")
        assert notice["text"] == f"Nothing is published. {seen.status}"
        assert road.sends == 0

        remove(log)
        await road.clock.sleep(20)
        assert road.post(planned.post.id).state is PostState.PUBLISHED
        assert await places.seen() == ALL_IS_WELL._replace(notices=1)
        assert len(SendLog(road.settings.home / "pressroom.db").read()) == 2


async def test_a_worker_tells_processes_that_cannot_see_the_files(road: Road, log: Path) -> None:
    """Root can write what the worker cannot, and a full quota only shows in the worker's own writes."""
    database = road.store.database
    without_files = Store(Database(database.location, database.engine, road.clock))
    put_in_place_of(log, "a directory")
    async with road.pressroom(works=True):
        await road.clock.sleep(11)
        failure = find_send_log_failure(without_files)
        assert failure
        assert failure.message.startswith(f"{log} cannot be used as the send log")
        remove(log)
        await road.clock.sleep(11)
        assert find_send_log_failure(without_files) is None


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def full(clock: FakeClock, tmp_path: Path) -> tuple[Store, Store]:
    """A worker's store and that of another process; the database is in memory, and never full."""
    database = database_in_memory(clock)
    logs = (SendLog(tmp_path / "pressroom.db") for _ in range(2))
    ours, theirs = (Store(Database(database.location, database.engine, clock, send_log=log)) for log in logs)
    return ours, theirs


def test_a_failed_write_is_recorded_for_other_processes_until_a_write_works(
    full: tuple[Store, Store], clock: FakeClock
) -> None:
    worker, other = full
    log = worker.database.send_log
    log.append([a_send()], clock.now())
    with files_no_larger_than(10):
        with pytest.raises(StoreFailed):
            log.append([a_send()], clock.now())
        record_send_log_failure(worker, "worker-1")
        failure = find_send_log_failure(other)
        assert failure
        assert "cannot be used as the send log: File too large" in failure.message
        record_send_log_failure(worker, "worker-1")
        assert find_send_log_failure(other)
    record_send_log_failure(worker, "worker-1")
    assert find_send_log_failure(other) is None
    assert len(log.read()) == 1


def test_a_record_counts_for_two_minutes_unless_its_worker_renews_it(
    full: tuple[Store, Store], clock: FakeClock
) -> None:
    worker, other = full
    with files_no_larger_than(0):
        with pytest.raises(StoreFailed):
            worker.database.send_log.append([a_send()], clock.now())
        for _ in range(20):
            record_send_log_failure(worker, "worker-1")
            clock.advance(10)
        assert find_send_log_failure(other)
    clock.advance(121)
    assert find_send_log_failure(other) is None


def test_a_worker_leaves_what_another_one_has_recorded(full: tuple[Store, Store], clock: FakeClock) -> None:
    worker, other = full
    with files_no_larger_than(0):
        with pytest.raises(StoreFailed):
            worker.database.send_log.append([a_send()], clock.now())
        record_send_log_failure(worker, "worker-1")
    record_send_log_failure(other, "worker-2")
    assert find_send_log_failure(other)


def test_on_a_server_only_what_workers_have_recorded_counts(
    empty_database: str, clock: FakeClock, tmp_path: Path
) -> None:
    """A machine that runs no worker needs no log."""
    with open_store(empty_database, clock=clock, home=tmp_path) as server:
        server.database.send_log.append([a_send()], clock.now())
        (path,) = tmp_path.glob("*.sends-*")
        path.unlink()
        path.mkdir()
        assert find_send_log_failure(server) is None
        record_send_log_failure(server, "worker-1")
        failure = find_send_log_failure(server)
        assert failure
        assert "it is a directory" in failure.message
        path.rmdir()
        record_send_log_failure(server, "worker-1")
        assert find_send_log_failure(server) is None
