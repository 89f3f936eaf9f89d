"""`pressroom insights export`: what is said, where it goes, and how it ends."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from tests.cli.conftest import Shell
from tests.cli.pseudo_terminal import at_terminal
from tests.insights.export.kept import clock, kept


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell without an account, in a folder of its own, on a store in which something is kept."""
    kept(tmp_path / "home")
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path / "home", clock=clock())


def test_it_tells_what_was_written(shell: Shell, tmp_path: Path) -> None:
    result = shell("insights", "export", "--output", "out.parquet")
    assert (result.code, result.out) == (ExitCode.DONE, "")
    assert "readings: 7 rows." in result.err.splitlines()
    assert result.err.splitlines()[-1].endswith("MB were written to " + str(tmp_path / "out.parquet") + ".")
    answer = shell("insights", "export", "--output", "o", "--layout", "fivetran", "--json").json
    assert (answer["output"], answer["format"], answer["layout"]) == (str(tmp_path / "o"), "csv", "fivetran")
    file = str(tmp_path / "o" / "media_insights.csv")
    assert answer["tables"][1] == {"name": "media_insights", "rows": 5, "file": file}


@pytest.mark.parametrize(
    ("options", "made"),
    [
        ((), "pressroom-insights"),
        (("--format", "duckdb"), "pressroom-insights.duckdb"),
        (("--format", "parquet", "--table", "media"), "pressroom-insights-media.parquet"),
        (("--output", "a.duckdb"), "a.duckdb"),
        (("--format", "xlsx"), "pressroom-insights.xlsx"),
        (("--output", "a.xlsx", "--table", "media"), "a.xlsx"),
        (("--output", "a.jsonl", "--table", "media"), "a.jsonl"),
    ],
)
def test_format_and_place_follow_from_each_other(
    shell: Shell, tmp_path: Path, options: tuple[str, ...], made: str
) -> None:
    assert shell("insights", "export", *options).code == ExitCode.DONE
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["home", made])
    again = shell("insights", "export", *options, "--json")
    assert (again.code, again.error["rule"]) == (ExitCode.REFUSED, "output_exists")
    assert "`--overwrite`" in again.error["fix"]
    assert shell("insights", "export", *options, "--overwrite").code == ExitCode.DONE


@pytest.mark.parametrize("options", [(), ("--output", "-")])
def test_one_table_goes_to_stdout(shell: Shell, options: tuple[str, ...]) -> None:
    result = shell("insights", "export", "--table", "followers", *options)
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert [row["followers_count"] for row in rows] == ["", "1200"]
    lines = shell("insights", "export", "--table", "followers", "--format", "json", *options).out.splitlines()
    assert [json.loads(line)["followers_count"] for line in lines] == [None, 1200]
    assert result.err == ""


def test_csv_for_excel_has_its_mark_its_separator_and_whole_ids(shell: Shell, tmp_path: Path) -> None:
    excel = ("--excel", "--locale", "de_DE")
    file = tmp_path / "media.csv"
    assert shell("insights", "export", "--table", "media", *excel, "--output", file).code == ExitCode.DONE
    text = file.read_text("utf-8")
    assert text.startswith("\ufeff")
    (first, *_) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    assert re.fullmatch(r'="\d{12,}"', first["media_id"])
    assert list(first)[:2] == ["account_id", "account"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", first["published_at (UTC)"])
    assert shell("insights", "export", "--table", "media", *excel).out == text
    assert shell("insights", "export", "--format", "json", *excel).code == ExitCode.USAGE


@pytest.mark.parametrize(
    "options",
    [
        ("--output", "-"),
        ("--table", "media", "--output", "-", "--format", "parquet"),
        ("--table", "media", "--output", "-", "--format", "xlsx"),
        ("--table", "media", "--json"),
        ("--format", "xml"),
        ("--since", "soon"),
    ],
)
def test_what_cannot_be_meant_is_a_wrong_use(shell: Shell, options: tuple[str, ...]) -> None:
    assert shell("insights", "export", *options).code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--account", "nobody"), ExitCode.NOT_FOUND, "'nobody'"),
        (("--since", "2036-01-01"), ExitCode.REFUSED, "in the future"),
        (("--table", "readers"), ExitCode.REFUSED, "no table 'readers'"),
        (("--output", "no/out"), ExitCode.FAILED, "no"),
    ],
)
def test_what_cannot_be_exported_is_said_plainly(
    shell: Shell, options: tuple[str, ...], code: ExitCode, said: str
) -> None:
    result = shell("insights", "export", *options)
    assert (result.code, result.out) == (code, "")
    assert said in result.err


def test_an_empty_store_leads_to_the_first_pull(tmp_path: Path) -> None:
    result = Shell(tmp_path / "none")("insights", "export", "--output", tmp_path / "out")
    assert result.code == ExitCode.NOT_FOUND
    assert "`pressroom insights pull`" in result.err


@pytest.mark.usefixtures("processes")
def test_a_bar_is_drawn_on_a_terminal(shell: Shell) -> None:
    with at_terminal("insights", "export", "--output", "bar", home=shell.home) as terminal:
        assert terminal.end() == ExitCode.DONE
    assert "Exporting insights" in terminal.seen
    assert "readings: 7 rows." in terminal.seen
