"""An account that is paused for its ended token: who waits is told, and a fresh token brings it back."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pressroom.core.account import UNTIL_RESUMED, Pause, account_id
from pressroom.core.errors import StillWaiting
from pressroom.core.post import PostId, PostState
from pressroom.core.settings import Settings
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Pressroom
from pressroom.store.store import open_store
from tests.service.circle import Circle, account_of, opened_circle, variables_of
from tests.service.road import a_photo, prepare_store

pytestmark = pytest.mark.usefixtures("long_run")

DEAD, FRESH = account_of("env").token.reveal(), "IGfresh" + "x" * 30
ENDED = Pause(
    UNTIL_RESUMED, "Instagram answered 190/460: It is over. Make a new token.", code=190, subcode=460
)
NUMBER = {"INSTAGRAM_USER_ID": account_of("env").user_id}


@dataclass
class Street:
    """The machine of one whose token in the environment has ended, and who has a fresh one."""

    circle: Circle
    told: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def sandbox(self) -> Sandbox:
        return self.circle.sandboxes["env"]

    @property
    def account(self) -> str:
        env = account_of("env")
        return account_id(env.user_id, env.api_base)

    def end_the_token(self) -> None:
        tokens = self.sandbox.scene.world.tokens
        tokens[FRESH] = msgspec.structs.replace(tokens[DEAD], text=FRESH)
        tokens[DEAD] = msgspec.structs.replace(tokens[DEAD], revoked_by=460)

    def session(self, token: str, **more: Any) -> Pressroom:
        environ = variables_of(account_of("env")) | {"INSTAGRAM_ACCESS_TOKEN": token, **self.told}
        return self.circle.session("environment", environ=environ, **more)

    async def plan(self, token: str, at: str = "now") -> PostId:
        async with self.session(token) as pressroom:
            return (await pressroom.posts.submit(a_photo(), at=at)).post.id

    async def work(self, token: str, seconds: float = 30) -> None:
        async with self.session(token, works=True):
            await self.circle.clock.sleep(seconds)

    def pause(self, pause: Pause) -> None:
        with open_store(Settings(home=self.circle.home).store, clock=self.circle.clock) as store:
            store.accounts.pause(self.account, pause)

    @property
    def paused(self) -> Pause | None:
        with open_store(Settings(home=self.circle.home).store, clock=self.circle.clock) as store:
            return store.accounts.pause_of(self.account)

    @property
    def asked(self) -> int:
        return len(self.sandbox.calls("/me")) + len(self.sandbox.calls(account_of("env").user_id, "GET"))


@pytest.fixture
async def street(tmp_path: Path) -> AsyncGenerator[Street]:
    prepare_store(tmp_path / "home")
    async with opened_circle(tmp_path / "home") as circle:
        yield Street(circle)


@pytest.mark.parametrize("told", [{}, NUMBER], ids=["by the token alone", "with its user id"])
async def test_a_fresh_token_and_a_restart_let_the_account_go_on(
    street: Street, told: dict[str, str]
) -> None:
    street.told = told
    post_id = await street.plan(DEAD)
    street.end_the_token()
    await street.work(DEAD)
    assert street.paused is not None
    async with street.session(FRESH, works=True) as pressroom:
        assert (await pressroom.posts.wait_for(post_id, through_pauses=True)).state is PostState.PUBLISHED
    assert street.paused is None


async def test_a_restart_with_the_ended_token_leaves_the_pause_and_asks_once(street: Street) -> None:
    await street.plan(DEAD, at="+2d")
    street.end_the_token()
    street.pause(ENDED)
    before = street.asked
    await street.work(DEAD, 600)
    assert (street.paused, street.asked - before) == (ENDED, 1)


async def test_while_instagram_is_away_a_worker_asks_again_until_it_answers(street: Street) -> None:
    await street.plan(DEAD, at="+2d")
    street.end_the_token()
    street.pause(ENDED)
    away = Fault(on="user", kind=FaultKind.ERROR, code=2, http_status=500, times=None)
    street.sandbox.faults.add(away)
    async with street.session(FRESH, works=True):
        await street.circle.clock.sleep(100)
        assert street.paused == ENDED
        street.sandbox.faults.clear()
        await street.circle.clock.sleep(120)
    assert street.paused is None


@pytest.mark.parametrize(
    "pause",
    [
        Pause(UNTIL_RESUMED, "Instagram answered 200: (#200) Permissions error.", code=200),
        Pause(UNTIL_RESUMED, "A holiday."),
        Pause(UNTIL_RESUMED, "Instagram answered 190/459: Log in first.", code=190, subcode=459),
    ],
)
async def test_what_no_token_mends_stays_paused_and_costs_no_call(street: Street, pause: Pause) -> None:
    await street.plan(DEAD, at="+2d")
    street.pause(pause)
    before = street.asked
    await street.work(DEAD)
    assert (street.paused, street.asked) == (pause, before)


async def test_the_environments_token_tells_nothing_of_a_logins(street: Street) -> None:
    street.circle.sign_in("env", account_of("env"))
    street.end_the_token()
    street.pause(ENDED)
    await street.work(FRESH)
    assert street.paused == ENDED


async def test_publishing_with_a_fresh_token_lets_the_account_go_on(street: Street) -> None:
    await street.plan(DEAD, at="+2d")
    street.end_the_token()
    street.pause(ENDED)
    async with street.session(FRESH) as pressroom:
        assert (await pressroom.publish(a_photo("Two"))).state is PostState.PUBLISHED
    assert street.paused is None


async def test_who_waits_for_a_post_of_a_paused_account_is_told_why_and_what_to_do(street: Street) -> None:
    post_id = await street.plan(DEAD, at="+1h")
    street.pause(ENDED)
    async with street.session(DEAD) as pressroom:
        with pytest.raises(StillWaiting, match="is paused: Instagram answered 190/460") as caught:
            await pressroom.posts.wait_for(post_id)
    assert caught.value.post_id == post_id
    assert "Let the account go on: `pressroom auth login" in caught.value.fix


async def test_a_pause_of_another_cause_names_what_ends_it(street: Street) -> None:
    post_id = await street.plan(DEAD)
    street.pause(Pause(UNTIL_RESUMED, "A holiday."))
    async with street.session(DEAD) as pressroom:
        with pytest.raises(StillWaiting, match="A holiday") as caught:
            await pressroom.posts.wait_for(post_id)
    assert "`pressroom queue resume" in caught.value.fix


async def test_publishing_and_waiting_end_with_the_same_words(street: Street) -> None:
    street.circle.sign_in("env", account_of("env"))
    post_id = await street.plan(DEAD)
    street.pause(Pause(UNTIL_RESUMED, "A holiday."))
    async with street.session(DEAD, works=True) as pressroom:
        told = list[StillWaiting]()
        for waiting in (pressroom.posts.wait_for(post_id), pressroom.posts.see_through(post_id)):
            with pytest.raises(StillWaiting) as caught:
                await waiting
            told.append(caught.value)
    assert str(told[0]) == str(told[1])


async def test_waiting_goes_on_through_pauses_on_demand(street: Street) -> None:
    post_id = await street.plan(DEAD)
    street.pause(Pause(street.circle.clock.now() + timedelta(minutes=5), "Rate limit."))
    async with street.session(DEAD, works=True) as pressroom:
        waiting = asyncio.create_task(pressroom.posts.wait_for(post_id, through_pauses=True))
        await street.circle.clock.sleep(200)
        assert not waiting.done()
        assert (await waiting).state is PostState.PUBLISHED


async def test_a_pause_that_is_over_when_the_post_is_due_is_waited_through(street: Street) -> None:
    post_id = await street.plan(DEAD, at="+3m")
    street.pause(Pause(street.circle.clock.now() + timedelta(minutes=2), "Rate limit."))
    async with street.session(DEAD, works=True) as pressroom:
        assert (await pressroom.posts.wait_for(post_id)).state is PostState.PUBLISHED
