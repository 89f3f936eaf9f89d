"""`pressroom insights stories`, `best-time` and `experiment`: the finding first, and what cannot be said."""

import csv
import io
from collections.abc import Mapping

import pytest

from pressroom.cli.shell.failures import ExitCode
from tests.cli.conftest import Shell
from tests.cli.insights import EXPERIMENT, begin, plant, take_turns, tell_stories


@pytest.fixture
def begun(account: Shell) -> Shell:
    begin(account)
    return account


def lines_of(text: str) -> list[Mapping[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_story_has_its_taps_and_what_was_not_read_is_a_dash(begun: Shell) -> None:
    tell_stories(begun)
    result = begun("insights", "stories", "--since", "7d")
    unread, read = result.out.splitlines()[1:3]
    exits, forward, back, swipes = "10 (5.00 %)", "60 (30.00 %)", "5 (2.50 %)", "0 (0.00 %)"
    assert " ".join(read.split()[3:]) == f"23 h 200 150 0 2 {exits} {forward} {back} {swipes} 95.00 % -"
    assert unread.split()[3:] == ["-"] * 11
    assert " ".join(result.out.splitlines()[-1].split()) == "902 2026-11-22 12:00 1 h No worker read it."
    assert "1 of 2 stories were read near their end (20 h or later), 1 were never read." in result.err


def test_a_spreadsheet_of_stories_has_empty_cells_for_what_was_not_read(begun: Shell) -> None:
    tell_stories(begun)
    unread, read = lines_of(begun("insights", "stories", "--csv").out)
    assert (read["exits"], read["exits_percent"], read["completion_percent"]) == ("10", "5.0", "95.0")
    assert (unread["views"], unread["exits"], unread["missed"]) == ("", "", "1 h: not_running")


def test_best_time_says_first_what_was_found_in_the_accounts_zone(begun: Shell) -> None:
    plant(begun)
    result = begun("insights", "best-time")
    lines = result.out.splitlines()
    assert lines[0].startswith("Posts between 16 and 20 h reach more than the others: +")
    assert lines[2].split() == ["hours", "posts", "against", "the", "others"]
    assert "Hours and weekdays are those of Europe/Oslo." in lines
    (block,) = [line for line in lines if line.startswith("16-20")]
    assert block.endswith("stands out")
    assert "This is an association among posts that went out, no proof; an experiment can decide." in lines
    assert "pressroom insights experiment start" in lines[-1]


def test_best_time_says_that_nothing_can_be_seen_and_what_could_have_been(begun: Shell) -> None:
    plant(begun, times=1)
    result = begun("insights", "best-time")
    assert result.out.splitlines()[0] == "No detectable effect of hours, weekdays or kinds on reach at 24 h."
    assert result.out.count("would have been seen in eight of ten cases") == 3
    assert "All intervals hold in 99 % of cases; where one leaves out 0, it stands out." in result.out
    rows = lines_of(begun("insights", "best-time", "--csv").out)
    assert {row["family"] for row in rows} == {"hours", "weekday", "kind"}
    assert {row["stands_out"] for row in rows} == {"False"}


def test_too_few_posts_are_said_to_be_too_few(begun: Shell) -> None:
    result = begun("insights", "best-time")
    assert result.out.splitlines()[0].startswith("Too few posts to say: 0 of 0 have a reach at 24 h")
    assert begun("insights", "best-time", "--json").json["needed"] == 30


def test_an_experiment_from_start_to_stop(begun: Shell) -> None:
    started = begun(*EXPERIMENT, "start", "daily 09:00", "daily 18:00")
    assert "Next: the first slot, daily 09:00, which comes at 2026-11-25 09:00. 40 posts" in started.out
    again = begun(*EXPERIMENT, "start", "daily 12:00", "daily 20:00")
    assert again.code == ExitCode.REFUSED
    assert "pressroom insights experiment stop" in again.err
    take_turns(begun)
    status = begun(*EXPERIMENT, "status")
    assert status.out.startswith("daily 18:00 reaches more than daily 09:00: the second slot against the")
    assert "All 40 posts are out." in status.out
    assert [row["slot"] for row in lines_of(begun(*EXPERIMENT, "status", "--csv").out)] == [
        "first",
        "second",
    ] * 20
    stopped = begun(*EXPERIMENT, "stop", "--json").json
    assert stopped["stopped_at"] is not None
    assert stopped["difference"]["is_found"]
    assert begun(*EXPERIMENT, "status", "--json").json["difference"] == stopped["difference"]


@pytest.mark.parametrize("args", [("stories",), ("best-time",), ("experiment", "status")])
def test_what_is_a_spreadsheet_is_not_json_and_nothing_collected_is_said(
    account: Shell, args: tuple[str, ...]
) -> None:
    assert account("insights", *args, "--csv", "--json").code == ExitCode.USAGE
    result = account("insights", *args)
    assert (result.code, "pressroom insights pull" in result.err) == (ExitCode.NOT_FOUND, True)
    assert not (account.home / "pressroom.db").exists()
