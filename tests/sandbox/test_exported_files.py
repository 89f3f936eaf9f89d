"""What was fetched survives an export: small files go with it, and what is missing is no broken picture."""

import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.sandbox.caller import Caller, Got
from tests.sandbox.conftest import Make
from tests.sandbox.test_fetching import picture

PICTURE = picture()


async def real(make: Make) -> Caller:
    """Make an account with a picture, a story and a draft that were fetched."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=PICTURE, content_type="image/jpeg")

    app, caller = web.Application(), make(fetch="real")
    app.router.add_get("/a.jpg", answer)
    async with TestServer(app) as server:
        url = str(server.make_url("/a.jpg"))
        await caller.publish(image_url=url)
        await caller.publish(media_type="STORIES", image_url=url)
        await caller.create(image_url=url)
    return caller


async def picture_of(caller: Caller, edge: str = "media") -> Got:
    [one, *_] = (await caller.get(f"/me/{edge}", fields="media_url")).json["data"]
    return await caller.raw("GET", one["media_url"].partition("sandbox.test")[2])


async def test_small_files_go_with_an_export(make: Make) -> None:
    first, second = await real(make), make(random_seed=9)
    second.sandbox.import_state(first.sandbox.export_state())
    await first.sandbox.aclose()
    moved = Caller(second.sandbox, token=first.token)
    assert (await picture_of(moved)).body == PICTURE
    draft = second.sandbox.scene.world.created_by(moved.sandbox.user_id)[-1]
    published = (await moved.post("/me/media_publish", creation_id=draft)).id
    assert published == second.sandbox.media[0].id
    assert (await picture_of(moved)).body == PICTURE


async def test_a_picture_whose_file_is_missing_is_drawn(make: Make) -> None:
    first, second = await real(make), make(random_seed=9)
    held = json.loads(first.sandbox.export_state())
    held["files"] = {"../../outside.jpg": "AAAA"}
    second.sandbox.import_state(json.dumps(held).encode())
    moved = Caller(second.sandbox, token=first.token)
    for edge in ("media", "stories"):
        drawn = await picture_of(moved, edge)
        assert (drawn.status, drawn.body[:2]) == (200, b"\xff\xd8")


async def test_a_clip_whose_file_is_missing_keeps_where_it_came_from(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    edge, clip = f"/{caller.sandbox.user_id}/media_publish", "https://example.com/a.mp4"
    drafts = [await caller.create(media_type="REELS", video_url=clip) for _ in "ab"]
    await caller.sandbox.scene.fetching.settled()
    reels = [(await caller.post(edge, creation_id=one)).id for one in drafts]
    held = json.loads(caller.sandbox.export_state())
    for media, source in zip(held["media"], ("https://example.com/a.mp4", "upload"), strict=True):
        media["file"] |= {"name": f"{'0' * 24}.mp4", "source": source}
        media["cover"] = {**media["file"], "name": f"{'0' * 24}.poster.jpg", "is_video": False}
    caller.sandbox.import_state(json.dumps(held).encode())
    seen = [(await caller.get(f"/{one}", fields="media_url,thumbnail_url")).json for one in reels]
    assert [one.get("media_url") for one in seen] == ["https://example.com/a.mp4", None]
    assert all("/_sandbox/art/" in one["thumbnail_url"] for one in seen)


@pytest.mark.parametrize("name", [f"{'0' * 24}.part", "../../etc/passwd"])
async def test_an_upload_whose_bytes_are_missing_begins_anew(make: Make, name: str) -> None:
    caller = make(token="EAAsandboxtoken")
    edge = f"/{caller.sandbox.user_id}/media"
    container = (await caller.post(edge, media_type="REELS", upload_type="resumable")).id
    held = json.loads(caller.sandbox.export_state())
    [one] = [one for one in held["containers"] if one["id"] == container]
    one["upload"] |= {"name": name, "received": 7, "size": 7}
    caller.sandbox.import_state(json.dumps(held).encode())
    status = (await caller.get(f"/{container}", fields="video_status,status_code")).json
    assert status["status_code"] == "IN_PROGRESS"
    assert status["video_status"]["uploading_phase"]["bytes_transferred"] == 0
