"""A server is killed, stopped or slow at any moment of a request, and its client repeats it with its key.

However that ends there is one effect: the store holds what one request leaves there, what went out did so
once, and the answer to a repeat says how things stand at that moment.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest.mock import patch

import sqlalchemy as sa

from pressroom.api.app import api_app
from pressroom.api.operation import Operation
from pressroom.api.table import OPERATIONS
from pressroom.core.actor import Actor, ActorId, ActorKind
from pressroom.core.consent import Decision, ProposalState
from pressroom.core.deletion import DeletionState
from pressroom.core.errors import PressroomError
from pressroom.core.journal import SubjectKind
from pressroom.core.post import PostState, SendState
from pressroom.core.secret import Secret
from pressroom.core.settings import Mask
from pressroom.core.stored_posts import PostQuery
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.service.consent.change import Verb
from pressroom.service.posts.published import DELETE_MEDIA
from pressroom.service.programs.programs import Programs
from pressroom.service.reports.reports import ReportService
from pressroom.store import tables as t
from pressroom.store.columns import UtcTime
from pressroom.store.store import Store
from tests.api.house import Client, Got
from tests.attack.mortal import End, Mortal, mortals
from tests.attack.newsroom import Newsroom, a_newsroom
from tests.attack.wishes import WISHES, Make, Wish, Wishes
from tests.mcp.shop import keep_nothing_yet

# With Facebook's login media can be deleted.
PLAYED: Final = SandboxSettings(
    fetch="trust",
    token="EAAsandbox0123456789abcdef",  # the sandbox's
    login=LoginType.FACEBOOK,
    processing=Processing.at_once(),
)
ASKS, TRUSTED = "asks", "trusted"
_OVER: Final = (
    PostState.PUBLISHED,
    PostState.DELETED,
    PostState.FAILED,
    PostState.MISSED,
    PostState.CANCELLED,
    PostState.DRAFT,
)
_OFTEN: Final = 100_000
MOST_MOMENTS: Final = 45
_COUNTED: Final = (
    t.posts,
    t.proposals,
    t.grant_uses,
    t.idempotency_keys,
    t.deletions,
    t.slots,
    t.report_jobs,
)


class Left(NamedTuple):
    """What one undisturbed request leaves. status: of its answer."""

    status: int
    facts: Counter[str]


@dataclass
class Scene:
    """A newsroom, the API that its programs ask, and what one undisturbed request of each wish leaves.

    servers: what each has of its programs; the last one is asked.
    """

    room: Newsroom
    tokens: Mapping[str, str]
    servers: list[Programs] = field(default_factory=list[Programs])
    left: dict[tuple[Make, str], Left] = field(default_factory=dict[tuple[Make, str], Left])
    counted: Counter[str] = field(default_factory=Counter[str])

    @property
    def all(self) -> Sequence[tuple[Operation, Make, str]]:
        """Every wish for each operation that takes a key, of each program."""
        keyed = [operation for operation in OPERATIONS if operation.takes_key]
        return [
            (operation, make, name)
            for operation in keyed
            for make in WISHES[operation.name]
            for name in (ASKS, TRUSTED)
        ]

    def wishes(self, name: str) -> Wishes:
        return Wishes(self.room, Actor(ActorKind.PROGRAM, name), self.client(name))

    def client(self, name: str) -> Client:
        return Client(api_app(self.servers[-1], mask=Mask()), self.tokens[name])

    def start(self) -> None:
        """Start a new server, which is asked from now on; the one before may still be at a request."""
        self.servers.append(Programs(self.room.person, self.room.road.session_of))

    async def close(self, left: int = 0) -> None:
        """Close the servers that nobody asks any more. left: how many stay."""
        while len(self.servers) > left:
            await self.servers.pop(0).aclose()

    def facts(self, name: str) -> Counter[str]:
        """Count what the store holds, what a program did by its journal, and what went out."""
        with self.room.store.database.reading() as connection:
            found = Counter(
                {
                    table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                    for table in _COUNTED
                }
            )
            events = sa.select(t.journal_events.c.step).where(t.journal_events.c.actor == f"program:{name}")
            found.update(f"step {step}" for step in connection.execute(events).scalars())
        found.update(f"call {call.method}" for call in self.room.heard())
        return found


def end_leases(store: Store) -> None:
    """Let the time of all leases of requests be over: whoever was killed renews none."""
    past = sa.bindparam("past", datetime(1970, 1, 1, tzinfo=UTC), UtcTime)
    with store.database.writing() as connection:
        connection.execute(sa.update(t.requests).values(leased_until=past))


@asynccontextmanager
async def a_scene(home: Path, empty: Path | Secret, seed: int) -> AsyncGenerator[Scene]:
    """Open one. empty: as `a_newsroom` takes it."""
    async with a_newsroom(home, empty, seed, played=PLAYED) as room:
        tokens = {
            name: (await room.person.keys.add(name, scopes=("read", "draft", "publish"))).token.reveal()
            for name in (ASKS, TRUSTED)
        }
        await room.person.approvals.allow(
            f"program:{TRUSTED}", verbs=["publish", DELETE_MEDIA, *Verb], accounts=["ana"], per_day=_OFTEN
        )
        keep_nothing_yet(room.road)
        scene = Scene(room, tokens)
        scene.start()
        # A report takes a process; here nobody makes any.
        with mortals(), patch.object(ReportService, "_make_soon"):
            try:
                yield scene
            finally:
                await scene.close()


@dataclass
class Round:
    """One wish of a program and its repeats. key: under which it is sent each time."""

    scene: Scene = field(repr=False)
    operation: Operation
    make: Make
    name: str
    wish: Wish
    key: str
    before: Counter[str]
    between: str = "nothing"

    async def ask(self, server: Mortal | None = None, other: tuple[str, Any] | None = None) -> Got | None:
        """Send it to a server, in a task of its own, which may be ended. other: another path and body."""
        wish, headers = self.wish, {"Idempotency-Key": self.key}
        path, body = other or (wish.path, wish.body)
        if wish.seen is not None:
            headers["If-Match"] = f'"{wish.seen}"'
        asking = (server or Mortal()).ask(
            self.scene.client(self.name), wish.method, path, body, headers=headers, **wish.query
        )
        return await asyncio.create_task(asking)

    async def repeat(self) -> Got:
        """Send it until it is not under way any more; the lease of whoever is gone comes to its end."""
        answer = await self.ask()
        if answer and is_under_way(answer):
            self.scene.counted["told to come again"] += 1
            end_leases(self.scene.room.store)
            answer = await self.ask()
        assert answer
        assert not is_under_way(answer), self
        return answer

    def done(self) -> Counter[str]:
        """Count what came of it so far."""
        now = self.scene.facts(self.name)
        now.subtract(self.before)
        return Counter({name: count for name, count in now.items() if count})


def is_under_way(answer: Got) -> bool:
    """Tell whether the request is being carried out, which is said with when to come again."""
    is_it = answer.status == HTTPStatus.CONFLICT and answer.json["type"].endswith("RequestUnderWay")
    assert not is_it or answer.headers["retry-after"]
    return is_it


async def begun(scene: Scene, operation: Operation, make: Make, name: str) -> Round:
    wish = await make(scene.wishes(name))
    return Round(scene, operation, make, name, wish, f"key-{scene.room.next()}", scene.facts(name))


async def learn(scene: Scene, operation: Operation, make: Make, name: str) -> None:
    """Let a program have a wish once, undisturbed, and keep what that leaves."""
    one = await begun(scene, operation, make, name)
    answer = await one.ask()
    assert answer
    assert answer.status < HTTPStatus.MULTIPLE_CHOICES, (one, answer.content)
    scene.left[make, name] = Left(answer.status, one.done())
    await tidy(scene)


async def a_round(scene: Scene) -> None:
    """Have a wish end in some way, repeat it, and hold what there is against one undisturbed request."""
    chance = scene.room.chance
    operation, make, name = chance.choice(scene.all)
    if (make, name) not in scene.left:
        await learn(scene, operation, make, name)
    one = await begun(scene, operation, make, name)
    await chance.choice((_ended, _ended, _ended, _at_once, _slow))(one)
    if one.done():
        await chance.choice((_nothing, _nothing, _decided, _edited, _worked))(one)
    await _judge(one)
    await scene.room.drive()
    await tidy(scene)
    await scene.close(left=1)


async def _ended(one: Round) -> None:
    """The server is killed or stopped, or only the answer is lost."""
    chance = one.scene.room.chance
    end = chance.choice((End.KILL, End.KILL, End.STOP, End.HANG_UP))
    server = Mortal(end, chance.randint(1, MOST_MOMENTS))
    await one.ask(server)
    one.scene.counted[f"{server.end.name} {server.met}" if server.met else "answer lost"] += 1
    if server.met and end is not End.HANG_UP:
        one.scene.start()


async def _at_once(one: Round) -> None:
    """Several clients send it at the same time."""
    one.scene.counted["at once"] += 1
    answers = await asyncio.gather(*(one.ask() for _ in range(3)))
    expected = one.scene.left[one.make, one.name].status
    assert {answer.status for answer in answers if answer and not is_under_way(answer)} == {expected}, answers


async def _slow(one: Round) -> None:
    """The client gives up waiting and repeats, at another server; the first run goes on later."""
    scene = one.scene
    server = Mortal(End.STAND_STILL, scene.room.chance.randint(1, MOST_MOMENTS))
    first, still = asyncio.create_task(one.ask(server)), asyncio.create_task(server.still.wait())
    await asyncio.wait((first, still), return_when=asyncio.FIRST_COMPLETED)
    still.cancel()
    is_taken_over = False
    if server.met:
        scene.start()
        is_taken_over = scene.room.chance.random() < 0.5  # a half
        scene.counted[f"{'taken over' if is_taken_over else 'repeated'} {server.met}"] += 1
        await (one.repeat() if is_taken_over else one.ask())
    server.go_on.set()
    answer, expected = await first, scene.left[one.make, one.name].status
    assert answer
    # Nobody waits for the answer of a run that was taken over; it may have found what the other one did.
    assert is_under_way(answer) or is_taken_over or answer.status == expected, (one, answer.content)


async def _nothing(_one: Round) -> None:
    """Nothing happens in between."""


async def _decided(one: Round) -> None:
    """A person decides what waits."""
    approvals = one.scene.room.person.approvals
    waiting = await one.scene.room.store.run(one.scene.room.store.consents.list, (ProposalState.WAITING,))
    for proposal in waiting[:1]:
        one.between = one.scene.room.chance.choice(("approved", "declined"))
        decide = approvals.approve if one.between == "approved" else approvals.decline
        with contextlib.suppress(PressroomError):
            await decide(proposal.id)
        one.scene.counted[one.between] += 1


async def _edited(one: Round) -> None:
    """A person changes the post."""
    if one.wish.about:
        with contextlib.suppress(PressroomError):
            await one.scene.room.person.posts.edit(one.wish.about, caption=f"caption {one.scene.room.next()}")
            one.between = "edited"
            one.scene.counted["edited"] += 1


async def _worked(one: Round) -> None:
    """A worker publishes what is due."""
    one.between = "worked"
    await one.scene.room.drive()


async def _judge(one: Round) -> None:
    answer, left = await one.repeat(), one.scene.left[one.make, one.name]
    about = (one.operation.name, one.name, one.between, answer.status, answer.content[:600], one.wish)
    if one.between == "declined" or (one.between == "edited" and left.status == HTTPStatus.ACCEPTED):
        assert answer.status in (HTTPStatus.FORBIDDEN, left.status), about
    elif one.between == "approved":
        assert answer.status == next(iter(one.operation.answers)), about
    else:
        assert answer.status == left.status, about
    await _require_present(one, answer)
    done = one.done()
    if one.between in ("approved", "worked"):
        assert _asked(done) == _asked(left.facts), (about, done, left)
    elif one.operation.name == "delete_post" and done != left.facts:
        # Nobody knows whether Instagram was asked: nobody asks again. Or the server died with a use of the
        # consent taken and nothing done with it, which is spent.
        expected = Counter({name: count for name, count in left.facts.items() if name != "grant_uses"})
        assert 0 <= done.pop("grant_uses", 0) - left.facts["grant_uses"] <= 1, (about, done, left)
        assert done <= expected, (about, done, left)
        assert done == expected or answer.json["state"] == DeletionState.OPEN, about
    else:
        assert done == left.facts, (about, done, left)
    other = await one.ask(other=one.wish.other)
    assert other
    assert (other.status, other.json["type"].rpartition("#")[2]) == (422, "KeyReused"), (about, other)


def _asked(facts: Counter[str]) -> Counter[str]:
    """Leave out what a worker, or an approval, does afterwards."""
    return Counter(
        {name: count for name, count in facts.items() if not name.startswith("call") and name != "deletions"}
    )


async def _require_present(one: Round, answer: Got) -> None:
    """Hold what an answer says of a post against how the post stands."""
    if answer.status == HTTPStatus.FORBIDDEN or not answer.content:
        return
    post = answer.json.get("post") or answer.json
    if "version" in post:
        now = await one.scene.client(one.name).get(f"/posts/{post['post_id']}")
        assert {name: now[name] for name in post.keys() & now.keys()} == {
            name: post[name] for name in post.keys() & now.keys()
        }, (one, post, now)


async def tidy(scene: Scene) -> None:
    """Have nothing go out any more, and nothing wait."""
    store, now = scene.room.store, scene.room.clock.now()
    query = PostQuery(states=tuple(state for state in PostState if state not in _OVER), limit=500)
    for post in store.posts.list(query).posts:
        sends = tuple(replace(send, state=SendState.ABANDONED) for send in post.sends)
        over = post.changed(state=PostState.CANCELLED, sends=sends, attention=None, wake_at=None)
        store.posts.save(over.following(post), post)
        store.consents.void(SubjectKind.POST, post.id, now)
    with store.database.writing() as connection:
        connection.execute(sa.delete(t.report_jobs))
        connection.execute(sa.delete(t.slots))
    for proposal in store.consents.list((ProposalState.WAITING,)):
        by = Decision(proposal=proposal.id, state=ProposalState.DECLINED, by=ActorId("person:anna"), at=now)
        store.consents.decide(by)


async def in_doubt(home: Path, empty: Path | Secret, seed: int, rounds: int) -> Counter[str]:
    """Play rounds in one scene. Gives what was counted."""
    async with a_scene(home, empty, seed) as scene:
        for _ in range(rounds):
            await a_round(scene)
        live = Counter(media.caption for media in scene.room.road.sandbox.media)
        assert set(live.values()) <= {1}, live
        return scene.counted
