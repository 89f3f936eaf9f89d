"""`pressroom schedule import` of an exported table: the posts that its rows name are changed."""

import asyncio
import csv
import io
import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import Attention, Post, PostState
from pressroom.sandbox.samples import make_poster
from pressroom.service.posts.posts import PostService
from pressroom.service.posts.tables.columns import Row
from pressroom.service.posts.tables.files import Format, read_table
from pressroom.service.posts.tables.writing import Writer
from pressroom.store.store import Store
from tests.cli.conftest import PICTURE, Result, Shell
from tests.cli.planning import change, plan, sign_in, stored

pytestmark = pytest.mark.usefixtures("store", "long_run")
CHANGES: dict[str, Any] = {
    "caption": "Other",
    "first_comment": "Last",
    "alt_texts": ["Other"],
    "collaborators": ["dora"],
    "user_tags": ["eva:0.5,0.5"],
    "location_id": "43",
    "fit": "pad",
    "target": "house",
    "quality": "high",
}


EXPORT = ("schedule", "export", "--all", "--overwrite", "--output")


@dataclass
class Exported:
    """The posts of a shell in a file, to be edited and imported again."""

    shell: Shell
    file: Path

    def edit(self, **cells: Any) -> "Exported":
        """Export, with other cells in every row."""
        assert self.shell(*EXPORT, self.file).code == ExitCode.DONE
        rows = json.loads(self.file.read_text())
        self.file.write_text(json.dumps([row | cells for row in rows]))
        return self

    def run(self, *options: str) -> Result:
        return self.shell("schedule", "import", self.file, "--json", *options)


@pytest.fixture
def exported(shell: Shell, tmp_path: Path) -> Exported:
    return Exported(shell, tmp_path / "posts.json")


def differences(result: Result, row: int = 0) -> dict[str, tuple[str | None, str | None]]:
    return {one["name"]: (one["before"], one["after"]) for one in result.json["rows"][row]["changes"]}


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
@pytest.mark.parametrize("is_dry", [True, False])
def test_a_table_that_nobody_edited_changes_nothing_and_writes_nothing(
    shell: Shell, tmp_path: Path, ending: str, is_dry: bool
) -> None:
    picture = make_poster(tmp_path / "cat.png") or tmp_path / "cat.png"
    shell("schedule", "add", "photo", picture, "--at", "+2h", "--caption", "=1+1\r\nb", "--alt-text", "-")
    before = [stored(shell, plan(shell, "--tz", "Europe/Berlin")), *all_posts(shell)]
    table = tmp_path / f"posts.{ending}"
    shell("schedule", "export", "--all", "--output", table)
    picture.unlink()
    result = shell("schedule", "import", table, "--json", *(["--dry-run"] if is_dry else []))
    assert [row["action"] for row in result.json["rows"]] == ["unchanged", "unchanged"]
    assert (result.code, result.json["unchanged"], result.json["changed"]) == (ExitCode.DONE, 2, 0)
    assert [stored(shell, post.id) for post in before] == before


def all_posts(shell: Shell) -> list[Post]:
    return [stored(shell, row["post_id"]) for row in shell("schedule", "list", "--all", "--json").json]


def test_an_empty_cell_is_no_value_in_json_and_an_empty_text_to_a_person(exported: Exported) -> None:
    plan(exported.shell, "--caption", "Hi")
    assert differences(exported.edit(caption="").run("--dry-run")) == {"caption": ("Hi", None)}
    assert 'caption: "Hi" -> "".' in exported.shell("schedule", "import", exported.file, "--dry-run").out


@pytest.mark.parametrize("column", CHANGES)
def test_a_cell_that_was_edited_changes_its_post_and_no_other_option(exported: Exported, column: str) -> None:
    options = ("--caption", "Hi", "--first-comment", "First", "--alt-text", "x", "--collaborator", "carl")
    more = ("--user-tag", "ben:0.1,1", "--location-id", "42", "--fit", "crop")
    post_id = plan(exported.shell, *options, *more)
    before = stored(exported.shell, post_id)
    dry = exported.edit(**{column: CHANGES[column]}).run("--dry-run")
    assert list(differences(dry)) == [column]
    assert stored(exported.shell, post_id) == before
    done = exported.run()
    assert (done.code, done.json["changed"], differences(done)) == (ExitCode.DONE, 1, differences(dry))
    exported.edit()
    (row,) = json.loads(exported.file.read_text())
    assert row[column] == CHANGES[column]
    assert exported.run().json["unchanged"] == 1
    after = stored(exported.shell, post_id)
    assert (after.due_at, after.state, after.assets) == (before.due_at, before.state, before.assets)


def test_a_dry_run_shows_each_difference(exported: Exported) -> None:
    post_id = plan(exported.shell, "--caption", 'A "b"', "--tz", "Europe/Berlin")
    exported.edit(caption="B\nc", at="2026-12-24T18:00:00+01:00")
    caption, at = r'caption: "A \"b\"" -> "B\nc"', '-> "2026-12-24T18:00:00+01:00"'
    line, total = exported.shell("schedule", "import", exported.file, "--dry-run").out.splitlines()
    assert line.startswith(f"Row 1: changes photo {post_id[:8]}: {caption}, at: ")
    assert line.endswith(f"{at}.")
    assert total == "1 of 1 rows are good. 1 would be changed. Nothing was stored."
    done = exported.shell("schedule", "import", exported.file).out
    assert done == "0 of 1 rows were imported. 1 changed.\n"
    assert exported.shell("schedule", "import", exported.file).out.endswith(" 1 unchanged.\n")


def test_time_and_content_change_in_one_commit(exported: Exported) -> None:
    post_id = plan(exported.shell)
    before = stored(exported.shell, post_id)
    exported.edit(caption="Other", at="24.12.2026 18:00", timezone="Europe/Berlin").run()
    after = stored(exported.shell, post_id)
    assert (after.options.caption, after.timezone) == ("Other", "Europe/Berlin")
    assert after.due_at == datetime(2026, 12, 24, 17, tzinfo=UTC)
    events = exported.shell("schedule", "show", post_id, "--json").json["events"]
    assert [event["step"] for event in events if event["step"] in ("edited", "moved")] == ["edited"]
    assert before.due_at != after.due_at


def test_a_time_alone_is_a_move_and_one_that_is_over_has_to_be_said_to_be_meant(exported: Exported) -> None:
    post_id = plan(exported.shell, "--tz", "Europe/Berlin")
    (row,) = exported.edit(at="2025-12-24 18:00").run("--dry-run").json["rows"]
    assert row["error"]["type"] == "TimeIsOver"
    (row,) = exported.run("--dry-run", "--late").json["rows"]
    assert row["warnings"] == ["That time is over: it does not go out by itself, and you are asked."]
    exported.edit(at="2026-12-24 18:00").run()
    assert stored(exported.shell, post_id).due_at == datetime(2026, 12, 24, 17, tzinfo=UTC)
    events = exported.shell("schedule", "show", post_id, "--json").json["events"]
    assert events[-1]["step"] == "moved"


def test_a_zone_alone_is_another_way_to_show_the_same_time(exported: Exported) -> None:
    post_id = plan(exported.shell, "--tz", "Europe/Berlin")
    before = stored(exported.shell, post_id)
    exported.edit(timezone="Asia/Tokyo").run()
    after = stored(exported.shell, post_id)
    assert (after.due_at, after.timezone) == (before.due_at, "Asia/Tokyo")


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
def test_a_zone_alone_says_that_the_post_stays_due_when_it_was_in_every_format(
    exported: Exported, ending: str
) -> None:
    post_id, file = plan(exported.shell, "--tz", "Europe/Berlin"), exported.file.with_suffix(f".{ending}")
    before = stored(exported.shell, post_id)
    assert before.due_at
    exported.shell(*EXPORT, file)
    rows = [row for _, row in read_table(file.read_bytes(), cast("Format", ending)).rows]
    edited = [replace(row, timezone="Europe/Lisbon") for row in rows if isinstance(row, Row)]
    file.write_bytes(Writer(format=cast("Format", ending)).bytes_of(edited))
    row = exported.shell("schedule", "import", file, "--dry-run", "--json").json["rows"][0]
    assert row["due_at"] == before.due_at.isoformat()
    (warning,) = row["warnings"]
    assert warning.startswith("Only its zone changes: it stays due at ")
    assert f"`pressroom schedule move {post_id[:8]} --at " in warning


def test_other_files_are_copied_and_those_that_stay_keep_their_copies(exported: Exported) -> None:
    shell, folder = exported.shell, exported.file.parent
    for name in ("one.png", "two.png"):
        make_poster(folder / name)
    planned = shell(
        "schedule", "add", "carousel", folder / "one.png", folder / "two.png", "--at", "+2h", "--json"
    )
    before = stored(shell, planned.json["post_id"])
    (folder / "one.png").unlink()
    make_poster(folder / "three.png")
    done = exported.edit(sources=[str(folder / "one.png"), "three.png"]).run()
    after = stored(shell, before.id)
    assert done.json["changed"] == 1
    assert after.assets[0] == before.assets[0]
    assert after.assets[1].path.read_bytes() == (folder / "three.png").read_bytes()
    assert after.assets[1].path.parent == shell.home / "assets"


def test_a_file_that_is_not_there_is_refused(exported: Exported) -> None:
    plan(exported.shell)
    (row,) = exported.edit(sources=["nothing.jpg"]).run("--dry-run").json["rows"]
    assert row["error"]["code"] == "missing_file"


def test_columns_that_the_table_lacks_stay_as_they_are(exported: Exported) -> None:
    post_id = plan(exported.shell, "--caption", "Hi", "--alt-text", "x")
    exported.file.write_text(json.dumps([{"post_id": post_id, "caption": "Other"}]))
    before = stored(exported.shell, post_id)
    assert exported.run().json["changed"] == 1
    after = stored(exported.shell, post_id)
    assert (after.options.caption, after.options.alt_texts) == ("Other", ("x",))
    assert (after.due_at, after.assets) == (before.due_at, before.assets)


def test_an_emptied_cell_is_the_default(exported: Exported) -> None:
    post_id = plan(exported.shell, "--caption", "Hi", "--fit", "crop")
    exported.edit(caption="", fit="", at="").run()
    after = stored(exported.shell, post_id)
    assert (after.options.caption, after.options.fit) == (None, None)


@pytest.mark.parametrize("state", [PostState.PUBLISHED, PostState.PUBLISHING, PostState.CANCELLED])
def test_a_post_that_is_past_change_is_refused_where_its_row_was_edited(
    exported: Exported, state: PostState
) -> None:
    gone, open_ = (plan(exported.shell, "--caption", text) for text in ("a", "b"))
    change(exported.shell, gone, state=state)
    assert exported.edit().run().json["unchanged"] == 2
    result = exported.edit(caption="c").run()
    errors = [row["error"] and row["error"]["message"] for row in result.json["rows"] if row["error"]]
    assert errors == [f"Post {gone} is {state}: it cannot be edited any more."]
    assert (result.code, stored(exported.shell, open_).options.caption) == (ExitCode.REFUSED, "b")
    partly = exported.run("--partial")
    assert (partly.json["changed"], stored(exported.shell, open_).options.caption) == (1, "c")


def test_a_post_that_may_be_live_is_not_edited_by_a_table(exported: Exported) -> None:
    post_id = plan(exported.shell)
    change(exported.shell, post_id, state=PostState.NEEDS_ATTENTION, attention=Attention.OUTCOME_UNKNOWN)
    assert exported.edit(caption="c").run().code == ExitCode.REFUSED


@pytest.mark.parametrize(
    ("column", "text"),
    [("kind", "reel"), ("if_late", "drop"), ("idempotency_key", "other"), ("account", "somebody")],
)
def test_what_no_stored_post_can_be_given_is_refused(exported: Exported, column: str, text: str) -> None:
    plan(exported.shell, "--idempotency-key", "k")
    (row,) = exported.edit(**{column: text}).run().json["rows"]
    assert (row["error"]["code"], row["error"]["value"]) == (column, text)


def test_a_state_is_no_cell_that_changes_anything_and_that_is_told(exported: Exported) -> None:
    post_id = plan(exported.shell, "--draft")
    (row,) = exported.edit(state="scheduled").run().json["rows"]
    assert row["action"] == "unchanged"
    assert row["warnings"][0].startswith("Its state stays draft: a table does not make it scheduled.")
    assert stored(exported.shell, post_id).state is PostState.DRAFT


def test_what_the_worker_did_since_the_export_is_no_change(exported: Exported) -> None:
    post_id = plan(exported.shell)
    exported.edit()
    change(exported.shell, post_id, state=PostState.READY)
    (row,) = exported.run().json["rows"]
    assert (row["action"], row["warnings"], row["state"]) == ("unchanged", [], "ready")


def test_a_post_named_twice_is_refused(exported: Exported) -> None:
    post_id = plan(exported.shell)
    exported.file.write_text(json.dumps([{"post_id": post_id, "caption": text} for text in "ab"]))
    result = exported.run()
    assert [row["error"] and row["error"]["code"] for row in result.json["rows"]] == [None, "post_id"]


def test_changes_and_new_posts_come_in_one_table(exported: Exported) -> None:
    post_id = plan(exported.shell, "--caption", "a")
    rows = json.loads(exported.edit(caption="b").file.read_text())
    exported.file.write_text(json.dumps([*rows, rows[0] | {"post_id": "", "caption": "new"}]))
    told = exported.run().json
    assert [row["action"] for row in told["rows"]] == ["change", "new"]
    assert (told["changed"], told["imported"]) == (1, 1)
    assert {post.options.caption for post in all_posts(exported.shell)} == {"b", "new"}
    assert told["rows"][0]["post_id"] == post_id


def test_what_a_spreadsheet_makes_of_line_ends_and_of_our_quote_is_no_change(
    shell: Shell, tmp_path: Path
) -> None:
    plan(shell, "--caption", "=1+1\r\nb")
    table = tmp_path / "posts.csv"
    shell("schedule", "export", "--output", table)
    head, line = csv.reader(io.StringIO(table.read_text(), newline=""))
    cells = dict(zip(head, line, strict=True))
    assert cells["caption"].startswith("'=")
    ((_, row),) = read_table(table.read_bytes()).rows
    given: Any = row
    edited = {name: getattr(given, name) for name in head} | {"caption": "'=1+1\nb"}
    table.with_suffix(".json").write_text(json.dumps([edited]))
    assert shell("schedule", "import", table.with_suffix(".json"), "--json").json["unchanged"] == 1


def test_a_program_asks_before_a_table_changes_what_goes_out(account: Shell, tmp_path: Path) -> None:
    """One proposal for content and time together."""
    person = replace(
        account, environ={**account.environ, "PRESSROOM_REQUIRE_TERMINAL": "1"}, is_attended=True
    )
    sign_in(person)
    post_id = plan(person, "--caption", "a")
    exported = Exported(person, tmp_path / "posts.json")
    exported.edit(caption="b", at="2026-12-24 18:00", timezone="Etc/UTC")
    result = replace(exported, shell=replace(person, is_attended=False)).run()
    (row,) = result.json["rows"]
    assert (result.code, result.json["changed"], row["error"]) == (ExitCode.NEEDS_APPROVAL, 0, None)
    assert "approv" in row["warnings"][-1]
    assert stored(person, post_id).options.caption == "a"
    (asked,) = person("approve", "list", "--json").json
    assert (asked["summary"]["caption"], asked["summary"]["due_at"]) == ("b", "2026-12-24T18:00:00+00:00")
    assert person("approve", asked["id"]).code == ExitCode.DONE
    after = stored(person, post_id)
    assert (after.options.caption, after.due_at) == ("b", datetime(2026, 12, 24, 18, tzinfo=UTC))


def test_a_change_that_fails_ends_the_import_and_plans_nothing_new(
    exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between check and change a worker sent the second of three: what is said is what was done."""
    shell = exported.shell
    first, second, third = (plan(shell, "--caption", text) for text in "abc")
    rows = json.loads(exported.edit(caption="d").file.read_text())
    by_id = {row["post_id"]: row for row in rows}
    new = rows[0] | {"post_id": "", "caption": "new"}
    exported.file.write_text(json.dumps([*(by_id[one] for one in (first, second, third)), new]))
    store_table = PostService.store_table

    async def raced(self: PostService, *args: Any, **options: Any) -> Any:
        await asyncio.to_thread(change, shell, second, state=PostState.PUBLISHING)
        return await store_table(self, *args, **options)

    monkeypatch.setattr(PostService, "store_table", raced)
    result = exported.run()
    monkeypatch.undo()
    assert result.code == ExitCode.REFUSED
    assert (result.json["changed"], result.json["imported"], result.json["refused"]) == (1, 0, 1)
    assert [row["error"] and row["error"]["code"] for row in result.json["rows"]] == [
        None,
        "state",
        None,
        None,
    ]
    assert [stored(shell, one).options.caption for one in (first, second, third)] == ["d", "b", "c"]
    change(shell, second, state=PostState.SCHEDULED)
    again = exported.run().json
    assert [row["action"] for row in again["rows"]] == ["unchanged", "change", "change", "new"]
    assert len(all_posts(shell)) == 4


def test_what_somebody_edits_between_check_and_change_is_not_undone(
    exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = exported.shell
    post_id = plan(shell, "--caption", "a")
    store_table = PostService.store_table

    async def raced(self: PostService, *args: Any, **options: Any) -> Any:
        await self.edit(post_id, caption="Corrected")
        return await store_table(self, *args, **options)

    monkeypatch.setattr(PostService, "store_table", raced)
    result = exported.edit(first_comment="b").run()
    monkeypatch.undo()
    (row,) = result.json["rows"]
    assert (result.code, row["error"]["type"], result.json["changed"]) == (ExitCode.REFUSED, "PostChanged", 0)
    assert stored(shell, post_id).options.caption == "Corrected"
    assert exported.edit(first_comment="b").run().code == ExitCode.DONE
    options = stored(shell, post_id).options
    assert (options.caption, options.first_comment) == ("Corrected", "b")


def test_every_format_writes_what_the_others_do(shell: Shell, tmp_path: Path) -> None:
    plan(shell, "--caption", "a", "--tz", "Europe/Berlin")
    found = dict[str, Any]()
    formats: tuple[Format, ...] = ("csv", "json", "xlsx")
    for ending in formats:
        table = tmp_path / f"posts.{ending}"
        shell("schedule", "export", "--output", table)
        ((_, row),) = read_table(table.read_bytes(), ending).rows
        (found[ending],) = Writer(format="json").objects_of([row])  # pyright: ignore[reportArgumentType]
    assert found["csv"] == found["json"]
    assert found["csv"] | {"at": ""} == found["xlsx"] | {"at": ""}


@pytest.mark.parametrize("number", [5, 50])
def test_a_row_costs_a_bounded_number_of_looks_into_the_store(
    shell: Shell, tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that a slot, a key, or the same caption as all others makes compare."""
    rows = [
        {"kind": "story", "sources": [PICTURE], "at": "2026-12-24 18:00", "timezone": "UTC"}
        | {"idempotency_key": f"k{place}"}
        for place in range(number)
    ]
    file = tmp_path / "posts.json"
    file.write_text(json.dumps(rows))
    run, looks = Store.run, list[str]()

    async def counted(self: Store, operation: Any, *args: Any, **options: Any) -> Any:
        looks.append(operation.__name__)
        return await run(self, operation, *args, **options)

    monkeypatch.setattr(Store, "run", counted)
    assert shell("schedule", "import", file, "--dry-run").code == ExitCode.DONE
    assert len(looks) <= 3 * number + 10, Counter(looks)


@pytest.mark.parametrize("column", ["caption", "first_comment", "alt_texts"])
def test_letters_that_excel_lost_in_a_code_page_are_no_edit(exported: Exported, column: str) -> None:
    exported.shell("schedule", "import", _with(exported, column, "Süß ☕🎄 ist's"))
    exported.edit()
    table, file = json.loads(exported.file.read_text()), exported.file.with_name("again.csv")
    cells, lines = table[0], io.StringIO()
    cells["alt_texts"], cells["sources"] = "\n".join(cells["alt_texts"]), PICTURE
    cells |= dict.fromkeys(("user_tags", "collaborators", "copies"), "")
    csv.writer(lines, delimiter=";").writerows([cells.keys(), cells.values()])
    file.write_bytes(lines.getvalue().replace("☕🎄", "???").encode("cp1252"))
    error = exported.shell("schedule", "import", file, "--dry-run", "--json").json["rows"][0]["error"]
    assert (error["code"], error["value"]) == ("letters_lost", "Süß ??? ist's")
    assert error["fix"].startswith('Save the table as "CSV UTF-8" or as .xlsx')
    # What somebody wrote in place of them is an edit.
    file.write_bytes(lines.getvalue().replace("☕🎄", "oder?").encode("cp1252"))
    row = exported.shell("schedule", "import", file, "--dry-run", "--json").json["rows"][0]
    assert (row["error"], row["action"]) == (None, "change")


def _with(exported: Exported, column: str, text: str) -> Path:
    cells: dict[str, Any] = {column: [text] if column == "alt_texts" else text}
    exported.file.write_text(json.dumps([{"kind": "photo", "sources": [PICTURE], "at": "+2h", **cells}]))
    return exported.file
