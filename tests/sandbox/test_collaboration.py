"""What others share with the account: invitations, mentions in comments, and what it may see of them."""

import json
from typing import Any

import pytest

from tests.sandbox.caller import Caller, Got
from tests.sandbox.conftest import Make

JSON = {"content-type": "application/json"}


async def order(caller: Caller, path: str, **body: Any) -> Any:
    got = await caller.raw("POST", f"/_sandbox/{path}", json.dumps(body).encode(), JSON)
    assert got.status == 200, got.body
    return got.json


@pytest.fixture
def facebook(make: Make) -> Caller:
    return make(token="EAAsandboxtoken")


async def mine(caller: Caller, edge: str, **params: Any) -> Got:
    return await caller.get(f"/{caller.sandbox.user_id}/{edge}", **params)


@pytest.mark.parametrize(("accept", "shared"), [("true", 1), ("false", 0)])
async def test_an_invitation_is_listed_until_it_is_answered(
    facebook: Caller, accept: str, shared: int
) -> None:
    media = (await order(facebook, "invites", text="Together", username="anna"))["media_id"]
    fields = "media_id,media_owner_username,caption"
    [invite] = (await mine(facebook, "collaboration_invites", fields=fields)).json["data"]
    assert (invite["media_id"], invite["media_owner_username"]) == (media, "anna")
    answered = await facebook.post(
        f"/{facebook.sandbox.user_id}/collaboration_invites", media_id=media, accept=accept
    )
    assert answered.json == {"success": True}
    assert (await mine(facebook, "collaboration_invites")).json["data"] == []
    assert len((await mine(facebook, "collaborative_media")).json["data"]) == shared


async def test_an_answer_names_an_invitation_and_what_is_wanted(facebook: Caller) -> None:
    edge = f"/{facebook.sandbox.user_id}/collaboration_invites"
    media = (await order(facebook, "invites", text="Together"))["media_id"]
    assert (await facebook.post(edge, media_id=media)).error == (100, None)
    assert (await facebook.post(edge, media_id="1", accept="true")).error == (100, 33)


async def test_a_mention_in_a_comment_is_read_and_answered_below_it(facebook: Caller) -> None:
    made = await order(facebook, "mentions", text="ask @pressroom.sandbox", username="anna", in_comment=True)
    account = facebook.sandbox.user_id
    fields = f"mentioned_comment.comment_id({made['comment_id']}){{text,username,media{{id}}}}"
    got = (await facebook.get(f"/{account}", fields=fields)).json["mentioned_comment"]
    assert (got["text"], got["username"]) == ("ask @pressroom.sandbox", "anna")
    answer = await facebook.post(f"/{account}/mentions", message="here", **made)
    fields = f"mentioned_media.media_id({made['media_id']}){{comments{{text,replies{{id,text}}}}}}"
    read = (await facebook.get(f"/{account}", fields=fields)).json["mentioned_media"]
    [comment] = read["comments"]["data"]
    assert [(one["id"], one["text"]) for one in comment["replies"]["data"]] == [(answer.id, "here")]


async def test_only_what_names_the_account_can_be_read(facebook: Caller) -> None:
    account = facebook.sandbox.user_id
    for field in ("mentioned_comment.comment_id(1){text}", "mentioned_media.media_id(1){id}"):
        assert (await facebook.get(f"/{account}", fields=field)).error == (100, 33)
    for field in ("mentioned_comment{text}", "mentioned_media{id}"):
        assert (await facebook.get(f"/{account}", fields=field)).error == (100, None)
    comment = await facebook.post(f"/{account}/mentions", media_id="1", comment_id="2", message="x")
    assert comment.error == (100, 33)


async def test_lists_that_are_only_read_are_empty(facebook: Caller) -> None:
    for edge in ("scheduled_media", "upcoming_events", "live_media"):
        assert (await mine(facebook, edge)).json == {"data": []}


async def test_stories_are_for_business_accounts_under_facebook_login(make: Make) -> None:
    story = {"media_type": "STORIES", "image_url": "https://example.com/a.jpg"}
    caller = make()
    for login, refused in (("facebook", True), ("instagram", False)):
        seed = {"username": f"creator.{login}", "login": login, "account_type": "MEDIA_CREATOR"}
        made = await order(caller, "accounts", **seed)
        creator = Caller(caller.sandbox, token=made["token"])
        got = await creator.post(f"/{made['user_id']}/media", **story)
        assert (got.status != 200) is refused
        assert not refused or got.error == (10, None)


async def test_fields_meta_has_are_known_even_where_there_is_nothing_to_tell(facebook: Caller) -> None:
    media = await facebook.publish()
    names = "boost_ads_list,has_poll,has_slider,video_title,current_live_viewer_count,view_count"
    got = (await facebook.get(f"/{media}", fields=names)).json
    assert got == {"id": media, "has_poll": False, "has_slider": False}
    discovered = "business_discovery.username(bluebottle){media{view_count,media_product_type}}"
    found = (await mine(facebook, "", fields=discovered)).json["business_discovery"]["media"]["data"]
    assert [one["media_product_type"] for one in found if "view_count" in one] == ["REELS"]


async def test_items_of_a_carousel_have_no_numbers_of_their_own(facebook: Caller) -> None:
    items = [
        await facebook.create(image_url="https://example.com/a.jpg", is_carousel_item="true") for _ in "ab"
    ]
    media = await facebook.publish(media_type="CAROUSEL", children=",".join(items))
    fields = "children{id,like_count,comments_count,saved_count,total_views_count}"
    children = (await facebook.get(f"/{media}", fields=fields)).json["children"]["data"]
    assert [set(one) for one in children] == [{"id"}, {"id"}]


async def test_captions_may_come_back_without_their_at_signs(make: Make) -> None:
    caller = make(strips_mentions=True)
    media = await caller.publish(image_url="https://example.com/a.jpg", caption="with @anna")
    assert (await caller.get(f"/{media}", fields="caption")).json["caption"] == "with anna"


async def test_a_hashtag_says_its_name(facebook: Caller) -> None:
    asked = {"user_id": facebook.sandbox.user_id}
    [found] = (await facebook.get("/ig_hashtag_search", q="print", **asked)).json["data"]
    assert (await facebook.get(f"/{found['id']}", fields="id,name")).json == {**found, "name": "print"}


async def test_a_seed_adds_media_comments_followers_hours_and_accounts(caller: Caller) -> None:
    seeded = await order(
        caller,
        "seed",
        media=2,
        comments=3,
        followers=500,
        best_hours=[6],
        accounts=[{"username": "other", "media": 1, "comments": 1}],
    )
    account = caller.sandbox.scene.world.accounts[caller.sandbox.user_id]
    assert (account.followers, account.best_hours) == (500, [6])
    listed = (await caller.get("/me/media", fields="comments_count")).json["data"]
    assert [one["comments_count"] for one in listed] == [3, 3]
    other = Caller(caller.sandbox, token=seeded["accounts"][0]["token"])
    [media] = (await other.get("/me/media", fields="comments{text,username}")).json["data"]
    assert len(media["comments"]["data"]) == 1


@pytest.mark.parametrize("body", [{"best_hours": []}, {"best_hours": [24]}, {"media": -1}, {"user_id": "1"}])
async def test_a_seed_that_makes_no_sense_is_refused(caller: Caller, body: dict[str, Any]) -> None:
    assert (await caller.raw("POST", "/_sandbox/seed", json.dumps(body).encode(), JSON)).status == 400
