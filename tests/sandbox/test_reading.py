"""Reading media, stories and accounts.

What hangs on a post under Facebook Login: products and a poll.
"""

import json
from typing import Any

import pytest

from pressroom.graph.hosts import LoginType
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make

DAY_S = 24 * 3600


async def test_a_media_reads_as_it_was_published(caller: Caller) -> None:
    media = await caller.publish(image_url="https://example.com/a.jpg", caption="Hi #a", alt_text="A wall")
    fields = (
        "id,media_type,media_product_type,caption,alt_text,permalink,shortcode,timestamp,username,media_url"
    )
    got = (await caller.get(f"/{media}", fields=fields)).json
    assert got == {
        "id": media,
        "media_type": "IMAGE",
        "media_product_type": "FEED",
        "caption": "Hi #a",
        "alt_text": "A wall",
        "permalink": f"http://sandbox.test/p/{got['shortcode']}/",
        "shortcode": got["shortcode"],
        "timestamp": "2026-11-24T12:00:00+0000",
        "username": "pressroom.sandbox",
        "media_url": "https://example.com/a.jpg",
    }


async def test_a_reel_reads_as_video_on_the_reels_surface(caller: Caller) -> None:
    container = await caller.create(media_type="REELS", video_url="https://example.com/a.mp4")
    await caller.sandbox.scene.fetching.settled()
    media = (await caller.post("/me/media_publish", creation_id=container)).id
    fields = "media_type,media_product_type,permalink,thumbnail_url,is_shared_to_feed"
    got = (await caller.get(f"/{media}", fields=fields)).json
    assert (got["media_type"], got["media_product_type"], got["is_shared_to_feed"]) == (
        "VIDEO",
        "REELS",
        True,
    )
    assert got["permalink"].startswith("http://sandbox.test/reel/")
    assert got["thumbnail_url"].startswith("http://sandbox.test/")


async def test_empty_fields_are_absent_rather_than_null(caller: Caller) -> None:
    media = await caller.publish()
    got = (
        await caller.get(f"/{media}", fields="caption,alt_text,thumbnail_url,children,is_shared_to_feed")
    ).json
    assert got == {"id": media}


async def test_an_unknown_field_is_refused_by_name(caller: Caller) -> None:
    media = await caller.publish()
    refused = await caller.get(f"/{media}", fields="id,colour")
    assert refused.error == (100, None)
    assert refused.message == "(#100) Tried accessing nonexisting field (colour) on node type (IGMedia)"


@pytest.mark.parametrize("field", ["saved_count", "collaborators", "legacy_instagram_media_id"])
async def test_some_fields_exist_under_facebook_login_only(make: Make, field: str) -> None:
    instagram, facebook = make(), make(token="EAAsandboxtoken")
    for caller, status in ((instagram, 400), (facebook, 200)):
        assert (await caller.get(f"/{await caller.publish()}", fields=field)).status == status


async def test_the_account_has_two_ids_under_instagram_login(caller: Caller) -> None:
    got = (await caller.get("/me", fields="id,user_id,username,account_type,media_count")).json
    assert got["user_id"] == caller.sandbox.user_id
    assert got["id"] != got["user_id"]
    for name in ("me", got["id"], got["user_id"]):
        assert (await caller.get(f"/{name}", fields="username")).json["username"] == "pressroom.sandbox"


async def test_the_account_has_one_id_under_facebook_login(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    account = f"/{caller.sandbox.user_id}"
    assert (await caller.get(account)).json == {"id": caller.sandbox.user_id}
    assert (await caller.get(account, fields="account_type")).error == (100, None)


async def test_media_are_listed_newest_first_without_stories(caller: Caller, clock: FakeClock) -> None:
    first = await caller.publish()
    clock.advance(1)
    await caller.publish(media_type="STORIES", image_url="https://example.com/a.jpg")
    second = await caller.publish()
    assert [one["id"] for one in (await caller.get("/me/media")).json["data"]] == [second, first]
    assert (await caller.get("/me", fields="media_count")).json["media_count"] == 2


async def test_stories_are_listed_for_a_day(caller: Caller, clock: FakeClock) -> None:
    story = await caller.publish(media_type="STORIES", image_url="https://example.com/a.jpg")
    assert (await caller.get("/me/stories")).json["data"] == [{"id": story}]
    clock.advance(DAY_S)
    assert (await caller.get("/me/stories")).json == {"data": []}


async def test_fields_nest(caller: Caller) -> None:
    media = await caller.publish(image_url="https://example.com/a.jpg", caption="Hi")
    await caller.post(f"/{media}/comments", message="first")
    fields = "username,media.limit(1){caption,comments{text},insights.metric(views,reach)}"
    [one] = (await caller.get("/me", fields=fields)).json["media"]["data"]
    assert one["caption"] == "Hi"
    assert [comment["text"] for comment in one["comments"]["data"]] == ["first"]
    assert [insight["name"] for insight in one["insights"]["data"]] == ["views", "reach"]


async def test_one_media_that_rejects_a_metric_fails_the_whole_list(caller: Caller) -> None:
    await caller.publish()
    refused = await caller.get("/me/media", fields="id,insights.metric(navigation)")
    assert refused.message == (
        "(#100) The Media Insights API does not support the navigation metric for this media product type."
    )


async def test_a_media_of_nobody_is_not_found(caller: Caller) -> None:
    refused = await caller.get("/17900000000000000")
    assert (refused.status, refused.error) == (400, (100, 33))
    assert refused.json["error"]["type"] == "GraphMethodException"
    assert "Object with ID '17900000000000000' does not exist" in refused.message


async def test_media_are_deleted_under_facebook_login_only(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    media = await caller.publish()
    assert (await caller.delete(f"/{media}")).json == {"success": True, "deleted_id": media}
    assert (await caller.get(f"/{media}")).error == (100, 33)
    assert caller.sandbox.media == []
    instagram = make()
    assert (await instagram.delete(f"/{await instagram.publish()}")).error == (100, 33)


async def test_a_carousel_item_is_not_deleted_by_itself(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    items = [
        await caller.create(image_url="https://example.com/a.jpg", is_carousel_item="true") for _ in "ab"
    ]
    media = await caller.publish(media_type="CAROUSEL", children=",".join(items))
    [child, _] = (await caller.get(f"/{media}/children")).json["data"]
    assert (await caller.delete(f"/{child['id']}")).error == (-1, 2207073)


async def test_a_deleted_media_is_gone_with_its_insights_items_and_comments(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    items = [
        await caller.create(image_url="https://example.com/a.jpg", is_carousel_item="true") for _ in "ab"
    ]
    media = await caller.publish(media_type="CAROUSEL", children=",".join(items))
    [child, _] = (await caller.get(f"/{media}/children")).json["data"]
    comment = (await caller.post(f"/{media}/comments", message="first")).json["id"]
    await caller.delete(f"/{media}")
    for gone in (media, child["id"], comment, f"{media}/insights", f"{media}/comments"):
        assert (await caller.get(f"/{gone}", metric="reach")).error == (100, 33)
    refused = await caller.delete(f"/{media}")
    assert refused.error == (100, 33)
    assert refused.message.startswith("Unsupported delete request.")


async def test_what_is_reported_of_deleting_or_left_open_is_a_setting(make: Make) -> None:
    unified = make(token="EAAsandboxtoken", login=LoginType.UNIFIED)
    assert (await unified.delete(f"/{await unified.publish()}")).json["success"]
    unable = make(token="EAAsandboxtoken", login=LoginType.UNIFIED, unified_deletes=False)
    assert (await unable.delete(f"/{await unable.publish()}")).error == (100, 33)
    caller = make(token="EAAsandboxtoken", undeletable=("STORY",))
    story = await caller.publish(media_type="STORIES", image_url="https://example.com/a.jpg")
    assert (await caller.delete(f"/{story}")).error == (-1, 2207073)


async def test_permalinks_start_with_the_public_base_when_there_is_one(make: Make) -> None:
    caller = make(public_base="https://sandbox.example")
    media = await caller.publish()
    got = (await caller.get(f"/{media}", fields="permalink")).json
    assert got["permalink"].startswith("https://sandbox.example/p/")


async def test_lists_of_the_account_are_read_within_its_fields(make: Make) -> None:
    caller = make(token="EAAsandboxtoken", media=3)
    fields = (
        "content_publishing_limit{quota_usage,config},tags,insights.metric(reach).period(day),"
        "recently_searched_hashtags,collaboration_invites,collaborative_media,media.fields(caption).limit(2)"
    )
    got = (await caller.get(f"/{caller.sandbox.user_id}", fields=fields)).json
    assert got["content_publishing_limit"]["data"][0]["config"]["quota_total"] == 100
    assert got["insights"]["data"][0]["name"] == "reach"
    assert [set(one) for one in got["media"]["data"]] == [{"id", "caption"}] * 2
    assert got["tags"] == {"data": []}


async def test_a_nested_list_goes_on_at_the_lists_own_address(make: Make) -> None:
    caller = make(media=3)
    first = (await caller.get("/me", fields="media.limit(2){caption}")).json["media"]
    rest = (await caller.raw("GET", first["paging"]["next"])).json
    after = first["paging"]["cursors"]["after"]
    assert (await caller.get("/me", fields=f"media.limit(2).after({after}){{caption}}")).json["media"] == rest
    assert len(rest["data"]) == 1


async def test_an_owner_and_those_invited_to_share_are_named(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    media = await caller.publish(image_url="https://example.com/a.jpg", collaborators="anna,ben")
    fields = "owner{id,username},collaborators{id,username,invite_status}"
    got = (await caller.get(f"/{media}", fields=fields)).json
    assert got["owner"] == {"id": caller.sandbox.user_id, "username": "pressroom.sandbox"}
    invited = got["collaborators"]["data"]
    assert [(one["username"], one["invite_status"]) for one in invited] == [
        ("anna", "Pending"),
        ("ben", "Pending"),
    ]
    assert len({one["id"] for one in invited}) == 2


async def test_an_unknown_path_has_the_type_of_the_logins_host(make: Make) -> None:
    for token, told in (("IGsandboxtoken", "IGApiException"), ("EAAsandboxtoken", "OAuthException")):
        caller = make(token=token)
        error = (await caller.get(f"/{caller.sandbox.user_id}/impressions/day")).json["error"]
        assert (error["code"], error["type"]) == (2500, told)
        assert error["message"] == "Unknown path components: /impressions/day"


PHOTO = {"image_url": "https://example.com/a.jpg"}


@pytest.fixture
def facebook(make: Make) -> Caller:
    return make(token="EAAsandboxtoken")


async def product(caller: Caller) -> str:
    """Find something for sale."""
    account = caller.sandbox.user_id
    [catalog] = (await caller.get(f"/{account}/available_catalogs")).json["data"]
    asked = {"catalog_id": catalog["catalog_id"], "q": "poster"}
    [found] = (await caller.get(f"/{account}/catalog_product_search", **asked)).json["data"]
    assert (found["product_name"], found["review_status"]) == ("Poster, A2", "approved")
    return str(found["product_id"])


async def test_a_product_is_found_tagged_moved_and_let_go(facebook: Caller) -> None:
    name = await product(facebook)
    tags = json.dumps([{"product_id": name, "x": 0.1, "y": 0.2}])
    media = await facebook.publish(**PHOTO, product_tags=tags)
    edge = f"/{media}/product_tags"
    [held] = (await facebook.get(edge)).json["data"]
    assert (held["product_id"], held["x"], held["name"]) == (name, 0.1, "Poster, A2")
    moved = json.dumps([{"product_id": name, "x": 0.9, "y": 0.2}])
    assert (await facebook.post(edge, updated_tags=moved)).json == {"success": True}
    assert [one["x"] for one in (await facebook.get(edge)).json["data"]] == [0.9]
    gone = json.dumps([{"product_id": name}])
    assert (await facebook.delete(edge, deleted_tags=gone)).json == {"success": True}
    assert (await facebook.get(edge)).json == {"data": []}


async def test_shop_calls_name_what_they_lack(facebook: Caller) -> None:
    account, media = facebook.sandbox.user_id, await facebook.publish()
    assert (await facebook.get(f"/{account}/catalog_product_search")).error == (100, None)
    assert (await facebook.get(f"/{account}/catalog_product_search", catalog_id="1")).error == (100, 33)
    assert (await facebook.post(f"/{media}/product_tags")).error == (100, None)
    assert (await facebook.delete(f"/{media}/product_tags")).error == (100, None)
    assert (await facebook.post(f"/{account}/product_appeal", product_id="1")).error == (100, None)
    appealed = {"product_id": "1", "appeal_reason": "It is paper."}
    assert (await facebook.post(f"/{account}/product_appeal", **appealed)).json == {"success": True}
    [told] = (await facebook.get(f"/{account}/product_appeal", product_id="1")).json["data"]
    assert told["product_id"] == "1"


async def polled(caller: Caller, **more: Any) -> str:
    poll = json.dumps({"option_a": "Matte", "option_b": "Glossy", "option_c": "Both"})
    return await caller.publish(**PHOTO, poll_attachment=poll, **more)


@pytest.mark.parametrize(("more", "days"), [({}, 3), ({"is_poll_duration_extended": "true"}, 7)])
async def test_a_poll_tells_its_options_shares_and_end(
    facebook: Caller, clock: FakeClock, more: dict[str, str], days: int
) -> None:
    media = await polled(facebook, **more)
    got = (await facebook.get(f"/{media}/poll_attachment", date_format="U")).json
    assert (got["option_a"], got["option_c"], "option_d" in got) == ("Matte", "Both", False)
    shares = [got[f"option_{letter}_votes_percentage"] for letter in "abc"]
    assert sum(shares) == pytest.approx(1)
    assert all(0 <= share <= 1 for share in shares)
    assert got["expiration_timestamp"] == int(clock.start.timestamp()) + days * DAY_S
    assert (await facebook.get(f"/{media}/poll_attachment")).json["expiration_timestamp"].endswith("+0000")
    assert (await facebook.get(f"/{media}", fields="has_poll")).json["has_poll"]


async def test_a_post_without_a_poll_has_null_and_a_story_none_at_all(facebook: Caller, make: Make) -> None:
    media = await facebook.publish()
    assert (await facebook.get(f"/{media}/poll_attachment")).body == b"null"
    story = await facebook.publish(media_type="STORIES", **PHOTO)
    assert (await facebook.get(f"/{story}/poll_attachment")).error == (100, 33)
    assert (await facebook.get(f"/{media}", fields="poll_attachment")).error == (100, None)
    instagram = make()
    assert (await instagram.get(f"/{await instagram.publish()}/poll_attachment")).status == 400
