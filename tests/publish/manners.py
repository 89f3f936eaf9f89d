"""The two manners of publishing under one handle, each before a Graph API that answers from a script."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Protocol

from pressroom.client.client import Client
from pressroom.core.account import Account
from pressroom.core.errors import PressroomError
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post, PostId
from pressroom.core.protocols import Journal
from pressroom.core.secret import Secret
from pressroom.graph.answers import UserId
from pressroom.publish.context import Context
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.transitions import resume, step
from pressroom.publish.manners.at_once import InMemoryJournal
from pressroom.publish.manners.durable import StoreJournal, Turns
from pressroom.publish.publisher import Publisher
from pressroom.publish.steps.preparation import Preparation
from tests.fakes.clock import FakeClock
from tests.fakes.graph import ScriptedGraph
from tests.fakes.media import FakeDesk, FakeHost
from tests.publish.durable_world import World, durable_world


class Stand(Protocol):
    """One manner at work. applied: the machine's events, as each was saved. heard: by a listener."""

    graph: ScriptedGraph
    clock: FakeClock
    applied: list[str]
    heard: list[JournalEvent]

    async def publish(self, *posts: Post) -> None:
        """Carry posts side by side to where nothing happens any more; errors stay with the posts."""
        ...

    async def resume(self, post_id: PostId) -> None:
        """Carry on with a post as it is on record."""
        ...

    def record(self, post_id: PostId) -> Post | None:
        """Give what is on record; None when nothing is."""
        ...

    def history(self, post_id: PostId) -> list[JournalEvent]:
        """Give the history that is kept."""
        ...

    def begin(self, post: Post) -> tuple[Journal, Post]:
        """Open another journal of the same account, and give it with a post as that keeps it."""
        ...


@dataclass
class AtOnceStand:
    graph: ScriptedGraph
    clock: FakeClock
    account: Account
    applied: list[str] = field(default_factory=list[str])
    heard: list[JournalEvent] = field(default_factory=list[JournalEvent])
    publisher: Publisher = field(init=False)
    kept: InMemoryJournal = field(init=False)

    def open(self, client: Client) -> None:
        self.kept = InMemoryJournal(self.account, clock=self.clock, on_event=self.heard.append)
        context = Context(client=client, journal=self.kept, crash_point=noting(self.applied))
        self.publisher = Publisher(context=context, preparation=files())

    async def publish(self, *posts: Post) -> None:
        await asyncio.gather(*(self._publish(post) for post in posts))

    async def _publish(self, post: Post) -> None:
        with contextlib.suppress(PressroomError):
            await self.publisher.publish(post)

    async def resume(self, post_id: PostId) -> None:
        await self.publisher.go_on(self.kept.posts[post_id])

    def record(self, post_id: PostId) -> Post | None:
        return self.kept.posts.get(post_id)

    def history(self, post_id: PostId) -> list[JournalEvent]:
        return [event for event in self.kept.events if event.post_id == post_id]

    def begin(self, post: Post) -> tuple[Journal, Post]:
        return InMemoryJournal(self.account, clock=self.clock), post


@dataclass
class WorkerStand:
    graph: ScriptedGraph
    clock: FakeClock
    world: World
    applied: list[str] = field(default_factory=list[str])
    heard: list[JournalEvent] = field(default_factory=list[JournalEvent])
    lasts_s: float = 7200.0
    _turns: Turns = field(default_factory=Turns)

    def open(self) -> None:
        driver, tell = self.world.driver, self.heard.append
        self.world.driver = replace(driver, on_event=tell, crash_point=noting(self.applied))

    async def publish(self, *posts: Post) -> None:
        for post in posts:
            due, _ = step(replace(post, due_at=self.clock.now()), ev.Submitted())
            self.world.store.posts.add(replace(due, wake_at=resume(due)[0].not_before))
        await asyncio.gather(*(self.world.driver.drive(post.id) for post in posts))
        await self.world.run(self.lasts_s)

    async def resume(self, post_id: PostId) -> None:
        await self.world.driver.drive(post_id)
        await self.world.run(self.lasts_s)

    def record(self, post_id: PostId) -> Post | None:
        return self.world.store.posts.get(post_id)

    def history(self, post_id: PostId) -> list[JournalEvent]:
        return list(self.world.store.events.list(post_id))

    def begin(self, post: Post) -> tuple[Journal, Post]:
        kept = self.world.store.posts.add(post).post
        return StoreJournal(self.world.store, kept, self._turns, self.clock), kept


def noting(applied: list[str]) -> Callable[[str], None]:
    """Keep the names of the events whose saves are done."""

    def note(boundary: str) -> None:
        when, name = boundary.split(" ")
        if when == "after":
            applied.append(name)

    return note


def files() -> Preparation:
    return Preparation(desk=FakeDesk(), host=FakeHost())


@asynccontextmanager
async def at_once(graph: ScriptedGraph) -> AsyncGenerator[Stand]:
    """Publish now, with the memory of the process as the journal."""
    clock = FakeClock()
    graph.now = clock.now
    account = Account(token=Secret("IGtest"), user_id=UserId("17841"))
    stand = AtOnceStand(graph, clock, account)
    async with Client(account, graph, clock=clock, random=Random(0)) as client:  # noqa: S311  # as the worker's
        stand.open(client)
        yield stand


@asynccontextmanager
async def by_a_worker(graph: ScriptedGraph) -> AsyncGenerator[Stand]:
    """Publish durably, with SQLite as the journal."""
    async with durable_world(wire=lambda _transport, _clock: graph) as world:
        graph.now = world.clock.now
        stand = WorkerStand(graph, world.clock, world)
        stand.open()
        yield stand


Opens = Callable[[ScriptedGraph], AbstractAsyncContextManager[Stand]]
MANNERS: dict[str, Opens] = {"at once": at_once, "by a worker": by_a_worker}
