"""What docs/howto/insights-export.md shows runs as it is written, and tells of every table."""

import asyncio
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from pressroom.insights.export.fivetran import FIVETRAN
from pressroom.insights.export.native import NATIVE
from tests.cli.conftest import Shell
from tests.insights.export.kept import PHOTO, clock, kept, session

PAGE = (Path(__file__).parents[3] / "docs/howto/insights-export.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    kept(tmp_path / "home")
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path / "home", clock=clock())


def run(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102  # the page's own example
    return names


def test_every_command_and_example_runs(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    for line in "".join(blocks("bash")).splitlines():
        if line.startswith("pressroom "):
            command, _, stdout = line.partition(" > ")
            result = shell(*shlex.split(command)[1:])
            assert result.code == 0, result.err
            assert bool(result.out) == bool(stdout)
    duck, pandas, library = blocks("python")
    run(duck)
    assert "('Lofoten', 90, 80, 4, 37.5)" in capsys.readouterr().out
    run(pandas)
    assert re.search(rf"{PHOTO} +9\n", capsys.readouterr().out)

    async def from_python() -> dict[str, int]:
        async with session(shell.home) as pressroom:
            return await run(library)["export"](pressroom)

    assert asyncio.run(from_python())["readings"] == 7
    assert "lofoten.no" in capsys.readouterr().out


def test_every_table_is_told_of() -> None:
    told = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert told == [table.name for layout in (NATIVE, FIVETRAN) for table in layout.tables]
