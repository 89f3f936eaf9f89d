"""Nobody waits without a word, and nobody waits for a process that is gone."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import pytest

from pressroom.core.errors import StillWaiting
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post, PostState, SendState
from pressroom.core.settings import Settings
from pressroom.dispatch.locks import carriage, driver_lock
from pressroom.service import Listeners, Pressroom
from tests.fakes.clock import FakeClock
from tests.service.road import Road, a_photo
from tests.service.test_carrier import DiesBeforeItSends, Killed

pytestmark = pytest.mark.usefixtures("real_time")

S = PostState


async def left_open(road: Road) -> Post:
    """What a `publish` leaves that is killed between the committed send and its first byte."""
    async with road.pressroom(transport=DiesBeforeItSends(road.transport())) as pressroom:
        with pytest.raises(Killed):
            await pressroom.publish(a_photo("One"), idempotency_key="one")
    (died,) = road.posts
    assert died.open_send
    return died


async def test_the_next_publish_takes_up_a_send_that_a_killed_one_left_open(road: Road) -> None:
    """It says once what it waits for and how to end that, and asks Instagram about the other post alone."""
    died = await left_open(road)
    before, told = len(road.sandbox.calls()), list[JournalEvent]()
    async with road.pressroom(listeners=Listeners(on_event=told.append)) as pressroom:
        live = await pressroom.publish(a_photo("Two"))
    assert (live.state, len(road.sandbox.media)) == (S.PUBLISHED, road.sends)
    assert road.post(died.id).sends[0].state in (SendState.NOT_DONE, SendState.LIVE)
    assert road.clock.elapsed_s < 1000, "as long as the proof takes, and no longer"
    assert len(road.sandbox.calls()) - before < 60
    (said,) = [event.text for event in told if event.step == "waiting"]
    assert f"pressroom schedule show {died.id[:8]}" in said
    assert "Ctrl-C" in said


async def test_a_process_that_is_only_stopped_has_the_post_until_its_lease_runs_out(road: Road) -> None:
    """It still holds its file."""
    died = await left_open(road)
    road.store.posts.take_lease(died.id, "stopped", lease_s=0.001)
    with carriage(road.settings.home, died.id) as right:
        assert right
        async with road.pressroom() as pressroom:
            live = await pressroom.publish(a_photo("Two"))
    assert live.state is S.PUBLISHED
    assert len(road.sandbox.media) == road.sends


async def test_a_post_that_a_stopped_worker_leaves_lying_is_carried_here(road: Road) -> None:
    """A worker that hangs still has the driver's lock."""
    road.sign_in()
    lock = driver_lock(road.settings)
    assert lock.take()
    told = list[JournalEvent]()
    try:
        async with road.pressroom(listeners=Listeners(on_event=told.append)) as pressroom:
            live = await pressroom.publish(a_photo())
    finally:
        lock.release()
    assert (live.state, road.sends) == (S.PUBLISHED, 1)
    assert [event.text for event in told if event.step == "waiting"] != []


async def test_the_same_key_goes_on_where_a_stopped_process_holds_its_file(road: Road) -> None:
    async with road.pressroom() as pressroom:
        accepted = await pressroom.posts.accept(a_photo(), idempotency_key="k")
        with carriage(road.settings.home, accepted.post.id) as right:
            assert right
            live = await pressroom.publish(a_photo(), idempotency_key="k")
    assert (live.id, live.state) == (accepted.post.id, S.PUBLISHED)


async def test_a_living_process_keeps_its_post_however_long_it_takes(road: Road) -> None:
    async with road.pressroom() as pressroom:
        accepted = await pressroom.posts.accept(a_photo(), idempotency_key="k")
        assert road.store.posts.take_lease(accepted.post.id, "living", lease_s=3600)
        with carriage(road.settings.home, accepted.post.id):
            waiting = asyncio.create_task(pressroom.publish(a_photo(), idempotency_key="k"))
            await road.clock.sleep(120)
            assert road.sandbox.calls("/media", "POST") == []
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
    assert road.post(accepted.post.id).state is not S.CANCELLED, "it is the other one's"


async def test_a_clock_that_was_set_back_two_hours_holds_nothing_up(road: Road) -> None:
    died = await left_open(road)
    road.clock.start -= timedelta(hours=2)
    async with road.pressroom() as pressroom:
        live = await pressroom.publish(a_photo("Two"))
    assert (live.state, len(road.sandbox.media)) == (S.PUBLISHED, road.sends)
    assert road.post(died.id).open_send is None
    assert road.clock.elapsed_s < 1500


@pytest.mark.parametrize("runs", [False, True])
async def test_who_waits_for_a_planned_post_is_told_whom_he_waits_for(road: Road, *, runs: bool) -> None:
    """No worker runs, or one that is stopped: it has the driver's lock and does nothing."""
    told, lock = list[JournalEvent](), driver_lock(road.settings)
    if runs:
        assert lock.take()
    async with road.pressroom(listeners=Listeners(on_event=told.append)) as pressroom:
        planned = await pressroom.posts.submit(a_photo())
        waiting = asyncio.create_task(pressroom.posts.wait_for(planned.post.id))
        await road.clock.sleep(60)
        waiting.cancel()
    lock.release()
    (said,) = [event.text for event in told if event.step == "waiting"]
    assert (f"process {os.getpid()}" if runs else "none runs") in said


async def test_who_waits_for_a_person_to_let_a_post_go_is_told_of_no_process(road: Road) -> None:
    told = list[JournalEvent]()
    async with road.pressroom(listeners=Listeners(on_event=told.append)) as pressroom:
        planned = await pressroom.posts.submit(a_photo(), state=PostState.AWAITING_APPROVAL)
        waiting = asyncio.create_task(pressroom.posts.wait_for(planned.post.id))
        await road.clock.sleep(60)
        waiting.cancel()
    assert told == []


async def test_a_session_that_works_without_a_token_says_so_and_does_not_wait_for_ever(
    tmp_path: Path,
) -> None:
    settings = Settings(home=tmp_path / "home")
    async with Pressroom(settings=settings, environ={}, works=True, clock=FakeClock()) as pressroom:
        planned = await pressroom.posts.submit(a_photo(), at="now")
        with pytest.raises(StillWaiting, match="nobody is signed in to account 'default'") as caught:
            await pressroom.posts.wait_for(planned.post.id)
    assert "auth login" in caught.value.fix
