"""`pressroom` itself, by click. Imports none of its commands."""

import click

from pressroom.cli.front import (
    ABOUT,
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
@click.version_option(__version__, prog_name="pressroom", message="%(prog)s %(version)s")
def root() -> None:
    """Find the command."""
