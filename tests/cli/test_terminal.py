"""PRESSROOM_REQUIRE_TERMINAL: off a terminal nothing goes out that no person let go."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.cli.exit_codes import ExitCode
from pressroom.cli.surroundings import at_a_terminal
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


def assert_guarded(result: Result) -> None:
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "require_terminal"), result.err
    assert result.error["fix"]


def test_what_goes_out_at_once_is_refused(agent: Shell, sandbox: Sandbox) -> None:
    assert_guarded(agent("publish", "photo", PICTURE, "--json"))
    assert_guarded(agent("api", "POST", "me/media_publish", "-f", "creation_id=1", "--json"))
    assert_guarded(agent("api", "DELETE", "17900000000000001", "--json"))
    assert sandbox.calls("/media", "POST") == []
    assert agent("publish", "photo", PICTURE, "--dry-run").code == ExitCode.DONE
    assert agent("api", "GET", "me").code == ExitCode.DONE


def test_a_post_is_planned_for_approval_and_approved_by_a_person(agent: Shell, person: Shell) -> None:
    assert_guarded(agent(*ADD, PICTURE, *AT, "--json"))
    post_id = plan(agent, "--approval")
    assert agent("schedule", "edit", post_id, "--caption", "Better").code == ExitCode.DONE
    assert_guarded(agent("schedule", "approve", post_id, "--json"))
    assert person("schedule", "approve", post_id).code == ExitCode.DONE
    assert_guarded(agent("schedule", "edit", post_id, "--caption", "Other", "--json"))
    assert stored(agent, post_id).options.caption == "Better"
    assert agent("schedule", "cancel", post_id).code == ExitCode.DONE


def test_a_table_may_hold_what_waits_for_approval_alone(agent: Shell, tmp_path: Path) -> None:
    row = {"kind": "photo", "sources": [PICTURE], "at": "+2h"}
    file = tmp_path / "posts.json"
    file.write_text(json.dumps([row, row | {"state": "draft"}]))
    assert agent("schedule", "import", file, "--dry-run").code == ExitCode.DONE
    assert_guarded(agent("schedule", "import", file, "--json"))
    file.write_text(json.dumps([row | {"state": "awaiting_approval"}]))
    assert agent("schedule", "import", file).code == ExitCode.DONE


def test_repairs_that_publish_are_a_persons(agent: Shell, person: Shell) -> None:
    failed = change(person, plan(person), state=PostState.FAILED)
    doubtful = leave_in_doubt(person, plan(person))
    assert_guarded(agent("queue", "retry", failed, "--json"))
    assert_guarded(agent("queue", "resolve", doubtful, "--not-published", "--json"))
    assert person("queue", "retry", failed).code == ExitCode.DONE


def test_without_the_setting_nothing_is_asked_of_anybody(account: Shell) -> None:
    assert account("publish", "photo", PICTURE, **{GUARD: "0"}).code == ExitCode.DONE


def test_a_setting_that_cannot_be_read_lets_nothing_through(account: Shell) -> None:
    result = account("publish", "photo", PICTURE, "--json", **{GUARD: "perhaps"})
    assert (result.code, result.error["rule"]) == (ExitCode.REFUSED, "require_terminal")


def test_a_test_runs_at_no_terminal() -> None:
    """Captured streams, like an agent's."""
    assert not at_a_terminal()
