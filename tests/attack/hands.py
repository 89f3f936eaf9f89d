"""Two people, a program and a worker at one post, in random order: none undoes what another did.

Each looks at the post, is overtaken or not, and changes it bound to the version that was seen. Afterwards the
journal is held against what was done, and against the post as it is.
"""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from pressroom.core.actor import Actor, ActorId, ActorKind
from pressroom.core.errors import Conflict, NeedsApproval, Refused
from pressroom.core.journal import FieldChange
from pressroom.core.post import Post, PostId, PostKind, PostState, When
from pressroom.core.secret import Secret
from pressroom.core.stored_posts import PostChanged
from pressroom.core.when import with_zone
from pressroom.service import Pressroom, new_post
from pressroom.store import tables as t
from tests.attack.judging import judge
from tests.attack.newsroom import Newsroom, a_newsroom
from tests.attack.sequence import ADDRESSES

LOOKS = 5
_LATEST_S, _STEP_S = 6 * 3600, 3000


@dataclass(frozen=True, slots=True)
class Deed:
    """A change that was made. seen: the version it was bound to. after: the post as it was answered."""

    by: ActorId
    seen: int
    after: Post


@dataclass
class Round:
    """One post in several hands."""

    room: Newsroom
    post_id: PostId
    deeds: list[Deed] = field(default_factory=list[Deed])
    counted: Counter[str] = field(default_factory=Counter[str])

    @property
    def chance(self) -> random.Random:
        return self.room.chance

    def post(self) -> Post:
        return self.room.store.posts.get(self.post_id)

    async def overtaken(self) -> None:
        """Let others do something, or not."""
        for _ in range(self.chance.randrange(12)):
            await asyncio.sleep(0)

    async def hand(self, session: Pressroom, actor: Actor) -> None:
        """Look, wait, and change what was seen; several times."""
        for _ in range(LOOKS):
            await self.overtaken()
            seen = await session.posts.get(self.post_id)
            await self.overtaken()
            try:
                await self._change(session, actor, seen)
            except PostChanged:
                self.counted["told"] += 1
            except NeedsApproval:
                self.counted["asked"] += 1
            # A rule of the store's that is broken is none of these.
            except (Refused, Conflict):
                self.counted["refused"] += 1

    async def _change(self, session: Pressroom, actor: Actor, seen: Post) -> None:
        posts, now = session.posts, self.room.clock.now()
        text = f"caption {self.room.next()}"
        due_at = now + timedelta(minutes=self.chance.choice((10, 60, 300)))
        undated = self.chance.choice((When.OPEN, due_at.date()))
        ways: list[Callable[[], Awaitable[Post]]] = [
            partial(posts.edit, seen.id, caption=text, version=seen.version),
            partial(posts.move, seen.id, due_at, version=seen.version),
            partial(posts.move, seen.id, undated, version=seen.version),
            partial(posts.reschedule, seen.id, due_at, version=seen.version),
            partial(posts.release, seen.id, due_at, version=seen.version),
            partial(posts.approve, seen.id, version=seen.version),
            partial(self._approve_what_waits, session, seen),
            partial(posts.cancel, seen.id, version=seen.version),
        ]
        # Calling off ends the round, so it is tried less.
        after = await self.chance.choices(ways, weights=(6, 5, 2, 1, 3, 3, 3, 1))[0]()
        if after.version != seen.version:
            self.deeds.append(Deed(actor.id, seen.version, after))
        if not actor.is_program and after.state in (
            PostState.SCHEDULED,
            PostState.PREPARING,
            PostState.READY,
        ):
            self.room.book.let_go(after.id, self.room.content(after), now)

    @staticmethod
    async def _approve_what_waits(session: Pressroom, seen: Post) -> Post:
        proposal = await session.approvals.about(seen.id)
        if proposal is None:
            return seen
        approved = await session.approvals.approve(proposal.id, version=seen.version)
        assert approved.post
        return approved.post

    async def work(self) -> None:
        """Be the worker, and let time pass."""
        for _ in range(LOOKS):
            await self.overtaken()
            self.room.clock.advance(self.chance.choice((1, 60, 900)))
            await self.room.drive()


async def a_round(room: Newsroom, people: list[tuple[Pressroom, Actor]]) -> Counter[str]:
    """Put one post into all hands at once, and judge what became of it."""
    chance, number = room.chance, room.next()
    maker, by = chance.choice(people)
    content = new_post(PostKind.PHOTO, [chance.choice(ADDRESSES)], caption=f"caption {number}")
    at = chance.choice((room.clock.now() + timedelta(hours=1), When.OPEN))
    state = PostState.DRAFT if at is When.OPEN else chance.choice((PostState.DRAFT, PostState.SCHEDULED))
    with contextlib.suppress(NeedsApproval):
        made = await maker.posts.submit(content, at=at, state=state)
        if not by.is_program and made.post.state is PostState.SCHEDULED:
            room.book.let_go(content.id, room.content(made.post), room.clock.now())
    hands = Round(room, content.id)
    await asyncio.gather(*(hands.hand(session, actor) for session, actor in people), hands.work())
    _require_in_turn(hands)
    # What was let go goes out now, and nothing else does.
    for _ in range(_LATEST_S // _STEP_S):
        room.clock.advance(_STEP_S)
        await room.drive()
    judge(room)
    hands.counted.update(deeds=len(hands.deeds), rounds=1, **{str(hands.post().state): 1})
    with contextlib.suppress(Refused):
        await people[0][0].posts.cancel(content.id)
    return hands.counted


def _require_in_turn(hands: Round) -> None:
    """Hold the journal against what was done, and against the post as it is."""
    now, by_version = hands.post(), dict[int, Deed]()
    for deed in hands.deeds:
        assert deed.after.version not in by_version, "of two changes at once one wins"
        by_version[deed.after.version] = deed
        # A program that gives its draft a time, and lets it go, makes two changes in one call.
        assert deed.after.version - deed.seen in (1, 2), "it came upon what was not seen"
    events = _events_of(hands)
    # The first event of a version made it.
    by_whom = {event.version: event.actor for event in reversed(events) if event.version}
    assert all(by_whom[version] == deed.by for version, deed in by_version.items())
    stands = dict[str, str | None]()
    changes = (change for event in events for change in event.changes if change.name != "proposal")
    for change in changes:
        assert stands.get(change.name, change.before) == change.before, (
            f"{change} is not of what the last one made"
        )
        stands[change.name] = change.after
    due_at = with_zone(now.due_at, now.timezone) if now.due_at else None
    shown = {"caption": now.options.caption, "due_at": due_at, "state": now.state}
    assert {name: stands.get(name, value) for name, value in shown.items()} == shown


class _Event(NamedTuple):
    version: int | None
    actor: ActorId | None
    changes: tuple[FieldChange, ...]


def _events_of(hands: Round) -> list[_Event]:
    """Read the post's events with those that followers alone are told, in the order of its changes.

    Not as followers do: on a server they wait for whatever transaction runs in any of its databases.
    """
    c = t.journal_events.c
    of_post = sa.select(c.version, c.actor, c.changes).where(c.subject_id == hands.post_id).order_by(c.id)
    with hands.room.store.database.reading() as connection:
        return [
            _Event(version, actor, msgspec.json.decode(changes or "[]", type=tuple[FieldChange, ...]))
            for version, actor, changes in connection.execute(of_post)
        ]


async def in_hands(home: Path, empty: Path | Secret, seed: int, rounds: int) -> Counter[str]:
    """Play rounds in one newsroom. Gives what was counted."""
    counted = Counter[str]()
    async with a_newsroom(home, empty, seed) as room:
        ben = Actor(ActorKind.PERSON, "ben")
        async with room.road.pressroom(actor=ben) as second:
            anna = Actor(ActorKind.PERSON, "anna")
            people = [(room.person, anna), (second, ben), (room.programs[0], room.actors[0])]
            for _ in range(rounds):
                counted += await a_round(room, people)
    return counted
