"""The command line prints how it read a time in words; the locale decides what 12/10 means."""

import json
from dataclasses import replace
from pathlib import Path

from tests.cli.conftest import PICTURE, Shell
from tests.cli.planning import ADD

IN_BERLIN = ("--tz", "Europe/Berlin")
READ = "'tomorrow at 9' was read as Wednesday 2026-11-25 09:00 Europe/Berlin (+01:00)."


def with_locale(shell: Shell, locale: str) -> Shell:
    return replace(shell, environ={**shell.environ, "LC_ALL": locale})


def test_schedule_add_move_reschedule_and_approve_print_how_they_read_a_time(account: Shell) -> None:
    assert READ in account(*ADD, PICTURE, *IN_BERLIN, "--at", "tomorrow at 9").out
    draft = account(*ADD, PICTURE, "--caption", "2", *IN_BERLIN, "--at", "+1d", "--draft", "--json")
    post = draft.json["post_id"]
    assert READ in account("schedule", "move", post, "--at", "tomorrow at 9").out
    assert READ in account("schedule", "approve", post, "--at", "tomorrow at 9").out


def test_day_and_month_are_read_in_the_order_of_the_locale(account: Shell) -> None:
    def due(locale: str, text: str) -> str:
        shell = with_locale(account, locale)
        return shell(*ADD, PICTURE, "--caption", locale, *IN_BERLIN, "--at", text, "--json").json["due_at"]

    assert due("en_US.UTF-8", "12/10 6pm") == "2026-12-10T17:00:00+00:00"
    assert due("en_GB.UTF-8", "10/12 6pm") == "2026-12-10T17:00:00+00:00"
    assert due("de_DE.UTF-8", "morgen um 18 Uhr") == "2026-11-25T17:00:00+00:00"
    error = with_locale(account, "C")(*ADD, PICTURE, *IN_BERLIN, "--at", "12/10 6pm", "--json").error
    assert error["message"] == "'12/10 6pm' can be read in 2 ways."


def test_a_table_is_not_read_in_the_locale_of_who_imports_it(account: Shell, tmp_path: Path) -> None:
    table = tmp_path / "posts.json"
    table.write_text(json.dumps([{"kind": "photo", "sources": [PICTURE], "at": "12/10 6pm"}]))
    shell = with_locale(account, "en_US.UTF-8")
    [row] = shell("schedule", "import", table, *IN_BERLIN, "--dry-run", "--json").json["rows"]
    assert row["error"]["message"].endswith("can be read in 2 ways.")
