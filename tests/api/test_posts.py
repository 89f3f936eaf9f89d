"""Posts over HTTP: made, listed, read, changed with the version that was seen, and never without consent."""

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account
from pressroom.core.actor import Scope
from pressroom.core.post import Post
from pressroom.graph.answers import UserId
from pressroom.service.posts.lists import PostLists
from tests.api.house import Client, House
from tests.service.consenting import person

CAT = {"kind": "photo", "files": [{"url": "https://example.com/cat.jpg"}], "caption": "A cat"}


async def a_draft(client: Client, **more: Any) -> dict[str, Any]:
    made = (await client.post("/posts", {**CAT, **more})).of(201)
    return await client.get(f"/posts/{made['post_id']}")


async def test_a_draft_is_made_read_and_listed(house: House, shop: Client) -> None:
    made = (await shop.post("/posts", CAT)).of(201)
    read = await shop.get(f"/posts/{made['post_id']}")
    assert (read["state"], read["when"], read["caption"]) == ("draft", "open", "A cat")
    listed = await shop.get("/posts")
    assert listed == {"posts": [read], "next": None}
    assert house.road.posts[0].actor == "program:shop"


async def test_a_change_is_bound_to_the_version_that_was_seen(shop: Client) -> None:
    draft = await a_draft(shop)
    path = f"/posts/{draft['post_id']}"
    (await shop.ask("PATCH", path, {"caption": "Two"})).of(428)
    seen = {"If-Match": f'"{draft["version"]}"'}
    changed = await shop.ask("PATCH", path, {"caption": "Two"}, headers=seen)
    assert changed.of(200)["caption"] == "Two"
    assert changed.headers["etag"] == f'"{changed.json["version"]}"'
    problem = (await shop.ask("PATCH", path, {"caption": "Three"}, headers=seen)).of(412)
    assert problem["post"]["caption"] == "Two"


async def test_what_would_go_out_waits_for_a_person(house: House, shop: Client) -> None:
    asked = await shop.post("/posts", {**CAT, "at": "now"})
    waits = asked.of(202)
    assert waits["proposal"]["state"] == "waiting"
    assert asked.headers["location"].endswith(waits["proposal"]["proposal_id"])
    assert waits["post"]["state"] == "awaiting_approval"
    assert house.road.sends == 0


async def test_a_time_in_words_is_read_and_one_with_two_readings_is_refused(shop: Client) -> None:
    refused = (await shop.post("/posts", {**CAT, "at": "tomorrow at 6"})).of(422)
    assert "06:00` or `" in refused["fix"]
    waits = (await shop.post("/posts", {**CAT, "at": "tomorrow at 9"})).of(202)
    assert waits["post"]["due_at"] == "2026-11-25T06:00:00+00:00", "09:00 in Europe/Istanbul"


@pytest.mark.parametrize("scopes", [[Scope.READ], [Scope.READ, Scope.DRAFT]])
async def test_a_key_does_what_it_is_for(house: House, scopes: list[Scope]) -> None:
    reader = await house.client("reader", *scopes)
    problem = (await reader.post("/posts", {**CAT, "at": "now"})).of(403)
    assert problem["rule"] == "key_scopes"


async def test_posts_are_listed_a_page_at_a_time(shop: Client) -> None:
    drafts = {(await a_draft(shop, at=at, draft=True))["post_id"] for at in ("+1h", "+2h", "+3h")}
    for order in ("due", "newest"):
        first = await shop.get("/posts", limit=2, order=order)
        rest = await shop.get("/posts", limit=2, order=order, after=first["next"])
        listed = [post["post_id"] for post in (*first["posts"], *rest["posts"])]
        assert (len(listed), {*listed}, rest["next"]) == (3, drafts, None)
    assert (await shop.ask("GET", "/posts", after="yesterday")).of(422)["rule"] == "after"


@pytest.mark.parametrize("more", [{"at": "+3h"}, {}, {"dry_run": True}, {"convert": True}])
async def test_an_address_that_instagram_never_could_fetch_is_refused_before_anybody_is_asked(
    house: House, shop: Client, more: dict[str, Any]
) -> None:
    """A sandbox on this machine fetches it, and takes it."""
    road, inside = house.road, {"url": "https://127.0.0.1/cat.jpg"}
    at_meta = Account(token=road.account.token, user_id=UserId("17841400000000099"))
    open_vault(road.store, road.settings).keep(
        "real", at_meta, obtained_at=road.clock.now(), timezone="UTC", is_default=False
    )
    refused = await shop.post("/posts", {**CAT, "files": [inside], **more, "account": "real"})
    assert "127.0.0.1 is an address of this machine" in refused.of(422)["detail"]
    draft = await a_draft(shop, account="real", kind="reel", files=[{"url": "https://example.com/cat.mp4"}])
    path = f"/posts/{draft['post_id']}"
    for change in ({"files": [{"url": "https://127.0.0.1/cat.mp4"}]}, {"cover": inside}):
        refused = await shop.ask("PATCH", path, change, headers={"If-Match": "*"})
        assert refused.of(422)["rule"] == "public_url"
    assert await shop.get(path) == draft
    assert (await shop.get("/proposals"))["proposals"] == []
    (await shop.post("/posts", {**CAT, "files": [inside]})).of(201)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PATCH", "", {"caption": "Two"}), ("POST", "/move", {"at": "+3h"}), ("POST", "/cancel", None)],
)
async def test_a_key_for_drafts_changes_its_own_drafts_and_none_of_another_client(
    house: House, shop: Client, method: str, path: str, body: object
) -> None:
    drafter = await house.client("drafter", Scope.READ, Scope.DRAFT)
    own, foreign = await a_draft(drafter), await a_draft(shop)
    seen = {"If-Match": "*"}
    (await drafter.ask(method, f"/posts/{own['post_id']}{path}", body, headers=seen)).of(200)
    refused = await drafter.ask(method, f"/posts/{foreign['post_id']}{path}", body, headers=seen)
    assert refused.of(403)["rule"] == "key_scopes"
    assert await shop.get(f"/posts/{foreign['post_id']}") == foreign
    assert (await drafter.get("/proposals"))["proposals"] == []


async def test_who_waits_is_answered_when_the_post_is_another_or_over(shop: Client) -> None:
    draft = await a_draft(shop)
    path = f"/posts/{draft['post_id']}"
    assert await shop.get(f"{path}/wait", timeout_s=0) == draft
    waiting = asyncio.create_task(shop.get(f"{path}/wait", version=draft["version"]))
    await asyncio.sleep(0)
    (await shop.ask("PATCH", path, {"caption": "Two"}, headers={"If-Match": "*"})).of(200)
    assert (await waiting)["caption"] == "Two"
    waiting = asyncio.create_task(shop.get(f"{path}/wait"))
    await asyncio.sleep(0)
    (await shop.post(f"{path}/cancel", if_match="*")).of(200)
    assert (await waiting)["state"] == "cancelled"


@pytest.mark.parametrize("ending", ["revoked", "expired"])
@pytest.mark.parametrize("in_silence", [True, False], ids=["in silence", "before a change"])
async def test_who_waits_is_refused_at_once_when_its_key_ends_and_is_told_nothing_of_afterwards(
    house: House, shop: Client, ending: str, in_silence: bool
) -> None:
    waiter = await house.client("waiter", ends_at="+1h")
    draft = await a_draft(shop)
    path, clock = f"/posts/{draft['post_id']}", house.road.clock
    wait = waiter.ask("GET", f"{path}/wait", version=draft["version"], timeout_s=60)
    waiting = asyncio.create_task(wait)
    await clock.sleep(1)
    if ending == "revoked":
        async with person(house.road) as elsewhere:
            await elsewhere.keys.revoke("waiter")
    else:
        clock.advance(3600)
    ended_at = clock.now()
    if not in_silence:
        (await shop.ask("PATCH", path, {"caption": "Two"}, headers={"If-Match": "*"})).of(200)
    problem = (await waiting).of(401)
    assert "Two" not in str(problem)
    assert clock.now() - ended_at < timedelta(seconds=1)


async def test_what_is_read_after_a_key_was_revoked_is_not_answered(house: House, shop: Client) -> None:
    """The revocation commits while the request is answered, and a change of the post after it."""
    draft, read = await a_draft(shop), PostLists.get

    async def revoke_and_change_first(lists: PostLists, post_id: str) -> Post:
        changing.stop()
        await house.owner.keys.revoke("shop")
        await house.owner.posts.edit(post_id, caption="Two")
        return await read(lists, post_id)

    changing = patch.object(PostLists, "get", revoke_and_change_first)
    changing.start()
    assert "Two" not in str((await shop.ask("GET", f"/posts/{draft['post_id']}")).of(401))
    assert house.road.posts[0].options.caption == "Two"
