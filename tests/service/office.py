"""A teller whose one channel keeps what it is told, on a store and a clock that costs nothing."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from pressroom.accounts.tokens import RENEWAL_JOB
from pressroom.core.post import PostId
from pressroom.core.settings import Mask
from pressroom.service.work.watch import Teller
from pressroom.service.work.ways import Letter, NotTold
from tests.cli.shapes import assert_documented
from tests.publish.durable_world import World, durable_world


@dataclass
class Listener:
    """A channel that keeps what it is told, or refuses it."""

    name: str = "webhook"
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    refusals: int = 0

    async def tell(self, key: str, body: str) -> None:
        assert key
        if self.refusals:
            self.refusals -= 1
            raise NotTold("It is away.")
        self.bodies.append(json.loads(body))
        assert_documented("worker notice", self.bodies[-1])

    async def deliver(self, letter: Letter) -> bool:
        await self.tell("letter", letter.body)
        return False

    @property
    def events(self) -> list[str]:
        return [body["event"] for body in self.bodies]


@dataclass
class Office:
    world: World
    listener: Listener
    teller: Teller

    async def look(self, after_s: float = 61) -> list[str]:
        """Look once more a while later, and give the events of all that was told so far."""
        self.world.clock.advance(after_s)
        await self.teller.look()
        return self.listener.events

    def change(self, post_id: PostId, **fields: Any) -> None:
        was = self.world.post(post_id)
        self.world.store.posts.save(was.changed(**fields).following(was), was)

    def login_changes(self, **fields: Any) -> None:
        (stored,) = self.world.store.accounts.list()
        self.world.store.accounts.put(replace(stored, **fields))

    def token_ends_in(self, days: float) -> None:
        self.login_changes(token_expires_at=self.world.clock.now() + timedelta(days=days))
        self.tokens_were_renewed()

    def tokens_were_renewed(self) -> None:
        """Let a worker have renewed, lately, what can be renewed: so what is left near its end stays so."""
        jobs, now = self.world.store.jobs, self.world.clock.now()
        jobs.ensure(RENEWAL_JOB, now)
        assert jobs.claim(RENEWAL_JOB, now, "worker", lease_s=60)
        assert jobs.done(RENEWAL_JOB, "worker", now + timedelta(days=365))


@asynccontextmanager
async def an_office() -> AsyncGenerator[Office]:
    listener = Listener()
    async with durable_world() as world:
        teller = Teller(store=world.store, clock=world.clock, channels=[listener], mask=Mask())
        yield Office(world, listener, teller)
