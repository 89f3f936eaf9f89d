"""What commands print as JSON has exactly the members that docs/reference/cli.md shows."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import pytest
from PIL import Image

from pressroom.cli.root import root
from pressroom.cli.shell.failures import ExitCode
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.settings import Settings
from pressroom.dispatch.locks import driver_lock
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.samples import make_poster
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import PICTURE, Result, Shell, environ_of
from tests.cli.insights import asked_of, experimented, noted, report_on, report_on_two
from tests.cli.planning import ADD, AT, leave_in_doubt, plan, sign_in
from tests.cli.shapes import PAGE, SHAPES, assert_documented
from tests.insights.export.kept import kept

pytestmark = pytest.mark.usefixtures("long_run")

# Held by the tests that run these as processes of their own.
ELSEWHERE = {
    "demo",
    "mcp --http",
    "watch",
    "watch change",
    "worker",
    "worker --log-format json",
    "worker notice",
    "worker letter",
    "serve",
    "serve link",
    "serve signout",
    "sandbox serve",
    "sandbox exec",
    "sandbox state show|import, sandbox reset",
    "sandbox state export",
    "sandbox seed",
    "sandbox clock",
    "sandbox fault add",
    "sandbox fault outage",
    "sandbox fault list|clear",
    "sandbox requests",
    "sandbox order",
    "sandbox replay",
}


def doubtful(shell: Shell) -> str:
    """Plan a post and leave it in doubt."""
    return leave_in_doubt(shell, plan(shell))


def with_a_doubt(shell: Shell, *args: str) -> Result:
    """Run a command on a store with one post, which is in doubt."""
    doubtful(shell)
    return shell(*args)


def put_back(shell: Shell, copy: Path) -> Result:
    """Put back a backup of a store with one post."""
    with_a_doubt(shell, "db", "backup", str(copy))
    return shell("db", "restore", str(copy), "--json")


def compared(shell: Shell) -> Result:
    """Make the report of two accounts."""
    report_on_two(shell)
    return shell("insights", "report", "--account", "default", "--account", "bergen", "--json")


def reported(shell: Shell) -> Result:
    """Make the report of an account with history, and an experiment."""
    report_on(shell)
    return shell("insights", "report", "--period", "28d", "--json")


def several(shell: Shell) -> Result:
    """Try several posts again, none of which allows it."""
    result = shell("queue", "retry", plan(shell), doubtful(shell), "--yes", "--json")
    assert result.code == ExitCode.REFUSED
    return replace(result, code=ExitCode.DONE)


def with_a_driver(shell: Shell, *args: str) -> Result:
    """Run a command on a store that a worker drives."""
    lock = driver_lock(Settings(home=shell.home))
    assert lock.take()
    try:
        return shell(*args)
    finally:
        lock.release()


def with_a_key(shell: Shell, *args: str) -> Result:
    """Run a command on a store with a key of a program."""
    assert replace(shell, is_attended=True)("keys", "add", "planner").code == ExitCode.DONE
    return shell(*args)


def exported(shell: Shell, directory: Path) -> Result:
    """Export insights of which something is kept."""
    kept(shell.home)
    return shell("insights", "export", "--output", directory / "insights", "--json")


def table(directory: Path) -> Path:
    """Write a table of one post."""
    (directory / "posts.csv").write_text(f"kind,sources,at\nphoto,{PICTURE},+2h\n")
    return directory / "posts.csv"


def moving(directory: Path) -> Path:
    """Write a clip."""
    frames = [Image.new("RGB", (90, 160), colour) for colour in ("red", "green", "blue")]
    frames[0].save(directory / "clip.gif", save_all=True, append_images=frames[1:], duration=1000)
    return directory / "clip.gif"


def with_slots(shell: Shell, *args: str) -> Result:
    """Run a command of an account's weekly slots."""
    sign_in(shell, "--tz", "Europe/Istanbul")
    shell("schedule", "slots", "add", "mon,wed 18:00")
    return shell("schedule", "slots", *args)


def no_wait(shell: Shell, *args: str) -> Result:
    """Run a command that ends with 7 as it should."""
    result = shell(*args)
    assert result.code == ExitCode.STILL_PROCESSING
    return replace(result, code=ExitCode.DONE)


def off_a_terminal(shell: Shell) -> Shell:
    """Give a shell that is taken for a program."""
    return replace(shell, environ={**shell.environ, "PRESSROOM_REQUIRE_TERMINAL": "1"})


def comment(shell: Shell) -> tuple[str, ...]:
    """Name a call that is no GET."""
    media_id = shell("media", "list", "--json").json[0]["id"]
    return ("api", "POST", f"{media_id}/comments", "-f", "message=Hi")


def asked(shell: Shell, *args: str | Path) -> str:
    """Have a program want something, and give the proposal's id."""
    return off_a_terminal(shell)(*args, "--json").error["proposal_id"]


def approved(shell: Shell, *args: str | Path) -> Result:
    """Approve what a program wants."""
    return shell("approve", asked(shell, *args), "--json")


def with_a_proposal(shell: Shell, *args: str) -> Result:
    """Run a command on a store with a proposal about a post."""
    asked(shell, *ADD, PICTURE, *AT, "--first-comment", "#cats")
    return shell(*args)


def granted(shell: Shell) -> str:
    """Give a standing consent, and its id."""
    sign_in(shell)
    options = ("--verb", "publish", "--account", "default", "--per-day", "3", "--until", "2026-12-31")
    return shell("approve", "allow", "planner", *options, "--json").json[0]["grant_id"]


def with_a_grant(shell: Shell, *args: str) -> Result:
    """Run a command on a store with a standing consent."""
    granted(shell)
    return shell(*args)


def signed_in(shell: Shell, *args: str) -> Result:
    """Run a command a day after signing in."""
    sign_in(shell)
    shell.clock.advance(25 * 3600)
    return shell(*args, "--json")


def doctored(shell: Shell) -> Result:
    """Examine a session in which something is not in order."""
    signed_in(shell, "queue", "pause", "default", "--reason", "On hold")
    return shell("doctor", "--json")


FAILING = {"error": ExitCode.FAILED, "error, exit code 9": ExitCode.NEEDS_APPROVAL}


def pulled(shell: Shell, *command: str) -> Result:
    assert shell("insights", "pull").code == ExitCode.DONE
    return shell("insights", *command, "--json")


def a_media(shell: Shell) -> str:
    return shell("media", "list", "--json").json[0]["id"]


def with_facebook(shell: Shell) -> tuple[Shell, Sandbox]:
    """Return a shell with an account of Facebook Login, and its sandbox, which has one media."""
    played = SandboxSettings(token="EAAsandbox0123456789abcdef", login=LoginType.FACEBOOK, media=1)
    host = Sandbox(played, clock=shell.clock)
    transport = AsgiTransport(host.app, clock=shell.clock)
    return replace(shell, environ=environ_of(host), transport=transport), host


def deleted(shell: Shell) -> Result:
    """Delete a media; Instagram Login cannot."""
    account, host = with_facebook(shell)
    return account("media", "delete", host.media[0].id, "--yes", "--json")


COMMANDS: dict[str, Callable[[Shell, Path], Result]] = {
    "error": lambda shell, _: shell("api", "POST", "17900000000009999", "--json"),
    "error, exit code 9": lambda shell, _: off_a_terminal(shell)("publish", "photo", PICTURE, "--json"),
    "publish photo|reel|carousel|story": lambda shell, _: shell("publish", "photo", PICTURE, "--json"),
    "publish --idempotency-key": lambda shell, _: shell(
        "publish", "photo", PICTURE, "--idempotency-key", "k1", "--json"
    ),
    "publish --no-wait": lambda shell, _: no_wait(shell, "publish", "photo", PICTURE, "--no-wait", "--json"),
    "publish --dry-run": lambda shell, _: shell("publish", "photo", PICTURE, "--dry-run", "--json"),
    "schedule add photo|reel|carousel|story": lambda shell, poster: shell(*ADD, poster, *AT, "--json"),
    "schedule add --idempotency-key": lambda shell, poster: shell(
        *ADD, poster, *AT, "--idempotency-key", "k1", "--json"
    ),
    "schedule list": lambda shell, _: with_a_doubt(shell, "schedule", "list", "--json"),
    "schedule show": lambda shell, _: shell("schedule", "show", plan(shell), "--json"),
    "schedule move|reschedule|edit|duplicate|cancel|approve": lambda shell, _: shell(
        "schedule", "cancel", plan(shell), "--json"
    ),
    "schedule move|reschedule|cancel|approve of several, queue retry of several": lambda shell, _: several(
        shell
    ),
    "schedule slots list": lambda shell, _: with_slots(shell, "list", "--json"),
    "schedule slots add|remove": lambda shell, _: with_slots(shell, "remove", "monday 18:00", "--json"),
    "schedule import": lambda shell, poster: shell("schedule", "import", table(poster.parent), "--json"),
    "schedule export": lambda shell, _: with_a_doubt(shell, "schedule", "export", "--json"),
    "schedule export --output": lambda shell, poster: shell(
        "schedule", "export", "--output", poster.with_suffix(".csv"), "--json"
    ),
    "schedule template": lambda shell, poster: shell(
        "schedule", "template", poster.with_suffix(".csv"), "--json"
    ),
    "approve list": lambda shell, _: with_a_proposal(shell, "approve", "list", "--json"),
    "approve show": lambda shell, _: shell(
        "approve", "show", plan(shell, "--approval", "--first-comment", "#cats"), "--json"
    ),
    "approve ID...|decline": lambda shell, poster: approved(shell, *ADD, poster, *AT),
    "approve ID... of a call": lambda shell, _: approved(shell, *comment(shell)),
    "approve allow|allowed": lambda shell, _: with_a_grant(shell, "approve", "allowed", "--json"),
    "approve withdraw": lambda shell, _: shell("approve", "withdraw", granted(shell), "--json"),
    "approve agent-shells": lambda shell, _: shell("approve", "agent-shells", "on", "--json"),
    "approve require-terminal": lambda shell, _: shell("approve", "require-terminal", "on", "--json"),
    "queue status": lambda shell, _: with_a_doubt(shell, "queue", "status", "--json"),
    "queue health": lambda shell, _: with_a_driver(shell, "queue", "health", "--json"),
    "queue pause": lambda shell, _: signed_in(shell, "queue", "pause", "default", "--reason", "On hold"),
    "queue resume": lambda shell, _: signed_in(shell, "queue", "resume", "default"),
    "queue log": lambda shell, _: with_a_doubt(shell, "queue", "log", "--json"),
    "queue retry|resolve": lambda shell, _: shell(
        "queue", "resolve", doubtful(shell), "--not-published", "--unchecked", "--json"
    ),
    "queue reconcile": lambda shell, _: with_a_doubt(shell, "queue", "reconcile", "--json"),
    "media check": lambda shell, poster: shell("media", "check", poster, "--json"),
    "media convert FILE": lambda shell, poster: shell("media", "convert", poster, "--json"),
    "media convert FOLDER": lambda shell, poster: shell("media", "convert", poster.parent, "--json"),
    "media cover": lambda shell, poster: shell("media", "cover", moving(poster.parent), "--json"),
    "media audio": lambda shell, _: with_facebook(shell)[0]("media", "audio", "late", "--json"),
    "media list": lambda shell, _: shell("media", "list", "--json"),
    "media delete": lambda shell, _: deleted(shell),
    "insights show": lambda shell, _: shell("insights", "show", "--since", "1000d", "--json"),
    "insights pull": lambda shell, _: shell("insights", "pull", "--json"),
    "insights pull --all-accounts": lambda shell, _: shell("insights", "pull", "--all-accounts", "--json"),
    "insights pull --dry-run": lambda shell, _: shell("insights", "pull", "--dry-run", "--json"),
    "insights pull --stop": lambda shell, _: pulled(shell, "pull", "--stop"),
    "insights media": lambda shell, _: pulled(shell, "media", "--age", "7d"),
    "insights show --kept": lambda shell, _: pulled(shell, "show", a_media(shell), "--kept"),
    "insights compare": lambda shell, _: pulled(shell, "compare", a_media(shell)),
    "insights stories": lambda shell, _: asked_of(shell, "stories"),
    "insights best-time": lambda shell, _: asked_of(shell, "best-time"),
    "insights experiment start|status|stop": lambda shell, _: experimented(shell),
    "insights note add|remove": lambda shell, _: noted(shell),
    "insights note list": lambda shell, _: noted(shell, "list"),
    "insights account": lambda shell, _: pulled(shell, "account"),
    "insights audience": lambda shell, _: pulled(shell, "audience"),
    "insights growth": lambda shell, _: pulled(shell, "growth"),
    "insights definitions": lambda shell, _: shell("insights", "definitions", "--json"),
    "insights report": lambda shell, _: reported(shell),
    "insights report of several accounts": lambda shell, _: compared(shell),
    "insights export": lambda shell, poster: exported(shell, poster.parent),
    "sandbox stop": lambda shell, _: shell("sandbox", "stop", "--json"),
    "api --paginate": lambda shell, _: shell(
        "api", "GET", "me/media", "-f", "fields=id", "--paginate", "--json"
    ),
    "init": lambda shell, poster: shell("init", "--dir", poster.parent, "--json"),
    "skill install": lambda shell, poster: shell("skill", "install", "--dir", poster.parent, "--json"),
    "skill show": lambda shell, _: shell("skill", "show", "metrics", "--json"),
    "auth login": lambda shell, _: sign_in(shell),
    "auth login --all": lambda shell, _: sign_in(shell, "--all"),
    "auth switch": lambda shell, _: signed_in(shell, "auth", "switch", "default"),
    "auth zone": lambda shell, _: signed_in(shell, "auth", "zone", "Asia/Tokyo"),
    "auth language": lambda shell, _: signed_in(shell, "auth", "language", "en"),
    "auth permissions": lambda shell, _: signed_in(shell, "auth", "permissions"),
    "auth status": lambda shell, _: signed_in(shell, "auth", "status"),
    "auth refresh": lambda shell, _: signed_in(shell, "auth", "refresh"),
    "auth logout": lambda shell, _: signed_in(shell, "auth", "logout"),
    "doctor": lambda shell, _: doctored(shell),
    "doctor --probe": lambda shell, poster: shell(
        "doctor", "--probe", "--consent", "reads", "--facts", poster.with_suffix(".json"), "--json"
    ),
    "doctor --explain": lambda shell, _: shell("doctor", "--explain", "Invalid Scopes", "--json"),
    "db upgrade": lambda shell, _: with_a_doubt(shell, "db", "upgrade", "--json"),
    "db check": lambda shell, _: with_a_doubt(shell, "db", "check", "--json"),
    "db restore": lambda shell, poster: put_back(shell, poster.with_suffix(".db")),
    "db rotate-key": lambda shell, _: signed_in(shell, "db", "rotate-key"),
    "db adopt": lambda shell, _: with_a_doubt(shell, "db", "adopt", "--json"),
    "db backup": lambda shell, poster: with_a_doubt(
        shell, "db", "backup", str(poster.with_suffix(".db")), "--json"
    ),
    "keys add": lambda shell, _: replace(shell, is_attended=True)(
        "keys", "add", "planner", "--scope", "draft", "--until", "+90d", "--json"
    ),
    "keys list": lambda shell, _: with_a_key(shell, "keys", "list", "--json"),
    "keys revoke": lambda shell, _: with_a_key(shell, "keys", "revoke", "planner", "--json"),
    "completion": lambda shell, _: shell("completion", "zsh", "--json"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_answer_has_the_documented_members(
    account: Shell, sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    assert sandbox.media
    poster = tmp_path / "in" / "poster.png"
    poster.parent.mkdir()
    make_poster(poster)
    result = COMMANDS[name](account, poster)
    assert result.code == FAILING.get(name, ExitCode.DONE)
    assert_documented(name, json.loads(result.err if name in FAILING else result.out))


def test_nothing_is_possible_with_a_documented_post_that_is_cancelled() -> None:
    objects = re.findall(r'"state": "cancelled".*?"possible": (\[.*?\])', PAGE, re.DOTALL)
    assert set(objects) == {"[]"}


def test_every_documented_shape_is_held_by_a_test() -> None:
    assert set(SHAPES) == set(COMMANDS) | ELSEWHERE


def test_every_command_has_a_documented_shape() -> None:
    def paths(command: click.Command, path: str = "") -> list[str]:
        if not isinstance(command, click.Group):
            return [path.strip()]
        context = click.Context(command)
        children = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
        return [found for name, child in children if child for found in paths(child, f"{path} {name}")]

    documented = " ".join(SHAPES)
    for path in paths(root):
        assert all(word in documented for word in path.split()), path


def test_every_exit_code_is_documented() -> None:
    for code in ExitCode:
        assert f"| {code.value} |" in PAGE
