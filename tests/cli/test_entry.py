"""How a command ends: its exit code, what it writes where, and that no traceback reaches a person."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click
import pytest

from pressroom.cli.entry import run
from pressroom.cli.front import Lazy
from pressroom.cli.root import COMMANDS, LazyGroup, queue, root, schedule
from pressroom.cli.shell.console import write
from pressroom.cli.shell.failures import ExitCode
from pressroom.core.protocols import Reply, Request
from pressroom.sandbox.samples import make_poster
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import PICTURE, Shell
from tests.cli.planning import sign_in

PICTURE_FILE = "cup.jpg"
ERROR_MEMBERS = {"type", "code", "subcode", "message", "fix", "remedies", "fbtrace_id", "retryable"}


class Broken:
    """A transport with a mistake in it."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    async def send(self, _: Request) -> Reply:
        raise self.error

    async def aclose(self) -> None:
        """Nothing is open."""


def test_a_usage_error_ends_with_2_and_points_to_the_help(shell: Shell) -> None:
    result = shell("publish", "photo")
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert result.err == "Error: Missing argument 'SOURCE...'.\n  See `pressroom publish photo --help`.\n"


@pytest.mark.parametrize(
    "args",
    [("no-such-command",), ("publish", "photo"), ("publish", "photo", "a.jpg", "--fit", "stretch")],
)
def test_a_usage_error_is_a_json_object_where_json_is_asked_for(shell: Shell, args: tuple[str, ...]) -> None:
    result = shell(*args, "--json")
    assert (result.code, result.out) == (ExitCode.USAGE, "")
    assert set(result.error) == ERROR_MEMBERS
    assert result.error["code"] == "usage"


def test_a_misspelled_command_is_told_what_may_be_meant(shell: Shell) -> None:
    assert "No such command 'pubish'. Did you mean 'publish'?" in shell("pubish").err
    assert "Did you mean 'photo'?" in shell("publish", "foto").err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("post", "`pressroom publish`"),
        ("uplaod", "`pressroom publish`"),
        ("photo", "`pressroom publish photo`"),
        ("login", "`pressroom auth login`"),
        ("retry", "`pressroom queue retry`"),
        ("export", "`pressroom schedule export` or `pressroom insights export`"),
        ("schedule photo", "`pressroom schedule add photo`"),
        ("queue list", "`pressroom schedule list`"),
        (PICTURE_FILE, "`pressroom publish FILE`"),
    ],
)
def test_another_word_for_a_command_gets_a_guess_at_what_is_meant(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, meant: str
) -> None:
    (tmp_path / PICTURE_FILE).touch()
    monkeypatch.chdir(tmp_path)
    result = shell(*typed.split())
    assert (result.code, f"Did you mean {meant}?" in result.err) == (ExitCode.USAGE, True), result.err


@pytest.mark.parametrize("word", ["zzz", "z" * 300])
def test_a_word_that_resembles_nothing_gets_no_guess(shell: Shell, word: str) -> None:
    result = shell(word)
    assert (result.code, f"No such command '{word}'." in result.err) == (ExitCode.USAGE, True)
    assert "Did you mean" not in result.err


@pytest.mark.parametrize("command", [("publish", "photo"), ("schedule", "add", "photo")])
@pytest.mark.parametrize(("option", "meant"), [("--text", "--caption"), ("--tag", "--user-tag")])
def test_another_name_for_an_option_is_answered_with_ours(
    shell: Shell, command: tuple[str, ...], option: str, meant: str
) -> None:
    result = shell(*command, "cup.jpg", option, "x")
    assert f"No such option '{option}'. Did you mean '{meant}'?" in result.err


@pytest.mark.parametrize("command", [("publish", "photo"), ("publish",), ("schedule", "add", "photo")])
def test_words_behind_a_file_are_taken_for_the_caption_that_they_may_be(
    account: Shell, command: tuple[str, ...]
) -> None:
    when = ("--at", "+2h") if command[0] == "schedule" else ()
    result = account(*command, "cup.jpg", "hello", "big", "world", *when)
    assert (result.code, "Did you mean `--caption 'hello big world'`?" in result.err) == (
        ExitCode.REFUSED,
        True,
    )


def test_a_list_of_commands_cuts_no_sentence_off(shell: Shell) -> None:
    _, _, commands = shell("queue", "--help").out.partition("Commands:")
    assert "..." not in commands


def test_a_group_without_a_command_shows_its_help(shell: Shell) -> None:
    result = shell("media")
    assert result.code == ExitCode.USAGE
    assert "convert" in result.err


def test_json_behind_two_dashes_is_a_file_name(shell: Shell) -> None:
    assert shell("publish", "reel", "--", "--json").err.startswith("Error: ")


def test_no_token_ends_with_4_and_names_the_demo(shell: Shell) -> None:
    result = shell("publish", "photo", PICTURE, "--json")
    assert (result.code, result.error["type"]) == (ExitCode.SIGN_IN, "SignInRequired")
    assert "`pressroom demo`" in result.error["fix"]


@pytest.mark.parametrize(
    ("environ", "rule"),
    [
        ({"INSTAGRAM_API_VERSION": "26"}, "api_version"),
        (
            {"INSTAGRAM_ACCESS_TOKEN": "EAAB", "INSTAGRAM_API_BASE": "https://graph.instagram.com"},
            "token_host",
        ),
        ({"INSTAGRAM_API_BASE": "http://graph.example"}, "api_base"),
        ({"INSTAGRAM_USER_ID": "anna"}, "user_id"),
        ({"PRESSROOM_MEDIA_PORT": "http"}, "media_port"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(account: Shell, environ: dict[str, str], rule: str) -> None:
    result = account("publish", "photo", PICTURE, "--json", **environ)
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, rule)


def test_a_refusal_says_rule_value_and_limit_to_a_person(account: Shell) -> None:
    result = account("publish", "photo", PICTURE, INSTAGRAM_API_VERSION="26")
    assert result.err.splitlines()[-1] == "  Rule api_version: 26; allowed: v<major>.<minor>."


def test_a_limit_that_the_fix_names_is_not_said_again(account: Shell) -> None:
    result = account("schedule", "add", "photo", PICTURE, "--at", "sometime")
    assert result.err.splitlines()[-1] == "  Rule when: sometime."


def test_a_rule_without_a_value_shows_none(account: Shell) -> None:
    result = account("publish", "photo", PICTURE, INSTAGRAM_ACCESS_TOKEN="a b")
    assert result.err.splitlines()[-1] == "  Rule token; allowed: ASCII letters and digits."


def test_options_that_do_not_go_together_lead_to_the_help_of_their_command(shell: Shell) -> None:
    result = shell("insights", "show")
    assert result.err.splitlines()[-1] == "  See `pressroom insights show --help`."


def test_every_line_of_a_fix_stands_below_its_error(account: Shell, tmp_path: Path) -> None:
    make_poster(tmp_path / "a.jpg")
    real = replace(account, transport=None)
    result = real("publish", "photo", tmp_path / "a.jpg", INSTAGRAM_API_BASE="https://graph.instagram.com")
    error = result.err[result.err.index("Error: ") :]
    assert "export PRESSROOM_PUBLIC_URL" in error
    assert all(line.startswith("  ") for line in error.splitlines()[1:])


def test_a_sandbox_that_does_not_run_is_said_at_once(account: Shell) -> None:
    result = replace(account, transport=None)("publish", "photo", PICTURE, "--json")
    assert (result.code, result.out) == (ExitCode.FAILED, "")
    assert result.error["message"] == "Nothing answers at http://127.0.0.1:1."
    assert "`pressroom sandbox serve`" in result.error["fix"]


def test_of_a_stored_account_whose_sandbox_does_not_run_no_variable_is_named_that_is_not_set(
    account: Shell,
) -> None:
    sign_in(account)
    silent = replace(account, transport=None)
    assert "INSTAGRAM_API_BASE" in silent("publish", "photo", PICTURE, "--json").error["fix"]
    fix = replace(silent, environ={})("publish", "photo", PICTURE, "--json").error["fix"]
    assert "INSTAGRAM_API_BASE" not in fix
    assert "`pressroom sandbox serve`" in fix


def test_metas_trace_id_is_said(account: Shell) -> None:
    result = account("api", "GET", "17900000000009999")
    assert "Meta's trace id: A" in result.err


def test_a_mistake_of_ours_is_one_line_that_says_how_to_report_it(account: Shell) -> None:
    broken = replace(account, transport=Broken(KeyError("oops")))
    result = broken("api", "POST", "me")
    assert result.code == ExitCode.FAILED
    assert "Pressroom made a mistake (KeyError: 'oops')" in result.err
    assert "PRESSROOM_DEBUG=1" in result.err
    assert "Traceback" not in result.err


def test_debugging_shows_the_traceback_with_the_token_masked(account: Shell, sandbox: Sandbox) -> None:
    broken = replace(account, transport=Broken(ValueError(f"token {sandbox.token}")))
    result = broken("api", "POST", "me", PRESSROOM_DEBUG="1")
    assert "Traceback" in result.err
    assert "token ***" in result.err
    assert sandbox.token not in result.err


def test_an_error_of_the_system_names_the_file(shell: Shell, tmp_path: Path) -> None:
    result = replace(shell, home=tmp_path / "file" / "home")
    (tmp_path / "file").write_text("in the way")
    said = result("sandbox", "serve", "--detach", "--port", "0")
    assert said.code == ExitCode.FAILED
    assert str(tmp_path / "file") in said.err


def test_a_reader_that_is_gone_is_no_error() -> None:
    """As in `pressroom media list | head -1`: the work was done, and nothing complains."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w") as stream:
        write(stream, "too late")
        write(stream, "and again")


def test_every_letter_reaches_a_terminal_that_cannot_show_it() -> None:
    environ = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "pressroom", "media", "check", "güneş.jpg"],
        check=False,
        capture_output=True,
        text=True,
        env=environ,
    )
    assert done.returncode == ExitCode.REFUSED
    assert "Error: g\\xfcne\\u015f.jpg" in done.stderr


def every_command(
    command: click.Command, path: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(command, click.Group):
        return [(path, command)]
    context = click.Context(command)
    found: list[tuple[tuple[str, ...], click.Command]] = []
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        assert child is not None
        found += every_command(child, (*path, name))
    return found


@pytest.mark.parametrize(("path", "command"), every_command(root), ids=str)
def test_every_command_knows_json_quiet_and_verbose(path: tuple[str, ...], command: click.Command) -> None:
    options = {name for param in command.params for name in param.opts}
    assert {"--json", "--quiet", "--verbose"} <= options, path
    assert command.help
    assert "\\b" not in command.help, "click's mark is for click alone"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_that_help_shows_is_true_to_the_command(name: str) -> None:
    command = root.get_command(click.Context(root), name)
    assert command is not None
    assert command.name == name


@pytest.mark.parametrize("group", [schedule, queue], ids=lambda group: group.name)
def test_a_group_shows_the_first_sentence_of_each_of_its_commands(group: click.Group) -> None:
    assert isinstance(group, LazyGroup)
    for name, lazy in group.lazy.items():
        command = group.get_command(click.Context(group), name)
        assert command is not None
        assert lazy.help == command.get_short_help_str(limit=1000)


def test_the_names_of_commands_are_completed_without_their_commands() -> None:
    nowhere = {"show": Lazy("nowhere:show", "Show it."), "send": Lazy("nowhere:send", "Send it.")}
    group = LazyGroup("any", lazy=nowhere)
    with click.Context(group) as context:
        [completed] = group.shell_complete(context, "sh")
        assert (completed.value, completed.help) == ("show", "Show it.")
        assert [item.value for item in group.shell_complete(context, "--h")] == ["--help"]


def test_a_page_whose_reader_is_gone_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in `pressroom --help | head -1`."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert run(["--version"]) == ExitCode.FAILED


def test_help_lists_every_command_with_its_line(shell: Shell) -> None:
    shown = shell("--help").out
    assert all(
        f"  {name}" in shown and lazy.help.split(".")[0][:40] in shown for name, lazy in COMMANDS.items()
    )


def test_without_arguments_it_says_how_it_gets_on_the_path_unless_it_is_there(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    elsewhere = shell()
    assert "pipx install pressroom" in elsewhere.err + elsewhere.out

    program = tmp_path / "pressroom"
    program.touch(mode=0o755)
    found = shell()
    assert "pipx" not in found.err + found.out


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_the_completion_script_calls_us(shell: Shell, shell_name: str) -> None:
    result = shell("completion", shell_name)
    assert result.code == ExitCode.DONE
    assert "_PRESSROOM_COMPLETE" in result.out
    assert shell("completion", shell_name, "--json").json == {"shell": shell_name, "script": result.out[:-1]}


@pytest.mark.usefixtures("processes")
def test_a_shell_completes_commands_and_options() -> None:
    environ = {**os.environ, "_PRESSROOM_COMPLETE": "bash_complete"}

    def completed(words: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", "from pressroom.cli import main; main()"],
            check=False,
            capture_output=True,
            text=True,
            env={**environ, "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)},
        )
        return [line.split(",")[-1] for line in done.stdout.splitlines()]

    assert completed("pressroom pub") == ["publish"]
    assert completed("pressroom publish ") == ["photo", "reel", "carousel", "story"]
    assert "--caption" in completed("pressroom publish reel --cap")
