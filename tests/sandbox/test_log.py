"""The log of calls: everything that was asked and answered, and no token in any of it.

What is secret by its name stands neither in the log nor in a recording nor in what is still to come.
"""

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pressroom.graph.secret_names import SECRET_PARAMETERS, Where
from pressroom.sandbox.faults import ConnectionDropped, Effect, Fault, FaultKind
from tests.planted import PLANTED, quoted
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make


async def test_a_call_is_kept_with_its_answer(caller: Caller) -> None:
    await caller.get("/v21.0/me", fields="username")
    [call] = caller.sandbox.calls()
    assert (call.number, call.method, call.path, call.name, call.status) == (
        1,
        "GET",
        "/v21.0/me",
        "user",
        200,
    )
    assert call.params == {"access_token": "***", "fields": "username"}
    assert call.answer["username"] == "pressroom.sandbox"
    assert call.at == caller.sandbox.clock.now()


async def test_calls_are_narrowed_by_the_end_of_the_path_and_the_method(caller: Caller) -> None:
    media = await caller.publish()
    await caller.get(f"/{media}/comments")
    await caller.post(f"/{media}/comments", message="x")
    sandbox = caller.sandbox
    assert len(sandbox.calls("/media_publish")) == 1
    assert len(sandbox.calls("/comments", "POST")) == 1
    assert len(sandbox.calls(method="GET")) == 1
    assert len(sandbox.calls()) == 4


async def test_no_token_is_in_what_the_log_gives(make: Make) -> None:
    caller = make(media=3)
    await caller.get("/me/media", limit=1)
    await caller.get(f"/{caller.token}", q=f"?access_token={caller.token}x&b=c")
    refreshed = await caller.get("/refresh_access_token", grant_type="ig_refresh_token")
    await Caller(caller.sandbox, token="EAAunknownsecret").get("/me")
    body = f'{{"access_token":"{caller.token}","nested":{{"token":"{caller.token}"}}}}'.encode()
    await caller.raw("POST", "/me/media", body, {"content-type": "application/json"})
    text = repr(caller.sandbox.calls())
    for secret in (caller.token, refreshed.json["access_token"], "EAAunknownsecret"):
        assert secret not in text
    assert "after=" in text


async def test_reset_begins_anew(make: Make) -> None:
    caller = make(media=2)
    seeded = [one.id for one in caller.sandbox.media]
    await caller.publish()
    caller.sandbox.reset()
    assert caller.sandbox.calls() == []
    assert [one.id for one in caller.sandbox.media] == seeded
    assert (await caller.get("/me/content_publishing_limit")).json["data"] == [{"quota_usage": 0}]


async def test_only_the_newest_can_be_asked_for(caller: Caller) -> None:
    for _ in range(4):
        await caller.get("/me")
    log = caller.sandbox.scene.log
    assert [one.number for one in log.records(most=2)] == [3, 4]
    assert [one.number for one in log.records(since=3, most=2)] == [4]


# A header is one where it stands, and no part of a parameter's text.
QUOTE = quoted(Where.ANYWHERE, Where.PARAMETER, Where.ADDRESS)
GIVEN = {name: value for name, value in PLANTED.items() if name in SECRET_PARAMETERS}
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


def leaks(text: str) -> list[str]:
    return [name for name, value in PLANTED.items() if value in text]


async def call_with_every_secret(caller: Caller) -> None:
    """Give them as a query, as a form and as JSON, as parameters and within another's text."""
    for given in (GIVEN, {"caption": QUOTE, "access_token": caller.token}):
        path, encoded = "/v21.0/me/media", urlencode(given)
        await caller.raw("GET", f"{path}?{encoded}", b"", {})
        await caller.raw("POST", path, encoded.encode(), FORM)
        await caller.raw("POST", path, json.dumps(given).encode(), JSON)
    header = {"authorization": f"Bearer {PLANTED['Authorization']}"}
    await caller.raw("GET", "/v21.0/me", b"", header)


async def test_no_secret_is_in_the_log_of_calls_or_the_file_of_a_recording(
    make: Make, tmp_path: Path
) -> None:
    path = tmp_path / "calls.jsonl"
    caller = make(record_file=path)
    await call_with_every_secret(caller)
    told = (await caller.raw("GET", "/_sandbox/requests", b"", {})).body.decode()
    log, recording = repr(caller.sandbox.calls()), path.read_text()
    assert "AQ0" not in log + told + recording
    assert (leaks(log), leaks(told), leaks(recording)) == ([], [], [])


async def test_no_secret_of_an_address_to_fetch_is_in_the_log_or_in_a_recording(
    make: Make, tmp_path: Path
) -> None:
    path = tmp_path / "calls.jsonl"
    caller = make(record_file=path, fetch="real", token="EAAsandboxtoken")
    address = f"http://127.0.0.1:9/a.jpg?{urlencode(GIVEN)}"
    await caller.post(f"/{caller.sandbox.user_id}/media", image_url=address)
    made = await caller.post(f"/{caller.sandbox.user_id}/media", media_type="REELS", upload_type="resumable")
    headers = {"authorization": f"OAuth {caller.token}", "file_url": address}
    await caller.raw("POST", made.json["uri"], b"", headers)
    await caller.sandbox.scene.fetching.settled()
    log, recording = repr(caller.sandbox.calls()), path.read_text()
    assert any(call.notes for call in caller.sandbox.calls())
    assert (leaks(log), leaks(recording)) == ([], [])
    await caller.sandbox.aclose()


async def test_a_note_of_the_log_quotes_no_secret(caller: Caller) -> None:
    log = caller.sandbox.scene.log
    log.open(0.0, "POST", "/me/media", {}).notes.append(f"not fetched: https://a.example/?{urlencode(GIVEN)}")
    assert leaks(repr(log.records())) == []


async def test_only_what_the_sandbox_says_itself_is_kept_of_a_call_that_is_still_to_happen(
    caller: Caller,
) -> None:
    caller.sandbox.faults.add(
        Fault(on="code_exchange", kind=FaultKind.DROP, effect=Effect.LATER, delay_s=5.0)
    )
    with pytest.raises(ConnectionDropped):
        await caller.raw("POST", "/oauth/access_token", urlencode(GIVEN).encode(), FORM)
    state = caller.sandbox.export_state().decode()
    assert leaks(state) == ["verify_token"]
