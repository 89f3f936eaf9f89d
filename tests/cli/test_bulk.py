"""Several posts approved, called off, moved or tried again at once."""

import json
from dataclasses import replace

import pytest

from pressroom.cli.shell.failures import ExitCode, worst
from pressroom.core.post import PostState
from tests.cli.conftest import PICTURE, Shell
from tests.cli.planning import ADD, change, leave_in_doubt, plan, stored

pytestmark = pytest.mark.usefixtures("store")
S = PostState
CANCEL = ("schedule", "cancel")


@pytest.fixture
def person(shell: Shell) -> Shell:
    """A shell at a terminal."""
    return replace(shell, is_attended=True)


def plan_at(shell: Shell, at: str, *options: str, tz: str = "UTC") -> str:
    result = shell(*ADD, PICTURE, "--at", at, "--tz", tz, *options, "--json")
    assert result.code == 0, result.err
    return result.json["post_id"]


def states(shell: Shell, *ids: str) -> list[PostState]:
    return [stored(shell, one).state for one in ids]


def test_one_post_is_changed_without_a_question(person: Shell) -> None:
    post = plan(person)
    assert person(*CANCEL, post).out.startswith(f"Photo {post[:8]} was called off.")


def test_several_are_changed_once_a_person_says_yes_to_their_number_and_first_names(person: Shell) -> None:
    posts = [plan_at(person, f"+{hours}h") for hours in range(1, 6)]
    asked = person(*CANCEL, *posts, stdin="n\n")
    anew, question = asked.err.splitlines()[:2]
    assert anew == "A post that was called off does not come back: it is planned anew."
    assert question.startswith(f"Call off 5 posts: Photo {posts[0][:8]} of 2026-11-24 13:00 UTC, Photo ")
    assert f"{posts[2][:8]} of 2026-11-24 15:00 UTC, and 2 more? [y/N]" in asked.err
    assert posts[3][:8] not in asked.err
    assert "Nothing was changed." in asked.err
    assert (asked.code, set(states(person, *posts))) == (ExitCode.FAILED, {S.SCHEDULED})
    done = person(*CANCEL, *posts, stdin="y\n")
    assert (done.code, set(states(person, *posts))) == (ExitCode.DONE, {S.CANCELLED})
    assert [line.split()[1] for line in done.out.splitlines()] == [post[:8] for post in posts]
    assert "5 of 5 posts were changed." in done.err


def test_several_that_are_to_be_approved_are_all_in_view_in_the_order_of_their_times(person: Shell) -> None:
    for hours in (5, 1, 4, 2, 3):
        plan_at(person, f"+{hours}h", "--approval", "--caption", f"In {hours}, and all of a long caption")
    asked = person("schedule", "approve", "--all", stdin="n\n")
    shown = [line.split(maxsplit=1)[1] for line in asked.err.splitlines() if " caption " in line]
    assert shown == [f"In {hours}, and all of a long caption" for hours in range(1, 6)]


def test_a_no_is_an_error_to_a_program_too(person: Shell) -> None:
    posts = plan(person), plan(person)
    result = person(*CANCEL, *posts, "--json", stdin="n\n")
    assert (result.code, result.out) == (ExitCode.FAILED, "")
    assert json.loads(result.err.splitlines()[-1])["error"]["code"] == "not_confirmed"


@pytest.mark.parametrize("more", [(), ("3f8a1c0d",), ("3f8a1c0d", "--dry-run")])
def test_what_is_no_shift_is_refused_once_before_any_post_is_looked_at(
    person: Shell, more: tuple[str, ...]
) -> None:
    result = person("schedule", "move", "9d2e4b6f", *more, "--by", "1d", "--json")
    assert (result.code, result.out, result.error["code"]) == (ExitCode.REFUSED, "", "shift")
    assert result.error["fix"] == "Write +1d for later, or -1d for earlier."


def test_several_that_are_moved_are_named_with_their_new_times(person: Shell) -> None:
    posts = [plan_at(person, f"+{hours}h") for hours in (1, 2)]
    asked = person("schedule", "move", *posts, "--by", "+1d", stdin="n\n")
    assert asked.err.startswith(f"Move 2 posts: Photo {posts[0][:8]} to 2026-11-25 13:00 UTC, ")


def test_off_a_terminal_several_need_yes_and_nothing_is_asked(shell: Shell) -> None:
    posts = plan(shell), plan(shell)
    for selection in (posts, ("--all",), ("--account", "default")):
        result = shell(*CANCEL, *selection, "--json")
        assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "confirmation")
        assert (result.error["value"], "add `--yes`" in result.error["fix"]) == (2, True)
    assert set(states(shell, *posts)) == {S.SCHEDULED}
    assert shell(*CANCEL, "--all", "--yes").code == ExitCode.DONE
    assert set(states(shell, *posts)) == {S.CANCELLED}


def test_one_that_fails_is_told_and_stops_no_other(shell: Shell) -> None:
    live = change(shell, plan(shell), state=S.PUBLISHED)
    first, last = plan(shell), plan(shell)
    result = shell(*CANCEL, first, live, "beef", last, "--yes")
    assert result.code == ExitCode.NOT_FOUND
    assert f"Error: {live}: " in result.err
    assert "Error: beef: " in result.err
    assert "2 of 4 posts were changed." in result.err
    assert states(shell, first, live, last) == [S.CANCELLED, S.PUBLISHED, S.CANCELLED]


def test_the_json_is_one_result_for_each_with_its_error_and_stderr_stays_empty(shell: Shell) -> None:
    live, waiting = change(shell, plan(shell), state=S.PUBLISHED), plan(shell)
    result = shell(*CANCEL, live, waiting, "--yes", "--json")
    assert (result.code, result.err) == (ExitCode.REFUSED, "")
    told = {one["post_id"]: (one["changed"], one["post"]["state"], one["error"]) for one in result.json}
    assert told[waiting] == (True, "cancelled", None)
    assert told[live][:2] == (False, "published")
    assert told[live][2]["code"] == "state"


def test_a_post_named_twice_is_changed_once(shell: Shell) -> None:
    post = plan(shell)
    result = shell(*CANCEL, post, post[:9], post, "--yes", "--json")
    assert (result.code, [one["changed"] for one in result.json]) == (ExitCode.DONE, [True])


def test_a_dry_run_says_what_would_be_changed_and_what_not_and_why_and_changes_nothing(shell: Shell) -> None:
    live, waiting = change(shell, plan(shell), state=S.PUBLISHED), plan_at(shell, "2026-12-24 09:00")
    result = shell("schedule", "move", waiting, live, "beef", "--by", "+1d", "--dry-run")
    assert f"Photo {waiting[:8]} would be moved, for 2026-12-25 09:00 UTC." in result.out
    assert f"Photo {live[:8]} would not be: " in result.out
    assert "beef would not be: " in result.out
    assert (result.code, "1 of 3 posts would be changed." in result.err) == (ExitCode.NOT_FOUND, True)
    assert stored(shell, waiting).due_at == stored(shell, waiting).due_at.replace(day=24)  # pyright: ignore[reportOptionalMemberAccess]
    told = shell(*CANCEL, "--all", "--dry-run", "--json").json
    assert [(one["post_id"], one["changed"], one["post"]["state"]) for one in told] == [
        (waiting, True, "cancelled")
    ]
    assert states(shell, waiting) == [S.SCHEDULED]


def test_posts_are_selected_by_account_state_and_days_of_a_zone(shell: Shell) -> None:
    ours = plan_at(shell, "2026-12-24 23:30")
    draft = plan_at(shell, "2026-12-25 12:00", "--draft")
    theirs = plan_at(shell, "2026-12-24 12:00", "--account", "ben")

    def meant(*options: str) -> set[str]:
        return {one["post_id"] for one in shell(*CANCEL, *options, "--dry-run", "--json").json}

    assert meant("--all") == {ours, draft, theirs}
    assert meant("--account", "ben") == {theirs}
    assert meant("--state", "draft") == {draft}
    assert meant("--from", "2026-12-25", "--to", "2026-12-25") == {draft}
    assert meant("--to", "2026-12-24") == {ours, theirs}
    assert meant("--from", "2026-12-25", "--tz", "Europe/Berlin") == {ours, draft}
    assert meant("--week", "2026-12-24", "--account", "ben") == {theirs}
    assert meant("--week") == set()


def test_posts_are_named_or_selected(shell: Shell) -> None:
    for args in ((), ("abc", "--all"), ("abc", "--week"), ("--week", "--from", "friday")):
        assert shell(*CANCEL, *args).code == ExitCode.USAGE, args
    zone = ("abc", "--tz", "Asia/Tokyo")
    for command in (CANCEL, ("approve",), ("schedule", "move", "--by", "+1d")):
        assert "--tz goes with" in shell(*command, *zone).err
    nothing = shell(*CANCEL, "--all", "--yes")
    assert (nothing.code, nothing.out, nothing.err) == (ExitCode.DONE, "", "No such posts.\n")


def test_a_shift_by_days_keeps_the_time_of_day_of_each_post_in_its_zone(shell: Shell) -> None:
    berlin = plan_at(shell, "2027-03-27 09:00", tz="Europe/Berlin")
    istanbul = plan_at(shell, "2027-03-27 09:00", tz="Europe/Istanbul")
    assert shell("schedule", "move", "--all", "--by", "+1d", "--yes").code == ExitCode.DONE
    moved = {
        one["post_id"]: (one["due_local"], one["due_at"]) for one in shell("schedule", "list", "--json").json
    }
    assert moved[berlin] == ("2027-03-28T09:00:00+02:00", "2027-03-28T07:00:00+00:00")
    assert moved[istanbul] == ("2027-03-28T09:00:00+03:00", "2027-03-28T06:00:00+00:00")
    one = shell("schedule", "move", berlin, "--by", "-1w", "--json").json
    assert one["due_local"] == "2027-03-21T09:00:00+01:00"


def test_a_shift_that_the_clocks_skip_fails_for_that_post_alone(shell: Shell) -> None:
    skipped = plan_at(shell, "2027-03-27 02:30", tz="Europe/Berlin")
    plan_at(shell, "2027-03-27 09:00", tz="Europe/Berlin")
    result = shell("schedule", "move", "--all", "--by", "+1d", "--yes", "--json")
    told = {one["post_id"]: one["changed"] for one in result.json}
    assert (result.code, told.pop(skipped), list(told.values())) == (ExitCode.REFUSED, False, [True])


def test_several_are_not_moved_to_one_moment(shell: Shell) -> None:
    first, second = plan(shell), plan(shell)
    for args in ((first, second), ("--all",)):
        result = shell("schedule", "move", *args, "--at", "+1h", "--yes", "--json")
        assert (result.code, "--by" in result.error["fix"]) == (ExitCode.REFUSED, True)
    for args in ((first,), (first, "--at", "+1h", "--by", "+1d")):
        assert shell("schedule", "move", *args).code == ExitCode.USAGE
    assert shell("schedule", "move", first, "--by", "soon").code == ExitCode.REFUSED


def test_a_move_to_a_moment_is_rehearsed_with_its_warning_and_changes_nothing(shell: Shell) -> None:
    post_id = plan(shell)
    before = shell("schedule", "show", post_id, "--json").json
    over = ("--at", "2026-11-24T11:30+00:00", "--dry-run")
    assert shell("schedule", "move", post_id, *over).code == ExitCode.REFUSED
    late = shell("schedule", "move", post_id, *over, "--late")
    assert "That time is over" in late.err
    assert "would be moved, for 2026-11-24 11:30" in late.out
    assert (
        "That time is over" in shell("schedule", "move", post_id, "--by", "-40d", "--dry-run", "--late").err
    )
    (told,) = shell("schedule", "move", post_id, "--at", "+2h", "--dry-run", "--json").json
    assert (told["post_id"], told["changed"]) == (post_id, True)
    assert shell("schedule", "move", post_id, "--at", "", "--dry-run").code == ExitCode.REFUSED
    assert shell("schedule", "show", post_id, "--json").json == before


def test_a_move_never_sends_what_failed_which_is_planned_again(shell: Shell) -> None:
    failed, waiting = change(shell, plan(shell), state=S.FAILED), plan(shell)
    moved = shell("schedule", "move", "--all", "--by", "+1d", "--yes", "--json").json
    assert [one["post_id"] for one in moved] == [waiting]
    (refused,) = shell("schedule", "move", "--state", "failed", "--by", "+1d", "--yes", "--json").json
    assert (refused["post_id"], refused["error"]["code"]) == (failed, "state")
    assert f"pressroom schedule reschedule {failed} --at" in refused["error"]["fix"]
    again = shell("schedule", "reschedule", "--all", "--by", "+1d", "--yes", "--json").json
    assert [(one["post_id"], one["changed"]) for one in again] == [(failed, True)]


def test_a_selection_to_approve_leaves_out_drafts_unless_they_are_asked_for(shell: Shell) -> None:
    draft, held, waiting = plan(shell, "--draft"), plan(shell, "--approval"), plan(shell)
    assert shell("schedule", "approve", "--all", "--yes").code == ExitCode.DONE
    assert states(shell, draft, held, waiting) == [S.DRAFT, S.SCHEDULED, S.SCHEDULED]
    assert shell("schedule", "approve", "--state", "draft", "--yes").code == ExitCode.DONE
    assert states(shell, draft) == [S.SCHEDULED]


def test_failed_and_missed_posts_are_tried_again_and_one_in_doubt_is_not(shell: Shell) -> None:
    failed, missed = (change(shell, plan(shell), state=state) for state in (S.FAILED, S.MISSED))
    doubtful, waiting = leave_in_doubt(shell, plan(shell)), plan(shell)
    result = shell("queue", "retry", "--all", "--yes", "--json")
    told = {one["post_id"]: one["changed"] for one in result.json}
    assert told == {failed: True, missed: True, doubtful: False}
    assert (result.code, waiting in told) == (ExitCode.REFUSED, False)


def test_of_several_errors_the_worst_is_the_exit_code() -> None:
    assert worst([]) is None
    codes = [ExitCode.NEEDS_APPROVAL, ExitCode.FAILED, ExitCode.OUTCOME_UNKNOWN, ExitCode.REFUSED]
    assert worst(codes) is ExitCode.OUTCOME_UNKNOWN
    assert worst(codes[:2]) is ExitCode.FAILED
    errors = set(ExitCode) - {ExitCode.DONE, ExitCode.INTERRUPTED}
    assert all(worst([code]) is code for code in errors)


def test_a_programs_changes_each_wait_for_a_person(account: Shell) -> None:
    agent = replace(account, environ={**account.environ, "PRESSROOM_REQUIRE_TERMINAL": "1"})
    posts = [plan(replace(agent, is_attended=True), "--caption", text) for text in ("a", "b")]
    result = agent("schedule", "move", *posts, "--by", "+1d", "--yes", "--json")
    assert result.code == ExitCode.NEEDS_APPROVAL
    assert [one["error"]["code"] for one in result.json] == ["needs_approval"] * 2
    assert len({one["error"]["proposal_id"] for one in result.json}) == 2
