"""Sign-in by token and by consent, under each login, and every way in which it can go wrong."""

import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pressroom.accounts.keys import master_keys
from pressroom.accounts.vault import open_vault
from pressroom.core.account import App
from pressroom.core.errors import GraphError, NotFound, Refused, SettingRefused, SignInRequired
from pressroom.core.secret import Secret
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import asked_by_default
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.state.seeding import AccountSeed
from tests.service.signing_in import APP, BACK, BASE, FACEBOOK_TOKEN, Desk, a_desk

FACEBOOK, INSTAGRAM, UNIFIED = LoginType.FACEBOOK, LoginType.INSTAGRAM, LoginType.UNIFIED


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


async def test_where_facebook_tells_nothing_of_a_token_its_consent_tells_how_long_it_lasts(
    tmp_path: Path,
) -> None:
    async with a_desk(tmp_path, token=FACEBOOK_TOKEN) as desk:
        desk.sandbox.faults.add(Fault(on="debug_token", kind=FaultKind.ERROR, code=100, times=None))
        stored = (await by_browser(desk, FACEBOOK)).stored
        assert (stored.details.never_ends, stored.token_expires_at) == (True, None)
        assert stored.details.data_access_expires_at == desk.clock.now() + timedelta(days=90)


async def test_several_accounts_of_one_person_are_found_and_kept_by_their_names(tmp_path: Path) -> None:
    async with a_desk(tmp_path, token=FACEBOOK_TOKEN) as desk, desk.pressroom() as pressroom:
        first = await pressroom.accounts.find(Secret(desk.sandbox.token))
        _, other = desk.sandbox.add_account(AccountSeed(username="cafe", login=FACEBOOK))
        second = await pressroom.accounts.find(Secret(other))
        kept = [await pressroom.accounts.keep(one.accounts[0]) for one in (first, second, first)]
    assert [one.stored.name for one in kept] == ["default", "cafe", "default"]
    assert [one.stored.is_default for one in kept] == [True, False, True]


async def test_a_name_that_is_taken_is_not_taken_away(tmp_path: Path) -> None:
    """A second account of the same username, and a second login of the same account."""
    async with a_desk(tmp_path, username="shop", token=FACEBOOK_TOKEN) as desk, desk.pressroom() as pressroom:
        ours = (await pressroom.accounts.find(Secret(desk.sandbox.token))).accounts[0]
        _, other = desk.sandbox.add_account(AccountSeed(username="shop", login=FACEBOOK))
        theirs = (await pressroom.accounts.find(Secret(other))).accounts[0]
        by_instagram = replace(ours, account=replace(ours.account, login_type=INSTAGRAM))
        names = [
            (await pressroom.accounts.keep(one)).stored.name
            for one in (ours, theirs, by_instagram, ours, by_instagram)
        ]
    assert names == ["default", "shop", "shop-2", "default", "shop-2"]


async def test_an_account_is_meant_by_its_id_as_well(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
        [found] = (await pressroom.accounts.find(Secret(desk.sandbox.token))).accounts
        await pressroom.accounts.keep(found, name="ana")
        account = f"{desk.sandbox.user_id}@127.0.0.1:1"
        assert (await pressroom.accounts.choose_default(account)).name == "ana"
        assert (await pressroom.accounts.set_timezone(account, "Asia/Tokyo")).timezone == "Asia/Tokyo"
        assert (await pressroom.accounts.set_language(account, "EN")).language == "en"
        with pytest.raises(NotFound):
            await pressroom.accounts.choose_default("ben")
        assert desk.store.accounts.get("ana").is_default


async def test_an_app_whose_key_is_gone_is_asked_for_again_and_hinders_no_sign_in(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        await by_browser(desk, INSTAGRAM)
        other_key = replace(desk.settings, key=Secret("A" * 43))
        async with replace(desk, settings=other_key).pressroom() as pressroom:
            assert await pressroom.accounts.app(INSTAGRAM) is None
            assert (await pressroom.accounts.find(Secret(desk.sandbox.token))).accounts


async def test_an_apps_secret_is_sealed_anew_with_the_tokens_and_opens_as_no_token(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        signed_in = await by_browser(desk, INSTAGRAM)
        app = desk.store.accounts.app(INSTAGRAM, "127.0.0.1:1")
        assert app
        [old] = master_keys(desk.settings, None)
        both = f"{'A' * 43},{base64.urlsafe_b64encode(old).decode()}"
        vault = open_vault(desk.store, replace(desk.settings, key=Secret(both)))
        assert vault.reseal() == 1
        alone = open_vault(desk.store, replace(desk.settings, key=Secret("A" * 43)))
        assert alone.app(INSTAGRAM, BASE) == App(APP.app_id, APP.secret, BACK)
        stolen = replace(signed_in.stored, user_id=UserId(app.app_id), sealed_token=app.sealed_secret)
        desk.store.accounts.put(replace(stolen, name="stolen", api_base="https://127.0.0.1:1"))
        with pytest.raises(SignInRequired):
            alone.account("stolen")


@pytest.mark.parametrize("way", ["token", "browser"])
async def test_a_user_id_chooses_among_the_pages_accounts_and_keeps_what_they_need(
    tmp_path: Path, way: str
) -> None:
    """The Page's own token is kept, and a Page without the task is refused, as without a user id."""
    async with a_desk(tmp_path, token=FACEBOOK_TOKEN) as desk:
        for user_id, is_ours in ((desk.sandbox.user_id, True), ("17841499999999999", False)):
            async with desk.pressroom(INSTAGRAM_USER_ID=user_id) as pressroom:
                if way == "token":
                    looking = pressroom.accounts.find(Secret(desk.sandbox.token))
                else:
                    asking = await pressroom.accounts.ask_consent(FACEBOOK, APP, redirect_uri=BACK)
                    looking = pressroom.accounts.answer_consent(asking, await desk.allow(asking))
                if is_ours:
                    [found] = (await looking).accounts
                    assert (found.details.never_ends, found.page) == (True, "Pressroom Sandbox")
                else:
                    with pytest.raises(SettingRefused):
                        await looking
    async with (
        a_desk(tmp_path, token=FACEBOOK_TOKEN, page="no_task") as desk,
        desk.pressroom(INSTAGRAM_USER_ID=desk.sandbox.user_id) as pressroom,
    ):
        with pytest.raises(SignInRequired, match="neither of the tasks"):
            await pressroom.accounts.find(Secret(desk.sandbox.token))


async def test_where_facebook_tells_nothing_of_a_token_the_exchange_has_told_its_end(tmp_path: Path) -> None:
    async with a_desk(tmp_path, token=FACEBOOK_TOKEN) as desk:
        desk.sandbox.faults.add(Fault(on="debug_token", kind=FaultKind.ERROR, code=100, times=9))
        assert (await by_browser(desk, FACEBOOK)).stored.details.never_ends


async def test_a_login_whose_data_access_is_over_is_warned_of_at_once(tmp_path: Path) -> None:
    async with (
        a_desk(tmp_path, token=FACEBOOK_TOKEN, agreed_days_ago=91.0) as desk,
        desk.pressroom() as pressroom,
    ):
        [found] = (await pressroom.accounts.find(Secret(desk.sandbox.token))).accounts
        signed_in = await pressroom.accounts.keep(found)
    assert "The access that Facebook Login gives to default has ended" in (signed_in.warning or "")


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
            ("http://[abc", "redirect_address"),
            (f"{BACK}?code=c&state=\ud800", "state"),
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

    async def test_the_words_of_facebooks_page_are_explained(self, tmp_path: Path) -> None:
        blocked = "URL Blocked\nThis redirect failed because the redirect URI is not whitelisted in the app"
        async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
            asking = await pressroom.accounts.ask_consent(INSTAGRAM, APP, redirect_uri=BACK)
            with pytest.raises(SignInRequired, match="not among those that are registered"):
                await pressroom.accounts.answer_consent(asking, blocked)

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
        (INSTAGRAM, APP, "https://[abc", "redirect_uri"),
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
