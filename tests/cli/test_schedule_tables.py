"""`pressroom schedule import` and `export`: a table in, a table out."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pressroom.cli.shell.exit_codes import ExitCode
from pressroom.core.post import PostState
from pressroom.sandbox.samples import make_poster
from tests.cli.conftest import CLIP, PICTURE, Shell
from tests.cli.planning import change, plan, stored

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
    file = objects(tmp_path / "posts.json", row, row | {"timezone": "UTC", "account": "ben"})
    rows = shell("schedule", "import", file, "--tz", "Asia/Tokyo", "--account", "ana", "--json").json["rows"]
    posts = [stored(shell, row["post_id"]) for row in rows]
    assert [(post.timezone, post.account) for post in posts] == [("Asia/Tokyo", "ana"), ("UTC", "ben")]


@pytest.mark.parametrize("text", ["", "kind,sources,at,captoin\n", '{"kind": "photo"}', "[1]"])
def test_what_is_no_such_table_is_refused(shell: Shell, tmp_path: Path, text: str) -> None:
    file = tmp_path / ("posts.json" if text[:1] in ("{", "[") else "posts.csv")
    file.write_text(text)
    result = shell("schedule", "import", file, "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "table")


@pytest.mark.parametrize(
    "content", ["kind,sources,at,caption\nphoto,a.jpg,now,café\n".encode("latin-1"), b"PK\xff"]
)
def test_a_table_that_is_no_utf8_is_refused_with_how_to_save_it(
    shell: Shell, tmp_path: Path, content: bytes
) -> None:
    """What a spreadsheet saves unless it is told."""
    file = tmp_path / "posts.csv"
    file.write_bytes(content)
    result = shell("schedule", "import", file, "--json")
    assert (result.code, "save the table as CSV in UTF-8" in result.error["message"]) == (
        ExitCode.USAGE,
        True,
    )


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


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_what_is_exported_can_be_imported_elsewhere_as_it_was(
    shell: Shell, tmp_path: Path, ending: str
) -> None:
    """Also the ids, so that the same post is not planned twice in one store."""
    options = ("--caption", 'A "b", ç\n\nd', "--alt-text", "x", "--first-comment", "First", "--fit", "crop")
    tags = ("--user-tag", "ben:0.1,1", "--collaborator", "carl", "--location-id", "42", "--if-late", "drop")
    post_id = plan(shell, *options, *tags, "--tz", "Europe/Istanbul", "--idempotency-key", "k")
    table = tmp_path / f"posts.{ending}"
    assert shell("schedule", "export", "--output", table).code == ExitCode.DONE
    assert shell("schedule", "import", table, "--json").json["rows"][0]["error"]["code"] == "post_id"
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
