"""Every line of docs/reference/answers.md: however `media_publish` is answered, nothing false is said of it.

The sandbox lags and publishes a container twice when it is asked twice.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy import URL

from pressroom.core.errors import OutcomeUnknown, PressroomError
from pressroom.core.post import Attention, Post, PostState
from pressroom.core.protocols import Transport
from pressroom.graph.error_table import TABLE
from pressroom.publish.context import Context
from pressroom.publish.machine.policy import CAREFUL, FEWEST_CALLS, Policy
from pressroom.publish.manners.durable import StoreJournal, Turns
from pressroom.publish.publisher import Publisher
from pressroom.sandbox.faults import Effect
from pressroom.sandbox.settings import Hostility
from tests.fakes.clock import FakeClock
from tests.publish.answers import OTHER_ANSWERS, Line, lines
from tests.publish.doubts import Account1, Answer, Doubt, WrongAnswers
from tests.publish.durable_world import World, durable_world
from tests.store.postgres import a_database

LINES = lines()
SOON_S = 60.0
_LOOKS, _LOOK_S = 20, 120.0
# One line for each way that it may end: every cell costs dozens of transactions.
ON_A_SERVER = tuple({(one.carried_out, one.command, one.worker): one for one in reversed(LINES)}.values())
# What may be said of a post, by how many of it stand.
HONEST = {0: {"failed", "waits", "asked"}, 1: {"live", "asked"}}


def named(line: Line) -> str:
    return f"{line.names[0]} {line.ways[0]}".strip()


def verdict(told: str, count: int, wanted: str) -> str | None:
    """Say what is wrong about what was told; None for nothing."""
    if count > 1:
        return "posted twice"
    if told not in HONEST[count]:
        return f"called {told}, and {count} stand there"
    return None if told == wanted else f"told {told}, documented as {wanted}"


def effects(line: Line, untouched: str) -> list[tuple[Effect, str]]:
    """Give what may become of the call, with what is told then."""
    carried_out = [(Effect.DONE, line.carried_out)] if line.may_have_effect else []
    return [*carried_out, (Effect.NONE, untouched)]


async def told_at_once(answer: Answer, effect: Effect, policy: Policy) -> tuple[str, int]:
    """Publish without a store; gives what is said, and how many stand there two hours later."""
    there = Account1(Doubt(stale_s=4, lag_s=6), policy)
    there.wire.effects.append((answer, effect, 0.0))
    told = "live"
    try:
        await there.publish("this")
    except OutcomeUnknown:
        told = "asked"
    except PressroomError:
        told = "failed"
    there.clock.advance(7200)
    await there.client.aclose()
    return told, len(there.sandbox.media)


@pytest.mark.usefixtures("long_run")
@pytest.mark.parametrize("policy", [CAREFUL, FEWEST_CALLS], ids=["command", "helpers"])
@pytest.mark.parametrize("line", LINES, ids=named)
async def test_without_a_store_what_is_told_is_true_and_as_documented(line: Line, policy: Policy) -> None:
    wrong: dict[tuple[str, Effect], str] = {}
    untouched = line.command if policy is CAREFUL else line.helpers
    for name, answer in line.answers():
        for effect, wanted in effects(line, untouched):
            problem = verdict(*await told_at_once(answer, effect, policy), wanted)
            if problem:
                wrong[name, effect] = problem
    assert wrong == {}


@asynccontextmanager
async def a_world(where: str = ":memory:") -> AsyncGenerator[tuple[World, WrongAnswers]]:
    wires = list[WrongAnswers]()

    def wire(inner: Transport, clock: FakeClock) -> Transport:
        wires.append(WrongAnswers(inner, None, clock, "/media_publish"))
        return wires[0]

    lags = Hostility(stale_status_s=4, listing_lag_s=6)
    async with durable_world(wire=wire, where=where, hostility=lags) as world:
        world.keep_token()
        yield world, wires[0]


def settled(world: World, post: Post) -> tuple[str, int]:
    """Give what the store says of a post, and how many stand there; then clear up after it."""
    ids = {record.id for record in post.containers}
    count = sum(media.container_id in ids for media in world.sandbox.media)
    states = {PostState.PUBLISHED: "live", PostState.FAILED: "failed", PostState.NEEDS_ATTENTION: "asked"}
    if post.state not in states:
        assert post.wake_at is not None, "it waits for nothing"
        world.store.posts.save(_cancelled(post), post)
    world.store.accounts.resume(post.account)
    assert post.state is not PostState.NEEDS_ATTENTION or post.attention is Attention.OUTCOME_UNKNOWN
    return states.get(post.state, "waits"), count


def _cancelled(post: Post) -> Post:
    return replace(post, state=PostState.CANCELLED, revision=post.revision + 1, wake_at=None)


async def told_by_worker(world: World, wire: WrongAnswers, answer: Answer, effect: Effect) -> tuple[str, int]:
    post_id = world.schedule(in_s=SOON_S)
    wire.effects.append((answer, effect, 0.0))
    for _ in range(_LOOKS):  # a pause that ends wakes nobody: a worker comes by
        await world.run(_LOOK_S)
    return settled(world, world.post(post_id))


async def told_by_command(
    world: World, wire: WrongAnswers, answer: Answer, effect: Effect
) -> tuple[str, int]:
    post = world.post(world.schedule(in_s=0))
    wire.effects.append((answer, effect, 0.0))
    means = await world.driver.means(post)
    journal = StoreJournal(world.store, post, Turns(), world.clock)
    context = Context(client=means.client, journal=journal)
    error: PressroomError | None = None
    try:
        await Publisher(context=context, preparation=means.preparation).go_on(post)
    except PressroomError as raised:
        error = raised
    states = {PostState.PUBLISHED} if error is None else {PostState.FAILED, PostState.NEEDS_ATTENTION}
    assert world.post(post.id).state in states
    assert isinstance(error, OutcomeUnknown) is (world.post(post.id).state is PostState.NEEDS_ATTENTION)
    world.clock.advance(SOON_S)
    return settled(world, world.post(post.id))


async def breaches(world: World, wire: WrongAnswers, line: Line) -> dict[tuple[str, str, Effect], str]:
    name, answer = next(line.answers())
    found: dict[tuple[str, str, Effect], str] = {}
    for manner, tell, untouched in (
        ("command", told_by_command, line.command),
        ("worker", told_by_worker, line.worker),
    ):
        for effect, wanted in effects(line, untouched):
            problem = verdict(*await tell(world, wire, answer, effect), wanted)
            if problem:
                found[name, manner, effect] = problem
    return found


@pytest.mark.usefixtures("long_run")
async def test_with_a_store_and_by_a_worker_it_is_the_same() -> None:
    async with a_world() as (world, wire):
        found = [await breaches(world, wire, line) for line in LINES]
    assert [one for one in found if one] == []


@pytest.mark.usefixtures("long_run")
async def test_on_a_server_it_is_the_same(postgres: URL) -> None:
    with a_database(postgres) as url:
        async with a_world(url.render_as_string(hide_password=False)) as (world, wire):
            found = [await breaches(world, wire, line) for line in ON_A_SERVER]
    assert [one for one in found if one] == []


def test_the_table_names_every_answer() -> None:
    named = {name for line in LINES if line.ways == ("",) for name in line.names}
    assert named == OTHER_ANSWERS.keys()
    documented = [name for line in LINES if line.ways == ("as documented",) for name in line.names]
    assert len(documented) == sum(row.code is not None for row in TABLE)
