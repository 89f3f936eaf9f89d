"""What may be live already is looked at, or waited for, before its words go out again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pressroom.core.errors import GraphError, OutcomeUnknown
from pressroom.core.post import PostId, PostState
from pressroom.graph.ids import MediaId
from pressroom.publish.machine.policy import FEWEST_CALLS
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from tests.service.road import Road, a_photo
from tests.service.rooms import posts_of

S = PostState


async def in_doubt(road: Road, key: str | None = "k") -> PostId:
    """Leave a post in doubt, whose effect comes ten minutes later."""
    late = Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.LATER, delay_s=600)
    road.sandbox.faults.add(late)
    async with road.pressroom(policy=FEWEST_CALLS) as pressroom:
        with pytest.raises(OutcomeUnknown):
            await pressroom.publish(a_photo(), idempotency_key=key)
    return road.posts[0].id


@pytest.mark.parametrize("key", ["another", None])
async def test_what_may_be_live_is_not_published_again_under_another_key(road: Road, key: str | None) -> None:
    """Whoever repeats it is told which post is in doubt, and how to settle that."""
    post_id = await in_doubt(road)
    async with road.pressroom() as pressroom:
        with pytest.raises(OutcomeUnknown, match=post_id):
            await pressroom.publish(a_photo(), idempotency_key=key)
        with pytest.raises(OutcomeUnknown, match="queue reconcile"):
            await pressroom.posts.submit(a_photo(), idempotency_key=key)
        assert (len(road.posts), road.sends) == (1, 1)
        await pressroom.publish(a_photo("Other words"))
        assert (await pressroom.posts.submit(a_photo(), at=road.clock.now() + timedelta(days=1))).post
        posts = posts_of(road.store, road.settings, clock=road.clock)
        await posts.resolve(post_id, media_id=MediaId("1"))
        await pressroom.publish(a_photo(), idempotency_key=key)
    assert road.sends == 3


async def test_what_may_be_live_holds_its_words_for_a_day_and_no_longer(road: Road) -> None:
    """After that its container is dead, and a daily greeting must not wait for a person for ever."""
    await in_doubt(road)
    road.clock.advance(24 * 3600)
    async with road.pressroom() as pressroom:
        assert (await pressroom.publish(a_photo())).state is S.PUBLISHED


@pytest.mark.parametrize(
    "answers",
    [
        (Fault(on="media_publish", kind=FaultKind.ERROR, code=25, subcode=2207050),),
        (
            Fault(on="media_publish", kind=FaultKind.DROP),
            Fault(on="media_publish", kind=FaultKind.ERROR, code=190, subcode=463),
        ),
    ],
    ids=["restricted", "lost, then refused"],
)
async def test_a_repeat_looks_at_what_was_not_carried_out_before_it_sends(
    road: Road, answers: tuple[Fault, ...]
) -> None:
    """Nothing came of the first call for six minutes; a quarter of an hour after it, it is live."""
    first, *others = answers
    for fault in (replace(first, effect=Effect.LATER, delay_s=900), *others):
        road.sandbox.faults.add(fault)
    async with road.pressroom() as pressroom:
        with pytest.raises(GraphError, match=r"25/|190/"):
            await pressroom.publish(a_photo(), idempotency_key="k")
        assert [post.state for post in road.posts] == [S.FAILED]
        road.sandbox.faults.clear()
        road.clock.advance(900)
        live = await pressroom.publish(a_photo(), idempotency_key="k")
    assert [media.id for media in road.sandbox.media] == [live.media_id]
