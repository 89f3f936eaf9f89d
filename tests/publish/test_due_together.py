"""Posts of an account that are due at one instant: one reading for all, and sends before all else."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from pressroom.core.account import UNTIL_RESUMED, Pause, Spending
from pressroom.core.errors import AccountPaused
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post, PostId, PostState, Send, SendState, Snapshot
from pressroom.core.protocols import Reply, Request, Transport
from pressroom.publish.machine.policy import CAREFUL
from pressroom.publish.manners.durable import Durable, StoreJournal, Turns
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from tests.fakes.clock import FakeClock
from tests.publish.durable_world import World, durable_world
from tests.publish.posts import after
from tests.store.posts import spend

IN_S = 3600.0
BY_ERROR = Pause(UNTIL_RESUMED, "Instagram answered 190.", code=190)


async def ready(world: World, count: int, **changes: Any) -> list[PostId]:
    """Have posts of one account prepared that are due at one instant, in five seconds."""
    ids = [world.schedule(in_s=IN_S, **changes) for _ in range(count)]
    await world.run(IN_S - 60)
    assert {world.post(post_id).state for post_id in ids} == {PostState.READY}
    due_at = world.post(ids[0]).due_at
    assert due_at is not None
    world.clock.advance((due_at - world.clock.now()).total_seconds() - 5)
    return ids


async def driven(world: World, ids: list[PostId]) -> list[Post]:
    """Drive posts side by side, as a dispatcher does a little early; the first that was sent comes first."""
    await asyncio.gather(*(world.driver.drive(post_id) for post_id in ids))
    posts = [world.post(post_id) for post_id in ids]
    return sorted(posts, key=lambda post: post.sends[0].snapshot.went_live if post.sends else -1)


def called(world: World, since: int = 0) -> list[str]:
    """Name the calls, by method and the last word of their path."""
    return [f"{call.method} {call.path.rpartition('/')[2]}" for call in world.sandbox.calls()[since:]]


async def test_they_need_one_reading_of_the_account_and_one_send_each() -> None:
    async with durable_world(hostile=False) as world:
        ids = await ready(world, 5, followups=())
        before = len(world.sandbox.calls())
        await driven(world, ids)
        calls = called(world, before)
        assert calls == ["GET media", "GET content_publishing_limit", *["POST media_publish"] * 5]
        assert {world.post(post_id).state for post_id in ids} == {PostState.PUBLISHED}


async def test_each_snapshot_counts_what_the_ones_before_it_brought_live() -> None:
    async with durable_world(hostile=False) as world:
        posts = await driven(world, await ready(world, 5, followups=()))
        first = posts[0].sends[0].snapshot
        assert first.listed is not None
        assert first.quota_usage is not None
        for number, post in enumerate(posts):
            earlier = {one.media_id for one in posts[:number]}
            listed, snapshot = first.listed | earlier, post.sends[0].snapshot
            assert snapshot == replace(
                first, listed=listed, quota_usage=first.quota_usage + number, went_live=number
            )


async def test_after_a_send_in_doubt_the_next_post_reads_again() -> None:
    async with durable_world(hostile=False) as world:
        ids = await ready(world, 3, followups=())
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.DONE))
        before = len(world.sandbox.calls())
        posts = await driven(world, ids)
        assert [post.sends[0].state for post in posts] == [SendState.LIVE] * 3
        assert world.sends == len(world.sandbox.media) == 3
        assert called(world, before).count("GET content_publishing_limit") == 2
        (doubtful,) = (
            one for one in world.sandbox.media if one.container_id == posts[0].sends[0].container_id
        )
        listed = posts[1].sends[0].snapshot.listed
        assert listed is not None
        assert doubtful.id in listed


def once(act: Callable[[], None], moment: str) -> Callable[[str], None]:
    """Act at a step's boundary, the first time it is reached."""
    left = [act]

    def reach(name: str) -> None:
        if name == moment and left:
            left.pop()()

    return reach


async def test_a_post_that_another_process_brings_live_meanwhile_is_in_the_snapshot() -> None:
    async with durable_world(hostile=False) as world:
        (post_id,) = await ready(world, 1, followups=())
        account, before = world.post(post_id).account, len(world.sandbox.calls())

        def another() -> None:
            spend(world.store, account, Spending.PUBLISH, "another", world.clock.now())

        world.driver = replace(world.driver, crash_point=once(another, "before SendCommitted"))
        (post,) = await driven(world, [post_id])
        assert (post.state, post.sends[0].snapshot.went_live, len(post.sends)) == (PostState.PUBLISHED, 1, 1)
        assert called(world, before).count("GET media") == 2
        assert world.steps(post_id).count("send_committed") == 1


async def test_a_snapshot_that_is_out_of_date_thrice_lets_the_post_wait_a_little() -> None:
    async with durable_world(hostile=False) as world:
        (post_id,) = await ready(world, 1, followups=())
        account, before, tries = world.post(post_id).account, len(world.sandbox.calls()), list[str]()

        def another(name: str) -> None:
            if name == "before SendCommitted" and len(tries) < 3:
                tries.append(name)
                spend(world.store, account, Spending.PUBLISH, f"other-{len(tries)}", world.clock.now())

        world.driver = replace(world.driver, crash_point=another)
        (post,) = await driven(world, [post_id])
        assert post.state is PostState.PUBLISHED
        assert post.due_at is not None
        assert post.sends[0].started_at - post.due_at == timedelta(seconds=5)
        assert called(world, before).count("GET media") == 4


async def test_what_was_noted_before_a_send_that_could_not_be_opened_stays_in_the_history() -> None:
    async with durable_world(hostile=False) as world:
        (post_id,) = await ready(world, 1, followups=())
        post = world.post(post_id)
        journal = StoreJournal(world.store, post, Turns(), world.clock, heeds_pauses=True)
        line = JournalEvent(subject_id=post_id, at=world.clock.now(), step="noted", text="Seen before.")
        await journal.append(line)
        world.store.accounts.pause(post.account, BY_ERROR)
        with pytest.raises(AccountPaused):
            await journal.open_send(sent(post), replace(line, step="send_committed"), None)
        await journal.flush()
        assert world.steps(post_id)[-1] == "noted"
        assert "send_committed" not in world.steps(post_id)


def sent(post: Post) -> Post:
    send = Send(
        container_id=post.containers[0].id,
        number=1,
        started_at=after(0),
        deadline=after(15),
        snapshot=Snapshot(),
    )
    return replace(post, state=PostState.PUBLISHING, sends=(send,), revision=post.revision + 1)


async def test_an_account_that_is_paused_in_the_last_moment_sends_nothing_and_says_nothing_of_it() -> None:
    async with durable_world(hostile=False) as world:
        (post_id,) = await ready(world, 1, followups=())
        account = world.post(post_id).account
        told = list[JournalEvent]()
        world.driver = replace(
            world.driver,
            crash_point=once(lambda: world.store.accounts.pause(account, BY_ERROR), "before SendCommitted"),
            on_event=told.append,
        )
        (post,) = await driven(world, [post_id])
        assert (post.state, post.sends, post.held_up_by) == (PostState.READY, (), BY_ERROR.reason)
        assert (world.sends, told) == (0, [])


@dataclass
class SlowTransport:
    """Takes some seconds to publish."""

    inner: Transport
    clock: FakeClock
    takes_s: float

    async def send(self, request: Request) -> Reply:
        if request.url.endswith("/media_publish"):
            await self.clock.sleep(self.takes_s)
        return await self.inner.send(request)

    async def aclose(self) -> None:
        await self.inner.aclose()


@pytest.mark.parametrize(("takes_s", "waits_s"), [(1.0, 1.2), (3.0, 3.2), (8.0, 10.0)])
async def test_who_meets_another_workers_send_goes_right_after_it_unless_that_takes_long(
    takes_s: float, waits_s: float
) -> None:
    def slow(inner: Transport, clock: FakeClock) -> Transport:
        return SlowTransport(inner, clock, takes_s)

    async with durable_world(hostile=False, wire=slow) as world:
        ids = await ready(world, 2, followups=())
        another = replace(world.driver, worker="worker-2", _turns=Turns(), _shared=[])
        await asyncio.gather(world.driver.drive(ids[0]), another.drive(ids[1]))
        first, second = sorted(world.post(post_id).sends[0].started_at for post_id in ids)
        assert waits_s - 0.2 <= (second - first).total_seconds() <= waits_s
        assert {world.post(post_id).state for post_id in ids} == {PostState.PUBLISHED}
        assert world.sends == len(world.sandbox.media) == 2


async def test_a_send_in_doubt_is_not_waited_for_in_turn() -> None:
    """Somebody looks into it, for half an hour if need be, and nobody polls meanwhile."""
    async with durable_world(hostile=False) as world:
        one, other = await ready(world, 2, followups=())
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.NONE))
        await world.driver.drive(one)
        assert world.post(one).open_send is not None
        manner = Durable(world.store, world.clock, CAREFUL, longest_wait_s=10)
        asked_at = world.clock.now()
        assert not await manner.waits_out_another(world.post(other))
        assert world.clock.now() == asked_at


async def test_links_and_comments_wait_until_all_are_sent() -> None:
    async with durable_world(hostile=False) as world:
        ids = await ready(world, 5)
        before = len(world.sandbox.calls())
        await driven(world, ids)
        calls = called(world, before)
        last = max(number for number, call in enumerate(calls) if call == "POST media_publish")
        assert calls[2 : last + 1] == ["POST media_publish"] * 5
        assert calls[last + 1 :].count("POST comments") == 5


async def test_a_post_that_is_woken_before_its_time_is_not_written() -> None:
    async with durable_world(hostile=False) as world:
        (post_id,) = await ready(world, 1)
        before = world.post(post_id)
        world.clock.advance(-60)
        await world.driver.drive(post_id)
        assert world.post(post_id) == before
