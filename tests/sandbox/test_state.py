"""State survives: export and import, a file over restarts, and whatever calls made it.

What was fetched survives an export: small files go with it, and what is missing is no broken picture.

Every field of a world is written down, read back and forgotten, also one that is added tomorrow.
"""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.state.seeding import (
    AccountSeed,
    ByHand,
    add_foreign_media,
    publish_by_hand,
    seed_account,
)
from pressroom.sandbox.state.snapshot import parse_snapshot, restore_world, snapshot_of
from pressroom.sandbox.state.things import (
    Callback,
    Code,
    Container,
    ContainerKind,
    Event,
    Invite,
    Late,
    LatePost,
    Metrics,
)
from pressroom.sandbox.state.world import World, find_or_add_person
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller, Got
from tests.sandbox.conftest import Make
from tests.sandbox.test_fetching import picture

JSON = {"content-type": "application/json"}
FIELDS = "id,caption,media_type,like_count,comments_count,children{id},comments{text,replies{text}}"


async def seen(caller: Caller) -> dict[str, Any]:
    """Read everything a client can."""
    names = ("media", "stories", "content_publishing_limit", "tags", "conversations", "subscribed_apps")
    read = {name: (await caller.get(f"/me/{name}")).json for name in names}
    read["feed"] = (await caller.get("/me/media", fields=FIELDS)).json
    for container in caller.sandbox.scene.world.created_by(caller.sandbox.user_id):
        read[container] = (await caller.get(f"/{container}", fields="status_code,status")).json
    return read


async def busy(caller: Caller) -> None:
    """Make one of everything."""
    items = [
        await caller.create(image_url="https://example.com/a.jpg", is_carousel_item="true") for _ in "ab"
    ]
    media = await caller.publish(media_type="CAROUSEL", children=",".join(items), caption="Two")
    await caller.publish(media_type="STORIES", image_url="https://example.com/a.jpg")
    await caller.create()
    comment = (await caller.post(f"/{media}/comments", message="one")).id
    await caller.post(f"/{comment}/replies", message="two")
    await caller.post("/me/subscribed_apps", subscribed_fields="comments")
    for path, body in (
        ("messages", {"text": "hi"}),
        ("mentions", {"text": "x"}),
        ("media", {"caption": "hand"}),
    ):
        await caller.raw("POST", f"/_sandbox/{path}", json.dumps(body).encode(), JSON)


async def test_an_export_is_imported_elsewhere(make: Make) -> None:
    first, second = make(media=3), make(random_seed=9)
    await busy(first)
    exported = await first.raw("GET", "/_sandbox/export")
    assert (await second.raw("POST", "/_sandbox/import", exported.body, JSON)).status == 200
    moved = Caller(second.sandbox, token=first.token)
    assert await seen(moved) == await seen(first)
    assert (await second.get("/me")).status == 200
    container = await moved.create()
    assert container not in exported.body.decode()


@pytest.mark.parametrize("raw", [b"{}", b"[]", b"x", b'{"format":2}'])
async def test_anything_else_is_not_imported(caller: Caller, raw: bytes) -> None:
    await busy(caller)
    before = await seen(caller)
    with pytest.raises(ValueError, match="state"):
        caller.sandbox.import_state(raw)
    assert (await caller.raw("POST", "/_sandbox/import", raw, JSON)).status == 400
    assert await seen(caller) == before


async def test_a_restart_goes_on_with_the_token_in_the_file_and_an_import_leaves_it_as_it_is(
    make: Make, tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    first = make(state_file=path)
    await first.get("/me")
    await first.sandbox.aclose()
    again = make(state_file=path)
    assert (again.token, list(again.sandbox.scene.world.tokens)) == (first.token, [first.token])
    other = make()
    other.sandbox.import_state(path.read_bytes())
    assert other.sandbox.token == other.token != first.token
    mine = make(state_file=path, token="IGmine")
    assert (mine.token, (await mine.get("/me")).status) == ("IGmine", 200)


async def test_a_token_that_the_file_does_not_hold_is_not_taken_up(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    before = make(state_file=path, token="IGmine")
    await before.get("/me")
    await before.sandbox.aclose()
    held = json.loads(path.read_bytes())
    assert held["token"] is None
    path.write_text(json.dumps({**held, "token": "IGsandboxgone"}))
    caller = make(state_file=path)
    assert (caller.token == "IGsandboxgone", (await caller.get("/me")).status) == (False, 200)


async def test_a_token_that_is_not_invented_is_not_exported(make: Make) -> None:
    caller = make(token="IGnotinvented")
    assert b"IGnotinvented" not in caller.sandbox.export_state()


def written(directory: Path) -> list[str]:
    return [one.name for one in directory.iterdir()]


def on_disk(path: Path, clock: FakeClock) -> Caller:
    made = SandboxSettings(fetch="trust", processing=Processing.at_once(), state_file=path)
    return Caller(Sandbox(made, clock=clock))


async def test_another_accounts_state_brings_its_account_and_the_token_is_good_for_it(make: Make) -> None:
    other, caller = make(user_id="17841400000000099", username="other", media=2), make()
    caller.sandbox.import_state(other.sandbox.export_state())
    assert caller.sandbox.user_id == "17841400000000099"
    assert (await caller.get("/me", fields="username")).json["username"] == "other"
    assert (await caller.raw("GET", "/_sandbox/state")).json["counts"]["media"] == 2
    assert len(caller.sandbox.media) == 2
    caller.sandbox.reset()
    assert (caller.sandbox.user_id, caller.sandbox.media) == ("17841400000000001", [])
    assert (await caller.get("/me", fields="username")).json["username"] == "pressroom.sandbox"


async def test_a_state_file_survives_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "deep" / "state.json"
    caller = on_disk(path, clock)
    await busy(caller)
    caller.sandbox.clock.advance(3600)
    before = await seen(caller)
    await caller.sandbox.aclose()
    again = on_disk(path, clock)
    assert await seen(again) == before
    assert again.sandbox.clock.now() == caller.sandbox.clock.now()
    assert path.stat().st_mode & 0o077 == 0
    assert again.sandbox.scene.home().stat().st_mode & 0o077 == 0


async def test_a_restart_takes_up_faults_and_pace_and_an_import_does_not(
    tmp_path: Path, clock: FakeClock, make: Make
) -> None:
    path = tmp_path / "state.json"
    caller = on_disk(path, clock)
    caller.sandbox.faults.add_outage("reads-2026-05")
    await caller.raw("POST", "/_sandbox/faults", b'{"on":"user","kind":"error","times":3}', JSON)
    await caller.get("/me")
    caller.sandbox.clock.freeze()
    planned = caller.sandbox.faults.list()
    await caller.sandbox.aclose()
    again = on_disk(path, clock)
    assert again.sandbox.faults.list() == planned
    assert (planned[-1].left, again.sandbox.clock.factor) == (2, 0)
    assert again.sandbox.faults.add_outage("delete-2026-07") == [planned[-1].id + 1]
    other = make()
    other.sandbox.import_state(again.sandbox.export_state())
    assert (other.sandbox.faults.list(), other.sandbox.clock.factor) == ([], 1)


async def test_orders_and_what_happens_by_itself_are_kept_too(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "state.json"
    caller = on_disk(path, clock)
    await caller.raw("POST", "/_sandbox/seed", b'{"media": 2}', JSON)
    caller.sandbox.save()
    assert len(json.loads(path.read_text())["media"]) == 2
    caller.sandbox.order("media", caption="by hand", in_s=5)
    clock.advance(5)
    caller.sandbox.scene.settle()
    await caller.sandbox.aclose()
    assert len(on_disk(path, clock).sandbox.media) == 3


async def test_the_file_is_written_only_after_calls(tmp_path: Path, clock: FakeClock) -> None:
    caller = on_disk(tmp_path / "state.json", clock)
    caller.sandbox.save()
    assert written(tmp_path) == []
    await caller.get("/me")
    caller.sandbox.save()
    assert written(tmp_path) == ["state.json"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "item", "carousel", "publish", "comment", "delete", "advance", "restart"]),
        st.integers(0, 5),
    ),
    max_size=30,
)


@given(STEPS)
@settings(max_examples=40)
async def test_no_sequence_publishes_twice_or_loses_a_media_and_any_state_survives(
    steps: list[tuple[str, int]],
) -> None:
    caller = Caller(
        Sandbox(SandboxSettings(fetch="trust", processing=Processing.at_once()), clock=FakeClock())
    )
    made: list[str] = []
    items: list[str] = []
    published: dict[str, str] = {}
    for step, number in steps:
        if step == "create":
            made.append(await caller.create())
        elif step == "item":
            items.append(await caller.create(image_url="https://example.com/a.jpg", is_carousel_item="true"))
        elif step == "carousel" and len(items) >= 2:
            got = await caller.post("/me/media", media_type="CAROUSEL", children=",".join(items[-2:]))
            made += [got.id] if got.status == 200 else []
        elif step == "publish" and made:
            container = made[number % len(made)]
            got = await caller.post("/me/media_publish", creation_id=container)
            assert got.status == 400 or container not in published
            if got.status == 200:
                published[container] = got.id
        elif step == "comment" and published:
            await caller.post(f"/{list(published.values())[number % len(published)]}/comments", message="x")
        elif step == "advance":
            caller.sandbox.clock.advance(number * 3 * 3600)
        elif step == "restart":
            before = await seen(caller)
            caller.sandbox.import_state(caller.sandbox.export_state())
            assert await seen(caller) == before
    assert {one.id for one in caller.sandbox.media} == set(published.values())


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


NOW, USER = 1_700_000_000.0, "17841400000000001"
NAMES = [one.name for one in fields(World) if one.name != "lock"]


def full() -> World:
    """Make a world with something in every field; a new field needs a line here."""
    world = World(7)
    seed_account(world, AccountSeed(username="a.press", media=4, comments=2), USER, "IGsandbox-1", NOW)
    account = world.accounts[USER]
    publish_by_hand(world, account, ByHand(kind=ContainerKind.STORY), NOW)
    foreign = add_foreign_media(world, USER, "a.friend", "with @a.press", NOW)
    world.invites[foreign.id] = Invite(media_id=foreign.id)
    person = find_or_add_person(world, USER, "a.reader")
    message = world.add_message(person, USER, "Hi", NOW, is_own=False, attachments=[])
    container = Container(
        id=world.container_id(),
        user_id=USER,
        kind=ContainerKind.PHOTO,
        created_at=NOW,
        params={"caption": "x"},
    )
    world.add_container(container)
    world.note_publish(USER, NOW)
    world.codes["code"] = Code(
        text="code",
        user_id=USER,
        login=LoginType.INSTAGRAM,
        redirect_uri="https://example.com/",
        scopes=["instagram_business_basic"],
        created_at=NOW,
    )
    world.private_replies.add(message.id)
    world.likes.update((foreign.id, "b", "a"))
    world.hashtags["press"] = NOW
    world.hashtag_names["178"] = "press"
    world.permissions_used[f"{USER} instagram_business_basic"] = NOW
    world.subscriptions[USER] = ["comments"]
    world.app_mode = "development"
    world.metrics = Metrics(gone=["saved"])
    world.callback = Callback(url="https://example.com/hook", fields=["comments"])
    world.outbox.append(Event(user_id=USER, field="comments", at=NOW, value={"id": "1"}))
    world.add_late(Late(at=NOW + 5, what=LatePost(user_id=USER, kind=ContainerKind.PHOTO)))
    return world


def contents(world: World) -> dict[str, Any]:
    return {name: getattr(world, name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_world_of_these_tests_has_something_in_every_field(name: str) -> None:
    assert getattr(full(), name)


def test_a_world_that_is_written_down_and_read_back_is_the_same() -> None:
    world, again = full(), World(0)
    raw = msgspec.json.encode(snapshot_of(world, NOW, list(world.tokens.values())))
    restore_world(again, parse_snapshot(raw))
    assert contents(again) == contents(world)


def test_a_world_that_is_cleared_holds_nothing_and_keeps_its_random_seed() -> None:
    world = full()
    held = contents(world)
    world.clear()
    assert contents(world) == contents(World(7))
    for name, before in held.items():
        assert getattr(world, name) is before or not isinstance(before, dict | list | set), name


def test_a_field_that_an_older_state_lacks_is_empty_in_the_world() -> None:
    world, again = full(), World(0)
    written = msgspec.json.decode(msgspec.json.encode(snapshot_of(world, NOW, [])))
    for name in ("hashtags", "likes", "invites", "late"):
        del written[name]
    restore_world(again, parse_snapshot(msgspec.json.encode(written)))
    assert (again.hashtags, again.likes, again.invites, again.late) == ({}, set(), {}, [])
