"""The resumable upload, against the sandbox: in-process, and over real sockets where bytes are cut."""

import asyncio
import random
import tracemalloc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pressroom.client.client import Client
from pressroom.client.transport_aiohttp import AiohttpTransport
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.client.upload import Upload
from pressroom.core.account import Account
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import AnswerLost, MediaRefused, TransportError, UnexpectedAnswer
from pressroom.core.graph_errors import TokenInvalid
from pressroom.core.protocols import Reply, Request
from pressroom.core.secret import Secret
from pressroom.graph import calls
from pressroom.graph.answers import ContainerId, Created
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.clock import SandboxClock
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.client.wire_app import served
from tests.fakes.clock import FakeClock
from tests.patience import haste

TOKEN = "EAAsandboxtoken"
SIZE = 3_000_000
RANDOM = random.Random(1)  # noqa: S311  # no secret


@dataclass
class Stage:
    sandbox: Sandbox
    client: Client
    clip: Path

    async def begin(self) -> Created:
        reel = calls.create_reel(self.sandbox.user_id, video_url=None, share_to_feed=True)
        return await self.client.send(calls.resumable(reel))

    def cut_at(self, *places: int) -> None:
        for place in places:
            self.sandbox.faults.add(Fault(on="upload", kind=FaultKind.DROP, after_bytes=place))

    def has_arrived(self, container: ContainerId) -> bool:
        """Whether every byte of the clip is there, and no other."""
        found = self.sandbox.scene.world.container(container)
        assert found is not None
        assert found.upload is not None
        # A whole upload is kept under a name of its own.
        name = (found.file and found.file.name) or found.upload.name
        return (self.sandbox.scene.home() / name).read_bytes() == self.clip.read_bytes()

    @property
    def offsets(self) -> list[str]:
        """The offset of each upload call."""
        return [call.params["offset"] for call in self.sandbox.calls() if "ig-api-upload" in call.path]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(RANDOM.randbytes(SIZE))
    return path


def a_sandbox(clock: Clock) -> Sandbox:
    return Sandbox(SandboxSettings(fetch="trust", processing=Processing.at_once(), token=TOKEN), clock=clock)


def account_at(base: str) -> Account:
    return Account(token=Secret(TOKEN), login_type=LoginType.FACEBOOK, api_base=base)


@asynccontextmanager
async def on_sockets(clip: Path) -> AsyncGenerator[Stage]:
    clock = SandboxClock(SYSTEM_CLOCK)
    clock.run(haste(50))  # the waits between tries
    sandbox = a_sandbox(SYSTEM_CLOCK)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await sandbox.app(scope, receive, send)  # uvicorn takes a bound method for an older kind of app

    with served(app) as base:
        async with Client(account_at(base), AiohttpTransport(), clock=clock) as client:
            yield Stage(sandbox, client, clip)


@pytest.fixture
async def on(clip: Path) -> AsyncGenerator[Stage]:
    clock = await a_clock()
    sandbox = a_sandbox(clock)
    transport = AsgiTransport(sandbox.app, clock=clock)
    async with Client(account_at("http://127.0.0.1:9"), transport, clock=clock) as client:
        yield Stage(sandbox, client, clip)
    await sandbox.aclose()


async def test_a_clip_arrives_whole_and_its_progress_is_told(on: Stage) -> None:
    made, shares = await on.begin(), list[float]()
    assert await Upload(on.client, made.id, on.clip, uri=made.uri, on_progress=shares.append).run()

    assert on.has_arrived(made.id)
    assert on.offsets == ["0"]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) >= 3


async def test_an_upload_that_is_cut_goes_on_from_what_instagram_has(on: Stage) -> None:
    made = await on.begin()
    on.cut_at(1, 1_234_567, SIZE - 1)
    await Upload(on.client, made.id, on.clip, uri=made.uri).run()

    assert on.has_arrived(made.id)
    assert on.offsets == ["0", "1", "1234567", str(SIZE - 1)]


async def test_over_sockets_it_arrives_bit_exact_through_cuts_at_random_bytes(clip: Path) -> None:
    places = sorted(RANDOM.sample(range(SIZE), 3))
    async with on_sockets(clip) as on:
        made = await on.begin()
        on.cut_at(*places)
        await Upload(on.client, made.id, clip, uri=made.uri).run()

    # Only now: the server's thread, which has ended, renames the file when all of it has come.
    assert on.has_arrived(made.id)
    assert on.offsets == ["0", *map(str, places)]
    await on.sandbox.aclose()


async def test_another_process_goes_on_with_an_upload_it_did_not_begin(on: Stage) -> None:
    """It knows the container's id and nothing else."""
    made = await on.begin()
    on.cut_at(*[500_000] * 6)
    with pytest.raises(TransportError):
        await Upload(on.client, made.id, on.clip, uri=made.uri).run()
    await Upload(on.client, made.id, on.clip).run()

    assert on.has_arrived(made.id)
    assert on.offsets[-1] == "500000"


async def test_what_has_arrived_already_is_not_sent_again(on: Stage) -> None:
    made = await on.begin()
    await Upload(on.client, made.id, on.clip, uri=made.uri).run()
    await Upload(on.client, made.id, on.clip).run()

    assert len(on.offsets) == 1


async def test_a_container_that_fetches_takes_no_bytes(on: Stage) -> None:
    user = on.sandbox.user_id
    made = await on.client.send(calls.create_reel(user, video_url="https://example.com/a.mp4"))

    assert not await Upload(on.client, made.id, on.clip).run()
    assert not on.offsets


async def test_cuts_without_a_byte_between_them_end_it(on: Stage) -> None:
    made = await on.begin()
    on.cut_at(*[0] * 20)
    with pytest.raises(TransportError):
        await Upload(on.client, made.id, on.clip, uri=made.uri).run()

    assert len(on.offsets) == 5


async def test_a_file_that_changes_meanwhile_is_refused(on: Stage) -> None:
    made = await on.begin()
    on.cut_at(1_500_000)

    def grow(_share: float) -> None:
        with on.clip.open("ab") as file:
            file.write(b"more")

    with pytest.raises(MediaRefused, match="changed"):
        await Upload(on.client, made.id, on.clip, uri=made.uri, on_progress=grow).run()
    with pytest.raises(MediaRefused, match="gone"):
        await Upload(on.client, made.id, on.clip.with_name("none.mp4"), uri=made.uri).run()


class Scripted:
    """An upload host that answers what it is told and keeps what it was sent; reads say `received`."""

    def __init__(self, *answers: tuple[int, str], received: int = 0) -> None:
        self.answers = list(answers)
        self.received = received
        self.uploads: list[Request] = []
        self.takes_bytes = True

    async def send(self, request: Request) -> Reply:
        if request.stream is None:
            phase = f'{{"uploading_phase": {{"bytes_transferred": {self.received}}}}}'
            return Reply(status=200, headers={}, body=f'{{"id": "1", "video_status": {phase}}}'.encode())
        self.uploads.append(request)
        if not self.takes_bytes:
            await asyncio.Event().wait()
        async for _ in request.stream.pieces:
            pass
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return Reply(status=status, headers={}, body=body.encode())

    async def aclose(self) -> None:
        """Nothing is open."""


async def on_script(script: Scripted) -> Client:
    return Client(account_at("https://graph.facebook.com"), script, clock=await a_clock())


async def a_clock() -> FakeClock:
    """A clock that watches the loop's threads from the first on: without a sleep it does not."""
    clock = FakeClock()
    await clock.sleep(1)
    return clock


DONE = (200, '{"success": true, "message": "Upload successful."}')


@pytest.mark.parametrize("uri", ["https://rupload.facebook.com/ig-api-upload/v25.0/1", None])
async def test_the_bytes_go_to_the_upload_host_with_the_documented_headers(
    clip: Path, uri: str | None
) -> None:
    script = Scripted(DONE, received=1_000_000)
    await Upload(await on_script(script), ContainerId("1"), clip, uri=uri).run()

    [request] = script.uploads
    version = "v25.0" if uri else "v21.0"
    assert request.url == f"https://rupload.facebook.com/ig-api-upload/{version}/1"
    assert request.headers["authorization"] == f"OAuth {TOKEN}"
    assert (request.headers["offset"], request.headers["file_size"]) == ("1000000", str(SIZE))
    assert request.stream is not None
    assert request.stream.size_bytes == SIZE - 1_000_000
    assert TOKEN not in repr(request)


async def test_the_token_goes_to_no_other_host_whatever_the_answer_says(clip: Path) -> None:
    script = Scripted(DONE)
    uri = "https://elsewhere.example/ig-api-upload/v25.0/1"
    await Upload(await on_script(script), ContainerId("1"), clip, uri=uri).run()

    assert script.uploads[0].url == "https://rupload.facebook.com/ig-api-upload/v25.0/1"


@pytest.mark.parametrize("body", ['{"success": false}', "{}", '{"success": "true"}', '{"success": 1}', "<p>"])
async def test_only_a_plain_success_counts(clip: Path, body: str) -> None:
    with pytest.raises(UnexpectedAnswer):
        await Upload(await on_script(Scripted((200, body))), ContainerId("1"), clip, uri="/1").run()


async def test_an_answer_in_doubt_is_tried_again(clip: Path) -> None:
    script = Scripted((502, "<p>"), (200, '{"success": false}'), DONE)
    assert await Upload(await on_script(script), ContainerId("1"), clip, uri="/1").run()
    assert len(script.uploads) == 3


async def test_a_token_that_is_not_taken_ends_it_at_once(clip: Path) -> None:
    info = '{"debug_info": {"retriable": false, "type": "NotAuthorizedError", "message": "no"}}'
    script = Scripted((400, info))
    with pytest.raises(TokenInvalid):
        await Upload(await on_script(script), ContainerId("1"), clip, uri="/1").run()
    assert len(script.uploads) == 1


async def test_a_connection_over_which_nothing_moves_is_given_up(clip: Path) -> None:
    script = Scripted(DONE)
    script.takes_bytes = False
    with pytest.raises(AnswerLost, match="stood still for 120 s"):
        await Upload(await on_script(script), ContainerId("1"), clip, uri="/1").run()
    assert len(script.uploads) == 5


async def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    clip = tmp_path / "large.mp4"
    with clip.open("wb") as file:
        file.truncate(100_000_000)

    async def sink(scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] == "POST":
            while (await receive()).get("more_body"):
                pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"success": true, "id": "1"}'})

    clock = await a_clock()
    client = Client(account_at("http://127.0.0.1:9"), AsgiTransport(sink, clock=clock), clock=clock)
    tracemalloc.start()
    await Upload(client, ContainerId("1"), clip, uri="/1").run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    await client.aclose()

    assert peak < 8_000_000
