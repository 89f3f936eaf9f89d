"""Resumable upload: bytes, offsets, cuts and resumption, `file_url`, `video_status`, errors of its own."""

import asyncio
import contextlib
import json
from collections.abc import Mapping

import pytest

from pressroom.sandbox.faults import ConnectionDropped, Effect, Fault, FaultKind
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller, Got
from tests.sandbox.conftest import Make

CLIP = bytes(range(256)) * 40


@pytest.fixture
def caller(make: Make) -> Caller:
    return make(token="EAAsandboxtoken")


async def begin(caller: Caller, **more: str) -> Got:
    params = {"media_type": "REELS", "upload_type": "resumable", **more}
    return await caller.post(f"/v25.0/{caller.sandbox.user_id}/media", **params)


async def send(caller: Caller, uri: str, body: bytes = CLIP, **headers: str) -> Got:
    given: Mapping[str, str] = {
        "authorization": f"OAuth {caller.token}",
        "offset": "0",
        "file_size": str(len(CLIP)),
        **headers,
    }
    return await caller.raw("POST", uri, body, {name: value for name, value in given.items() if value})


async def phases(caller: Caller, container: str) -> dict[str, dict[str, object]]:
    return (await caller.get(f"/{container}", fields="video_status")).json["video_status"]


async def test_a_clip_is_uploaded_and_published(caller: Caller) -> None:
    made = (await begin(caller, caption="Up")).json
    assert made["uri"] == f"http://sandbox.test/ig-api-upload/v25.0/{made['id']}"
    assert (await phases(caller, made["id"]))["uploading_phase"] == {
        "status": "not_started",
        "bytes_transferred": 0,
    }
    got = await send(caller, made["uri"])
    assert (got.status, got.json) == (200, {"success": True, "message": "Upload successful."})
    await caller.sandbox.scene.fetching.settled()
    after = await phases(caller, made["id"])
    assert after["uploading_phase"] == {
        "status": "complete",
        "bytes_transferred": len(CLIP),
        "source_file_size": len(CLIP),
    }
    assert after["processing_phase"] == {"status": "complete"}
    published = await caller.post(f"/{caller.sandbox.user_id}/media_publish", creation_id=made["id"])
    assert published.status == 200
    assert [one.caption for one in caller.sandbox.media] == ["Up"]


async def test_the_uri_names_metas_host_when_the_caller_used_metas_name(caller: Caller) -> None:
    real = Caller(caller.sandbox, host="graph.facebook.com")
    assert (await begin(real)).json["uri"].startswith("https://rupload.facebook.com/ig-api-upload/v25.0/")


@pytest.mark.parametrize("cut_at", [0, 1, 5000])
async def test_an_upload_that_was_cut_goes_on_from_where_it_was(caller: Caller, cut_at: int) -> None:
    made = (await begin(caller)).json
    caller.sandbox.faults.add(Fault(on="upload", kind=FaultKind.DROP, after_bytes=cut_at))
    with pytest.raises(ConnectionDropped):
        await send(caller, made["uri"])
    held = (await phases(caller, made["id"]))["uploading_phase"]
    assert held["bytes_transferred"] == cut_at
    assert (await send(caller, made["uri"], CLIP[cut_at:], offset=str(cut_at))).status == 200
    await caller.sandbox.scene.fetching.settled()
    media = (await caller.post(f"/{caller.sandbox.user_id}/media_publish", creation_id=made["id"])).id
    address = (await caller.get(f"/{media}", fields="media_url")).json["media_url"]
    assert (await caller.raw("GET", address)).body == CLIP


async def test_a_wrong_offset_is_refused_and_nothing_is_written(caller: Caller) -> None:
    made = (await begin(caller)).json
    for offset in ("1", "5000"):
        refused = await send(caller, made["uri"], offset=offset)
        assert (refused.status, refused.json["debug_info"]["type"]) == (400, "OffsetInvalidError")
    assert (await phases(caller, made["id"]))["uploading_phase"]["bytes_transferred"] == 0


async def test_a_slice_is_kept_and_told_to_be_one(caller: Caller) -> None:
    made = (await begin(caller)).json
    told = (await send(caller, made["uri"], CLIP[:4000])).json["debug_info"]
    assert (told["type"], told["retriable"]) == ("PartialRequestError", True)
    assert (await send(caller, made["uri"], CLIP[4000:], offset="4000")).status == 200


async def test_doubled_slashes_do_not_matter(caller: Caller) -> None:
    made = (await begin(caller)).json
    assert (await send(caller, f"//ig-api-upload//v25.0//{made['id']}/")).status == 200


async def test_a_token_that_has_run_out_uploads_nothing(caller: Caller, clock: FakeClock) -> None:
    made = (await begin(caller)).json
    clock.advance(59 * 24 * 3600)
    refused = await send(caller, made["uri"])
    assert refused.json["debug_info"]["type"] == "NotAuthorizedError"


async def test_the_answer_may_be_lost_although_every_byte_arrived(caller: Caller) -> None:
    made = (await begin(caller)).json
    caller.sandbox.faults.add(Fault(on="upload", kind=FaultKind.DROP, effect=Effect.DONE))
    with pytest.raises(ConnectionDropped):
        await send(caller, made["uri"])
    assert (await phases(caller, made["id"]))["uploading_phase"]["status"] == "complete"


@pytest.mark.parametrize(
    ("code", "http_status", "kind"),
    [(190, None, "NotAuthorizedError"), (2, 500, "ProcessingFailedError")],
)
async def test_an_upload_may_fail_on_the_way_with_an_error(
    caller: Caller, code: int, http_status: int | None, kind: str
) -> None:
    made = (await begin(caller)).json
    fault = Fault(on="upload", kind=FaultKind.ERROR, code=code, http_status=http_status, after_bytes=5000)
    caller.sandbox.faults.add(fault)
    answer = await send(caller, made["uri"])
    assert (answer.status, answer.json["debug_info"]["type"]) == (http_status or 401, kind)
    assert (await phases(caller, made["id"]))["uploading_phase"]["bytes_transferred"] == 5000
    caller.sandbox.faults.add(Fault(on="upload", kind=FaultKind.ERROR, code=code))
    await send(caller, made["uri"], CLIP[5000:], offset="5000")
    assert (await phases(caller, made["id"]))["uploading_phase"]["bytes_transferred"] == 5000


async def test_a_clip_may_be_named_by_url_instead(caller: Caller) -> None:
    made = (await begin(caller)).json
    url = "https://example.com/a.mp4"
    assert (await send(caller, made["uri"], b"", file_url=url, offset="", file_size="")).status == 200
    await caller.sandbox.scene.fetching.settled()
    assert await caller.status(made["id"]) == "FINISHED"


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.ERROR])
async def test_a_clip_named_by_url_is_taken_as_far_as_the_fault_says(
    caller: Caller, clock: FakeClock, kind: FaultKind
) -> None:
    expected = ((Effect.NONE, False, False), (Effect.DONE, True, True), (Effect.LATER, False, True))
    for effect, is_taken_at_once, is_taken_later in expected:
        made = (await begin(caller)).json
        container = caller.sandbox.scene.world.container(made["id"])
        assert container is not None
        caller.sandbox.faults.add(Fault(on="upload", kind=kind, effect=effect, delay_s=5.0))
        with contextlib.suppress(ConnectionDropped):
            got = await send(
                caller, made["uri"], b"", file_url="https://example.com/a.mp4", offset="", file_size=""
            )
            assert got.status >= 400
        assert (container.video_url is not None) is is_taken_at_once
        await caller.sandbox.scene.fetching.settled()
        caller.sandbox.import_state(caller.sandbox.export_state())  # what is to come survives it
        clock.advance(5)
        caller.sandbox.scene.settle()
        await asyncio.sleep(0)
        await caller.sandbox.scene.fetching.settled()
        held = caller.sandbox.scene.world.container(made["id"])
        assert held is not None
        assert (held.video_url is not None) is is_taken_later
        assert (await caller.status(made["id"]) == "FINISHED") is is_taken_later


async def test_a_token_that_does_not_fit_is_refused_in_the_uploads_own_envelope(caller: Caller) -> None:
    made = (await begin(caller)).json
    for header in ("OAuth nonsense", "", f"Basic {caller.token}"):
        refused = await send(caller, made["uri"], authorization=header)
        assert (refused.status, refused.json) == (
            400,
            {
                "debug_info": {
                    "retriable": False,
                    "type": "NotAuthorizedError",
                    "message": "User not authorized to perform this request",
                }
            },
        )


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/ig-api-upload/v25.0/123", {}),
        ("/ig-api-upload/v25.0/", {}),
        ("/ig-api-upload/x/y/z", {}),
        ("", {"offset": ""}),
        ("", {"file_size": "x"}),
        ("", {"file_size": "10"}),
        ("", {"file_size": str(10**12)}),
    ],
)
async def test_an_upload_that_makes_no_sense_fails(
    caller: Caller, path: str, headers: dict[str, str]
) -> None:
    made = (await begin(caller)).json
    refused = await send(caller, path or made["uri"], CLIP, **headers)
    info = refused.json["debug_info"]
    assert (refused.status, info["type"]) == (400, "ProcessingFailedError")
    assert json.loads(info["message"])["success"] is False


async def test_only_containers_of_an_upload_take_bytes(caller: Caller) -> None:
    container = await caller.create()
    refused = await send(caller, f"/ig-api-upload/v25.0/{container}")
    assert refused.json["debug_info"]["type"] == "ProcessingFailedError"


async def test_instagram_login_has_no_uploads(make: Make) -> None:
    caller = make()
    assert (await begin(caller)).error == (100, None)
    with_url = await begin(caller, video_url="https://example.com/a.mp4")
    assert "uri" not in with_url.json


async def test_uploads_are_in_the_log_without_the_token(caller: Caller) -> None:
    made = (await begin(caller)).json
    await send(caller, made["uri"])
    [call] = caller.sandbox.calls(f"/{made['id']}", "POST")
    assert (call.name, call.status, call.params["offset"]) == ("upload", 200, "0")
    assert caller.token not in repr(call)


async def test_uploads_under_instagram_login_are_a_setting(make: Make) -> None:
    caller = make(instagram_uploads=True)
    made = (await begin(caller)).json
    assert (await send(caller, made["uri"])).status == 200
