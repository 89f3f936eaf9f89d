"""`pressroom mcp`: serves agents over the Model Context Protocol."""

import gc
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from pressroom.cli.shell.command import Command
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.errors import Refused


class _Wire(Command):
    """Its stdout is the client's, and what it logs is read by machines."""

    stopping: str | None = None


@click.command(cls=_Wire)
@click.option(
    "--allow",
    "folders",
    multiple=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder whose files the agent may use; may be repeated. Without it only addresses.",
)
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="NAME",
    help="Stored account the agent may act for; may be repeated. Without it any.",
)
@click.option(
    "--name",
    default="mcp",
    show_default=True,
    help="What the agent is called in approvals and in the journal.",
)
@click.option("--worker", "works", is_flag=True, help="Publish here what is let go, as a worker does.")
@click.pass_obj
async def mcp(
    invocation: Invocation, folders: tuple[Path, ...], accounts: tuple[str, ...], name: str, *, works: bool
) -> None:
    r"""Let an agent plan, measure and ask, over stdin and stdout.

    A client starts it. The agent is a program: nothing it wants goes out before a person approves it.

    \b
    claude mcp add pressroom -- pressroom mcp --allow ~/Pictures --worker
    """
    actor = Actor(ActorKind.PROGRAM, name)
    _require_extra()
    if sys.stdin.isatty():
        invocation.console.note(
            "This speaks MCP to a client that starts it; nothing happens here. Ctrl-C ends it."
        )
    gc.disable()  # a fifth of the start is looking for garbage among what is being imported
    from pressroom.mcp.context import ToolContext  # noqa: PLC0415  # loads the SDK
    from pressroom.mcp.folders import Folders  # noqa: PLC0415  # the same
    from pressroom.mcp.sessions import Sessions  # noqa: PLC0415  # the same
    from pressroom.mcp.stdio import serve  # noqa: PLC0415  # the same

    gc.enable()
    first = accounts[0] if accounts else None
    sessions = Sessions(
        lambda account: invocation.session(account, actor=actor, works=works and account == first), accounts
    )
    async with sessions:
        if works:
            await sessions.of()
        await serve(
            ToolContext(
                sessions=sessions,
                folders=Folders.of(folders),
                mask=invocation.console.mask,
                clock=invocation.runtime.clock,
            )
        )


def _require_extra() -> None:
    if find_spec("mcp") is None:
        raise Refused(
            "An agent is served by the package mcp, which is not installed here.",
            rule="mcp_extra",
            value="mcp",
            limit="pressroom[mcp]",
            fix="Install it: `pip install 'pressroom[mcp]'`.",
        )
