"""The helpers under several event loops, threads, tasks and processes."""

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvloop

from app.instagram_helper import post_carousel_to_instagram, post_photo_to_instagram
from pressroom.graph.hosts import NEWEST
from pressroom.sandbox.settings import Processing
from pressroom.sandbox.simulator import Sandbox
from tests.app.serving import served
from tests.app.world import FAST, PHOTO, PLAIN, World, environment, following
from tests.patience import patience

pytestmark = pytest.mark.usefixtures("real_time")

ROOT = Path(__file__).parents[2]
# One whose end Meta has not named: today's date must not decide what is logged.
LASTING_VERSION = {"INSTAGRAM_API_VERSION": NEWEST.name}


def open_sessions() -> list[aiohttp.ClientSession]:
    gc.collect()
    things: list[Any] = gc.get_objects()
    # By its type: a lazy object of Django's, asked for its class, wants settings.
    return [thing for thing in things if issubclass(type(thing), aiohttp.ClientSession) and not thing.closed]


def set_environment(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, base_url: str, home: Path) -> None:
    for name, value in environment(sandbox, base_url, home).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Sandbox]:
    """The sandbox of the environment, in another thread, on a clock that runs fast."""
    with served(time_factor=FAST) as (sandbox, base_url):
        set_environment(monkeypatch, sandbox, base_url, tmp_path)
        yield sandbox


def publish(sandbox: Sandbox, caption: str = "Hello") -> dict[str, Any]:
    """Publish under an event loop of its own, on the sandbox's time."""
    with following(sandbox.clock):
        return asyncio.run(post_photo_to_instagram(PHOTO, caption))


def test_two_event_loops_one_after_another(sandbox: Sandbox) -> None:
    results = [publish(sandbox), publish(sandbox)]
    assert [result["success"] for result in results] == [True, True]
    assert {result["id"] for result in results} == {media.id for media in sandbox.media}
    assert not open_sessions()


def test_an_event_loop_of_uvloop(sandbox: Sandbox) -> None:
    with following(sandbox.clock), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(post_photo_to_instagram(PHOTO, "Hello"))
    assert result["success"]
    assert not open_sessions()


def test_two_threads_at_once_keep_the_accounts_pace(sandbox: Sandbox) -> None:
    results = list[dict[str, Any]]()
    threads = [threading.Thread(target=lambda: results.append(publish(sandbox))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [result["success"] for result in results] == [True, True]
    first, second = [call.at for call in sandbox.calls("/media", "POST")]
    # Two seconds apart as they leave; the way here costs the first one more than the second.
    assert (second - first).total_seconds() > 0.5
    assert not open_sessions()


async def test_ten_calls_at_once_keep_two_seconds_between_container_creations(sandbox_here: Sandbox) -> None:
    sandbox = sandbox_here
    with following(sandbox.clock):
        results = await asyncio.gather(*(post_photo_to_instagram(PHOTO, f"{n}") for n in range(10)))

    assert len({result["id"] for result in results}) == 10
    assert {media.caption for media in sandbox.media} == {f"{n}" for n in range(10)}
    times = [call.at for call in sandbox.calls("/media", "POST")]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    assert all(2 <= gap < 3 for gap in gaps), gaps
    assert not open_sessions()


async def test_a_carousel_and_a_photo_at_once_share_the_pace(world: World) -> None:
    await asyncio.gather(
        post_carousel_to_instagram([PHOTO, PHOTO], "Hello", client=world.client),
        post_photo_to_instagram(PHOTO, "Hello", client=world.client),
    )
    times = world.at_s("/media", "POST")
    assert all(later - earlier >= 2 for earlier, later in pairwise(times))


async def cancelled_at(world: World, path_end: str) -> None:
    """Publish a photo, and cancel when the call to a path arrives."""
    task = asyncio.create_task(post_photo_to_instagram(PHOTO, "Hello", client=world.client))
    world.on_call = lambda path: task.cancel() if path.endswith(path_end) else None
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_passes_through_and_nothing_is_published(world: World) -> None:
    await cancelled_at(world, "/media")
    assert not world.sandbox.calls("/media_publish")
    assert not world.sandbox.media


async def test_a_cancellation_during_the_publish_call_waits_for_its_answer(world: World) -> None:
    await cancelled_at(world, "/media_publish")
    assert len(world.sandbox.media) == 1


def test_a_cancelled_call_leaves_no_session_open(sandbox: Sandbox) -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await post_photo_to_instagram(PHOTO, "Hello")
        assert not open_sessions()

    with following(sandbox.clock):
        asyncio.run(main())
    assert not sandbox.media


ONE_PROCESS = f"""
import asyncio, json
from app.instagram_helper import post_photo_to_instagram
print(json.dumps(asyncio.run(post_photo_to_instagram({PHOTO!r}, "Hello"))))
"""


@pytest.mark.usefixtures("processes")
def test_four_processes_publish_four_posts(tmp_path: Path) -> None:
    with served(replace(PLAIN, processing=Processing.at_once())) as (sandbox, base_url):
        command = [sys.executable, "-W", "error", "-c", ONE_PROCESS]
        env = environment(sandbox, base_url, tmp_path) | LASTING_VERSION
        processes = [
            subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(4)
        ]
        ended = [process.communicate(timeout=patience(60)) for process in processes]

    assert [process.returncode for process in processes] == [0] * 4
    assert [errors for _, errors in ended] == [b""] * 4
    assert all(b'"success": true' in output for output, _ in ended)
    assert len(sandbox.media) == 4
