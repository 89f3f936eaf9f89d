"""Roles in the app: who is no tester of it, what the app's mode keeps back, and how both are mended."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from pressroom.graph.hosts import LoginType
from pressroom.graph.traps import recognised
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.state.seeding import AccountSeed
from pressroom.sandbox.state.things import Callback
from tests.sandbox.caller import Caller, Got, consent_query, exchange_form
from tests.sandbox.conftest import Make

NO_ROLE = "Unsupported request - method type: "


async def sign_in(caller: Caller) -> Caller:
    """Sign in to the account with an app that asks for everything, and give who holds the new token."""
    to = (await caller.get("/oauth/authorize", **consent_query(), decision="allow")).headers["location"]
    code = to.partition("code=")[2].removesuffix("#_")
    made = (await caller.post("/oauth/access_token", **exchange_form(code))).json
    return Caller(caller.sandbox, token=made["access_token"])


async def authorize(caller: Caller, **more: str) -> Got:
    return await Caller(caller.sandbox, token="", host="www.instagram.com").get(
        "/oauth/authorize", **consent_query(), **more
    )


@pytest.mark.parametrize("tester", ["invited", "none"])
async def test_an_account_without_an_accepted_role_signs_in_and_then_every_call_is_refused(
    make: Make, tester: str
) -> None:
    person = await sign_in(make(tester=tester))
    asked = {"grant_type": "ig_exchange_token", "client_secret": "x"}
    for got in (
        await person.get("/me"),
        await person.get("/access_token", **asked),
        await person.get("/refresh_access_token", grant_type="ig_refresh_token"),
        await person.get("/app"),
        await person.get("/me/nothing"),
    ):
        error = got.json["error"]
        assert (got.status, error["code"], error["type"]) == (400, 100, "IGApiException")
        assert error["message"] == f"{NO_ROLE}get"
        assert "error_subcode" not in error
    assert recognised(NO_ROLE + "get") is not None


@pytest.mark.parametrize(("method", "verb"), [("POST", "post"), ("DELETE", "delete")])
async def test_the_refusal_names_the_calls_own_verb(make: Make, method: str, verb: str) -> None:
    caller = make(tester="none")
    refused = await caller.raw(method, f"/me/media?access_token={caller.token}")
    assert refused.message == f"{NO_ROLE}{verb}"


async def test_the_log_says_that_it_is_the_role(make: Make) -> None:
    caller = make(tester="invited")
    await caller.get("/me")
    [call] = caller.sandbox.calls("/me")
    assert "order roles tester=accepted" in call.notes[0]


async def test_an_invitation_that_is_accepted_later_mends_the_account(make: Make) -> None:
    caller = make(tester="invited")
    person = await sign_in(caller)
    assert (await person.get("/me")).error == (100, None)
    told = caller.sandbox.order("roles", tester="accepted")
    assert told == {"user_id": caller.sandbox.user_id, "tester": "accepted", "app_mode": "live"}
    assert (await person.get("/me")).status == 200
    caller.sandbox.order("roles", tester="none")
    assert (await person.get("/me")).error == (100, None)


async def test_consent_may_be_where_a_role_is_asked_for(make: Make) -> None:
    caller = make(tester="invited", without_role="consent", consent="allow")
    page = await authorize(caller)
    assert "Insufficient Developer Role" in page.body.decode()
    assert "location" not in page.headers
    assert (await caller.get("/me")).status == 200  # a token that is there works on
    address = f"https://www.instagram.com/oauth/authorize?{urlencode(consent_query())}"
    with pytest.raises(ValueError, match="Insufficient Developer Role"):
        caller.sandbox.order("consent", url=address)
    caller.sandbox.order("roles", tester="accepted")
    assert (await authorize(caller)).status == 302


async def test_each_account_has_a_role_of_its_own(make: Make) -> None:
    caller = make()
    user_id, token = caller.sandbox.add_account(AccountSeed(username="second", tester="none"))
    second = Caller(caller.sandbox, token=token)
    assert [(await one.get("/me")).status for one in (caller, second)] == [200, 400]
    caller.sandbox.order("roles", user_id=user_id, tester="accepted")
    assert (await second.get("/me")).status == 200


@pytest.mark.parametrize("login", [LoginType.FACEBOOK, LoginType.UNIFIED])
async def test_only_instagram_login_asks_for_the_role(make: Make, login: LoginType) -> None:
    assert (await make(tester="none", login=login).get("/me")).status == 200


async def test_roles_and_the_apps_mode_survive_a_restart_and_a_reset_takes_them_back(tmp_path: Path) -> None:
    settings = SandboxSettings(
        fetch="trust", processing=Processing.at_once(), tester="none", state_file=tmp_path / "state.json"
    )
    first = Sandbox(settings)
    first.order("roles", tester="accepted", app_mode="development")
    first.save()
    again = Sandbox(settings)
    told = {"user_id": again.user_id, "tester": "accepted", "app_mode": "development"}
    assert again.order("roles") == told
    again.reset()
    assert again.order("roles") == {**told, "tester": "none", "app_mode": "live"}


def told(caller: Caller, *, is_test: bool) -> bool:
    """Whether an event is on its way: the dashboard's test, or that of a person who writes."""
    world = caller.sandbox.scene.world
    world.callback = Callback(url="http://127.0.0.1:9/hook", fields=["messages"])
    world.subscriptions[caller.sandbox.user_id] = ["messages"]
    if is_test:
        caller.sandbox.order("events", field="messages")
    else:
        caller.sandbox.order("messages", text="Hi")
    return bool(world.outbox)


def test_in_development_test_events_come_and_those_of_people_do_not(make: Make) -> None:
    assert told(make(app_mode="development"), is_test=True)
    caller = make(app_mode="development")
    assert not told(caller, is_test=False)
    caller.sandbox.order("roles", app_mode="live")
    assert told(caller, is_test=False)


def test_under_unified_login_events_of_people_come_where_that_is_set(make: Make) -> None:
    assert not told(make(login=LoginType.UNIFIED), is_test=False)
    assert told(make(login=LoginType.UNIFIED), is_test=True)
    assert told(make(login=LoginType.UNIFIED, unified_webhooks=True), is_test=False)
    assert told(make(), is_test=False)
