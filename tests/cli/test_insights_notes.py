"""`pressroom insights note`: added, listed and removed, and asked for by a report."""

from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from tests.cli.conftest import Shell
from tests.cli.insights import begin, keep
from tests.insights.redefined import batch_of, drawn

NOTE = ("insights", "note")
SAYS = "Meta counts replays now."


@pytest.fixture
def begun(account: Shell) -> Shell:
    begin(account)
    return account


def test_a_note_is_added_listed_and_removed(begun: Shell) -> None:
    assert begun(*NOTE, "list").err == "No metric of default has a note.\n"
    added = begun(*NOTE, "add", "views", SAYS, "--on", "2026-11-03")
    assert (added.code, added.out) == (ExitCode.DONE, f"Noted: views, 2026-11-03: {SAYS}\n")
    listed = begun(*NOTE, "list").out.splitlines()
    assert listed[0].split() == ["metric", "day", "note"]
    assert " ".join(listed[1].split()) == f"views 2026-11-03 {SAYS}"
    removed = begun(*NOTE, "remove", "views", "2026-11-03")
    assert removed.out == f"Removed: views, 2026-11-03: {SAYS}\n"
    assert begun(*NOTE, "list", "--json").json == {"account": "default", "notes": []}


def test_json_gives_the_note(begun: Shell) -> None:
    note = begun(*NOTE, "add", "views", SAYS, "--on", "2026-11-03", "--json").json
    assert (note["metric"], note["day"], note["text"]) == ("views", "2026-11-03", SAYS)
    assert begun(*NOTE, "list", "--json").json["notes"] == [note]
    assert begun(*NOTE, "remove", "views", "2026-11-03", "--json").json == note


def test_what_is_refused_says_how_to_go_on(begun: Shell) -> None:
    assert begun(*NOTE, "add", "views", SAYS, "--on", "2026-11-03").code == ExitCode.DONE
    again = begun(*NOTE, "add", "views", "Another.", "--on", "2026-11-03")
    assert again.code == ExitCode.REFUSED
    assert "`pressroom insights note remove views 2026-11-03 --account default`" in " ".join(
        again.err.split()
    )
    missing = begun(*NOTE, "remove", "reach", "2026-11-03")
    assert missing.code == ExitCode.NOT_FOUND
    assert "pressroom insights note list" in missing.err


@pytest.mark.usefixtures("long_run")
def test_a_report_asks_for_what_is_known_of_a_suspicion_once(begun: Shell, tmp_path: Path) -> None:
    keep(begun, batch_of(drawn(redefined="views", times=4.0)))
    report = ("insights", "report", "--period", "28d", "--overwrite", "--output", tmp_path / "report.html")
    asks = " ".join(begun(*report).err.split())
    command = "pressroom insights note add views 'What changed' --on 2026-10-2"
    assert f"If you know what Meta changed, note it for later reports: `{command}" in asks
    assert "--account default`." in asks
    assert begun(*NOTE, "add", "views", "<b>Replays</b> count.", "--on", "2026-10-27").code == ExitCode.DONE
    assert "note add" not in begun(*report).err
    page = (tmp_path / "report.html").read_text()
    assert "Views, note for 27 Oct 2026: &lt;b&gt;Replays&lt;/b&gt; count." in page
