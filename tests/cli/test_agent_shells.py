"""Known agents' shells are programs by themselves, and `--as` makes a program of anything else."""

from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.actor import AGENT_MARKS, agent_shell
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import PICTURE, Result, Shell
from tests.cli.planning import sign_in
from tests.service.consenting import a_file

pytestmark = pytest.mark.usefixtures("store")
HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "approvals.md"
# With a way for files: what has none is refused before a person is asked.
REAL = {
    "INSTAGRAM_API_BASE": "https://graph.instagram.com",
    "PRESSROOM_PUBLIC_URL": "https://media.example.com",
}


@pytest.fixture
def person(account: Shell) -> Shell:
    """A person at a terminal, with an account of Instagram's."""
    return replace(account, environ={**account.environ, **REAL}, is_attended=True)


@pytest.fixture
def agent(person: Shell) -> Shell:
    """An agent in a shell of its own, at a terminal that it made."""
    return replace(person, environ={**person.environ, "CLAUDECODE": "1"})


@pytest.fixture
def publish(tmp_path: Path) -> tuple[str, ...]:
    return ("publish", a_file(tmp_path), "--caption", "Hello", "--json")


def refused(result: Result) -> str:
    """Give what is said of a refusal."""
    assert (result.code, result.error["code"]) == (ExitCode.NEEDS_APPROVAL, "needs_approval"), result.err
    # Agents hand the fix on word for word: it leads around no person.
    assert "env" not in result.error["fix"]
    return result.error["message"]


def test_what_an_agents_shell_publishes_waits_for_a_person_even_at_a_terminal(
    agent: Shell, person: Shell, publish: tuple[str, ...], sandbox: Sandbox
) -> None:
    assert "counts as claude-code's, by CLAUDECODE in its environment" in refused(agent(*publish))
    assert sandbox.calls(method="POST") == []
    (waiting,) = person("approve", "list", "--json").json
    assert waiting["summary"]["asked_by"] == "claude-code"


@pytest.mark.parametrize("variable", [mark.variable for mark in AGENT_MARKS])
def test_each_mark_makes_a_program_and_has_a_source(variable: str) -> None:
    (mark,) = [one for one in AGENT_MARKS if one.variable == variable]
    found = agent_shell({variable: "0", "CODEX_HOME": "/x", "CURSOR_TRACE_ID": "x", "REPL_ID": "x"})
    assert found
    assert (found.name, found.variables) == (mark.name, (variable,))
    assert mark.source.startswith("https://")


def test_the_docs_name_each_mark_and_its_program() -> None:
    rows = [line.split("|")[1:3] for line in HOWTO.read_text(encoding="utf-8").splitlines() if "|" in line]
    for mark in AGENT_MARKS:
        assert any(f"`{mark.variable}`" in marks and mark.name in name for marks, name in rows), mark


def test_an_empty_mark_is_none_and_so_are_variables_of_peoples_shells() -> None:
    assert agent_shell({"CLAUDECODE": ""}) is None
    assert agent_shell({"CODEX_HOME": "/x", "CURSOR_TRACE_ID": "x", "REPL_ID": "x"}) is None


def test_a_refusal_names_every_mark_that_is_set(agent: Shell) -> None:
    message = refused(agent("approve", "require-terminal", "on", "--json", AI_AGENT="claude-code_2"))
    assert "by CLAUDECODE and AI_AGENT in its environment" in message


def test_on_a_sandbox_an_agent_is_as_free_as_its_person(agent: Shell, account: Shell) -> None:
    free = replace(agent, environ={**account.environ, "CLAUDECODE": "1"})
    assert free("publish", "photo", PICTURE, "--json").code == ExitCode.DONE


def test_a_sandbox_does_not_stand_for_instagram_in_a_store_that_knows_an_account_there(
    agent: Shell, person: Shell, account: Shell, publish: tuple[str, ...]
) -> None:
    refused(agent(*publish))
    (waiting,) = person("approve", "list", "--json").json
    loose = replace(agent, environ={**account.environ, "CLAUDECODE": "1"})
    assert "CLAUDECODE" in refused(loose("approve", waiting["id"], "--json"))


def test_the_owner_switches_it_off_at_a_terminal_and_no_environment_does(
    agent: Shell, person: Shell, publish: tuple[str, ...], sandbox: Sandbox
) -> None:
    script = replace(person, is_attended=False)
    assert "person at a terminal" in refused(script("approve", "agent-shells", "off", "--json"))
    refused(agent("approve", "agent-shells", "off", "--json"))
    assert person("approve", "agent-shells", "off", "--json").json == {"agent_shells": False}
    done = agent("api", "POST", f"{sandbox.media[0].id}/comments", "-f", "message=Hi", "--json")
    assert done.code == ExitCode.DONE, done.err
    assert script("approve", "agent-shells", "on").out == "A known agent's shell is a program's.\n"
    refused(agent(*publish))


def test_whoever_says_that_it_is_a_program_is_that_one_for_this_run(account: Shell, sandbox: Sandbox) -> None:
    person = replace(account, is_attended=True)
    sign_in(person)
    assert "This shell" not in refused(person("--as", "planner", "publish", "photo", PICTURE, "--json"))
    (waiting,) = person("approve", "list", "--json").json
    assert waiting["summary"]["asked_by"] == "planner"
    refused(person("--as", "planner", "approve", waiting["id"], "--json"))
    assert sandbox.calls(method="POST") == []
    assert person("approve", waiting["id"]).code == ExitCode.DONE


def test_an_agents_shell_takes_no_other_programs_name_and_with_it_no_consent_of_that_one(
    agent: Shell, account: Shell, publish: tuple[str, ...], sandbox: Sandbox
) -> None:
    person = replace(account, is_attended=True)
    sign_in(person)
    allow = ("approve", "allow", "planner", "--verb", "publish", "--account", "default", "--per-day", "2")
    assert person(*allow, "--until", "+7d").code == ExitCode.DONE
    error = agent("--as", "planner", *publish).error
    assert (error["rule"], error["value"], error["limit"]) == ("program_name", "planner", "claude-code")
    assert sandbox.calls(method="POST") == []
    refused(agent("--as", "claude-code", *publish))


def test_where_agents_shells_are_free_any_name_is_taken(
    agent: Shell, account: Shell, person: Shell, publish: tuple[str, ...]
) -> None:
    free = replace(agent, environ={**account.environ, "CLAUDECODE": "1"})
    refused(free("--as", "planner", *publish))
    person("approve", "agent-shells", "off")
    refused(agent("--as", "planner", *publish))


def test_a_program_has_a_name_that_can_be_shown(account: Shell) -> None:
    for name in ("", " planner", "a\u202eb", "x" * 65):
        result = account("--as", name, "schedule", "list", "--json")
        assert (result.code, result.error["rule"]) == (ExitCode.REFUSED, "actor_name"), name
