"""Whether bytes of a request left: only proof that they did not counts, whatever aiohttp does."""

import socket
import tomllib
import warnings
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.connector import Connection
from packaging.requirements import Requirement
from packaging.version import Version

from pressroom.client import transport_aiohttp as connector
from pressroom.client.transport_aiohttp import AiohttpTransport, WatchedConnector, is_watched
from pressroom.core.account import Account
from pressroom.core.errors import AnswerLost, NotSent
from pressroom.core.post import PostKind, PostState
from pressroom.core.protocols import Request
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.server import serving
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Pressroom, new_post
from tests.client.wire_app import WireApp, served
from tests.fakes.clock import FakeClock

ROOT = Path(__file__).parents[2]


class NoLongerAsked(WatchedConnector):
    """What an aiohttp would find that asks for connections under another name."""

    connect = aiohttp.TCPConnector.connect


class AskedTooLate(WatchedConnector):
    """What an aiohttp would find that writes first."""

    async def connect(self, *args: Any, **named: Any) -> Connection:
        connection = await aiohttp.TCPConnector.connect(self, *args, **named)
        transport = connection.transport
        assert transport is not None
        transport.write(b"POST /")
        outgoing = connector.OUTGOING.get()
        assert outgoing.before_bytes is not None
        outgoing.before_bytes()
        outgoing.has_connection = True
        return connection


@pytest.fixture(autouse=True)
def nothing_judged_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector, "_judged", {})


@pytest.fixture
def app() -> WireApp:
    return WireApp()


@pytest.fixture
def base(app: WireApp) -> Generator[str]:
    with served(app) as base:
        yield base


@asynccontextmanager
async def unasked() -> AsyncGenerator[AiohttpTransport]:
    transport = AiohttpTransport(clock=FakeClock(jumps=False), connector=NoLongerAsked)
    with pytest.warns(RuntimeWarning):
        yield transport
    await transport.aclose()


def test_the_aiohttp_installed_is_of_the_newest_kind_that_is_allowed() -> None:
    """So that all the other tests hold for it; a newer kind is allowed once they do."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = next(r for r in map(Requirement, project["dependencies"]) if r.name == "aiohttp")
    (cap,) = (Version(one.version) for one in wanted.specifier if one.operator == "<")
    installed = Version(aiohttp.__version__)
    assert installed in wanted.specifier
    assert (cap.major, cap.minor) == (installed.major, installed.minor + 1)


async def test_the_aiohttp_installed_asks_right_before_it_writes_and_nothing_is_said() -> None:
    with warnings.catch_warnings(record=True, action="always") as told:
        assert await is_watched(WatchedConnector)
    assert told == []


@pytest.mark.parametrize("kind", [NoLongerAsked, AskedTooLate])
async def test_an_aiohttp_that_does_not_is_named_once_even_where_no_log_is_written(
    kind: type[WatchedConnector],
) -> None:
    with warnings.catch_warnings(record=True, action="always") as told:
        found = [await is_watched(kind) for _ in range(2)]
    assert found == [False, False]
    (text,) = (str(one.message) for one in told)
    assert text.startswith(f"aiohttp {aiohttp.__version__} ")
    assert "Nothing is published twice" in text


async def test_an_aiohttp_that_breaks_meanwhile_is_none_we_know() -> None:
    class Broken(WatchedConnector):
        async def connect(self, *_: Any, **__: Any) -> Connection:
            raise AttributeError

    with pytest.warns(RuntimeWarning):
        assert not await is_watched(Broken)


async def test_an_answer_lost_unasked_is_lost_and_its_request_never_called_unsent(base: str) -> None:
    async with unasked() as transport:
        with pytest.raises(AnswerLost):
            await transport.send(Request(method="POST", url=f"{base}/cut"))


async def test_unasked_not_even_a_refused_connection_is_proof() -> None:
    """It may be the second one that aiohttp tried."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with unasked() as transport:
            with pytest.raises(AnswerLost):
                await transport.send(
                    Request(method="GET", url=f"http://127.0.0.1:{unused.getsockname()[1]}/")
                )


async def test_unasked_the_deadline_is_looked_at_before_aiohttp_gets_the_request(
    app: WireApp, base: str
) -> None:
    def stop() -> None:
        raise NotSent("Too late.")

    async with unasked() as transport:
        with pytest.raises(NotSent, match="Too late"):
            await transport.send(Request(method="POST", url=f"{base}/x", before_bytes=stop))
        assert (await transport.send(Request(method="POST", url=f"{base}/y"))).status == 201
    assert app.seen == ["POST /y"]


@pytest.mark.parametrize("effect", [Effect.DONE, Effect.LATER])
async def test_a_publish_call_whose_answer_is_lost_unasked_is_looked_into_and_stands_once(
    effect: Effect,
) -> None:
    clock = FakeClock()
    settings = SandboxSettings(fetch="trust", hostile=True, processing=Processing.at_once())
    async with serving(Sandbox(settings, clock=clock)) as at:
        account = Account(token=Secret(at.sandbox.token), user_id=at.sandbox.user_id, api_base=at.base_url)
        transport = AiohttpTransport(clock=clock, connector=NoLongerAsked)
        async with Pressroom(account, Settings(home=Path("/nowhere")), transport=transport, clock=clock) as p:
            at.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=effect, delay_s=5.0))
            with pytest.warns(RuntimeWarning):
                post = await p.publish(
                    new_post(PostKind.PHOTO, ["https://example.com/a.jpg"], caption="Hello")
                )
        assert post.state is PostState.PUBLISHED
        assert [media.id for media in at.sandbox.media] == [post.media_id]
        assert len(at.sandbox.calls("/media_publish", "POST")) == 1
