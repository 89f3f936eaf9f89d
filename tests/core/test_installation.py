"""How an extra is installed, by where the package came from. `tests/cli/test_install_lines.py` asks pip."""

import shlex
import sys
from importlib.metadata import Distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from pressroom.core import installation
from pressroom.core.installation import (
    Folder,
    Origin,
    Repository,
    install_extra,
    program_in_shell,
    target_of,
    upgrade,
)
from pressroom.core.remedies import RemedyKind, command_of

WHEEL = "file:///tmp/a%20b/pressroom-0.1.0-py3-none-any.whl"
REPOSITORY = "https://example.com/pressroom.git"


class Noted(Distribution):
    """A distribution in whose metadata an installer noted where it came from."""

    def __init__(self, noted: str | None) -> None:
        self.noted = noted

    def read_text(self, filename: str) -> str | None:
        assert filename == "direct_url.json"
        return self.noted

    def locate_file(self, path: object) -> Path:
        raise NotImplementedError(path)


def came_from(monkeypatch: pytest.MonkeyPatch, noted: str | None) -> None:
    def distribution(name: str) -> Distribution:
        assert name == "pressroom"
        return Noted(noted)

    monkeypatch.setattr(installation, "distribution", distribution)


def with_pip(monkeypatch: pytest.MonkeyPatch, *, is_there: bool) -> None:
    def find_spec(name: str) -> object:
        assert name == "pip"
        return object() if is_there else None

    monkeypatch.setattr(installation, "find_spec", find_spec)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (None, ("requirement", "pressroom[report]")),
        (Origin(WHEEL), ("requirement", f"pressroom[report] @ {WHEEL}")),
        (Origin("file:///a%20clone", Folder(editable=True)), ("folder", "/a clone[report]")),
        (Origin("file:///a%20clone", Folder()), ("requirement", "/a clone[report]")),
        (
            Origin(REPOSITORY, vcs_info=Repository("git", "1a2b", "main")),
            ("requirement", f"pressroom[report] @ git+{REPOSITORY}@main"),
        ),
        (
            Origin(REPOSITORY, vcs_info=Repository("git", "1a2b"), subdirectory="py"),
            ("requirement", f"pressroom[report] @ git+{REPOSITORY}@1a2b#subdirectory=py"),
        ),
    ],
)
def test_what_is_installed_is_what_the_package_came_from(
    source: Origin | None, target: tuple[str, str]
) -> None:
    assert target_of(source, "report") == target
    kind, text = target
    if kind == "requirement" and not text.startswith("/"):
        requirement = Requirement(text)
        assert (requirement.name, requirement.extras) == ("pressroom", {"report"})
        assert bool(requirement.url) == (source is not None)


@pytest.mark.parametrize(
    ("noted", "line"),
    [
        (None, "-m pip install 'pressroom[report]'"),
        (
            '{"url": "file:///a%20clone", "dir_info": {"editable": true}}',
            "-m pip install --editable '/a clone[report]'",
        ),
        (f'{{"url": "{WHEEL}", "archive_info": {{}}}}', f"-m pip install 'pressroom[report] @ {WHEEL}'"),
    ],
)
def test_the_line_names_the_interpreter_that_needs_it(
    monkeypatch: pytest.MonkeyPatch, noted: str | None, line: str
) -> None:
    came_from(monkeypatch, noted)
    with_pip(monkeypatch, is_there=True)
    assert command_of(install_extra("report")) == f"{shlex.quote(sys.executable)} {line}"


def test_an_environment_without_pip_gets_the_extra_by_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    came_from(monkeypatch, None)
    with_pip(monkeypatch, is_there=False)
    remedy = install_extra("report")
    assert remedy.kind is RemedyKind.INSTALL_EXTRA_BY_UV
    python = shlex.quote(sys.executable)
    assert command_of(remedy) == f"uv pip install --python {python} 'pressroom[report]'"


def test_a_newer_release_comes_from_the_index_or_from_where_this_one_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    came_from(monkeypatch, None)
    assert "-m pip install --upgrade pressroom`" in str(upgrade())
    came_from(monkeypatch, f'{{"url": "{WHEEL}", "archive_info": {{}}}}')
    assert str(upgrade()) == f"Upgrade this program, from where it was installed: {WHEEL}."


def _put_script(directory: Path) -> Path:
    directory.mkdir()
    script = directory / "pressroom"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    return script


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the programs directory of the environment that this process runs in; the path has a space."""
    script = _put_script(tmp_path / "an environment")
    monkeypatch.setattr(sys, "executable", str(script.with_name("python")))
    return script.parent


def test_a_shell_starts_the_program_by_its_name_if_its_path_leads_to_this_installation(
    environment: Path, tmp_path: Path
) -> None:
    assert program_in_shell(str(environment)) == "pressroom"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/pressroom").symlink_to(environment / "pressroom")
    assert program_in_shell(str(tmp_path / "bin")) == "pressroom"


def test_a_shell_starts_the_program_by_its_path_if_its_name_leads_elsewhere(
    environment: Path, tmp_path: Path
) -> None:
    other = _put_script(tmp_path / "other")
    for path in (str(other.parent), str(tmp_path)):
        assert shlex.split(program_in_shell(path)) == [str(environment / "pressroom")]


def test_a_shell_starts_the_program_by_the_interpreter_if_there_is_no_script(environment: Path) -> None:
    (environment / "pressroom").unlink()
    assert shlex.split(program_in_shell(str(environment))) == [sys.executable, "-m", "pressroom"]
