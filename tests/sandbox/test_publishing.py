"""From a URL to a live media: containers, their states, the publish call, the quota."""

import pytest

from pressroom.graph.answers import MediaProductType
from pressroom.sandbox.settings import Processing
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make

REEL = {"media_type": "REELS", "video_url": "https://example.com/a.mp4"}
STORY = {"media_type": "STORIES", "image_url": "https://example.com/a.jpg"}
DAY_S = 24 * 3600


async def test_a_container_is_published_as_one_media(caller: Caller) -> None:
    container = await caller.create(image_url="https://example.com/a.jpg", caption="Hello")
    media = (await caller.post("/me/media_publish", creation_id=container)).id
    assert [(one.id, one.caption, one.container_id) for one in caller.sandbox.media] == [
        (media, "Hello", container)
    ]
    assert await caller.status(container) == "PUBLISHED"


@pytest.mark.parametrize(
    ("params", "kind", "product"),
    [
        ({"image_url": "https://example.com/a.jpg"}, "photo", MediaProductType.FEED),
        (REEL, "reel", MediaProductType.REELS),
        (STORY, "story", MediaProductType.STORY),
        (
            {"media_type": "STORIES", "video_url": "https://example.com/a.mp4"},
            "story",
            MediaProductType.STORY,
        ),
    ],
)
async def test_each_kind_is_published_to_its_surface(
    caller: Caller, params: dict[str, str], kind: str, product: MediaProductType
) -> None:
    container = await caller.create(**params)
    await caller.sandbox.scene.fetching.settled()
    await caller.post("/me/media_publish", creation_id=container)
    assert [(one.kind, one.product_type) for one in caller.sandbox.media] == [(kind, product)]


async def test_ids_are_decimal_strings_that_outgrow_a_double(caller: Caller) -> None:
    container = await caller.create()
    media = (await caller.post("/me/media_publish", creation_id=container)).id
    assert container != media
    assert all(one.isdigit() and 17 <= len(one) <= 19 for one in (container, media))


async def test_a_container_is_in_progress_for_so_many_looks(make: Make) -> None:
    caller = make(processing=Processing.after_reads(2))
    container = await caller.create()
    assert [await caller.status(container) for _ in range(4)] == [
        "IN_PROGRESS",
        "IN_PROGRESS",
        "FINISHED",
        "FINISHED",
    ]


async def test_a_container_is_in_progress_for_so_many_seconds(make: Make, clock: FakeClock) -> None:
    caller = make(processing=Processing.after_seconds(10))
    container = await caller.create()
    clock.advance(9)
    assert await caller.status(container) == "IN_PROGRESS"
    clock.advance(1)
    assert await caller.status(container) == "FINISHED"


async def test_every_field_of_one_read_tells_the_same(make: Make) -> None:
    caller = make(processing=Processing.after_reads(1))
    container = await caller.create()
    first = (await caller.get(f"/{container}", fields="id,status_code,status")).json
    assert first == {
        "id": container,
        "status_code": "IN_PROGRESS",
        "status": "In Progress: Media is still being processed.",
    }
    second = (await caller.get(f"/{container}", fields="status,status_code")).json
    assert second["status"] == "Finished: Media has been uploaded and it is ready to be published."
    assert second["status_code"] == "FINISHED"


async def test_publishing_before_it_is_ready_is_refused_with_9007(make: Make) -> None:
    caller = make(processing=Processing.after_reads(1))
    container = await caller.create()
    refused = await caller.post("/me/media_publish", creation_id=container)
    assert refused.status == 400
    assert refused.json["error"] | {"fbtrace_id": ""} == {
        "message": "Media ID is not available",
        "type": "OAuthException",
        "code": 9007,
        "error_subcode": 2207027,
        "is_transient": False,
        "error_user_title": "Cannot publish",
        "error_user_msg": "The media is not ready to be published. Please wait a moment.",
        "fbtrace_id": "",
    }
    assert (await caller.post("/me/media_publish", creation_id=container)).status == 200


async def test_a_container_expires_after_a_day(caller: Caller, clock: FakeClock) -> None:
    container = await caller.create()
    clock.advance(DAY_S - 1)
    assert await caller.status(container) == "FINISHED"
    clock.advance(1)
    assert await caller.status(container) == "EXPIRED"
    assert (await caller.post("/me/media_publish", creation_id=container)).error == (-2, 2207020)


async def test_a_second_publish_is_refused_and_makes_no_second_media(caller: Caller) -> None:
    container = await caller.create()
    await caller.post("/me/media_publish", creation_id=container)
    again = await caller.post("/me/media_publish", creation_id=container)
    assert again.error == (9007, 2207027)
    assert len(caller.sandbox.media) == 1


@pytest.mark.parametrize("settings", [{"hostile": True}, {"republish": "second_media"}])
async def test_a_hostile_host_makes_a_second_media(make: Make, settings: dict[str, object]) -> None:
    caller = make(**settings)
    container = await caller.create()
    first = await caller.post("/me/media_publish", creation_id=container)
    second = await caller.post("/me/media_publish", creation_id=container)
    assert {one.id for one in caller.sandbox.media} == {first.id, second.id}
    assert first.id != second.id


@pytest.mark.parametrize("creation_id", ["17880000000000000", "abc", "17841400000000001"])
async def test_an_unknown_container_is_refused_with_24(caller: Caller, creation_id: str) -> None:
    assert (await caller.post("/me/media_publish", creation_id=creation_id)).error == (24, 2207008)


async def test_publishing_without_a_container_names_the_parameter(caller: Caller) -> None:
    refused = await caller.post("/me/media_publish")
    assert refused.error == (100, None)
    assert "creation_id" in refused.message


async def test_the_quota_counts_what_was_published_in_the_last_day(caller: Caller, clock: FakeClock) -> None:
    await caller.publish()
    got = await caller.get("/me/content_publishing_limit", fields="quota_usage,config")
    assert got.json == {"data": [{"quota_usage": 1, "config": {"quota_total": 100, "quota_duration": 86400}}]}
    clock.advance(DAY_S)
    assert (await caller.get("/me/content_publishing_limit")).json == {"data": [{"quota_usage": 0}]}


async def test_a_full_quota_refuses_the_publish_call(make: Make) -> None:
    caller = make(quota_total=1)
    await caller.publish()
    container = await caller.create()
    assert (await caller.post("/me/media_publish", creation_id=container)).error == (9, 2207042)
    assert await caller.status(container) == "FINISHED"


async def test_the_quota_is_read_since_a_moment(caller: Caller, clock: FakeClock) -> None:
    await caller.publish()
    clock.advance(3600)
    since = int(clock.now().timestamp()) - 60
    assert (await caller.get("/me/content_publishing_limit", since=since)).json["data"] == [
        {"quota_usage": 0}
    ]


async def test_the_four_hundred_and_first_container_of_a_day_is_refused(
    caller: Caller, clock: FakeClock
) -> None:
    for _ in range(400):
        await caller.create()
    refused = await caller.post("/me/media", image_url="https://example.com/a.jpg")
    assert refused.error == (9, 2207069)
    assert refused.message == "User is performing too many actions"
    clock.advance(DAY_S)
    await caller.create()


async def test_a_carousel_is_published_with_its_items_in_order(caller: Caller) -> None:
    items = [
        await caller.create(image_url=f"https://example.com/{n}.jpg", is_carousel_item="true") for n in "ab"
    ]
    media = await caller.publish(media_type="CAROUSEL", children=",".join(items), caption="Two")
    got = (await caller.get(f"/{media}", fields="media_type,children{media_type,media_url}")).json
    assert got["media_type"] == "CAROUSEL_ALBUM"
    assert [one["media_url"] for one in got["children"]["data"]] == [
        "https://example.com/a.jpg",
        "https://example.com/b.jpg",
    ]
    assert len(caller.sandbox.media) == 1


LONE = {"media_type": "VIDEO", "video_url": "https://example.com/a.mp4"}


PICTURE_ITEM = {"image_url": "https://example.com/a.jpg", "is_carousel_item": "true"}


@pytest.mark.parametrize("params", [PICTURE_ITEM, {**LONE, "is_carousel_item": "true"}, LONE])
async def test_an_item_is_not_published_alone_and_a_lone_video_may_be_an_item(
    make: Make, params: dict[str, str]
) -> None:
    caller = make(lone_video="publish")
    item = await caller.create(**params)
    await caller.sandbox.scene.fetching.settled()
    refused = await caller.post("/me/media_publish", creation_id=item)
    assert refused.error == (100, 2207089)
    assert refused.message == "Invalid parameter"
    assert refused.json["error"]["error_user_title"] == "Carousel item cannot be published standalone"
    assert caller.sandbox.media == []


async def test_a_lone_video_is_refused_when_its_container_is_created(caller: Caller) -> None:
    refused = await caller.post("/me/media", **LONE)
    assert (refused.status, refused.error, refused.message) == (400, (100, None), "Invalid parameter")
    assert refused.json["error"]["error_user_title"] == "Unsupported media type VIDEO"
    assert refused.json["error"]["error_user_msg"] == (
        "The VIDEO value for media_type is deprecated. "
        "Use the REELS media type to publish a video to your Instagram feed."
    )
    assert caller.sandbox.scene.world.things == {}


async def test_a_lone_video_may_fail_in_processing(make: Make) -> None:
    caller = make(lone_video="processing")
    assert await caller.status(await caller.create(**LONE)) == "ERROR"
    item = await caller.create(**LONE, is_carousel_item="true")
    await caller.sandbox.scene.fetching.settled()
    assert await caller.status(item) == "FINISHED"


async def test_collaborators_of_an_item_are_refused_in_metas_words(caller: Caller) -> None:
    refused = await caller.post("/me/media", **LONE, is_carousel_item="true", collaborators="anna")
    assert refused.message == "(#100) The param collaborators is not allowed for carousel child"


async def test_a_carousel_counts_once_against_the_quota(caller: Caller) -> None:
    items = [
        await caller.create(image_url="https://example.com/a.jpg", is_carousel_item="true") for _ in "ab"
    ]
    await caller.publish(media_type="CAROUSEL", children=",".join(items))
    assert (await caller.get("/me/content_publishing_limit")).json["data"] == [{"quota_usage": 1}]


async def test_a_carousel_waits_for_its_items(make: Make, clock: FakeClock) -> None:
    caller = make(processing=Processing(image_reads=0, video_reads=None, video_s=30.0))
    photo = await caller.create(image_url="https://example.com/a.jpg", is_carousel_item="true")
    clip = await caller.create(
        video_url="https://example.com/a.mp4", media_type="VIDEO", is_carousel_item="true"
    )
    parent = await caller.create(media_type="CAROUSEL", children=f"{photo},{clip}")
    await caller.sandbox.scene.fetching.settled()
    assert await caller.status(parent) == "IN_PROGRESS"
    clock.advance(30)
    assert await caller.status(parent) == "FINISHED"


async def test_without_fields_only_the_id_comes_back(caller: Caller) -> None:
    container = await caller.create()
    assert (await caller.get(f"/{container}")).json == {"id": container}


async def test_on_a_hostile_host_a_published_container_reads_finished_for_a_while(
    make: Make, clock: FakeClock
) -> None:
    caller = make(hostile=True)
    container = await caller.create()
    await caller.post("/me/media_publish", creation_id=container)
    assert await caller.status(container) == "FINISHED"
    clock.advance(10)
    assert await caller.status(container) == "PUBLISHED"


async def test_the_undocumented_path_of_metas_sdk_publishes_only_where_it_is_set_to(make: Make) -> None:
    for is_set in (False, True):
        caller = make(sdk_publish_path=is_set)
        got = await caller.post("/me/mediapublish", creation_id=await caller.create())
        assert (got.status == 200, len(caller.sandbox.media)) == (is_set, int(is_set))


async def test_on_a_hostile_host_a_new_media_is_listed_late(make: Make, clock: FakeClock) -> None:
    caller = make(hostile=True)
    media = await caller.publish()
    assert (await caller.get("/me/media")).json["data"] == []
    clock.advance(10)
    assert (await caller.get("/me/media")).json["data"] == [{"id": media}]


async def test_on_a_hostile_host_the_date_is_off(make: Make) -> None:
    assert (await make(hostile=True).get("/me")).headers["date"] == "Tue, 24 Nov 2026 11:58:30 GMT"
    assert (await make().get("/me")).headers["date"] == "Tue, 24 Nov 2026 12:00:00 GMT"


async def test_a_clip_may_match_a_copyright(make: Make) -> None:
    caller = make(token="EAAsandboxtoken", copyrighted=("a-hit", "a-film"))
    theirs, own = [
        await caller.create(media_type="REELS", video_url=f"https://example.com/{name}.mp4")
        for name in ("a-hit", "own")
    ]
    await caller.sandbox.scene.fetching.settled()
    for container, is_theirs in ((theirs, True), (own, False)):
        got = (await caller.get(f"/{container}", fields="copyright_check_status")).json
        assert got["copyright_check_status"] == {"status": "completed", "matches_found": is_theirs}
        media = (await caller.post(f"/{caller.sandbox.user_id}/media_publish", creation_id=container)).id
        read = (await caller.get(f"/{media}", fields="media_url,copyright_check_information")).json
        assert read["copyright_check_information"]["status"]["matches_found"] is is_theirs
        assert ("media_url" in read) is not is_theirs
