"""What an error tells to install, tried with pip: from a clone, and from a wheel."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pressroom.core.installation import install_extra
from pressroom.core.remedies import command_of
from tests.core.test_installation import came_from
from tests.patience import patience

ROOT = Path(__file__).parents[2]
# What builds the package is here already, and nothing is fetched.
OFFLINE = ("--no-deps", "--no-index", "--no-build-isolation")


def pip(*line: str) -> str:
    """Run a line of pip; what it says of it."""
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=patience(120))
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def noted_of_clone(_: Path) -> str:
    return f'{{"url": "{ROOT.as_uri()}", "dir_info": {{"editable": true}}}}'


def noted_of_folder(_: Path) -> str:
    return f'{{"url": "{ROOT.as_uri()}", "dir_info": {{}}}}'


def noted_of_wheel(folder: Path) -> str:
    pip(sys.executable, "-m", "pip", "wheel", *OFFLINE, "--wheel-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    return f'{{"url": "{wheel.as_uri()}", "archive_info": {{}}}}'


@pytest.mark.usefixtures("foreign_programs")
@pytest.mark.parametrize("noted_of", [noted_of_clone, noted_of_folder, noted_of_wheel])
def test_pip_takes_the_line_and_finds_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, noted_of: Callable[[Path], str]
) -> None:
    came_from(monkeypatch, noted_of(tmp_path))
    line = shlex.split(command_of(install_extra("report")))
    assert line[:4] == [sys.executable, "-m", "pip", "install"]
    said_by_pip = pip(*line, "--dry-run", *OFFLINE)
    assert "does not provide the extra" not in said_by_pip
    assert "pressroom" in said_by_pip
