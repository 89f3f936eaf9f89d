"""The sandbox on a port: it answers over real connections, drops them when told, and ends cleanly."""

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.server import ServedSandbox, serve, serving
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.patience import patience

SETTINGS = SandboxSettings(fetch="trust", processing=Processing.at_once(), media=2)


@pytest.fixture
async def served() -> AsyncGenerator[ServedSandbox]:
    async with serving(Sandbox(SETTINGS)) as served:
        yield served


@pytest.fixture
async def session(served: ServedSandbox) -> AsyncGenerator[aiohttp.ClientSession]:
    headers = {"authorization": f"Bearer {served.sandbox.token}"}
    async with aiohttp.ClientSession(served.base_url, headers=headers) as session:
        yield session


async def container(session: aiohttp.ClientSession) -> str:
    async with session.post("/v21.0/me/media", data={"image_url": "https://example.com/a.jpg"}) as reply:
        return (await reply.json())["id"]


async def publish(session: aiohttp.ClientSession, creation_id: str) -> None:
    timeout = aiohttp.ClientTimeout(total=0.3)
    data = {"creation_id": creation_id}
    async with session.post("/v21.0/me/media_publish", data=data, timeout=timeout) as reply:
        await reply.read()


async def test_it_listens_on_loopback_and_answers(
    served: ServedSandbox, session: aiohttp.ClientSession
) -> None:
    assert served.base_url.startswith("http://127.0.0.1:")
    async with session.get("/v21.0/me?fields=username") as reply:
        assert (await reply.json())["username"] == "pressroom.sandbox"
        assert reply.headers["content-type"] == "application/json; charset=UTF-8"
        assert len(reply.headers.getall("date")) == 1
        assert "server" not in reply.headers


async def test_next_leads_back_to_it(served: ServedSandbox, session: aiohttp.ClientSession) -> None:
    async with session.get("/v21.0/me/media?limit=1") as reply:
        following = (await reply.json())["paging"]["next"]
    assert following.startswith(served.base_url)
    async with aiohttp.ClientSession() as bare, bare.get(following) as reply:
        assert len((await reply.json())["data"]) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (FaultKind.DROP, (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)),
        (FaultKind.TRUNCATE, (aiohttp.ClientPayloadError,)),
        (FaultKind.HANG, (TimeoutError,)),
    ],
)
async def test_a_lost_answer_is_lost_on_the_wire_without_a_word_in_the_log(
    served: ServedSandbox,
    session: aiohttp.ClientSession,
    caplog: pytest.LogCaptureFixture,
    fault: FaultKind,
    error: tuple[type[Exception], ...],
) -> None:
    creation_id = await container(session)
    served.sandbox.faults.add(Fault(on="media_publish", kind=fault, effect=Effect.DONE))
    with pytest.raises(error):
        await publish(session, creation_id)
    assert len(served.sandbox.media) == 3
    async with session.get("/v21.0/me") as reply:
        assert reply.status == 200
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


async def test_a_dropped_connection_is_reset(served: ServedSandbox) -> None:
    served.sandbox.faults.add(Fault(on="user", kind=FaultKind.DROP))
    port = int(served.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET /me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.sandbox.token}\r\n\r\n".encode()
    )
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def until_called(sandbox: Sandbox) -> None:
    """Wait for the first call; it comes over a real socket, so that no event of ours tells."""
    while not sandbox.calls():  # noqa: ASYNC110
        await asyncio.sleep(0)


async def test_the_rounds_go_on_after_a_save_that_failed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_text("in the way of a directory")
    sandbox = Sandbox(replace(SETTINGS, state_file=tmp_path / "state" / "state.json"))
    async with serving(sandbox), asyncio.timeout(patience(5)):
        sandbox.order("comments", media_id=sandbox.media[0].id, text="hi")
        while not caplog.records:  # noqa: ASYNC110  # the round comes by itself
            await asyncio.sleep(0)
        (tmp_path / "state").unlink()
        while not (tmp_path / "state" / "state.json").exists():  # noqa: ASYNC110  # so does the next
            await asyncio.sleep(0)
    assert [record.exc_info is not None for record in caplog.records] == [True]


async def test_what_is_not_http_gets_an_error_and_no_crash(
    served: ServedSandbox, session: aiohttp.ClientSession
) -> None:
    port = int(served.base_url.rpartition(":")[2])
    for nonsense in (b"\x16\x03\x01\x00", b"GET\r\n\r\n", "GET /ä HTTP/1.1\r\n\r\n".encode()):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(nonsense + b"\r\n\r\n")
        writer.write_eof()
        async with asyncio.timeout(patience(5)):
            await reader.read()
        writer.close()
    async with session.get("/v21.0/me") as reply:
        assert reply.status == 200


async def test_fetched_files_are_served_in_ranges(
    served: ServedSandbox, session: aiohttp.ClientSession
) -> None:
    home = served.sandbox.scene.home()
    (home / f"{'a' * 24}.mp4").write_bytes(b"0123456789")
    async with session.get(f"/_sandbox/files/{'a' * 24}.mp4", headers={"range": "bytes=2-4"}) as reply:
        assert (reply.status, await reply.read(), reply.content_type) == (206, b"234", "video/mp4")
    async with session.head(f"/_sandbox/files/{'a' * 24}.mp4") as reply:
        assert (reply.status, reply.headers["content-length"]) == (200, "10")


async def test_serve_runs_until_it_is_cancelled_and_leaves_nothing() -> None:
    sandbox = Sandbox(SETTINGS)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(sandbox, on_ready=ready.set_result))
    base = await ready
    async with aiohttp.ClientSession() as session, session.get(f"{base}/_sandbox/state") as reply:
        assert reply.status == 200
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(OSError, match=r"refused|failed"):
        await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_ending_does_not_wait_for_answers_that_hang() -> None:
    sandbox = Sandbox(SETTINGS)
    sandbox.faults.add(Fault(on="user", kind=FaultKind.HANG))
    async with asyncio.timeout(patience(5)), aiohttp.ClientSession() as session:
        async with serving(sandbox) as served:
            url = f"{served.base_url}/me?access_token={sandbox.token}"
            hanging = asyncio.create_task(session.get(url))
            await until_called(sandbox)
        with pytest.raises(aiohttp.ClientError):
            await hanging


async def test_a_taken_port_is_an_os_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            async with serving(Sandbox(SETTINGS), port=taken.getsockname()[1]):
                pass
