"""Calls are written to a file without a token, and made again on a fresh sandbox; what differs is told."""

import contextlib
import json
from base64 import b64encode
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from pressroom.sandbox.faults import ConnectionDropped
from pressroom.sandbox.recording.replay import Replay
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox, replay
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller
from tests.sandbox.test_late import code_of

JSON = {"content-type": "application/json"}
REAL = "IGQWRthatIsARealToken"


@pytest.fixture
async def recorded(tmp_path: Path, clock: FakeClock) -> AsyncGenerator[tuple[Caller, Path]]:
    """A caller with a token that is not invented, and the file its calls are written to."""
    path = tmp_path / "calls.jsonl"
    settings = SandboxSettings(
        fetch="trust", media=2, token=REAL, processing=Processing.after_reads(1), record_file=path
    )
    caller = Caller(Sandbox(settings, clock=clock))
    yield caller, path
    await caller.sandbox.aclose()


async def order(caller: Caller, path: str, **body: Any) -> None:
    await caller.raw("POST", f"/_sandbox/{path}", json.dumps(body).encode(), JSON)


async def a_day(caller: Caller, clock: FakeClock) -> None:
    """Make calls of every kind: by form, JSON and header, refused, lost, on several accounts, over time."""
    container = await caller.create(image_url="https://example.com/a.jpg", caption="Grüße")
    headers = {**JSON, "authorization": f"Bearer {caller.token}"}
    await caller.raw("GET", f"/v21.0//{container}/?fields=status_code", b"{}", headers)
    assert await caller.status(container) == "FINISHED"
    await order(caller, "faults", on="media_publish", kind="drop", effect="later", delay_s=60)
    with contextlib.suppress(ConnectionDropped):
        await caller.post("/me/media_publish", creation_id=container)
    clock.advance(90)
    [media, *_] = (await caller.get("/me/media", fields="caption")).json["data"]
    await order(caller, "comments", media_id=media["id"], text="hi")
    await caller.get(f"/{media['id']}/comments", fields="text,from")
    await order(caller, "clock", advance_s=3600)
    await caller.get(f"/{media['id']}/insights", metric="reach,plays")
    seed = b'{"username":"second","login":"facebook","media":1}'
    second = (await caller.raw("POST", "/_sandbox/accounts", seed, JSON)).json
    other = Caller(caller.sandbox, token=second["token"])
    await other.get("/me/accounts", fields="access_token,instagram_business_account{username}")
    await other.post(f"/{second['user_id']}/media", image_url="https://example.com/b.jpg")
    form = await code_of(caller)
    short = (await caller.post("/oauth/access_token", **form)).json["access_token"]
    await Caller(caller.sandbox, token=short).get("/me", fields="username")
    await Caller(caller.sandbox, token="IGwrong").get("/me")
    refreshed = (await caller.get("/refresh_access_token", grant_type="ig_refresh_token")).json
    await Caller(caller.sandbox, token=refreshed["access_token"]).get("/me/media", limit=1)


async def test_a_recording_made_again_on_a_fresh_sandbox_gives_the_same_answers(
    recorded: tuple[Caller, Path], clock: FakeClock
) -> None:
    caller, path = recorded
    await a_day(caller, clock)
    made = await replay(path)
    assert made == Replay(calls=len(path.read_text().splitlines()) - 1, skipped=0, differences=[])
    assert made.calls > 15


async def test_no_token_code_or_secret_is_in_the_file(
    recorded: tuple[Caller, Path], clock: FakeClock
) -> None:
    caller, path = recorded
    await a_day(caller, clock)
    await caller.get("/debug_token", input_token="EAAtheirs")
    await caller.raw("POST", "/oauth/access_token", b"client_secret=s3cret&code=c0de")
    text = path.read_text()
    world = caller.sandbox.scene.world
    assert [secret for secret in (REAL, *world.tokens, *world.codes) if secret in text] == []
    assert [word for word in ("EAAtheirs", "s3cret", "c0de", "IGwrong") if word in text] == []
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("secret", ["0a1b2c3d4e5f", "secret", "with space|sign"])
async def test_an_app_secret_that_was_set_is_not_in_the_file_and_its_calls_are_made_again(
    tmp_path: Path, clock: FakeClock, secret: str
) -> None:
    path = tmp_path / "calls.jsonl"
    settings = SandboxSettings(
        fetch="trust", token="EAAmine", app_secret=secret, checks_app=True, record_file=path
    )
    caller = Caller(Sandbox(settings, clock=clock))
    app = {"client_id": settings.app_id, "client_secret": secret}
    asked = {"grant_type": "fb_exchange_token", "fb_exchange_token": caller.token}
    own = {"grant_type": "client_credentials"}
    assert (await caller.get("/v25.0/oauth/access_token", **app, **asked)).status == 200
    token = (await caller.get("/v25.0/oauth/access_token", **app, **own)).json["access_token"]
    asked = f"/debug_token?{urlencode({'input_token': caller.token})}"
    for headers in ({"authorization": f"Bearer {token}"}, {"authorization": "Bearer 1|other"}):
        await caller.raw("GET", asked, headers=headers)
    await caller.raw("GET", f"{asked}&{urlencode({'access_token': token})}")
    pair = b64encode(f"{settings.app_id}:{secret}".encode()).decode()
    by_header = {"authorization": f"Basic {pair}"}
    assert (await caller.raw("GET", f"/v25.0/oauth/access_token?{urlencode(own)}", b"", by_header)).json
    await caller.sandbox.aclose()
    text = path.read_text()
    assert pair not in text
    assert [mark for mark in "=|C" if f"{mark}{secret}" in text or f"{mark}{quote(secret)}" in text] == []
    assert await replay(path) == Replay(calls=6, skipped=0, differences=[])


async def test_calls_by_https_are_made_again_by_https(recorded: tuple[Caller, Path]) -> None:
    caller, path = recorded
    secure = Caller(caller.sandbox, scheme="https")
    media = (await secure.get("/me/media", fields="permalink", limit=1)).json
    assert media["data"][0]["permalink"].startswith("https://")
    assert media["paging"]["next"].startswith("https://")
    assert (await replay(path)).differences == []


async def test_what_differs_is_told_by_call_and_place(recorded: tuple[Caller, Path], tmp_path: Path) -> None:
    caller, path = recorded
    await caller.get("/me", fields="username")
    await caller.get("/me/media", limit=1)
    changed = tmp_path / "changed.jsonl"
    changed.write_text(
        path.read_text().replace('"answer":{"username":"pressroom.sandbox"', '"answer":{"username":"other"')
    )
    [one] = (await replay(changed)).differences
    assert (one.number, one.method, one.where) == (1, "GET", "username")
    assert (one.recorded, one.replayed) == ("other", "pressroom.sandbox")


async def test_reading_what_the_sandbox_shows_is_not_recorded(recorded: tuple[Caller, Path]) -> None:
    caller, path = recorded
    for target in ("/_sandbox/state", "/_sandbox/requests", "/_sandbox/"):
        await caller.raw("GET", target)
        await caller.raw("HEAD", target)
    assert len(path.read_text().splitlines()) == 1


async def test_uploaded_bytes_are_counted_and_not_made_again(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "calls.jsonl"
    settings = SandboxSettings(fetch="trust", token="EAAsandboxtoken", record_file=path)
    caller = Caller(Sandbox(settings, clock=clock))
    edge = f"/{caller.sandbox.user_id}/media"
    made = (await caller.post(edge, media_type="REELS", upload_type="resumable")).json
    headers = {"authorization": f"OAuth {caller.token}", "offset": "0", "file_size": "4"}
    await caller.raw("POST", made["uri"].partition("sandbox.test")[2], b"\x00\xff\x00\xff", headers)
    await caller.sandbox.aclose()
    assert await replay(path) == Replay(calls=2, skipped=1, differences=[])


async def test_what_was_planned_before_the_recording_began_goes_wrong_again(
    caller: Caller, tmp_path: Path
) -> None:
    caller.sandbox.faults.add_outage("reads-2026-05")
    container = await caller.create()
    caller.sandbox.record(tmp_path / "calls.jsonl")
    assert (await caller.get(f"/{container}")).error == (100, 33)
    assert (await replay(tmp_path / "calls.jsonl")).differences == []


async def test_recording_begins_and_ends_over_the_control_api(caller: Caller) -> None:
    await caller.publish()
    begun = (await caller.raw("POST", "/_sandbox/recording", b'{"file":"mine.jsonl"}', JSON)).json
    assert Path(begun["file"]).parent == caller.sandbox.scene.home()
    await caller.get("/me/media", fields="id")
    told = (await caller.raw("GET", "/_sandbox/recording")).json
    assert told == {**begun, "calls": 1}
    assert (await caller.raw("DELETE", "/_sandbox/recording")).json == told
    await caller.get("/me")
    assert await replay(Path(begun["file"])) == Replay(calls=1, skipped=0, differences=[])
    assert (await caller.raw("GET", "/_sandbox/recording")).json == {"file": None, "calls": 0}
    for name in ("../x.jsonl", "a/b.jsonl", "", "/etc/x.jsonl", "authority.pem"):
        body = json.dumps({"file": name}).encode()
        assert (await caller.raw("POST", "/_sandbox/recording", body, JSON)).status == 400
    await caller.sandbox.aclose()


@pytest.mark.parametrize("text", ["", "hello", "{}", '{"recording":9,"settings":{},"state":{}}'])
async def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x").write_text(text)
    with pytest.raises(ValueError, match=r"recording|state"):
        await replay(tmp_path / "x")


async def test_a_recording_is_made_again_over_the_control_api(caller: Caller) -> None:
    await caller.raw("POST", "/_sandbox/recording", b'{"file":"mine.jsonl"}', JSON)
    await caller.get("/me", fields="username")
    await caller.raw("DELETE", "/_sandbox/recording")
    before = len(caller.sandbox.calls())
    made = await caller.raw("POST", "/_sandbox/replay", b'{"file":"mine.jsonl","fetch":"trust"}', JSON)
    assert made.json == {"calls": 1, "skipped": 0, "differences": []}
    assert len(caller.sandbox.calls()) == before
    (caller.sandbox.scene.home() / "none.jsonl").write_text("{}")
    for file in ("missing.jsonl", "none.jsonl", "../mine.jsonl"):
        refused = await caller.raw("POST", "/_sandbox/replay", json.dumps({"file": file}).encode(), JSON)
        assert refused.status == 400
        assert refused.json["error"]
