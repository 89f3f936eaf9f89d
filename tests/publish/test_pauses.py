"""An account that somebody paused: nothing of it is sent, and its posts stay where they are."""

from datetime import timedelta

import pytest

from pressroom.core.account import UNTIL_RESUMED, Pause
from pressroom.core.actor import ActorId
from pressroom.core.post import IfLate, PostState
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from tests.publish.durable_world import World, durable_world

HOUR = 3600.0
ANNA = ActorId("person:anna")
LOST = Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.LATER, delay_s=120)


def pause(world: World, account: str = "default") -> None:
    by_hand = Pause(UNTIL_RESUMED, "The campaign is on hold", ANNA, world.clock.now())
    world.store.accounts.pause(account, by_hand)


async def test_nothing_of_a_paused_account_is_made_or_sent_and_its_posts_are_not_touched() -> None:
    async with durable_world(hostile=False) as world:
        post_id = world.schedule(in_s=HOUR, if_late=IfLate.DROP)
        pause(world)
        before = world.post(post_id)
        await world.run(30 * HOUR)
        assert world.post(post_id) == before, "its late rule waits, too"
        assert world.sandbox.calls() == []


@pytest.mark.parametrize(
    ("if_late", "paused_s", "state"),
    [
        (IfLate.PUBLISH, 2 * HOUR, PostState.PUBLISHED),
        (IfLate.PUBLISH, 3 * HOUR, PostState.NEEDS_ATTENTION),
        (IfLate.ASK, 2 * HOUR, PostState.NEEDS_ATTENTION),
        (IfLate.DROP, 2 * HOUR, PostState.MISSED),
        (IfLate.DROP, 0.5 * HOUR, PostState.PUBLISHED),
    ],
)
async def test_after_a_pause_a_late_post_follows_its_own_rule(
    if_late: IfLate, paused_s: float, state: PostState
) -> None:
    async with durable_world(hostile=False) as world:
        post_id = world.schedule(in_s=1.5 * HOUR, if_late=if_late, followups=())
        pause(world)
        await world.run(paused_s)
        assert world.store.accounts.resume_by_hand("default")
        await world.run(1.5 * HOUR)
        assert world.post(post_id).state is state


async def test_a_pause_that_comes_while_a_post_is_prepared_keeps_it_from_being_sent() -> None:
    async with durable_world(hostile=False) as world:
        post_id = world.schedule(in_s=HOUR)
        await world.run(HOUR - 60)
        assert world.post(post_id).state is PostState.READY
        pause(world)
        await world.run(2 * HOUR)
        assert (world.post(post_id).state, world.sends) == (PostState.READY, 0)


@pytest.mark.parametrize("moment", ["after ContainerSettled", "before SendCommitted"])
async def test_a_pause_in_the_last_moment_before_a_send_keeps_it_from_being_sent(moment: str) -> None:
    """The worker has taken the post up, and has read who is paused already."""
    worlds = list[World]()

    def points(name: str) -> None:
        if name == moment and worlds:
            pause(worlds.pop())

    async with durable_world(hostile=False, crash_point=points) as world:
        worlds.append(world)
        post_id = world.schedule(in_s=1)
        await world.run(0.5 * HOUR)
        assert (world.post(post_id).state, world.sends) == (PostState.READY, 0)
        assert world.post(post_id).held_up_by is None
        world.store.accounts.resume_by_hand("default")
        await world.run(60)
        assert world.post(post_id).state is PostState.PUBLISHED


async def test_a_send_that_is_open_when_the_account_is_paused_is_settled_and_followed_up() -> None:
    async with durable_world(hostile=False) as world:
        world.sandbox.faults.add(LOST)
        post_id = world.schedule(in_s=60)
        await world.run(61)
        assert world.post(post_id).open_send is not None
        pause(world)
        await world.run(2 * HOUR)
        post = world.post(post_id)
        assert (post.state, post.followups) == (PostState.PUBLISHED, ())
        assert post.first_comment_id is not None


async def test_another_account_goes_on() -> None:
    async with durable_world(hostile=False) as world:
        post_id = world.schedule(in_s=60, followups=())
        pause(world, "another")
        await world.run(120)
        assert world.post(post_id).state is PostState.PUBLISHED


async def test_a_pause_by_hand_that_ends_leaves_the_one_of_a_dead_token() -> None:
    async with durable_world(hostile=False) as world:
        world.sandbox.scene.world.tokens[world.sandbox.token].expires_at = 0
        world.schedule(in_s=60)
        await world.run(61)
        pause(world)
        assert [one.by for one in world.store.accounts.pauses_of("default")] == [ANNA, None]
        assert world.store.accounts.resume_by_hand("default")
        (left,) = world.store.accounts.pauses_of("default")
        assert left.by is None


async def test_posts_of_an_account_that_somebody_paused_are_not_overdue() -> None:
    async with durable_world(hostile=False) as world:
        world.schedule(in_s=60)
        world.clock.advance(HOUR)
        late = world.clock.now() - timedelta(minutes=1)
        assert world.store.posts.count_due([PostState.SCHEDULED], before=late) == 1
        pause(world)
        assert world.store.posts.count_due([PostState.SCHEDULED], before=late) == 0
