"""Six accounts of three logins, a worker that is there on some days only, and the people who sign in."""

import secrets
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import event

from pressroom.accounts.tokens import TokenKeeper, token_jobs
from pressroom.accounts.vault import Vault, open_vault
from pressroom.client.client import Client
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account, StoredAccount
from pressroom.core.post import Post, PostId, PostState
from pressroom.core.secret import Secret
from pressroom.core.settings import Mask
from pressroom.dispatch.periodic import PeriodicRunner
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import LoginType
from pressroom.publish.driver import Means, PostDriver
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.transitions import resume, step
from pressroom.publish.steps.preparation import Preparation
from pressroom.sandbox.calls.tokens import data_access_ends
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.settings import Processing
from pressroom.sandbox.state.seeding import AccountSeed
from pressroom.sandbox.state.things import Token
from pressroom.service.work.watch import Teller
from tests.fakes.media import FakeDesk, FakeHost
from tests.publish.durable_world import InlineStore
from tests.service.office import Listener
from tests.service.road import a_photo
from tests.service.signing_in import APP, BACK, BASE, Desk, a_desk

DAY = timedelta(days=1)
LIFE_S = 60 * 86400.0
FACEBOOK, INSTAGRAM, UNIFIED = LoginType.FACEBOOK, LoginType.INSTAGRAM, LoginType.UNIFIED
STEPS = (14, 7, 3, 1, -1)


@dataclass(frozen=True)
class Login:
    """An account, and how its owner signs in: by a consent, or by a token made on a page of Meta's.

    is_hidden: Facebook tells nothing of its token.
    """

    name: str
    kind: LoginType
    user_id: UserId
    by_consent: bool = False
    is_hidden: bool = False

    @property
    def is_renewed_by_itself(self) -> bool:
        return self.kind is INSTAGRAM


@dataclass(frozen=True)
class Told:
    """A notice that a login ends: the step, and the posts that would miss."""

    name: str
    step: int
    posts: tuple[str, ...]


@dataclass
class Year:
    desk: Desk
    store: InlineStore
    vault: Vault
    keeper: TokenKeeper
    runner: PeriodicRunner
    driver: PostDriver
    teller: Teller
    listener: Listener
    logins: tuple[Login, ...] = ()
    ends: dict[str, datetime] = field(default_factory=dict[str, datetime])
    expected: list[Told] = field(default_factory=list[Told])
    planned: dict[str, dict[PostId, datetime]] = field(default_factory=dict[str, dict[PostId, datetime]])
    _steps: set[tuple[str, datetime, int]] = field(default_factory=set[tuple[str, datetime, int]])

    def login(self, name: str) -> Login:
        return next(one for one in self.logins if one.name == name)

    def stored(self, name: str) -> StoredAccount:
        return self.store.accounts.get(name)

    def begin_day(self, day: int) -> None:
        """Go on to noon of a day, whatever the day before took."""
        noon = self.desk.clock.start + day * DAY
        self.desk.clock.advance((noon - self.desk.clock.now()).total_seconds())

    async def work(self, *, looks_first: bool) -> None:
        """Do what a worker does in an hour. looks_first: at what is to be told, before it renews anything."""
        async with self.runner.beside():
            if looks_first:
                await self._look()
            await self.desk.clock.sleep(10)
        if not looks_first:
            await self._look()
        await self._publish(self.desk.clock.now() + timedelta(hours=1))

    async def _look(self) -> None:
        self._expect()
        await self.teller.look()

    def _expect(self) -> None:
        """Write down what has to be told now: each step of each end once, with what would be lost."""
        for one in self.logins:
            end = self.ends[one.name]
            left = (end - self.desk.clock.now()).days
            if left > STEPS[0] or (one.is_renewed_by_itself and left >= 0):
                continue
            reached = (one.name, end, step_of(left))
            if reached not in self._steps:
                self._steps.add(reached)
                self.expected.append(Told(one.name, step_of(left), self._lost_after(end, one)))

    def _lost_after(self, end: datetime, login: Login) -> tuple[str, ...]:
        """Give the posts of a login that are not out and are due once it is over."""
        mine = [self.store.posts.get(one) for one, due in self.planned[login.name].items() if due >= end]
        return tuple(post.id for post in mine if post.state is not PostState.PUBLISHED)

    async def _publish(self, until: datetime) -> None:
        while (now := self.desk.clock.now()) <= until:
            for due in self.store.posts.due(now):
                await self.driver.drive(due.id)
            wake = self.store.posts.next_wake(until + timedelta(seconds=1), now=now)
            if wake is None:
                return
            self.desk.clock.advance(max(1.0, (wake - now).total_seconds()))

    @property
    def told(self) -> list[Told]:
        """What was said of ends, oldest first."""
        bodies = [body for body in self.listener.bodies if body["event"] == "token_ends"]
        return [Told(body["account"], step_of(body["days_left"]), _posts_of(body)) for body in bodies]

    def accounts_told(self, event: str) -> set[str]:
        """Give the accounts of which such a notice was told."""
        return {body["account"] for body in self.listener.bodies if body["event"] == event}

    @property
    def posts(self) -> tuple[Post, ...]:
        return tuple(self.store.posts.get(one) for planned in self.planned.values() for one in planned)

    def plan(self, login: Login, day: float) -> PostId:
        """Plan a post of an account for noon of a day."""
        due_at = self.desk.clock.start + day * DAY
        stored, name = self.stored(login.name), PostId(f"{login.name}-{day:05.1f}")
        post = replace(a_photo(name), id=name, account=stored.account, login=login.name, due_at=due_at)
        post, _ = step(post, ev.Submitted())
        self.store.posts.add(replace(post, wake_at=resume(post)[0].not_before))
        self.planned.setdefault(login.name, {})[name] = due_at
        return name

    async def sign_in(self, login: Login) -> None:
        """Let the owner sign in, and note when Instagram will refuse what they got."""
        async with self.desk.pressroom() as pressroom:
            if login.by_consent:
                asking = await pressroom.accounts.ask_consent(login.kind, APP, redirect_uri=BACK)
                answer = await self.desk.allow(asking, account=login.user_id)
                found = await pressroom.accounts.answer_consent(asking, answer)
                await pressroom.accounts.keep(found.accounts[0], name=login.name)
            else:
                await self._paste(pressroom, login)
        self.ends[login.name] = self._end_of(login)

    async def _paste(self, pressroom: Any, login: Login) -> None:
        token = self._made_by_hand(login)
        hides = Fault(on="debug_token", kind=FaultKind.ERROR, code=100, times=None)
        number = self.desk.sandbox.faults.add(hides) if login.is_hidden else None
        if login.kind is FACEBOOK:
            # With the account's id the person's own token is kept, not the Page's.
            account = Account(token=Secret(token), user_id=login.user_id, login_type=FACEBOOK, api_base=BASE)
            await pressroom.accounts.sign_in(login.name, account, timezone=None, is_default=False)
        else:
            found = await pressroom.accounts.find(Secret(token), login_type=login.kind)
            await pressroom.accounts.keep(found.accounts[0], name=login.name)
        if number is not None:
            self.desk.sandbox.faults.remove(number)

    def _made_by_hand(self, login: Login) -> str:
        """Make a token as the app's dashboard does, where its owner agrees as well."""
        world, now = self.desk.sandbox.scene.world, self.desk.clock.now().timestamp()
        text = ("IGsandbox" if login.kind is INSTAGRAM else "EAAsandbox") + secrets.token_hex(24)
        world.tokens[text] = Token(
            text=text, user_id=login.user_id, login=login.kind, created_at=now, expires_at=now + LIFE_S
        )
        world.accounts[login.user_id].agreed_at = now
        return text

    def _end_of(self, login: Login) -> datetime:
        """Ask the sandbox, not Pressroom, when the token that is stored stops working."""
        scene = self.desk.sandbox.scene
        token = scene.world.tokens[self.vault.account(login.name).token.reveal()]
        data = data_access_ends(scene.settings, scene.world, token)
        unix = min(end for end in (token.expires_at, data) if end is not None)
        return datetime.fromtimestamp(int(unix), tz=self.desk.clock.start.tzinfo)

    def note_renewals(self) -> None:
        for one in self.logins:
            if one.is_renewed_by_itself:
                self.ends[one.name] = self._end_of(one)


def step_of(days_left: int) -> int:
    return min(day for day in STEPS if days_left <= day)


def _posts_of(body: dict[str, Any]) -> tuple[str, ...]:
    return tuple(post["post_id"] for post in body["would_miss"])


@asynccontextmanager
async def a_year(home: Path, *wanted: tuple[str, LoginType, dict[str, bool]]) -> AsyncGenerator[Year]:
    """Give a store with the accounts that are wanted, each signed in to."""
    async with a_desk(home, processing=Processing.at_once(), unified_me="account") as desk:
        year = _year_at(desk)
        for name, kind, more in wanted:
            user_id, _ = desk.sandbox.add_account(AccountSeed(username=name, login=kind))
            login = Login(name, kind, user_id, **more)
            year.logins += (login,)
            await year.sign_in(login)
        yield year


def _year_at(desk: Desk) -> Year:
    store, clock = InlineStore(desk.store.database), desk.clock
    store.database.machine = clock
    # A year writes some thousand times; here no write has to survive a power cut.
    event.listen(store.database.engine, "connect", _write_loosely)
    store.database.engine.dispose()
    vault, listener = open_vault(store, desk.settings), Listener()
    keeper = TokenKeeper(store=store, vault=vault, clock=clock, client=_clients_of(desk))
    runner = PeriodicRunner(store=store, clock=clock, worker="worker", jobs=token_jobs(keeper), machine=clock)
    teller = Teller(store=store, clock=clock, channels=[listener], mask=Mask())
    return Year(desk, store, vault, keeper, runner, _driver_at(desk, store, vault), teller, listener)


def _write_loosely(raw: sqlite3.Connection, _record: object) -> None:
    raw.execute("PRAGMA synchronous = 0")


def _clients_of(desk: Desk) -> Callable[[Account], Client]:
    def client(account: Account) -> Client:
        # Retries wait the same in each run.
        transport = AsgiTransport(desk.sandbox.app, clock=desk.clock)
        return Client(account, transport, clock=desk.clock, random=Random(0))  # noqa: S311

    return client


def _driver_at(desk: Desk, store: InlineStore, vault: Vault) -> PostDriver:
    client = _clients_of(desk)

    async def means(post: Post) -> Means:
        return Means(client(vault.account_of(post)), Preparation(desk=FakeDesk(), host=FakeHost()))

    return PostDriver(store=store, means=means, worker="worker", clock=desk.clock)
