"""What the pages about signing in show as commands runs as it is written."""

import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from pressroom.cli.root import root
from pressroom.cli.shell.failures import ExitCode
from pressroom.sandbox.samples import make_photo
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import Shell

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
OTHERS = ("cafe", "books", "garden", "press")
pytestmark = pytest.mark.usefixtures("store")


def commands(page: str, section: str = "") -> list[str]:
    text = (HOWTO / page).read_text(encoding="utf-8").partition(f"## {section}")[2]
    blocks = re.findall(r"```bash\n(.*?)```", re.split(r"^## ", text, flags=re.MULTILINE)[0], re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture
def person(account: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A person at a terminal, signed in to nothing, with the picture of the examples."""
    monkeypatch.chdir(tmp_path)
    make_photo(tmp_path / "cat.jpg")
    environ = {"INSTAGRAM_API_BASE": account.environ["INSTAGRAM_API_BASE"]}
    return replace(account, environ=environ, is_attended=True)


def run(shell: Shell, command: str, token: str = "") -> Any:
    name, *args = shlex.split(command)
    assert name == "pressroom"
    result = shell(*args, stdin=f"\n{token}\n" if token else "")
    assert result.code == ExitCode.DONE, (command, result.err)
    return result


def test_a_person_with_six_accounts_does_all_that_the_page_says(person: Shell, sandbox: Sandbox) -> None:
    first, second, *rest = commands("sign-in.md", "Several accounts")
    ids = {"ana": sandbox.user_id}
    run(person, first, sandbox.token)
    for name in ("shop", *OTHERS):
        made = sandbox.order("accounts", username=f"{name}.of.ana", login="instagram")
        ids[name] = made["user_id"]
        run(person, second.replace("shop", name), made["token"])
    for command in rest:
        run(person, command)

    standing = {one["account"]: one for one in person("auth", "status", "--json").json}
    assert {name: one["user_id"] for name, one in standing.items()} == ids
    assert [name for name, one in standing.items() if one["is_default"]] == ["shop"]
    assert {standing["ana"]["timezone"], standing["shop"]["timezone"]} == {"Europe/Vienna"}
    assert standing["cafe"]["timezone"] == "Europe/London"
    assert {name: one["slots_a_week"] for name, one in standing.items() if one["slots_a_week"]} == {"ana": 5}
    [planned] = person("schedule", "list", "--json").json
    assert planned["account"] == "ana"
    assert [one.caption for one in sandbox.media if one.caption == "Hello"] == ["Hello"]


@pytest.mark.parametrize("line", commands("assistant-card.md", "Commands"))
def test_the_card_shows_commands_that_there_are(line: str) -> None:
    name, *args = shlex.split(line)
    assert name == "pressroom"
    command: click.Command = root
    context = click.Context(root)
    while isinstance(command, click.Group):
        found = command.get_command(context, args.pop(0))
        assert found is not None, line
        command = found
    command.make_context(line, args)


def test_the_card_lets_a_person_alone_sign_in_and_a_program_read() -> None:
    lines = commands("assistant-card.md", "Commands")
    assert [line.startswith("pressroom auth login") for line in lines] == [True] * 4 + [False] * 6
    assert all("--dry-run" in line for line in lines if " publish " in line)
