"""The calls and their order are the documented ones: container, status, publish, and nothing else."""

from pathlib import Path

from app.insights_helper import get_instagram_media_insights
from app.instagram_helper import (
    post_carousel_to_instagram,
    post_photo_to_instagram,
    post_video_to_instagram,
)
from pressroom.core.post import PostKind
from pressroom.graph.answers import ContainerStatus
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.service import new_post
from tests.app.world import PHOTO, VIDEO, World, opened_world

USER = "17841400000000001"


async def test_a_photo_is_created_polled_and_published(world: World) -> None:
    result = await post_photo_to_instagram(PHOTO, "Hello", client=world.client)

    (container,) = world.containers
    assert world.calls == [
        f"POST /{USER}/media",
        f"GET /{container}",
        f"GET /{container}",
        f"POST /{USER}/media_publish",
    ]
    assert world.at_s(container, "GET") == [0, 2]
    assert result["id"] == world.sandbox.media[0].id


async def test_a_video_is_created_as_a_reel_polled_every_ten_seconds_and_published(world: World) -> None:
    await post_video_to_instagram(VIDEO, "Hello", client=world.client)

    (container,) = world.containers
    assert world.calls == [
        f"POST /{USER}/media",
        f"GET /{container}",
        f"GET /{container}",
        f"POST /{USER}/media_publish",
    ]
    created, first, second, _ = world.sandbox.calls()
    assert [(call.at - created.at).total_seconds() for call in (first, second)] == [10, 20]
    assert created.params["media_type"] == "REELS"


async def test_a_carousel_is_its_items_polled_side_by_side_then_the_parent(world: World) -> None:
    await post_carousel_to_instagram([PHOTO, VIDEO, PHOTO], "Hello", client=world.client)

    photo, video, other, parent = world.containers
    assert world.calls == [
        *[f"POST /{USER}/media"] * 3,
        *[f"GET /{photo}", f"GET /{other}"] * 2,
        *[f"GET /{video}"] * 2,
        f"POST /{USER}/media",
        *[f"GET /{parent}"] * 2,
        f"POST /{USER}/media_publish",
    ]
    assert world.at_s("/media", "POST")[:3] == [0, 2, 4]


async def test_insights_are_one_call(world: World) -> None:
    posted = await post_photo_to_instagram(PHOTO, "Hello", client=world.client)
    before = len(world.calls)

    await get_instagram_media_insights(posted["id"], client=world.client)

    (call,) = world.sandbox.calls()[before:]
    assert (call.method, call.path) == ("GET", f"/v21.0/{posted['id']}/insights")
    assert call.params == {"metric": "views,reach,saved,shares,likes,comments"}


async def test_insights_calls_are_three_tenths_of_a_second_apart(world: World) -> None:
    posted = await post_photo_to_instagram(PHOTO, "Hello", client=world.client)
    for _ in range(3):
        await get_instagram_media_insights(posted["id"], client=world.client)
    assert world.at_s("/insights", "GET") == [0, 0.3, 0.6]


async def test_a_metric_that_a_story_lacks_is_left_out_and_the_rest_asked_again(world: World) -> None:
    story = await world.client.publish(new_post(PostKind.STORY, [PHOTO]))

    numbers = await get_instagram_media_insights(str(story.media_id), client=world.client)

    assert world.sandbox.calls("/insights")[-1].params == {"metric": "views,reach,shares"}
    assert numbers["plays"] > 0
    assert [numbers[name] for name in ("saves", "likes", "comments")] == [None, None, None]


async def test_a_public_url_goes_to_instagram_byte_for_byte(world: World) -> None:
    await post_photo_to_instagram(PHOTO, "Hello", client=world.client)
    await post_video_to_instagram(VIDEO, "Hello", client=world.client)
    photo, video = world.sandbox.calls("/media", "POST")
    assert (photo.params["image_url"], video.params["video_url"]) == (PHOTO, VIDEO)


async def test_options_become_parameters_of_the_container_and_add_no_call(world: World) -> None:
    await post_video_to_instagram(
        VIDEO,
        "Hello",
        cover=PHOTO,
        share_to_feed=False,
        user_tags=["anna"],
        collaborators=["@berta"],
        location_id="106078429431815",
        client=world.client,
    )
    created = world.sandbox.calls("/media", "POST")[0].params
    assert created == {
        "media_type": "REELS",
        "video_url": VIDEO,
        "caption": "Hello",
        "cover_url": PHOTO,
        "share_to_feed": "false",
        "user_tags": '[{"username":"anna"}]',
        "collaborators": '["berta"]',
        "location_id": "106078429431815",
    }
    assert len(world.calls) == 4


async def test_alternative_texts_and_tags_are_taken_one_or_many(world: World) -> None:
    tag = {"username": "anna", "x": 0.5, "y": 0.25}
    await post_photo_to_instagram(PHOTO, "Hello", alt_text="A cat", user_tags=[tag], client=world.client)
    await post_carousel_to_instagram(
        [PHOTO, PHOTO], "Hello", alt_text=["", "Same cat"], user_tags=[tag], client=world.client
    )
    photo, first, second, _ = [call.params for call in world.sandbox.calls("/media", "POST")]
    assert photo["alt_text"] == "A cat"
    assert photo["user_tags"] == first["user_tags"] == '[{"username":"anna","x":0.5,"y":0.25}]'
    assert "alt_text" not in first
    assert second["alt_text"] == "Same cat"


async def test_a_video_is_read_thirty_times_and_then_said_to_be_processing(tmp_path: Path) -> None:
    async with opened_world(tmp_path) as world:
        stuck = Fault(
            on="container_status", kind=FaultKind.CONTAINER, status=ContainerStatus.IN_PROGRESS, times=None
        )
        world.sandbox.faults.add(stuck)
        result = await post_video_to_instagram(VIDEO, "Hello", client=world.client)
        (container,) = world.containers

        assert world.calls[1:] == [f"GET /{container}"] * 30
        assert [call.at for call in world.sandbox.calls()][-1] == world.clock.now()
        assert world.at_s(container, "GET")[-1] == 290, "the first reading comes after ten seconds"
        assert "still processing" in result["error"]
        assert container in result["error"]
