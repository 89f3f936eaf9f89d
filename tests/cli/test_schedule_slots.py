"""`pressroom schedule slots`, and posts that take the next free one."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import PostId, PostState
from tests.cli.conftest import PICTURE, Shell
from tests.cli.planning import ADD, change, sign_in, store_of, stored

pytestmark = pytest.mark.usefixtures("store")
NEXT = ("--at", "next slot")
# By the tests' clock it is Tuesday, 2026-11-24 15:00 in Istanbul.
WEDNESDAY, THURSDAY, MONDAY = (f"2026-11-{day}T18:00:00+03:00" for day in ("25", "26", "30"))


@pytest.fixture
def shop(account: Shell) -> Shell:
    """A shell whose account has slots on three days."""
    sign_in(account, "--tz", "Europe/Istanbul")
    result = account("schedule", "slots", "add", "mon,wed,thu 18:00")
    assert result.code == ExitCode.DONE, result.err
    return account


def planned(shell: Shell, *options: str) -> dict[str, Any]:
    result = shell(*ADD, PICTURE, *NEXT, *options, "--json")
    assert result.code == ExitCode.DONE, result.err
    return result.json


def test_slots_are_listed_by_day_with_the_next_free_one(shop: Shell) -> None:
    shop("schedule", "slots", "add", "monday 9:00")
    assert shop("schedule", "slots", "list").out == (
        "Account default (Europe/Istanbul)\n"
        "  monday     09:00, 18:00\n"
        "  wednesday  18:00\n"
        "  thursday   18:00\n"
        "  Next free: 2026-11-25 18:00 Europe/Istanbul\n"
    )
    (week,) = shop("schedule", "slots", "list", "--json").json
    assert week["slots"] == ["monday 09:00", "monday 18:00", "wednesday 18:00", "thursday 18:00"]
    assert week["next"] == [WEDNESDAY, THURSDAY, "2026-11-30T09:00:00+03:00"]


def test_slots_are_taken_away_one_by_one_or_all(shop: Shell) -> None:
    left = shop("schedule", "slots", "remove", "mon,wed 18:00", "--json").json
    assert left["slots"] == ["thursday 18:00"]
    assert shop("schedule", "slots", "remove", "friday 9:00").code == ExitCode.NOT_FOUND
    assert shop("schedule", "slots", "remove", "--all").out == "Account default has no slots.\n"
    assert "No slots. Add some" in shop("schedule", "slots", "list").err


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("add",), ExitCode.USAGE),
        (("add", "monday"), ExitCode.REFUSED),
        (("remove",), ExitCode.USAGE),
        (("remove", "--all", "monday 18:00"), ExitCode.USAGE),
    ],
)
def test_what_cannot_be_meant_is_refused(shop: Shell, args: tuple[str, ...], code: ExitCode) -> None:
    assert shop("schedule", "slots", *args).code == code


def test_an_account_whose_zone_nobody_said_has_no_slots(account: Shell) -> None:
    sign_in(account)
    result = account("schedule", "slots", "add", "monday 18:00", "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "timezone")
    assert "--tz" in result.error["fix"]


def test_posts_take_the_next_free_slots_beside_those_with_a_time_of_their_own(shop: Shell) -> None:
    first = planned(shop)
    assert (first["due_local"], first["timezone"], first["state"]) == (
        WEDNESDAY,
        "Europe/Istanbul",
        "scheduled",
    )
    assert shop(*ADD, PICTURE, "--at", THURSDAY).code == ExitCode.DONE
    assert planned(shop)["due_local"] == MONDAY


def test_a_slot_is_free_again_once_its_post_is_let_go(shop: Shell) -> None:
    shop("schedule", "cancel", planned(shop)["post_id"])
    assert planned(shop)["due_local"] == WEDNESDAY


def test_a_post_that_is_refused_keeps_no_slot(shop: Shell) -> None:
    assert shop(*ADD, "nothing.jpg", *NEXT).code == ExitCode.REFUSED
    assert planned(shop)["due_local"] == WEDNESDAY


def test_a_repeated_submit_takes_no_second_slot(shop: Shell) -> None:
    first, again = (planned(shop, "--idempotency-key", "k1") for _ in range(2))
    assert (again["replayed"], again["due_local"]) == (True, first["due_local"])
    assert planned(shop)["due_local"] == THURSDAY


def test_a_post_is_moved_to_the_next_free_slot(shop: Shell) -> None:
    late = change(shop, planned(shop)["post_id"], state=PostState.MISSED)
    again = shop("schedule", "reschedule", late, *NEXT, "--json").json
    assert (again["due_local"], again["state"]) == (WEDNESDAY, "scheduled")
    assert shop("schedule", "move", late, *NEXT, "--json").json["due_local"] == THURSDAY


def test_the_slot_is_shown_in_the_zone_that_is_asked_for(shop: Shell) -> None:
    assert planned(shop, "--tz", "Asia/Tokyo")["due_local"] == "2026-11-26T00:00:00+09:00"


def test_without_slots_the_answer_says_how_to_add_them(account: Shell) -> None:
    sign_in(account, "--tz", "Europe/Istanbul")
    result = account(*ADD, PICTURE, *NEXT, "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "slot")
    assert "pressroom schedule slots add" in result.error["fix"]


def rows(path: Path, *more: dict[str, Any]) -> Path:
    """A table of posts that take a slot each."""
    path.write_text(
        json.dumps([{"kind": "photo", "sources": [PICTURE], "at": "Next slot"} | one for one in more])
    )
    return path


def test_rows_of_a_table_take_one_slot_each(shop: Shell, tmp_path: Path) -> None:
    file = rows(tmp_path / "posts.json", {}, {"at": "2026-11-26 18:00"}, {}, {"idempotency_key": "k1"})
    dry = shop("schedule", "import", file, "--dry-run", "--json").json
    assert [row["due_at"] for row in dry["rows"]] == [
        "2026-11-25T15:00:00+00:00",
        "2026-11-26T15:00:00+00:00",
        "2026-11-30T15:00:00+00:00",
        "2026-12-02T15:00:00+00:00",
    ]
    answer = shop("schedule", "import", file, "--json").json
    posts = [stored(shop, row["post_id"]) for row in answer["rows"]]
    assert len({post.due_at for post in posts}) == 4
    assert [row["due_at"] for row in answer["rows"]] == [
        post.due_at.isoformat() for post in posts if post.due_at
    ]


def test_a_table_that_is_refused_holds_no_slots(shop: Shell, tmp_path: Path) -> None:
    file = rows(tmp_path / "posts.json", {"caption": "Another"}, {"kind": "video"})
    assert shop("schedule", "import", file).code == ExitCode.REFUSED
    assert planned(shop)["due_local"] == WEDNESDAY
    assert (
        shop("schedule", "import", file, "--partial", "--json")
        .json["rows"][0]["due_at"]
        .startswith("2026-11-26")
    )


def test_a_slot_that_another_process_is_about_to_take_is_passed_over(shop: Shell) -> None:
    with store_of(shop) as store:
        wednesday = store.slots.free("default", iter([datetime.fromisoformat(WEDNESDAY)]), 1)
        store.slots.hold("default", PostId("another"), iter(wednesday), hold_s=60)
    assert planned(shop)["due_local"] == THURSDAY
