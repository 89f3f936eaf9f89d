"""What each dialog, and each exchange of a code, refuses, and in which words; and how their redirects end."""

import re
from base64 import b64encode
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from pressroom.graph.hosts import LoginType
from pressroom.graph.traps import recognised, trap
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import APP, BACK, FORM, Caller, Got, consent_query, exchange_form
from tests.sandbox.conftest import Make

FACEBOOK = consent_query(LoginType.FACEBOOK)
ON_ITS_PAGE = "Invalid Request: Request parameters are invalid: "
HOUR_S = 3600


async def ask(caller: Caller, host: str, path: str, query: dict[str, str]) -> Got:
    return await Caller(caller.sandbox, token="", host=host).get(path, **query)


async def ask_instagram(caller: Caller, **query: str) -> Got:
    return await ask(caller, "www.instagram.com", "/oauth/authorize", query)


async def ask_facebook(caller: Caller, **query: str) -> Got:
    return await ask(caller, "www.facebook.com", "/v26.0/dialog/oauth", query)


def words_on(page: Got) -> str:
    """Give what a page says that leads nowhere."""
    assert (page.status, "location" in page.headers) == (400, False)
    return unescape(re.findall("<h1>(.*?)</h1>", page.body.decode())[0])


def without(query: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in query.items() if key != name}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"scope": "nonsense"}, "Invalid scope: nonsense"),
        ({"scope": "instagram_business_basic,business_basic"}, "Invalid scope: business_basic"),
        ({"scope": "instagram_basic email"}, "Invalid scope: instagram_basic, email"),  # Facebook's names
        ({"scope": ""}, "Invalid scope: []"),
        ({"response_type": ""}, "Invalid response_type"),
        ({"response_type": "token"}, "Invalid response_type"),
        ({"client_id": ""}, "Missing client_id"),
        ({"redirect_uri": ""}, "Invalid redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "Invalid redirect_uri"),
    ],
)
async def test_instagram_refuses_on_its_page(caller: Caller, change: dict[str, str], reason: str) -> None:
    assert words_on(await ask_instagram(caller, **{**consent_query(), **change})) == ON_ITS_PAGE + reason
    [name] = change
    if not change[name]:
        assert words_on(await ask_instagram(caller, **without(consent_query(), name))) == ON_ITS_PAGE + reason


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scope": "nonsense,email"}, "Invalid Scopes: nonsense. This message is only shown to developers. "),
        ({"scope": "instagram_business_basic"}, "Invalid Scopes: instagram_business_basic. "),
        ({"client_id": ""}, "The parameter app_id is required"),
        ({"redirect_uri": ""}, "The parameter redirect_uri is required"),
        ({"redirect_uri": "javascript:alert(1)"}, "URL Blocked: This redirect failed because"),
    ],
)
async def test_facebook_refuses_on_its_page_in_its_own_words(
    caller: Caller, change: dict[str, str], words: str
) -> None:
    assert words_on(await ask_facebook(caller, **{**FACEBOOK, **change})).startswith(words)


async def test_facebook_needs_neither_a_type_nor_a_permission_and_grants_the_public_profile(
    make: Make,
) -> None:
    caller = make(consent="allow", granted=("instagram_basic",))
    bare = {"client_id": APP["client_id"], "redirect_uri": BACK}
    person = await signed_in_at_facebook(caller, bare)
    granted = (await person.get("/me/permissions")).json["data"]
    assert granted == [{"permission": "public_profile", "status": "granted"}]
    assert set((await person.get("/me")).json) == {"id", "name"}
    assert (await person.get(f"/{caller.sandbox.user_id}")).error == (10, None)


async def test_permissions_that_facebook_does_not_know_are_ignored_for_who_has_no_role_in_the_app(
    make: Make,
) -> None:
    caller = make(consent="allow", unknown_scopes="ignore")
    query = {**FACEBOOK, "scope": "nonsense,pages_show_list"}
    person = await signed_in_at_facebook(caller, query)
    rows = (await person.get("/me/permissions")).json["data"]
    assert [row["permission"] for row in rows] == ["public_profile", "pages_show_list"]
    assert ON_ITS_PAGE in words_on(await ask_instagram(caller, **{**consent_query(), "scope": "nonsense"}))


async def signed_in_at_facebook(caller: Caller, query: dict[str, str]) -> Caller:
    """Sign in at Facebook, and give who holds the new token."""
    code = code_in(await ask_facebook(caller, **query))
    graph = Caller(caller.sandbox, host="graph.facebook.com")
    token = (await graph.get("/oauth/access_token", **exchange_form(code))).json["access_token"]
    return Caller(caller.sandbox, token=token, host="graph.facebook.com")


def code_in(redirect: Got) -> str:
    return parse_qs(urlsplit(redirect.headers["location"]).query)["code"][0]


@pytest.mark.parametrize("decision", ["allow", "deny"])
async def test_each_redirect_ends_in_a_fragment_of_its_own(caller: Caller, decision: str) -> None:
    got = await ask_instagram(caller, **consent_query(), decision=decision)
    assert got.headers["location"].endswith("#_")
    got = await ask_facebook(caller, **FACEBOOK, decision=decision, state="s")
    assert got.headers["location"].endswith("state=s#_=_")


async def test_facebook_tells_of_a_person_who_refuses_in_its_own_words(caller: Caller) -> None:
    got = await ask_facebook(caller, **FACEBOOK, decision="deny")
    assert parse_qs(urlsplit(got.headers["location"]).query) == {
        "error": ["access_denied"],
        "error_code": ["200"],
        "error_description": ["Permissions error"],
        "error_reason": ["user_denied"],
    }


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
async def test_instagram_exchanges_no_code_without_the_apps_id_and_secret(make: Make, name: str) -> None:
    caller = make(consent="allow")
    code = code_in(await ask_instagram(caller, **consent_query()))
    exchange = Caller(caller.sandbox, token="", host="api.instagram.com").post
    refused = await exchange("/oauth/access_token", **without(exchange_form(code), name))
    assert (refused.status, refused.json["error_message"]) == (400, f"You must provide a {name}")
    assert (await exchange("/oauth/access_token", **exchange_form(code))).status == 200


async def test_a_code_with_the_end_of_the_address_left_on_is_no_code(make: Make) -> None:
    caller = make(consent="allow")
    code = code_in(await ask_instagram(caller, **consent_query()))
    exchange = Caller(caller.sandbox, token="", host="api.instagram.com").post
    refused = await exchange("/oauth/access_token", **exchange_form(f"{code}#_"))
    assert refused.json["error_message"] == "Matching code was not found or was already used"
    assert (await exchange("/oauth/access_token", **exchange_form(code))).status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("client_id", 101, "Missing client_id parameter."),
        ("client_secret", 1, "Error validating client secret."),
        ("redirect_uri", 191, "Missing redirect_uri parameter."),
        ("code", 1, "Missing authorization code"),
    ],
)
async def test_facebook_exchanges_nothing_without(
    caller: Caller, method: str, name: str, code: int, message: str
) -> None:
    graph = Caller(caller.sandbox, token="", host="graph.facebook.com")
    call = graph.get if method == "GET" else graph.post
    refused = await call("/v26.0/oauth/access_token", **without(exchange_form("AQcode"), name))
    assert (refused.status, refused.error, refused.message) == (400, (code, None), message)


async def test_facebook_says_of_a_code_what_is_wrong_with_it(make: Make, clock: FakeClock) -> None:
    caller = make(consent="allow")
    graph = Caller(caller.sandbox, token="", host="graph.facebook.com")

    async def refused(code: str) -> str:
        return (await graph.get("/oauth/access_token", **exchange_form(code))).message

    code = code_in(await ask_facebook(caller, **FACEBOOK))
    assert await refused(f"{code}#_=_") == "Invalid verification code format."
    assert (await graph.get("/oauth/access_token", **exchange_form(code))).status == 200
    assert await refused(code) == "This authorization code has been used."
    assert recognised(await refused(code)) is trap("code-used")
    late = code_in(await ask_facebook(caller, **FACEBOOK))
    clock.advance(HOUR_S)
    assert await refused(late) == "This authorization code has expired."


async def test_a_blocked_url_is_recognised_as_the_redirect_uri_that_it_is(make: Make) -> None:
    caller = make(redirect_uris=("https://app.example/registered/",))
    assert recognised(words_on(await ask_facebook(caller, **FACEBOOK))) is trap("redirect-mismatch")


@pytest.mark.parametrize(
    ("secret", "status"), [("sandbox-app-secret", 200), ("sandbox%2Dapp%2Dsecret", 200), ("another", 400)]
)
async def test_facebook_takes_id_and_secret_as_a_header_too(make: Make, secret: str, status: int) -> None:
    """Login libraries send them so by themselves, and some encode them as in a form before."""
    caller = make(consent="allow", checks_app=True)
    code = code_in(await ask_facebook(caller, **FACEBOOK))
    assert (await exchange_by_header(caller, "graph.facebook.com", code, secret)).status == status


async def test_instagram_takes_id_and_secret_as_parameters_alone(make: Make) -> None:
    caller = make(consent="allow")
    code = code_in(await ask_instagram(caller, **consent_query()))
    refused = await exchange_by_header(caller, "api.instagram.com", code, APP["client_secret"])
    assert refused.json["error_message"] == "You must provide a client_id"


async def exchange_by_header(caller: Caller, host: str, code: str, secret: str) -> Got:
    pair = b64encode(f"{APP['client_id']}:{secret}".encode()).decode()
    form = f"grant_type=authorization_code&redirect_uri={BACK}&code={code}".encode()
    headers = {"authorization": f"Basic {pair}", "content-type": FORM}
    return await Caller(caller.sandbox, host=host).raw("POST", "/oauth/access_token", form, headers)


async def test_a_person_tells_when_they_were_updated_and_their_mail_where_it_was_granted(make: Make) -> None:
    caller = make(consent="allow")
    fields = "id,email,name,first_name,last_name,verified,locale,timezone,link,gender,updated_time"
    for scope, email in (("", None), ("email", "pressroom.sandbox@example.com")):
        person = await signed_in_at_facebook(caller, {**FACEBOOK, "scope": scope})
        me = (await person.get("/me", fields=fields)).json
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000", me["updated_time"])
        assert me.get("email") == email
