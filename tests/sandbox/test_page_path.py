"""From a person to the account: the Page of Facebook Login, and how long the app may read what is there."""

from typing import Any

import pytest

from pressroom.graph.hosts import LoginType
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller, consent_query
from tests.sandbox.conftest import Make

TOKEN = "EAAsandboxtoken"  # invented
FIELDS = "id,tasks,access_token,instagram_business_account"
DAY_S = 24 * 3600
APP_TOKEN = "1500000000000001|sandbox-app-secret"  # invented
LONG_AGO = {"token": TOKEN, "agreed_days_ago": 91.0}


async def pages(caller: Caller) -> list[dict[str, Any]]:
    return (await caller.get("/me/accounts", fields=FIELDS)).json["data"]


async def data_access_ends(caller: Caller) -> int:
    asked = {"input_token": caller.token, "access_token": APP_TOKEN}
    return (await caller.get("/debug_token", **asked)).json["data"]["data_access_expires_at"]


async def test_the_page_leads_from_the_person_to_the_account(make: Make) -> None:
    caller = make(token=TOKEN)
    [page] = await pages(caller)
    assert page["instagram_business_account"] == {"id": caller.sandbox.user_id}
    assert (await caller.get(f"/{caller.sandbox.user_id}/media")).status == 200


@pytest.mark.parametrize(("page", "status"), [("none", 400), ("not_picked", 200)])
async def test_no_page_is_listed_where_there_is_none_and_where_it_was_not_picked(
    make: Make, page: str, status: int
) -> None:
    caller = make(token=TOKEN, page=page)
    page_id = caller.sandbox.scene.world.accounts[caller.sandbox.user_id].page_id
    assert await pages(caller) == []
    assert (await caller.get(f"/{page_id}")).status == status
    assert (await caller.get("/me", fields="accounts")).json["accounts"] == {"data": []}


async def test_a_page_without_an_instagram_account_leads_nowhere(make: Make) -> None:
    [page] = await pages(make(token=TOKEN, page="unlinked"))
    assert "instagram_business_account" not in page


@pytest.mark.parametrize("page", ["none", "not_picked", "unlinked"])
async def test_an_account_that_no_page_leads_to_cannot_be_read(make: Make, page: str) -> None:
    caller = make(token=TOKEN, page=page, media=1)
    user = caller.sandbox.user_id
    for path in (f"/{user}", f"/{user}/media", f"/{caller.sandbox.media[0].id}"):
        assert (await caller.get(path)).error == (100, 33)
    assert (await caller.get("/me")).status == 200


async def test_without_a_task_that_publishes_publishing_alone_is_refused(make: Make) -> None:
    caller = make(token=TOKEN, page="no_task")
    [page] = await pages(caller)
    assert set(page["tasks"]) == {"ADVERTISE", "ANALYZE", "MESSAGING", "MODERATE"}
    own = Caller(caller.sandbox, token=page["access_token"])
    user, picture = caller.sandbox.user_id, "https://example.com/a.jpg"
    for one in (caller, own):
        assert (await one.get(f"/{user}/media")).status == 200
        assert (await one.post(f"/{user}/media", image_url=picture)).error == (10, None)
        assert (await one.post(f"/{user}/media_publish", creation_id="1")).error == (10, None)


@pytest.mark.parametrize("login", [LoginType.INSTAGRAM, LoginType.UNIFIED])
async def test_the_other_logins_reach_the_account_without_a_page(make: Make, login: LoginType) -> None:
    caller = make(login=login, page="none")
    assert (await caller.get(f"/{caller.sandbox.user_id}/media")).status == 200


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("linked", "By the Page Pressroom Sandbox."),
        ("none", "You have no Page"),
        ("not_picked", "is not picked"),
        ("no_task", "on which you may not publish"),
        ("unlinked", "to which no Instagram account is linked"),
    ],
)
async def test_facebooks_dialog_says_by_which_page(make: Make, page: str, words: str) -> None:
    caller = make(page=page)
    assert words in (await caller.get("/dialog/oauth", **consent_query(LoginType.FACEBOOK))).body.decode()
    assert words not in (await caller.get("/oauth/authorize", **consent_query())).body.decode()


async def test_data_access_ends_ninety_days_after_consent_while_the_token_is_valid(
    make: Make, clock: FakeClock
) -> None:
    caller = make(token=TOKEN, consent="allow")
    [page] = await pages(caller)
    own = Caller(caller.sandbox, token=page["access_token"])
    user = caller.sandbox.user_id
    assert await data_access_ends(caller) == int(clock.now().timestamp()) + 88 * DAY_S
    clock.advance(88 * DAY_S)
    assert (await own.get(f"/{user}/media")).error == (10, None)
    assert (await own.get("/me")).status == 200
    await caller.get("/dialog/oauth", **consent_query(LoginType.FACEBOOK))
    assert (await own.get(f"/{user}/media")).status == 200
    assert await data_access_ends(caller) == int(clock.now().timestamp()) + 90 * DAY_S


async def test_data_access_may_have_ended_before_the_first_call(make: Make) -> None:
    caller = make(**LONG_AGO)
    user = caller.sandbox.user_id
    assert (await caller.get(f"/{user}")).error == (10, None)
    assert (await caller.post(f"/{user}/media", image_url="https://example.com/a.jpg")).error == (10, None)
    assert (await caller.get("/me")).status == 200
    asked = {"input_token": caller.token, "access_token": APP_TOKEN}
    assert (await caller.get("/debug_token", **asked)).json["data"]["is_valid"] is True
    assert (await make(**LONG_AGO, data_access_days=92.0).get(f"/{user}")).status == 200


@pytest.mark.parametrize("login", [LoginType.INSTAGRAM, LoginType.UNIFIED])
async def test_data_access_is_facebook_logins(make: Make, login: LoginType) -> None:
    caller = make(login=login, agreed_days_ago=91.0)
    assert (await caller.get(f"/{caller.sandbox.user_id}")).status == 200
    assert await data_access_ends(caller) == 0


async def test_permissions_may_be_unused_for_months_before_the_first_call(make: Make) -> None:
    caller = make(permissions_lapse=True, unused=("instagram_content_publish",), consent="allow")
    assert (await caller.get("/me")).status == 200
    assert (await caller.get("/me/content_publishing_limit")).error == (10, None)
    await caller.get("/oauth/authorize", **consent_query())
    assert (await caller.get("/me/content_publishing_limit")).status == 200


async def test_a_token_asks_about_itself_where_that_is_allowed(make: Make, clock: FakeClock) -> None:
    for caller in (make(token=TOKEN), make(token=TOKEN, checks_app=True)):
        assert (await caller.get("/debug_token", input_token=caller.token)).json["data"]["is_valid"] is True
    strict = make(token=TOKEN, self_inspection=False)
    refused = await strict.get("/debug_token", input_token=strict.token)
    assert (refused.error, "app access token" in refused.message) == ((100, None), True)
    asked = {"input_token": strict.token, "access_token": APP_TOKEN}
    assert (await strict.get("/debug_token", **asked)).status == 200
    caller = make(token=TOKEN)
    clock.advance(60 * DAY_S)
    assert (await caller.get("/debug_token", input_token=caller.token)).error == (190, 463)
    unknown = {"input_token": "EAAx", "access_token": "EAAx"}
    assert (await caller.get("/debug_token", **unknown)).error == (190, None)
