"""Signing in under both logins: consent, code, token, long-lived token, what a token is."""

import hmac
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.faults import Fault, FaultKind
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import APP, BACK, Caller, Got, consent_query, exchange_form
from tests.sandbox.conftest import Make

ASK = {**consent_query(), "state": "s&1"}
ASK_FACEBOOK = {**consent_query(LoginType.FACEBOOK), "state": "s&1"}
HOUR_S = 3600
DAY_S = 24 * HOUR_S


def nobody(caller: Caller, host: str) -> Caller:
    return Caller(caller.sandbox, token="", host=host)


async def consent(caller: Caller, **more: str) -> dict[str, list[str]]:
    got = await nobody(caller, "www.instagram.com").get("/oauth/authorize", **{**ASK, **more})
    assert got.status == 302
    location = got.headers["location"]
    assert location.startswith(BACK)
    return parse_qs(urlsplit(location).query)


async def exchange(caller: Caller, code: str, **more: str) -> Got:
    form = {**exchange_form(code), **more}
    return await nobody(caller, "api.instagram.com").post("/oauth/access_token", **form)


async def test_the_consent_page_asks_what_the_app_may_do_and_why(caller: Caller) -> None:
    page = await nobody(caller, "www.instagram.com").get("/oauth/authorize", **ASK)
    assert page.status == 200
    html = page.body.decode()
    assert "Instagram Login" in html
    assert "<code>instagram_business_content_publish</code> to publish posts" in html
    assert [f'value="{answer}"' in html for answer in ("allow", "deny")] == [True, True]


async def test_consent_gives_a_code_and_the_state_back(make: Make) -> None:
    got = await nobody(make(consent="allow"), "www.instagram.com").get("/oauth/authorize", **ASK)
    assert got.headers["location"].endswith("#_")
    answer = await consent(make(consent="allow"))
    assert answer["state"] == ["s&1"]
    assert answer["code"]


async def test_refusing_consent_is_told_in_the_documented_words(make: Make) -> None:
    answer = await consent(make(), decision="deny")
    assert answer == {
        "error": ["access_denied"],
        "error_reason": ["user_denied"],
        "error_description": ["The user denied your request"],
        "state": ["s&1"],
    }


async def test_a_code_is_exchanged_for_the_flat_answer_that_live_clients_report(make: Make) -> None:
    caller = make(consent="allow")
    [code] = (await consent(caller))["code"]
    got = (await exchange(caller, code)).json
    assert set(got) == {"access_token", "user_id", "permissions"}
    assert (type(got["user_id"]), type(got["permissions"])) == (int, list)


@pytest.mark.parametrize("shape", ["wrapped", "flat"])
async def test_a_code_becomes_a_token_of_an_hour_in_either_reported_shape(
    make: Make, clock: FakeClock, shape: str
) -> None:
    caller = make(consent="allow", code_answer=shape)
    [code] = (await consent(caller, scope="instagram_business_basic"))["code"]
    got = (await exchange(caller, code)).json
    if shape == "wrapped":
        [got] = got["data"]
        assert got["permissions"] == "instagram_business_basic"
        assert isinstance(got["user_id"], str)
    else:
        assert got["permissions"] == ["instagram_business_basic"]
        assert isinstance(got["user_id"], int)
    short = Caller(caller.sandbox, token=got["access_token"])
    assert (await short.get("/me")).status == 200
    assert (await short.get("/me/content_publishing_limit")).error == (10, None)
    clock.advance(HOUR_S)
    assert (await short.get("/me")).error == (190, 463)


async def test_a_code_is_good_once_for_an_hour_and_for_its_own_address(make: Make, clock: FakeClock) -> None:
    caller = make(consent="allow")
    [code] = (await consent(caller))["code"]
    elsewhere = await exchange(caller, code, redirect_uri=BACK.rstrip("/"))
    assert "redirect_uri is identical" in elsewhere.json["error_message"]
    assert (await exchange(caller, code)).status == 200
    again = await exchange(caller, code)
    assert (again.status, again.json) == (
        400,
        {
            "error_type": "OAuthException",
            "code": 400,
            "error_message": "Matching code was not found or was already used",
        },
    )
    [late] = (await consent(caller))["code"]
    clock.advance(HOUR_S)
    assert (await exchange(caller, late)).status == 400


async def test_a_short_token_becomes_a_long_one(make: Make, clock: FakeClock) -> None:
    caller = make(consent="allow")
    [code] = (await consent(caller))["code"]
    short = Caller(caller.sandbox, token=(await exchange(caller, code)).json["access_token"])
    assert (await short.get("/refresh_access_token", grant_type="ig_refresh_token")).error == (190, None)
    asked = {"grant_type": "ig_exchange_token", "client_secret": "x"}
    got = (await short.get("/access_token", **asked)).json
    assert (got["token_type"], got["expires_in"]) == ("bearer", 60 * DAY_S)
    clock.advance(59 * DAY_S)
    assert (await Caller(caller.sandbox, token=got["access_token"]).get("/me")).status == 200


async def test_a_strict_app_takes_its_own_id_and_secret_only(make: Make) -> None:
    caller = make(consent="allow", checks_app=True)
    [code] = (await consent(caller))["code"]
    assert (await exchange(caller, code, client_secret="x")).json["error_message"] == (
        "Error validating client secret."
    )
    assert (await exchange(caller, code)).status == 200


async def test_facebook_login_goes_from_a_person_to_the_pages_account(make: Make) -> None:
    """The way a client finds the account: dialog, token, long token, `me/accounts`."""
    caller = make(consent="allow", token="EAAsandboxtoken")
    dialog = await nobody(caller, "www.facebook.com").get("/v25.0/dialog/oauth", **ASK_FACEBOOK)
    [code] = parse_qs(urlsplit(dialog.headers["location"]).query)["code"]
    graph = nobody(caller, "graph.facebook.com")
    short = (await graph.get("/v25.0/oauth/access_token", **exchange_form(code))).json
    assert (short["token_type"], short["expires_in"]) == ("bearer", HOUR_S)
    longer = {"grant_type": "fb_exchange_token", "fb_exchange_token": short["access_token"]}
    long = (await graph.get("/v25.0/oauth/access_token", **APP, **longer)).json
    assert long["expires_in"] == 60 * DAY_S
    person = Caller(caller.sandbox, token=long["access_token"], host="graph.facebook.com")
    fields = "id,name,access_token,tasks,instagram_business_account"
    [page] = (await person.get("/v25.0/me/accounts", fields=fields)).json["data"]
    assert page["instagram_business_account"] == {"id": caller.sandbox.user_id}
    assert "MANAGE" in page["tasks"]
    own = Caller(caller.sandbox, token=page["access_token"], host="graph.facebook.com")
    assert (await own.get("/me")).json == {"id": page["id"]}
    assert (await own.get(f"/{caller.sandbox.user_id}", fields="username")).status == 200


async def test_a_pages_token_does_not_expire(make: Make, clock: FakeClock) -> None:
    caller = make(token="EAAsandboxtoken")
    [page] = (await caller.get("/me/accounts")).json["data"]
    clock.advance(1000 * DAY_S)
    assert (await Caller(caller.sandbox, token=page["access_token"]).get("/me")).status == 200


async def test_me_is_a_person_under_facebook_login(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    me = (await caller.get("/me")).json
    assert me["id"] != caller.sandbox.user_id
    refused = await caller.get("/me/media")
    assert refused.message == "(#100) Tried accessing nonexisting field (media) on node type (User)"
    granted = (await caller.get("/me/permissions")).json["data"]
    assert {"permission": "instagram_basic", "status": "granted"} in granted
    assert {"permission": "pages_show_list", "status": "granted"} in granted


async def test_a_person_may_be_read_without_any_permission_of_instagram(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    [before] = (await caller.get("/me/accounts")).json["data"]
    caller.sandbox.scene.world.tokens[caller.token].scopes = ["public_profile", "pages_show_list"]
    assert (await caller.get("/me", fields="name")).status == 200
    [page] = (await caller.get("/me/accounts")).json["data"]
    assert page["access_token"] != before["access_token"]
    own = Caller(caller.sandbox, token=page["access_token"])
    assert (await own.get("/me", fields="name")).status == 200
    assert (await own.get(f"/{caller.sandbox.user_id}")).error == (10, None)


async def test_a_persons_pages_are_a_list_with_what_apps_ask_of_them(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    fields = "id,name,fan_count,link,category_list,picture,instagram_business_account{username}"
    got = (await caller.get("/me/accounts", fields=fields, limit=100)).json
    assert got["data"][0]["instagram_business_account"]["username"] == "pressroom.sandbox"
    assert set(got["paging"]) == {"cursors"}
    after = got["paging"]["cursors"]["after"]
    assert (await caller.get("/me/accounts", after=after)).json == {"data": []}
    me = (await caller.get("/me", fields="id,name,email,gender,link,first_name,permissions")).json
    assert "email" not in me
    assert me["permissions"]["data"] == (await caller.get("/me/permissions")).json["data"]


async def test_a_token_is_introspected(make: Make, clock: FakeClock) -> None:
    caller = make(token="EAAsandboxtoken")
    graph = nobody(caller, "graph.facebook.com")
    asked = {"input_token": caller.token, "access_token": "1500000000000001|sandbox-app-secret"}
    got = (await graph.get("/debug_token", **asked)).json["data"]
    assert (got["is_valid"], got["type"]) == (True, "USER")
    assert got["expires_at"] == int(clock.now().timestamp()) + 58 * DAY_S
    clock.advance(58 * DAY_S)
    assert (await graph.get("/debug_token", **asked)).json["data"]["is_valid"] is False
    unknown = (await graph.get("/debug_token", **{**asked, "input_token": "EAAx"})).json["data"]
    assert unknown["error"]["code"] == 190


async def test_a_proof_of_the_app_secret_is_checked_where_the_app_demands_one(make: Make) -> None:
    caller = make(requires_proof=True)
    proof = hmac.new(b"sandbox-app-secret", caller.token.encode(), "sha256").hexdigest()
    assert (await caller.get("/me", appsecret_proof=proof)).status == 200
    for wrong in ({}, {"appsecret_proof": "x"}):
        refused = await caller.get("/me", **wrong)
        assert refused.error == (100, None)
        assert refused.json["error"]["type"] == "GraphMethodException"


async def test_a_wrong_proof_is_refused_once_the_secret_is_set(make: Make) -> None:
    """While it is the invented one, clients have secrets of their own, and any digest does."""
    other = hmac.new(b"another", b"x", "sha256").hexdigest()
    assert (await make().get("/me", appsecret_proof=other)).status == 200
    assert (await make().get("/me", appsecret_proof="x")).error == (100, None)
    caller = make(app_secret="mine")
    refused = await caller.get("/me", appsecret_proof=other)
    assert refused.message == "Invalid appsecret_proof provided in the API argument"
    right = hmac.new(b"mine", caller.token.encode(), "sha256").hexdigest()
    assert (await caller.get("/me", appsecret_proof=right)).status == 200


@pytest.mark.parametrize(
    ("host", "login"),
    [
        ("www.instagram.com", LoginType.INSTAGRAM),
        ("graph.facebook.com", LoginType.FACEBOOK),
    ],
)
async def test_the_host_tells_whose_consent_it_is(make: Make, host: str, login: LoginType) -> None:
    caller = make(consent="allow")
    assert (await nobody(caller, host).get("/oauth/authorize", **consent_query(login))).status == 302
    [code] = caller.sandbox.scene.world.codes.values()
    assert code.login is login


async def test_the_host_that_exchanges_codes_asks_nobody_for_consent(make: Make) -> None:
    caller = make(consent="allow")
    got = await nobody(caller, "api.instagram.com").get("/oauth/authorize", **ASK)
    assert (got.status, "location" in got.headers) == (404, False)
    assert b"Sorry, this page isn't available" in got.body
    address = f"https://api.instagram.com/oauth/authorize?{urlencode(ASK)}"
    with pytest.raises(ValueError, match=r"www\.instagram\.com"):
        caller.sandbox.order("consent", url=address)


async def test_a_code_is_exchanged_at_facebooks_host_without_a_version(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    body = b"client_id=1&client_secret=x&redirect_uri=x&code=x"
    refused = await nobody(caller, "graph.facebook.com").raw("POST", "/oauth/access_token", body)
    assert refused.error == (100, None)  # the Graph envelope, not the one of api.instagram.com


async def test_what_an_app_calls_itself_cannot_become_markup(caller: Caller) -> None:
    query = {**ASK, "client_id": "<script>", "redirect_uri": 'https://x/"><script>'}
    html = (await nobody(caller, "www.instagram.com").get("/oauth/authorize", **query)).body.decode()
    assert ("May app" in html, "<script>" in html) == (True, False)
    html = (await caller.get("/oauth/authorize", **{**ASK, "scope": "<b>"})).body.decode()
    assert ("Invalid scope" in html, "<b>" in html) == (True, False)


async def test_consent_sends_people_to_registered_addresses_only(make: Make) -> None:
    caller = make(redirect_uris=("https://app.example/back/",))
    for address, status in (("https://app.example/back/", 302), ("https://app.example/back", 400)):
        for path, login in (("/oauth/authorize", LoginType.INSTAGRAM), ("/dialog/oauth", LoginType.FACEBOOK)):
            got = await caller.get(path, **consent_query(login, address), decision="allow")
            assert got.status == status


async def test_a_long_token_needs_the_apps_own_secret_where_it_is_checked(make: Make) -> None:
    caller = make(checks_app=True)
    asked = {"grant_type": "ig_exchange_token"}
    refused = await caller.get("/access_token", client_secret="x", **asked)
    assert (refused.status, refused.error) == (400, (1, None))
    assert (await caller.get("/access_token", client_secret="sandbox-app-secret", **asked)).status == 200


async def test_a_token_that_tells_no_login_type_is_of_the_one_that_is_set(make: Make) -> None:
    for login in LoginType:
        assert make(token="opaque", login=login).sandbox.scene.world.tokens["opaque"].login is login


@pytest.mark.parametrize("decision", ["allow", "deny"])
async def test_a_redirect_uri_keeps_its_own_query(make: Make, decision: str) -> None:
    query = {**consent_query(back="https://app.example/back?tenant=7"), "state": "s"}
    got = await make(consent=decision).get("/oauth/authorize", **query)
    query = parse_qs(urlsplit(got.headers["location"]).query)
    assert (query["tenant"], query["state"]) == (["7"], ["s"])
    assert ("code" in query) is (decision == "allow")


async def test_a_fault_of_instagrams_code_exchange_has_its_envelope_and_facebooks_the_usual_one(
    caller: Caller,
) -> None:
    for _ in range(2):
        caller.sandbox.faults.add(Fault(on="code_exchange", kind=FaultKind.ERROR, code=2))
    got = await caller.post("/oauth/access_token")
    assert (got.status, got.json["code"]) == (503, 503)
    assert set(got.json) == {"error_type", "code", "error_message"}
    assert (await caller.post("/v25.0/oauth/access_token")).error == (2, None)


async def test_a_token_without_any_permission_is_said_to_have_none(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    world = caller.sandbox.scene.world
    world.tokens[caller.token].scopes = []
    assert (await caller.get("/debug_token", input_token=caller.token)).json["data"]["scopes"] == []
    assert (await caller.get("/me/permissions")).json == {"data": []}
