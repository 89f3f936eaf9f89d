"""Posts that several hands hold: changes bound to what was seen, days without a time, and copies."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import PostState
from tests.cli.conftest import PICTURE, Shell
from tests.cli.planning import ADD, change, plan, stored

pytestmark = pytest.mark.usefixtures("store")
S = PostState
BOUND = (
    ("schedule", "move", "--at", "+3h"),
    ("schedule", "move", "--by", "+1d"),
    ("schedule", "move", "--open"),
    ("schedule", "edit", "--caption", "Later"),
    ("schedule", "cancel"),
    ("schedule", "approve"),
    ("schedule", "approve", "--at", "+3h"),
)


def held(shell: Shell, *when: str) -> str:
    """Keep a photo without a time, and give its id."""
    result = shell(*ADD, PICTURE, *when, "--tz", "Europe/Berlin", "--json")
    assert (result.code, result.json["state"]) == (ExitCode.DONE, "draft")
    return result.json["post_id"]


@pytest.mark.parametrize("command", BOUND, ids=" ".join)
def test_what_was_changed_since_it_was_seen_is_not_changed_and_is_told(
    shell: Shell, command: tuple[str, ...]
) -> None:
    post = plan(shell, "--approval")
    assert shell("schedule", "edit", post, "--caption", "Hello", "--if-version", "1").code == ExitCode.DONE
    before = stored(shell, post)
    refused = shell(*command, post, "--if-version", "1", "--json")
    error = refused.error
    assert (refused.code, error["type"], error["code"]) == (ExitCode.FAILED, "PostChanged", "version")
    assert (error["value"], error["limit"]) == (1, 2)
    assert "edited it: caption from nothing to “Hello”" in error["message"]
    assert f"pressroom schedule show {post}" in error["fix"]
    assert stored(shell, post) == before
    assert shell(*command, post[:8], "--if-version", "2").code == ExitCode.DONE
    assert stored(shell, post).version == 3


@pytest.mark.parametrize("command", [("schedule", "reschedule", "--at", "+3h"), ("queue", "retry")])
def test_what_failed_is_tried_or_planned_again_as_it_was_seen_alone(
    shell: Shell, command: tuple[str, ...]
) -> None:
    post = change(shell, plan(shell), state=S.FAILED)
    assert shell(*command, post, "--if-version", "1", "--json").error["code"] == "version"
    assert shell(*command, post[:8], "--if-version", "2", "--json").json["state"] == "scheduled"


def test_a_version_is_of_one_post(shell: Shell) -> None:
    posts = plan(shell), plan(shell)
    for several in (posts, ("--all",), (posts[0], "--dry-run")):
        result = shell("schedule", "cancel", *several, "--if-version", "1", "--yes")
        assert (result.code, "--if-version goes with one POST." in result.err) == (ExitCode.USAGE, True)


def test_what_has_a_day_or_nothing_is_held_back_behind_what_has_a_time(shell: Shell) -> None:
    open_one, friday = held(shell, "--open"), held(shell, "--day", "friday")
    timed = shell(*ADD, PICTURE, "--at", "2026-11-27 23:30", "--tz", "Europe/Berlin", "--json").json
    listed = shell("schedule", "list", "--json").json
    assert [(row["post_id"], row["when"], row["day"], row["due_at"]) for row in listed] == [
        (timed["post_id"], "time", None, "2026-11-27T22:30:00+00:00"),
        (friday, "day", "2026-11-27", None),
        (open_one, "open", None, None),
    ]
    assert "2026-11-27, no time yet" in shell("schedule", "list").out


def test_nothing_goes_out_without_a_time_that_somebody_chose(shell: Shell) -> None:
    for post in (held(shell, "--open"), held(shell, "--day", "friday")):
        refused = shell("schedule", "approve", post, "--json")
        assert (refused.code, refused.error["code"]) == (ExitCode.REFUSED, "due_time")
        assert f"pressroom schedule approve {post} --at WHEN" in refused.error["fix"]
        shown = shell("schedule", "show", post).out
        assert f"Let it go out         pressroom schedule approve {post[:8]} --at WHEN" in shown
        approved = shell("schedule", "approve", post, "--at", "friday 18:00", "--json").json
        assert (approved["state"], approved["due_local"]) == ("scheduled", "2026-11-27T18:00:00+01:00")
        told = "A person has approved it for 2026-11-27 18:00 Europe/Berlin."
        assert told in shell("schedule", "show", post).out


@pytest.mark.parametrize("when", [("--open",), ("--day", "friday")])
@pytest.mark.parametrize("end", [("schedule", "cancel"), ("approve", "decline")])
def test_what_never_had_a_time_can_be_called_off(
    shell: Shell, when: tuple[str, ...], end: tuple[str, ...]
) -> None:
    post = held(shell, *when)
    shell("schedule", "add", "photo", PICTURE, *when, "--approval", "--tz", "Europe/Berlin")
    assert (
        "no time yet is given one: pressroom schedule approve ID --at WHEN." in shell("approve", "list").err
    )
    assert shell(*end, post[:8]).code == ExitCode.DONE
    assert stored(shell, post).state is S.CANCELLED


def test_a_draft_whose_time_is_over_is_approved_with_another_or_now(shell: Shell) -> None:
    draft, other = plan(shell, "--draft"), plan(shell, "--draft")
    shell.clock.advance(3 * 3600)
    refused = shell("schedule", "approve", draft, "--json")
    assert (refused.code, refused.error["code"]) == (ExitCode.REFUSED, "due_time")
    assert "was due at 2026-11-24 14:00 UTC, which is over" in refused.error["message"]
    assert shell("schedule", "approve", draft, "--at", "now", "--json").json["when"] == "now"
    assert shell("schedule", "approve", other, "--at", "+1h", "--json").json["when"] == "time"


def test_only_what_is_held_back_may_be_without_a_time(shell: Shell) -> None:
    draft, planned = plan(shell, "--draft"), plan(shell)
    assert shell("schedule", "move", draft, "--day", "2026-12-24", "--json").json["day"] == "2026-12-24"
    assert shell("schedule", "move", draft, "--open", "--json").json["when"] == "open"
    over = shell("schedule", "move", draft, "--day", "yesterday", "--json")
    assert (over.code, over.error["code"]) == (ExitCode.REFUSED, "past")
    refused = shell("schedule", "move", planned, "--open", "--json")
    assert (refused.code, refused.error["code"]) == (ExitCode.REFUSED, "due_time")
    assert "has no time that could be shifted" in shell("schedule", "move", draft, "--by", "+1d").err
    for ways in ((), ("--open", "--day", "friday"), ("--at", "+1h", "--open")):
        assert shell(*ADD, PICTURE, *ways).code == ExitCode.USAGE
        assert shell("schedule", "move", draft, *ways).code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("verb", "state", "instead"),
    [
        ("move", S.FAILED, "reschedule"),
        ("move", S.MISSED, "reschedule"),
        ("reschedule", S.SCHEDULED, "move"),
        ("reschedule", S.DRAFT, "move"),
    ],
)
def test_a_move_and_a_new_plan_each_name_the_other_where_that_is_possible(
    shell: Shell, verb: str, state: PostState, instead: str
) -> None:
    post = change(shell, plan(shell), state=state)
    for more in ((), ("--dry-run",)):
        refused = shell("schedule", verb, post, "--at", "+3h", *more, "--json")
        assert (refused.code, refused.error["code"]) == (ExitCode.REFUSED, "state")
        assert f"pressroom schedule {instead} {post} --at WHEN" in refused.error["fix"]


@pytest.mark.parametrize("state", [S.SCHEDULED, S.FAILED, S.PUBLISHED])
def test_only_what_is_held_back_is_approved_with_a_time(shell: Shell, state: PostState) -> None:
    post = change(shell, plan(shell), state=state)
    refused = shell("schedule", "approve", post, "--at", "+3h", "--json")
    assert (refused.code, refused.error["code"]) == (ExitCode.REFUSED, "state")
    assert stored(shell, post).state is state


@pytest.mark.parametrize("state", [S.PUBLISHED, S.CANCELLED, S.FAILED, S.SCHEDULED])
def test_a_copy_is_an_open_draft_that_shows_the_same(shell: Shell, state: PostState) -> None:
    post = change(shell, plan(shell, "--caption", "Hello", "--first-comment", "#cats"), state=state)
    copy = shell("schedule", "duplicate", post, "--json").json
    assert copy["post_id"] != post
    assert (copy["state"], copy["when"], copy["version"], copy["possible"][0]) == ("draft", "open", 1, "move")
    original, shown = stored(shell, post), stored(shell, copy["post_id"])
    assert (shown.options, shown.assets) == (original.options, original.assets)
    assert original == replace(original, state=state)


def test_a_copy_of_what_lost_its_files_is_refused_or_takes_the_file_anew_and_says_so(
    shell: Shell, tmp_path: Path
) -> None:
    picture = tmp_path / "cat.jpg"
    Image.new("RGB", (1080, 1080), "red").save(picture)
    post = shell(*ADD, str(picture), "--at", "+2h", "--json").json["post_id"]
    Path(stored(shell, post).assets[0].copy or "").unlink()  # as a worker does once a post is live
    Image.new("RGB", (1080, 1080)).save(picture)
    again = shell("schedule", "duplicate", post)
    assert (again.code, "not any more what the post showed" in again.err) == (ExitCode.DONE, True)
    picture.unlink()
    refused = shell("schedule", "duplicate", post)
    assert (refused.code, "cat.jpg" in refused.err) == (ExitCode.REFUSED, True)
