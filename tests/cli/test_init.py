"""`pressroom init`: the helper modules in a user's project."""

from pathlib import Path

import pytest

from pressroom.cli.init import MODULES, text_of
from pressroom.cli.shell.failures import ExitCode
from tests.cli.conftest import Shell

APP = Path(__file__).parents[2] / "app"


def test_what_it_writes_is_what_app_holds(shell: Shell, tmp_path: Path) -> None:
    result = shell("init", "--dir", tmp_path, "--json")
    assert result.code == ExitCode.DONE
    written = {path.name: path.read_text() for path in (tmp_path / "app").iterdir()}
    assert written == {path.name: path.read_text() for path in APP.glob("*.py")}
    assert result.json == {
        "written": [str(tmp_path / "app" / name) for name in MODULES],
        "unchanged": [],
    }


def test_it_may_be_run_again(shell: Shell, tmp_path: Path) -> None:
    shell("init", "--dir", tmp_path)
    (tmp_path / "app" / MODULES[0]).unlink()
    again = shell("init", "--dir", tmp_path, "--json")
    assert [Path(path).name for path in again.json["written"]] == [MODULES[0]]
    assert len(again.json["unchanged"]) == 2


def test_a_changed_file_is_kept_shown_and_ends_with_3(shell: Shell, tmp_path: Path) -> None:
    changed = tmp_path / "app" / MODULES[1]
    changed.parent.mkdir()
    changed.write_text("# mine\n")
    result = shell("init", "--dir", tmp_path)
    assert result.code == ExitCode.REFUSED
    assert "-# mine" in result.err
    assert "pressroom init --force" in result.err
    assert [path.name for path in changed.parent.iterdir()] == [MODULES[1]]
    assert changed.read_text() == "# mine\n"


def test_the_difference_is_in_the_json_error_too(shell: Shell, tmp_path: Path) -> None:
    changed = tmp_path / "app" / MODULES[1]
    changed.parent.mkdir()
    changed.write_bytes(b"\xff mine\n")
    error = shell("init", "--dir", tmp_path, "--json").error
    assert (error["code"], error["value"]) == ("changed_file", str(changed))
    assert error["diff"].startswith(f"--- {changed} (yours)")


def test_force_overwrites(shell: Shell, tmp_path: Path) -> None:
    changed = tmp_path / "app" / MODULES[1]
    changed.parent.mkdir()
    changed.write_text("# mine\n")
    assert shell("init", "--dir", tmp_path, "--force").code == ExitCode.DONE
    assert changed.read_text() == text_of(MODULES[1])


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_an_existing_package_file_is_never_touched(
    shell: Shell, tmp_path: Path, force: tuple[str, ...]
) -> None:
    package = tmp_path / "app" / "__init__.py"
    package.parent.mkdir()
    package.write_text("# theirs\n")
    shell("init", "--dir", tmp_path, *force)
    assert package.read_text() == "# theirs\n"


def test_a_directory_that_cannot_be_written_is_said_without_a_traceback(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "app").write_text("a file where the directory should be")
    result = shell("init", "--dir", tmp_path, "--json")
    assert result.code == ExitCode.FAILED
    assert result.error["code"] == "system"
