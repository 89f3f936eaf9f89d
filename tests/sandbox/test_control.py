"""The control API: state, faults, clock, calls and media as JSON, and nothing for other sites' pages."""

import json
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller, Got
from tests.sandbox.conftest import Make

JSON = {"content-type": "application/json"}


async def order(caller: Caller, path: str, **body: Any) -> Got:
    return await caller.raw("POST", f"/_sandbox/{path}", json.dumps(body).encode(), JSON)


async def test_state_tells_what_exists(make: Make) -> None:
    caller = make(media=2)
    container = await caller.create()
    got = (await caller.raw("GET", "/_sandbox/state")).json
    assert (got["user_id"], got["token"], got["login"]) == (caller.sandbox.user_id, caller.token, "instagram")
    assert got["counts"] == {"media": 2, "stories": 0, "containers": 1, "comments": 0}
    assert [(one["id"], one["status"]) for one in got["containers"]] == [(container, "FINISHED")]
    assert got["quota"] == {"used": 0, "total": 100}


async def test_a_token_that_is_not_invented_is_not_told(make: Make) -> None:
    text = (await make(token="IGreal").raw("GET", "/_sandbox/state")).body
    assert b"IGreal" not in text


async def test_faults_are_added_listed_and_cleared(caller: Caller) -> None:
    made = (await order(caller, "faults", on="user", kind="error", code=190, subcode=463, times=2)).json
    [listed] = (await caller.raw("GET", "/_sandbox/faults")).json
    assert (listed["id"], listed["on"], listed["left"], listed["hits"]) == (made["id"], "user", 2, 0)
    assert (await caller.get("/me")).error == (190, 463)
    assert (await caller.raw("DELETE", f"/_sandbox/faults?id={made['id']}")).json == []
    assert (await caller.get("/me")).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {"on": "nothing", "kind": "drop"},
        {"on": "user", "kind": "nothing"},
        {"on": "user", "kind": "drop", "colour": 1},
        {"on": "user", "kind": "error", "code": 12345},
        {"on": "user", "kind": "drop", "times": 0},
        {"kind": "drop"},
        {},
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused_in_words(caller: Caller, body: dict[str, Any]) -> None:
    refused = await order(caller, "faults", **body)
    assert refused.status == 400
    assert refused.json["error"]


async def test_the_clock_is_read_set_run_and_advanced(caller: Caller, clock: FakeClock) -> None:
    assert (await caller.raw("GET", "/_sandbox/clock")).json == {
        "now": "2026-11-24T12:00:00+00:00",
        "elapsed_s": 0.0,
        "factor": 1.0,
    }
    got = (await order(caller, "clock", factor=0, advance_s=90)).json
    clock.advance(5)
    assert (got["now"], got["factor"]) == ("2026-11-24T12:01:30+00:00", 0.0)
    assert (await order(caller, "clock", set="2027-01-21T00:00:00Z")).json["now"].startswith("2027-01-21")
    assert (await order(caller, "clock", advance_s=-1)).status == 400
    assert (await order(caller, "clock", hours=1)).status == 400


async def test_advancing_lets_late_effects_happen(caller: Caller) -> None:
    await order(caller, "media", caption="by hand", in_s=30)
    assert (await caller.raw("GET", "/_sandbox/media")).json == []
    await order(caller, "clock", advance_s=30)
    [one] = (await caller.raw("GET", "/_sandbox/media")).json
    assert (one["caption"], one["container_id"]) == ("by hand", None)


async def test_calls_are_given_after_a_number_and_narrowed(caller: Caller) -> None:
    await caller.get("/me")
    await caller.get("/me/media")
    got = (await caller.raw("GET", "/_sandbox/requests?since=1")).json
    assert [(one["number"], one["name"]) for one in got] == [(2, "media_list")]
    assert [one["path"] for one in (await caller.raw("GET", "/_sandbox/requests?name=user")).json] == ["/me"]
    assert caller.token not in json.dumps(got)
    assert (await caller.raw("DELETE", "/_sandbox/requests")).json == []
    assert caller.sandbox.calls() == []


async def test_reset_forgets_media_faults_and_calls(caller: Caller) -> None:
    await caller.publish()
    await order(caller, "faults", on="user", kind="drop")
    got = (await order(caller, "reset")).json
    assert got["counts"]["media"] == 0
    assert got["faults"] == []
    assert (await caller.get("/me")).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example.com"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
    ],
)
async def test_a_page_of_another_site_is_refused(caller: Caller, headers: dict[str, str]) -> None:
    for method, path in (("GET", "state"), ("POST", "reset"), ("GET", "")):
        got = await caller.raw(method, f"/_sandbox/{path}", b"{}", {**JSON, **headers})
        assert got.status in (403, 405)


@pytest.mark.parametrize("host", ["evil.example.com", "graph.instagram.com", "127.0.0.1.evil.com", "", "["])
async def test_a_rebound_host_name_is_refused(caller: Caller, host: str) -> None:
    for path in ("/_sandbox/state", "/_sandbox/", "/p/x/"):
        assert (await Caller(caller.sandbox, host=host).raw("GET", path)).status == 403


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8077", "localhost", "[::1]:8077", "sandbox", "192.168.0.4:80", "a.test"]
)
async def test_names_that_can_only_be_the_sandbox_are_served(caller: Caller, host: str) -> None:
    assert (await Caller(caller.sandbox, host=host).raw("GET", "/_sandbox/state")).status == 200


async def test_the_public_base_is_served_too(make: Make) -> None:
    caller = make(public_base="https://box.example.org")
    assert (await Caller(caller.sandbox, host="box.example.org").raw("GET", "/_sandbox/state")).status == 200


async def test_every_order_can_be_given_from_python_too(caller: Caller) -> None:
    sandbox = caller.sandbox
    sandbox.order("seed", media=1)
    sandbox.order("comments", media_id=sandbox.media[0].id, text="hi")
    sandbox.order("media", caption="by hand")
    assert sandbox.order("clock", advance_s=60)["elapsed_s"] == 60
    assert sandbox.media[0].caption == "by hand"
    for name, order in (("nothing", {}), ("webhook", {}), ("comments", {"media_id": "1", "text": "x"})):
        with pytest.raises(ValueError, match=r"no (order|media)"):
            sandbox.order(name, **order)


@pytest.mark.parametrize(
    ("wrong", "content_type", "body", "status"),
    [
        ("POST reset", "text/plain", b"{}", 415),
        ("POST reset", "application/x-www-form-urlencoded", b"", 415),
        ("POST clock", "application/json", b"{", 400),
        ("POST clock", "application/json", b"[]", 400),
        ("DELETE state", "application/json", b"", 405),
        ("GET requests?since=x", "application/json", b"", 400),
        ("DELETE faults?id=99", "application/json", b"", 400),
        ("POST comments", "application/json", b'{"media_id":"1","text":"x"}', 400),
        ("POST media", "application/json", b'{"kind":"item"}', 400),
    ],
)
async def test_a_wrong_order_is_refused_in_words(
    caller: Caller, wrong: str, content_type: str, body: bytes, status: int
) -> None:
    method, _, path = wrong.partition(" ")
    got = await caller.raw(method, f"/_sandbox/{path}", body, {"content-type": content_type})
    assert (got.status, bool(got.json["error"])) == (status, True)


@pytest.mark.parametrize(
    ("method", "name", "status", "told"),
    [
        ("POST", "fault", 404, "There is no order POST fault. Did you mean faults? POST takes: accounts,"),
        ("DELETE", "clock", 405, "DELETE does nothing to clock; it takes GET, POST."),
        ("PUT", "faults", 405, "it takes GET, POST, DELETE."),
    ],
)
async def test_an_order_there_is_not_is_told_in_json(
    caller: Caller, method: str, name: str, status: int, told: str
) -> None:
    got = await caller.raw(method, f"/_sandbox/{name}", b"{}", JSON)
    assert got.status == status
    assert told in got.json["error"]
