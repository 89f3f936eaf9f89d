"""`pressroom` itself, by click. Imports none of its commands."""

from dataclasses import replace

import click

from pressroom.cli.front import (
    ABOUT,
    AS,
    AS_HELP,
    COMMANDS,
    HELP_OPTIONS,
    UNFOUND,
    WAYS_ONTO_THE_PATH,
    WIDEST,
    is_on_the_path,
)
from pressroom.cli.shell.lazy import LazyGroup
from pressroom.version import __version__


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
    from pressroom.cli.shell.runtime import Runtime  # noqa: PLC0415  # where somebody says who they are
    from pressroom.core.actor import Actor, ActorKind  # noqa: PLC0415  # the same

    runtime = ctx.obj if isinstance(ctx.obj, Runtime) else Runtime()
    ctx.obj = replace(runtime, program=Actor(ActorKind.PROGRAM, program))
