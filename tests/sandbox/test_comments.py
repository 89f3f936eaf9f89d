"""Comments below media, and replies to them."""

from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller


async def test_comments_are_listed_newest_first_top_level_only(caller: Caller, clock: FakeClock) -> None:
    media = await caller.publish()
    first = (await caller.post(f"/{media}/comments", message="one")).id
    clock.advance(1)
    await caller.post(f"/{media}/comments", message="two")
    await caller.post(f"/{first}/replies", message="reply")
    got = (await caller.get(f"/{media}/comments", fields="text,username,replies{text}")).json["data"]
    assert [one["text"] for one in got] == ["two", "one"]
    assert got[1]["replies"]["data"][0]["text"] == "reply"
    assert got[0]["username"] == "pressroom.sandbox"


async def test_a_reply_to_a_reply_lands_on_its_parent(caller: Caller) -> None:
    media = await caller.publish()
    top = (await caller.post(f"/{media}/comments", message="top")).id
    reply = (await caller.post(f"/{top}/replies", message="reply")).id
    nested = (await caller.post(f"/{reply}/replies", message="nested")).id
    assert (await caller.get(f"/{nested}", fields="parent_id")).json["parent_id"] == top


async def test_a_comment_needs_words_and_an_open_media(caller: Caller) -> None:
    media = await caller.publish()
    assert (await caller.post(f"/{media}/comments")).error == (100, None)
    assert (await caller.post(f"/{media}", comment_enabled="false")).json == {"success": True}
    assert (await caller.get(f"/{media}", fields="is_comment_enabled")).json["is_comment_enabled"] is False
    assert (await caller.post(f"/{media}/comments", message="x")).error == (100, None)


async def test_a_comment_whose_fields_are_asked_for_is_refused_and_made(caller: Caller) -> None:
    media = await caller.publish()
    assert (await caller.post(f"/{media}/comments", message="first", fields="id")).error == (20, 1772107)
    assert [one["text"] for one in (await caller.get(f"/{media}/comments")).json["data"]] == ["first"]


async def test_a_strangers_comment_is_hidden_and_the_owners_stays(caller: Caller) -> None:
    media = await caller.publish()
    own = (await caller.post(f"/{media}/comments", message="own")).id
    body = f'{{"media_id":"{media}","text":"hello","username":"anna"}}'.encode()
    strange = (await caller.raw("POST", "/_sandbox/comments", body, {"content-type": "application/json"})).id
    for comment, is_hidden in ((own, False), (strange, True)):
        assert (await caller.post(f"/{comment}", hide="true")).json == {"success": True}
        assert (await caller.get(f"/{comment}", fields="hidden")).json["hidden"] is is_hidden
    assert (await caller.post(f"/{strange}/replies", message="x")).error == (100, None)


async def test_a_deleted_comment_goes_with_its_replies(caller: Caller) -> None:
    media = await caller.publish()
    top = (await caller.post(f"/{media}/comments", message="top")).id
    reply = (await caller.post(f"/{top}/replies", message="reply")).id
    assert (await caller.delete(f"/{top}")).json == {"success": True}
    assert (await caller.get(f"/{reply}")).error == (100, 33)
    assert (await caller.get(f"/{media}", fields="comments_count")).json["comments_count"] == 0


async def test_comments_come_50_a_page(caller: Caller) -> None:
    media = await caller.publish()
    for number in range(51):
        await caller.post(f"/{media}/comments", message=str(number))
    got = (await caller.get(f"/{media}/comments", limit=100)).json
    assert len(got["data"]) == 50
    assert f"/{media}/comments?" in got["paging"]["next"]
    for nested in (got, (await caller.get(f"/{media}", fields="comments")).json["comments"]):
        assert len((await caller.raw("GET", nested["paging"]["next"])).json["data"]) == 1
    unasked = (await caller.get(f"/{media}/comments")).json
    assert "limit=50" in unasked["paging"]["next"]


async def test_a_comment_leads_to_its_media(caller: Caller) -> None:
    media = await caller.publish(image_url="https://example.com/a.jpg", caption="Hi")
    comment = (await caller.post(f"/{media}/comments", message="x")).id
    part = (await caller.get(f"/{comment}", fields="media")).json["media"]
    assert part == {"id": media, "media_product_type": "FEED"}
    assert (await caller.get(f"/{comment}", fields="media{id}")).json["media"] == {"id": media}
    fields = "media{caption,media_type}"
    whole = (await caller.get(f"/{media}/comments", fields=fields)).json["data"][0]["media"]
    assert whole == {"id": media, "caption": "Hi", "media_type": "IMAGE"}
