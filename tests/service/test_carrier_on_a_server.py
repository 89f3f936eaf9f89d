"""Where the store is on a server: a process carries its own posts, and tells which workers run."""

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from pressroom.core.post import PostState
from pressroom.core.secret import Secret
from pressroom.core.stored_posts import PublishedLately
from tests.patience import patience
from tests.service.road import Road, a_photo, opened_road


@pytest.fixture
async def road(tmp_path: Path, empty_database: str) -> AsyncGenerator[Road]:
    async with opened_road(tmp_path, database_url=Secret(empty_database)) as opened:
        yield opened


async def test_the_process_carries_its_own_post_and_the_same_key_goes_on_with_a_dead_ones(road: Road) -> None:
    road.sign_in()
    async with road.pressroom() as pressroom:
        live = await pressroom.publish(a_photo("One"), idempotency_key="one")
        assert (live.account_name, live.state) == ("ana", PostState.PUBLISHED)
        assert await pressroom.publish(a_photo("One"), idempotency_key="one") == live
        died = (await pressroom.posts.accept(a_photo("Two"), idempotency_key="two")).post
        road.store.posts.take_lease(died.id, "dead", lease_s=3600)
        road.leave_behind(died.id, worker="dead")
        again = await pressroom.publish(a_photo("Two"), idempotency_key="two")
    assert (again.id, again.state, road.sends) == (died.id, PostState.PUBLISHED, 2)


async def test_a_post_that_a_command_of_another_machine_publishes_is_neither_taken_up_nor_moved(
    road: Road,
) -> None:
    road.sign_in()
    async with road.pressroom() as pressroom:
        post = (await pressroom.posts.accept(a_photo(), idempotency_key="one")).post
        road.store.posts.take_lease(post.id, "elsewhere", lease_s=3600)
        road.clock.advance(6 * 60)
        with pytest.raises(PublishedLately) as refusal:
            await pressroom.posts.accept(a_photo(), is_once=True)
        assert not refusal.value.is_idle
        await pressroom.posts.accept(a_photo(), idempotency_key="one")
        assert road.post(post.id).due_at == post.due_at
        road.leave_behind(post.id, worker="elsewhere")
        taken = await pressroom.posts.accept(a_photo(), is_once=True)
    assert (taken.post.id, road.post(post.id).due_at) == (post.id, road.clock.now())


async def test_the_worker_inside_a_session_has_a_process_and_counts_as_running(road: Road) -> None:
    road.sign_in()
    async with road.pressroom() as other:
        assert (await other.work.worker_pid(), (await other.work.health()).is_driven) == (None, False)
        async with road.pressroom(works=True) as pressroom, asyncio.timeout(patience(20)):
            planned = await pressroom.posts.submit(a_photo())
            assert (await pressroom.posts.wait_for(planned.post.id)).state is PostState.PUBLISHED
            overview = await other.work.overview()
            assert (overview.worker_pid, overview.is_worker_running) == (os.getpid(), True)
            assert (await pressroom.work.health()).is_driven
        assert await other.work.worker_pid() is None
