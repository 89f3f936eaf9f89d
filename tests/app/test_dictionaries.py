"""What the helpers return: exactly the documented keys, and a failure instead of an exception."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.insights_helper import get_instagram_media_insights
from app.instagram_helper import (
    post_carousel_to_instagram,
    post_photo_to_instagram,
    post_video_to_instagram,
)
from pressroom.core.post import PostKind
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.service import new_post
from tests.app.world import PHOTO, PLAIN, TOKEN, VIDEO, World, opened_world

INSIGHTS = {"plays", "reach", "saves", "shares", "likes", "comments", "engagement_rate"}
Publish = Callable[[World], Awaitable[dict[str, Any]]]


async def photo(world: World) -> dict[str, Any]:
    return await post_photo_to_instagram(PHOTO, "Hello", client=world.client)


async def video(world: World) -> dict[str, Any]:
    return await post_video_to_instagram(VIDEO, "Hello", client=world.client)


async def carousel(world: World) -> dict[str, Any]:
    return await post_carousel_to_instagram([PHOTO, VIDEO], "Hello", client=world.client)


every_kind = pytest.mark.parametrize("publish", [photo, video, carousel])


def failure_of(result: dict[str, Any]) -> str:
    assert result.keys() == {"success", "error"}
    assert result["success"] is False
    assert TOKEN not in result["error"]
    return result["error"]


@every_kind
async def test_success_is_the_media_id(publish: Publish, world: World) -> None:
    result = await publish(world)
    (media,) = world.sandbox.media
    assert result == {"success": True, "id": media.id, "platform": "instagram"}


@every_kind
async def test_a_lost_answer_of_a_live_post_is_a_success(publish: Publish, tmp_path: Path) -> None:
    async with opened_world(tmp_path, replace(PLAIN, hostile=True)) as world:
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.DONE))
        result = await publish(world)
        (media,) = world.sandbox.media
        assert result == {"success": True, "id": media.id, "platform": "instagram"}


@every_kind
async def test_a_live_post_whose_id_stays_open_gives_its_container_and_logs_it(
    publish: Publish, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.DONE))
    world.sandbox.faults.add(Fault(on="media_list", kind=FaultKind.GATEWAY, times=None))
    with caplog.at_level(logging.WARNING, "pressroom.helpers"):
        result = await publish(world)

    container = world.containers[-1]
    assert result == {"success": True, "id": container, "platform": "instagram"}
    assert len(world.sandbox.media) == 1
    assert f"its container's, {container}" in caplog.text


@every_kind
async def test_an_unknown_outcome_is_a_failure_that_names_the_container(
    publish: Publish, world: World
) -> None:
    world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP))
    error = failure_of(await publish(world))
    assert error.startswith(f"OutcomeUnknown: Container {world.containers[-1]} ")
    assert len(world.sandbox.calls("/media_publish")) == 1


@every_kind
@pytest.mark.parametrize(("code", "name"), [(190, "OAuthException"), (4, "RateLimitError")])
@pytest.mark.parametrize("on", ["create", "container_status", "media_publish"])
async def test_instagrams_refusals_are_failures_wherever_they_come(
    publish: Publish, world: World, on: str, code: int, name: str
) -> None:
    world.sandbox.faults.add(Fault(on=on, kind=FaultKind.ERROR, code=code, times=None))
    # At the publish call Instagram says itself that its limit may be no final answer: docs/decisions/0010.
    is_doubtful = (on, code) == ("media_publish", 4)
    start = "OutcomeUnknown: Container " if is_doubtful else f"{name}: Instagram answered {code}"
    assert failure_of(await publish(world)).startswith(start)
    assert not world.sandbox.media


async def test_an_image_that_is_too_large_is_no_oauth_exception(world: World) -> None:
    """Meta sends it with `"type": "OAuthException"`."""
    world.sandbox.faults.add(Fault(on="create", kind=FaultKind.ERROR, code=36000, subcode=2207004))
    error = failure_of(await photo(world))
    assert "Instagram answered 36000/2207004" in error
    assert "OAuthException" not in error


@every_kind
async def test_an_answer_that_is_not_the_apis_is_a_failure(publish: Publish, world: World) -> None:
    world.sandbox.faults.add(Fault(on="*", kind=FaultKind.GATEWAY, times=None))
    assert "HTTP 502" in failure_of(await publish(world))


@pytest.mark.parametrize(
    ("sources", "caption", "says"),
    [
        ([PHOTO], "Hello", "A carousel of 1 item"),
        ([PHOTO] * 11, "Hello", "A carousel of 11 items"),
        (PHOTO, "Hello", "A carousel of 1 item"),
        ([PHOTO] * 2, "x" * 2201, "2,201 characters"),
        ([PHOTO] * 2, "#tag " * 31, "31 hashtags"),
        ([PHOTO, "/nowhere/cat.jpg"], "Hello", "/nowhere/cat.jpg"),
        ([PHOTO, "ftp://example.com/cat.jpg"], "Hello", "ftp://"),
        ([PHOTO, "http://[broken/cat.jpg"], "Hello", "broken"),
        ([PHOTO, ""], "Hello", "empty"),
        ([PHOTO, None], "Hello", "NoneType"),
    ],
)
async def test_bad_input_is_refused_before_any_call(
    world: World, sources: Any, caption: str, says: str
) -> None:
    result = await post_carousel_to_instagram(sources, caption, client=world.client)
    assert says.lower() in failure_of(result).lower()
    assert not world.calls


async def test_a_tag_that_describes_nobody_is_refused(world: World) -> None:
    result = await post_photo_to_instagram(PHOTO, "Hello", user_tags=[{"name": "anna"}], client=world.client)
    assert "does not describe a tagged account" in failure_of(result)


async def test_text_named_mp4_is_a_media_type_not_supported(world: World, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_text("not a clip")
    result = await post_video_to_instagram(path, "Hello", client=world.client)
    assert failure_of(result).startswith("MediaTypeNotSupported: clip.mp4 is ")
    assert not world.calls


async def test_insights_are_seven_numbers(tmp_path: Path) -> None:
    async with opened_world(tmp_path) as world:
        posted = await video(world)
        world.sandbox.clock.advance(86_400)
        numbers = await get_instagram_media_insights(posted["id"], client=world.client)

    assert numbers.keys() == INSIGHTS
    parts = [numbers[name] for name in ("likes", "comments", "saves", "shares")]
    assert numbers["plays"] > numbers["reach"] > 0
    assert numbers["engagement_rate"] == round(sum(parts) / numbers["reach"] * 100, 2)


async def test_numbers_that_are_not_there_yet_are_none_and_never_zero(tmp_path: Path) -> None:
    async with opened_world(tmp_path, replace(PLAIN, insights_delay_s=3600)) as world:
        posted = await photo(world)
        numbers = await get_instagram_media_insights(posted["id"], client=world.client)
    assert numbers == dict.fromkeys(INSIGHTS)


async def test_a_story_that_too_few_have_seen_has_no_numbers(world: World) -> None:
    story = await world.client.publish(new_post(PostKind.STORY, [PHOTO]))
    few = "(#10) Not enough viewers for the media to show insights"
    world.sandbox.faults.add(Fault(on="insights", kind=FaultKind.ERROR, code=10, message=few))
    numbers = await get_instagram_media_insights(str(story.media_id), client=world.client)
    assert numbers == dict.fromkeys(INSIGHTS)


async def test_insights_of_an_unknown_media_are_a_failure(world: World) -> None:
    result = await get_instagram_media_insights("17900000000000000", client=world.client)
    assert "100/33" in failure_of(result)


@pytest.mark.parametrize("media_id", ["", "me", "../me", "17900000000000000/comments", None])
async def test_what_is_no_media_id_is_refused_before_any_call(world: World, media_id: Any) -> None:
    result = await get_instagram_media_insights(media_id, client=world.client)
    assert "is not a media id" in failure_of(result)
    assert not world.calls
