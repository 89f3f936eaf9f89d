"""Numbers that callers send: what is no plain number, or too large for one, is refused in words."""

from urllib.parse import quote

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make

FOREIGN, LONG, HUGE = "²", "9" * 400, "9" * 5000
STRANGE = pytest.mark.parametrize(
    "number",
    [FOREIGN, "٣", "1_0", LONG, HUGE, "x"],
    ids=["superscript", "arabic", "underscore", "no float", "no int", "letter"],
)


@STRANGE
@pytest.mark.parametrize(
    ("method", "target", "words"),
    [
        ("GET", "requests?since=", "since is the number of a call"),
        ("DELETE", "faults?id=", "there is no fault"),
    ],
)
async def test_the_control_api_refuses_them(
    caller: Caller, method: str, target: str, words: str, number: str
) -> None:
    got = await caller.raw(method, f"/_sandbox/{target}{quote(number)}")
    assert (got.status, list(got.json), words in got.json["error"]) == (400, ["error"], True)


@STRANGE
@pytest.mark.parametrize("name", ["limit", "since", "thumb_offset", "x"])
async def test_the_graph_api_refuses_them(caller: Caller, name: str, number: str) -> None:
    clip = {"media_type": "REELS", "video_url": "https://example.com/a.mp4"}
    tag = (
        f"[{{'username':'a','x':{number!r},'y':0.5}}]"
        if number == "x"
        else f"[{{username:'a',x:{number},y:0}}]"
    )
    got = {
        "limit": lambda: caller.get("/me/media", limit=number),
        "since": lambda: caller.get("/me/media", since=f"{number} days ago"),
        "thumb_offset": lambda: caller.post("/me/media", **clip, thumb_offset=number),
        "x": lambda: caller.post("/me/media", image_url="https://example.com/a.jpg", user_tags=tag),
    }
    assert (await got[name]()).error == (100, None)


@pytest.mark.parametrize("version", [f"v{HUGE}.0", f"v25.{HUGE}", f"v{FOREIGN}.0"], ids="abc")
async def test_a_version_of_strange_digits_is_none(caller: Caller, version: str) -> None:
    assert (await caller.get(f"/{version}/me")).error == (803, None)


@STRANGE
@pytest.mark.parametrize("name", ["offset", "file_size"])
async def test_the_upload_host_refuses_them(make: Make, name: str, number: str) -> None:
    caller = make(token="EAAsandboxtoken")
    container = await caller.create(media_type="REELS", upload_type="resumable")
    sent = {"offset": "0", "file_size": "10", name: number.encode().decode("latin-1")}
    headers = {"authorization": f"OAuth {caller.token}", **sent}
    got = await caller.raw("POST", f"/ig-api-upload/v26.0/{container}", b"x", headers)
    assert (got.status, got.json["debug_info"]["type"]) == (400, "ProcessingFailedError")


@STRANGE
async def test_an_account_has_an_id_of_plain_digits(caller: Caller, number: str) -> None:
    with pytest.raises(ValueError, match="1 to 20 digits"):
        caller.sandbox.order("accounts", username="a", user_id=number)
