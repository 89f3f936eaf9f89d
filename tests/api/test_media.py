"""Files over HTTP: sent once, checked, shown small; and what is published: listed, deleted with consent."""

import hashlib
import io
import uuid
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pressroom.core.deletion import DeletionState
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from tests.api.house import Client, House, a_house
from tests.service.consenting import person
from tests.service.road import a_photo, opened_road
from tests.service.test_deleting import FACEBOOK, on_delete


def a_jpeg(colour: str = "blue") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1080, 1080), colour).save(file, "JPEG")
    return file.getvalue()


CAT = a_jpeg()


async def sent(client: Client, content: bytes = CAT, upload_id: str = "", **more: Any) -> Any:
    query = {"sha256": hashlib.sha256(content).hexdigest(), "name": "cat.jpg"} | more
    headers = {"Content-Length": str(len(content))}
    path = f"/uploads/{upload_id or uuid.uuid4()}"
    return await client.ask("PUT", path, content=content, headers=headers, **query)


async def test_a_file_is_sent_once_and_shown_to_its_owner_alone(house: House, shop: Client) -> None:
    first = await sent(shop)
    upload = first.of(201)
    assert first.headers["location"] == f"/api/v1/uploads/{upload['upload_id']}"
    assert (upload["name"], upload["bytes"], upload["media_type"]) == ("cat.jpg", len(CAT), "image")
    assert (await sent(shop, upload_id=upload["upload_id"])).of(200) == upload
    assert (await sent(shop, a_jpeg("red"), upload["upload_id"])).of(422)["rule"] == "upload_id"
    assert await shop.get(f"/uploads/{upload['upload_id']}") == upload

    other = (await sent(shop, a_jpeg("red"))).of(201)
    page = await shop.get("/uploads", limit=1)
    rest = await shop.get("/uploads", limit=1, after=page["next"])
    listed = [each["upload_id"] for each in (*page["uploads"], *rest["uploads"])]
    assert (sorted(listed), rest["next"]) == (sorted([upload["upload_id"], other["upload_id"]]), None)
    stranger = await house.client("stranger")
    assert await stranger.get("/uploads") == {"uploads": [], "next": None}


async def test_what_is_not_the_file_itself_is_refused(shop: Client) -> None:
    assert (await sent(shop, sha256="0" * 64)).of(422)["rule"] == "checksum"
    path, sha256 = f"/uploads/{uuid.uuid4()}", hashlib.sha256(CAT).hexdigest()
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    (await shop.ask("PUT", path, content=CAT, headers=form, sha256=sha256)).of(415)
    large = {"Content-Length": "4000000001"}
    (await shop.ask("PUT", path, content=CAT, headers=large, sha256=sha256)).of(413)


async def test_a_post_keeps_the_file_of_an_upload_that_is_deleted(shop: Client) -> None:
    upload = (await sent(shop)).of(201)
    path = f"/uploads/{upload['upload_id']}"
    picture = await shop.ask("GET", f"{path}/picture", size="chip")
    assert (picture.status, picture.content[:3]) == (200, b"\xff\xd8\xff")
    file = {"upload_id": upload["upload_id"]}
    made = (await shop.post("/posts", {"kind": "photo", "files": [file]})).of(201)
    assert (await shop.ask("DELETE", path)).of(204) is None
    (await shop.ask("GET", path)).of(404)
    shown = await shop.ask("GET", f"/posts/{made['post_id']}/picture", size="chip")
    assert shown.content == picture.content


async def test_what_a_standing_consent_covers_is_planned_at_once(house: House, shop: Client) -> None:
    """What an address shows may change: an upload is what was sent."""
    await house.owner.approvals.allow("program:shop", verbs=["publish"], accounts=["ana"], per_day=1)
    files = [{"upload_id": (await sent(shop)).of(201)["upload_id"]}]
    wishes = [{"kind": "photo", "files": files, "at": at, "caption": at} for at in ("+3h", "+4h")]
    assert (await shop.post("/posts", wishes[0])).of(201)["state"] == "scheduled"
    (await shop.post("/posts", wishes[1])).of(202)


async def test_a_file_is_checked_before_a_post_is_made_of_it(shop: Client) -> None:
    upload = (await sent(shop)).of(201)
    report = (await shop.post("/media/check", {"file": {"upload_id": upload["upload_id"]}})).of(200)
    assert (report["path"], report["media_type"], report["action"]) == ("cat.jpg", "image", "as_is")
    story = {"file": {"upload_id": upload["upload_id"]}, "use": "story", "fit": "crop"}
    assert (await shop.post("/media/check", story)).of(200)["changes"]
    (await shop.post("/media/check", {"file": {"upload_id": str(uuid.uuid4())}})).of(404)


@pytest.fixture
async def facebook(tmp_path: Path) -> AsyncGenerator[House]:
    """Its login can delete."""
    async with opened_road(tmp_path, played=FACEBOOK) as road:
        road.sign_in("ana")
        async with a_house(road) as house:
            yield house


async def test_audio_for_reels_is_found_by_words_where_the_login_has_it(facebook: House) -> None:
    found = await (await facebook.client()).get("/audio", query="late night")
    assert [audio["artist"] for audio in found["audio"]] == ["The Pressmen"] * 3


async def test_audio_is_refused_for_instagram_login(shop: Client) -> None:
    assert (await shop.ask("GET", "/audio")).of(422)["rule"] == "audio"


async def test_what_instagram_answers_to_a_search_for_audio_is_passed_on(facebook: House) -> None:
    fault = Fault(on="audio", kind=FaultKind.ERROR, code=4, times=None)
    facebook.road.sandbox.faults.add(fault)
    assert (await (await facebook.client()).ask("GET", "/audio")).of(502)["code"] == 4


async def a_live_post(house: House, caption: str = "Hello") -> str:
    async with person(house.road) as pressroom:
        return (await pressroom.publish(a_photo(caption), idempotency_key=caption)).id


async def test_what_is_published_is_listed_page_by_page(facebook: House) -> None:
    # By the fake clock all three are of one second.
    for caption in ("One", "Two", "Three"):
        await a_live_post(facebook, caption)
    shop, after, seen = await facebook.client(), None, list[str]()
    while True:
        page = await shop.get("/media", limit=1, after=after)
        seen += [media["caption"] for media in page["media"]]
        if (after := page["next"]) is None:
            break
    assert sorted(seen) == ["One", "Three", "Two"]


async def test_a_live_post_is_deleted_once_a_person_approved_it(facebook: House) -> None:
    post_id, shop = await a_live_post(facebook), await facebook.client()
    rehearsed = (await shop.ask("DELETE", f"/posts/{post_id}", dry_run="true")).of(200)
    assert (rehearsed["post_id"], rehearsed["calls"]) == (post_id, 0)
    waits = (await shop.ask("DELETE", f"/posts/{post_id}")).of(202)
    assert facebook.road.sandbox.calls(method="DELETE") == []
    await facebook.owner.approvals.approve(waits["proposal"]["proposal_id"])
    done = (await shop.ask("DELETE", f"/posts/{post_id}")).of(200)
    assert (done["state"], done["calls"]) == (DeletionState.DONE, 1)
    draft = (
        await shop.post("/posts", {"kind": "photo", "files": [{"url": "https://example.com/a.jpg"}]})
    ).of(201)
    assert (await shop.ask("DELETE", f"/posts/{draft['post_id']}")).of(422)["rule"] == "state"


async def test_a_deletion_whose_answer_is_lost_is_not_repeated_by_itself(facebook: House) -> None:
    post_id, shop = await a_live_post(facebook), await facebook.client()
    key = {"Idempotency-Key": "a"}
    waits = (await shop.ask("DELETE", f"/posts/{post_id}", headers=key)).of(202)
    facebook.road.sandbox.faults.add(on_delete(kind=FaultKind.DROP, effect=Effect.NONE, times=None))
    await facebook.owner.approvals.approve(waits["proposal"]["proposal_id"])
    problem = (await shop.ask("DELETE", f"/posts/{post_id}")).of(502)
    assert problem["type"].endswith("#OutcomeUnknown")
    calls = len(facebook.road.sandbox.calls())
    again = (await shop.ask("DELETE", f"/posts/{post_id}", headers=key)).of(200)
    assert (again["state"], len(facebook.road.sandbox.calls())) == (DeletionState.OPEN, calls)
    assert len(facebook.road.sandbox.calls(method="DELETE")) == 1
