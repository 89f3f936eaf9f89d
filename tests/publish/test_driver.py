"""Scheduled posts over time: prepared early, on time, through pauses, full quotas, outages and crashes.

Also the lease: it is kept while a post is driven, and a store that fails for a moment ends neither.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, cast

import pytest

from pressroom.core.assets import Asset
from pressroom.core.errors import StoreFailed
from pressroom.core.post import Attention, IfLate, Post, PostId, PostKind, PostState
from pressroom.core.stored_posts import PostQuery
from pressroom.publish.driver import Means, leased
from pressroom.publish.machine import events as ev
from pressroom.publish.machine import operations
from pressroom.publish.machine.transitions import step
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.settings import Processing
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.fakes.media import FakeDesk
from tests.publish.durable_world import Killed, durable_world
from tests.publish.posts import a_post
from tests.store.posts import stored

HOUR = 3600.0


@pytest.mark.parametrize("kind", list(PostKind))
async def test_a_scheduled_post_is_prepared_ahead_and_goes_live_when_it_is_due(kind: PostKind) -> None:
    async with durable_world() as world:
        post_id = world.schedule(kind, in_s=HOUR)
        due_at = world.post(post_id).due_at
        assert due_at is not None
        await world.run(HOUR - 600)
        assert world.post(post_id).state is PostState.READY
        await world.run(660)
        post = world.post(post_id)
        assert (post.state, post.media_id) == (PostState.PUBLISHED, world.sandbox.media[0].id)
        assert abs((post.sends[0].started_at - due_at).total_seconds()) < 1
        assert post.permalink
        assert world.sends == 1


async def test_each_step_stands_in_the_journal() -> None:
    async with durable_world() as world:
        post_id = world.schedule()
        await world.run(HOUR + 60)
        assert world.steps(post_id) == [
            "container_created",
            "container_settled",
            "send_committed",
            "published",
            "comment_committed",
            "commented",
        ]


async def test_each_write_stands_in_the_journal_as_it_was_sent_and_answered() -> None:
    async with durable_world() as world:
        post_id = world.schedule()
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP))
        await world.run(2 * HOUR)
        events = world.store.events.list(post_id)
        calls = [(event.step, call) for event in events for call in event.calls]
        user, token = world.account.user_id, world.account.token.reveal()
        assert [(step, *call.split()[:2]) for step, call in calls] == [
            ("container_created", "POST", f"/{user}/media"),
            ("send_failed", "POST", f"/{user}/media_publish"),
            ("published", "POST", f"/{user}/media_publish"),
            ("commented", "POST", f"/{world.post(post_id).media_id}/comments"),
        ]
        container = world.post(post_id).sends[0].container_id
        assert f"creation_id={container} -> no answer, error AnswerLost, " in calls[1][1]
        assert "-> HTTP 200, " in calls[2][1]
        assert not any(token in call or "?" in call for _, call in calls)


async def test_a_lost_answer_is_reconciled_between_rests() -> None:
    async with durable_world() as world:
        post_id = world.schedule(in_s=60)
        world.sandbox.faults.add(
            Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.LATER, delay_s=20)
        )
        await world.run(HOUR)
        post = world.post(post_id)
        assert (post.state, post.media_id) == (PostState.PUBLISHED, world.sandbox.media[0].id)
        assert (len(world.sandbox.media), world.sends) == (1, 1)


async def test_a_send_that_was_not_carried_out_is_sent_once_more() -> None:
    async with durable_world() as world:
        post_id = world.schedule(in_s=60)
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP))
        await world.run(HOUR)
        assert world.post(post_id).state is PostState.PUBLISHED
        assert (len(world.sandbox.media), world.sends) == (1, 2)


async def test_what_another_post_did_while_this_one_waited_its_turn_hides_nothing() -> None:
    """The first is in doubt for some seconds and goes live; the second, sent after it, is lost once."""
    async with durable_world() as world:
        posts = [world.schedule(in_s=60), world.schedule(in_s=61)]
        await world.run(10)
        world.clock.advance(45)
        late = Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.LATER, delay_s=3)
        world.sandbox.faults.add(late)
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP))
        await asyncio.gather(*(world.driver.drive(post_id) for post_id in posts))
        await world.run(HOUR)
        assert [world.post(post_id).state for post_id in posts] == [PostState.PUBLISHED] * 2
        assert (len(world.sandbox.media), world.sends) == (2, 3)


async def test_an_expired_token_pauses_the_account_and_the_post_waits_for_it() -> None:
    async with durable_world() as world:
        post_id = world.schedule(in_s=60)
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.ERROR, code=190, subcode=463))
        await world.run(300)
        assert world.post(post_id).state is PostState.READY
        pause = world.store.accounts.pause_of("default")
        assert pause is not None
        assert "190/463" in pause.reason
        world.store.accounts.resume("default")
        await world.run(HOUR)
        assert world.post(post_id).state is PostState.PUBLISHED
        assert len(world.sandbox.media) == 1


async def test_an_outage_while_preparing_is_waited_for() -> None:
    async with durable_world() as world:
        post_id = world.schedule(in_s=HOUR)
        world.sandbox.faults.add(Fault(on="create", kind=FaultKind.ERROR, code=2, http_status=500, times=20))
        await world.run(2 * HOUR)
        assert world.post(post_id).state is PostState.PUBLISHED


async def test_what_earlier_tries_put_up_is_taken_back_once_one_succeeds() -> None:
    async with durable_world() as world:
        world.schedule(in_s=HOUR, assets=(Asset("cat.jpg"),))
        world.sandbox.faults.add(Fault(on="create", kind=FaultKind.ERROR, code=2, http_status=500, times=20))
        await world.run(HOUR - 600)
        assert world.host.put_up
        assert not world.host.released
        await world.run(HOUR)
        assert world.host.released == world.host.put_up


async def test_a_full_quota_moves_the_post_to_the_next_free_slot() -> None:
    async with durable_world(quota_total=1) as world:
        first = world.schedule(in_s=60)
        second = world.schedule(in_s=HOUR)
        await world.run(2 * HOUR)
        moved = world.post(second)
        published_at = world.post(first).sends[0].started_at
        assert moved.state is PostState.SCHEDULED
        assert moved.postponed_to is not None
        assert moved.postponed_to >= published_at + timedelta(hours=24)
        await world.run(25 * HOUR)
        assert world.post(second).state is PostState.PUBLISHED
        assert len(world.sandbox.media) == 2


@pytest.mark.parametrize(
    ("if_late", "state"),
    [
        (IfLate.PUBLISH, PostState.NEEDS_ATTENTION),
        (IfLate.ASK, PostState.NEEDS_ATTENTION),
        (IfLate.DROP, PostState.MISSED),
    ],
)
async def test_after_days_without_a_worker_each_post_follows_its_rule(
    if_late: IfLate, state: PostState
) -> None:
    async with durable_world() as world:
        post_id = world.schedule(in_s=HOUR, if_late=if_late)
        world.clock.advance(72 * HOUR)
        await world.run(HOUR)
        post = world.post(post_id)
        assert (post.state, world.sends) == (state, 0)
        assert (post.attention is Attention.LATE) == (state is PostState.NEEDS_ATTENTION)


async def test_late_posts_are_spaced() -> None:
    async with durable_world() as world:
        posts = [world.schedule(in_s=60 + number) for number in range(4)]
        world.clock.advance(1800)
        await world.run(HOUR)
        sent = sorted(world.post(post_id).sends[0].started_at for post_id in posts)
        gaps = [(late - early).total_seconds() for early, late in pairwise(sent)]
        assert all(gap >= 119 for gap in gaps)


BOUNDARIES = [
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


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("kind", [PostKind.PHOTO, PostKind.CAROUSEL])
async def test_a_worker_that_dies_at_any_boundary_neither_loses_nor_doubles(
    kind: PostKind, boundary: str
) -> None:
    deaths = [boundary]

    def die(name: str) -> None:
        if name in deaths:
            deaths.remove(name)
            raise Killed

    async with durable_world(crash_point=die) as world:
        post_id = world.schedule(kind, in_s=60)
        with pytest.raises(Killed):
            await world.run(HOUR)
        world.store.posts.release_leases()
        await world.run(2 * HOUR)
        post = world.post(post_id)
        assert post.state is PostState.PUBLISHED
        assert [media.id for media in world.sandbox.media] == [post.media_id]


async def test_a_post_that_becomes_too_late_while_its_media_is_processed_follows_its_rule() -> None:
    async with durable_world(processing=Processing.after_seconds(30)) as world:
        post_id = world.schedule(in_s=HOUR)
        world.clock.advance(2 * HOUR - 10)
        await world.run(60)
        post = world.post(post_id)
        assert (post.state, post.attention, world.sends) == (PostState.NEEDS_ATTENTION, Attention.LATE, 0)


async def test_a_post_that_is_driven_a_moment_early_waits_for_its_time_in_memory() -> None:
    async with durable_world() as world:
        post_id = world.schedule(in_s=HOUR)
        world.clock.advance(HOUR - 900 - 5)
        await world.driver.drive(post_id)
        assert world.post(post_id).state is PostState.READY
        assert world.post(post_id).containers[0].created_at >= world.clock.start + timedelta(seconds=2700)


async def test_a_stored_post_without_a_due_time_is_published_at_once() -> None:
    async with durable_world() as world:
        post, _ = step(a_post(), ev.Submitted())
        world.store.posts.add(post)
        await world.driver.drive(post.id)
        assert (world.post(post.id).state, world.sends) == (PostState.PUBLISHED, 1)


async def test_a_post_that_somebody_changes_meanwhile_is_left_as_they_made_it() -> None:
    cancelled = list[str]()

    def cancel(boundary: str) -> None:
        if boundary == "before ContainerSettled":
            (due,) = world.store.posts.list(PostQuery()).posts
            world.store.posts.save(operations.cancel(due), due)
            cancelled.append(due.id)

    async with durable_world(crash_point=cancel) as world:
        post_id = world.schedule(in_s=60)
        await world.run(HOUR)
        assert (world.post(post_id).state, world.sends) == (PostState.CANCELLED, 0)
        assert cancelled == [post_id]


async def test_a_post_whose_file_is_refused_fails_before_it_is_due_without_any_call() -> None:
    async with durable_world() as world:

        async def means(post: Post) -> Means:
            found = await opened(post)
            return Means(found.client, replace(found.preparation, desk=FakeDesk(refuses=True)))

        opened, world.driver = world.driver.means, replace(world.driver, means=means)
        post_id = world.schedule(in_s=HOUR, assets=(Asset("cat.jpg"),))
        await world.driver.drive(post_id)
        post = world.post(post_id)
        assert (post.state, post.problem) == (PostState.FAILED, "cat.jpg is not media. Choose another file.")
        assert world.sandbox.calls() == []


async def test_an_account_that_is_signed_out_while_its_post_is_under_way_is_paused() -> None:
    def sign_out(boundary: str) -> None:
        if boundary == "after ContainerCreated":
            world.store.accounts.remove("default")

    async with durable_world(crash_point=sign_out) as world:
        post_id = world.schedule(in_s=60)
        world.sandbox.faults.add(Fault(on="container_status", kind=FaultKind.ERROR, code=190, subcode=463))
        await world.driver.drive(post_id)
        pause = world.store.accounts.pause_of(world.post(post_id).account)
        assert pause is not None
        assert "190/463" in pause.reason


AWAY = StoreFailed("The store is in use by another process (SQLITE_BUSY)", fix="Try again.", retryable=True)


class Flaky:
    """A store whose operations fail as long as they are in `failing`; `soon` is set when one did."""

    def __init__(self, store: Store, *failing: str) -> None:
        self.posts = store.posts
        self.failing = set(failing)
        self.failed = asyncio.Event()

    async def run(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if operation.__name__ in self.failing:
            self.failed.set()
            raise AWAY
        return operation(*args, **kwargs)


class Passed(Flaky):
    """A store where the lease is another's when it is to be renewed. asked: how often."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.asked = 0
        self.told = asyncio.Event()

    async def run(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if operation.__name__ != "renew_lease":
            return await super().run(operation, *args, **kwargs)
        self.asked += 1
        self.told.set()
        return False


@pytest.fixture
def post_id(store: Store) -> PostId:
    return stored(store).id


@pytest.fixture
def store() -> Any:
    with open_store(":memory:", clock=FakeClock()) as opened:
        yield opened


async def test_a_renewal_that_fails_is_tried_again(store: Store, post_id: PostId) -> None:
    flaky: Any = Flaky(store, "renew_lease")
    async with leased(flaky, post_id, "one", lease_s=0.03) as post:
        assert post is not None
        await flaky.failed.wait()
        flaky.failed.clear()
        await flaky.failed.wait()
    assert store.posts.take_lease(post_id, "two", lease_s=60) is not None, "and it was given back"


async def test_a_lease_that_cannot_be_given_back_does_not_make_the_drive_fail(
    store: Store, post_id: PostId
) -> None:
    flaky: Any = Flaky(store, "release_lease")
    async with leased(flaky, post_id, "one", lease_s=60):
        pass
    assert flaky.failed.is_set()


async def test_a_post_that_another_worker_drives_is_not_given(store: Store, post_id: PostId) -> None:
    async with leased(store, post_id, "one", lease_s=60):
        async with leased(store, post_id, "two", lease_s=60) as post:
            assert post is None
        assert store.posts.renew_lease(post_id, "one", lease_s=60), "and the first still has it"


async def test_a_lease_that_has_passed_to_another_worker_is_not_renewed_any_more(
    store: Store, post_id: PostId, caplog: pytest.LogCaptureFixture
) -> None:
    passed = Passed(store)
    async with leased(cast("Any", passed), post_id, "one", lease_s=0.03):
        await passed.told.wait()
    assert passed.asked == 1
    assert "has passed to another worker" in caplog.text
