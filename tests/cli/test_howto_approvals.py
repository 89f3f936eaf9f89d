"""What the how-to about programs shows as commands runs as it is written."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.sandbox.samples import make_poster
from tests.cli.conftest import Result, Shell
from tests.cli.planning import sign_in

HOWTO = (Path(__file__).parents[2] / "docs/howto/approvals.md").read_text(encoding="utf-8")
PROPOSAL, GRANT = "9d2e4b6f", "c0ffee00a1b24c3d8e9f0a1b2c3d4e5f"
pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def person(account: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell at a terminal, in a directory with the picture of the examples."""
    monkeypatch.chdir(tmp_path)
    make_poster(tmp_path / "cat.jpg")
    sign_in(account, "--tz", "Europe/Istanbul")
    return replace(account, is_attended=True)


def commands(who: str) -> Iterator[str]:
    """Give the commands that somebody runs, in the order of the page."""
    for block in re.findall(rf"<!-- {who} -->\n```bash\n(.*?)```", HOWTO, re.DOTALL):
        yield from block.splitlines()


def run(shell: Shell, command: str, **known: str) -> Result:
    for shown, real in known.items():
        command = command.replace({"proposal": PROPOSAL, "grant": GRANT}[shown], real)
    name, *args = shlex.split(command)
    assert name == "pressroom"
    return shell(*args)


def test_a_program_proposes_and_a_person_lets_it_out(person: Shell) -> None:
    off, on, require, *decisions = commands("person")
    (plans,) = commands("program")
    program = replace(person, is_attended=False)
    assert [run(person, one).code for one in (off, on, require)] == [ExitCode.DONE] * 3
    assert run(program, plans).code == ExitCode.NEEDS_APPROVAL
    (waiting,) = person("approve", "list", "--json").json
    for command in decisions:
        grants = person("approve", "allowed", "--json").json
        known = {"proposal": waiting["id"][:8], "grant": grants[0]["grant_id"] if grants else GRANT}
        assert run(person, command, **known).code == ExitCode.DONE, command
    again = run(program, plans + " --json")
    assert (again.code, again.json["state"]) == (ExitCode.DONE, "scheduled")


def test_a_user_of_its_own_plans_without_a_token_and_a_person_imports_it(
    person: Shell, tmp_path: Path
) -> None:
    alone = Shell(tmp_path / "another home", clock=person.clock)
    for command in commands("wall"):
        assert run(alone, command).code == ExitCode.DONE, command
    imported = person("schedule", "import", "plans.csv", "--json")
    assert (imported.code, imported.json["imported"]) == (ExitCode.DONE, 1)
