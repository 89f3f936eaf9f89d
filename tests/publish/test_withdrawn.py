"""The standing consent that a post went under is withdrawn: no send of it is opened from then on."""

from pressroom.core.consent import GrantUse
from pressroom.core.post import PostId, PostState, SendState
from pressroom.publish.machine import operations
from pressroom.publish.machine.transitions import resume
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from tests.publish.durable_world import World, durable_world
from tests.store.consents import a_grant
from tests.store.posts import after, changed

HOUR = 3600.0


def released(world: World, *, in_s: float) -> tuple[PostId, GrantUse]:
    """Store a post that goes under a standing consent."""
    post_id, grant = world.schedule(in_s=in_s, followups=()), a_grant(world.store)
    use = GrantUse(
        grant=grant.id, at=after(in_s), day_start=after(0), day_end=after(24 * HOUR), reference=post_id
    )
    post = world.post(post_id)
    world.store.posts.save(changed(post), post, [], use)
    return post_id, use


async def test_a_worker_that_has_it_in_hand_holds_it_back_at_the_commit_of_its_send() -> None:
    withdrawals = list[World]()

    def points(name: str) -> None:
        if name == "before SendCommitted" and withdrawals:
            withdrawals.pop().store.consents.revoke(use.grant, after(1))

    async with durable_world(hostile=False, crash_point=points) as world:
        post_id, use = released(world, in_s=60)
        withdrawals.append(world)
        await world.run(HOUR)
        post = world.post(post_id)
        assert (post.state, post.wake_at, world.sends) == (PostState.AWAITING_APPROVAL, None, 0)
        assert world.steps(post_id)[-1] == "withheld"
        approved = operations.approve(post, world.clock.now())
        world.store.posts.save(approved.changed(wake_at=resume(approved)[0].not_before), post)
        await world.run(HOUR)
        assert (world.post(post_id).state, world.sends) == (PostState.PUBLISHED, 1)


async def test_a_lost_send_of_it_that_did_nothing_is_not_repeated() -> None:
    async with durable_world(hostile=False) as world:
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.NONE))
        post_id, use = released(world, in_s=60)
        await world.run(90)
        assert world.post(post_id).open_send is not None
        assert world.store.consents.revoke(use.grant, after(91)) == {post_id: PostState.PUBLISHING}
        await world.run(HOUR)
        post = world.post(post_id)
        assert (post.state, world.sends) == (PostState.AWAITING_APPROVAL, 1)
        assert [send.state for send in post.sends] == [SendState.NOT_DONE]
