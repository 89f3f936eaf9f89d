"""`pressroom mcp` as a process: it ends with its client, and says what is wrong before it serves."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.patience import patience

pytestmark = pytest.mark.usefixtures("processes")

PRESSROOM = (sys.executable, "-m", "pressroom", "mcp")
ASKED = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
ENDS_WITHIN_S = 20.0


async def started(home: Path, *options: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "PRESSROOM_HOME": str(home / "data")}
    return await asyncio.create_subprocess_exec(
        *PRESSROOM, *options, env=env, stdin=pipe, stdout=pipe, stderr=pipe
    )


async def request(process: asyncio.subprocess.Process, method: str, **params: Any) -> dict[str, Any]:
    assert process.stdin
    assert process.stdout
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": ASKED, **params}}
    process.stdin.write(f"{json.dumps(message)}\n".encode())
    async with asyncio.timeout(patience(ENDS_WITHIN_S)):
        return json.loads(await process.stdout.readline())["result"]


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    async with asyncio.timeout(patience(ENDS_WITHIN_S)):
        _, err = await process.communicate()
    return process.returncode, err.decode()


async def test_it_answers_and_ends_when_its_client_goes(tmp_path: Path) -> None:
    process = await started(tmp_path)
    assert len((await request(process, "tools/list"))["tools"]) == 16
    told = await request(process, "tools/call", name="get_account", arguments={})
    assert "INSTAGRAM_ACCESS_TOKEN" in told["content"][0]["text"], "nobody is signed in"
    assert process.stdin
    process.stdin.close()
    assert await ended(process) == (0, "")


async def test_a_client_that_goes_in_the_middle_of_a_call_leaves_nothing_behind(tmp_path: Path) -> None:
    process = await started(tmp_path, "--worker")
    await request(process, "tools/list")
    assert process.stdin
    message = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"_meta": ASKED, "name": "get_account"},
    }
    process.stdin.write(f"{json.dumps(message)}\n".encode())
    process.stdin.close()
    code, _ = await ended(process)
    assert code == 0


async def test_a_signal_ends_it(tmp_path: Path) -> None:
    process = await started(tmp_path)
    await request(process, "tools/list")
    process.send_signal(signal.SIGINT)
    code, err = await ended(process)
    assert code == 130
    assert "Traceback" not in err


async def test_what_is_no_message_is_passed_over(tmp_path: Path) -> None:
    process = await started(tmp_path)
    assert process.stdin
    process.stdin.write(b"hello\n\x00\n{}\n")
    assert len((await request(process, "tools/list"))["tools"]) == 16
    process.kill()
    await process.wait()


async def test_a_folder_that_is_not_there_is_told_before_it_serves(tmp_path: Path) -> None:
    code, err = await ended(await started(tmp_path, "--allow", str(tmp_path / "gone")))
    assert (code, "There is no folder" in err) == (3, True)


async def test_a_name_that_cannot_be_one_is_told_before_it_serves(tmp_path: Path) -> None:
    code, err = await ended(await started(tmp_path, "--name", "a\nb"))
    assert (code, "cannot be the name" in err) == (3, True)
