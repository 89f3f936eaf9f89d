"""PRESSROOM_REQUIRE_TERMINAL: whoever is off a terminal is a program, and lets nothing out by itself."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.actor import is_attended
from pressroom.core.post import PostState
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import PICTURE, Result, Shell
from tests.cli.planning import ADD, AT, change, leave_in_doubt, plan, stored

pytestmark = pytest.mark.usefixtures("store")
GUARD = "PRESSROOM_REQUIRE_TERMINAL"


@pytest.fixture
def agent(account: Shell) -> Shell:
    """A shell off a terminal, with the guard."""
    return replace(account, environ={**account.environ, GUARD: "1"})


@pytest.fixture
def person(agent: Shell) -> Shell:
    """The same shell at a terminal."""
    return replace(agent, is_attended=True)


def assert_guarded(result: Result) -> str:
    """Give the id of the proposal that waits now."""
    assert (result.code, result.error["code"]) == (ExitCode.NEEDS_APPROVAL, "needs_approval"), result.err
    assert result.error["fix"]
    return result.error["proposal_id"]


def test_what_goes_out_at_once_waits_for_a_person(agent: Shell, sandbox: Sandbox) -> None:
    assert_guarded(agent("publish", "photo", PICTURE, "--json"))
    assert_guarded(agent("api", "POST", "me/media_publish", "-f", "creation_id=1", "--json"))
    assert_guarded(agent("api", "DELETE", "17900000000000001", "--json"))
    assert sandbox.calls("/media", "POST") == []
    assert agent("publish", "photo", PICTURE, "--dry-run").code == ExitCode.DONE
    assert agent("api", "GET", "me").code == ExitCode.DONE


def test_a_post_that_waits_goes_out_once_a_person_at_a_terminal_lets_it(
    agent: Shell, person: Shell, sandbox: Sandbox
) -> None:
    proposal = assert_guarded(agent("publish", "photo", PICTURE, "--json"))
    assert assert_guarded(agent("publish", "photo", PICTURE, "--json")) == proposal
    assert person("approve", proposal[:8]).code == ExitCode.DONE
    again = agent("publish", "photo", PICTURE, "--json")
    assert again.code == ExitCode.DONE, again.err
    assert again.json["replayed"]
    assert len(sandbox.calls("/media_publish", "POST")) == 1


def test_a_post_is_planned_for_approval_and_approved_by_a_person(agent: Shell, person: Shell) -> None:
    assert_guarded(agent(*ADD, PICTURE, *AT, "--json"))
    post_id = plan(agent, "--approval", "--caption", "Hello")
    assert agent("schedule", "edit", post_id, "--caption", "Better").code == ExitCode.DONE
    assert_guarded(agent("schedule", "approve", post_id, "--json"))
    changed = person("schedule", "approve", post_id, "--json")
    assert (changed.code, changed.error["rule"]) == (ExitCode.REFUSED, "proposal")
    assert person("approve", changed.error["limit"]).code == ExitCode.DONE
    assert_guarded(agent("schedule", "edit", post_id, "--caption", "Other", "--json"))
    assert stored(agent, post_id).options.caption == "Better"
    assert agent("schedule", "cancel", post_id).code == ExitCode.DONE


def test_what_a_person_declined_is_told_apart_from_what_nobody_asked(agent: Shell, person: Shell) -> None:
    proposal = assert_guarded(agent("publish", "photo", PICTURE, "--json"))
    assert person("approve", "decline", proposal).code == ExitCode.DONE
    again = agent("publish", "photo", PICTURE, "--json")
    assert (again.code, again.error["state"]) == (ExitCode.NEEDS_APPROVAL, "declined")
    assert stored(agent, again.error["post_id"]).state is PostState.CANCELLED


def test_a_post_goes_earlier_only_by_a_person_and_later_by_its_program(agent: Shell, person: Shell) -> None:
    """`schedule move --at now` lets a post go as `queue retry` does."""
    ours, theirs = plan(agent, "--approval"), plan(person, "--caption", "Hello")
    assert person("approve", ours).code == ExitCode.DONE
    for post_id in (ours, theirs):
        assert_guarded(agent("schedule", "move", post_id, "--at", "now", "--json"))
    assert agent("schedule", "move", ours, "--at", "+3h").code == ExitCode.DONE
    assert_guarded(agent("schedule", "move", theirs, "--at", "+3h", "--json"))
    assert_guarded(agent("schedule", "cancel", theirs, "--json"))


def test_a_table_is_kept_until_a_person_lets_its_posts_go(agent: Shell, tmp_path: Path) -> None:
    row = {"kind": "photo", "sources": [PICTURE], "at": "+2h"}
    file = tmp_path / "posts.json"
    file.write_text(json.dumps([row, row | {"state": "draft", "caption": "Later"}]))
    assert agent("schedule", "import", file, "--dry-run").code == ExitCode.DONE
    kept = agent("schedule", "import", file, "--json")
    assert kept.code == ExitCode.NEEDS_APPROVAL
    assert [one["state"] for one in kept.json["rows"]] == ["awaiting_approval", "draft"]
    file.write_text(json.dumps([row | {"state": "awaiting_approval", "caption": "Third"}]))
    assert agent("schedule", "import", file).code == ExitCode.DONE


def test_repairs_that_publish_are_a_persons(agent: Shell, person: Shell) -> None:
    failed = change(person, plan(person), state=PostState.FAILED)
    doubtful = leave_in_doubt(person, plan(person, "--caption", "Hello"))
    asked = assert_guarded(agent("queue", "retry", failed, "--json"))
    assert_guarded(agent("queue", "resolve", doubtful, "--published", "17900000000000001", "--json"))
    assert person("approve", asked).code == ExitCode.DONE
    assert stored(person, failed).state is PostState.SCHEDULED


def test_an_approved_call_is_made_once_and_its_answer_told_to_the_program(
    agent: Shell, person: Shell, sandbox: Sandbox
) -> None:
    comment = ("api", "POST", f"{sandbox.media[0].id}/comments", "-f", "message=Hi", "--json")
    proposal = assert_guarded(agent(*comment))
    assert sandbox.calls("/comments", "POST") == []
    assert person("approve", proposal).code == ExitCode.DONE
    assert agent(*comment).json["id"] == agent(*comment).json["id"]
    assert len(sandbox.calls("/comments", "POST")) == 1


def test_the_store_may_require_a_terminal_and_no_environment_loosens_that(account: Shell) -> None:
    person = replace(account, is_attended=True)
    assert person("approve", "require-terminal", "on").code == ExitCode.DONE
    loose = account("publish", "photo", PICTURE, "--json", **{GUARD: "0"})
    assert loose.code == ExitCode.NEEDS_APPROVAL
    assert account("approve", "require-terminal", "off", "--json").code == ExitCode.NEEDS_APPROVAL
    assert person("approve", "require-terminal", "off").code == ExitCode.DONE
    assert account("publish", "photo", PICTURE, "--caption", "Free").code == ExitCode.DONE


def test_without_the_setting_nothing_is_asked_of_anybody(account: Shell) -> None:
    assert account("publish", "photo", PICTURE, **{GUARD: "0"}).code == ExitCode.DONE


def test_a_setting_that_cannot_be_read_lets_nothing_through(account: Shell) -> None:
    result = account("publish", "photo", PICTURE, "--json", **{GUARD: "perhaps"})
    assert (result.code, result.error["rule"]) == (ExitCode.REFUSED, "require_terminal")


def test_a_test_runs_at_no_terminal() -> None:
    """Captured streams, like an agent's."""
    assert not is_attended()
