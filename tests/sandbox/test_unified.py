"""Unified Login, of which little is known: Facebook Login's calls, and the account's own beside them."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from pressroom.graph.hosts import LoginType
from tests.sandbox.caller import BACK, Caller, exchange_form
from tests.sandbox.conftest import Make


@pytest.fixture(params=["account", "system_user"])
def unified(make: Make, request: pytest.FixtureRequest) -> Caller:
    caller = make(login=LoginType.UNIFIED, unified_me=request.param)
    return Caller(caller.sandbox, host="graph.facebook.com")


async def test_me_is_the_account_or_a_system_user_as_it_is_set(unified: Caller) -> None:
    assert unified.token.startswith("EAA")
    me = (await unified.get("/me")).json
    is_account = unified.sandbox.settings.unified_me == "account"
    assert (me["id"] == unified.sandbox.user_id) is is_account


async def test_pages_and_permissions_are_listed_whoever_me_is(unified: Caller) -> None:
    fields = "instagram_business_account,access_token"
    [page] = (await unified.get("/me/accounts", fields=fields)).json["data"]
    assert page["instagram_business_account"] == {"id": unified.sandbox.user_id}
    own = Caller(unified.sandbox, token=page["access_token"], host="graph.facebook.com")
    assert (await own.get("/me")).json == {"id": page["id"]}
    told = [one["permission"] for one in (await unified.get("/me/permissions")).json["data"]]
    assert "instagram_content_publish" in told
    assert not any(name.startswith("pages_") for name in told)


@pytest.mark.parametrize("is_of_page", [True, False])
async def test_messages_and_webhooks_work_by_the_account_and_by_its_page(
    unified: Caller, is_of_page: bool
) -> None:
    sandbox = unified.sandbox
    account = sandbox.scene.world.accounts[sandbox.user_id]
    node = account.page_id if is_of_page else account.id
    person = sandbox.order("messages", text="Hi")["person_id"]
    order = {"recipient": f'{{"id": "{person}"}}', "message": '{"text": "Hello"}'}
    assert (await unified.post(f"/{node}/messages", **order)).status == 200
    listed = await unified.get(f"/{node}/conversations", platform="instagram")
    assert len(listed.json["data"]) == 1
    path, fields = f"/{node}/subscribed_apps", "feed,messages" if is_of_page else "comments,messages"
    assert (await unified.post(path, subscribed_fields=fields)).json == {"success": True}
    [told] = (await unified.get(path)).json["data"]
    assert told["subscribed_fields"] == fields.split(",")


async def test_facebooks_calls_are_there_and_instagrams_token_calls_are_not(unified: Caller) -> None:
    found = await unified.get("/ig_hashtag_search", user_id=unified.sandbox.user_id, q="press")
    assert found.status == 200
    assert (await unified.get("/refresh_access_token", grant_type="ig_refresh_token")).status == 400


async def test_the_dialog_of_an_account_of_it_gives_a_system_users_token(unified: Caller) -> None:
    query = {"client_id": "1", "redirect_uri": BACK, "response_type": "code"}
    address = f"https://www.facebook.com/v25.0/dialog/oauth?{urlencode(query)}"
    html = (await unified.get("/v25.0/dialog/oauth", **query)).body.decode()
    assert "Unified Login" in html
    assert "pages_show_list" not in html
    location: str = unified.sandbox.order("consent", url=address)["location"]
    [code] = parse_qs(urlsplit(location).query)["code"]
    made = (await unified.get("/v25.0/oauth/access_token", **exchange_form(code))).json
    asked = {"input_token": made["access_token"]}
    told = (await unified.get("/debug_token", **asked)).json["data"]
    assert (told["type"], told["is_valid"], told["data_access_expires_at"]) == ("SYSTEM_USER", True, 0)
    assert made["expires_in"] == 60 * 24 * 3600


async def test_the_dialog_with_a_configuration_is_of_it_too(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    asked = {"client_id": "1", "redirect_uri": BACK}
    assert "Facebook Login" in (await caller.get("/dialog/oauth", **asked)).body.decode()
    assert "Unified Login" in (await caller.get("/dialog/oauth", **asked, config_id="7")).body.decode()
