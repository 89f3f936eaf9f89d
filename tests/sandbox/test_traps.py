"""Every trap on the way to a token can be provoked by its name, and is met in its literal words."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.graph.hosts import LoginType
from pressroom.graph.traps import TRAPS, recognised, trap
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.state.things import Callback
from pressroom.sandbox.traps import PRESETS, changes_of, with_trap
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import BACK, Caller, consent_query, exchange_form
from tests.sandbox.conftest import PLAIN

HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "sandbox.md"
ASK = {**consent_query(), "decision": "allow"}
PICTURE = "https://example.com/a.jpg"
Trapped = Callable[[str], Caller]


@pytest.fixture
def trapped(clock: FakeClock) -> Trapped:
    """Make a caller of a sandbox that provokes a trap."""
    return lambda name: Caller(Sandbox(with_trap(PLAIN, name), clock=clock))


async def authorize(caller: Caller, host: str = "www.instagram.com", **more: str) -> str:
    got = await Caller(caller.sandbox, token="", host=host).get("/oauth/authorize", **{**ASK, **more})
    return got.headers.get("location") or got.body.decode()


async def publish(caller: Caller) -> str:
    got = await caller.post(f"/{caller.sandbox.user_id}/media", image_url=PICTURE)
    return got.body.decode()


def is_told(caller: Caller) -> bool:
    """Whether a webhook is on its way when somebody writes, and the app has a callback."""
    world = caller.sandbox.scene.world
    world.callback = Callback(url="http://127.0.0.1:9/hook", fields=["messages"])
    caller.sandbox.order("messages", text="Hi")
    return bool(world.outbox)


def test_every_trap_has_a_preset_and_no_other_has() -> None:
    assert list(PRESETS) == [one.name for one in TRAPS]


def test_every_preset_says_in_a_sentence_how_and_changes_what_there_is() -> None:
    for name, preset in PRESETS.items():
        assert preset.how.endswith("."), name
        assert changes_of([name]).keys() <= SandboxSettings.__dataclass_fields__.keys()
        with_trap(SandboxSettings(), name)  # of the right types


def test_the_howto_lists_every_trap_with_its_title_and_how_it_is_provoked() -> None:
    text = HOWTO.read_text()
    for name, preset in PRESETS.items():
        assert f"| `{name}` | {trap(name).title} | {preset.how} |" in text


def test_two_traps_that_want_a_setting_differently_are_refused() -> None:
    assert set(changes_of(["code-used", "webhooks-development"])) == {
        "codes_spent",
        "app_mode",
        "subscription",
    }
    with pytest.raises(ValueError, match="no-page and page-task want another page each"):
        changes_of(["no-page", "page-task"])
    with pytest.raises(ValueError, match=r"Did you mean no-role\?"):
        with_trap(SandboxSettings(), "no-rol")


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("insufficient-role", {}),
        ("wrong-app-id", {"client_id": "1400000000000001"}),
        ("redirect-mismatch", {}),
        ("old-scopes", {"scope": "business_basic"}),
        ("authorize-host", {"host": "api.instagram.com"}),
    ],
)
async def test_at_consent(trapped: Trapped, name: str, more: dict[str, str]) -> None:
    assert recognised(await authorize(trapped(name), **more)) is trap(name)
    assert (await authorize(Caller(Sandbox(PLAIN)))).startswith(BACK)  # a sandbox without it


async def test_the_trap_code_used(trapped: Trapped) -> None:
    caller = trapped("code-used")
    code = (await authorize(caller)).partition("code=")[2].removesuffix("#_")
    got = await caller.post("/oauth/access_token", **exchange_form(code))
    assert recognised(got.json["error_message"]) is trap("code-used")


async def test_the_trap_no_role(trapped: Trapped) -> None:
    caller = trapped("no-role")
    assert (await authorize(caller)).startswith(BACK)
    assert recognised((await caller.get("/me")).message) is trap("no-role")


@pytest.mark.parametrize("login", list(LoginType))
@pytest.mark.parametrize("name", ["missing-permission", "unused-permission"])
async def test_without_the_permission_reading_works_and_publishing_does_not(
    login: LoginType, name: str
) -> None:
    caller = Caller(Sandbox(with_trap(replace(PLAIN, login=login), name)))
    assert (await caller.get(f"/{caller.sandbox.user_id}")).status == 200
    assert recognised(await publish(caller)) is trap("missing-permission")  # the same words


async def test_the_trap_wrong_host(trapped: Trapped) -> None:
    caller = trapped("wrong-host")
    other = Caller(caller.sandbox, host="graph.facebook.com")
    assert recognised((await other.get("/me")).message) is trap("wrong-host")


async def test_the_traps_of_webhooks(trapped: Trapped) -> None:
    caller = trapped("webhooks-development")
    assert (await caller.post("/me/subscribed_apps", subscribed_fields="messages")).status == 200
    assert not is_told(caller)
    caller = trapped("webhooks-unsubscribed")
    assert not is_told(caller)
    assert (await caller.post("/me/subscribed_apps", subscribed_fields="messages")).status == 200
    assert is_told(caller)


async def test_the_trap_id_for_user_id(trapped: Trapped) -> None:
    me = (await trapped("id-for-user-id").get("/me", fields="id,user_id")).json
    assert me["id"] != me["user_id"]


async def test_the_trap_environment_token(trapped: Trapped) -> None:
    caller = trapped("environment-token")
    renewed = await caller.get("/refresh_access_token", grant_type="ig_refresh_token")
    assert renewed.json["access_token"] != caller.token
    assert (await caller.get("/me")).status == 200  # the old one works on, so that nothing tells


async def test_the_trap_login_lacks(trapped: Trapped) -> None:
    assert (await trapped("login-lacks").get("/ig_hashtag_search", q="press")).status == 400


@pytest.mark.parametrize("name", ["no-page", "page-not-picked"])
async def test_the_traps_of_pages_that_are_not_listed(trapped: Trapped, name: str) -> None:
    assert (await trapped(name).get("/me/accounts")).json == {"data": []}


async def test_the_trap_page_unlinked(trapped: Trapped) -> None:
    listed = await trapped("page-unlinked").get("/me/accounts", fields="instagram_business_account")
    assert "instagram_business_account" not in listed.json["data"][0]


async def test_the_trap_page_task(trapped: Trapped) -> None:
    caller = trapped("page-task")
    assert "does not have permission" in await publish(caller)
    assert (await caller.get(f"/{caller.sandbox.user_id}")).status == 200


async def test_the_trap_data_access_expired(trapped: Trapped) -> None:
    caller = trapped("data-access-expired")
    assert (await caller.get(f"/{caller.sandbox.user_id}")).error == (10, None)
    told = (await caller.get("/debug_token", input_token=caller.token)).json["data"]
    assert told["is_valid"] is True
    assert told["data_access_expires_at"] < caller.sandbox.clock.unix()
