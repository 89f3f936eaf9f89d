"""`pressroom` itself: the names of its commands. Imports nothing but click."""

import click

from pressroom.cli.shell.lazy import Lazy, LazyGroup
from pressroom.version import __version__

# Name and help line of each command, so that `--help` and completion import none of them.
COMMANDS = {
    "demo": Lazy("demo:demo", "Publish and measure on a sandbox of its own; needs no account."),
    "publish": Lazy("posts.publish:publish", "Publish a photo, reel, carousel or story now."),
    "schedule": Lazy("posts.schedule:schedule", "Plan posts, move them, and let them go."),
    "approve": Lazy("posts.approve:approve", "Let out what programs want, and posts held back."),
    "serve": Lazy("serve:serve", "Serve the page on which people decide what programs proposed."),
    "queue": Lazy("posts.queue:queue", "See how the work stands, and repair what needs a person."),
    "worker": Lazy("worker:worker", "Publish what is due, until stopped."),
    "auth": Lazy("accounts.auth:auth", "Sign accounts in and out, and see how their tokens stand."),
    "media": Lazy("media.group:media", "Check and convert files, and list what is published."),
    "insights": Lazy("insights.group:insights", "Read the numbers of what is published, and compare them."),
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

# click's name for the variable by which a shell asks for completions.
COMPLETE = "_PRESSROOM_COMPLETE"
_WAYS_ONTO_THE_PATH = [
    ("pipx install pressroom", "For your user, in an environment of its own."),
    ("uv tool install pressroom", "The same with uv."),
    ("pip install pressroom", "In a project, whose environment is active."),
    ("pipx ensurepath", "Once it is installed by pipx; by uv: uv tool update-shell."),
]


class _Root(LazyGroup):
    """The commands, and how they get on the PATH for whoever started them from elsewhere."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what follows the list of commands."""
        from shutil import which  # noqa: PLC0415  # a fifth of the start, and needed here alone

        if which("pressroom") is None:
            with formatter.section(
                "The shell does not find it by itself yet (in a clone, `.` for `pressroom`)"
            ):
                formatter.write_dl(_WAYS_ONTO_THE_PATH)


@click.group(
    cls=_Root,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="pressroom", message="%(prog)s %(version)s")
def root() -> None:
    """Publish to Instagram and measure it: never twice, never lost.

    The account comes from INSTAGRAM_ACCESS_TOKEN and INSTAGRAM_USER_ID; without one, try `pressroom demo`.
    """
