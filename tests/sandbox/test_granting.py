"""What a person grants: everything, what is left ticked, nothing; and by which app, with which code."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from pressroom.graph.hosts import LoginType
from tests.sandbox.caller import Caller, Got, consent_query, exchange_form
from tests.sandbox.conftest import Make

LOGINS = pytest.mark.parametrize("login", list(LoginType))


async def exchange(caller: Caller, location: str) -> Got:
    [code] = parse_qs(urlsplit(location).query)["code"]
    return await caller.post("/oauth/access_token", **exchange_form(code))


async def by_facebook(caller: Caller, **answers: object) -> Caller:
    address = f"https://www.facebook.com/v25.0/dialog/oauth?{urlencode(consent_query(LoginType.FACEBOOK))}"
    location: str = caller.sandbox.order("consent", url=address, **answers)["location"]
    [code] = parse_qs(urlsplit(location).query)["code"]
    made = (await caller.get("/v25.0/oauth/access_token", **exchange_form(code))).json
    return Caller(caller.sandbox, token=made["access_token"])


def instagram_address() -> str:
    return f"https://www.instagram.com/oauth/authorize?{urlencode(consent_query())}"


async def test_what_is_left_unticked_is_declined_and_refused_with_10(make: Make) -> None:
    person = await by_facebook(make(granted=("instagram_basic", "pages_show_list")))
    told = (await person.get("/me/permissions")).json["data"]
    states = {one["permission"]: one["status"] for one in told}
    assert states["instagram_basic"] == states["pages_show_list"] == "granted"
    assert states["instagram_content_publish"] == "declined"
    user = person.sandbox.user_id
    assert (await person.get(f"/{user}")).status == 200
    assert (await person.get(f"/{user}/content_publishing_limit")).error == (10, None)


async def test_everything_is_granted_unless_something_is_unticked(make: Make) -> None:
    person = await by_facebook(make())
    told = (await person.get("/me/permissions")).json["data"]
    assert {one["status"] for one in told} == {"granted"}


async def test_a_person_of_another_mind_may_tick_more_or_nothing(make: Make) -> None:
    caller = make(granted=("instagram_basic",))
    person = await by_facebook(caller, granted=["instagram_basic", "instagram_content_publish"])
    user = caller.sandbox.user_id
    assert (await person.get(f"/{user}/content_publishing_limit")).status == 200
    nothing = await by_facebook(caller, granted=[])
    assert (await nothing.get(f"/{user}")).error == (10, None)


async def test_the_page_has_what_the_person_leaves_ticked_as_a_form(make: Make) -> None:
    caller = make(granted=("instagram_basic",))
    html = (await caller.get("/oauth/authorize", **consent_query())).body.decode()
    assert 'value="instagram_business_basic" checked>' in html
    assert 'value="instagram_business_manage_comments">' in html
    sent = [("granted[]", ""), ("granted[]", "instagram_business_manage_comments"), ("decision", "allow")]
    got = await caller.raw("GET", f"/oauth/authorize?{urlencode([*consent_query().items(), *sent])}")
    made = (await exchange(caller, got.headers["location"])).json
    assert made["permissions"] == ["instagram_business_manage_comments"]


async def test_a_page_with_nothing_ticked_grants_nothing(make: Make) -> None:
    caller = make()
    sent = [*consent_query().items(), ("granted[]", ""), ("decision", "allow")]
    got = await caller.raw("GET", f"/oauth/authorize?{urlencode(sent)}")
    assert (await exchange(caller, got.headers["location"])).json["permissions"] == []


@LOGINS
async def test_the_accounts_own_token_has_the_permissions_that_are_set_by_any_logins_names(
    make: Make, login: LoginType
) -> None:
    caller = make(login=login, token_scopes=("instagram_business_basic", "pages_show_list"))
    user = caller.sandbox.user_id
    assert (await caller.get(f"/{user}")).status == 200
    assert (await caller.get(f"/{user}/content_publishing_limit")).error == (10, None)


async def test_the_meta_apps_id_is_no_app_to_instagram(make: Make) -> None:
    caller = make(consent="allow")
    app = {"client_id": "1400000000000001"}
    query = {**consent_query(), **app}
    page = await Caller(caller.sandbox, token="", host="www.instagram.com").get("/oauth/authorize", **query)
    assert (page.status, "location" in page.headers) == (400, False)
    assert "Invalid platform app" in page.body.decode()
    form = {**exchange_form("AQcode"), **app}
    refused = await Caller(caller.sandbox, host="api.instagram.com").post("/oauth/access_token", **form)
    assert refused.json["error_message"] == "Invalid platform app"
    # Facebook's own id.
    assert (await caller.get("/dialog/oauth", **{**consent_query(LoginType.FACEBOOK), **app})).status == 302


async def test_a_strict_app_has_one_id_and_each_login_its_words_for_another(make: Make) -> None:
    caller, query = make(checks_app=True, consent="allow"), {**consent_query(), "client_id": "1"}
    page = await caller.get("/oauth/authorize", **query)
    assert "Invalid platform app" in page.body.decode()
    page = await caller.get("/dialog/oauth", **query)
    assert "Invalid App ID: The provided app ID does not look like a valid app ID." in page.body.decode()
    assert (await caller.get("/oauth/authorize", **consent_query())).status == 302


@pytest.mark.parametrize("is_spent", [True, False])
async def test_a_code_may_be_used_up_before_the_client_has_it(make: Make, is_spent: bool) -> None:
    caller = make(codes_spent=is_spent)
    location = caller.sandbox.order("consent", url=instagram_address())["location"]
    got = await exchange(caller, location)
    assert got.status == (400 if is_spent else 200)
    if is_spent:
        assert got.json["error_message"] == "Matching code was not found or was already used"
