"""What is sent again since its answer was lost: it is kept once, and what others did since is told."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from pressroom.core.assets import Asset
from pressroom.core.post import PostState
from pressroom.core.slots import parse_slots
from pressroom.web.posts import draft
from tests.web.house import House
from tests.web.test_composing import IDS, Desk
from tests.web.test_page_uploads import token_of


@pytest.fixture
async def desk(house: House) -> Desk:
    anna = await house.signed_in()
    anna.cookies["pressroom-reader"] = "zone=UTC|first=0"
    return Desk(house, anna, await token_of(anna))


async def test_a_draft_whose_answer_was_lost_is_no_second_one_when_it_is_sent_again(desk: Desk) -> None:
    at = {"kind": "time", "text": "tomorrow 09:00"}
    first: dict[str, Any] = {"key": IDS[1], "files": [await desk.upload(0)], "time": at}
    kept, again = [json.loads((await desk.ask("/posts/new", **first)).html) for _ in range(2)]
    assert (again["id"], again["version"]) == (kept["id"], kept["version"])
    assert len(desk.house.road.posts) == 1
    # What somebody did with it since is left alone.
    await desk.house.owner.posts.move(kept["id"], "2026-12-01T09:00")
    got = await desk.ask("/posts/new", **first)
    assert (got.status, "changed from elsewhere" in got.text) == (409, True)
    assert desk.post(kept["id"]).version == again["version"] + 1


async def test_a_save_whose_answer_was_lost_is_kept_once_and_what_others_did_is_told(desk: Desk) -> None:
    kept = await desk.draft()
    address, owner = f"/posts/{kept['id']}", desk.house.owner
    at = {"kind": "time", "text": "tomorrow 09:00"}
    sent: dict[str, Any] = {"version": 1, "files": [{"key": kept["files"][0]}], "caption": "Mine", "time": at}
    saved, again = [json.loads((await desk.ask(f"{address}/edit", **sent)).html) for _ in range(2)]
    assert again["version"] == saved["version"] == desk.post(kept["id"]).version
    await owner.posts.move(kept["id"], "+5h")
    for other in (sent, {**sent, "time": None}):
        assert (await desk.ask(f"{address}/edit", **other)).status == 409, "somebody gave it another time"
    planning = {**sent, "version": desk.post(kept["id"]).version}
    planned, again = [json.loads((await desk.ask(f"{address}/plan", **planning)).html) for _ in range(2)]
    assert planned == again
    post = desk.post(kept["id"])
    assert post.state is PostState.SCHEDULED
    await owner.posts.edit(post.id, caption="Theirs")
    assert (await desk.ask(f"{address}/plan", **planning)).status == 409
    assert desk.post(post.id).options.caption == "Theirs"


@pytest.mark.parametrize("path", ["edit", "plan"])
async def test_what_somebody_wrote_while_a_save_was_sent_again_is_neither_taken_for_it_nor_let_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    kept = await desk.draft()
    at = {"kind": "time", "text": "tomorrow 09:00"}
    sent: dict[str, Any] = {"version": 1, "files": [{"key": kept["files"][0]}], "caption": "Mine", "time": at}
    assert (await desk.ask(f"/posts/{kept['id']}/edit", **sent)).status == 200
    files_of, theirs = draft.files_of, ["Theirs"]

    async def files_after_theirs(*given: Any) -> Sequence[Asset]:
        if theirs:  # the post was read, and not changed yet
            await desk.house.owner.posts.edit(kept["id"], caption=theirs.pop())
        return await files_of(*given)

    monkeypatch.setattr(draft, "files_of", files_after_theirs)
    got = await desk.ask(f"/posts/{kept['id']}/{path}", **sent)
    post = desk.post(kept["id"])
    assert (got.status, post.options.caption, post.state) == (409, "Theirs", PostState.DRAFT)


async def test_a_time_in_words_that_count_from_now_is_the_same_when_it_is_sent_again_later(
    desk: Desk,
) -> None:
    clock, soon = desk.house.road.clock, {"kind": "time", "text": "+2h"}
    first: dict[str, Any] = {"key": IDS[1], "files": [await desk.upload(0)], "time": soon}
    kept = json.loads((await desk.ask("/posts/new", **first)).html)
    post, again = desk.post(kept["id"]), {"waited_s": 42.5}  # as the page measured it
    clock.advance(40)
    told = json.loads((await desk.ask("/posts/new", **first, **again)).html)
    assert (told["version"], "14:00 in UTC" in told["time"], desk.post(post.id)) == (2, True, post)
    sent: dict[str, Any] = {"version": 2, "files": [{"key": kept["files"][0]}], "time": soon}
    for path in ("edit", "plan"):
        address = f"/posts/{post.id}/{path}"
        assert (await desk.ask(address, **sent)).status == 200
        done = desk.post(post.id)
        clock.advance(40)
        for how_long, status in ((again, 200), ({"waited_s": 7200}, 409), ({}, 409)):
            assert (await desk.ask(address, **sent, **how_long)).status == status
            assert desk.post(post.id) == done
        sent["version"] = done.version
    await desk.house.owner.posts.move(post.id, "+5h")
    assert (await desk.ask(address, **{**sent, "version": 4}, **again)).status == 409, "theirs is told"


async def test_the_next_slot_that_was_given_is_kept_and_one_that_others_chose_is_not_let_go(
    desk: Desk,
) -> None:
    clock, owner = desk.house.road.clock, desk.house.owner
    await owner.posts.slots.add(parse_slots("daily 18:00"))
    first: dict[str, Any] = {"key": IDS[1], "files": [await desk.upload(0)], "account": "ana"}
    first["time"] = {"kind": "time", "text": "next slot"}
    kept = json.loads((await desk.ask("/posts/new", **first)).html)
    post, again = desk.post(kept["id"]), {"waited_s": 42.5}
    clock.advance(40)
    for path, more in (("new", first), (f"{post.id}/edit", {**first, "version": 1})):
        assert (await desk.ask(f"/posts/{path}", **more, **again)).status == 200
        assert desk.post(post.id) == post
    planning = {**first, "version": 2}
    await owner.posts.move(post.id, "+5h")
    assert (await desk.ask(f"/posts/{post.id}/plan", **planning, waited_s=1)).status == 409
    planning = {**first, "version": 3}
    assert (await desk.ask(f"/posts/{post.id}/plan", **planning)).status == 200
    planned = desk.post(post.id)
    clock.advance(40)
    for how_long, status in ((again, 200), ({}, 409)):
        assert (await desk.ask(f"/posts/{post.id}/plan", **planning, **how_long)).status == status
        assert desk.post(post.id) == planned
