"""Publishing now where the store is on a server: the process has the files, and carries its own posts."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from pressroom.core.post import PostState
from pressroom.core.secret import Secret
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
