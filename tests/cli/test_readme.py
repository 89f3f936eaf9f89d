"""The commands of the README run in their order, with only the packages that the README itself installs."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Generator, Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from pressroom.sandbox.samples import make_loop, make_photo
from tests.patience import patience

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ACTIVATE = ". .venv/bin/activate"
# Makes the packages that are named in the file `hidden` look as if they were not installed.
HIDING = """
import sys
from importlib.machinery import PathFinder
from pathlib import Path

class Finder:
    def find_spec(self, name, path=None, target=None):
        hidden = Path(__file__).parent.with_name("hidden").read_text().split()
        return None if name.partition(".")[0] in hidden else PathFinder.find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Finder()
"""


def command_blocks() -> Iterator[str]:
    """Yield the README's shell commands that follow the installation, block by block."""
    blocks: list[str] = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    yield from (block for block in blocks if not re.search(r"^make ", block, re.MULTILINE))


def names_of_required(requirement: str, extras: frozenset[str] = frozenset()) -> set[str]:
    """Return the names of all distributions that `requirement` needs, directly or indirectly.

    Optional dependencies are left out, except those of its `extras`.
    """
    found, waiting = set[str](), [(requirement, extras)]
    while waiting:
        name, wanted = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found and not wanted:
            continue
        found.add(key)
        for line in distribution(name).requires or []:
            required = Requirement(line)
            choices = [{"extra": extra} for extra in (*wanted, "")]
            if required.marker is None or any(required.marker.evaluate(choice) for choice in choices):
                waiting.append((required.name, frozenset(required.extras)))
    return found


def hidden_without(extras: frozenset[str]) -> str:
    """Return the packages that are missing where Pressroom is installed with these extras alone."""
    installed = names_of_required("pressroom", extras)
    return "\n".join(
        package
        for package, owners in packages_distributions().items()
        if not any(re.sub(r"[-_.]+", "-", owner).lower() in installed for owner in owners)
    )


@pytest.fixture
def newcomer(tmp_path: Path) -> Generator[dict[str, str]]:
    """Return the variables of a new user's shell, in a directory with the files that the README names.

    Its `.venv` holds what `make demo` installs. `pip install` of an extra makes that extra's packages appear.
    """
    (tmp_path / "bin").mkdir()
    (tmp_path / "hiding").mkdir()
    (tmp_path / "hiding/sitecustomize.py").write_text(HIDING)
    (tmp_path / "hidden").write_text(hidden_without(frozenset()))
    (tmp_path / "hidden.report").write_text(hidden_without(frozenset({"report"})))
    programs = {
        "pressroom": f'exec {shlex.quote(sys.executable)} -m pressroom "$@"',
        "python": f'exec {shlex.quote(sys.executable)} "$@"',
        "pip": 'case "$*" in *"[report]"*) cp hidden.report hidden;; *) exit 1;; esac',
    }
    for name, line in programs.items():
        script = tmp_path / "bin" / name
        script.write_text(f"#!/bin/sh\n{line}\n")
        script.chmod(0o755)
    activate = tmp_path / ".venv/bin/activate"
    activate.parent.mkdir(parents=True)
    activate.write_text(f'PATH="{tmp_path}/bin:$PATH"\n')
    make_photo(tmp_path / "cat.png")
    make_photo(tmp_path / "cat.heic")
    make_loop(tmp_path / "holiday.mov", (720, 1280), "Lofoten", ffmpeg_path=None)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INSTAGRAM_", "PRESS"))}
    environ = {
        **kept,
        "PRESSROOM_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(tmp_path / "hiding"),
    }
    yield environ
    subprocess.run(
        [sys.executable, "-m", "pressroom", "sandbox", "stop"], check=False, capture_output=True, env=environ
    )


@pytest.mark.usefixtures("processes")
def test_every_command_of_the_readme_runs_in_the_environment_that_its_commands_make(
    newcomer: dict[str, str], tmp_path: Path
) -> None:
    script = "\n".join(["set -e", *command_blocks()])
    assert ACTIVATE in script
    done = subprocess.run(
        ["/bin/bash", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        env=newcomer,
        cwd=tmp_path,
        timeout=patience(180),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    listed = subprocess.run(
        [sys.executable, "-m", "pressroom", "schedule", "list", "--json"],
        check=True,
        capture_output=True,
        text=True,
        env=newcomer,
    )
    assert [post["kind"] for post in json.loads(listed.stdout)] == ["photo"], "the last command planned it"
