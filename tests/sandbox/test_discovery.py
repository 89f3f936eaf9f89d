"""Other people's things: tags, mentions, likes, other accounts, hashtags, embeds."""

import json

import pytest

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.state.seeding import AccountSeed
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make

JSON = {"content-type": "application/json"}
DAY_S = 24 * 3600


@pytest.fixture
def facebook(make: Make) -> Caller:
    return make(token="EAAsandboxtoken", media=2)


async def mentioned(caller: Caller) -> str:
    body = json.dumps({"text": "by @pressroom.sandbox", "username": "anna"}).encode()
    return (await caller.raw("POST", "/_sandbox/mentions", body, JSON)).json["media_id"]


async def test_tags_list_others_media_with_cursors_and_no_links(facebook: Caller) -> None:
    for _ in range(2):
        await mentioned(facebook)
    account = facebook.sandbox.user_id
    got = (await facebook.get(f"/{account}/tags", fields="caption,username", limit=1)).json
    assert [one["username"] for one in got["data"]] == ["anna"]
    assert set(got["paging"]) == {"cursors"}


async def test_a_mention_is_read_and_answered(facebook: Caller) -> None:
    media, account = await mentioned(facebook), facebook.sandbox.user_id
    fields = f"mentioned_media.media_id({media}){{caption,username}}"
    got = (await facebook.get(f"/{account}", fields=fields)).json
    assert got["mentioned_media"]["username"] == "anna"
    assert (await facebook.post(f"/{account}/mentions", media_id=media, message="thanks")).id
    assert (await facebook.post(f"/{account}/mentions", media_id="1", message="x")).error == (100, 33)


async def test_likes_are_facebook_logins(facebook: Caller, make: Make) -> None:
    account, media = facebook.sandbox.user_id, facebook.sandbox.media[0].id
    before = (await facebook.get(f"/{media}", fields="like_count")).json["like_count"]
    assert (await facebook.post(f"/{account}/likes", media_id=media)).json == {"success": True}
    assert (await facebook.get(f"/{media}", fields="like_count")).json["like_count"] == before + 1
    assert (await facebook.delete(f"/{account}/likes", media_id=media)).json == {"success": True}
    assert (await facebook.post(f"/{account}/likes")).error == (100, None)
    assert (await make().post("/me/likes", media_id=media)).status == 400


async def test_another_account_is_discovered_and_always_the_same(facebook: Caller) -> None:
    fields = "business_discovery.username(bluebottle){username,followers_count,media_count,media{id,caption}}"
    account = facebook.sandbox.user_id
    first = (await facebook.get(f"/{account}", fields=fields)).json["business_discovery"]
    assert first["username"] == "bluebottle"
    assert len(first["media"]["data"]) == first["media_count"]
    assert (await facebook.get(f"/{account}", fields=fields)).json["business_discovery"] == first
    assert (await facebook.get(f"/{account}", fields="business_discovery{id}")).error == (100, None)


async def test_hashtags_are_searched_30_different_ones_a_week(facebook: Caller, clock: FakeClock) -> None:
    asked = {"user_id": facebook.sandbox.user_id}
    [found] = (await facebook.get("/ig_hashtag_search", q="print", **asked)).json["data"]
    top = (await facebook.get(f"/{found['id']}/top_media", fields="caption", **asked)).json["data"]
    assert top[0]["caption"] == "About print"
    for number in range(29):
        assert (await facebook.get("/ig_hashtag_search", q=f"tag{number}", **asked)).status == 200
    assert (await facebook.get("/ig_hashtag_search", q="print", **asked)).status == 200
    assert (await facebook.get("/ig_hashtag_search", q="more", **asked)).status == 400
    recent = await facebook.get(f"/{facebook.sandbox.user_id}/recently_searched_hashtags")
    assert len(recent.json["data"]) == 30
    clock.advance(7 * DAY_S)
    assert (await facebook.get("/ig_hashtag_search", q="more", **asked)).status == 200


@pytest.fixture
def second(facebook: Caller) -> Caller:
    seed = AccountSeed(username="second", login=LoginType.FACEBOOK, media=2, comments=1)
    return Caller(facebook.sandbox, token=facebook.sandbox.add_account(seed)[1])


async def test_each_account_has_hashtags_of_its_own(facebook: Caller, second: Caller) -> None:
    own, other = facebook.sandbox.user_id, list(facebook.sandbox.scene.world.accounts)[1]
    for number in range(30):
        await facebook.get("/ig_hashtag_search", user_id=own, q=f"tag{number}")
    assert (await second.get(f"/{other}/recently_searched_hashtags")).json == {"data": []}
    assert (await second.get("/ig_hashtag_search", user_id=other, q="more")).status == 200
    assert len((await facebook.get(f"/{own}/recently_searched_hashtags")).json["data"]) == 30
    assert len((await second.get(f"/{other}/recently_searched_hashtags")).json["data"]) == 1


async def test_each_account_likes_for_itself(facebook: Caller, second: Caller) -> None:
    own, other = facebook.sandbox.scene.world.accounts
    media = facebook.sandbox.media[0].id

    async def likes() -> int:
        return (await facebook.get(f"/{media}", fields="like_count")).json["like_count"]

    before = await likes()
    await facebook.post(f"/{own}/likes", media_id=media)
    await second.delete(f"/{other}/likes", media_id=media)
    assert await likes() == before + 1
    await second.post(f"/{other}/likes", media_id=media)
    assert await likes() == before + 2


@pytest.mark.parametrize(
    "withheld",
    [
        "insights.metric(reach)",
        "comments{text,username}",
        "shortcode",
        "is_comment_enabled",
        "saved_count",
        "children{insights.metric(reach)}",
    ],
)
@pytest.mark.usefixtures("second")
async def test_of_somebody_elses_media_only_what_is_public_is_told(facebook: Caller, withheld: str) -> None:
    account = facebook.sandbox.user_id
    for username in ("second", "bluebottle"):
        fields = f"business_discovery.username({username}){{media{{like_count,comments_count,caption}}}}"
        got = (await facebook.get(f"/{account}", fields=fields)).json["business_discovery"]["media"]["data"]
        assert set(got[0]) == {"like_count", "comments_count", "caption", "id"}
    facebook.sandbox.scene.world.feeds[list(facebook.sandbox.scene.world.accounts)[1]].items[0].children = [
        facebook.sandbox.media[0].id
    ]
    fields = f"business_discovery.username(second){{media{{{withheld}}}}}"
    refused = await facebook.get(f"/{account}", fields=fields)
    assert (refused.error, refused.message) == (
        (100, None),
        "(#100) Please read documentation for supported fields.",
    )


async def test_a_post_is_embedded(facebook: Caller) -> None:
    url = f"https://www.instagram.com{facebook.sandbox.media[0].permalink_path}"
    got = (await facebook.get("/v25.0/instagram_oembed", url=url)).json
    assert (got["provider_name"], got["type"]) == ("Instagram", "rich")
    assert "author_name" not in got
    unknown = (
        "https://www.instagram.com/p/AA/",
        "https://example.com/p/fA9uwTtkSNx/",
        "x",
        "http://[",
        "",
    )
    for url in unknown:
        assert (await facebook.get("/instagram_oembed", url=url)).error == (100, None)


async def test_somebodys_post_is_embedded_as_wide_as_asked(facebook: Caller) -> None:
    url = "https://www.instagram.com/reel/fA9uwTtkSNx/?x=1"
    got = (await facebook.get("/v25.0/instagram_oembed", url=url, maxwidth=320)).json
    assert got["width"] == 320
    assert 'data-instgrm-permalink="https://www.instagram.com/reel/fA9uwTtkSNx/"' in got["html"]


async def test_embedding_needs_a_token_of_an_account_or_of_an_app(facebook: Caller) -> None:
    asked = "/instagram_oembed?url=https://www.instagram.com/p/fA9uwTtkSNx/"
    assert (await facebook.raw("GET", asked)).error == (104, None)
    assert (await facebook.raw("GET", f"{asked}&access_token=EAAother")).error == (190, None)
    assert (await facebook.raw("GET", f"{asked}&access_token=123%7Cabc")).status == 200


async def test_what_others_posted_is_paged(facebook: Caller) -> None:
    asked = {"user_id": facebook.sandbox.user_id}
    [found] = (await facebook.get("/ig_hashtag_search", q="fine_print", **asked)).json["data"]
    first = (await facebook.get(f"/{found['id']}/recent_media", limit=4, **asked)).json
    rest = (await facebook.raw("GET", first["paging"]["next"])).json
    assert [len(page["data"]) for page in (first, rest)] == [4, 2]
    after = first["paging"]["cursors"]["after"]
    fields = f"business_discovery.username(anna){{media.limit(4).after({after}){{id,timestamp}}}}"
    theirs = (await facebook.get(f"/{asked['user_id']}", fields=fields)).json["business_discovery"]["media"]
    assert len(theirs["data"]) == 2
    assert set(theirs["paging"]) == {"cursors"}


async def test_an_account_of_the_sandbox_is_discovered_as_it_is(facebook: Caller) -> None:
    facebook.sandbox.add_account(AccountSeed(username="second", followers=50, media=3, biography="Two"))
    fields = (
        "business_discovery.username(second){biography,media_count,"
        "media.limit(9){username,owner,permalink,media_product_type,view_count}}"
    )
    got = (await facebook.get(f"/{facebook.sandbox.user_id}", fields=fields)).json["business_discovery"]
    assert (got["biography"], got["media_count"], len(got["media"]["data"])) == ("Two", 3, 3)
    for one in got["media"]["data"]:
        assert one["username"] == "second"
        assert "owner" not in one
        assert ("view_count" in one) == (one["media_product_type"] == "REELS")


async def test_hourly_calls_about_others_are_limited_where_that_is_asked_for(
    make: Make, clock: FakeClock
) -> None:
    """200 an hour for each account; Meta documents the limit, and no code."""
    caller = make(token="EAAsandboxtoken", short_limits=True)
    account = caller.sandbox.user_id
    look = {"fields": "business_discovery.username(anna){followers_count}"}
    for _ in range(199):
        assert (await caller.get(f"/{account}", **look)).status == 200
    assert (await caller.get("/ig_hashtag_search", user_id=account, q="print")).status == 200
    assert (await caller.get(f"/{account}", **look)).error == (4, None)
    assert (await caller.get("/ig_hashtag_search", user_id=account, q="print")).error == (4, None)
    assert (await caller.get(f"/{account}", fields="username")).status == 200
    clock.advance(3600)
    assert (await caller.get(f"/{account}", **look)).status == 200
    for _ in range(200):
        await caller.get(f"/{account}", **look)
    caller.sandbox.reset()
    assert (await caller.get(f"/{account}", **look)).status == 200


async def test_audio_is_found_and_carried_by_a_reel(facebook: Caller) -> None:
    asked = {"user_id": facebook.sandbox.user_id, "audio_type": "music"}
    got = (await facebook.get("/v26.0/ig_audio", **asked)).json["audio"]
    assert {"audio_id", "title", "display_artist", "duration_in_ms", "download_url"} <= got[0].keys()
    searched = (await facebook.get("/ig_audio", **{**asked, "search_query": "rain"})).json["audio"]
    assert searched[0]["title"] == "Rain Morning"
    sounds = (await facebook.get("/ig_audio", **{**asked, "audio_type": "original_sound"})).json["audio"]
    assert "ig_username" in sounds[0]
    assert (await facebook.get("/ig_audio", **{**asked, "audio_type": "noise"})).error == (100, None)
    assert (await facebook.get("/ig_audio", **{**asked, "user_id": "1"})).error == (100, 33)
    reel = {"media_type": "REELS", "video_url": "https://example.com/a.mp4"}
    heard = {"audio_id": got[0]["audio_id"], "audio_volume": 80, "video_volume": 20}
    container = await facebook.create(**reel, audio_configuration=json.dumps(heard))
    made = facebook.sandbox.scene.world.container(container)
    assert made is not None
    assert made.params["audio_configuration"] == heard
    for wrong in ({}, {"audio_id": "x"}, {**heard, "audio_volume": 101}, {**heard, "video_volume": "loud"}):
        account = facebook.sandbox.user_id
        refused = await facebook.post(f"/{account}/media", **reel, audio_configuration=json.dumps(wrong))
        assert refused.error == (100, None), wrong


async def test_instagram_login_has_no_audio(caller: Caller) -> None:
    asked = {"user_id": caller.sandbox.user_id, "audio_type": "music"}
    assert (await caller.get("/ig_audio", **asked)).status == 400
    reel = {"media_type": "REELS", "video_url": "https://example.com/a.mp4"}
    await caller.create(**reel, audio_configuration='{"audio_id":"1"}')
    assert any(
        note.startswith("audio_configuration is not taken") for note in caller.sandbox.calls()[-1].notes
    )


async def test_a_place_is_found_by_its_name_and_named_in_a_post(facebook: Caller) -> None:
    fields = "name,location,link"
    got = (await facebook.get("/v25.0/pages/search", q="Coffee", fields=fields, limit=2)).json
    assert [one["name"] for one in got["data"]] == ["Coffee, Berlin", "Coffee, London"]
    assert {"latitude", "longitude"} <= got["data"][0]["location"].keys()
    [last] = (await facebook.raw("GET", got["paging"]["next"])).json["data"]
    assert last["name"] == "Coffee, New York"
    assert (await facebook.get("/pages/search")).error == (100, None)
    await facebook.publish(image_url="https://example.com/a.jpg", location_id=last["id"])
