"""One sequence of an attack: what it knows, and what it makes."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeAlias

from pressroom.core.errors import NeedsApproval, PressroomError
from pressroom.core.post import Attention, ContainerRecord, Post, PostId, PostKind, PostState
from pressroom.graph.answers import ContainerId, ContainerStatus
from pressroom.service import Pressroom, new_post
from pressroom.service.consent.approvals import Waiting
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.resources import Resources
from tests.attack.newsroom import Newsroom

ADDRESSES = tuple(f"https://example.com/{name}.jpg" for name in "abc")
_TOGETHER, _OLD = 0.15, 0.1


@dataclass
class Run:
    """One sequence. posts: that it knows of. looks: what the person saw, also a while ago."""

    room: Newsroom
    posts: list[str] = field(default_factory=list[str])
    looks: list[Waiting] = field(default_factory=list[Waiting])
    contents: list[Post] = field(default_factory=list[Post])
    grants: list[str] = field(default_factory=list[str])
    keys: list[str] = field(default_factory=list[str])

    async def go(self, steps: Sequence["Step"]) -> None:
        """Do 5 to 15 things, some at once, then let the worker do what is left."""
        chance = self.room.chance
        for _ in range(chance.randint(5, 15)):
            together = chance.randint(2, 4) if chance.random() < _TOGETHER else 1
            await asyncio.gather(*(self.step(chance.choice(steps)) for _ in range(together)))
        await self.room.drive()

    async def step(self, step: "Step") -> None:
        """Do one thing; most is refused."""
        with contextlib.suppress(PressroomError, ValueError, LookupError, TypeError, AttributeError):
            await step(self)

    def who(self) -> int:
        return self.room.chance.randrange(len(self.room.programs))

    def program(self) -> Pressroom:
        return self.room.programs[self.who()]

    def resources(self) -> tuple[Resources, Gate]:
        """What a program makes that puts the parts together by itself."""
        road = self.room.road
        ours = Resources(
            settings=road.settings, clock=road.clock, transport=road.transport(), _store=road.store
        )
        return ours, Gate(ours, self.room.actors[self.who()])

    def post(self) -> str:
        """Name a post, mostly one of this sequence."""
        chance = self.room.chance
        known = self.room.posts if chance.random() < _OLD else self.posts
        return chance.choice(known or self.room.posts)

    def when(self) -> timedelta:
        return timedelta(minutes=self.room.chance.choice((-30, 0, 1, 20, 90, 300, 3000)))

    def new(self) -> Post:
        """Make content that nobody saw before, or the same again."""
        chance, number = self.room.chance, self.room.next()
        if self.contents and chance.random() < _OLD:
            return replace(chance.choice(self.contents), id=PostId(f"{number:032x}"))
        source = chance.choice((*ADDRESSES, self.file()))
        comment = f"comment {number}" if chance.random() < 0.3 else None
        made = new_post(PostKind.PHOTO, [source], caption=f"caption {number}", first_comment=comment)
        self.contents.append(made)
        return made

    def file(self) -> str:
        path = self.room.road.settings.home / f"mine-{self.room.chance.randrange(3)}.jpg"
        if not path.exists():
            path.write_bytes(b"mine")
        return str(path)

    def keep(self, post: Post) -> None:
        if post.id not in self.posts:
            self.posts.append(post.id)
            self.room.posts.append(post.id)

    def key(self) -> str | None:
        chance = self.room.chance
        if self.keys and chance.random() < 0.3:
            return chance.choice(self.keys)
        if chance.random() < 0.3:
            self.keys.append(f"key {self.room.next()}")
            return self.keys[-1]
        return None


Step: TypeAlias = Callable[[Run], Awaitable[None]]


def forged(run: Run, post: Post) -> Post:
    """Say of a post what only publishing may say."""
    now = run.room.clock.now()
    record = ContainerRecord(id=ContainerId("17"), created_at=now, status=ContainerStatus.FINISHED)
    copy = str(run.room.road.settings.home / "mine-0.jpg")
    lies: Sequence[dict[str, Any]] = (
        {},
        {"is_interrupted": True, "state": PostState.CANCELLED},
        {"containers": (record,), "state": PostState.READY, "wake_at": now},
        {"actor": "person:anna", "state": PostState.SCHEDULED, "due_at": now},
        {"attention": Attention.LATE, "state": PostState.NEEDS_ATTENTION},
        {"assets": tuple(replace(asset, copy=copy) for asset in post.assets)},
        {"assets": tuple(replace(asset, copy=f"/x/{'0' * 64}.jpg") for asset in post.assets)},
    )
    return replace(post, **run.room.chance.choice(lies))


async def noted(run: Run, call: Awaitable[Any]) -> None:
    """Know a program's new post. One that is let go at once is so by a standing consent."""
    try:
        done = await call
    except NeedsApproval as waits:
        if waits.post_id:
            run.keep(run.room.store.posts.get(PostId(waits.post_id)))
        raise
    run.keep(done.post)
    if not done.is_replay and done.post.state is PostState.SCHEDULED:
        post, book = done.post, run.room.book
        book.uses[f"{post.created_at:%Y-%m-%d}"] += 1
        book.let_go(post.id, run.room.content(post), post.due_at)


async def for_a_moment(run: Run, work: Awaitable[Any]) -> None:
    """Let something go on for a while, then end it as Ctrl-C does."""
    task = asyncio.ensure_future(work)
    patience = asyncio.create_task(run.room.clock.sleep(run.room.chance.choice((1, 4))))
    await asyncio.wait({task, patience}, return_when=asyncio.FIRST_COMPLETED)
    for one in (task, patience):
        one.cancel()
    await asyncio.gather(task, patience, return_exceptions=True)
