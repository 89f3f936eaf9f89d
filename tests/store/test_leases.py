"""Leases on one machine: they last as long as they say, whatever its clock is set to."""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pressroom.core.post import PostId
from pressroom.store.store import Store
from tests.fakes.clock import FakeClock
from tests.store.posts import after, stored
from tests.store.test_others import a_bundle

LEASE_S = 60.0
TWO_HOURS = timedelta(hours=2)


def drives(store: Store, who: str) -> bool:
    return store.posts.take_lease(PostId("one"), who, lease_s=LEASE_S) is not None


def renews_the_token(store: Store, who: str) -> bool:
    return store.accounts.begin_refresh("shop", who, lease_s=LEASE_S) is not None


def runs_the_job(store: Store, who: str) -> bool:
    return store.jobs.claim("refresh", after(0), who, lease_s=LEASE_S)


def gets_the_slot(store: Store, who: str) -> bool:
    wanted, next_best = after(3600), after(7200)
    return store.slots.hold("shop", PostId(who), iter([wanted, next_best]), hold_s=LEASE_S) == wanted


USES = [drives, renews_the_token, runs_the_job, gets_the_slot]
Takes = Callable[[Store, str], bool]


@pytest.fixture
def machine() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(file: Store, machine: FakeClock) -> Store:
    """One with something to take of each kind."""
    file.database.machine = machine
    stored(file, id=PostId("one"), wake_at=after(0))
    file.accounts.put(a_bundle())
    file.jobs.ensure("refresh", after(0))
    return file


@pytest.mark.parametrize("takes", USES)
@pytest.mark.parametrize("set_by", [-TWO_HOURS, TWO_HOURS], ids=["back", "forward"])
def test_whoever_lives_keeps_it_and_of_the_dead_it_is_free_in_time_when_the_clock_is_set(
    store: Store, clock: FakeClock, machine: FakeClock, takes: Takes, set_by: timedelta
) -> None:
    assert takes(store, "one")
    clock.start += set_by
    machine.advance(LEASE_S - 1)
    assert not takes(store, "two")
    machine.advance(1)
    assert takes(store, "two")


def test_a_post_of_the_dead_is_due_again_in_time_when_the_clock_was_set_back(
    store: Store, clock: FakeClock, machine: FakeClock
) -> None:
    drives(store, "dead")
    clock.start -= TWO_HOURS
    assert store.posts.due(after(0)) == ()
    machine.advance(LEASE_S)
    assert [post.id for post in store.posts.due(after(0))] == ["one"]


@pytest.mark.parametrize("takes", USES)
def test_none_outlives_the_machines_next_start(store: Store, machine: FakeClock, takes: Takes) -> None:
    machine.advance(24 * 3600)
    assert takes(store, "one")
    machine.elapsed_s = 0.0
    assert takes(store, "two")


OTHER = """
import sys
from pressroom.store.store import open_store
with open_store(sys.argv[1]) as store:
    store.posts.take_lease("held", "other", lease_s=60)
    store.posts.take_lease("lapsed", "other", lease_s=0)
"""


@pytest.mark.usefixtures("processes")
def test_all_processes_of_the_machine_count_alike(file: Store, tmp_path: Path) -> None:
    """The clock of this one differs by whatever lies between today and the tests' day."""
    held, lapsed = stored(file, id=PostId("held")), stored(file, id=PostId("lapsed"))
    subprocess.run([sys.executable, "-c", OTHER, str(tmp_path / "pressroom.db")], check=True)
    assert file.posts.take_lease(held.id, "this", lease_s=60) is None
    assert file.posts.take_lease(lapsed.id, "this", lease_s=60) == lapsed
