"""Each trap of sign-in, provoked in the sandbox: login and doctor name the cause, and the remedy helps."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import App
from pressroom.core.errors import PressroomError, SettingRefused
from pressroom.core.protocols import Request
from pressroom.core.secret import Secret
from pressroom.graph.hosts import LoginType
from pressroom.graph.traps import TRAPS, recognised, trap
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.state.things import AccountType
from pressroom.sandbox.traps import changes_of
from pressroom.service.accounts.signing_in import SignedIn
from pressroom.service.doctor.findings import Report, Verdict
from tests.service.signing_in import APP, BACK, Desk, a_desk

pytestmark = pytest.mark.usefixtures("long_run")

FACEBOOK_TOKEN = "EAAsandbox0123456789"
REGISTERED = "https://app.example/registered/"
Walk = Callable[[Path], Awaitable[None]]


@asynccontextmanager
async def provoked(home: Path, name: str, **settings: Any) -> AsyncGenerator[Desk]:
    """Open a desk at a sandbox with a trap, as `sandbox serve --trap NAME` is."""
    changes = changes_of([name])
    if changes.get("login") is LoginType.FACEBOOK:
        settings.setdefault("token", FACEBOOK_TOKEN)
    async with a_desk(home, **{"checks_app": False, **changes, **settings}) as desk:
        yield desk


def mended(desk: Desk, **settings: Any) -> Desk:
    """Have somebody change at Meta what the remedy says: the same accounts and tokens, set otherwise."""
    sandbox = Sandbox(replace(desk.sandbox.settings, **settings), clock=desk.clock)
    sandbox.import_state(desk.sandbox.export_state())
    return replace(desk, sandbox=sandbox)


async def signed_in(desk: Desk) -> SignedIn:
    """Sign in by the token, as it stands in the dashboard."""
    async with desk.pressroom() as pressroom:
        found = await pressroom.accounts.find(Secret(desk.sandbox.token))
        return await pressroom.accounts.keep(found.accounts[0])


async def by_browser(
    desk: Desk, login: LoginType = LoginType.INSTAGRAM, *, app: App = APP, redirect_uri: str = BACK
) -> SignedIn:
    async with desk.pressroom() as pressroom:
        asking = await pressroom.accounts.ask_consent(login, app, redirect_uri=redirect_uri)
        found = await pressroom.accounts.answer_consent(asking, await desk.allow(asking))
        return await pressroom.accounts.keep(found.accounts[0])


async def assert_login_names(name: str, attempt: Awaitable[object]) -> None:
    """The attempt fails, and says cause and remedy in the words of the table."""
    with pytest.raises(PressroomError) as failed:
        await attempt
    assert trap(name).cause in failed.value.message, failed.value.message
    assert trap(name).remedy in failed.value.fix


async def examined(desk: Desk, **environ: str) -> Report:
    async with desk.pressroom(**environ) as pressroom:
        return await pressroom.accounts.doctor()


async def by_token(desk: Desk, **environ: str) -> Report:
    """Examine with the sandbox's token in the environment."""
    return await examined(desk, INSTAGRAM_ACCESS_TOKEN=desk.sandbox.token, **environ)


def assert_named(report: Report, name: str) -> None:
    """Some finding that is not in order names the trap, and says its cause and remedy."""
    named = [one for one in report.findings if name in one.traps and one.verdict is not Verdict.OK]
    assert named, [(one.name, one.verdict, one.seen) for one in report.findings]
    assert all(one.cause and one.consequence and str(one.remedy) for one in named)


def assert_green(report: Report) -> None:
    wrong = [(one.name, one.seen, one.cause) for one in report.findings if one.verdict is not Verdict.OK]
    assert wrong == []


async def page_at(desk: Desk, url: str) -> str:
    """Give what a browser shows at an address."""
    request = Request(method="GET", url=url, headers={}, body=None, timeout_s=30.0)
    reply = await AsgiTransport(desk.sandbox.app, clock=desk.clock).send(request)
    assert reply.status >= 400
    return reply.body.decode()


async def assert_page_explained(
    desk: Desk, name: str, *, app: App = APP, redirect_uri: str = BACK, **changed: str
) -> None:
    """The browser ends at a page; its words, pasted in place of the address, tell the cause."""
    async with desk.pressroom() as pressroom:
        asking = await pressroom.accounts.ask_consent(LoginType.INSTAGRAM, app, redirect_uri=redirect_uri)
        address = asking.address
        for before, after in changed.items():
            address = address.replace(before, after)
        page = await page_at(desk, f"{address}&decision=allow")
        assert recognised(page) is trap(name), page
        await assert_login_names(name, pressroom.accounts.answer_consent(asking, page))


async def insufficient_role(home: Path) -> None:
    async with provoked(home, "insufficient-role") as desk:
        await assert_page_explained(desk, "insufficient-role")
        desk.sandbox.order("roles", tester="accepted")
        await by_browser(desk)
        assert_green(await examined(desk))


async def no_role(home: Path) -> None:
    async with provoked(home, "no-role") as desk:
        await assert_login_names("no-role", signed_in(desk))
        assert_named(await by_token(desk), "no-role")
        desk.sandbox.order("roles", tester="accepted")
        await signed_in(desk)
        assert_green(await examined(desk))


async def authorize_host(home: Path) -> None:
    async with provoked(home, "authorize-host") as desk, desk.pressroom(INSTAGRAM_API_BASE="") as pressroom:
        asking = await pressroom.accounts.ask_consent(LoginType.INSTAGRAM, APP, redirect_uri=BACK)
        elsewhere = asking.address.replace("www.instagram.com", "api.instagram.com")
        page = await page_at(desk, elsewhere)
        await assert_login_names("authorize-host", pressroom.accounts.answer_consent(asking, page))
        assert asking.address.startswith("https://www.instagram.com/oauth/authorize?")
        await by_browser(desk)
        assert_green(await examined(desk))


async def wrong_app_id(home: Path) -> None:
    of_meta = App("1400000000000001", Secret("the-meta-apps-secret"))
    async with provoked(home, "wrong-app-id") as desk:
        await assert_page_explained(desk, "wrong-app-id", app=of_meta)
        await by_browser(desk)
        assert_green(await examined(desk))


async def wrong_app_secret(home: Path) -> None:
    async with provoked(home, "wrong-app-secret") as desk:
        wrong = App(APP.app_id, Secret("a-secret-that-was-reset"))
        await assert_login_names("wrong-app-secret", by_browser(desk, app=wrong))
        await by_browser(desk)
        assert_green(await examined(desk))


async def redirect_mismatch(home: Path) -> None:
    async with provoked(home, "redirect-mismatch") as desk:
        await assert_page_explained(desk, "redirect-mismatch", redirect_uri=REGISTERED.removesuffix("/"))
        await by_browser(desk, redirect_uri=REGISTERED)
        assert_green(await examined(desk))


async def code_used(home: Path) -> None:
    async with provoked(home, "code-used") as desk:
        await assert_login_names("code-used", by_browser(desk))
        once = mended(desk, codes_spent=False)
        await by_browser(once)
        assert_green(await examined(once))


async def old_scopes(home: Path) -> None:
    async with provoked(home, "old-scopes") as desk:
        await assert_page_explained(desk, "old-scopes", instagram_business_basic="business_basic")
        await by_browser(desk)
        assert_green(await examined(desk))


async def missing_permission(home: Path) -> None:
    async with provoked(home, "missing-permission") as desk:
        await by_browser(desk)
        assert_named(await examined(desk), "missing-permission")
        granting = mended(desk, granted=(), token_scopes=())
        await by_browser(granting)
        assert_green(await examined(granting))


async def unused_permission(home: Path) -> None:
    async with provoked(home, "unused-permission") as desk:
        assert_named(await by_token(desk), "unused-permission")
        await by_browser(desk)
        assert_green(await examined(desk))


async def wrong_host(home: Path) -> None:
    async with provoked(home, "wrong-host") as desk:
        other = {"INSTAGRAM_API_BASE": "https://graph.facebook.com"}
        async with desk.pressroom(**other) as pressroom:
            with pytest.raises(SettingRefused, match=r"graph\.facebook\.com takes only tokens of"):
                await pressroom.accounts.find(Secret(desk.sandbox.token))
        assert_named(await by_token(desk, **other), "wrong-host")
        await signed_in(desk)
        assert_green(await examined(desk))


async def unknown_token(home: Path) -> None:
    async with provoked(home, "unknown-token") as desk:
        cut = desk.sandbox.token[:20]
        async with desk.pressroom() as pressroom:
            await assert_login_names("unknown-token", pressroom.accounts.find(Secret(cut)))
        report = await examined(desk, INSTAGRAM_ACCESS_TOKEN=cut)
        assert_named(report, "unknown-token")
        await signed_in(desk)
        assert_green(await examined(desk))


async def subscribe(desk: Desk, fields: str) -> None:
    async with desk.pressroom(INSTAGRAM_ACCESS_TOKEN=desk.sandbox.token) as pressroom:
        await pressroom.accounts.call("POST", "me/subscribed_apps", {"subscribed_fields": fields})


async def webhooks_development(home: Path) -> None:
    """Whether the app is Live no call tells, so that the doctor asks a person, before and after."""
    async with provoked(home, "webhooks-development") as desk:
        report = await by_token(desk)
        assert_named(report, "webhooks-development")
        desk.sandbox.order("roles", app_mode="live")
        assert not (await by_token(desk)).has_failed


async def webhooks_unsubscribed(home: Path) -> None:
    async with provoked(home, "webhooks-unsubscribed") as desk:
        assert_named(await by_token(desk), "webhooks-unsubscribed")
        await subscribe(desk, "comments")
        assert_named(await by_token(desk), "webhooks-unsubscribed")
        await subscribe(desk, "comments,messages,mentions,story_insights,live_comments")
        named = [one.name for one in (await by_token(desk)).findings if "webhooks-unsubscribed" in one.traps]
        assert named == []


async def id_for_user_id(home: Path) -> None:
    async with provoked(home, "id-for-user-id") as desk:
        scoped = desk.sandbox.scene.world.accounts[desk.sandbox.user_id].app_scoped_id
        assert_named(await by_token(desk, INSTAGRAM_USER_ID=scoped), "id-for-user-id")
        assert_green(await by_token(desk))


async def environment_token(home: Path) -> None:
    async with provoked(home, "environment-token") as desk:
        await signed_in(desk)
        assert_named(await by_token(desk), "environment-token")
        assert_green(await examined(desk))


async def login_lacks(home: Path) -> None:
    async with provoked(home, "login-lacks", token=FACEBOOK_TOKEN) as desk:
        creator = desk.sandbox.scene.world.accounts[desk.sandbox.user_id]
        creator.account_type = AccountType.MEDIA_CREATOR
        signed = await signed_in(desk)
        details = replace(signed.stored.details, account_type="MEDIA_CREATOR")
        desk.store.accounts.put(replace(signed.stored, details=details))
        assert_named(await examined(desk), "login-lacks")
    (home / "other").mkdir(mode=0o700)
    async with provoked(home / "other", "login-lacks") as desk:
        creator = desk.sandbox.scene.world.accounts[desk.sandbox.user_id]
        creator.account_type = AccountType.MEDIA_CREATOR
        await signed_in(desk)
        assert_green(await examined(desk))


def by_the_page(name: str) -> Walk:
    """Walk a trap of the Page path: a link is missing, and made."""

    async def walk(home: Path) -> None:
        async with provoked(home, name) as desk:
            await assert_login_names(name, signed_in(desk))
            assert_named(await by_token(desk), name)
            linked = mended(desk, page="linked")
            await signed_in(linked)
            assert_green(await examined(linked))

    return walk


async def data_access_expired(home: Path) -> None:
    async with provoked(home, "data-access-expired") as desk:
        report = await by_token(desk)
        assert_named(report, "data-access-expired")
        assert {finding.traps for finding in report.findings if finding.verdict is not Verdict.OK} == {
            ("data-access-expired",)
        }
        await by_browser(desk, LoginType.FACEBOOK)
        assert_green(await examined(desk))


WALKS: dict[str, Walk] = {
    "insufficient-role": insufficient_role,
    "no-role": no_role,
    "authorize-host": authorize_host,
    "wrong-app-id": wrong_app_id,
    "wrong-app-secret": wrong_app_secret,
    "redirect-mismatch": redirect_mismatch,
    "code-used": code_used,
    "old-scopes": old_scopes,
    "missing-permission": missing_permission,
    "unused-permission": unused_permission,
    "wrong-host": wrong_host,
    "unknown-token": unknown_token,
    "webhooks-development": webhooks_development,
    "webhooks-unsubscribed": webhooks_unsubscribed,
    "id-for-user-id": id_for_user_id,
    "environment-token": environment_token,
    "login-lacks": login_lacks,
    "no-page": by_the_page("no-page"),
    "page-not-picked": by_the_page("page-not-picked"),
    "page-task": by_the_page("page-task"),
    "page-unlinked": by_the_page("page-unlinked"),
    "data-access-expired": data_access_expired,
}


def test_every_trap_is_walked() -> None:
    assert sorted(WALKS) == sorted(one.name for one in TRAPS)


@pytest.mark.parametrize("name", WALKS)
async def test_login_or_doctor_names_the_cause_and_the_remedy_helps(name: str, tmp_path: Path) -> None:
    await WALKS[name](tmp_path)
