"""The helpers by way of the store: the same dictionaries and calls, and a key makes a call safe to repeat."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.instagram_helper import post_carousel_to_instagram, post_photo_to_instagram, post_video_to_instagram
from pressroom.core.post import PostState
from pressroom.core.stored_posts import PostQuery
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.store.store import open_store
from tests.app.world import PHOTO, VIDEO, World, opened_world

USER = "17841400000000001"


async def test_a_key_gives_the_same_dictionary_and_no_second_post(tmp_path: Path) -> None:
    async with opened_world(tmp_path) as world:
        first = await post_photo_to_instagram(PHOTO, "Hello", idempotency_key="k", client=world.client)
        again = await post_photo_to_instagram(PHOTO, "Hello", idempotency_key="k", client=world.client)
        assert first == again == {"success": True, "id": world.sandbox.media[0].id, "platform": "instagram"}
        assert len(world.sandbox.media) == 1


async def test_the_calls_are_the_documented_ones_with_a_store_too(tmp_path: Path) -> None:
    open_store(tmp_path / "pressroom.db").close()
    async with opened_world(tmp_path) as world:
        await post_photo_to_instagram(PHOTO, "Hello", client=world.client)
        (container,) = world.containers
        assert world.calls == [
            "GET /me",  # once: whose the post is that is kept
            f"POST /{USER}/media",
            f"GET /{container}",
            f"GET /{container}",
            f"POST /{USER}/media_publish",
        ]
    assert states(tmp_path) == [PostState.PUBLISHED]


async def test_a_helper_takes_every_option_of_a_post(tmp_path: Path) -> None:
    async with opened_world(tmp_path) as world:
        options: dict[str, Any] = {"is_ai_generated": True, "trial": "manual", "thumb_offset_ms": 500}
        done = await post_video_to_instagram(VIDEO, "Hello", client=world.client, **options)
        unknown = await post_video_to_instagram(VIDEO, "Hello", client=world.client, music="loud")
        created, *_ = (call.params for call in world.sandbox.calls() if call.name == "create")
    assert done["success"]
    assert (created["is_ai_generated"], created["thumb_offset"]) == ("true", "500")
    assert created["trial_params"] == '{"graduation_strategy":"MANUAL"}'
    assert unknown["success"] is False
    assert "'music'" in unknown["error"]


def states(home: Path) -> list[PostState]:
    with open_store(home / "pressroom.db") as store:
        return [post.state for post in store.posts.list(PostQuery()).posts]


async def test_a_key_of_other_content_is_a_failure(tmp_path: Path) -> None:
    async with opened_world(tmp_path) as world:
        await post_video_to_instagram(VIDEO, "Hello", idempotency_key="k", client=world.client)
        other = await post_carousel_to_instagram(
            [PHOTO, PHOTO], "Hello", idempotency_key="k", client=world.client
        )
    assert other["success"] is False
    assert other["error"].startswith("The idempotency key 'k' stands for post ")


async def test_an_unknown_outcome_is_looked_into_first_by_the_same_key(tmp_path: Path) -> None:
    async with opened_world(tmp_path) as world:
        late = Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.LATER, delay_s=300)
        world.sandbox.faults.add(late)
        lost = await post_photo_to_instagram(PHOTO, "Hello", idempotency_key="k", client=world.client)
        assert lost["error"].startswith("OutcomeUnknown: Container ")
        await world.clock.sleep(300)
        found = await post_photo_to_instagram(PHOTO, "Hello", idempotency_key="k", client=world.client)
        assert found["success"] is True
        assert sends(world) == 1


def sends(world: World) -> int:
    return len(world.sandbox.calls("/media_publish", "POST"))


async def test_a_failure_is_tried_again_by_the_same_key(tmp_path: Path) -> None:
    async with opened_world(tmp_path) as world:
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.ERROR, code=190))
        failed = await post_photo_to_instagram(PHOTO, "Hello", idempotency_key="k", client=world.client)
        assert failed["error"].startswith("OAuthException: ")
        assert (await post_photo_to_instagram(PHOTO, "Hello", idempotency_key="k", client=world.client))[
            "success"
        ]
    assert states(tmp_path) == [PostState.PUBLISHED]


async def test_a_cancellation_passes_through_and_ends_the_post(tmp_path: Path) -> None:
    async with opened_world(tmp_path) as world:
        task = asyncio.create_task(
            post_video_to_instagram(VIDEO, "Hello", idempotency_key="k", client=world.client)
        )
        world.on_call = lambda path: task.cancel() if path.endswith("/media") else None
        with pytest.raises(asyncio.CancelledError):
            await task
    assert states(tmp_path) == [PostState.CANCELLED]


async def test_ten_calls_at_once_by_the_store_make_ten_posts(tmp_path: Path) -> None:
    async with opened_world(tmp_path) as world:
        results = await asyncio.gather(
            *(
                post_photo_to_instagram(PHOTO, f"{n}", idempotency_key=f"k{n}", client=world.client)
                for n in range(10)
            )
        )
        assert len({result["id"] for result in results}) == len(world.sandbox.media) == 10
