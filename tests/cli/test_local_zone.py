"""A time without a zone, of the environment's account: the machine's zone at a terminal, else refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pressroom.cli.shell.command import find_locale
from pressroom.cli.shell.local_zone import find_local_zone
from tests.cli.conftest import PICTURE, Shell
from tests.cli.planning import ADD, sign_in

AT, IN_TOKYO = "2026-12-24 18:00", "2026-12-24T09:00:00+00:00"
STATED = (
    "The time is in the time zone of this machine, Asia/Tokyo: the token of the environment comes with none. "
    "To use another one, give it with the time."
)
MISSING = f"'{AT}' has no time zone, and a token of the environment comes with none"


@pytest.fixture
def terminal(account: Shell) -> Shell:
    """A user at a terminal of a machine in Tokyo."""
    return replace(account, environ={**account.environ, "TZ": "Asia/Tokyo"}, is_attended=True)


def a_table(directory: Path, *ats: str, **more: str) -> Path:
    path = directory / "posts.json"
    rows = [
        {"kind": "photo", "sources": [PICTURE], "at": at, "caption": f"{number}", **more}
        for number, at in enumerate(ats)
    ]
    path.write_text(json.dumps(rows))
    return path


def planned(shell: Shell, *options: str) -> dict[str, Any]:
    return shell(*ADD, PICTURE, "--json", *options).json


def test_schedule_add_reads_the_time_in_the_machines_zone_and_says_so(terminal: Shell) -> None:
    answer = planned(terminal, "--at", AT)
    assert (answer["due_at"], answer["timezone"]) == (IN_TOKYO, "Asia/Tokyo")
    assert STATED in answer["warnings"]
    text = terminal(*ADD, PICTURE, "--at", "2026-12-25 18:00")
    assert "2026-12-25 18:00 Asia/Tokyo" in text.out
    assert STATED in " ".join(text.err.split())


def test_schedule_import_reads_such_rows_in_the_machines_zone_and_says_so(
    terminal: Shell, tmp_path: Path
) -> None:
    file = a_table(tmp_path, AT, "2026-12-25 18:00", "2026-12-26T18:00+01:00")
    text = terminal("schedule", "import", file, "--dry-run")
    assert "2026-12-24 18:00 Asia/Tokyo" in text.out
    assert " ".join(text.err.split()).count("this machine") == 1
    assert f"Rows 1-2: {STATED}" in " ".join(text.err.split())
    rows = terminal("schedule", "import", file, "--json").json["rows"]
    assert rows[0]["due_at"] == IN_TOKYO
    assert [STATED in row["warnings"] for row in rows] == [True, True, False]


def test_off_a_terminal_such_a_time_is_refused(terminal: Shell, tmp_path: Path) -> None:
    script = replace(terminal, is_attended=False)
    error = script(*ADD, PICTURE, "--at", AT, "--json").error
    assert error["message"] == f"{MISSING}."
    [row] = script("schedule", "import", a_table(tmp_path, AT), "--json").json["rows"]
    assert row["error"]["message"] == f"{MISSING}."


def test_where_the_machines_zone_is_not_found_the_refusal_says_how_to_give_one(terminal: Shell) -> None:
    lost = replace(terminal, environ={**terminal.environ, "TZ": "CET-1CEST"})
    error = lost(*ADD, PICTURE, "--at", AT, "--json").error
    assert error["message"] == f"{MISSING}, and this machine's zone was not found."
    assert "--tz Europe/Istanbul" in error["fix"]


@pytest.mark.parametrize(
    ("options", "timezone"),
    [(("--at", "+2h"), "UTC"), (("--at", AT, "--tz", "Europe/Berlin"), "Europe/Berlin")],
)
def test_the_machines_zone_is_not_used_where_none_is_missing(
    terminal: Shell, options: tuple[str, ...], timezone: str
) -> None:
    answer = planned(terminal, *options)
    assert answer["timezone"] == timezone
    assert "this machine" not in str(answer["warnings"])


def test_a_stored_account_keeps_its_own_zone(terminal: Shell, tmp_path: Path) -> None:
    sign_in(terminal, "--account", "ana", "--tz", "Europe/Istanbul")
    ana = planned(terminal, "--account", "ana", "--at", AT)
    assert (ana["due_at"], ana["timezone"]) == ("2026-12-24T15:00:00+00:00", "Europe/Istanbul")
    file = a_table(tmp_path, "2026-12-26 18:00", account="ana")
    [row] = terminal("schedule", "import", file, "--json").json["rows"]
    assert row["due_at"] == "2026-12-26T15:00:00+00:00"


def test_a_stored_account_without_a_zone_does_not_get_the_machines(terminal: Shell) -> None:
    sign_in(terminal, "--account", "ana")
    refused = terminal(*ADD, PICTURE, "--account", "ana", "--at", AT, "--json").error
    assert "account 'ana' was signed in without one" in refused["message"]


@pytest.mark.parametrize(
    ("command", "state"), [("move", ()), ("move", ("--approval",)), ("approve", ("--draft",))]
)
def test_schedule_move_and_approve_read_a_time_as_schedule_add_does(
    terminal: Shell, command: str, state: tuple[str, ...]
) -> None:
    post = planned(terminal, "--at", "+2h", *state)
    assert post["timezone"] == "UTC"
    answer = terminal("schedule", command, post["post_id"], "--at", AT, "--json")
    assert (answer.json["due_at"], answer.json["timezone"]) == (IN_TOKYO, "Asia/Tokyo")
    assert STATED in " ".join(answer.err.split())


def test_off_a_terminal_move_and_approve_refuse_such_a_time_as_add_does(terminal: Shell) -> None:
    script = replace(terminal, is_attended=False)
    post = planned(script, "--at", "+2h", "--draft")
    for command in ("move", "approve"):
        error = script("schedule", command, post["post_id"], "--at", AT, "--json").error
        assert error["message"] == f"{MISSING}."


def test_a_post_without_a_chosen_zone_takes_the_zone_that_its_account_has_by_now(terminal: Shell) -> None:
    sign_in(terminal, "--account", "ana")
    post = planned(terminal, "--account", "ana", "--at", "+2h")
    sign_in(terminal, "--account", "ana", "--tz", "Europe/Istanbul")
    answer = terminal("schedule", "move", post["post_id"], "--at", AT, "--json").json
    assert (answer["due_at"], answer["timezone"]) == ("2026-12-24T15:00:00+00:00", "Europe/Istanbul")


class TestFindLocale:
    @pytest.mark.parametrize(
        ("environ", "locale"),
        [
            ({"LANG": "en_GB.UTF-8"}, "en_GB"),
            ({"LANG": "en_US.UTF-8", "LC_TIME": "de_DE@euro"}, "de_DE"),
            ({"LANG": "en_US.UTF-8", "LC_TIME": "de_DE", "LC_ALL": "C.UTF-8"}, ""),
            ({"LANG": "en_US.UTF-8", "LC_ALL": ""}, "en_US"),
            ({"LANG": "POSIX"}, ""),
            ({}, ""),
        ],
    )
    def test_the_variables_are_read_as_by_the_c_library(self, environ: dict[str, str], locale: str) -> None:
        assert find_locale(environ) == locale


class TestFindLocalZone:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        (tmp_path / "etc").mkdir()
        return tmp_path

    @pytest.mark.parametrize(
        "named",
        ["Asia/Tokyo", ":Asia/Tokyo", "/usr/share/zoneinfo/Asia/Tokyo", ":/usr/share/zoneinfo/Asia/Tokyo"],
    )
    def test_the_variable_tz_comes_first(self, root: Path, named: str) -> None:
        (root / "etc/localtime").symlink_to("/usr/share/zoneinfo/Europe/Berlin")
        assert find_local_zone({"TZ": named}, root) == "Asia/Tokyo"

    @pytest.mark.parametrize(
        "named", ["CET-1CEST", "Nowhere/City", "../etc/passwd", "Europe", "/etc/localtime"]
    )
    def test_a_tz_that_names_no_zone_is_not_replaced_by_another_source(self, root: Path, named: str) -> None:
        (root / "etc/timezone").write_text("Europe/Berlin\n")
        assert find_local_zone({"TZ": named}, root) is None

    @pytest.mark.parametrize(
        "target",
        [
            "/usr/share/zoneinfo/Europe/Berlin",
            "../usr/share/zoneinfo/Europe/Berlin",
            "/usr/share/zoneinfo/posix/Europe/Berlin",
            "/var/db/timezone/zoneinfo/Europe/Berlin",
        ],
        ids=["Linux", "relative", "posix", "macOS"],
    )
    def test_the_link_localtime_names_the_zone(self, root: Path, target: str) -> None:
        (root / "etc/localtime").symlink_to(target)
        (root / "etc/timezone").write_text("Asia/Tokyo\n")
        assert find_local_zone({}, root) == "Europe/Berlin"

    def test_a_link_to_a_link_names_the_zone(self, root: Path) -> None:
        (root / "etc/zoneinfo").symlink_to(root / "store/share/zoneinfo")
        (root / "etc/localtime").symlink_to(root / "etc/zoneinfo/Europe/Berlin")
        assert find_local_zone({}, root) == "Europe/Berlin"

    def test_the_file_timezone_names_it_where_localtime_is_a_copy(self, root: Path) -> None:
        (root / "etc/localtime").write_bytes(b"TZif2")
        (root / "etc/timezone").write_text("Europe/Berlin\n")
        assert find_local_zone({}, root) == "Europe/Berlin"

    @pytest.mark.parametrize("content", [None, b"", b"Nowhere/City\n", b"\xff\xfe"])
    def test_without_a_name_there_is_none(self, root: Path, content: bytes | None) -> None:
        if content is not None:
            (root / "etc/timezone").write_bytes(content)
        assert find_local_zone({}, root) is None
