"""What the sandbox says to whoever steers it wrongly, or who is refused without knowing why."""

import json
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.settings import Processing, SandboxSettings
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import BACK, Caller, Got, consent_query, exchange_form
from tests.sandbox.conftest import Make

JSON = {"content-type": "application/json"}


async def order(caller: Caller, path: str, **body: Any) -> Got:
    return await caller.raw("POST", f"/_sandbox/{path}", json.dumps(body).encode(), JSON)


async def asked(caller: Caller, path: str) -> Any:
    return (await caller.raw("GET", f"/_sandbox/{path}")).json


async def test_a_fault_on_no_call_is_refused_alike_from_python_and_over_http(caller: Caller) -> None:
    told = r"there is no call 'media_publsh'\. Did you mean media_publish\?"
    with pytest.raises(ValueError, match=told):
        caller.sandbox.faults.add(Fault(on="media_publsh", kind=FaultKind.DROP))
    refused = await order(caller, "faults", on="media_publsh", kind="drop")
    assert "Did you mean media_publish?" in refused.json["error"]
    assert (
        "Did you mean effect?"
        in (await order(caller, "faults", on="*", kind="drop", efect="done")).json["error"]
    )
    assert caller.sandbox.faults.list() == []


def test_a_fault_takes_words_for_its_kinds_and_refuses_others() -> None:
    made = Fault(on="user", kind=cast("FaultKind", "drop"), effect=cast("Effect", "done"))
    assert (type(made.kind), type(made.effect)) == (FaultKind, Effect)
    with pytest.raises(ValueError, match=r"not 'dorp'\. Did you mean drop\?"):
        Fault(on="user", kind=cast("FaultKind", "dorp"))
    wrongs: dict[str, Any] = {"times": "2", "delay_s": "5", "code": None, "skip": True, "on": 1}
    for name, wrong in wrongs.items():
        given: dict[str, Any] = {"on": "user", "kind": FaultKind.DROP, name: wrong}
        with pytest.raises(ValueError, match=f"^{name} is "):
            Fault(**given)


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        (
            {"processing": "at_once"},
            r"processing is Processing, not 'at_once'\. Did you mean Processing\.at_once\(\)\?",
        ),
        ({"fetch": "trsut"}, r"not 'trsut'\. Did you mean trust\?"),
        ({"quota_total": "3"}, r"quota_total is int, not '3'"),
        ({"hostile": 1}, "hostile is bool, not 1"),
        ({"redirect_uris": "https://app.example"}, "redirect_uris is a tuple of str"),
        ({"token": 5}, "token is str or None, not 5"),
    ],
)
def test_a_setting_of_another_type_is_refused_with_what_was_meant(setting: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        SandboxSettings(**setting)


def test_settings_of_the_right_types_are_taken() -> None:
    SandboxSettings(processing=Processing.at_once(), insights_delay_s=3, redirect_uris=("https://a.example",))


async def test_faults_that_never_happened_are_known(caller: Caller, clock: FakeClock) -> None:
    faults = caller.sandbox.faults
    faults.add(Fault(on="user", kind=FaultKind.ERROR, code=2, times=2))
    faults.add(Fault(on="quota", kind=FaultKind.DROP))
    faults.add(Fault(on="media_list", kind=FaultKind.ERROR, code=100, subcode=33, method="GET", lasts_s=60))
    assert (await caller.get("/me")).error == (2, None)
    clock.advance(60)
    assert [one.words for one in faults.unused()] == ["error 100/33 on GET media_list", "drop on quota"]
    faults.clear()
    assert list(faults.unused()) == []


async def test_an_outage_that_nobody_knows_is_refused_with_what_was_meant(caller: Caller) -> None:
    with pytest.raises(ValueError, match=r"no outage 'reads-2026'\. Did you mean reads-2026-05\?"):
        caller.sandbox.faults.add_outage("reads-2026")


def test_a_count_of_looks_is_a_number() -> None:
    with pytest.raises(ValueError, match="image_reads is int or None, not '2'"):
        Processing(image_reads="2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def test_an_outage_happened_when_one_of_its_calls_met_it(caller: Caller, clock: FakeClock) -> None:
    faults = caller.sandbox.faults
    faults.add_outage("reads-2026-05")
    assert len(faults.unused()) == 2
    assert len(await asked(caller, "faults?unused=1")) == 2
    faults.take("container_status", "GET")
    assert list(faults.unused()) == await asked(caller, "faults?unused=1") == []
    assert len(await asked(caller, "faults")) == 2
    clock.advance(8 * 24 * 3600)
    assert list(faults.unused()) == []


async def test_reset_goes_back_to_the_real_time(caller: Caller, clock: FakeClock) -> None:
    await order(caller, "clock", factor=0, advance_s=90 * 24 * 3600)
    before = caller.sandbox.clock.monotonic()
    got = (await order(caller, "reset")).json["clock"]
    assert (got["now"], got["factor"]) == ("2026-11-24T12:00:00+00:00", 1.0)
    assert caller.sandbox.clock.monotonic() >= before
    clock.advance(5)
    assert (await asked(caller, "clock"))["now"] == "2026-11-24T12:00:05+00:00"
    assert (await caller.get("/me")).status == 200


async def test_a_failure_of_the_sandbox_itself_looks_like_nothing_of_metas(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("lost")

    monkeypatch.setattr("pressroom.sandbox.calls.perform.resolve", fail)
    got = await caller.get("/me")
    assert (got.status, got.headers["x-pressroom-sandbox"]) == (500, "failed")
    assert list(got.json) == ["sandbox_failure"]
    told = capsys.readouterr().err
    assert "The sandbox itself failed at GET /me (KeyError)" in told
    assert caller.token not in told


async def test_calls_are_paged_by_the_number_of_the_last(caller: Caller) -> None:
    for _ in range(1100):
        caller.sandbox.scene.log.open(0.0, "GET", "/me", {})
    newest, first = await asked(caller, "requests"), await asked(caller, "requests?since=0")
    assert (newest[0]["number"], newest[-1]["number"]) == (101, 1100)
    assert (first[0]["number"], first[-1]["number"]) == (1, 1000)
    rest = await asked(caller, f"requests?since={first[-1]['number']}")
    assert [rest[0]["number"], rest[-1]["number"]] == [1001, 1100]


async def test_media_are_asked_for_after_a_number_oldest_first(make: Make) -> None:
    caller = make(media=3)
    every = await asked(caller, "media")
    since = every[-1]["number"]
    assert [one["id"] for one in await asked(caller, f"media?since={since}")] == [
        one["id"] for one in every[1::-1]
    ]
    assert (await caller.raw("GET", "/_sandbox/media?since=x")).status == 400


@pytest.mark.parametrize(
    ("method", "path", "host", "name"),
    [
        ("GET", "/me", "sandbox.test", "user"),
        ("GET", "/v26.0/{user}/media", "sandbox.test", "media_list"),
        ("POST", "/{user}/media_publish", "sandbox.test", "media_publish"),
        ("POST", "/17841400999999999/media", "sandbox.test", "create"),
        ("GET", "/me", "graph.facebook.com", "person"),
        ("GET", "/{container}", "sandbox.test", "container_status"),
        ("GET", "/refresh_access_token", "sandbox.test", "refresh"),
        ("GET", "/123", "sandbox.test", ""),
    ],
)
async def test_a_call_refused_for_its_token_is_named_in_the_log_with_whose_tokens_are_taken(
    caller: Caller, method: str, path: str, host: str, name: str
) -> None:
    target = path.format(user=caller.sandbox.user_id, container=await caller.create())
    other = Caller(caller.sandbox, token="IGsomebody", host=host)
    assert (await other.raw(method, f"{target}?access_token=IGsomebody")).json["error"]["code"] == 190
    call = caller.sandbox.calls()[-1]
    assert call.name == name
    [note] = call.notes
    assert note.startswith("the token is none of this sandbox's; taken are the tokens of @pressroom.sandbox")


async def test_the_note_says_why_a_token_is_not_taken(caller: Caller, clock: FakeClock) -> None:
    await Caller(caller.sandbox, token="").get("/me")
    await Caller(caller.sandbox, token="").get(f"/{caller.sandbox.user_id}")
    await Caller(caller.sandbox, token=caller.token, host="graph.facebook.com").get("/me")
    clock.advance(61 * 24 * 3600)
    await caller.get("/me")
    await caller.get("/v99.0/me")
    notes = [call.notes[0].partition(";")[0] for call in caller.sandbox.calls() if call.notes]
    assert notes == [
        "no token came with the call",
        "no token came with the call",
        "the token is of instagram login, which graph.facebook.com does not take",
        "the token has ended",
    ]


@pytest.mark.parametrize(
    ("end", "subcode"),
    [
        ("expired", 463),
        ("revoked", 458),
        ("checkpointed", 459),
        ("password_changed", 460),
        ("logged_out", 467),
    ],
)
async def test_one_accounts_tokens_are_ended_and_made_valid_again(
    caller: Caller, end: str, subcode: int
) -> None:
    made = caller.sandbox.order("accounts", username="second")
    other = Caller(caller.sandbox, token=made["token"])
    assert (await order(caller, "tokens", end=end, user_id=made["user_id"])).json["tokens"] == 1
    assert (await other.get("/me")).error == (190, subcode)
    assert (await caller.get("/me")).status == 200
    await order(caller, "tokens", end="valid", user_id=made["user_id"])
    assert (await other.get("/me")).status == 200
    assert (await order(caller, "tokens", end="lost")).status == 400


async def test_comments_without_media_are_refused_in_words(caller: Caller) -> None:
    for path, body in (("seed", {"comments": 3}), ("accounts", {"username": "second", "comments": 3})):
        refused = await order(caller, path, **body)
        assert (refused.status, "give media too" in refused.json["error"]) == (400, True)


async def test_a_program_gets_json_for_an_order_there_is_not_and_a_browser_a_page(caller: Caller) -> None:
    got = await caller.raw("GET", "/_sandbox/request")
    assert (got.status, "Did you mean requests?" in got.json["error"]) == (404, True)
    page = await caller.raw("GET", "/_sandbox/request", headers={"accept": "text/html"})
    assert (page.status, b"There is no such page here." in page.body) == (404, True)


async def test_a_person_signs_in_without_a_browser(caller: Caller) -> None:
    made = caller.sandbox.order("accounts", username="second")
    address = f"https://www.instagram.com/oauth/authorize?{urlencode(consent_query())}&state=s"
    got: str = (await order(caller, "consent", url=address, user_id=made["user_id"])).json["location"]
    query = parse_qs(urlsplit(got).query)
    assert (got.partition("?")[0], query["state"]) == (BACK, ["s"])
    form = exchange_form(query["code"][0])
    token = (await caller.post("/oauth/access_token", **form)).json["access_token"]
    assert (await Caller(caller.sandbox, token=token).get("/me", fields="username")).json[
        "username"
    ] == "second"


async def test_a_person_refuses_without_a_browser_and_what_no_app_asks_is_refused(caller: Caller) -> None:
    address = f"http://sandbox.test/v26.0/dialog/oauth?client_id=1&redirect_uri={BACK}"
    got: str = caller.sandbox.order("consent", url=address, decision="deny")["location"]
    assert parse_qs(urlsplit(got).query)["error"] == ["access_denied"]
    for wrong in ("https://www.instagram.com/me", "https://www.instagram.com/oauth/authorize?client_id=1"):
        assert (await order(caller, "consent", url=wrong)).status == 400
