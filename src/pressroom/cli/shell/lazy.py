"""A group of commands that are imported when one of them is run."""

import gc
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import click
from click.shell_completion import CompletionItem

from pressroom.cli.front import Lazy


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
        found = self.lazy.get(cmd_name)
        if found is None:
            return None
        module, _, attribute = found.target.partition(":")
        return getattr(_imported(f"pressroom.cli.{module}"), attribute)

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


def _imported(name: str) -> ModuleType:
    """Import a module without collections meanwhile, a twentieth of a start: what it defines stays anyway."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        return import_module(name)
    finally:
        if was_on:
            gc.enable()
