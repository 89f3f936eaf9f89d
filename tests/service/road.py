"""A store, a sandbox and processes that publish, all on one clock that costs no time."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pressroom.accounts.vault import open_vault
from pressroom.client.client import Client
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account, account_id
from pressroom.core.actor import Actor
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post, PostId, PostKind
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.core.stored_posts import PostQuery
from pressroom.dispatch.locks import driver_lock
from pressroom.graph.answers import ME
from pressroom.publish.driver import Means, PostDriver
from pressroom.publish.steps.preparation import Preparation
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Listeners, Pressroom, new_post
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.fakes.media import FakeDesk, FakeHost
from tests.store.new_store import put_new_store

PHOTO = "https://example.com/a.jpg"
PLAIN = SandboxSettings(fetch="trust", processing=Processing.after_reads(2))


def a_photo(caption: str = "Hello", source: str = PHOTO) -> Post:
    return new_post(PostKind.PHOTO, [source], caption=caption)


@dataclass
class Road:
    """on_call: told the path of each call as it arrives."""

    settings: Settings
    sandbox: Sandbox
    clock: FakeClock
    store: Store
    account: Account
    told: list[str] = field(default_factory=list[str])
    on_call: Callable[[str], object] = lambda _path: None

    def pressroom(self, **more: Any) -> Pressroom:
        """What a process opens."""
        listeners = Listeners(on_event=self._hear)
        ours: dict[str, Any] = {"transport": self.transport(), "clock": self.clock, "listeners": listeners}
        given = None if "account_name" in more else self.account
        return Pressroom(given, self.settings, **(ours | more))

    def session_of(self, actor: Actor, name: str | None) -> Pressroom:
        """What a program acts by, for the account of a name."""
        return self.pressroom(actor=actor, account_name=name)

    def transport(self) -> AsgiTransport:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            self.on_call(scope["path"])
            await self.sandbox.app(scope, receive, send)

        return AsgiTransport(app, clock=self.clock)

    def _hear(self, event: JournalEvent) -> None:
        self.told.append(event.step)

    def post(self, post_id: PostId) -> Post:
        return self.store.posts.get(post_id)

    @property
    def posts(self) -> tuple[Post, ...]:
        return self.store.posts.list(PostQuery()).posts

    @property
    def sends(self) -> int:
        return len(self.sandbox.calls("/media_publish", "POST"))

    def sign_in(self, name: str = "ana", *, timezone: str = "UTC") -> None:
        """Store the account."""
        vault = open_vault(self.store, self.settings)
        vault.keep(name, self.account, obtained_at=self.clock.now(), timezone=timezone, is_default=True)

    def leave_behind(self, post_id: PostId, *, worker: str) -> None:
        """Leave what a process leaves that was killed while it carried a post."""
        directory = self.settings.home / "carried"
        directory.mkdir(exist_ok=True)
        (directory / post_id).write_text(worker)

    @asynccontextmanager
    async def worker(self, desk: FakeDesk | None = None) -> AsyncGenerator[list[PostId]]:
        """Let a worker of another process run, and list what it takes up."""
        lock, taken = driver_lock(self.settings), list[PostId]()
        assert lock.take()
        task = asyncio.create_task(self._work(taken, desk or FakeDesk()))
        try:
            yield taken
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            lock.release()

    async def _work(self, taken: list[PostId], desk: FakeDesk) -> None:
        client = Client(self.account, self.transport(), clock=self.clock)

        async def means(_post: Post) -> Means:
            return Means(client, Preparation(desk=desk, host=FakeHost()))

        driver = PostDriver(store=self.store, means=means, worker="worker", clock=self.clock)
        while True:
            for due in self.store.posts.due(self.clock.now()):
                taken.append(due.id)
                await driver.drive(due.id)
            await self.clock.sleep(0.5)


@asynccontextmanager
async def opened_road(
    home: Path,
    *,
    database_url: Secret | None = None,
    clock: FakeClock | None = None,
    played: SandboxSettings = PLAIN,
) -> AsyncGenerator[Road]:
    """played: how the sandbox behaves; `login` is that of the account, too."""
    clock = clock or FakeClock()
    sandbox = Sandbox(played, clock=clock)
    account = Account(
        token=Secret(sandbox.token),
        user_id=sandbox.user_id,
        login_type=played.login,
        api_base="http://127.0.0.1:1",
    )
    ours = Settings(home=home, database_url=database_url)
    if not database_url:
        prepare_store(home)
    with open_store(ours.store, clock=clock) as store:
        # The user and whose the token is, so that nobody is asked.
        token = replace(account, user_id=ME).key
        store.accounts.learn(account_id(account.user_id, account.api_base), [token])
        yield Road(ours, sandbox, clock, store, account)
    await sandbox.aclose()


def prepare_store(home: Path) -> None:
    """Put an empty store into a data directory where there is none."""
    path = home / "pressroom.db"
    if not path.exists():
        put_new_store(path)


def without_store(road: Road, home: Path) -> Road:
    """The same, with a data directory in which nothing is yet."""
    return replace(road, settings=Settings(home=home))
