"""A request that is repeated with its key is answered by how things stand, as the first one was."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.house import Client, House, a_house
from tests.attack.lost_answers import PLAYED
from tests.service.road import a_photo, opened_road

CAT = {"kind": "photo", "files": [{"url": "https://example.com/cat.jpg"}], "caption": "A cat"}


async def made(shop: Client, **more: Any) -> dict[str, Any]:
    answer = await shop.post("/posts", {**CAT, **more})
    post_id = (answer.json.get("post") or answer.json)["post_id"]
    return await shop.get(f"/posts/{post_id}")


async def test_a_change_of_a_post_that_waits_is_told_as_done_also_when_it_is_repeated(
    house: House, shop: Client
) -> None:
    """What waits then is the post, with a proposal of its own, and not the change."""
    post = await made(shop, at="+3h")
    path, headers = f"/posts/{post['post_id']}", {"If-Match": f'"{post["version"]}"', "Idempotency-Key": "a"}
    first, again = [await shop.ask("PATCH", path, {"caption": "Two"}, headers=headers) for _ in range(2)]
    assert first.of(200) == again.of(200)
    proposal = await house.owner.approvals.about(post["post_id"])
    assert proposal
    await house.owner.approvals.decline(proposal.id)
    last = await shop.ask("PATCH", path, {"caption": "Two"}, headers=headers)
    assert last.of(200) == await shop.get(path)


async def test_a_key_stands_for_the_version_too_that_was_seen(shop: Client) -> None:
    """Else who changes it back after another's change would be told that it was done."""
    post = await made(shop)
    path, versions = f"/posts/{post['post_id']}", [post["version"]]
    for caption, key in (("One", "a"), ("Two", "b")):
        headers = {"If-Match": f'"{versions[-1]}"', "Idempotency-Key": key}
        changed = await shop.ask("PATCH", path, {"caption": caption}, headers=headers)
        versions.append(changed.of(200)["version"])
    headers = {"If-Match": f'"{versions[-1]}"', "Idempotency-Key": "a"}
    back = await shop.ask("PATCH", path, {"caption": "One"}, headers=headers)
    assert back.of(422)["type"].endswith("#KeyReused")
    assert (await shop.get(path))["caption"] == "Two"


@pytest.mark.parametrize("body", [{}, {"at": "now"}, {"at": "+5h"}])
async def test_a_draft_gets_its_time_and_its_proposal_in_one_commit(
    house: House, shop: Client, body: dict[str, Any]
) -> None:
    """A server that was killed in between would leave a draft with another time, which nobody releases."""
    draft = await made(shop, at="+3h", draft=True)
    path = f"/posts/{draft['post_id']}"
    waits = (await shop.post(f"{path}/release", body, seen=draft["version"])).of(202)["post"]
    assert (waits["state"], waits["version"]) == ("awaiting_approval", draft["version"] + 1)
    assert waits["due_at"] != draft["due_at"] or waits["when"] == "now"
    proposal = await house.owner.approvals.about(draft["post_id"])
    assert proposal
    await house.owner.approvals.approve(proposal.id)
    assert (await shop.get(path))["state"] == "scheduled"


async def test_what_keeps_a_new_post_from_going_out_is_told_to_whoever_asks_again_as_it_is_then(
    house: House, shop: Client
) -> None:
    body, key = {**CAT, "draft": True}, "order-1"
    first, again = [(await shop.post("/posts", body, idempotency_key=key)).of(201) for _ in range(2)]
    assert first["warnings"] == again["warnings"] != []
    await house.owner.posts.cancel(first["post_id"])
    last = (await shop.post("/posts", body, idempotency_key=key)).of(201)
    assert (last["state"], last["warnings"]) == ("cancelled", [])


async def test_who_changed_slots_is_told_so_that_a_lost_removal_does_not_find_the_slot_gone(
    house: House, shop: Client
) -> None:
    start = await house.owner.work.cursor()
    (await shop.post("/accounts/ana/slots", {"slots": ["mon 09:00"]})).of(200)
    key = {"Idempotency-Key": "a"}
    for _ in range(2):
        removed = await shop.ask("DELETE", "/accounts/ana/slots", slot="mon 09:00", headers=key)
        assert removed.of(200)["slots"] == []
    changes = house.owner.work.changes(start)
    assert [(await anext(changes)).event.actor for _ in range(2)] == ["program:shop"] * 2
    await changes.aclose()


async def test_a_deletion_that_a_person_approved_is_told_to_whoever_asks_again(tmp_path: Path) -> None:
    async with opened_road(tmp_path / "home", played=PLAYED) as road:
        road.sign_in("ana")
        async with a_house(road) as house:
            shop = await house.client("shop")
            post = await house.owner.publish(a_photo())
            key = {"Idempotency-Key": "a"}
            waits = (await shop.ask("DELETE", f"/posts/{post.id}", headers=key)).of(202)
            await house.owner.approvals.approve(waits["proposal"]["proposal_id"])
            assert (await shop.ask("DELETE", f"/posts/{post.id}", headers=key)).of(200)["state"] == "done"
            assert len(road.sandbox.calls(method="DELETE")) == 1
