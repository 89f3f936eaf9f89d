"""HAR files and cassettes of VCR are replayed like recordings of the sandbox, and no secret is kept."""

import gzip
import json
import sys
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.errors import SettingRefused
from pressroom.sandbox.recording.exchanges import MAX_EXCHANGES, MAX_FILE_BYTES
from pressroom.sandbox.recording.replay import Replay
from pressroom.sandbox.simulator import replay
from tests.sandbox.recordings_of_others import FORMATS, REAL, SECRETS, Call, Client, har, vcrpy


@pytest.fixture
async def client() -> Client:
    return Client()


async def replayed(folder: Path, raw: bytes, *, save: Path | None = None) -> Replay:
    file = folder / "calls"
    file.write_bytes(raw)
    return await replay(file, save=save)


@pytest.mark.parametrize("name", FORMATS)
async def test_calls_of_the_real_api_are_made_again_whatever_recorded_them(
    tmp_path: Path, client: Client, name: str
) -> None:
    """The account, its ids and the numbers are others here; that is no difference."""
    await client.publish()
    made = await replayed(tmp_path, FORMATS[name](client.calls))
    assert made == Replay(calls=6, skipped=0, differences=[])


@pytest.mark.parametrize("name", FORMATS)
async def test_what_is_saved_holds_no_secret_and_is_made_again_like_any_recording(
    tmp_path: Path, client: Client, name: str
) -> None:
    await client.publish()
    await client.call("POST", "/refresh", client_secret="s3cretOfTheApp", note=SECRETS[3])
    await client.call("GET", "/me", fields="username", client_secret="s3cretOfTheApp")
    raw, saved = FORMATS[name](client.calls), tmp_path / "saved.jsonl"
    first = await replayed(tmp_path, raw, save=saved)
    text = saved.read_text()
    assert [secret for secret in SECRETS if secret in text] == []
    assert saved.stat().st_mode & 0o077 == 0
    assert (await replay(saved)) == first


async def test_a_token_that_an_answer_gave_is_masked_and_goes_on_to_work(tmp_path: Path) -> None:
    """Under Facebook Login the Page's token comes with a list, and the next calls are made with it."""
    client = Client("graph.facebook.com", token="EAAthatIsARealTokenOfSomebody0123456789")
    pages = await client.call("GET", "/v25.0/me/accounts", fields="access_token,instagram_business_account")
    token = pages["data"][0]["access_token"]
    client.caller.token = token
    got = await client.call("GET", f"/v25.0/{client.sandbox.user_id}", fields="username", access_token=token)
    assert got["username"]
    saved = tmp_path / "saved.jsonl"
    assert (await replayed(tmp_path, har(client.calls), save=saved)).differences == []
    assert token not in saved.read_text()


async def test_a_tool_that_left_the_token_out_is_no_reason_to_refuse(tmp_path: Path, client: Client) -> None:
    await client.publish()
    calls = [
        replace(call, headers={}, body=call.body.replace(f"&access_token={REAL}".encode(), b""))
        for call in client.calls
    ]
    assert REAL not in vcrpy(calls).decode()
    calls = [replace(call, headers={"content-type": "application/x-www-form-urlencoded"}) for call in calls]
    assert (await replayed(tmp_path, vcrpy(calls))).differences == []


async def test_a_token_that_was_refused_is_refused_again(tmp_path: Path, client: Client) -> None:
    await client.call("GET", "/v25.0/me", fields="username")
    client.sandbox.order("tokens", end="expired")
    await client.call("GET", "/v25.0/me", fields="username")
    assert client.calls[-1].status == 400
    [status, subcode] = (await replayed(tmp_path, har(client.calls))).differences
    # It is unknown to this sandbox, which is another reason than its end.
    assert (status.where, status.recorded, status.replayed) == ("status", 400, 401)
    assert (subcode.where, subcode.recorded, subcode.replayed) == ("error.error_subcode", 463, None)


async def test_media_that_were_there_before_the_first_call_are_there(tmp_path: Path, client: Client) -> None:
    listed = await client.call("GET", "/v25.0/me/media", fields="id,media_type,media_product_type")
    for media in listed["data"]:
        await client.call("GET", f"/v25.0/{media['id']}/insights", metric="reach,saved")
        await client.call("GET", f"/v25.0/{media['id']}", fields="media_type,permalink")
    assert len(client.calls) == 5
    assert (await replayed(tmp_path, vcrpy(client.calls))).differences == []


async def test_another_key_type_or_error_is_reported_with_the_number_of_its_entry(
    tmp_path: Path, client: Client
) -> None:
    await client.call("GET", "/v25.0/me", fields="username,followers_count")
    await client.call("GET", "/v25.0/me", fields="username")
    await client.call("GET", "/v25.0/me", fields="nonsense")
    elsewhere = replace(client.calls[0], url="https://www.example.com/")
    shaped, renamed, refused = client.calls
    shaped = replace(shaped, answer=b'{"username":1,"id":"1","extra":{"a":1}}')
    refused = replace(refused, answer=b'{"error":{"message":"No","type":"OAuthException","code":2}}')
    made = await replayed(tmp_path, har([elsewhere, shaped, renamed, refused]))

    found = [(one.number, one.where, one.recorded, one.replayed) for one in made.differences]
    assert found == [
        (2, "username", "number", "text"),
        (2, "extra", "object", None),
        (2, "followers_count", None, "number"),
        (4, "error.code", 2, 100),
    ]
    assert (made.calls, made.skipped) == (4, 1)


async def test_sign_ins_and_calls_of_another_login_are_skipped(tmp_path: Path, client: Client) -> None:
    await client.publish()
    call = client.calls[1]
    exchange = "https://graph.instagram.com/oauth/access_token?code=c0de&client_secret=s3cretOfTheApp"
    other = "https://graph.facebook.com/v25.0/me"
    calls = [replace(call, url=exchange), replace(call, url=other), *client.calls]
    saved = tmp_path / "saved.jsonl"
    assert await replayed(tmp_path, vcrpy(calls), save=saved) == Replay(calls=8, skipped=2, differences=[])
    assert "s3cret" not in saved.read_text()


async def test_a_form_in_parts_keeps_no_secret_on_a_line_of_its_own(tmp_path: Path, client: Client) -> None:
    await client.publish()
    parts = {"image_url": "https://a.example/a.jpg", "client_secret": "s3cret", "access_token": "sh0rt"}
    body = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in parts.items()
    )
    headers = {"content-type": "multipart/form-data; boundary=x"}
    call = replace(client.calls[0], headers=headers, body=f"{body}--x--\r\n".encode())
    saved = tmp_path / "saved.jsonl"
    made = await replayed(tmp_path, vcrpy([call]), save=saved)
    assert made.differences == []
    assert "s3cret" not in saved.read_text()
    assert "sh0rt" not in saved.read_text()


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 01 Jan 1970 00:00:00 GMT"])
async def test_calls_without_a_time_that_can_be_are_made_one_after_the_other(
    tmp_path: Path, client: Client, date: str
) -> None:
    await client.publish()
    calls = [replace(call, answer_headers={"date": date}) for call in client.calls]
    assert (await replayed(tmp_path, vcrpy(calls))).differences == []


@pytest.mark.parametrize("answer", [b'{"id":["x"]}', b'{"id":{"a":1}}', b"[]", b"null", b"<html>", b""])
async def test_an_answer_of_any_form_is_a_difference_and_no_failure(
    tmp_path: Path, client: Client, answer: bytes
) -> None:
    await client.publish()
    strange = [replace(call, answer=answer) for call in client.calls]
    assert len((await replayed(tmp_path, har(strange))).differences) > 5


def one_entry(**entry: Any) -> bytes:
    request: dict[str, Any] = {"method": "GET", "url": "https://graph.instagram.com/me"}
    response: dict[str, Any] = {"status": 200, "content": {"text": "{}"}}
    started = "2026-12-01T10:00:00Z"
    wanted = {"startedDateTime": started, "request": request, "response": response, **entry}
    return json.dumps({"log": {"entries": [wanted]}}).encode()


def one_interaction(body: str) -> bytes:
    return f"""interactions:
- request: {{method: GET, uri: 'https://graph.instagram.com/me', body: null, headers: {{}}}}
  response: {{status: {{code: 200}}, headers: {{}}, body: {body}}}
""".encode()


BOMB = b64encode(gzip.compress(b"\x80" * (5 << 20))).decode()
WRONG: dict[str, tuple[bytes, str]] = {
    "nothing of it": (b"hello", "neither a recording of the sandbox, nor a HAR file"),
    "another JSON": (b'{"a":1}', "neither a recording of the sandbox, nor a HAR file"),
    "half a JSON": (b'{"log":', "no JSON"),
    "no entries": (b'{"log":{}}', "missing required field `entries`"),
    "an entry without a request": (one_entry(request={}), r"entry 1: .*missing required field `method`"),
    "a time that is none": (one_entry(startedDateTime="yesterday"), "entry 1: startedDateTime"),
    "a text in place of a URL": (
        one_entry(request={"method": "GET", "url": REAL}),
        "entry 1: its URL is none",
    ),
    "a URL that is none": (
        one_entry(request={"method": "GET", "url": "https://[::1"}),
        "entry 1: its URL is",
    ),
    "base64 that is none": (
        one_entry(response={"status": 200, "content": {"text": "%%%", "encoding": "base64"}}),
        "entry 1: the answer's body is not base64",
    ),
    "a body that unpacks to megabytes": (
        one_entry(
            response={
                "status": 200,
                "headers": [{"name": "Content-Encoding", "value": "gzip"}],
                "content": {"text": BOMB, "encoding": "base64"},
            }
        ),
        "entry 1: the answer's body is longer than 4 MB",
    ),
    "a compression that is not read": (
        one_entry(
            response={
                "status": 200,
                "headers": [{"name": "Content-Encoding", "value": "br"}],
                "content": {"text": b64encode(b"\x80").decode(), "encoding": "base64"},
            }
        ),
        "compressed as br; gzip and deflate are read",
    ),
    "JSON that is nested without end": (
        one_entry(response={"status": 200, "content": {"text": "[" * 100_000}}),
        "nested more than 100 deep",
    ),
    "no call of the API": (
        one_entry(request={"method": "GET", "url": "https://www.example.com/"}),
        "no call to graph.instagram.com or graph.facebook.com; its hosts: www.example.com",
    ),
    "YAML that is none": (b"interactions:\n- {", "line 3"),
    "a cassette without a list": (b"interactions: 3", "which has a list 'interactions'"),
    "an interaction without an answer": (
        b"interactions:\n- request: {method: GET, uri: x}",
        "interactions, item 1: .*missing required field `response`",
    ),
    "a body of another type": (one_interaction("[1]"), "item 1: the answer's body is list; expected is text"),
    "an object of Python's": (one_interaction("!!python/object/apply:os.abort []"), "line 3: could not"),
    "YAML that is nested without end": (b"interactions: " + b"[" * 50_000, "exceeded maximum nesting"),
    "YAML that is nested too deeply": (
        b"interactions:\n  " + b"[" * 60 + b"]" * 60,
        "line 2 is nested more than 40 deep",
    ),
    "an alias that repeats itself": (
        b"a: &a [x]\n" + b"interactions:\n- request: &b {headers: {a: [*a, *a]}}\n- request: *b",
        "item 1",
    ),
    "too many calls": (
        b'{"log":{"entries":[' + b",".join([b"0"] * (MAX_EXCHANGES + 1)) + b"]}}",
        "it holds 5,001 calls; 5,000 are read at most",
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_file_is_refused_with_the_place_and_what_was_expected(
    tmp_path: Path, name: str
) -> None:
    raw, expected = WRONG[name]
    with pytest.raises(ValueError, match=expected):
        await replayed(tmp_path, raw)


async def test_long_bodies_that_share_one_text_are_refused_before_they_fill_the_memory(
    tmp_path: Path,
) -> None:
    """An alias of YAML names a text again: a small file would become gigabytes."""
    shared = b"shared: &body '" + b"x" * (3 << 20) + b"'\n"
    items = b"\n".join(one_interaction("*body").split(b"\n", 1)[1] for _ in range(60))
    with pytest.raises(ValueError, match="longer than 128 MB together"):
        await replayed(tmp_path, shared + b"interactions:\n" + items)


async def test_a_file_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "calls").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(ValueError, match="longer than 64 MB"):
        await replay(tmp_path / "calls")


async def test_without_the_extra_a_cassette_names_it_and_a_har_file_is_read(
    tmp_path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.publish()
    monkeypatch.setitem(sys.modules, "yaml", None)
    raw: list[Call] = client.calls
    cassette = b"interactions: []"
    with pytest.raises(SettingRefused, match="package that is not installed"):
        await replayed(tmp_path, cassette)
    assert (await replayed(tmp_path, har(raw))).differences == []
