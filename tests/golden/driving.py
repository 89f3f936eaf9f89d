"""The manners of publishing, each put together here and nowhere else of this room."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from pressroom.client.client import Client
from pressroom.client.pacing import ADAPTIVE, FIXED_PACING, Pacing
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account, account_id
from pressroom.core.errors import PressroomError
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post, PostState
from pressroom.core.protocols import Transport
from pressroom.core.reading_settings import Way
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.core.stored_posts import PostQuery
from pressroom.graph.answers import ME
from pressroom.publish.context import Context
from pressroom.publish.driver import Means
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.policy import CAREFUL, FEWEST_CALLS, Policy
from pressroom.publish.machine.transitions import resume, step
from pressroom.publish.manners.at_once import InMemoryJournal
from pressroom.publish.publisher import Publisher
from pressroom.publish.steps.preparation import Preparation
from pressroom.sandbox.faults import Fault
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Listeners, Pressroom
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.fakes.media import FakeDesk, FakeHost
from tests.golden.telling import Names, Tape
from tests.publish.durable_world import durable_world
from tests.store.new_store import put_new_store

Wire = Callable[[Transport, FakeClock], Transport]
DUE_IN_S = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A post, and what goes wrong meanwhile. settings: the sandbox's. ways: of files, where fakes have them.

    lasts_s: how long a worker works at it.
    """

    post: Post
    faults: tuple[Fault, ...] = ()
    outage: str | None = None
    wire: Wire = lambda transport, _clock: transport
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    ways: tuple[Way, ...] = (Way.SIGNED,)
    lasts_s: float = 5400.0


@dataclass
class Outcome:
    """What came of it, as it is told. states: as they were seen at each call and each event."""

    names: Names
    tape: Tape
    states: list[PostState] = field(default_factory=list[PostState])
    events: list[JournalEvent] = field(default_factory=list[JournalEvent])
    post: Post | None = None
    error: PressroomError | None = None
    media: int = 0

    def saw(self, post: Post | None) -> None:
        if post is not None and self.states[-1:] != [post.state]:
            self.states.append(post.state)


@dataclass
class _Stage:
    sandbox: Sandbox
    clock: FakeClock
    account: Account
    outcome: Outcome

    async def publish(self, publishing: Awaitable[Post]) -> None:
        """Bring a post live, or keep the error."""
        try:
            self.outcome.post = await publishing
        except PressroomError as error:
            self.outcome.error = error

    def hear(self, event: JournalEvent) -> None:
        self.outcome.events.append(event)
        self.outcome.tape.on_call()


def _settings(scene: Scene) -> dict[str, Any]:
    return {"fetch": "trust", "processing": Processing.after_reads(2), **scene.settings}


def _arrange(sandbox: Sandbox, scene: Scene) -> None:
    for fault in scene.faults:
        sandbox.faults.add(fault)
    if scene.outage:
        sandbox.faults.add_outage(scene.outage)


def _named(sandbox: Sandbox, home: Path) -> Names:
    return Names({sandbox.user_id: "USER", sandbox.token: "TOKEN", str(home): "HOME"})


@asynccontextmanager
async def _stage(scene: Scene, home: Path) -> AsyncGenerator[_Stage]:
    clock = FakeClock()
    sandbox = Sandbox(SandboxSettings(**_settings(scene)), clock=clock)
    _arrange(sandbox, scene)
    account = Account(token=Secret(sandbox.token), user_id=sandbox.user_id, api_base="http://127.0.0.1:1")
    names = _named(sandbox, home)
    tape = Tape(scene.wire(AsgiTransport(sandbox.app, clock=clock), clock), clock, names)
    yield _Stage(sandbox, clock, account, outcome := Outcome(names, tape))
    clock.advance(7200)  # what comes later has come
    outcome.media = len(sandbox.media)
    await sandbox.aclose()


def _pressroom(stage: _Stage, home: Path, *, policy: Policy, pacing: Pacing) -> Pressroom:
    return Pressroom(
        stage.account,
        Settings(home=home),
        transport=stage.outcome.tape,
        clock=stage.clock,
        policy=policy,
        pacing=pacing,
        listeners=Listeners(on_event=stage.hear),
    )


async def at_once(
    scene: Scene, home: Path, *, policy: Policy = CAREFUL, pacing: Pacing = ADAPTIVE
) -> Outcome:
    """Publish without a store."""
    async with (
        _stage(scene, home) as stage,
        _pressroom(stage, home, policy=policy, pacing=pacing) as pressroom,
    ):
        outcome = stage.outcome
        reached = pressroom._at_once.reached  # pyright: ignore[reportPrivateUsage]
        outcome.tape.on_call = lambda: outcome.saw(reached(scene.post))
        await stage.publish(pressroom.publish(scene.post))
        outcome.post = reached(scene.post)
        outcome.saw(outcome.post)
    return outcome


async def as_the_helpers_do(scene: Scene, home: Path) -> Outcome:
    """Publish as the helpers do."""
    bare = replace(scene, post=replace(scene.post, followups=()))
    return await at_once(bare, home, policy=FEWEST_CALLS, pacing=FIXED_PACING)


async def by_the_store(scene: Scene, home: Path) -> Outcome:
    """Publish at once with a store there, so that the post goes by way of it."""
    settings = Settings(home=home)
    async with _stage(scene, home) as stage:
        outcome = stage.outcome
        put_new_store(home / "pressroom.db")
        with open_store(settings.store, clock=stage.clock) as store:
            # The user and whose the token is, so that nobody is asked.
            token = replace(stage.account, user_id=ME).key
            store.accounts.learn(account_id(stage.account.user_id, stage.account.api_base), [token])
            outcome.tape.on_call = lambda: outcome.saw(_first(store))
            async with _pressroom(stage, home, policy=CAREFUL, pacing=ADAPTIVE) as pressroom:
                await stage.publish(pressroom.publish(scene.post))
            outcome.post = _first(store)
            outcome.saw(outcome.post)
    return outcome


def _first(store: Store) -> Post | None:
    return next(iter(store.posts.list(PostQuery()).posts), None)


async def with_fakes(scene: Scene, home: Path, *, policy: Policy = CAREFUL) -> Outcome:
    """Publish without a store where no real file is looked at."""
    async with _stage(scene, home) as stage:
        outcome = stage.outcome
        journal = InMemoryJournal(stage.account, clock=stage.clock, on_event=stage.hear)
        outcome.tape.on_call = lambda: outcome.saw(journal.posts.get(scene.post.id))
        async with Client(stage.account, outcome.tape, clock=stage.clock) as client:
            context = Context(client=client, journal=journal, policy=policy)
            await stage.publish(Publisher(context=context, preparation=_fakes(scene)).publish(scene.post))
        outcome.post = journal.posts.get(scene.post.id)
        outcome.saw(outcome.post)
    return outcome


def _fakes(scene: Scene) -> Preparation:
    return Preparation(desk=FakeDesk(), host=FakeHost(*scene.ways))


async def by_a_worker(scene: Scene, home: Path) -> Outcome:
    """Store a post that is due in a while, and let a worker work."""
    taped: list[Tape] = []

    def wire(transport: Transport, clock: FakeClock) -> Transport:
        taped.append(Tape(scene.wire(transport, clock), clock, Names()))
        return taped[0]

    settings: dict[str, Any] = {"hostile": False, **_settings(scene)}
    async with durable_world(wire=wire, **settings) as world:
        _arrange(world.sandbox, scene)
        outcome = Outcome(_named(world.sandbox, home), taped[0])
        outcome.tape.names = outcome.names
        async with Client(world.account, outcome.tape, clock=world.clock) as client:
            means = Means(client, _fakes(scene))

            async def open_means(_post: Post) -> Means:
                return means

            def saved(_was: Post, post: Post) -> None:
                outcome.saw(post)

            world.driver = replace(world.driver, means=open_means, on_saved=saved)
            due = replace(scene.post, due_at=world.clock.now() + timedelta(seconds=DUE_IN_S))
            post, _ = step(due, ev.Submitted())
            world.store.posts.add(replace(post, wake_at=resume(post)[0].not_before))
            outcome.saw(world.post(post.id))
            await world.run(scene.lasts_s)
        outcome.post = world.post(post.id)
        outcome.events = list(world.store.events.list(post.id))
        outcome.media = len(world.sandbox.media)
    return outcome


MANNERS: dict[str, Callable[[Scene, Path], Awaitable[Outcome]]] = {
    "at once": at_once,
    "at once, as the seed": as_the_helpers_do,
    "by way of the store": by_the_store,
    "by a worker": by_a_worker,
}
