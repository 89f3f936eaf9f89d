"""`pressroom` itself, by click, and its groups, whose commands are imported when they are run.

A group knows the names and help lines of its commands and imports none of them, so that neither help nor
completion loads one, and a list loads nothing that publishes (docs/decisions/0029).
"""

import gc
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from pressroom.cli.front import (
    ABOUT,
    AS,
    AS_HELP,
    COMMANDS,
    HELP_OPTIONS,
    UNFOUND,
    WAYS_ONTO_THE_PATH,
    Lazy,
    help_width,
    is_on_the_path,
)
from pressroom.version import __version__


class LazyGroup(click.Group):
    """A group that knows names and help lines of its commands: neither help nor completion imports them."""

    def __init__(self, *args: Any, lazy: Mapping[str, Lazy], **more: Any) -> None:  # noqa: ANN401  # click's own
        super().__init__(*args, **more)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Name the commands in the order in which they were declared."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command; None for an unknown name."""
        if cmd_name not in self.lazy:
            return None
        module, _, attribute = self.lazy[cmd_name].target.partition(":")
        # Without collections meanwhile, a twentieth of a start: what a module defines stays anyway.
        was_on = gc.isenabled()
        gc.disable()
        try:
            return getattr(import_module(f"pressroom.cli.{module}"), attribute)
        finally:
            if was_on:
                gc.enable()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for an unknown name suggest a similar one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            command = self._meant_by(args[0])
            if not command:
                raise
            raise click.UsageError(f"{error.message} Did you mean {command}?", ctx) from None

    def _meant_by(self, word: str) -> str | None:
        """Return the command of a mistyped name, of another program's word, or of another group."""
        from difflib import get_close_matches  # noqa: PLC0415  # only where a name is mistyped

        synonyms = _SYNONYMS.get(self.name or "", {})
        if word in synonyms:
            return f"`pressroom {synonyms[word]}`"
        groups = {"": COMMANDS, "schedule ": SCHEDULE, "queue ": QUEUE, "insights ": INSIGHTS}
        elsewhere = [f"`pressroom {group}{word}`" for group, names in groups.items() if word in names]
        if elsewhere:
            return " or ".join(elsewhere)
        with suppress(OSError):  # too long for a name
            if Path(word).is_file():
                return "`pressroom publish FILE`"
        # click suggests from `self.commands` alone, which is empty in a lazy group.
        (close,) = get_close_matches(word, [*self.lazy, *synonyms], n=1) or [""]
        return f"`pressroom {synonyms[close]}`" if close in synonyms else repr(close) if close else None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names of commands, and this group's options."""
        # click's own version would import each command for its help text.
        names = [name for name in self.lazy if name.startswith(incomplete)]
        commands = [CompletionItem(name, help=self.lazy[name].help) for name in names]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the help's list of commands."""
        # click's own version would import each command for its help text.
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in self.lazy.items()])


# What people type for our commands, by the group they type it in. A command of the lists below is found
# without a row here, whatever group it is typed in.
_SYNONYMS: Mapping[str, Mapping[str, str]] = {
    "root": {
        "post": "publish",
        "upload": "publish",
        "share": "publish",
        "send": "publish",
        "photo": "publish photo",
        "picture": "publish photo",
        "image": "publish photo",
        "reel": "publish reel",
        "video": "publish reel",
        "clip": "publish reel",
        "carousel": "publish carousel",
        "album": "publish carousel",
        "story": "publish story",
        "plan": "schedule add",
        "posts": "schedule list",
        "login": "auth login",
        "logout": "auth logout",
        "account": "auth status",
        "accounts": "auth status",
        "check": "media check",
        "convert": "media convert",
        "stats": "insights show",
        "metrics": "insights show",
        "analytics": "insights show",
        "backup": "db backup",
        "help": "--help",
        "version": "--version",
    },
    "schedule": {
        "post": "schedule add",
        "photo": "schedule add photo",
        "reel": "schedule add reel",
        "carousel": "schedule add carousel",
        "story": "schedule add story",
        "delete": "schedule cancel",
        "remove": "schedule cancel",
    },
}


class _Root(LazyGroup):
    """The commands, and how they get on the PATH for whoever started them from elsewhere."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401  # click's own
    ) -> click.Context:
        """Parse the words before the command; help fits the terminal, also below click's 50 cells."""
        return super().make_context(info_name, args, parent, terminal_width=help_width(), **extra)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what follows the list of commands."""
        if not is_on_the_path():
            with formatter.section(UNFOUND):
                formatter.write_dl(WAYS_ONTO_THE_PATH)


@click.group(
    cls=_Root,
    lazy=COMMANDS,
    help=ABOUT,
    context_settings={"help_option_names": list(HELP_OPTIONS)},
)
@click.option(AS, "program", metavar="NAME", help=AS_HELP)
@click.version_option(__version__, prog_name="pressroom", message="%(prog)s %(version)s")
@click.pass_context
def root(ctx: click.Context, *, program: str | None) -> None:
    """Find the command."""
    if program is None:
        return
    from pressroom.cli.shell.command import Runtime  # noqa: PLC0415  # where somebody says who they are
    from pressroom.core.actor import Actor, ActorKind  # noqa: PLC0415  # the same

    runtime = ctx.obj if isinstance(ctx.obj, Runtime) else Runtime()
    ctx.obj = replace(runtime, program=Actor(ActorKind.PROGRAM, program, is_claimed=True))


SCHEDULE = {
    "add": Lazy("posts.planning:add", "Plan a photo, reel, carousel or story."),
    "list": Lazy(
        "posts.listing:list_posts",
        "List posts by due time: those that are still to go out, or that need a person.",
    ),
    "show": Lazy(
        "posts.listing:show",
        "Show a post's history: what was done, what Instagram said, and what happens next and when.",
    ),
    "move": Lazy(
        "posts.changing:move",
        "Give a post that is still to go out another due time, or shift several; nothing else changes.",
    ),
    "reschedule": Lazy(
        "posts.changing:reschedule",
        "Plan a post again that failed, was missed or came too late, or several.",
    ),
    "edit": Lazy("posts.changing:edit", "Change what a post shows that has not gone out."),
    "duplicate": Lazy(
        "posts.changing:duplicate",
        "Make an open draft that shows what a post shows, whatever became of that post.",
    ),
    "cancel": Lazy("posts.changing:cancel", "Call off a post that is not live, or several."),
    "approve": Lazy(
        "posts.changing:approve",
        "Let a draft, or posts that await approval, go out at their due times, as `pressroom approve` does.",
    ),
    "slots": Lazy("posts.planning:slots", "Keep the weekly slots of an account, in its own zone."),
    "import": Lazy(
        "posts.tables:import_posts",
        "Plan the posts of a table, and change those it names by their post_id.",
    ),
    "export": Lazy(
        "posts.tables:export_posts",
        "Write posts as a table that `pressroom schedule import` reads: CSV, JSON or xlsx.",
    ),
    "template": Lazy(
        "posts.tables:write_template",
        "Write a table to start from, with two posts as examples: CSV, JSON or xlsx.",
    ),
}


@click.group(cls=LazyGroup, lazy=SCHEDULE)
def schedule() -> None:
    """Plan posts, move them, and let them go.

    A post is named by its id, or by four characters or more that it starts with.
    """


QUEUE = {
    "status": Lazy(
        "posts.work:status",
        "Show whether a worker runs, what is due, what is late, and which accounts and posts need a person.",
    ),
    "health": Lazy(
        "posts.work:tell_health",
        "Say whether the work gets done, for a monitor.",
    ),
    "retry": Lazy(
        "posts.changing:retry",
        "Try a failed, missed or late post at once, from the start; or several.",
    ),
    "resolve": Lazy("posts.changing:resolve", "Say whether a post whose outcome is unknown is live."),
    "reconcile": Lazy(
        "posts.changing:reconcile",
        "Have Instagram asked once more about posts whose outcome is unknown: by default about all of them.",
    ),
    "pause": Lazy(
        "posts.changing:pause",
        "Keep an account from publishing until somebody resumes it; its posts stay where they are.",
    ),
    "resume": Lazy(
        "posts.changing:resume",
        "End the pause of an account: one that somebody made, else the one after an error of Instagram's.",
    ),
    "log": Lazy("posts.work:show_trail", "Show who did what to posts and accounts, the newest first."),
}


@click.group(cls=LazyGroup, lazy=QUEUE)
def queue() -> None:
    """See how the work stands, and repair what needs a person."""


INSIGHTS = {
    "show": Lazy("insights.reading:show", "Show the numbers of media, as Instagram gives them now."),
    "pull": Lazy("insights.reading:pull", "Read what is due, and keep it; a worker goes on with that."),
    "media": Lazy("insights.kept:media", "List what is kept of posts, at an equal age."),
    "compare": Lazy("insights.kept:compare", "Compare posts, or groups of them, at an equal age."),
    "stories": Lazy("insights.kept:stories", "List kept stories: views, exits, taps, completion."),
    "best-time": Lazy("insights.timing:best_time", "Ask whether hours, weekdays or kinds matter for reach."),
    "experiment": Lazy("insights.timing:experiment", "Let two slots take turns, and compare them."),
    "account": Lazy(
        "insights.account:account", "Tell an account's days, and a period against the one before."
    ),
    "audience": Lazy("insights.account:audience", "Tell who the followers are, and who engaged."),
    "growth": Lazy("insights.account:growth", "Tell how followers moved, each day and after each post."),
    "report": Lazy("insights.writing:report", "Write a period as one page that people read."),
    "export": Lazy("insights.writing:export", "Write what is kept as tables: CSV, JSON, Parquet, DuckDB."),
    "note": Lazy("insights.noting:note", "Note what changed about a metric; reports show it."),
    "definitions": Lazy("insights.account:definitions", "Tell what each metric counts."),
}


@click.group(cls=LazyGroup, lazy=INSIGHTS)
def insights() -> None:
    """Read the numbers of what is published, keep them, and compare."""
