"""Which store may be older than what it sent, and which posts are looked for then."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pressroom.core.errors import StoreFailed
from pressroom.core.journal import JournalEvent
from pressroom.core.post import PostId, PostState
from pressroom.core.stored_posts import PostSave
from pressroom.publish.machine.policy import CAREFUL
from pressroom.service.posts.catching_up import catch_up, hold_back_all
from pressroom.store.store import P, Store, T, open_store
from tests.fakes.clock import FakeClock
from tests.publish.durable_world import InlineStore, empty_database
from tests.store.posts import a_post, a_send, after

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(clock: FakeClock) -> Store:
    return InlineStore(empty_database(clock))


def planned(store: Store, **fields: object) -> PostId:
    return store.posts.add(a_post(**fields)).post.id


def noted(store: Store, clock: FakeClock) -> None:
    """Let something be written at this moment."""
    store.events.append(JournalEvent(subject_id="x", at=clock.now(), step="noted", text="Noted."))


async def sought(store: Store, clock: FakeClock, **how: bool) -> set[PostId]:
    return set((await catch_up(store, clock, CAREFUL, **how)).doubted)


async def test_after_a_gap_what_was_due_is_looked_for_once_lists_are_settled(
    store: Store, clock: FakeClock
) -> None:
    late, ahead = planned(store, due_at=after(HOUR)), planned(store, due_at=after(2 * DAY))
    noted(store, clock)
    clock.advance(DAY)
    assert await sought(store, clock) == {late}
    order = store.posts.get(late).look_back
    assert order
    assert (order.since, order.not_before) == (after(HOUR), clock.now() + timedelta(minutes=1))
    assert store.posts.get(ahead).look_back is None
    assert [event.step for event in store.events.list(late)] == ["doubted"]


async def test_a_store_that_wrote_something_just_now_has_no_gap(store: Store, clock: FakeClock) -> None:
    planned(store, due_at=after(HOUR))
    clock.advance(DAY)
    noted(store, clock)
    assert await sought(store, clock) == set()


async def test_periodic_work_that_was_not_done_tells_of_a_gap_that_a_persons_events_hide(
    store: Store, clock: FakeClock
) -> None:
    late = planned(store, due_at=after(HOUR))
    store.jobs.ensure("renew tokens", clock.now())
    clock.advance(DAY)
    noted(store, clock)
    assert await sought(store, clock) == {late}


@pytest.mark.parametrize(("may_be_older", "is_sought"), [(False, True), (True, True)])
async def test_a_store_without_a_log_looks_for_what_is_late_by_seconds(
    store: Store, clock: FakeClock, *, may_be_older: bool, is_sought: bool
) -> None:
    late = planned(store, due_at=after(HOUR))
    clock.advance(HOUR + 5)
    assert (await sought(store, clock, may_be_older=may_be_older) == {late}) is is_sought


@pytest.mark.parametrize(("late_s", "is_sought"), [(5, False), (6 * MINUTE, True)])
async def test_a_restart_with_its_log_holds_up_no_post_that_is_late_by_seconds(
    store: Store, clock: FakeClock, late_s: float, *, is_sought: bool
) -> None:
    store = Logged(store.database)
    late = planned(store, due_at=after(HOUR))
    clock.advance(HOUR + late_s)
    assert (await sought(store, clock) == {late}) is is_sought


class Logged(InlineStore):
    """A store whose log has something to tell."""

    @property
    def logs_sends(self) -> bool:
        return True


async def test_what_a_program_plans_while_its_worker_starts_is_in_no_older_store(
    store: Store, clock: FakeClock
) -> None:
    planned(store, due_at=after(0))
    clock.advance(1)
    assert await sought(store, clock) == set()


async def test_what_was_held_back_is_looked_for_and_what_ended_is_not(store: Store, clock: FakeClock) -> None:
    held = planned(store, state=PostState.AWAITING_APPROVAL, due_at=after(HOUR))
    planned(store, state=PostState.CANCELLED, due_at=after(HOUR))
    clock.advance(DAY)
    assert await sought(store, clock) == {held}


async def test_a_first_comment_that_may_stand_is_looked_for_before_it_is_written(
    store: Store, clock: FakeClock
) -> None:
    live = planned(store, state=PostState.PUBLISHED, wake_at=after(60))
    clock.advance(DAY)
    assert await sought(store, clock) == {live}
    post = store.posts.get(live)
    assert post.comment_committed_at == clock.now() + timedelta(minutes=1)
    assert post.comment_refusal


async def test_a_copy_that_becomes_a_store_of_its_own_holds_back_what_the_original_publishes(
    store: Store, clock: FakeClock
) -> None:
    waiting = planned(store, due_at=after(HOUR))
    live = planned(store, state=PostState.PUBLISHED)
    assert list(await hold_back_all(store, clock)) == [waiting]
    held = store.posts.get(waiting)
    assert held.state is PostState.DRAFT
    assert held.look_back is not None
    assert store.posts.get(live).state is PostState.PUBLISHED


class Breaking(InlineStore):
    """A store that fails when sends are brought back, the first time."""

    is_broken = True

    async def run(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self.is_broken and operation == self.posts.recall:
            self.is_broken = False
            raise StoreFailed("It is locked.", fix="Wait.", retryable=True)
        return await super().run(operation, *args, **kwargs)


async def test_a_start_that_is_broken_off_is_made_up_for_by_the_next(
    tmp_path: Path, clock: FakeClock
) -> None:
    """What the log has lost makes the store an older one, also once its journal is written to again."""
    with open_store(tmp_path / "pressroom.db", clock=clock) as opened:
        store = Breaking(opened.database)
        sent, late = (planned(store, due_at=after(0)) for _ in range(2))
        opened_send = store.posts.get(sent).changed(sends=(a_send(),))
        store.database.send_log.append([PostSave(opened_send, store.posts.get(sent))], clock.now())
        clock.advance(30)
        noted(store, clock)
        with pytest.raises(StoreFailed):
            await catch_up(store, clock, CAREFUL)
        await catch_up(store, clock, CAREFUL)
        assert store.posts.get(sent).recalled
        assert store.posts.get(late).look_back
        assert store.posts.get(sent).look_back is None
