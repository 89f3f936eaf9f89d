"""A server that is killed before it sent what was let go leaves one post, and the next one publishes it."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pressroom.sandbox.server import serving
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.mcp.test_command import ASKED
from tests.patience import patience
from tests.service.consenting import a_file

pytestmark = pytest.mark.usefixtures("processes")

PRESSROOM = (sys.executable, "-m", "pressroom")
# Instagram takes its time, so that there is a moment between the container and the send.
SLOW = SandboxSettings(fetch="trust", processing=Processing.after_reads(1))
WAITS_S, LOOKS_EACH_S = 60.0, 0.01


class Killed:
    """The commands of one data directory, before a sandbox."""

    def __init__(self, home: Path, sandbox: Sandbox, base_url: str) -> None:
        self.pictures = home / "pictures"
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PRESSROOM_HOME": str(home / "data"),
            "INSTAGRAM_ACCESS_TOKEN": sandbox.token,
            "INSTAGRAM_USER_ID": sandbox.user_id,
            "INSTAGRAM_API_BASE": base_url,
        }

    async def run(self, *arguments: str, said: str = "") -> None:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *PRESSROOM, *arguments, env=self.env, stdin=pipe, stdout=pipe, stderr=pipe
        )
        _, err = await process.communicate(said.encode())
        assert process.returncode == 0, err.decode()

    async def server(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *PRESSROOM, "mcp", "--worker", "--allow", str(self.pictures),
            env=self.env, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip


def ask(process: asyncio.subprocess.Process, tool: str, **given: Any) -> None:
    assert process.stdin
    params = {"_meta": ASKED, "name": tool, "arguments": given}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    process.stdin.write(f"{json.dumps(message)}\n".encode())


async def answer(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout
    async with asyncio.timeout(patience(WAITS_S)):
        result = json.loads(await process.stdout.readline())["result"]
    assert not result.get("isError"), result
    return result["structuredContent"]


async def until(is_so: Callable[[], Any]) -> None:
    async with asyncio.timeout(patience(WAITS_S)):
        while not is_so():  # noqa: ASYNC110  # what another process does
            await asyncio.sleep(LOOKS_EACH_S)


async def test_what_was_let_go_is_published_once_by_whoever_comes_next(tmp_path: Path) -> None:
    sandbox = Sandbox(SLOW)
    async with serving(sandbox) as served:
        ours = Killed(tmp_path, sandbox, served.base_url)
        await asyncio.to_thread(ours.pictures.mkdir)
        a_file(ours.pictures)
        await ours.run("auth", "login", "--token-stdin", said=sandbox.token)
        await ours.run(
            "approve", "allow", "mcp", "--verb", "publish", "--account", "default", "--per-day", "1"
        )
        first = await ours.server()
        ask(first, "create_draft", kind="photo", sources=["cat.jpg"], caption="Hello")
        draft = await answer(first)
        ask(first, "publish_post", post_id=draft["post_id"])
        await until(lambda: sandbox.calls("/media", "POST"))
        first.kill()
        await first.wait()
        assert sandbox.calls("/media_publish", "POST") == []
        second = await ours.server()
        ask(second, "publish_post", post_id=draft["post_id"])
        await answer(second)
        await until(lambda: sandbox.media)
        second.kill()
        await second.wait()
    assert len(sandbox.calls("/media_publish", "POST")) == len(sandbox.media) == 1
