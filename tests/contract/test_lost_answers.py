"""Publisher against sandbox: however the answer to `media_publish` is lost, there is one live post or none.

The sandbox is hostile: a container published twice makes two media, reads are stale, listings lag and its
`Date` is off.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account
from pressroom.core.errors import GraphError, OutcomeUnknown, PressroomError
from pressroom.core.post import Post, PostKind, PostState
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Pressroom, new_post
from tests.fakes.clock import FakeClock

SPAM_PROTECTION = 2207051
ANSWERS = {
    "dropped": Fault(on="media_publish", kind=FaultKind.DROP),
    "truncated": Fault(on="media_publish", kind=FaultKind.TRUNCATE),
    "hung past the timeout": Fault(on="media_publish", kind=FaultKind.HANG),
    "500": Fault(on="media_publish", kind=FaultKind.ERROR, code=2, http_status=500),
    "400 with 4/2207051": Fault(on="media_publish", kind=FaultKind.ERROR, code=4, subcode=2207051),
    "400 with 4, which is transient": Fault(on="media_publish", kind=FaultKind.ERROR, code=4),
    "200 with an error": Fault(on="media_publish", kind=FaultKind.ERROR, code=1, http_status=200),
    "a proxy's page": Fault(on="media_publish", kind=FaultKind.GATEWAY),
}
KINDS = {
    PostKind.PHOTO: ["https://example.com/a.jpg"],
    PostKind.REEL: ["https://example.com/a.mp4"],
    PostKind.CAROUSEL: ["https://example.com/a.jpg", "https://example.com/b.mp4"],
    PostKind.STORY: ["https://example.com/a.jpg"],
}


@dataclass
class World:
    sandbox: Sandbox
    pressroom: Pressroom
    clock: FakeClock

    async def publish(self, kind: PostKind = PostKind.PHOTO) -> Post:
        caption = None if kind is PostKind.STORY else "Hello @anna"
        return await self.pressroom.publish(new_post(kind, KINDS[kind], caption=caption))

    @property
    def sends(self) -> int:
        return len(self.sandbox.calls("/media_publish", "POST"))


@asynccontextmanager
async def hostile_world(**changes: object) -> AsyncGenerator[World]:
    clock = FakeClock()
    settings = SandboxSettings(fetch="trust", hostile=True, processing=Processing.after_reads(2), **changes)  # pyright: ignore[reportArgumentType]
    sandbox = Sandbox(settings, clock=clock)
    account = Account(token=Secret(sandbox.token), user_id=sandbox.user_id, api_base="http://127.0.0.1:1")
    transport = AsgiTransport(sandbox.app, clock=clock)
    pressroom = Pressroom(account, Settings(home=Path("/nowhere")), transport=transport, clock=clock)
    async with pressroom:
        yield World(sandbox, pressroom, clock)
    await sandbox.aclose()


def fault(name: str, effect: Effect) -> Fault:
    delay_s = 90.0 if ANSWERS[name].kind is FaultKind.HANG else 5.0
    return replace(ANSWERS[name], effect=effect, delay_s=delay_s)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_post_goes_live_once(kind: PostKind) -> None:
    async with hostile_world() as world:
        post = await world.publish(kind)
    assert [media.id for media in world.sandbox.media] == [post.media_id]
    assert post.permalink


@pytest.mark.parametrize(
    ("name", "effect"),
    [(name, Effect.DONE) for name in ANSWERS]
    # Half of the true answer exists only once the call was carried out.
    + [(name, Effect.LATER) for name in ANSWERS if name != "truncated"],
)
async def test_what_was_carried_out_is_reported_published_and_stands_once(name: str, effect: Effect) -> None:
    async with hostile_world() as world:
        world.sandbox.faults.add(fault(name, effect))
        post = await world.publish()
        assert [media.id for media in world.sandbox.media] == [post.media_id]
    assert (post.state, world.sends) == (PostState.PUBLISHED, 1)
    assert post.permalink


@pytest.mark.parametrize("kind", KINDS)
async def test_a_lost_answer_is_found_again_for_every_kind(kind: PostKind) -> None:
    async with hostile_world() as world:
        world.sandbox.faults.add(fault("dropped", Effect.DONE))
        post = await world.publish(kind)
    assert [media.id for media in world.sandbox.media] == [post.media_id]


@pytest.mark.parametrize("name", sorted(ANSWERS.keys() - {"truncated"}))
async def test_what_was_not_carried_out_is_sent_once_more_unless_instagram_forbids_it(name: str) -> None:
    async with hostile_world() as world:
        world.sandbox.faults.add(fault(name, Effect.NONE))
        if ANSWERS[name].subcode == SPAM_PROTECTION:
            with pytest.raises(OutcomeUnknown, match="Container"):
                await world.publish()
            assert (world.sandbox.media, world.sends) == ([], 1)
            return
        post = await world.publish()
        assert [media.id for media in world.sandbox.media] == [post.media_id]
        assert world.sends == 2


@pytest.mark.parametrize(("code", "subcode"), [(24, 2207006), (9007, 2207027), (100, 33)])
async def test_a_late_effect_that_makes_the_second_send_refused_is_found_and_stands_once(
    code: int, subcode: int
) -> None:
    """A container that is published after all answers the second send as one that is gone or not ready."""
    late = Fault(on="media_publish", kind=FaultKind.ERROR, code=code, subcode=subcode, effect=Effect.DONE)
    async with hostile_world() as world:
        world.sandbox.faults.add(fault("dropped", Effect.NONE))
        world.sandbox.faults.add(late)
        post = await world.publish()
        assert [media.id for media in world.sandbox.media] == [post.media_id]
    assert (post.state, world.sends) == (PostState.PUBLISHED, 2)


@pytest.mark.parametrize(("effect", "count"), [(Effect.NONE, 0), (Effect.DONE, 1), (Effect.LATER, 1)])
@pytest.mark.parametrize(("code", "subcode"), [(25, 2207050), (368, None)])
async def test_where_a_person_has_to_act_it_is_looked_for_first_and_never_sent_again(
    code: int, subcode: int | None, effect: Effect, count: int
) -> None:
    restricted = Fault(
        on="media_publish", kind=FaultKind.ERROR, code=code, subcode=subcode, effect=effect, delay_s=5
    )
    async with hostile_world() as world:
        world.sandbox.faults.add(restricted)
        if count:
            assert (await world.publish()).state is PostState.PUBLISHED
        else:
            with pytest.raises(GraphError, match=str(code)):
                await world.publish()
    assert (len(world.sandbox.media), world.sends) == (count, 1)


async def test_a_refusal_is_believed_and_nothing_is_live() -> None:
    async with hostile_world() as world:
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.ERROR, code=190, subcode=463))
        with pytest.raises(PressroomError, match="190/463"):
            await world.publish()
    assert (world.sandbox.media, world.sends) == ([], 1)


async def test_not_ready_after_finished_waits_and_goes_live_once() -> None:
    async with hostile_world() as world:
        world.sandbox.faults.add(
            Fault(on="media_publish", kind=FaultKind.ERROR, code=9007, subcode=2207027, times=3)
        )
        await world.publish()
    assert (len(world.sandbox.media), world.sends) == (1, 4)


async def test_a_container_that_ends_in_error_by_chance_is_made_again() -> None:
    async with hostile_world() as world:
        world.sandbox.faults.add(Fault(on="create", kind=FaultKind.CONTAINER, subcode=2207082))
        await world.publish(PostKind.REEL)
    assert len(world.sandbox.media) == 1


async def test_a_read_that_fails_at_first_is_read_again() -> None:
    async with hostile_world() as world:
        world.sandbox.faults.add(
            Fault(on="container_status", kind=FaultKind.ERROR, code=100, subcode=33, times=2)
        )
        await world.publish()
    assert len(world.sandbox.media) == 1
