"""Programs of others: a client that drives every tool over stdio, and two judges of the listing."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pressroom.mcp.listing import TOOLS
from pressroom.sandbox.server import serving
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.service.consenting import a_file
from tests.slow import slow

ROOT = Path(__file__).parents[2]
CLIENT = Path(__file__).parent / "clients" / "fastmcp_client.py"
LISTING = ROOT / "docs" / "reference" / "mcp-tools.json"
QUICK = SandboxSettings(fetch="trust", processing=Processing.at_once(), media=30)
# The scores that a server has to reach; rivals as measured: 4.79 at the mean, 4.35 the worst tool.
LEAST_MEAN, LEAST_TOOL = 4.8, 4.6
_JUDGE = (
    "import json, sys; from mcpgauge import score_server; "
    "told = score_server(json.load(open(sys.argv[1]))['tools']); "
    "print(json.dumps([told.mean_tool_score, told.min_tool_score]))"
)


@pytest.fixture(scope="module")
@slow("runs programs of others")
def strangers() -> Path:
    """Give the directory of the strangers' interpreter and commands."""
    found = Path(os.environ.get("PRESSROOM_TEST_MCP", ROOT / ".venv-mcp")) / "bin"
    if not (found / "python").exists():
        pytest.fail(
            "These tests need programs of others: make .venv-mcp/.installed (`make slow` does so).",
            pytrace=False,
        )
    return found


async def output_of(*command: str | Path, env: dict[str, str] | None = None) -> str:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    assert process.returncode == 0, f"{out.decode()}\n{err.decode()}"
    return out.decode()


async def test_a_client_of_others_drives_every_tool_over_stdio(strangers: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    await asyncio.to_thread(pictures.mkdir)
    a_file(pictures)
    sandbox = Sandbox(QUICK)
    async with serving(sandbox) as served:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PRESSROOM_HOME": str(tmp_path / "home"),
            "INSTAGRAM_ACCESS_TOKEN": sandbox.token,
            "INSTAGRAM_USER_ID": sandbox.user_id,
            "INSTAGRAM_API_BASE": served.base_url,
        }
        server = [sys.executable, "-m", "pressroom", "mcp", "--allow", str(pictures)]
        told: dict[str, Any] = json.loads(await output_of(strangers / "python", CLIENT, *server, env=env))
    assert set(told["names"]) == set(told["answers"]) == {tool.name for tool in TOOLS}
    failed = {name: answer for name, answer in told["answers"].items() if isinstance(answer, str)}
    assert list(failed) == ["reconcile_post"], failed
    assert told["answers"]["publish_post"]["needs_approval"]["state"] == "waiting"
    assert told["answers"]["get_insights"]["posts"]
    assert len(told["resources"]) == len(told["prompts"]) == 2
    assert sandbox.calls("/media_publish", "POST") == []


async def test_the_listing_has_nothing_to_find_fault_with(strangers: Path) -> None:
    told = await output_of(strangers / "tdqs", "lint", "--fail-on", "warning", "--file", LISTING)
    assert "0 errors, 0 warnings, 0 notes" in told


async def test_every_tool_is_told_well(strangers: Path) -> None:
    mean, worst = json.loads(await output_of(strangers / "python", "-c", _JUDGE, LISTING))
    assert mean >= LEAST_MEAN
    assert worst >= LEAST_TOOL
