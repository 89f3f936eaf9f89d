"""A server that dies, is stopped, or stands still at a chosen moment of a request.

A moment is each point at which what is done so far differs for whoever comes later: before and after each
operation of the store, before each commit, and around each message of the answer. Whoever was killed does
nothing any more: what its code would still do to clean up meets `Killed` again.
"""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message

from pressroom.store.database import Database
from pressroom.store.store import Store
from tests.api.house import Client, Got


class Killed(BaseException):
    """The process is gone."""


class End(Enum):
    """What happens at the moment."""

    NOTHING = auto()
    KILL = auto()
    STOP = auto()  # as a server does that ends: its tasks are cancelled, and clean up
    STAND_STILL = auto()
    HANG_UP = auto()  # as a client does before it has sent all


serving: ContextVar["Mortal | None"] = ContextVar("serving", default=None)
"""The server that carries out what runs in this context."""


def _be_gone() -> None:
    raise Killed


@dataclass(eq=False)
class Mortal:
    """A server while it carries out one request. at: the number, or name, of the moment of its end.

    die: what a kill is. passed: how many moments, so far. met: the one of its end. still, go_on: it stands
    still, and goes on.
    """

    end: End = End.NOTHING
    at: int | str = 0
    die: Callable[[], None] = _be_gone
    passed: int = 0
    met: str | None = None
    is_dead: bool = False
    still: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def pass_by(self, moment: str) -> bool:
        """Tell whether the moment is the one; raise Killed where it is the end."""
        if self.is_dead:
            raise Killed
        self.passed += 1
        if self.at not in (self.passed, moment):
            return False
        self.met = moment
        if self.end is End.KILL:
            self.is_dead = True
            self.die()
        return True

    async def reach(self, moment: str) -> None:
        """Pass a moment at which a server may also be stopped, and stand still."""
        if not self.pass_by(moment):
            return
        if self.end is End.STOP:
            task = asyncio.current_task()
            assert task
            task.cancel()
            await asyncio.sleep(0)
        elif self.end is End.STAND_STILL:
            self.still.set()
            await self.go_on.wait()

    async def ask(self, client: Client, method: str, path: str, body: object, **more: Any) -> Got | None:
        """Ask for something; None for no whole answer."""
        serving.set(self)
        reached = Client(self.app(client.app), client.token)
        try:
            return await reached.ask(method, path, body, **more)
        except (Killed, asyncio.CancelledError, ClientDisconnect):
            return None

    def app(self, app: ASGIApp) -> ASGIApp:
        async def answer(scope: Any, receive: Any, send: Any) -> None:
            async def received() -> Message:
                await self.reach("before the body")
                return {"type": "http.disconnect"} if self.end is End.HANG_UP else await receive()

            async def sent(message: Message) -> None:
                await self.reach(f"before {message['type']}")
                await send(message)

            await app(scope, received, sent)
            await self.reach("after the answer")

        return answer


@contextmanager
def mortals() -> Generator[None]:
    """Have the store of this process heed the moments while the block runs."""
    run, writing = Store.run, Database.writing

    async def run_mortally(store: Store, operation: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        server, name = serving.get(), getattr(operation, "__qualname__", "operation")
        if server:
            await server.reach(f"before {name}")
        done = await run(store, operation, *args, **kwargs)
        if server:
            await server.reach(f"after {name}")
        return done

    @contextmanager
    def write_mortally(database: Database) -> Generator[sa.Connection]:
        with writing(database) as connection:
            yield connection
            if server := serving.get():
                server.pass_by("before a commit")

    with patch.object(Store, "run", run_mortally), patch.object(Database, "writing", write_mortally):
        yield
