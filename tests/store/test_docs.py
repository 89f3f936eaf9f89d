"""The page about the store names what there is."""

import re
from pathlib import Path

import pytest

from pressroom.store.tables import metadata

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "store.md").read_text()


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_every_table_is_described(table: str) -> None:
    assert re.search(rf"^\| `{table}` \| .+ \|", PAGE, re.MULTILINE)


def test_its_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(code, {})  # noqa: S102  # the page's own example
    assert capsys.readouterr().out == "0\n"
