"""Which posts are looked for on the profile when a process begins to publish from a store."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pressroom.core.errors import StoreFailed
from pressroom.core.post import Freshness, Gap, PostId, PostState
from pressroom.core.stored_posts import PostSave
from pressroom.publish.machine.policy import CAREFUL
from pressroom.service.posts.catching_up import catch_up, catch_up_if_older, hold_back_all, keep_heartbeat
from pressroom.store.store import P, T, open_store
from tests.fakes.clock import FakeClock
from tests.publish.durable_world import InlineStore, empty_database
from tests.store.posts import a_post, a_send, after

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass
class Place:
    """A store that was created at the start of the clock, its file and the marks of its machine."""

    store: InlineStore
    clock: FakeClock
    marks: Path

    def plan(self, **fields: object) -> PostId:
        return self.store.posts.add(a_post(**fields)).post.id

    async def start(self, *, is_older: bool = False) -> set[PostId]:
        """Do what a process does before it publishes; returns the posts that it looks for."""
        caught_up = await catch_up(self.store, self.clock, CAREFUL, is_older=is_older)
        return set(caught_up.doubted)

    def forget_mark(self) -> None:
        """Come to another machine, or a new container."""
        self.store.provenance._mark = None  # pyright: ignore[reportPrivateUsage]
        for mark in self.marks.iterdir():
            mark.unlink()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def place(tmp_path: Path, clock: FakeClock) -> Iterator[Place]:
    marks = tmp_path / "state"
    with open_store(tmp_path / "home" / "pressroom.db", clock=clock, marks=marks) as opened:
        yield Place(InlineStore(opened.database, marks=marks), clock, marks)


async def test_a_start_with_its_mark_looks_at_once_for_what_is_due_and_for_nothing_else(place: Place) -> None:
    late = place.plan(due_at=after(HOUR))
    ahead, held = place.plan(due_at=after(2 * DAY)), place.plan(state=PostState.DRAFT, due_at=after(HOUR))
    place.clock.advance(HOUR + 5)
    assert await place.start() == {late}
    order = place.store.posts.get(late).look_back
    assert order
    assert (order.since, order.not_before) == (after(HOUR), None)
    assert (order.published_from, order.published_until) == (after(-MINUTE), after(HOUR + 5))
    assert [place.store.posts.get(post).look_back for post in (ahead, held)] == [None, None]
    assert place.store.provenance.known_gaps == ()
    assert [event.step for event in place.store.events.list(late)] == ["doubted"]


async def test_without_a_mark_lists_settle_first_and_the_gap_is_recorded(place: Place) -> None:
    late, held = place.plan(due_at=after(HOUR)), place.plan(state=PostState.DRAFT, due_at=after(HOUR))
    place.clock.advance(DAY)
    place.forget_mark()
    assert await place.start() == {late, held}
    order = place.store.posts.get(late).look_back
    assert order
    assert order.not_before == after(DAY + MINUTE)
    assert place.store.provenance.known_gaps == (Gap(began_at=after(-MINUTE), ended_at=after(DAY)),)


async def test_a_store_that_is_older_has_a_gap_that_later_starts_do_not_move(place: Place) -> None:
    place.clock.advance(DAY)
    await place.start(is_older=True)
    (gap,) = place.store.provenance.known_gaps
    assert gap.is_proven
    place.clock.advance(DAY)
    await place.start()
    assert place.store.provenance.known_gaps == (gap,)


async def test_a_send_that_the_log_knows_and_the_store_lacks_makes_it_older_only_without_a_mark(
    place: Place,
) -> None:
    """A process that dies between log and commit loses a send, too, and its machine knows better."""
    for has_mark in (True, False):
        lost = place.plan(due_at=after(0))
        late = place.plan(due_at=after(0))
        opened = place.store.posts.get(lost).changed(sends=(a_send(),))
        place.store.database.send_log.append([PostSave(opened, place.store.posts.get(lost))], after(0))
        place.clock.advance(HOUR)
        if not has_mark:
            place.forget_mark()
        assert late in await place.start()
        assert place.store.posts.get(lost).recalled
        assert place.store.posts.get(lost).look_back is None
        order = place.store.posts.get(late).look_back
        assert order
        assert (order.not_before is None) is has_mark
    assert [gap.is_proven for gap in place.store.provenance.known_gaps] == [True]


async def test_what_was_stored_after_the_start_is_in_no_older_store(place: Place) -> None:
    place.clock.advance(HOUR)
    await place.start(is_older=True)
    planned = place.plan(due_at=after(HOUR))
    assert place.store.posts.get(planned).look_back is None


async def test_of_an_older_store_what_was_held_back_is_looked_for_and_what_ended_is_not(place: Place) -> None:
    held = place.plan(state=PostState.AWAITING_APPROVAL, due_at=after(HOUR))
    place.plan(state=PostState.CANCELLED, due_at=after(HOUR))
    place.clock.advance(DAY)
    assert await place.start(is_older=True) == {held}


@pytest.mark.parametrize("is_older", [False, True])
async def test_a_first_comment_that_may_have_been_written_is_looked_for_too(
    place: Place, *, is_older: bool
) -> None:
    live = place.plan(state=PostState.PUBLISHED, wake_at=after(60))
    written = place.plan(state=PostState.PUBLISHED, wake_at=after(60), comment_committed_at=after(50))
    place.clock.advance(DAY)
    assert await place.start(is_older=is_older) == {live}
    post = place.store.posts.get(live)
    assert post.look_back
    assert post.look_back.not_before == (after(DAY + MINUTE) if is_older else None)
    assert post.comment_committed_at is None
    assert place.store.posts.get(written).look_back is None


async def test_posts_that_other_processes_publish_now_are_left_to_them(place: Place) -> None:
    theirs, left = (place.plan(due_at=after(0)) for _ in range(2))
    place.clock.advance(MINUTE)
    caught_up = await catch_up(place.store, place.clock, CAREFUL, spared=[theirs])
    assert caught_up.doubted == [left]


async def test_a_store_in_memory_has_no_copies_and_looks_for_nothing(clock: FakeClock) -> None:
    store = InlineStore(empty_database(clock))
    store.posts.add(a_post(due_at=after(0)))
    clock.advance(HOUR)
    assert (await catch_up(store, clock, CAREFUL)).doubted == ()


# A command that publishes by itself.


async def test_a_command_on_a_current_store_writes_nothing_and_hides_no_gap_from_the_next_worker(
    place: Place,
) -> None:
    late = place.plan(due_at=after(HOUR))
    place.clock.advance(7 * DAY)
    await catch_up_if_older(place.store, place.clock, CAREFUL, spared=[])
    assert place.store.posts.get(late).look_back is None
    assert await place.start() == {late}


async def test_a_command_on_an_older_store_looks_first_and_records_the_gap(place: Place) -> None:
    late = place.plan(due_at=after(HOUR))
    place.clock.advance(7 * DAY)
    place.forget_mark()
    await catch_up_if_older(place.store, place.clock, CAREFUL, spared=[])
    assert place.store.posts.get(late).look_back
    assert place.store.provenance.known_gaps
    assert place.store.provenance.freshness() is Freshness.CURRENT


async def test_a_machine_that_comes_to_a_server_for_the_first_time_leaves_its_posts_to_the_workers(
    empty_database: str, clock: FakeClock, tmp_path: Path
) -> None:
    with open_store(empty_database, clock=clock, marks=tmp_path) as store:
        post = store.posts.add(a_post(due_at=after(0))).post
        clock.advance(MINUTE)
        await catch_up_if_older(store, clock, CAREFUL, spared=[])
        assert store.posts.get(post.id).look_back is None


# The heartbeat.


async def test_a_store_that_is_set_back_under_a_worker_opens_a_gap_within_a_minute(
    empty_database: str, clock: FakeClock, tmp_path: Path
) -> None:
    """A server's database can be put back while its workers live."""
    with open_store(empty_database, clock=clock, marks=tmp_path) as opened:
        store = InlineStore(opened.database, marks=tmp_path)
        store.options.set("store_driven_at", clock.now().isoformat())
        await catch_up(store, clock, CAREFUL)
        earlier = store.options.get("store_driven_at")
        late = store.posts.add(a_post(due_at=after(90))).post.id
        beating = asyncio.create_task(keep_heartbeat(store, clock, CAREFUL))
        await clock.sleep(150)
        assert store.options.get("store_driven_at") == after(120).isoformat()
        assert not any(gap.is_proven for gap in store.provenance.known_gaps)
        store.options.set("store_driven_at", earlier)
        await clock.sleep(60)
        beating.cancel()
        gap = store.provenance.known_gaps[-1]
        assert gap == Gap(began_at=after(-MINUTE), ended_at=after(180), is_proven=True)
        assert store.posts.get(late).look_back


async def test_a_heartbeat_that_the_store_does_not_take_is_written_the_next_time(place: Place) -> None:
    class Away(InlineStore):
        times = 0

        async def run(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
            self.times += 1
            if self.times == 1:
                raise StoreFailed("It is locked.", fix="Wait.", retryable=True)
            return await super().run(operation, *args, **kwargs)

    beating = asyncio.create_task(keep_heartbeat(Away(place.store.database), place.clock, CAREFUL))
    await place.clock.sleep(125)
    beating.cancel()
    assert place.store.options.get("store_driven_at") == after(120).isoformat()


# Copies.


async def test_a_copy_that_becomes_a_store_of_its_own_holds_back_what_the_original_publishes(
    place: Place,
) -> None:
    waiting = place.plan(due_at=after(HOUR))
    live = place.plan(state=PostState.PUBLISHED)
    assert list(await hold_back_all(place.store, place.clock)) == [waiting]
    held = place.store.posts.get(waiting)
    assert held.state is PostState.DRAFT
    assert held.look_back is not None
    assert place.store.posts.get(live).state is PostState.PUBLISHED


async def test_a_start_that_is_broken_off_is_made_up_for_by_the_next(place: Place) -> None:
    class Breaking(InlineStore):
        """A store that fails when sends are brought back, the first time."""

        is_broken = True

        async def run(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
            if self.is_broken and operation == self.posts.recall:
                self.is_broken = False
                raise StoreFailed("It is locked.", fix="Wait.", retryable=True)
            return await super().run(operation, *args, **kwargs)

    store = Breaking(place.store.database, marks=place.marks)
    late = place.plan(due_at=after(0))
    place.clock.advance(DAY)
    place.forget_mark()
    with pytest.raises(StoreFailed):
        await catch_up(store, place.clock, CAREFUL)
    assert store.provenance.freshness() is Freshness.UNKNOWN
    await catch_up(store, place.clock, CAREFUL)
    assert store.posts.get(late).look_back
    assert store.provenance.freshness() is Freshness.CURRENT
