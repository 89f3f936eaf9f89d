"""Every command that our texts and docs name exists, with the options they name."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pressroom.cli.posts.options import KindGroup
from pressroom.cli.root import root
from pressroom.core.remedies import WORDED, Remedy, command_of
from pressroom.graph.error_table import TABLE

ROOT = Path(__file__).parents[2]
PLACES = [
    *(ROOT / "src").rglob("*.py"),
    *(ROOT / "app").rglob("*.py"),
    *(ROOT / "src/pressroom/cli/skill").rglob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    ROOT / "README.md",
]
# In backticks anywhere, or a line of a code block.
NAMED = re.compile(r"`(pressroom(?: [^`\n]+)?)`|^(?:eval \"\$\()?(pressroom [^\n#)|>]+)", re.MULTILINE)
OPTION = re.compile(r"`(--[a-z][a-z-]+)")


def named_commands() -> Iterator[tuple[str, str]]:
    for path in PLACES:
        text = re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8"))  # a text broken over lines
        for found in NAMED.finditer(text):
            yield str(path.relative_to(ROOT)), (found[1] or found[2]).strip()


def resolve(words: list[str]) -> click.Command:
    """Walk down to the command that is meant."""
    command: click.Command = root
    for word in words:
        if not isinstance(command, click.Group) or word.startswith(("-", "{")) or word.isupper():
            break
        found = [command.get_command(click.Context(command), name) for name in word.split("|")]
        if found == [None] and hasattr(command, "of_ids"):
            break
        if found == [None] and isinstance(command, KindGroup):
            return command.commands["reel"]  # files in place of a kind
        assert None not in found, f"there is no `{word}`"
        command = found[0] or command
    return getattr(command, "of_ids", getattr(command, "by_itself", command))


def options_of(command: click.Command) -> set[str]:
    own = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    return own | {"--help", "-h"}


def every_option(command: click.Command) -> set[str]:
    found = options_of(command)
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            child = command.get_command(click.Context(command), name)
            assert child is not None
            found |= every_option(child)
    return found


def commands_of_remedies() -> Iterator[tuple[str, str]]:
    """Give each remedy's command, with all of its arguments and with as few as may be."""
    for kind, worded in WORDED.items():
        for known in (dict.fromkeys(worded.arguments, "{1}"), {}):
            remedy = Remedy(kind, {**known, "kind": "photo|reel|carousel|story"})
            # The lines of installers are tried in test_install_lines.
            if worded.command and worded.command.startswith("pressroom "):
                yield f"remedy {kind}", command_of(remedy)


COMMANDS = sorted({*named_commands(), *commands_of_remedies()})


def test_there_is_something_to_look_at() -> None:
    assert {command for _, command in COMMANDS} >= {"pressroom demo", "pressroom sandbox serve"}


@pytest.mark.parametrize(("place", "line"), COMMANDS)
def test_a_command_that_is_named_exists_with_its_options(place: str, line: str) -> None:
    words = shlex.split(line.replace("'", ""))[1:]
    words = words[: words.index("--")] if "--" in words else words  # what follows is another program's
    command = resolve(words)
    for word in words:
        if word.startswith("-") and word != "-":
            assert word.split("=")[0] in options_of(command), f"{place}: {line} has no {word}"


OPTIONS = [worded.command for worded in WORDED.values() if (worded.command or "").startswith("--")]


@pytest.mark.parametrize("line", OPTIONS)
def test_an_option_that_is_a_remedy_exists(line: str) -> None:
    assert line.split(maxsplit=1)[0] in every_option(root)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.code}-{row.subcode}")
def test_an_option_that_a_fix_names_exists(row: object) -> None:
    for option in OPTION.findall(str(getattr(row, "fix", ""))):
        assert option in every_option(root)
