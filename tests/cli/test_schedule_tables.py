"""`pressroom schedule import`, `export` and `template`: a table in, a table out, a table to start from."""

import codecs
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import Post, PostState, When
from pressroom.core.settings import Settings
from pressroom.core.stored_posts import PostQuery
from pressroom.dispatch.locks import driver_lock
from pressroom.sandbox.samples import make_poster
from pressroom.service.posts.lists import PostLists
from pressroom.service.posts.tables.columns import COLUMNS, WORDS, Row
from pressroom.service.posts.tables.files import read_table
from tests.cli.conftest import CLIP, PICTURE, Shell
from tests.cli.planning import change, plan, sign_in, stored

pytestmark = pytest.mark.usefixtures("store")
GOOD = {"kind": "photo", "sources": [PICTURE], "at": "2026-12-24 18:00", "timezone": "Europe/Berlin"}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "posts.csv"


def objects(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text(json.dumps(list(rows)), encoding="utf-8")
    return path


def count(shell: Shell) -> int:
    return len(shell("schedule", "list", "--all", "--json").json)


def test_rows_of_csv_become_posts(shell: Shell, table: Path) -> None:
    make_poster(table.parent / "poster.png")
    table.write_text(
        "kind,sources,at,timezone,caption,alt_texts,user_tags,state,if_late\n"
        f'carousel,"poster.png\n{CLIP}",2026-12-24 18:00,Europe/Berlin,"Hi,\nall","one\n","ben:0.5,1",,ask\n'
        f"story,{PICTURE},+2h,,,,,draft,\n",
        encoding="utf-8-sig",
    )
    answer = shell("schedule", "import", table, "--json").json
    assert (answer["imported"], answer["refused"], [row["row"] for row in answer["rows"]]) == (2, 0, [2, 3])
    first, second = (stored(shell, row["post_id"]) for row in answer["rows"])
    options = first.options
    assert (options.caption, options.alt_texts, options.user_tags[0].y) == ("Hi,\nall", ("one", ""), 1.0)
    assert first.assets[0].path.read_bytes() == (table.parent / "poster.png").read_bytes()
    assert (first.timezone, first.if_late, second.state) == ("Europe/Berlin", "ask", PostState.DRAFT)


def test_a_row_that_says_now_goes_out_once_it_is_let_go_however_long_that_takes(
    shell: Shell, tmp_path: Path
) -> None:
    row = {"kind": "photo", "sources": [PICTURE], "at": "now", "state": "awaiting_approval"}
    answer = shell("schedule", "import", objects(tmp_path / "posts.json", row), "--json").json
    post_id = answer["rows"][0]["post_id"]
    assert stored(shell, post_id).when is When.NOW
    shell.clock.advance(3600)
    assert shell("schedule", "approve", post_id).code == 0


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_what_spreadsheets_write_instead_of_commas_is_read(shell: Shell, table: Path, delimiter: str) -> None:
    table.write_text(f"kind|sources|at\nphoto|{PICTURE}|+2h\n".replace("|", delimiter))
    assert shell("schedule", "import", table, "--json").json["imported"] == 1


BAD: dict[str, dict[str, Any]] = {
    "kind": {"kind": "video"},
    "at": {"at": ""},
    "when": {"at": "soon"},
    "timezone": {"timezone": "Mars/Base"},
    "state": {"state": "published"},
    "if_late": {"if_late": "never"},
    "fit": {"fit": "squeeze"},
    "thumb_offset_ms": {"kind": "reel", "sources": [CLIP], "thumb_offset_ms": "1.5"},
    "share_to_feed": {"kind": "reel", "sources": [CLIP], "share_to_feed": "perhaps"},
    "quality": {"quality": "best"},
    "start_s": {"kind": "reel", "sources": [CLIP], "start_s": "-1"},
    "end_s": {"kind": "reel", "sources": [CLIP], "start_s": "2", "end_s": "1.5"},
    "loop": {"kind": "reel", "sources": [CLIP], "loop": "often"},
    "user_tags": {"user_tags": ["ben:1"]},
    "missing_file": {"sources": ["nothing.jpg"]},
    "item_count": {"sources": []},
    "caption_length": {"caption": "x" * 2201},
    "post_id": {"post_id": "1"},
}


def test_a_dry_run_reports_every_bad_row_and_stores_nothing(shell: Shell, tmp_path: Path) -> None:
    file = objects(tmp_path / "posts.json", GOOD, *(GOOD | change for change in BAD.values()))
    result = shell("schedule", "import", file, "--dry-run", "--json")
    errors = [row["error"]["code"] for row in result.json["rows"] if row["error"]]
    assert (result.code, errors) == (ExitCode.REFUSED, list(BAD))
    assert count(shell) == 0


def test_nothing_is_stored_unless_every_row_is_good(shell: Shell, tmp_path: Path) -> None:
    file = objects(tmp_path / "posts.json", GOOD, GOOD | {"kind": "video"})
    result = shell("schedule", "import", file)
    assert (result.code, count(shell)) == (ExitCode.REFUSED, 0)
    assert "Row 2: kind is 'video'. Write one of: photo, reel, carousel, story." in result.out
    assert "0 of 2 rows were imported." in result.out


def test_partial_stores_the_good_rows(shell: Shell, tmp_path: Path) -> None:
    file = objects(tmp_path / "posts.json", GOOD, GOOD | {"kind": "video"})
    result = shell("schedule", "import", file, "--partial", "--json")
    assert (result.code, result.json["imported"], count(shell)) == (ExitCode.REFUSED, 1, 1)


def test_an_import_with_keys_may_be_repeated(shell: Shell, tmp_path: Path) -> None:
    file = objects(tmp_path / "posts.json", GOOD | {"idempotency_key": "k1"})
    first, again = (shell("schedule", "import", file, "--json").json for _ in range(2))
    assert (first["imported"], again["imported"], again["replayed"], count(shell)) == (1, 0, 1, 1)
    dry = shell("schedule", "import", file, "--dry-run", "--json").json
    assert (dry["replayed"], dry["rows"][0]["replayed"], count(shell)) == (1, True, 1)
    twice = objects(tmp_path / "posts.json", *[GOOD | {"idempotency_key": "k2"}] * 2)
    assert shell("schedule", "import", twice, "--json").json["rows"][1]["error"]["code"] == "idempotency_key"


def test_a_repeated_import_is_known_by_its_covers_too_and_after_a_move_of_the_home(
    shell: Shell, tmp_path: Path
) -> None:
    """It was refused with the advice to use a new key, which publishes twice."""
    make_poster(tmp_path / "cover.png")
    reel = {"kind": "reel", "sources": [str(CLIP)], "cover": "cover.png", "idempotency_key": "k1"}
    file = objects(tmp_path / "posts.json", GOOD | reel)
    assert shell("schedule", "import", file, "--json").json["imported"] == 1
    moved = replace(shell, home=shell.home.rename(tmp_path / "moved"))
    for one in (
        moved("schedule", "import", file, "--dry-run", "--json"),
        moved("schedule", "import", file, "--json"),
    ):
        assert (one.json["imported"], one.json["replayed"], one.json["refused"]) == (0, 1, 0)
    assert count(moved) == 1


def test_a_key_that_stands_for_other_content_is_refused_with_nothing_stored(
    shell: Shell, tmp_path: Path
) -> None:
    plan(shell, "--idempotency-key", "k1")
    file = objects(tmp_path / "posts.json", GOOD, GOOD | {"caption": "Other", "idempotency_key": "k1"})
    for options in (("--dry-run",), ()):
        result = shell("schedule", "import", file, *options, "--json")
        assert (result.code, result.json["rows"][1]["error"]["type"]) == (ExitCode.REFUSED, "KeyReused")
    assert count(shell) == 1
    partly = shell("schedule", "import", file, "--partial", "--json").json
    assert (partly["imported"], partly["rows"][1]["error"]["type"]) == (1, "KeyReused")


def test_zone_and_account_of_the_command_are_for_rows_that_name_none(shell: Shell, tmp_path: Path) -> None:
    row = {"kind": "photo", "sources": [PICTURE], "at": "2026-12-24 18:00"}
    file = objects(tmp_path / "posts.json", row, row | {"timezone": "UTC", "account": "ana"})
    rows = shell("schedule", "import", file, "--tz", "Asia/Tokyo", "--account", "ana", "--json").json["rows"]
    posts = [stored(shell, row["post_id"]) for row in rows]
    assert [(post.timezone, post.account) for post in posts] == [("Asia/Tokyo", "ana"), ("UTC", "ana")]


def test_an_account_that_nobody_signed_in_to_is_refused_with_those_that_are_known(
    account: Shell, tmp_path: Path
) -> None:
    file = objects(tmp_path / "posts.json", GOOD | {"account": "ben"}, GOOD | {"account": "ana"})
    nobody = account("schedule", "import", file, "--dry-run", "--json").json["rows"][0]["error"]
    assert (nobody["code"], nobody["limit"]) == ("account", "an account that somebody is signed in to")
    sign_in(account, "--account", "ana")
    rows = account("schedule", "import", file, "--dry-run", "--json").json["rows"]
    error = rows[0]["error"]
    assert (error["code"], error["value"], error["limit"]) == ("account", "ben", "ana")
    assert "pressroom auth login --account ben" in error["fix"]
    sign_in(account, "--account", "carl")
    said = account("schedule", "import", file, "--dry-run").out
    assert "Row 1: account is 'ben'. Write one of these: ana, carl; or sign in: " in said
    near = objects(file, GOOD | {"account": "Ana"}, GOOD | {"account": "crl"})
    lines = account("schedule", "import", near, "--dry-run").out
    assert "account is 'Ana'. Did you mean ana? Else sign in: " in lines
    assert "account is 'crl'. Did you mean carl? " in lines
    assert rows[1]["error"] is None


def test_a_missing_zone_is_told_from_a_missing_account(account: Shell, tmp_path: Path) -> None:
    row = {"kind": "photo", "sources": [PICTURE], "at": "2026-12-24 18:00"}
    file = objects(tmp_path / "posts.json", row)

    def why(*options: str, of: Shell = account) -> str:
        return of("schedule", "import", file, "--dry-run", "--json", *options).json["rows"][0]["error"][
            "message"
        ]

    said = "'2026-12-24 18:00' has no time zone, and "
    alone = replace(account, environ={})
    assert why(of=alone) == said + "nobody is signed in as 'default', whose zone it would be in."
    assert why() == said + "a token of the environment comes with none."
    sign_in(account, "--account", "ana")
    assert why("--account", "ana", of=alone) == said + "account 'ana' was signed in without one."


@pytest.mark.parametrize(
    ("at", "if_late", "becomes"),
    [
        ("2025-12-24 18:00", "publish", "it does not go out by itself, and you are asked."),
        ("2025-12-24 18:00", "drop", "it is dropped, as was said for a late post."),
    ],
)
def test_a_row_whose_time_is_over_is_refused_unless_it_is_said_to_be_meant(
    shell: Shell, tmp_path: Path, at: str, if_late: str, becomes: str
) -> None:
    file = objects(tmp_path / "posts.json", GOOD | {"at": at, "if_late": if_late})
    refused = shell("schedule", "import", file, "--dry-run", "--json")
    assert (refused.code, refused.json["rows"][0]["error"]["type"]) == (ExitCode.REFUSED, "TimeIsOver")
    (row,) = shell("schedule", "import", file, "--dry-run", "--late", "--json").json["rows"]
    assert row["warnings"] == [f"That time is over: {becomes}"]


def test_a_dry_run_says_what_each_row_would_do(account: Shell, tmp_path: Path) -> None:
    sign_in(account, "--account", "ana", "--tz", "Europe/Berlin")
    account("schedule", "slots", "add", "mon,wed 18:00")
    key = {"idempotency_key": "k"}
    assert account("schedule", "import", objects(tmp_path / "first.json", GOOD | key)).code == ExitCode.DONE
    slot = {"at": "next slot", "caption": "Hi", "timezone": ""}
    file = objects(
        tmp_path / "posts.json",
        GOOD | key,
        GOOD | slot,
        GOOD | slot,
        GOOD | {"caption": "New", "state": "draft"},
    )
    lines = account("schedule", "import", file, "--dry-run").out.splitlines()
    assert lines[0] == "Row 1: a photo that came before with its key."
    slots = [line.split("takes the slot of ")[1] for line in lines[1:3]]
    assert len({*slots}) == 2
    assert all(one.endswith(" 18:00 Europe/Berlin: Hi") for one in slots)
    assert lines[3] == "Row 4: a new photo (a draft) for ana, 2026-12-24 18:00 Europe/Berlin: New"
    assert lines[4] == "4 of 4 rows are good. 1 came before with the same keys. Nothing was stored."


def test_a_dry_run_tells_new_posts_apart_by_account_time_and_what_they_show(
    account: Shell, tmp_path: Path
) -> None:
    sign_in(account, "--account", "mueller")
    caption = f"Adventskranz\n{'binden ' * 9}"
    rows = GOOD | {"caption": caption}, GOOD | {"account": "mueller"}
    file = objects(tmp_path / "posts.json", *rows)
    first, second, _ = account(
        "schedule", "import", file, "--dry-run", "--account", "mueller"
    ).out.splitlines()
    due = "2026-12-24 18:00 Europe/Berlin"
    assert first == f"Row 1: a new photo for mueller, {due}: Adventskranz binden binden binden binden..."
    assert second == f"Row 2: a new photo for mueller, {due}: {PICTURE.rsplit('/', 1)[-1]}"
    told = account("schedule", "import", file, "--dry-run", "--account", "mueller", "--json").json["rows"]
    assert [(row["account"], row["caption"]) for row in told] == [("mueller", caption), ("mueller", None)]


@pytest.mark.parametrize("text", ["", "kind,captoin,at\n", '{"kind": "photo"}', "[1]"])
def test_what_is_no_such_table_is_refused(shell: Shell, tmp_path: Path, text: str) -> None:
    file = tmp_path / ("posts.json" if text[:1] in ("{", "[") else "posts.csv")
    file.write_text(text)
    result = shell("schedule", "import", file, "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "table")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_table_is_read_from_stdin_byte_by_byte(shell: Shell, encoding: str) -> None:
    text = f'kind,sources,at,caption\r\nphoto,{PICTURE},+2h,"é\r\nb\rc"\r\n'
    result = shell("schedule", "import", "-", "--json", stdin=text.encode(encoding))
    (row,) = result.json["rows"]
    assert stored(shell, row["post_id"]).options.caption == "é\r\nb\rc"
    assert ["It is no UTF-8" in one for one in result.json["warnings"]].count(True) == (encoding == "cp1252")


def test_what_a_table_was_taken_for_is_told(shell: Shell, table: Path) -> None:
    table.write_bytes(f"kind;sources;at;Captoin\nphoto;{PICTURE};+2h;é\n".encode("cp1252"))
    result = shell("schedule", "import", table, "--dry-run")
    assert "It was read as CSV in Windows-1252, separated by semicolons." in result.err
    assert "Warning: 'Captoin' is not one of its columns (did you mean caption?): passed over." in result.err
    strict = shell("schedule", "import", table, "--dry-run", "--strict", "--json")
    assert (strict.code, strict.error["code"]) == (ExitCode.REFUSED, "table")


def test_a_head_alone_imports_nothing(shell: Shell, table: Path) -> None:
    table.write_text("kind,sources,at\r\n")
    result = shell("schedule", "import", table)
    assert (result.code, result.out) == (ExitCode.DONE, "0 of 0 rows were imported.\n")


def test_what_keeps_a_tables_posts_back_is_told_once_by_a_dry_run_too(account: Shell, tmp_path: Path) -> None:
    sign_in(account, "--account", "ana")
    file = objects(tmp_path / "posts.json", GOOD, GOOD | {"caption": "Hi"})
    no_worker = "No worker runs, so nothing is published. Start one: `pressroom worker`."
    dry = account("schedule", "import", file, "--dry-run", "--json").json
    assert (dry["warnings"], dry["worker_running"]) == ([no_worker], False)
    assert "account 'zed'" in account("schedule", "import", file, "--account", "zed", "--dry-run").err
    assert account("schedule", "import", file, "--json").json["warnings"] == [no_worker]
    assert account("schedule", "import", file, "--again").err.count(f"Warning: {no_worker}") == 1
    assert account("schedule", "import", file, "--json").json["warnings"] == []  # nothing was planned
    worker = driver_lock(Settings(home=account.home))
    assert worker.take()
    told = account("schedule", "import", file, "--again", "--json").json
    worker.release()
    assert (told["warnings"], told["worker_running"]) == ([], True)


def test_a_date_that_means_two_days_is_refused_in_its_row(shell: Shell, tmp_path: Path) -> None:
    bad, good = GOOD | {"at": "03/04/2026 18:00"}, GOOD | {"at": "24.12.2026 18:00"}
    file = objects(tmp_path / "posts.json", bad, good)
    first, second = shell("schedule", "import", file, "--dry-run", "--json").json["rows"]
    assert first["error"]["fix"] == "Write `2026-04-03 18:00` or `2026-03-04 18:00`."
    assert second["due_at"] == "2026-12-24T17:00:00+00:00"


def test_a_dry_run_knows_a_files_key_by_its_content_and_keeps_no_copy(shell: Shell, tmp_path: Path) -> None:
    make_poster(tmp_path / "poster.png")
    file = objects(tmp_path / "posts.json", GOOD | {"sources": ["poster.png"], "idempotency_key": "k1"})
    assert shell("schedule", "import", file, "--dry-run", "--json").json["replayed"] == 0
    assert not (shell.home / "assets").exists()
    assert shell("schedule", "import", file).code == ExitCode.DONE
    assert shell("schedule", "import", file, "--dry-run", "--json").json["replayed"] == 1
    Image.new("RGB", (700, 700)).save(tmp_path / "poster.png")
    changed = shell("schedule", "import", file, "--dry-run", "--json").json
    assert changed["rows"][0]["error"]["type"] == "KeyReused"


def test_ends_of_lines_inside_a_cell_stay_as_they_are(shell: Shell, table: Path) -> None:
    caption = "one\r\ntwo\rthree\n\tfour"
    post_id = plan(shell, "--caption", caption)
    shell("schedule", "export", "--output", table)
    other = Shell(table.parent / "other", clock=shell.clock)
    assert other("schedule", "import", table).code == ExitCode.DONE
    assert stored(other, post_id).options.caption == caption


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
def test_what_is_exported_can_be_imported_elsewhere_as_it_was(
    shell: Shell, tmp_path: Path, ending: str
) -> None:
    """Also the ids, so that the same post is not planned twice in one store."""
    options = ("--caption", 'A "b", ç\n\nd', "--alt-text", "x", "--first-comment", "First", "--fit", "crop")
    tags = ("--user-tag", "ben:0.1,1", "--collaborator", "carl", "--location-id", "42", "--if-late", "drop")
    post_id = plan(shell, *options, *tags, "--tz", "Europe/Istanbul", "--idempotency-key", "k")
    table = tmp_path / f"posts.{ending}"
    assert shell("schedule", "export", "--output", table).code == ExitCode.DONE
    assert shell("schedule", "import", table, "--json").json["unchanged"] == 1
    other = Shell(tmp_path / "other", clock=shell.clock)
    assert shell("schedule", "import", table, PRESSROOM_HOME=str(other.home)).code == ExitCode.DONE
    assert stored(other, post_id) == stored(shell, post_id)


def test_a_post_that_is_being_prepared_is_exported_as_one_to_be_planned(shell: Shell, tmp_path: Path) -> None:
    change(shell, plan(shell), state=PostState.READY)
    table = tmp_path / "posts.csv"
    shell("schedule", "export", "--output", table)
    other = {"PRESSROOM_HOME": str(tmp_path / "other")}
    assert shell("schedule", "import", table, "--json", **other).json["rows"][0]["state"] == "scheduled"


def test_the_table_goes_to_stdout_in_either_format(shell: Shell) -> None:
    plan(shell)
    assert shell("schedule", "export").out.startswith("post_id,kind,sources,at,")
    assert shell("schedule", "export", "--json").json[0]["sources"] == [PICTURE]


def test_a_workbook_needs_a_file_and_a_mark_is_for_csv(shell: Shell, tmp_path: Path) -> None:
    assert shell("schedule", "export", "--format", "xlsx").code == ExitCode.USAGE
    assert shell("schedule", "export", "--format", "json", "--bom").code == ExitCode.USAGE
    shell("schedule", "export", "--output", tmp_path / "posts.csv", "--bom")
    assert (tmp_path / "posts.csv").read_bytes().startswith(codecs.BOM_UTF8 + b"post_id,")


@pytest.mark.parametrize("name", ["posts.xls", "POSTS.XLS"])
def test_a_name_of_an_old_workbook_is_refused_by_each_of_the_three(
    shell: Shell, tmp_path: Path, name: str
) -> None:
    """CSV went out under it, which Excel warns of, and reads in its own code page."""
    file = tmp_path / name
    for command in (("export", "--output", file), ("template", file)):
        result = shell("schedule", *command, "--json")
        assert (result.code, result.error["code"], file.exists()) == (ExitCode.REFUSED, "format", False)
        assert result.error["fix"] == "Save or name it as .xlsx or .csv."
    file.write_text(f"kind,sources,at\nphoto,{PICTURE},+2h\n")
    assert shell("schedule", "import", file, "--json").error["code"] == "format"
    assert shell("schedule", "import", file, "--format", "csv").code == ExitCode.DONE


def test_a_copy_is_found_where_the_file_is_gone(shell: Shell, tmp_path: Path) -> None:
    picture = tmp_path / "cat.png"
    make_poster(picture)
    shell("schedule", "add", "photo", picture, "--at", "+2h")
    table = tmp_path / "posts.csv"
    shell("schedule", "export", "--output", table)
    digest = picture.read_bytes()
    picture.unlink()
    other = Shell(tmp_path / "other", clock=shell.clock)
    (row,) = other("schedule", "import", table, "--json").json["rows"]
    assert stored(other, row["post_id"]).assets[0].path.read_bytes() == digest


@pytest.mark.parametrize("command", [("template",), ("export", "--output")])
def test_a_table_that_is_there_is_replaced_only_where_somebody_says_so(
    shell: Shell, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "posts.csv"
    file.write_text("mine")
    refused = shell("schedule", *command, file, "--json")
    assert (refused.code, refused.error["code"]) == (ExitCode.REFUSED, "output_exists")
    assert ("--overwrite" in refused.error["fix"], file.read_text()) == (True, "mine")
    assert shell("schedule", *command, file, "--overwrite").code == ExitCode.DONE
    assert "kind,sources,at," in file.read_text()


def test_the_help_explains_every_column(shell: Shell) -> None:
    text = shell("schedule", "import", "--help").out
    assert [name for name in COLUMNS if f"  {name:<16} {WORDS[name]}" not in text] == []


def test_csv_for_excel_is_of_its_locale_and_is_imported_as_it_was(shell: Shell, tmp_path: Path) -> None:
    post_id = plan(shell, "--location-id", "108424279189115", "--caption", "Süß; und =1")
    for locale, mark, environ in (("de_DE", ";", {}), (None, ";", {"LANG": "de_DE.UTF-8"}), (None, ",", {})):
        file = tmp_path / "posts.csv"
        options = ("--locale", locale) if locale else ()
        done = shell("schedule", "export", "--excel", *options, "--output", file, "--overwrite", **environ)
        assert done.code == ExitCode.DONE
        head, line = file.read_text("utf-8").split("\n", 1)
        assert head.startswith(f"\ufeffpost_id{mark}kind{mark}")
        assert '"=""108424279189115"""' in line
        rows = shell("schedule", "import", file, "--json").json
        assert (rows["unchanged"], rows["rows"][0]["post_id"]) == (1, post_id)
    template = tmp_path / "template.csv"
    shell("schedule", "template", template, "--excel", "--locale", "tr_TR")
    assert template.read_text("utf-8").startswith("\ufeffkind;sources;at;")


@pytest.mark.parametrize(
    "options", [("--excel", "--format", "json"), ("--locale", "de_DE"), ("--excel", "--locale", "klingon")]
)
def test_what_excel_needs_no_help_with_is_a_usage_error(shell: Shell, options: tuple[str, ...]) -> None:
    assert shell("schedule", "export", *options).code == ExitCode.USAGE


def test_an_export_holds_a_page_of_posts_at_a_time(
    shell: Shell, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = {plan(shell, "--caption", str(number)) for number in range(5)}
    pages, lengths = PostLists.pages, list[int]()

    async def counted(lists: PostLists, query: PostQuery) -> AsyncGenerator[tuple[Post, ...]]:
        async for page in pages(lists, query, size=2):
            lengths.append(len(page))
            yield page

    monkeypatch.setattr(PostLists, "pages", counted)
    done = shell("schedule", "export", "--all", "--output", table)
    assert (done.err, lengths) == (f"5 posts were written to {table}.\n", [2, 2, 1])
    rows = [row for _, row in read_table(table.read_bytes()).rows if isinstance(row, Row)]
    assert {row.post_id for row in rows} == planned


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


def test_the_times_of_a_template_are_in_the_accounts_zone(account: Shell, tmp_path: Path) -> None:
    def zones(name: str, *options: str) -> set[str]:
        assert account("schedule", "template", tmp_path / name, *options).code == ExitCode.DONE
        return {row["timezone"] for row in json.loads((tmp_path / name).read_text())}

    assert zones("nobody.json") == {"UTC"}
    sign_in(account, "--account", "ana", "--tz", "Europe/Berlin")
    assert zones("ours.json") == {"Europe/Berlin"}
    assert zones("theirs.json", "--tz", "Asia/Tokyo") == {"Asia/Tokyo"}
    assert zones("ana.json", "--account", "ana") == {"Europe/Berlin"}


AGENCY = "Kunde;Datum;Uhrzeit;Text;Bild;Art;Notiz\n"
MEANT = {
    "Kunde": "account",
    "Datum": "date",
    "Uhrzeit": "time",
    "Text": "caption",
    "Bild": "sources",
    "Art": "kind",
}
COLUMN = [word for head, column in MEANT.items() for word in ("--column", f"{head}={column}")]


def test_a_table_of_others_is_read_by_what_its_heads_are_said_to_mean(account: Shell, table: Path) -> None:
    sign_in(account, "--account", "ana", "--tz", "Europe/Berlin")
    table.write_text(
        f"{AGENCY}ana;24.12.2026;18:00;Hallo;{PICTURE};photo;x\nana;2026-12-25;18.30 Uhr;Du;{PICTURE};photo\n"
    )
    answer = account("schedule", "import", table, *COLUMN, "--json").json
    assert answer["warnings"][0] == "'Notiz' is not one of its columns: passed over."
    posts = [stored(account, row["post_id"]) for row in answer["rows"]]
    assert [(f"{post.due_at:%d %H:%M}", post.options.caption) for post in posts] == [
        ("24 17:00", "Hallo"),
        ("25 17:30", "Du"),
    ]
    strictly = (*COLUMN, "--column", "Notiz=", "--strict", "--again", "--dry-run", "--json")
    assert account("schedule", "import", table, *strictly).json["refused"] == 0


def test_heads_that_are_not_known_are_refused_with_what_they_are_likely_to_mean(
    shell: Shell, table: Path
) -> None:
    table.write_text(f"{AGENCY}ana;24.12.2026;18:00;Hallo;{PICTURE};photo;x\n")
    error = shell("schedule", "import", table, "--json").error
    assert (error["code"], error["message"]) == (
        "table",
        "The table cannot be read: the column 'kind' is missing.",
    )
    said = " ".join(f"`--column {head}={column}`" for head, column in MEANT.items())
    assert error["fix"] == f"Say what is meant: {said}."
    for wrong, why in (
        (("--column", "Kunde=acount"), "There is no column 'acount'."),
        (("--column", "Client=account"), "it has no column 'Client'"),
        (("--column", "Kunde"), "no HEAD=COLUMN"),
    ):
        assert why in shell("schedule", "import", table, *wrong).err


def test_a_table_without_kinds_says_how_to_name_one_for_all_its_rows(shell: Shell, table: Path) -> None:
    table.write_text(f"Datum,Bild,caption\n2026-12-24 18:00,{PICTURE},A\n")
    heads = ("--column", "Datum=date", "--column", "Bild=sources")
    error = shell("schedule", "import", table, "--json").error
    kinds = "Say what every row is: `--kind KIND`."
    said = "Say what is meant: `--column Datum=date` `--column Bild=sources`."
    assert error["fix"] == f"{said} {kinds}"
    assert shell("schedule", "import", table, *heads, "--json").error["fix"] == kinds
    named = (*heads, "--kind", "photo", "--tz", "UTC", "--json")
    row = shell("schedule", "import", table, *named).json["rows"][0]
    assert stored(shell, row["post_id"]).kind == "photo"


def test_a_kind_is_named_for_rows_that_have_none_and_for_no_stored_post(shell: Shell, tmp_path: Path) -> None:
    rows = (GOOD, GOOD | {"kind": ""})
    file = objects(tmp_path / "posts.json", *rows)
    error = shell("schedule", "import", file, "--json").json["rows"][1]["error"]
    assert error["fix"] == "Write it there, or say what rows without one are: `--kind KIND`."
    answer = shell("schedule", "import", file, "--kind", "story", "--json").json
    assert [stored(shell, row["post_id"]).kind for row in answer["rows"]] == ["photo", "story"]
    ours = [{"post_id": answer["rows"][0]["post_id"], "kind": "", "caption": "B"}]
    row = shell("schedule", "import", objects(file, *ours), "--kind", "story", "--json").json["rows"][0]
    assert (row["action"], row["error"]) == ("change", None)


def test_a_dry_run_warns_of_a_picture_whose_shape_will_be_another(shell: Shell, tmp_path: Path) -> None:
    Image.new("RGB", (1500, 500)).save(tmp_path / "wide.png")
    Image.new("RGB", (1000, 500)).save(tmp_path / "near.png")
    wide = GOOD | {"sources": ["wide.png"]}
    rows = (wide, GOOD | {"sources": ["near.png"], "at": "+2h"}, wide | {"fit": "crop", "at": "+3h"})
    file = objects(tmp_path / "posts.json", *rows)
    answer = shell("schedule", "import", file, "--dry-run", "--json").json
    assert [row["warnings"] for row in answer["rows"]] == [
        ["wide.png: Its shape changes: 3:1 becomes 1.91:1 by blurred bars; fit crop cuts it instead."],
        [],
        [],
    ]


@pytest.mark.parametrize("number", ["5,64E+16", "1.2e+31", "56400000000000000"])
def test_an_id_that_excel_made_a_number_of_is_no_reason_for_a_second_post(
    shell: Shell, tmp_path: Path, number: str
) -> None:
    file = objects(tmp_path / "posts.json", GOOD | {"post_id": number})
    fix = shell("schedule", "import", file, "--json").json["rows"][0]["error"]["fix"]
    assert fix.startswith("Excel made a number of it. Write the table anew and edit that one: `pressroom")
    assert "schedule export --excel" in fix
    assert "Leave it empty" not in fix


@pytest.mark.parametrize(
    ("word", "is_shared"), [("WAHR", True), ("ja", True), ("FALSCH", False), ("Nein", False)]
)
def test_truths_are_read_as_a_spreadsheet_in_german_writes_them(
    shell: Shell, tmp_path: Path, word: str, *, is_shared: bool
) -> None:
    reel = GOOD | {"kind": "reel", "sources": [CLIP], "share_to_feed": word}
    row = shell("schedule", "import", objects(tmp_path / "posts.json", reel), "--json").json["rows"][0]
    assert stored(shell, row["post_id"]).options.share_to_feed is is_shared


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("kind,sources,time", "the column 'date' is missing"),
        ("kind,sources,at,date", "say twice when a post is due"),
        ("kind,sources,when", "`--column when=at`"),
    ],
)
def test_a_day_and_a_time_stand_together_and_in_place_of_at(
    shell: Shell, table: Path, head: str, why: str
) -> None:
    table.write_text(f"{head}\nphoto,{PICTURE},18:00\n")
    assert why in shell("schedule", "import", table).err


def test_a_day_without_its_time_and_a_time_without_its_day_are_refused_by_row(
    shell: Shell, table: Path
) -> None:
    cells = ("2026-12-24,6pm", ",8pm", "2026-12-25,")
    table.write_text("\n".join(("kind,sources,date,time", *(f"photo,{PICTURE},{each}" for each in cells))))
    rows = shell("schedule", "import", table, "--tz", "UTC", "--dry-run", "--json").json["rows"]
    assert rows[0]["due_at"] == "2026-12-24T18:00:00+00:00"
    assert [row["error"]["rule"] for row in rows[1:]] == ["date", "time"]


def test_what_a_row_can_do_is_said_by_its_columns(
    shell: Shell, tmp_path: Path, clip: Callable[[str], Path]
) -> None:
    file = objects(tmp_path / "posts.json", GOOD | {"kind": "reel", "sources": [str(clip("short"))]})
    result = shell("schedule", "import", file, "--dry-run", "--json")
    assert "`loop = true`" in result.json["rows"][0]["error"]["fix"]
    assert "--loop" not in shell("schedule", "import", file, "--dry-run").out
