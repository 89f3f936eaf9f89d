"""Programs and a person at one store and one sandbox, and the book of what the person let go.

Everything runs in this process on one clock that costs no time. The media desk is a fake that takes each file
as it is; the host names an address by the bytes it was given, so that the sandbox's calls tell what was sent.
"""

import asyncio
import hashlib
import random
import shutil
import uuid
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pressroom.client.client import Client
from pressroom.core.account import Account, account_id
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.assets import Action, Asset, MediaReport, Progress, Rendition, Seen, Wish
from pressroom.core.post import Post
from pressroom.core.reading_settings import Way
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.media.looks import Looks
from pressroom.publish.driver import Means, PostDriver
from pressroom.publish.steps.preparation import Preparation
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.wire.log import CallRecord
from pressroom.service import Pressroom
from pressroom.service.ground.copies import DeskOfCopies
from pressroom.store.store import Store, open_store
from tests.api.filled import never_ready
from tests.api.house import Client as HttpClient
from tests.api.house import a_house
from tests.fakes.clock import FakeClock
from tests.service.road import Road

SEEN = Seen("image", Fraction(1))
PROGRAMS = ("planner", "planner", "person:root")
QUICK = SandboxSettings(fetch="trust", processing=Processing.at_once())
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Content:
    """What a post shows: files by the SHA-256 of their bytes."""

    caption: str | None
    comment: str | None
    files: tuple[str, ...]


@dataclass(slots=True)
class Book:
    """What the person let go. posts: content with its earliest time; calls: how often each; uses: by day.

    standing: what programs may do unasked, by day.
    """

    posts: defaultdict[str, dict[Content, datetime]] = field(default_factory=lambda: defaultdict(dict))
    calls: Counter[str] = field(default_factory=Counter[str])
    uses: Counter[str] = field(default_factory=Counter[str])
    standing: Counter[str] = field(default_factory=Counter[str])

    def let_go(self, post_id: str, content: Content, due: datetime) -> None:
        known = self.posts[post_id].get(content, due)
        self.posts[post_id][content] = min(known, due)


class AsItIs:
    """A media desk that takes every file as it is."""

    async def examine(self, asset: Asset, wish: Wish) -> Seen:
        assert asset.copy or wish
        return SEEN

    async def prepare(self, asset: Asset, wish: Wish, *, progress: Progress | None = None) -> Rendition:
        assert wish
        if progress:
            progress(1.0)
        return Rendition(
            path=asset.path,
            media_type="image",
            content_type="image/jpeg",
            size_bytes=1,
            width=1,
            height=1,
            action=Action.AS_IS,
        )


class ByContent:
    """A host whose addresses name the bytes."""

    async def ways(self, content_type: str) -> Sequence[Way]:
        assert content_type == "image/jpeg"
        return [Way.SIGNED]

    async def put(self, path: Path, **_: Any) -> str:
        return f"https://files.example/{digest_of(await asyncio.to_thread(path.read_bytes))}.jpg"

    async def end_fetch(self, owner: str) -> None:
        """Nothing is open for any owner."""
        assert owner

    async def release(self, owner: str) -> None:
        """Nothing is kept of any owner."""
        assert owner

    async def aclose(self) -> None:
        """Nothing runs."""


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Newsroom:
    """person, programs: sessions with stores of their own. clients: programs that come by HTTP.

    answers: how often each status came by HTTP. shown: what addresses show.
    """

    road: Road
    person: Pressroom
    programs: list[Pressroom]
    actors: list[Actor]
    clients: list[HttpClient]
    chance: random.Random
    book: Book = field(default_factory=Book)
    answers: Counter[str] = field(default_factory=Counter[str])
    shown: dict[str, bytes] = field(default_factory=dict[str, bytes])
    posts: list[str] = field(default_factory=list[str])
    calls: list[CallRecord] = field(default_factory=list[CallRecord])
    number: int = 0

    @property
    def store(self) -> Store:
        return self.road.store

    @property
    def clock(self) -> FakeClock:
        return self.road.clock

    def next(self) -> int:
        self.number += 1
        return self.number

    def heard(self) -> list[CallRecord]:
        """Give the calls that leave something behind, made so far; each is read once from the sandbox."""
        every = self.road.sandbox.calls()
        self.calls += [call for call in every if call.method != "GET" or "method" in call.params]
        self.road.sandbox.scene.log.clear()
        return self.calls

    def content(self, post: Post) -> Content:
        files = tuple(digest_of_copy(asset) for asset in post.files)
        return Content(post.options.caption, post.options.first_comment, files)

    def preparation(self) -> Preparation:
        desk = DeskOfCopies(AsItIs(), self.road.settings.assets, Looks())
        return Preparation(desk=desk, host=ByContent())

    async def drive(self) -> None:
        """Let a worker do what is due."""
        client = Client(self.road.account, self.road.transport(), clock=self.clock)

        async def means(_post: Post) -> Means:
            return Means(client, self.preparation())

        driver = PostDriver(store=self.store, means=means, worker=f"worker {self.next()}", clock=self.clock)
        for _ in range(_ROUNDS):
            due = await self.store.run(self.store.posts.due, self.clock.now())
            for one in due:
                await driver.drive(one.id)
            if not due:
                return


def digest_of_copy(asset: Asset) -> str:
    """Name a file as the sandbox is told of it: our copy by its bytes, an address by its last part."""
    return Path(asset.copy or asset.source).name.partition(".")[0]


async def _report(path: Path, **_: Any) -> MediaReport:
    return MediaReport(path=path, media_type="image", findings=(), action=Action.AS_IS, seen=SEEN)


@asynccontextmanager
async def a_newsroom(
    home: Path, empty: Path | Secret, seed: int, *, played: SandboxSettings = QUICK
) -> AsyncGenerator[Newsroom]:
    """Open one. empty: a store in which nothing is: a file, to be copied, or a server's, to be used."""
    await asyncio.to_thread(home.mkdir)
    clock, settings = FakeClock(), Settings(home=home)
    if isinstance(empty, Secret):
        settings = replace(settings, database_url=empty)
    else:
        await asyncio.to_thread(shutil.copy, empty, home / "pressroom.db")
    sandbox = Sandbox(played, clock=clock)
    account = Account(
        token=Secret(sandbox.token),
        user_id=sandbox.user_id,
        login_type=played.login,
        api_base="http://127.0.0.1:1",
    )
    async with AsyncExitStack() as stack:
        store = stack.enter_context(open_store(settings.store, clock=clock))
        store.accounts.learn(account_id(account.user_id, account.api_base), [])
        road = Road(settings, sandbox, clock, store, account)
        road.sign_in("ana", timezone="Europe/Istanbul")
        actors = [Actor(ActorKind.PROGRAM, name) for name in PROGRAMS]
        opened = [road.pressroom(actor=actor) for actor in (Actor(ActorKind.PERSON, "anna"), *actors)]
        sessions = [await stack.enter_async_context(one) for one in opened]
        house = await stack.enter_async_context(a_house(road, makes=never_ready))
        clients = [await house.client(name) for name in (PROGRAMS[0], "other")]
        chance = random.Random(seed)  # noqa: S311
        room = Newsroom(road, sessions[0], sessions[1:], actors, clients, chance)
        _fake(room, stack)
        await clock.sleep(0.001)
        yield room
        await clock.sleep(0.001)
    await sandbox.aclose()


async def _here(operation: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Run here what belongs into a thread: quicker, and in one order each time. Others have a turn first."""
    await asyncio.sleep(0)
    return operation(*args, **kwargs)


async def _stored(_store: Store, operation: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    return await _here(operation, *args, **kwargs)


def _fake(room: Newsroom, stack: AsyncExitStack) -> None:
    """Put fakes where files are looked at, made and fetched, and where threads are waited for."""

    async def download(url: str, directory: Path, **_: Any) -> Path:
        await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
        path = directory / f"fetched-{room.next()}.jpg"
        await asyncio.to_thread(path.write_bytes, room.shown.setdefault(url, b"first"))
        return path

    def preparation(*_: Any) -> Preparation:
        return room.preparation()

    luck = random.Random(room.chance.random())  # noqa: S311  # no secret
    stack.enter_context(patch("uuid.uuid4", lambda: uuid.UUID(int=luck.getrandbits(128), version=4)))
    stack.enter_context(patch("pressroom.store.store.Store.run", _stored))
    stack.enter_context(patch("asyncio.to_thread", _here))
    stack.enter_context(patch("pressroom.hosting.network.download", download))
    stack.enter_context(patch("pressroom.media.report.check", _report))
    stack.enter_context(patch("pressroom.service.ground.files.Files.preparation", preparation))
