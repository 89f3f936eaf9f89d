"""`pressroom schedule import` of a table that was written before its posts were changed."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.errors import Refused
from pressroom.service.posts.tables.columns import Row
from pressroom.service.posts.tables.files import Format, read_table
from pressroom.service.posts.tables.writing import Writer
from tests.cli.conftest import Shell
from tests.cli.planning import plan, stored
from tests.cli.test_schedule_tables_edited import Exported

CAPTION, AT = 1, 2
pytestmark = pytest.mark.usefixtures("store", "long_run")


@pytest.fixture
def exported(shell: Shell, tmp_path: Path) -> Exported:
    return Exported(shell, tmp_path / "posts.json")


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
def test_what_others_changed_since_the_export_stays_where_the_table_was_not_edited(
    shell: Shell, tmp_path: Path, ending: Format
) -> None:
    table = tmp_path / f"posts.{ending}"
    first, second = (plan(shell, "--caption", text, "--tz", "Europe/Berlin") for text in ("=a", "b"))
    assert shell("schedule", "export", "--output", table).code == ExitCode.DONE
    shell("schedule", "edit", first, "--caption", "Corrected")
    shell("schedule", "move", first, "--at", "2027-01-02 09:00", "--tz", "Europe/Istanbul")
    shell("schedule", "edit", second, "--caption", "Corrected")
    before = stored(shell, first)
    rows = [row for _, row in read_table(table.read_bytes(), ending).rows if not isinstance(row, Refused)]
    edited = [replace(row, first_comment="c") if row.post_id == second else row for row in rows]
    table.write_bytes(Writer(format=ending).bytes_of(edited))
    result = shell("schedule", "import", table, "--json")
    assert {row["post_id"]: row["action"] for row in result.json["rows"]} == {
        first: "unchanged",
        second: "change",
    }
    assert stored(shell, first) == before
    options = stored(shell, second).options
    assert (options.caption, options.first_comment) == ("Corrected", "c")


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
def test_an_old_table_undoes_nothing_that_was_done_since_it_was_written(
    shell: Shell, tmp_path: Path, ending: Format
) -> None:
    """Every edit of a row, none among them, meets every change of its post; other cells go together."""
    edits: list[dict[str, str]] = [{}, {"caption": "row"}, {"at": "2026-12-24 18:00"}]
    changes: tuple[list[str], ...] = ([], ["edit", "--caption", "post"], ["move", "--by", "+1d"])
    pairs = [(edit, change) for edit in edits for change in changes]
    ids = [plan(shell, "--caption", f"old {place}", "--tz", "UTC") for place in range(len(pairs))]
    table = tmp_path / f"posts.{ending}"
    shell("schedule", "export", "--output", table)
    rows = {
        row.post_id: row for _, row in read_table(table.read_bytes(), ending).rows if isinstance(row, Row)
    }
    edited = [replace(rows[one], **edit) for one, (edit, _) in zip(ids, pairs, strict=True)]
    table.write_bytes(Writer(format=ending).bytes_of(edited))
    for one, (_, command) in zip(ids, pairs, strict=True):
        assert not command or shell("schedule", command[0], one, *command[1:]).code == ExitCode.DONE
    before = [stored(shell, one) for one in ids]
    told = shell("schedule", "import", table, "--partial", "--json").json["rows"]
    for place, (was, row) in enumerate(zip(before, told, strict=True)):
        edit, change = divmod(place, len(changes))
        now, is_refused = stored(shell, was.id), edit == change != 0
        assert (row["error"] and row["error"]["code"]) == ("etag" if is_refused else None)
        kept = ["caption", "at"][change - 1] if change and not is_refused else None
        assert row["warnings"] == (
            [f"Its post was changed since the table was written: {kept} stays as it is now."] if kept else []
        )
        due_at = datetime(2026, 12, 24, 18, tzinfo=UTC) if edit == AT and not is_refused else was.due_at
        caption = "row" if edit == CAPTION and not is_refused else was.options.caption
        assert (now.options.caption, now.due_at) == (caption, due_at)


def test_a_cell_and_its_post_that_were_both_changed_are_held_against_each_other(exported: Exported) -> None:
    post_id = plan(exported.shell, "--caption", "old")
    exported.edit(caption="x" * 50)
    exported.shell("schedule", "edit", post_id, "--caption", "new")
    (row,) = exported.run("--dry-run").json["rows"]
    said = f"caption is 'new' now, and {'x' * 40 + '...'!r} here"
    assert said in row["error"]["message"]
    assert "pressroom schedule export" in row["error"]["fix"]
    exported.shell("schedule", "edit", post_id, "--caption", "x" * 50)
    assert exported.run().json["unchanged"] == 1


@pytest.mark.parametrize("is_column_there", [True, False])
def test_a_table_without_etags_changes_posts_back_and_that_is_told_once(
    exported: Exported, is_column_there: bool
) -> None:
    posts = [plan(exported.shell, "--caption", text) for text in "ab"]
    rows = json.loads(exported.edit().file.read_text())
    for row in rows:
        row["etag"] = ""
        if not is_column_there:
            del row["etag"]
    exported.file.write_text(json.dumps(rows))
    for post_id in posts:
        exported.shell("schedule", "move", post_id, "--by", "+1d")
    told = exported.run().json
    assert told["changed"] == 2
    assert [one.split(":")[0] for one in told["warnings"] if "etag" in one] == [
        "Rows that name a post have no etag"
    ]
