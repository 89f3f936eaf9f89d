"""A worker's store is backed up at one step of a post's way, and put back when the post is long live."""

import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import URL, NullPool, create_engine, text

from pressroom.core.post import Attention, Post, PostId, PostState
from pressroom.core.stored_posts import PostQuery
from pressroom.publish.machine import operations
from pressroom.publish.machine.policy import CAREFUL
from pressroom.service.consent.change import Change, Verb
from pressroom.service.posts.catching_up import CaughtUp, catch_up, recall_sends
from pressroom.store import upkeep
from pressroom.store.store import open_store
from tests.publish.durable_world import InlineStore, World, durable_world

# What a driver tells of on the way of a post with a first comment, and once before and once after all of it.
MOMENTS = (
    "nothing yet",
    "planned",
    "before Woken",
    *(
        f"{when} {event}"
        for event in (
            "ContainerCreated",
            "ContainerSettled",
            "SendCommitted",
            "SendAnswered",
            "PermalinkRead",
            "CommentCommitted",
            "CommentAnswered",
        )
        for when in ("before", "after")
    ),
    "an hour before",
    "a minute before",
    "done",
)
HOUR_S, DAY_S = 3600.0, 24 * 3600.0
AGES_S = (60.0, DAY_S, 7 * DAY_S)


@dataclass
class Backups:
    """Where a store is, and its one backup. `url`: of a server's database; None for a file."""

    path: Path
    url: URL | None = None

    @property
    def where(self) -> str:
        return self.url.render_as_string(hide_password=False) if self.url else str(self.path)

    @property
    def home(self) -> Path:
        return self.path.parent

    @property
    def marks(self) -> Path:
        return self.home.with_name(f"{self.home.name}-state")

    @property
    def exists(self) -> bool:
        return self._copy.exists()

    @property
    def _copy(self) -> Path:
        return self.path.with_name("backup")

    def make(self) -> None:
        if self.url is None:
            upkeep.backup(self.path, self._copy)
            return
        self._copy_database(self.url, self.url.set(database=f"{self.url.database}_copy"))
        self._copy.touch()

    def put_back(self) -> None:
        """Replace the store with its backup, as a person would who knows of no command for it."""
        if self.url is None:
            for end in ("-wal", "-shm"):
                Path(f"{self.path}{end}").unlink(missing_ok=True)
            shutil.copy(self._copy, self.path)
            return
        self._copy_database(self.url.set(database=f"{self.url.database}_copy"), self.url)

    def _copy_database(self, source: URL, target: URL) -> None:
        engine = create_engine(
            source.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {target.database} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {target.database} TEMPLATE {source.database}"))


@dataclass
class Restoring:
    """The world and the backup of its store."""

    world: World
    backups: Backups

    async def put_back(self, *, age_s: float, is_logged: bool = True, is_marked: bool = True) -> None:
        """Put the backup in the store's place when it is so old.

        is_logged, is_marked: the send log and the mark of this machine are there, too.
        """
        self.world.clock.advance(age_s)
        self.world.store.close()
        self.backups.put_back()
        for log in () if is_logged else self.backups.home.glob("*.sends-*"):
            log.unlink()
        if not is_marked:
            shutil.rmtree(self.backups.marks)
        restored = open_store(
            self.backups.where, clock=self.world.clock, home=self.backups.home, marks=self.backups.marks
        )
        self.world.store = InlineStore(restored.database, marks=self.backups.marks)
        self.world.driver = replace(self.world.driver, store=self.world.store, worker="worker-2", _shared=[])

    async def start_worker(self, *, hours: float = 2) -> CaughtUp:
        """Do what a worker does first, and let it work."""
        # Those of the backup: a minute later they have run out.
        self.world.store.posts.release_leases()
        caught_up = await catch_up(self.world.store, self.world.clock, CAREFUL)
        await self.world.run(hours * HOUR_S)
        return caught_up

    def change(self, post: Post, change: Change) -> None:
        after = change.operate(post, self.world.clock.now())
        self.world.store.posts.save(after, post)

    def retry_all(self) -> None:
        """Do what `queue retry` does with all that can be retried."""
        for post in self.posts:
            if operations.Operation.RETRY in operations.possible(post):
                self.change(post, Change(Verb.RETRY))

    @property
    def posts(self) -> tuple[Post, ...]:
        return self.world.store.posts.list(PostQuery()).posts

    async def repeat(self, first: Post) -> Post:
        """Run the script again that made the post: the same content and key, now."""
        again = replace(
            first,
            id=PostId("again"),
            state=PostState.PREPARING,
            due_at=self.world.clock.now(),
            revision=0,
            created_at=None,
        )
        added = self.world.store.posts.add(again)
        if added.is_replay:
            await recall_sends(self.world.store, self.world.clock)
        return self.world.post(added.post.id)

    def in_doubt(self) -> list[Post]:
        return [post for post in self.posts if post.attention is Attention.OUTCOME_UNKNOWN]


@asynccontextmanager
async def a_world_backed_up(
    moment: str, backups: Backups, plan: Callable[[World], PostId]
) -> AsyncGenerator[tuple[Restoring, Post]]:
    """Give a world whose one post went live, and a backup of its store at a moment of that; and that post.

    The post is as it was first stored. Nothing of the sandbox is hostile but that lists lag a little.
    """

    worlds = list[World]()

    def crash_point(name: str) -> None:
        if name == moment and not backups.exists:
            # A database is copied while nobody is connected to it.
            worlds[0].store.database.engine.dispose()
            backups.make()

    async with durable_world(
        crash_point=crash_point, where=backups.where, home=backups.home, marks=backups.marks
    ) as world:
        worlds.append(world)
        crash_point("nothing yet")
        post_id = plan(world)
        first = world.post(post_id)
        due_at = first.goes_out_at
        assert due_at
        crash_point("planned")
        for name, minutes in (("an hour before", 60), ("a minute before", 1)):
            ahead = due_at - timedelta(minutes=minutes) - world.clock.now()
            await world.run(ahead.total_seconds())
            crash_point(name)
        await world.run(HOUR_S)
        crash_point("done")
        yield Restoring(world, backups), first
        world.store.close()
