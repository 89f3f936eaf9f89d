"""`pressroom schedule template`: a table to start from."""

from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from tests.cli.conftest import Shell

pytestmark = pytest.mark.usefixtures("store")


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
def test_a_template_is_green(shell: Shell, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"posts.{ending}"
    assert shell("schedule", "template", file, "--tz", "Europe/Istanbul").code == ExitCode.DONE
    told = shell("schedule", "import", file, "--dry-run", "--strict", "--json")
    assert told.code == ExitCode.DONE
    assert [(row["action"], row["warnings"]) for row in told.json["rows"]] == [("new", []), ("new", [])]


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
def test_a_template_that_is_imported_as_it_is_sends_nothing(
    shell: Shell, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"posts.{ending}"
    assert "as drafts: nothing of them is sent." in shell("schedule", "template", file).err
    told = shell("schedule", "import", file, "--json").json
    assert [row["state"] for row in told["rows"]] == ["draft", "draft"]
