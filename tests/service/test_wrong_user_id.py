"""A user id that is not the token's account is named as that, by one call and before a file is converted."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account, account_id
from pressroom.core.assets import Asset, Rendition
from pressroom.core.errors import SettingRefused
from pressroom.core.graph_errors import ObjectNotFound
from pressroom.core.post import Post, PostKind
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import LoginType
from pressroom.publish.machine.policy import CAREFUL, FEWEST_CALLS, Policy
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.state.seeding import AccountSeed
from pressroom.service import Listeners, Pressroom, new_post
from pressroom.store.store import open_store
from tests.fakes.clock import FakeClock
from tests.service.road import a_photo, prepare_store

BASE = "http://127.0.0.1:1"
RIGHT, OF_THIS_APP, WRONG = "17841400000000001", "27841400000000001", "17841499999999999"
LOST = Fault(on="create", kind=FaultKind.ERROR, code=100, subcode=33, times=None)


@dataclass
class Desk:
    """A sandbox, and sessions on it whose owner may have set a wrong id."""

    home: Path
    token: str = ""
    clock: FakeClock = field(default_factory=FakeClock)
    converted: list[Asset] = field(default_factory=list[Asset])

    def __post_init__(self) -> None:
        given: dict[str, Any] = {"token": self.token} if self.token else {}
        self.sandbox = Sandbox(SandboxSettings(fetch="trust", **given), clock=self.clock)
        self.photo = self.home.parent / "photo.png"
        Image.new("RGB", (800, 800), "teal").save(self.photo)

    def account(self, user_id: str, token: str | None = None) -> Account:
        login = LoginType.FACEBOOK if self.sandbox.token.startswith("EAA") else LoginType.INSTAGRAM
        secret = Secret(token or self.sandbox.token)
        return Account(token=secret, user_id=UserId(user_id), api_base=BASE, login_type=login)

    def session(self, account: Account, policy: Policy = CAREFUL) -> Pressroom:
        return Pressroom(
            account,
            Settings(home=self.home),
            environ={},
            transport=AsgiTransport(self.sandbox.app, clock=self.clock),
            clock=self.clock,
            policy=policy,
            listeners=Listeners(on_rendition=self._hear),
        )

    def _hear(self, asset: Asset, _rendition: Rendition) -> None:
        self.converted.append(asset)

    def from_a_file(self) -> Post:
        return new_post(PostKind.PHOTO, [str(self.photo)], caption="Hello")

    @property
    def calls(self) -> list[str]:
        return [f"{call.method} {call.path.removeprefix('/v21.0')}" for call in self.sandbox.calls()]


@pytest.fixture(params=[False, True], ids=["without a store", "by way of a store"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    if request.param:
        prepare_store(tmp_path / "home")
    return Desk(tmp_path / "home")


async def refusal_of(desk: Desk, user_id: str, post: Post, policy: Policy = CAREFUL) -> SettingRefused:
    async with desk.session(desk.account(user_id), policy) as pressroom:
        with pytest.raises(SettingRefused) as caught:
            await pressroom.publish(post)
    assert (caught.value.rule, caught.value.value, caught.value.limit) == ("user_id", user_id, RIGHT)
    assert f"INSTAGRAM_USER_ID={RIGHT}" in caught.value.fix
    return caught.value


async def test_it_is_named_before_a_file_is_converted_with_one_call(desk: Desk) -> None:
    error = await refusal_of(desk, WRONG, desk.from_a_file())
    assert error.message == f"The token belongs to account {RIGHT}, and INSTAGRAM_USER_ID is {WRONG}."
    assert error.fix.endswith("For several accounts unset it: each token says whose it is.")
    assert (desk.calls, desk.converted) == (["GET /me"], [])


async def test_the_right_one_is_asked_for_once_a_session(desk: Desk) -> None:
    async with desk.session(desk.account(RIGHT)) as pressroom:
        for caption in ("One", "Two"):
            await pressroom.publish(new_post(PostKind.PHOTO, [str(desk.photo)], caption=caption))
    assert (desk.calls.count("GET /me"), len(desk.converted)) == (1, 2)


async def test_a_session_that_asks_in_vain_goes_on(desk: Desk) -> None:
    """What Instagram does not say proves nothing, and publishing has its own patience."""
    with_store = desk.home.exists()
    if with_store:
        with open_store(Settings(home=desk.home).store, clock=desk.clock) as store:
            store.accounts.learn(account_id(UserId(RIGHT), BASE), [])
    desk.sandbox.faults.add(Fault(on="user", kind=FaultKind.ERROR, code=2, http_status=500, times=None))
    async with desk.session(desk.account(RIGHT)) as pressroom:
        assert (await pressroom.publish(desk.from_a_file())).media_id


async def test_a_store_that_knows_whose_the_token_is_spares_the_call(desk: Desk) -> None:
    prepare_store(desk.home)
    for caption in ("One", "Two"):
        async with desk.session(desk.account(RIGHT)) as pressroom:
            await pressroom.publish(a_photo(caption))
    assert desk.calls.count("GET /me") == 1


async def test_another_accounts_token_under_a_number_that_the_store_knows_is_found_out(desk: Desk) -> None:
    prepare_store(desk.home)
    with open_store(Settings(home=desk.home).store, clock=desk.clock) as store:
        store.accounts.learn(account_id(UserId(WRONG), BASE), [])
    await refusal_of(desk, WRONG, desk.from_a_file())
    assert (desk.calls, desk.converted) == (["GET /me"], [])


@pytest.mark.parametrize("is_known", [False, True])
async def test_a_session_that_has_said_so_says_it_again(desk: Desk, is_known: bool) -> None:
    if is_known:
        prepare_store(desk.home)
        with open_store(Settings(home=desk.home).store, clock=desk.clock) as store:
            store.accounts.learn(account_id(UserId(WRONG), BASE), [])
    async with desk.session(desk.account(WRONG)) as pressroom:
        for _ in range(2):
            with pytest.raises(SettingRefused):
                await pressroom.publish(desk.from_a_file())
    assert (set(desk.calls), desk.converted) == ({"GET /me"}, [])


@pytest.mark.parametrize("user_id", [WRONG, OF_THIS_APP])
async def test_with_the_fewest_calls_it_is_named_when_a_call_fails(tmp_path: Path, user_id: str) -> None:
    desk = Desk(tmp_path / "home")
    desk.sandbox.faults.add(LOST)
    await refusal_of(desk, user_id, a_photo(), FEWEST_CALLS)
    assert desk.calls[-1] == "GET /me"
    assert set(desk.calls[:-1]) == {f"POST /{user_id}/media"}


async def test_the_app_scoped_id_has_a_sentence_of_its_own(desk: Desk) -> None:
    """It works for many calls; so it is no error before one fails."""
    desk.sandbox.faults.add(LOST)
    error = await refusal_of(desk, OF_THIS_APP, a_photo())
    assert f"{OF_THIS_APP}, the app-scoped `id`" in error.message
    assert f"Its user id is {RIGHT}." in error.message


async def test_an_object_that_is_missing_for_another_reason_is_told_as_it_was(desk: Desk) -> None:
    desk.sandbox.faults.add(LOST)
    async with desk.session(desk.account(RIGHT)) as pressroom:
        with pytest.raises(ObjectNotFound):
            await pressroom.publish(a_photo())


class TestFacebookLogin:
    """Its token is good for every account of its Pages, so that the number is asked for by itself."""

    @pytest.fixture
    def desk(self, tmp_path: Path) -> Desk:
        return Desk(tmp_path / "home", token="EAAsandboxtokensandboxtoken")

    async def test_an_account_of_no_page_of_the_tokens_is_named_with_those_that_are(self, desk: Desk) -> None:
        error = await refusal_of(desk, WRONG, desk.from_a_file())
        assert f"The token's Pages have the Instagram account {RIGHT}" in error.message
        assert desk.converted == []

    async def test_a_token_is_asked_about_once_for_each_of_its_accounts(self, desk: Desk) -> None:
        prepare_store(desk.home)
        other, _ = desk.sandbox.add_account(AccountSeed(username="other"))
        tokens, text = desk.sandbox.scene.world.tokens, desk.sandbox.token
        for user_id in (RIGHT, other, RIGHT, other):
            # The sandbox's token leads to one account; Meta's leads to those of all its Pages.
            tokens[text] = msgspec.structs.replace(tokens[text], user_id=UserId(user_id))
            async with desk.session(desk.account(user_id)) as pressroom:
                await pressroom.posts.submit(a_photo(user_id), at="+1h")
        assert desk.calls == [f"GET /{RIGHT}", f"GET /{other}"]
