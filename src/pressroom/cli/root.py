"""`pressroom` itself, by click, and groups whose commands are imported when one of them is run.

It imports none of its commands: by `COMMANDS` of `front` it knows their names and their lines of the help.
"""

import gc
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
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
    WIDEST,
    Lazy,
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
            from difflib import get_close_matches  # noqa: PLC0415  # only where a name is mistyped

            # click suggests from `self.commands` alone, which is empty in a lazy group.
            meant = get_close_matches(args[0], self.lazy, n=1)
            if not meant:
                raise
            raise click.UsageError(f"{error.message} Did you mean {meant[0]!r}?", ctx) from None

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


class _Root(LazyGroup):
    """The commands, and how they get on the PATH for whoever started them from elsewhere."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what follows the list of commands."""
        if not is_on_the_path():
            with formatter.section(UNFOUND):
                formatter.write_dl(WAYS_ONTO_THE_PATH)


@click.group(
    cls=_Root,
    lazy=COMMANDS,
    help=ABOUT,
    context_settings={"help_option_names": list(HELP_OPTIONS), "max_content_width": WIDEST},
)
@click.option(AS, "program", metavar="NAME", help=AS_HELP)
@click.version_option(__version__, prog_name="pressroom", message="%(prog)s %(version)s")
@click.pass_context
def root(ctx: click.Context, *, program: str | None) -> None:
    """Find the command."""
    if program is None:
        return
    from pressroom.cli.shell.invocation import Runtime  # noqa: PLC0415  # where somebody says who they are
    from pressroom.core.actor import Actor, ActorKind  # noqa: PLC0415  # the same

    runtime = ctx.obj if isinstance(ctx.obj, Runtime) else Runtime()
    ctx.obj = replace(runtime, program=Actor(ActorKind.PROGRAM, program))
