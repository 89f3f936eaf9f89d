"""An app on a port: ready at once, ended in time, and to strangers only what is declared public."""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import aiohttp
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pressroom.serving.guard import Guard
from pressroom.serving.limits import limited
from pressroom.serving.runner import PUBLIC_ROUTES, public_app, running, serving_public
from pressroom.serving.sockets import address_of, listen
from tests.patience import patience
from tests.serving.asking import ask

pytestmark = pytest.mark.usefixtures("real_time")

HELLO = PlainTextResponse("hello")


@dataclass
class Told:
    """What became of the one request."""

    is_asked: asyncio.Event = field(default_factory=asyncio.Event)
    was_cut: bool = False


def one_that_notices(told: Told) -> ASGIApp:
    """Make an app that never answers, and notices when nobody waits any more."""

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        told.is_asked.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        told.was_cut = True

    return app


def one_that_hangs(told: Told) -> ASGIApp:
    """Make an app that neither answers nor notices."""

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        told.is_asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            told.was_cut = True

    return app


@asynccontextmanager
async def served(app: ASGIApp, *, is_dated: bool = True, grace_s: float = 1.0) -> AsyncGenerator[str]:
    listener = listen()
    base_url = address_of(listener)
    async with running(app, listener, limited(), is_dated=is_dated, grace_s=grace_s):
        yield base_url


async def fetched(url: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(url) as reply:
        return await reply.text()


async def test_the_first_request_is_answered_with_a_date_and_no_servers_name() -> None:
    async with served(HELLO) as url, aiohttp.ClientSession() as session, session.get(url) as reply:
        assert (await reply.text(), "server" in reply.headers) == ("hello", False)
        assert parsedate_to_datetime(reply.headers["date"]).tzinfo is not None


async def test_an_app_may_tell_its_own_date() -> None:
    async with (
        served(HELLO, is_dated=False) as url,
        aiohttp.ClientSession() as session,
        session.get(url) as reply,
    ):
        assert "date" not in reply.headers


async def test_nobody_listens_and_nothing_runs_when_the_block_has_ended() -> None:
    async with served(HELLO) as url:
        assert await fetched(url) == "hello"
    with pytest.raises(aiohttp.ClientConnectionError):
        await fetched(url)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_running_answer_is_given_to_its_end() -> None:
    is_asked, may_answer = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_asked.set()
        await may_answer.wait()
        await HELLO(scope, receive, send)

    async with asyncio.timeout(patience(10)):
        async with served(app, grace_s=60) as url:
            asked = asyncio.create_task(fetched(url))
            await is_asked.wait()
            asyncio.get_running_loop().call_soon(may_answer.set)
        assert await asked == "hello"


async def test_an_answer_that_is_still_being_read_is_given_whole() -> None:
    app = PlainTextResponse("x" * 16_000_000)  # more than the kernel takes in
    async with asyncio.timeout(patience(10)):
        async with served(app, grace_s=60) as url:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
            writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            read = asyncio.create_task(reader.read(-1))
        assert len(await read) == len(app.body)
        writer.close()


@pytest.mark.parametrize("made", [one_that_notices, one_that_hangs])
async def test_the_end_waits_for_no_answer_that_hangs_and_logs_none(
    made: Callable[[Told], ASGIApp], caplog: pytest.LogCaptureFixture
) -> None:
    told = Told()
    async with asyncio.timeout(patience(10)):
        async with served(made(told), grace_s=0.05) as url:
            asked = asyncio.create_task(fetched(url))
            await told.is_asked.wait()
        with pytest.raises(aiohttp.ClientError):
            await asked
    assert (told.was_cut, caplog.records) == (True, [])


@pytest.mark.parametrize("turns", range(6))
async def test_who_connects_at_the_very_end_is_hung_up_on(turns: int) -> None:
    """However far asyncio has come with letting them in: a socket it forgets warns when it is collected."""
    async with served(HELLO) as url:
        connected = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
        for _ in range(turns):
            await asyncio.sleep(0)
    with connected, contextlib.suppress(ConnectionResetError):
        connected.settimeout(patience(10))
        assert connected.recv(1) == b""
    gc.collect()


async def test_signals_stay_the_programs_own() -> None:
    handler = signal.getsignal(signal.SIGINT)
    async with served(HELLO) as url:
        await fetched(url)
        assert signal.getsignal(signal.SIGINT) is handler


async def test_addresses_reach_no_log_and_the_programs_own_access_log_stays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A media address can be fetched by whoever reads it."""
    access, handler = logging.getLogger("uvicorn.access"), logging.NullHandler()
    access.addHandler(handler)
    caplog.set_level(logging.DEBUG)
    try:
        async with served(HELLO) as url:
            await fetched(f"{url}/media/x?sig=1")
        assert "sig=1" not in caplog.text
        assert (access.handlers, access.propagate) == ([handler], True)
    finally:
        access.removeHandler(handler)


MEDIA = PlainTextResponse("media")
PAGE = PlainTextResponse("a page of ours")


@pytest.mark.parametrize("name", ["dashboard", "metrics", "healthz", "_sandbox", "", "Media"])
def test_a_route_that_is_not_declared_public_is_refused(name: str) -> None:
    assert name not in PUBLIC_ROUTES
    with pytest.raises(ValueError, match="strangers must not reach it"):
        public_app({"media": MEDIA, name: PAGE}, otherwise="media")


def test_a_page_of_ours_is_refused_under_any_name() -> None:
    with pytest.raises(ValueError, match="strangers must not reach it"):
        public_app({"media": Guard(PAGE)}, otherwise="media")


@pytest.mark.parametrize("routes", [{"metrics": PAGE}, {"media": Guard(PAGE)}])
def test_nothing_is_served_where_one_route_is_refused(routes: dict[str, ASGIApp]) -> None:
    with listen() as listener, pytest.raises(ValueError, match="strangers must not reach it"):
        serving_public(listener, routes, otherwise=next(iter(routes)))


@pytest.mark.parametrize("path", ["/media/x", "/behind/a/proxy/media/x", "/x", "/", "/metrics", "/_sandbox/"])
async def test_a_path_leads_to_the_route_it_names_and_any_other_to_the_one_that_is_chosen(path: str) -> None:
    assert (await ask(public_app({"media": MEDIA}, otherwise="media"), path)).body == b"media"


async def test_strangers_are_served_while_the_block_runs() -> None:
    listener = listen()
    url = address_of(listener)
    async with (
        serving_public(listener, {"media": MEDIA}, otherwise="media"),
        aiohttp.ClientSession() as session,
        session.get(f"{url}/media/x") as reply,
    ):
        assert await reply.text() == "media"
