"""What an app may ask with its own token, and how a person takes its access back."""

import pytest

from pressroom.graph.hosts import LoginType
from tests.sandbox.caller import Caller, consent_query, exchange_form
from tests.sandbox.conftest import Make

APP = "1500000000000001"
OWN = f"{APP}|sandbox-app-secret"


@pytest.fixture
def person(make: Make) -> Caller:
    return make(token="EAAsandboxtoken")


@pytest.mark.parametrize("path", ["/app", f"/{APP}", f"/v26.0/{APP}/"])
async def test_an_app_reads_itself_with_its_own_token(caller: Caller, path: str) -> None:
    got = (await Caller(caller.sandbox, token=OWN).get(path)).json
    assert (set(got), got["id"]) == ({"category", "link", "name", "id"}, APP)


async def test_an_app_with_an_id_of_its_own_is_known_by_its_token(caller: Caller) -> None:
    other = Caller(caller.sandbox, token="99|secret")
    assert (await other.get("/app", fields="name")).json == {"name": "Pressroom Sandbox", "id": "99"}
    assert (await other.get("/99")).json["id"] == "99"
    unknown = await other.get("/app", fields="colour")
    assert unknown.message == "(#100) Tried accessing nonexisting field (colour) on node type (Application)"


async def test_an_accounts_token_reads_its_app_and_nobody_elses_does(caller: Caller) -> None:
    assert (await caller.get("/app")).json["id"] == APP
    assert (await Caller(caller.sandbox, token="IGnobody").get("/app")).error == (190, None)
    assert (await Caller(caller.sandbox, token="").get("/app")).error == (104, None)


async def test_a_strict_sandbox_refuses_another_apps_token(make: Make) -> None:
    caller = make(checks_app=True)
    assert (await Caller(caller.sandbox, token=OWN).get("/app")).status == 200
    assert (await Caller(caller.sandbox, token=f"{APP}|wrong").get("/app")).error == (190, None)


async def test_the_callback_of_the_app_is_read_by_either_of_its_names(caller: Caller) -> None:
    own = Caller(caller.sandbox, token=OWN)
    for path in ("/app/subscriptions", f"/{APP}/subscriptions"):
        assert (await own.get(path)).json == {"data": []}
    assert (await caller.get("/app/subscriptions")).error == (15, None)


async def test_consent_that_is_taken_back_ends_every_token_with_the_code_for_it(person: Caller) -> None:
    [page] = (await person.get("/me/accounts")).json["data"]
    own = Caller(person.sandbox, token=page["access_token"])
    assert (await person.delete("/me/permissions")).json == {"success": True}
    assert (await person.get("/me")).error == (190, 458)
    assert (await own.get("/me")).error == (190, 458)


async def test_after_another_consent_the_page_has_another_token(person: Caller) -> None:
    [before] = (await person.get("/me/accounts")).json["data"]
    await person.delete("/me/permissions")
    query = {**consent_query(LoginType.FACEBOOK), "decision": "allow"}
    to = (await person.get("/v26.0/dialog/oauth", **query)).headers["location"]
    code = to.partition("code=")[2].removesuffix("#_=_")
    got = (await person.get("/v26.0/oauth/access_token", **exchange_form(code))).json
    again = Caller(person.sandbox, token=got["access_token"])
    [page] = (await again.get("/me/accounts")).json["data"]
    assert page["access_token"] != before["access_token"]
    assert (await Caller(person.sandbox, token=page["access_token"]).get("/me")).status == 200


async def test_one_permission_is_taken_back_alone(person: Caller) -> None:
    account, gone = person.sandbox.user_id, "instagram_manage_insights"
    asked = {"metric": "reach", "period": "day"}
    assert (await person.get(f"/{account}/insights", **asked)).status == 200
    assert (await person.delete(f"/me/permissions/{gone}")).json == {"success": True}
    assert (await person.get(f"/{account}/insights", **asked)).error == (10, None)
    assert gone not in [one["permission"] for one in (await person.get("/me/permissions")).json["data"]]
    assert (await person.delete(f"/me/permissions/{gone}")).error == (100, None)


async def test_the_old_number_of_an_account_is_neither_of_its_ids(person: Caller) -> None:
    asked = "ig_id,legacy_instagram_user_id"
    got = (await person.get(f"/{person.sandbox.user_id}", fields=asked)).json
    assert (type(got["ig_id"]), len(str(got["ig_id"]))) == (int, 10)
    assert got["legacy_instagram_user_id"] == str(got["ig_id"]) != got["id"]


PHOTO = {"image_url": "https://example.com/a.jpg"}
WRONG_PLACE = "(#100) INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID"


async def test_a_location_that_cannot_be_a_page_is_refused(person: Caller) -> None:
    account = next(iter(person.sandbox.scene.world.accounts.values()))
    container = await person.create()
    for wrong in (
        account.id,
        account.app_scoped_id,
        account.page_id,
        container,
        "0",
        "007",
        "17841400000009999",
    ):
        refused = await person.post(f"/{account.id}/media", **PHOTO, location_id=wrong)
        assert refused.message == WRONG_PLACE, wrong
    await person.create(**PHOTO, location_id="106078429431815")


async def test_a_sandbox_may_know_only_the_places_that_its_search_gives(make: Make) -> None:
    person = make(token="EAAsandboxtoken", locations="found")
    [place] = (await person.get("/pages/search", q="Coffee", limit=1)).json["data"]
    await person.create(**PHOTO, location_id=place["id"])
    refused = await person.post(f"/{person.sandbox.user_id}/media", **PHOTO, location_id="7640348500")
    assert refused.message == WRONG_PLACE
