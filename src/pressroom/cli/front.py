"""What `pressroom` says of itself: its version, and the names of its commands. Printed without click.

An import of click takes three times what an empty Python does, and these two lines of a command need none of
it. `root` says the same by click where other options stand beside them.
"""

import os
import textwrap
from collections.abc import Sequence
from shutil import get_terminal_size, which
from typing import Final, NamedTuple

from pressroom.version import __version__

# click's name for the variable by which a shell asks for completions.
COMPLETE: Final = "_PRESSROOM_COMPLETE"
# The most, however wide it is.
_WIDEST: Final = 100
# The fewest cells of a line, however narrow the terminal is: names of options stand beside their texts.
_NARROWEST: Final = 38
HELP_OPTIONS: Final = ("-h", "--help")
AS: Final = "--as"
AS_HELP: Final = "Run it as a program of this name, which needs a person's approval."
ABOUT: Final = """Publish to Instagram and measure it: never twice, never lost.

The account comes from INSTAGRAM_ACCESS_TOKEN and INSTAGRAM_USER_ID; without one, try `pressroom demo`.
"""


class Lazy(NamedTuple):
    """A command's place in `pressroom.cli`, as `module:attribute`, and its line in the help."""

    target: str
    help: str


# Name and help line of each command, so that `--help` and completion import none of them.
COMMANDS = {
    "demo": Lazy("demo:demo", "Publish and measure on a sandbox of its own; needs no account."),
    "publish": Lazy("posts.publish:publish", "Publish a photo, reel, carousel or story now."),
    "schedule": Lazy("root:schedule", "Plan posts, move them, and let them go."),
    "approve": Lazy("posts.approve:approve", "Let out what programs want, and posts held back."),
    "serve": Lazy("serve:serve", "Serve the page on which people decide what programs proposed."),
    "queue": Lazy("root:queue", "See how the work stands, and repair what needs a person."),
    "watch": Lazy("posts.watching:watch", "Show each change of the store as it happens."),
    "worker": Lazy("worker:worker", "Publish what is due, until stopped."),
    "auth": Lazy("accounts.auth:auth", "Sign accounts in and out, and see how their tokens stand."),
    "media": Lazy("media:media", "Check and convert files, and list what is published."),
    "insights": Lazy("root:insights", "Read the numbers of what is published, and compare them."),
    "mcp": Lazy("mcp:mcp", "Let an agent plan, measure and ask, over MCP."),
    "keys": Lazy("keys:keys", "Give programs keys for MCP over HTTP, and take them back."),
    "sandbox": Lazy("sandbox.group:sandbox", "Run a local simulator of the API."),
    "api": Lazy("accounts.api:api", "Make any call of the API and print its answer."),
    "init": Lazy("init:init", "Write the helper modules into a project."),
    "skill": Lazy("skill.group:skill", "Give agents the skill that says how to use all this."),
    "doctor": Lazy("doctor:doctor", "Find what is wrong before Instagram does."),
    "db": Lazy("db:db", "Upgrade, check and back up the store."),
    "completion": Lazy("completion:completion", "Print the completion script of a shell."),
}

_OPTIONS: Final = [
    (f"{AS} NAME", AS_HELP),
    ("--version", "Show the version and exit."),
    (", ".join(HELP_OPTIONS), "Show this message and exit."),
]
UNFOUND: Final = "The shell does not find it by itself yet (in a clone, `.` for `pressroom`)"
WAYS_ONTO_THE_PATH = [
    ("pipx install pressroom", "For your user, in an environment of its own."),
    ("uv tool install pressroom", "The same with uv."),
    ("pip install pressroom", "In a project, whose environment is active."),
    ("pipx ensurepath", "Once it is installed by pipx; by uv: uv tool update-shell."),
]


def page_of(args: Sequence[str]) -> str | None:
    """Return what is printed for a command line of `--version` or `--help` alone; None for any other."""
    if len(args) != 1 or COMPLETE in os.environ:
        return None
    if args[0] == "--version":
        return f"pressroom {__version__}"
    if args[0] not in HELP_OPTIONS:
        return None

    # As click lays it out.
    width = help_width()
    commands = [(name, command.help) for name, command in COMMANDS.items()]
    usage = "Usage: pressroom "
    parts = [
        textwrap.fill(
            f"{usage}[OPTIONS] COMMAND [ARGS]...",
            width,
            subsequent_indent=" " * len(usage),
            break_on_hyphens=False,
        )
    ]
    parts += ["\n".join(_wrapped(text, width, "  ")) for text in ABOUT.strip().split("\n\n")]
    parts += [_section("Options", _OPTIONS, width), _section("Commands", commands, width)]
    if not is_on_the_path():
        parts.append(_section(UNFOUND, WAYS_ONTO_THE_PATH, width))
    return "\n\n".join(parts)


def help_width() -> int:
    """Return how many cells a line of help takes at most: two fewer than the terminal has."""
    return max(min(get_terminal_size().columns, _WIDEST) - 2, _NARROWEST)


def is_on_the_path() -> bool:
    """Tell whether the shell finds `pressroom` by its name."""
    return which("pressroom") is not None


def _section(title: str, rows: Sequence[tuple[str, str]], width: int) -> str:
    column = max(len(name) for name, _ in rows) + 2
    lines = [f"{title}:"]
    for name, text in rows:
        # As click does: texts get ten cells, however narrow the terminal is.
        first, *rest = _wrapped(text, max(width - column - 2, 10))
        lines.append(f"  {name:{column}}{first}")
        lines += [f"  {'':{column}}{line}" for line in rest]
    return "\n".join(lines)


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent)
