"""A worker, a store and a hostile sandbox on one clock that costs nothing."""

import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from pressroom.client.client import Client
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account, StoredAccount
from pressroom.core.errors import StoreFailed
from pressroom.core.post import Post, PostId, PostKind
from pressroom.core.protocols import Transport
from pressroom.core.secret import Secret
from pressroom.graph.hosts import LoginType
from pressroom.publish.driver import Means, PostDriver
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.transitions import resume, step
from pressroom.publish.steps.preparation import Preparation
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.store.database import Database, connect
from pressroom.store.location import locate
from pressroom.store.store import P, Store, T, open_store
from tests.fakes.clock import FakeClock
from tests.fakes.media import FakeDesk, FakeHost
from tests.publish.posts import a_post

_LONGEST_SLEEP = timedelta(hours=2)


class InlineStore(Store):
    """A store whose operations run on the loop, so that no time passes meanwhile."""

    async def run(self, operation: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return operation(*args, **kwargs)


class Killed(BaseException):
    """The process is gone, here."""


@dataclass
class World:
    sandbox: Sandbox
    store: Store
    clock: FakeClock
    driver: PostDriver
    account: Account
    host: FakeHost
    failures: list[StoreFailed] = field(default_factory=list[StoreFailed])

    def schedule(self, kind: PostKind = PostKind.PHOTO, *, in_s: float = 3600, **changes: Any) -> PostId:
        """Store a post that is due in a while."""
        due_at = self.clock.now() + timedelta(seconds=in_s)
        name = f"post-{self.store.posts.counts()}-{due_at.isoformat()}"
        texts = {"caption": f"Caption of {name}", "first_comment": "First"}
        options: dict[str, Any] = {} if kind is PostKind.STORY else texts
        post = replace(a_post(kind, **options), id=PostId(name), due_at=due_at, **changes)
        post, _ = step(post, ev.Submitted())
        self.store.posts.add(replace(post, wake_at=resume(post)[0].not_before))
        return post.id

    def post(self, post_id: PostId) -> Post:
        return self.store.posts.get(post_id)

    async def run(self, seconds: float) -> None:
        """Let a worker work for so long: it wakes what is due and sleeps until the next."""
        end = self.clock.now() + timedelta(seconds=seconds)
        while (now := self.clock.now()) <= end:
            due = self.store.posts.due(now)
            for one in due:
                await self._drive(one.id)
            if not due:
                longest = timedelta(minutes=1) if self.failures else _LONGEST_SLEEP
                soon = min(end + timedelta(seconds=1), now + longest)
                self._sleep_until(self.store.posts.next_wake(soon, now=now) or soon)

    async def _drive(self, post_id: PostId) -> None:
        """Drive as a dispatcher does: a store that fails is asked again a little later."""
        try:
            await self.driver.drive(post_id)
        except StoreFailed as error:
            self.failures.append(error)
            self.clock.advance(5)

    def _sleep_until(self, moment: datetime) -> None:
        self.clock.advance(max(1.0, (moment - self.clock.now()).total_seconds()))

    def keep_token(self) -> None:
        """Let the token live for ever: it is not what the test is about."""
        self.sandbox.scene.world.tokens[self.sandbox.token].expires_at = float("inf")

    @property
    def sends(self) -> int:
        return len(self.sandbox.calls("/media_publish", "POST"))

    def steps(self, post_id: PostId) -> list[str]:
        return [event.step for event in self.store.events.list(post_id)]


@asynccontextmanager
async def durable_world(
    *,
    crash_point: Callable[[str], None] = lambda _name: None,
    wire: Callable[[Transport, FakeClock], Transport] = lambda transport, _clock: transport,
    store_kind: type[InlineStore] = InlineStore,
    where: str = ":memory:",
    home: Path | None = None,
    marks: Path | None = None,
    **settings: Any,
) -> AsyncGenerator[World]:
    """Give a world. wire: what stands between the client and the sandbox. settings: the sandbox's.

    home: where a server's sends are logged. marks: where the machine's marks of stores are.
    """
    clock = FakeClock()
    hostile: dict[str, Any] = {
        "hostile": True,
        "fetch": "trust",
        "processing": Processing.after_reads(2),
        **settings,
    }
    sandbox = Sandbox(SandboxSettings(**hostile), clock=clock)
    account = Account(token=Secret(sandbox.token), user_id=sandbox.user_id, api_base="http://127.0.0.1:1")
    is_empty = where == ":memory:"
    if is_empty:
        store = store_kind(empty_database(clock))
    else:
        store = store_kind(open_store(where, clock=clock, home=home, marks=marks).database, marks=marks)
    transport = wire(AsgiTransport(sandbox.app, clock=clock), clock)
    # Retries wait the same in each run: by chance, a look would fall to either side of a limit.
    client = Client(account, transport, clock=clock, random=Random(0))  # noqa: S311

    host = FakeHost()

    async def means(post: Post) -> Means:
        store.accounts.get(post.account)
        return Means(client, Preparation(desk=FakeDesk(), host=host))

    driver = PostDriver(store=store, means=means, worker="worker-1", clock=clock, crash_point=crash_point)
    _sign_in(store, account, clock)
    async with client:
        yield World(sandbox, store, clock, driver, account, host)
    await sandbox.aclose()
    store.close()


@cache
def _template() -> Database:
    return open_store(":memory:").database


def empty_database(clock: FakeClock) -> Database:
    """Copy one that was made before: making the tables takes longer than most tests."""
    location = locate(":memory:")
    engine = connect(location)
    made, empty = _template().engine.raw_connection(), engine.raw_connection()
    with closing(made), closing(empty):
        assert isinstance(made.driver_connection, sqlite3.Connection)
        assert isinstance(empty.driver_connection, sqlite3.Connection)
        made.driver_connection.backup(empty.driver_connection)
    return Database(location, engine, clock, machine=clock)


def _sign_in(store: Store, account: Account, clock: FakeClock) -> None:
    stored = StoredAccount(
        name="default",
        user_id=account.user,
        login_type=LoginType.INSTAGRAM,
        api_base=account.api_base,
        version=account.version,
        sealed_token=b"sealed",
        token_obtained_at=clock.now(),
    )
    store.accounts.put(stored)
