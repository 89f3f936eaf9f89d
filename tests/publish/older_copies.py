"""A worker publishes a post from one copy of a store, and another one then starts on an older copy."""

import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import URL, NullPool, create_engine, make_url, text

from pressroom.core.post import Post, PostId, PostState
from pressroom.publish.machine.policy import CAREFUL
from pressroom.service.posts.catching_up import catch_up
from pressroom.store.store import open_store
from tests.publish.durable_world import InlineStore, World, durable_world

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 24 * 3600.0
DUE_IN_S = 1200.0


class Case(StrEnum):
    """How an older copy of a store comes to be started."""

    DIRECTORY_SET_BACK = "the data directory was set back"
    DATABASE_PUT_BACK = "the database was put back with cp, without the send log"
    HOME_COPIED = "a copy of the data directory"
    ADOPTED = "db adopt --keep-posts"


class Moment(StrEnum):
    """When the older copy was made; the last three by the names of the driver's crash points."""

    PLANNED = "planned"
    BEFORE_CONTAINER = "before ContainerCreated"
    BEFORE_SEND = "before SendCommitted"
    BEFORE_COMMENT = "before CommentCommitted"


@dataclass
class Copies:
    """The copies of one store. url: of a server's database; None for a file."""

    home: Path
    url: URL | None = None
    made_at: datetime | None = None

    @classmethod
    def at(cls, home: Path, address: str | None) -> "Copies":
        home.mkdir(parents=True)
        return cls(home, make_url(address) if address else None)

    @property
    def where(self) -> str:
        return self._address(self.url) if self.url else str(self.home / "pressroom.db")

    @property
    def marks(self) -> Path:
        return self.home.with_name("state")

    @property
    def _copy(self) -> Path:
        return self.home.with_name("copy")

    def make(self, world: World) -> None:
        """Copy the data directory, and a server's database, as they are."""
        world.store.database.engine.dispose()
        self.made_at = world.clock.now()
        shutil.copytree(self.home, self._copy)
        if self.url:
            _clone(self.url, self._named("copy"))

    def put_in_place(self, case: Case, *, is_logged: bool) -> "Copies":
        """Make the older copy the store that is started next, and return where it is."""
        older = self
        if case in (Case.HOME_COPIED, Case.ADOPTED):
            older = replace(self, home=self.home.with_name("other"), url=self.url and self._named("copy"))
            shutil.copytree(self._copy, older.home)
        else:
            if case is Case.DIRECTORY_SET_BACK:
                shutil.rmtree(self.home)
                shutil.copytree(self._copy, self.home)
            elif not self.url:
                for end in ("-wal", "-shm"):
                    (self.home / f"pressroom.db{end}").unlink(missing_ok=True)
                shutil.copy(self._copy / "pressroom.db", self.home)
            if self.url:
                _clone(self._named("copy"), self.url)
        if not is_logged or case is Case.DATABASE_PUT_BACK:
            for log in older.home.glob("*.sends-*"):
                log.unlink()
        return older

    def _named(self, end: str) -> URL:
        assert self.url
        return self.url.set(database=f"{self.url.database}_{end}")

    def _address(self, url: URL) -> str:
        return url.render_as_string(hide_password=False)


def _clone(source: URL, target: URL) -> None:
    engine = create_engine(source.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {target.database} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {target.database} TEMPLATE {source.database}"))


@dataclass
class Stage:
    """A world, the copies of its store, and the post that was published from the newer one."""

    world: World
    copies: Copies
    post_id: PostId

    @property
    def post(self) -> Post:
        return self.world.post(self.post_id)

    async def start_older_copy(
        self, case: Case, *, age_s: float, is_logged: bool = True, is_marked: bool = True
    ) -> None:
        """Stop the worker, and start one on the older copy when that is so old."""
        world, clock = self.world, self.world.clock
        world.store.close()
        older = self.copies.put_in_place(case, is_logged=is_logged)
        if not is_marked:
            shutil.rmtree(self.copies.marks)
        assert self.copies.made_at
        age = clock.now() - self.copies.made_at
        clock.advance(max(0.0, (timedelta(seconds=age_s) - age).total_seconds()))
        opened = open_store(older.where, clock=clock, home=older.home, marks=older.marks)
        world.store = InlineStore(opened.database, marks=older.marks)
        world.driver = replace(world.driver, store=world.store, worker="worker-2", _shared=[])
        if case is Case.ADOPTED:
            world.store.provenance.renew_identity()
            await catch_up(world.store, clock, CAREFUL, is_older=True)
        await start_worker(world)
        await work(world, 2 * HOUR_S)


async def start_worker(world: World) -> None:
    """Do what a worker does before it drives the first post."""
    world.store.posts.release_leases()
    await catch_up(world.store, world.clock, CAREFUL)


async def work(world: World, seconds: float, *, beat_every_s: float = HOUR_S) -> None:
    """Let a worker work for so long, with its heartbeat: at the end, and every so often before."""
    end = world.clock.now() + timedelta(seconds=seconds)
    while (left_s := (end - world.clock.now()).total_seconds()) > 0:
        await world.run(min(beat_every_s, left_s))
        world.store.provenance.beat(world.clock.now())


@asynccontextmanager
async def published(copies: Copies, moment: Moment, plan: Callable[[World], PostId]) -> AsyncGenerator[Stage]:
    """Give a world whose post was published, and a copy of its store at a moment before that."""
    worlds = list[World]()

    def crash_point(name: str) -> None:
        if name == moment and copies.made_at is None:
            copies.make(worlds[0])

    async with durable_world(
        crash_point=crash_point, where=copies.where, home=copies.home, marks=copies.marks
    ) as world:
        worlds.append(world)
        await start_worker(world)
        post_id = plan(world)
        crash_point(Moment.PLANNED)
        due_at = world.post(post_id).goes_out_at
        assert due_at
        while not _is_done(world.post(post_id)):
            await work(world, 5.0 if world.clock.now() >= due_at else MINUTE_S, beat_every_s=MINUTE_S)
        yield Stage(world, copies, post_id)
        world.store.close()


def _is_done(post: Post) -> bool:
    return post.state is PostState.PUBLISHED and not post.followups
