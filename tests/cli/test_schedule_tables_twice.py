"""`pressroom schedule import` of what is planned already: the same table again plans nothing twice."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import PostState
from pressroom.sandbox.samples import make_poster
from tests.cli.conftest import Shell
from tests.cli.planning import change
from tests.cli.test_schedule_tables import GOOD, count, objects

pytestmark = pytest.mark.usefixtures("store")


@pytest.mark.parametrize("state", [PostState.SCHEDULED, PostState.DRAFT, PostState.PUBLISHED])
@pytest.mark.parametrize("mode", ["--dry-run", "--partial"])
def test_the_same_table_again_is_refused_row_by_row(
    shell: Shell, tmp_path: Path, state: PostState, mode: str
) -> None:
    file = objects(tmp_path / "posts.json", GOOD, GOOD | {"caption": "Hi"})
    planned = [row["post_id"] for row in shell("schedule", "import", file, "--json").json["rows"]]
    for one in planned:
        change(shell, one, state=state)
    again = shell("schedule", "import", file, mode, "--json")
    errors = [row["error"] for row in again.json["rows"]]
    assert [(one["code"], one["value"]) for one in errors] == [("planned_already", one) for one in planned]
    assert (again.code, again.json["refused"], count(shell)) == (ExitCode.REFUSED, 2, 2)
    went = "was published" if state is PostState.PUBLISHED else "is due"
    text = shell("schedule", "import", objects(file, GOOD), "--dry-run").out
    assert f"Row 1: Post {planned[0][:8]} ({went} 2026-12-24 18:00 Europe/Berlin) shows the same. " in text
    assert "To plan a second time all that the table repeats: `--again`." in text


def test_rows_that_are_refused_alike_are_one_line_and_those_that_are_planned_the_last(
    shell: Shell, tmp_path: Path
) -> None:
    rows = [GOOD | {"caption": text} for text in "abcd"]
    assert shell("schedule", "import", objects(tmp_path / "posts.json", *rows)).code == ExitCode.DONE
    bad = GOOD | {"kind": "video"}
    file = objects(tmp_path / "posts.json", rows[0], rows[1], rows[2], bad, bad, rows[3])
    first, second, *_ = shell("schedule", "import", file, "--dry-run").out.splitlines()
    assert first.startswith("Rows 4-5: kind is 'video'.")
    assert second.startswith("4 rows are planned already: 1-3, 6. With `--partial` the others are imported")


def test_a_post_of_the_same_minute_or_the_same_picture_is_named(shell: Shell, tmp_path: Path) -> None:
    make_poster(tmp_path / "cat.png")
    row = GOOD | {"sources": ["cat.png"], "caption": "A"}
    planned = shell("schedule", "import", objects(tmp_path / "posts.json", row), "--json").json["rows"][0]
    (tmp_path / "same.png").write_bytes((tmp_path / "cat.png").read_bytes())
    Image.new("RGB", (700, 700)).save(tmp_path / "other.png")
    same = row | {"sources": ["same.png"], "caption": "B"}
    other = row | {"sources": ["other.png"]}
    file = objects(
        tmp_path / "posts.json",
        same,
        same | {"at": "2027-01-02 18:00"},
        same | {"at": "2027-01-26 18:00"},
        other | {"at": "2027-01-02 18:00:20"},
        same | {"kind": "story", "caption": "", "fit": "blur", "at": "2027-01-03 18:00"},
        other | {"at": "2027-01-04 18:00", "caption": "C"},
    )
    answer = shell("schedule", "import", file, "--dry-run", "--json").json
    warnings = [" ".join(row["warnings"]) for row in answer["rows"]]
    name, short = planned["account"], planned["post_id"][:8]
    edit = "To change that one, give the row its post_id, from an export: `pressroom schedule export`."
    assert warnings == [
        f"{name} has a post at this minute already: post {short}. {edit}",
        f"{name} has a post with this picture: post {short}, due 2026-12-24 18:00 Europe/Berlin. {edit}",
        "",
        f"Row 2 is for {name} at this minute, too.",
        "",
        "",
    ]
    # What went out cannot be changed.
    change(shell, planned["post_id"], state=PostState.PUBLISHED)
    row = shell("schedule", "import", file, "--dry-run", "--json").json["rows"][1]
    assert row["warnings"] == [
        f"{name} has a post with this picture: post {short}, published 2026-12-24 18:00 Europe/Berlin."
    ]


def test_the_same_table_still_matches_its_posts_once_their_times_are_over(
    shell: Shell, tmp_path: Path
) -> None:
    file = objects(tmp_path / "posts.json", GOOD, GOOD | {"idempotency_key": "k", "caption": "Hi"})
    planned = [row["post_id"] for row in shell("schedule", "import", file, "--json").json["rows"]]
    shell.clock.advance(timedelta(days=60).total_seconds())
    rows = shell("schedule", "import", file, "--dry-run", "--json").json["rows"]
    assert (rows[0]["error"]["code"], rows[0]["error"]["value"]) == ("planned_already", planned[0])
    assert (rows[1]["action"], rows[1]["error"]) == ("replay", None)
    # Nothing shows the same any more.
    change(shell, planned[0], state=PostState.CANCELLED)
    rows = shell("schedule", "import", file, "--dry-run", "--json").json["rows"]
    assert rows[0]["error"]["type"] == "TimeIsOver"


def test_again_plans_the_whole_table_a_second_time_with_a_warning_at_each_row(
    shell: Shell, tmp_path: Path
) -> None:
    file = objects(tmp_path / "posts.json", GOOD, GOOD | {"caption": "Hi"})
    shell("schedule", "import", file)
    told = shell("schedule", "import", file, "--again", "--json").json
    assert (told["imported"], count(shell)) == (2, 4)
    assert ["this one is planned beside it" in str(row["warnings"]) for row in told["rows"]] == [True] * 2


def test_a_key_plans_the_same_beside_a_post_once(shell: Shell, tmp_path: Path) -> None:
    shell("schedule", "import", objects(tmp_path / "posts.json", GOOD))
    file = objects(tmp_path / "posts.json", GOOD | {"idempotency_key": "k"})
    first, again = (shell("schedule", "import", file, "--json").json for _ in range(2))
    assert (first["imported"], len(first["rows"][0]["warnings"])) == (1, 1)
    assert (again["imported"], again["replayed"], again["rows"][0]["warnings"]) == (0, 1, [])
    assert count(shell) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"at": "2027-01-01 18:00"},
        {"caption": "Hi"},
        {"kind": "story"},
        {"post_id": "1" * 32, "caption": "Hi"},
    ],
)
def test_other_content_or_another_week_is_no_repeat(
    shell: Shell, tmp_path: Path, other: dict[str, Any]
) -> None:
    shell("schedule", "import", objects(tmp_path / "posts.json", GOOD))
    told = shell("schedule", "import", objects(tmp_path / "posts.json", GOOD | other), "--json").json
    assert told["imported"] == 1
    assert "shows the same" not in str(told["rows"][0]["warnings"])


def test_a_stored_post_counts_before_a_row_that_is_nearer(shell: Shell, tmp_path: Path) -> None:
    key, late = {"idempotency_key": "k"}, {"at": "2026-12-26 18:00"}
    shell("schedule", "import", objects(tmp_path / "posts.json", GOOD))
    file = objects(tmp_path / "posts.json", GOOD | late | key, GOOD | late)
    first, second = shell("schedule", "import", file, "--dry-run", "--json").json["rows"]
    assert (first["error"], second["error"]["code"]) == (None, "planned_already")


def test_a_row_that_repeats_one_before_it_of_the_same_days_is_warned_of(shell: Shell, tmp_path: Path) -> None:
    make_poster(tmp_path / "poster.png")
    (tmp_path / "same.png").write_bytes((tmp_path / "poster.png").read_bytes())
    Image.new("RGB", (700, 700)).save(tmp_path / "other.png")
    row = GOOD | {"sources": ["poster.png"], "at": "2026-12-24 18:00"}
    file = objects(
        tmp_path / "posts.json",
        row,
        row | {"sources": ["same.png"], "at": "2026-12-31 18:00"},
        row | {"sources": ["same.png"], "at": "2027-01-24 18:00"},
        row | {"sources": ["other.png"]},
        row | {"caption": "Another"},
    )
    dry = shell("schedule", "import", file, "--dry-run", "--json").json
    same = [[text for text in row["warnings"] if "shows the same" in text] for row in dry["rows"]]
    assert [len(texts) for texts in same] == [0, 1, 0, 0, 0]
    assert dry["rows"][1]["warnings"] == ["Row 1 shows the same: this one is planned beside it."]


def test_a_cancelled_post_and_one_of_the_same_key_are_no_doubles(shell: Shell, tmp_path: Path) -> None:
    later = GOOD | {"caption": "Hi", "at": "2026-12-25 18:00", "sources": ["https://example.com/b.jpg"]}
    file = objects(tmp_path / "posts.json", GOOD | {"idempotency_key": "k"}, later)
    first, second = shell("schedule", "import", file, "--json").json["rows"]
    shell("schedule", "cancel", second["post_id"])
    rows = shell("schedule", "import", file, "--dry-run", "--json").json["rows"]
    assert [(row["action"], row["warnings"]) for row in rows] == [("replay", []), ("new", [])]
    assert first["action"] == "new"
