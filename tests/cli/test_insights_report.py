"""`pressroom insights report`: a page, its data, and the ways it is sent."""

import json
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pressroom.cli.shell.failures import ExitCode
from tests.cli.conftest import Result, Shell
from tests.cli.insights import report_on, report_on_two
from tests.insights.reported import PERIOD

REPORT = ("insights", "report")
SPAN = ("--period", f"{PERIOD}d")
pytestmark = pytest.mark.usefixtures("store", "long_run")


@pytest.fixture
def shop(account: Shell) -> Shell:
    """A shell whose account has five months of history."""
    report_on(account)
    return account


@pytest.fixture
def made(shop: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Makes a report in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *args, **environ: shop(*REPORT, *SPAN, *args, **environ)


def test_a_report_is_one_file_named_by_its_account_and_period(
    made: Callable[..., Result], tmp_path: Path
) -> None:
    result = made()
    assert result.code == ExitCode.DONE
    (file,) = tmp_path.glob("*.html")
    assert file.name == "report-lofoten-bakery-2026-10-27-2026-11-23.html"
    assert str(file) in result.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 or sys.platform == "win32"
    assert file.read_text().startswith("<!doctype html>")


def test_its_data_is_printed_and_nothing_is_written(made: Callable[..., Result], tmp_path: Path) -> None:
    answer = made("--json").json
    assert [one["name"] for one in answer["answers"]] == ["tried", "happened", "why", "brought", "next"]
    assert len(answer["movements"]) == 7
    assert answer["file"] is None
    assert not list(tmp_path.glob("*.html"))


def test_several_accounts_are_compared_in_their_order(account: Shell) -> None:
    report_on_two(account)
    several = (*REPORT, *SPAN, "--account", "bergen", "--account", "default")
    answer = account(*several, "--json").json
    assert [row["account"] for row in answer["comparison"]] == ["bergen", "default"]
    assert [report["timezone"] for report in answer["accounts"]] == ["America/New_York", "Europe/Oslo"]
    alone = account(*REPORT, *SPAN, "--account", "bergen", "--json").json
    assert alone == answer["accounts"][0]
    assert account(*several, "--json", "--comment", "next=More.").code == ExitCode.USAGE


def test_what_is_not_known_is_null_and_never_0(made: Callable[..., Result]) -> None:
    answer = made("--json").json
    unread = [one for one in answer["posts"] if not one["metrics"]]
    assert sum(answer["unread"].values()) == len(unread)
    assert {one["engagement_rate"] for one in unread} == {None}
    assert {one["times_usual"] for one in unread} == {None}


def test_it_is_in_the_language_that_is_asked_for(made: Callable[..., Result]) -> None:
    answer = made("--json", "--language", "de").json
    assert (answer["language"], answer["answers"][0]["question"]) == ("de", "Was wurde ausprobiert?")


def test_json_and_a_file_go_together(made: Callable[..., Result], tmp_path: Path) -> None:
    answer = made("--json", "--output", "mine.html").json
    assert answer["file"] == str(tmp_path / "mine.html")


def test_name_colour_and_sentences_are_ones_own(made: Callable[..., Result], tmp_path: Path) -> None:
    own = ("--name", "North & South", "--colour", "#00705c", "--comment", "next=More <reels>.")
    assert made(*own, "--output", "mine.html").code == ExitCode.DONE
    html = (tmp_path / "mine.html").read_text()
    assert "<title>North &amp; South: @lofoten.bakery, " in html
    assert "--head: #00705c" in html
    assert "More &lt;reels&gt;." in html


def test_a_file_that_is_there_is_kept(made: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text("mine")
    result = made("--output", "mine.html")
    assert result.code == ExitCode.REFUSED
    assert "--overwrite" in result.err
    assert (tmp_path / "mine.html").read_text() == "mine"
    assert made("--output", "mine.html", "--overwrite").code == ExitCode.DONE


@pytest.mark.parametrize(
    ("args", "code", "rule"),
    [
        (("--colour", "blue"), ExitCode.REFUSED, "colour"),
        (("--logo", "none.png"), ExitCode.REFUSED, "logo"),
        (("--templates", "none"), ExitCode.REFUSED, "templates"),
        (("--comment", "nxt=More."), ExitCode.REFUSED, "comment"),
        (("--period", "2027-01-01..2027-01-31"), ExitCode.REFUSED, "period"),
        (("--period", "soon"), ExitCode.REFUSED, "period"),
    ],
)
def test_bad_input_is_refused_by_its_rule(
    made: Callable[..., Result], tmp_path: Path, args: tuple[str, ...], code: ExitCode, rule: str
) -> None:
    result = made(*args, "--json", "--output", "mine.html")
    assert result.code == code
    assert result.error["rule"] == rule
    assert not (tmp_path / "mine.html").exists()


CHROMIUM = """#!/bin/sh
for word in "$@"; do case "$word" in --print-to-pdf=*) pdf="${word#*=}";; esac; done
echo '%PDF-1.4 %%EOF' > "$pdf"
"""


def test_a_pdf_is_printed_by_the_chromium_that_is_named(made: Callable[..., Result], tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.write_text(CHROMIUM)
    program.chmod(0o700)
    assert made("--pdf", CHROME_PATH=str(program)).code == ExitCode.DONE
    (file,) = tmp_path.glob("*.pdf")
    assert file.name == "report-lofoten-bakery-2026-10-27-2026-11-23.pdf"
    assert file.read_text() == "%PDF-1.4 %%EOF\n"
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.parametrize("args", [("--pdf",), ("--output", "mine.pdf")])
def test_a_pdf_without_a_chromium_is_refused_before_anything_is_read(
    made: Callable[..., Result], tmp_path: Path, args: tuple[str, ...]
) -> None:
    # A period that is none is seen as soon as something is read.
    result = made(*args, "--period", "soon", "--json", CHROME_PATH=str(tmp_path / "none"))
    assert result.code == ExitCode.REFUSED
    assert (result.error["rule"], result.error["value"]) == ("chromium", str(tmp_path / "none"))


def test_a_pdf_has_a_name_of_one(made: Callable[..., Result]) -> None:
    result = made("--pdf", "--output", "mine.html")
    assert result.code == ExitCode.USAGE
    assert "mine.html" in result.err


def test_a_comment_that_names_no_answer_is_a_wrong_use(made: Callable[..., Result]) -> None:
    result = made("--comment", "More reels.")
    assert result.code == ExitCode.USAGE
    assert "ANSWER=TEXT" in result.err


def test_it_is_sent_by_every_way_that_is_set_up(made: Callable[..., Result], tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    program = tmp_path / "tell"
    program.write_text(f"#!{sys.executable}\nimport sys\nopen({str(told)!r}, 'w').write(sys.stdin.read())\n")
    program.chmod(0o700)
    result = made("--send", "--json", PRESSROOM_NOTIFY_COMMAND=str(program))
    assert [(one["way"], one["problem"]) for one in result.json["sent"]] == [("command", None)]
    letter: Any = json.loads(told.read_text())
    assert letter["title"].startswith("Instagram report: @lofoten.bakery, 27 Oct \N{EN DASH} 23 Nov 2026")
    assert "What happened?" in letter["text"]
    assert "<h2>What happened?</h2>" in letter["html"]
    assert letter["file"]["path"] == result.json["file"]


def test_without_a_way_to_send_it_the_report_is_still_written(
    made: Callable[..., Result], tmp_path: Path
) -> None:
    result = made("--send")
    assert result.code != ExitCode.DONE
    assert "PRESSROOM_NOTIFY_APPRISE" in result.err
    assert list(tmp_path.glob("*.html"))


def test_where_nobody_takes_it_that_is_an_error_and_the_file_stays(
    made: Callable[..., Result], tmp_path: Path
) -> None:
    result = made("--send", PRESSROOM_NOTIFY_COMMAND=sys.executable + " -c raise(SystemExit(3))")
    assert result.code == ExitCode.FAILED
    assert "nobody took it" in result.err
    assert list(tmp_path.glob("*.html"))


def test_it_opens_in_the_browser(
    made: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = list[str]()

    def open_slowly(address: str) -> None:
        threading.Event().wait(0.05)
        opened.append(address)

    monkeypatch.setattr("webbrowser.open", open_slowly)
    monkeypatch.setattr("pressroom.cli.insights.writing.has_browser", bool)
    assert made("--open", "--output", "mine.html").code == ExitCode.DONE
    assert opened == [(tmp_path / "mine.html").as_uri()]


def test_where_there_is_no_browser_it_says_so(made: Callable[..., Result]) -> None:
    result = made("--open", "--output", "mine.html")
    assert result.code == ExitCode.DONE
    assert "no browser" in result.err


def test_before_the_first_pull_it_says_what_to_do(account: Shell) -> None:
    result = account(*REPORT)
    assert result.code == ExitCode.NOT_FOUND
    assert "pressroom insights pull" in result.err


def test_without_the_extra_it_says_how_to_install_it(
    made: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(name: str) -> str | None:
        return None if name == "vl_convert" else name

    monkeypatch.setattr("pressroom.service.ground.output.find_spec", found)
    result = made("--json")
    assert result.code == ExitCode.REFUSED
    assert result.error["value"] == "vl_convert"
    assert "[report]" in result.error["fix"]


def test_the_metric_of_the_top_posts_is_chosen_and_an_unknown_one_is_refused_with_the_others(
    made: Callable[..., Result],
) -> None:
    top = made("--top-by", "saved", "--json").json["described"]["top"]
    assert (top["metric"], len(top["posts"])) == ("saved", 5)
    refused = made("--top-by", "plays")
    assert refused.code == ExitCode.REFUSED
    assert "'plays' is no metric of a media." in refused.err
    assert "engagement_rate" in refused.err
