"""An app that is opened when it is first asked for."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from pressroom.serving.later import Later
from tests.serving.asking import ask


@dataclass
class Opening:
    """How an app is opened. refuses: how often that fails first. tasks: who opened and who closed it."""

    refuses: int = 0
    may_open: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[object] = field(default_factory=list[object])

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator[ASGIApp]:
        await self.may_open.wait()
        if self.refuses:
            self.refuses -= 1
            raise OSError("no module")
        self.tasks.append(asyncio.current_task())
        yield PlainTextResponse("ours")
        self.tasks.append(asyncio.current_task())


async def test_it_is_opened_once_for_all_who_ask_at_once_and_closed_by_the_task_that_opened_it() -> None:
    opening = Opening()
    async with Later(opening) as app:
        asking = [asyncio.create_task(ask(app)) for _ in range(5)]
        opening.may_open.set()
        assert [(await got).body for got in asking] == [b"ours"] * 5
    opened, closed = opening.tasks
    assert opened is closed
    assert opened not in asking


async def test_nobody_who_asks_not_has_it_opened() -> None:
    opening = Opening()
    async with Later(opening):
        pass
    assert opening.tasks == []


async def test_a_first_client_that_goes_stops_nothing() -> None:
    opening = Opening()
    async with Later(opening) as app:
        first = asyncio.create_task(ask(app))
        await asyncio.sleep(0)
        first.cancel()
        opening.may_open.set()
        assert (await ask(app)).body == b"ours"
    assert len(opening.tasks) == 2


async def test_where_opening_failed_the_next_request_tries_anew() -> None:
    opening = Opening(refuses=1)
    opening.may_open.set()
    async with Later(opening) as app:
        with pytest.raises(OSError, match="no module"):
            await ask(app)
        assert (await ask(app)).body == b"ours"
