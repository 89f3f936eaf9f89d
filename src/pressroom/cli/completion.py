"""`pressroom completion`: prints the script with which a shell completes our commands."""

import click
from click.shell_completion import get_completion_class

from pressroom.cli.front import COMPLETE
from pressroom.cli.root import root
from pressroom.cli.shapes import ScriptShape
from pressroom.cli.shell.command import Command, Invocation

_SHELLS = ("bash", "zsh", "fish")


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_obj
def completion(invocation: Invocation, shell: str) -> None:
    """Print the script with which SHELL completes commands, files, posts, accounts, zones and the like.

    bash: eval "$(pressroom completion bash)", in ~/.bashrc to keep it; zsh alike. fish: pressroom completion
    fish > ~/.config/fish/completions/pressroom.fish
    """
    completion_class = get_completion_class(shell)
    assert completion_class is not None
    script = completion_class(root, {}, "pressroom", COMPLETE).source()
    invocation.console.answer(ScriptShape(shell=shell, script=script), script)
