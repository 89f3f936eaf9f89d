"""One user is one account, whatever it is called and however it signed in: one key makes one media."""

import asyncio
import itertools
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pressroom.accounts.vault import open_vault
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account, account_id
from pressroom.core.errors import NotFound, OutcomeUnknown, Refused, SettingRefused, SignInRequired
from pressroom.core.post import Attention, Post, PostState
from pressroom.core.protocols import Reply, Request
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.core.stored_posts import PostQuery
from pressroom.graph.answers import ME, UserId
from pressroom.graph.hosts import LoginType
from pressroom.publish.machine.policy import CAREFUL
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.state.things import Token
from pressroom.service import Pressroom
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.service.road import PLAIN, Road, a_photo, prepare_store
from tests.service.test_carrier import Killed

pytestmark = pytest.mark.usefixtures("long_run")

BASE = "http://127.0.0.1:1"
KEY = "the-key"
# The sandbox's `/me` gives both: the second one only this app knows.
USER, OF_THIS_APP = UserId("17841400000000001"), UserId("27841400000000001")


@dataclass
class Deadly:
    """The transport of a process that dies at a call, before its bytes leave or after they arrived."""

    inner: AsgiTransport
    dies_at: str | None = None
    is_after: bool = False

    async def send(self, request: Request) -> Reply:
        dies = self.dies_at is not None and self.dies_at in request.url
        if dies and not self.is_after:
            raise Killed
        reply = await self.inner.send(request)
        if dies:
            raise Killed
        return reply

    async def aclose(self) -> None:
        await self.inner.aclose()


@dataclass
class House:
    """One user's machine: what the environment says, what is stored, and a sandbox."""

    directory: Path
    clock: FakeClock = field(default_factory=FakeClock)
    moves: int = 0
    tokens: int = 0
    dies_at: str | None = None
    is_after: bool = False

    def __post_init__(self) -> None:
        self.sandbox = Sandbox(PLAIN, clock=self.clock)
        self.token = Secret(self.sandbox.token)

    @property
    def settings(self) -> Settings:
        return Settings(home=self.directory / f"home-{self.moves}")

    def account(self, user_id: UserId = USER, token: Secret | None = None) -> Account:
        return Account(token=token or self.token, user_id=user_id, api_base=BASE)

    def transport(self) -> Deadly:
        deadly = Deadly(AsgiTransport(self.sandbox.app, clock=self.clock), self.dies_at, self.is_after)
        self.dies_at = None
        return deadly

    async def publish(self, account: Account | None = None, **more: Any) -> Post | None:
        """Publish under the one key, as a command does; None where nothing came of it."""
        ours: dict[str, Any] = {"transport": self.transport(), "clock": self.clock, "policy": CAREFUL}
        with suppress(Killed, NotFound, SignInRequired, OutcomeUnknown):
            async with Pressroom(account, self.settings, **(ours | more)) as pressroom:
                return await pressroom.publish(a_photo(), idempotency_key=KEY)
        return None

    def store(self) -> Store:
        prepare_store(self.settings.home)
        return open_store(self.settings.store, clock=self.clock)

    async def sign_in(self, name: str, login: LoginType = LoginType.INSTAGRAM) -> None:
        account = Account(token=self.another_token(login), login_type=login, api_base=BASE)
        ours: dict[str, Any] = {"transport": self.transport(), "clock": self.clock}
        async with Pressroom(settings=self.settings, **ours) as pressroom:
            await pressroom.accounts.sign_in(name, account, timezone=None, is_default=name == "b")

    async def sign_out(self, name: str) -> None:
        with self.store() as store:
            store.accounts.remove(name)

    def another_token(self, login: LoginType = LoginType.INSTAGRAM) -> Secret:
        """What Instagram gives at a sign-in or a renewal: the same user under another token."""
        self.tokens += 1
        text = f"{'IG' if login is LoginType.INSTAGRAM else 'EAA'}token{self.tokens:020}"
        now = self.clock.now().timestamp()
        self.sandbox.scene.world.tokens[text] = Token(
            text=text, user_id=USER, login=login, created_at=now, expires_at=None
        )
        return Secret(text)

    async def renew(self) -> None:
        self.token = self.another_token()

    async def move_home(self) -> None:
        before = self.settings.home
        self.moves += 1
        if before.exists():
            before.rename(self.settings.home)

    def die_next(self, at: str, *, is_after: bool) -> Callable[[], Coroutine[Any, Any, None]]:
        async def arm() -> None:
            self.dies_at, self.is_after = at, is_after

        return arm


def operations(house: House) -> dict[str, Callable[[], Coroutine[Any, Any, object]]]:
    return {
        "publish by number": lambda: house.publish(house.account()),
        "publish as me": lambda: house.publish(house.account(ME)),
        "publish by the app's own number": lambda: house.publish(house.account(OF_THIS_APP)),
        "publish as a": lambda: house.publish(account_name="a"),
        "publish as the default": house.publish,
        "sign in as a": lambda: house.sign_in("a"),
        "sign in as b": lambda: house.sign_in("b"),
        "sign in as a by Facebook": lambda: house.sign_in("a", LoginType.FACEBOOK),
        "renew": house.renew,
        "sign a out": lambda: house.sign_out("a"),
        "move the home": house.move_home,
        "die before it is made": house.die_next("/media", is_after=True),
        "die before it is sent": house.die_next("/media_publish", is_after=False),
        "die after it is sent": house.die_next("/media_publish", is_after=True),
    }


NAMES = tuple(operations(House(Path("/nowhere"))))


@given(st.lists(st.sampled_from(NAMES), min_size=2, max_size=7))
@example(["publish by number", "sign in as a", "publish as a"])
@example(["publish as me", "renew", "publish as me"])
@example(["publish by the app's own number", "publish by number"])
@example(["sign in as a", "publish as a", "sign in as a by Facebook", "publish as a"])
@example(["die before it is sent", "publish as me", "sign in as a", "publish as a"])
@example(["die after it is sent", "publish as me", "renew", "sign in as b", "publish as the default"])
@example(["sign in as a", "publish as a", "sign a out", "sign in as b", "publish as the default"])
@example(["publish by number", "move the home", "publish by number"])
@example(["die before it is sent", "publish by number", "die before it is sent"])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_in_whatever_order_things_happen_one_key_makes_one_media(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(_happen(House(Path(directory)), names))


async def _happen(house: House, names: list[str]) -> None:
    known = operations(house)
    for name in names:
        await known[name]()
        assert len(house.sandbox.media) <= 1, name
    for _ in range(3):  # a doubt may need more than one look
        await house.publish(house.account(ME))
    with house.store() as store:
        (post,) = store.posts.list(PostQuery()).posts
    assert post.account == account_id(USER, BASE)
    # Where it died twice right before the call, a person is asked: nothing is sent a third time.
    is_asked = post.attention is Attention.OUTCOME_UNKNOWN
    assert (post.state, len(house.sandbox.media)) == (PostState.PUBLISHED, 1) or is_asked
    await house.sandbox.aclose()


async def test_a_token_of_another_user_than_the_number_says_is_refused_before_anything_is_kept(
    tmp_path: Path,
) -> None:
    house = House(tmp_path)
    with pytest.raises(SettingRefused) as refusal:
        await house.publish(house.account(UserId("17841499999999999")))
    assert (refusal.value.value, refusal.value.limit) == ("17841499999999999", USER)
    with house.store() as store:
        assert store.posts.list(PostQuery()).posts == ()


async def test_who_it_is_is_read_once_and_remembered(tmp_path: Path) -> None:
    house = House(tmp_path)
    for user_id in itertools.chain([ME] * 2, [OF_THIS_APP] * 2, [USER] * 2):
        await house.publish(house.account(user_id))
    assert len(house.sandbox.calls("/me")) == len({ME, OF_THIS_APP})


async def test_a_name_that_is_given_to_another_user_meanwhile_takes_no_process_along(road: Road) -> None:
    """Its token stays its own user's: what it publishes and shows is that user's."""
    road.sign_in("ana")
    async with road.pressroom(account_name="ana") as late, road.pressroom(account_name="ana") as early:
        assert await late.accounts.acting() == road.account
        planned = await early.posts.submit(a_photo("Planned"), at="+1h")
        _sign_in_another(road, "ana")
        live = await late.publish(a_photo())
        assert {one.id for one in (await early.posts.list()).posts} == {planned.post.id, live.id}
    assert {live.account, planned.post.account} == {account_id(road.account.user_id, road.account.api_base)}


async def test_a_post_of_another_account_is_not_carried_by_this_ones_token(road: Road) -> None:
    _sign_in_another(road, "bob")
    async with replace(road, account=_another(road)).pressroom(account_name="bob") as bob:
        planned = await bob.posts.submit(a_photo())
    async with road.pressroom() as pressroom:
        with pytest.raises(Refused) as refusal:
            await pressroom.posts.see_through(planned.post.id)
    assert (refusal.value.rule, "account_name='bob'" in refusal.value.fix) == ("account", True)
    assert road.sends == 0


def _another(road: Road) -> Account:
    return replace(road.account, user_id=UserId("17841499999999999"))


def _sign_in_another(road: Road, name: str) -> None:
    open_vault(road.store, road.settings).keep(name, _another(road), obtained_at=road.clock.now())
