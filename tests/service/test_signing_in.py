"""Sign-in by token and by consent, under each login, and every way in which it can go wrong."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.app import App
from pressroom.core.errors import GraphError, Refused, SettingRefused, SignInRequired
from pressroom.core.secret import Secret
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import asked_by_default
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.state.seeding import AccountSeed
from tests.service.signing_in import APP, BACK, Desk, a_desk

FACEBOOK, INSTAGRAM, UNIFIED = LoginType.FACEBOOK, LoginType.INSTAGRAM, LoginType.UNIFIED
FACEBOOK_TOKEN = "EAAsandbox0123456789"


async def by_browser(desk: Desk, login_type: LoginType, **more: str) -> Any:
    async with desk.pressroom() as pressroom:
        asking = await pressroom.accounts.ask_consent(login_type, APP, redirect_uri=BACK)
        found = await pressroom.accounts.answer_consent(asking, await desk.allow(asking, **more))
        return await pressroom.accounts.keep(found.accounts[0])


@pytest.mark.parametrize("shape", ["flat", "wrapped"])
async def test_consent_under_instagram_login_gives_a_long_lived_token(tmp_path: Path, shape: str) -> None:
    async with a_desk(tmp_path, code_answer=shape) as desk:
        signed_in = await by_browser(desk, INSTAGRAM)
        stored = signed_in.stored
        assert (stored.user_id, signed_in.username) == (desk.sandbox.user_id, "pressroom.sandbox")
        assert stored.token_expires_at == desk.clock.now() + timedelta(days=60)
        assert stored.details.account_type == "BUSINESS"
        asked = {one.name_under(INSTAGRAM) for one in asked_by_default(INSTAGRAM)}
        assert set(stored.details.permissions or ()) == asked


async def test_consent_under_facebook_login_keeps_the_pages_token_which_has_no_end(tmp_path: Path) -> None:
    async with a_desk(tmp_path, token=FACEBOOK_TOKEN) as desk:
        stored = (await by_browser(desk, FACEBOOK)).stored
        assert (stored.login_type, stored.details.never_ends, stored.token_expires_at) == (
            FACEBOOK,
            True,
            None,
        )
        assert stored.details.data_access_expires_at == desk.clock.now() + timedelta(days=90)
        desk.clock.advance(80 * 24 * 3600)
        async with desk.pressroom() as pressroom:
            [standing] = await pressroom.accounts.standings()
        assert (standing.state, standing.days_left) == ("works", 10)


async def test_several_accounts_of_one_person_are_found_and_kept_by_their_names(tmp_path: Path) -> None:
    async with a_desk(tmp_path, token=FACEBOOK_TOKEN) as desk, desk.pressroom() as pressroom:
        first = await pressroom.accounts.find(Secret(desk.sandbox.token))
        _, other = desk.sandbox.add_account(AccountSeed(username="cafe", login=FACEBOOK))
        second = await pressroom.accounts.find(Secret(other))
        kept = [await pressroom.accounts.keep(one.accounts[0]) for one in (first, second, first)]
    assert [one.stored.name for one in kept] == ["default", "cafe", "default"]
    assert [one.stored.is_default for one in kept] == [True, False, True]


async def test_the_app_is_kept_sealed_once_its_secret_has_worked(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await by_browser(desk, INSTAGRAM)
        async with desk.pressroom() as pressroom:
            kept = await pressroom.accounts.app(INSTAGRAM)
            assert await pressroom.accounts.app(FACEBOOK) is None
        assert kept == App(APP.app_id, APP.secret, BACK)
        stored = desk.store.accounts.app(INSTAGRAM, "127.0.0.1:1")
        assert stored is not None
        assert APP.secret.reveal().encode() not in stored.sealed_secret


async def test_the_environments_app_goes_before_the_one_kept(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await by_browser(desk, INSTAGRAM)
        ours = replace(desk.settings, instagram_app_id="16", instagram_app_secret=Secret("another-secret"))
        async with replace(desk, settings=ours).pressroom() as pressroom:
            assert await pressroom.accounts.app(INSTAGRAM) == App("16", Secret("another-secret"))


@pytest.mark.parametrize(
    ("settings", "login_type"),
    [
        ({}, INSTAGRAM),
        ({"token": FACEBOOK_TOKEN}, FACEBOOK),
        ({"token": FACEBOOK_TOKEN, "login": UNIFIED, "checks_app": False}, UNIFIED),
        ({"token": FACEBOOK_TOKEN, "login": UNIFIED, "unified_me": "account"}, UNIFIED),
        ({"token": "neither0123456789"}, INSTAGRAM),
        ({"token": "neither0123456789", "login": FACEBOOK}, FACEBOOK),
    ],
)
async def test_the_login_of_a_pasted_token_is_found_out(
    tmp_path: Path, settings: dict[str, Any], login_type: LoginType
) -> None:
    async with a_desk(tmp_path, **settings) as desk, desk.pressroom() as pressroom:
        found = await pressroom.accounts.find(Secret(desk.sandbox.token))
    assert [(one.account.login_type, one.account.user_id) for one in found.accounts] == [
        (login_type, desk.sandbox.user_id)
    ]


async def test_a_short_lived_token_is_exchanged_where_the_apps_secret_is_known(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        token = desk.sandbox.scene.world.tokens[desk.sandbox.token]
        token.created_at = desk.clock.now().timestamp()
        token.expires_at = token.created_at + 3600
        async with desk.pressroom() as pressroom:
            [as_it_is] = (await pressroom.accounts.find(Secret(desk.sandbox.token))).accounts
        assert (as_it_is.account.token.reveal(), as_it_is.expires_at) == (desk.sandbox.token, None)
        ours = replace(desk.settings, instagram_app_id=APP.app_id, instagram_app_secret=APP.secret)
        async with replace(desk, settings=ours).pressroom() as pressroom:
            [exchanged] = (await pressroom.accounts.find(Secret(desk.sandbox.token))).accounts
        assert exchanged.expires_at == desk.clock.now() + timedelta(days=60)


async def test_a_token_of_the_other_login_is_refused_before_any_call(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        async with desk.pressroom(INSTAGRAM_API_BASE="https://graph.facebook.com") as pressroom:
            with pytest.raises(SettingRefused) as refused:
                await pressroom.accounts.find(Secret("IGAAx0123456789"))
        assert (refused.value.rule, desk.sandbox.calls()) == ("token_host", [])


async def test_a_login_that_the_token_cannot_be_of_is_refused(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
        with pytest.raises(SettingRefused) as refused:
            await pressroom.accounts.find(Secret(desk.sandbox.token), login_type=FACEBOOK)
    assert refused.value.rule == "login_type"


async def test_a_token_that_nobody_takes_says_so(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
        with pytest.raises(SignInRequired, match="does not take the token"):
            await pressroom.accounts.find(Secret("neither9876543210"))


class TestBadAnswers:
    """What a person may paste. Nothing is stored, and the right address still works."""

    @pytest.mark.parametrize(
        ("pasted", "rule"),
        [
            ("", "redirect_address"),
            ("hello", "redirect_address"),
            ("IGAAtoken0123456789", "redirect_address"),
            ("https://elsewhere.example/?code=c&state=s", "redirect_address"),
            (f"{BACK}?code=c", "state"),
            (f"{BACK}?code=c&state=somebody-elses", "state"),
            (f"{BACK}?error=access_denied&state=somebody-elses", "state"),
        ],
    )
    async def test_what_is_no_answer_is_refused_and_uses_up_nothing(
        self, tmp_path: Path, pasted: str, rule: str
    ) -> None:
        async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
            asking = await pressroom.accounts.ask_consent(INSTAGRAM, APP, redirect_uri=BACK)
            right = await desk.allow(asking)
            calls = len(desk.sandbox.calls())
            with pytest.raises(Refused) as refused:
                await pressroom.accounts.answer_consent(asking, pasted)
            assert (refused.value.rule, len(desk.sandbox.calls())) == (rule, calls)
            assert desk.store.accounts.list() == ()
            assert (await pressroom.accounts.answer_consent(asking, f"  {right}\n")).accounts

    async def test_an_address_that_a_terminal_broke_into_lines_is_whole_again(self, tmp_path: Path) -> None:
        async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
            asking = await pressroom.accounts.ask_consent(INSTAGRAM, APP, redirect_uri=BACK)
            right = await desk.allow(asking)
            assert (await pressroom.accounts.answer_consent(asking, f"{right[:40]}\n  {right[40:]}")).accounts

    async def test_a_refused_consent_is_told_as_one(self, tmp_path: Path) -> None:
        async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
            asking = await pressroom.accounts.ask_consent(INSTAGRAM, APP, redirect_uri=BACK)
            denied = await desk.allow(asking, decision="deny")
            with pytest.raises(SignInRequired, match="The access was not allowed: The user denied"):
                await pressroom.accounts.answer_consent(asking, denied)
            assert desk.store.accounts.list() == ()
            assert desk.store.accounts.app(INSTAGRAM, "127.0.0.1:1") is None

    async def test_a_code_that_was_used_says_so_and_what_to_do(self, tmp_path: Path) -> None:
        async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
            asking = await pressroom.accounts.ask_consent(INSTAGRAM, APP, redirect_uri=BACK)
            address = await desk.allow(asking)
            await pressroom.accounts.answer_consent(asking, address)
            with pytest.raises(GraphError, match="A code works once") as refused:
                await pressroom.accounts.answer_consent(asking, address)
            assert "Sign in again" in refused.value.fix

    async def test_the_words_of_metas_page_are_recognised_when_they_are_pasted(self, tmp_path: Path) -> None:
        async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
            asking = await pressroom.accounts.ask_consent(INSTAGRAM, APP, redirect_uri=BACK)
            with pytest.raises(SignInRequired, match="Instagram app ID, another number"):
                await pressroom.accounts.answer_consent(asking, "Error: Invalid platform app")

    async def test_a_wrong_secret_stores_neither_app_nor_account(self, tmp_path: Path) -> None:
        wrong = App(APP.app_id, Secret("not-the-apps-secret"))
        async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
            asking = await pressroom.accounts.ask_consent(INSTAGRAM, wrong, redirect_uri=BACK)
            with pytest.raises(GraphError):
                await pressroom.accounts.answer_consent(asking, await desk.allow(asking))
            assert desk.store.accounts.list() == ()
            assert desk.store.accounts.app(INSTAGRAM, "127.0.0.1:1") is None


@pytest.mark.parametrize(
    ("login_type", "app", "redirect_uri", "rule"),
    [
        (UNIFIED, APP, BACK, "login_type"),
        (INSTAGRAM, App("my app", Secret("app-secret-0123")), BACK, "app_id"),
        (INSTAGRAM, APP, "http://app.example/back/", "redirect_uri"),
        (INSTAGRAM, APP, "app.example", "redirect_uri"),
        (INSTAGRAM, APP, "https://app.example/#part", "redirect_uri"),
    ],
)
async def test_a_question_that_meta_cannot_answer_is_refused_before_it_is_asked(
    tmp_path: Path, login_type: LoginType, app: App, redirect_uri: str, rule: str
) -> None:
    async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
        with pytest.raises(Refused) as refused:
            await pressroom.accounts.ask_consent(login_type, app, redirect_uri=redirect_uri)
    assert refused.value.rule == rule


@pytest.mark.parametrize(
    ("login_type", "place"),
    [
        (INSTAGRAM, "https://www.instagram.com/oauth/authorize?"),
        (FACEBOOK, "https://www.facebook.com/v21.0/dialog/oauth?"),
    ],
)
async def test_on_instagram_itself_the_page_is_on_the_one_host_that_has_it(
    tmp_path: Path, login_type: LoginType, place: str
) -> None:
    async with a_desk(tmp_path) as desk, desk.pressroom(INSTAGRAM_API_BASE="") as pressroom:
        asking = await pressroom.accounts.ask_consent(login_type, APP, redirect_uri=BACK)
    assert asking.address.startswith(place)


async def test_secrets_of_a_sign_in_are_not_in_its_repr(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
        asking = await pressroom.accounts.ask_consent(INSTAGRAM, APP, redirect_uri=BACK)
        assert asking.state.reveal() not in repr(asking)
        assert APP.secret.reveal() not in repr(asking)


async def test_permissions_of_a_pasted_token_are_not_told_and_those_of_a_consent_are(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.sandbox.faults.add(Fault(on="refresh", kind=FaultKind.ERROR, code=100))
        async with desk.pressroom() as pressroom:
            [pasted] = (await pressroom.accounts.find(Secret(desk.sandbox.token))).accounts
            await pressroom.accounts.keep(pasted, name="pasted")
            assert {one.is_granted for one in await pressroom.accounts.permissions("pasted")} == {None}
        await by_browser(desk, INSTAGRAM)
        async with desk.pressroom() as pressroom:
            assert {one.is_granted for one in await pressroom.accounts.permissions("pasted")} == {True}


async def test_facebook_is_asked_for_the_permissions_of_its_logins(tmp_path: Path) -> None:
    async with a_desk(tmp_path, token=FACEBOOK_TOKEN) as desk, desk.pressroom() as pressroom:
        [found] = (await pressroom.accounts.find(Secret(desk.sandbox.token))).accounts
        await pressroom.accounts.keep(found)
        for token in desk.sandbox.scene.world.tokens.values():
            token.scopes = ["instagram_basic", "pages_show_list"]
        granted = {one.name: one.is_granted for one in await pressroom.accounts.permissions("default")}
    assert granted["instagram_basic"]
    assert granted["instagram_content_publish"] is False
