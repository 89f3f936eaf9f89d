"""What is secret by its name stands neither in the log nor in a recording nor in what is still to come."""

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pressroom.graph.secret_names import SECRET_PARAMETERS, Where
from pressroom.sandbox.faults import ConnectionDropped, Effect, Fault, FaultKind
from tests.planted import PLANTED, quoted
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make

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
