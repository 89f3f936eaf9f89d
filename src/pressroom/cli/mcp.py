"""`pressroom mcp`: serves agents over the Model Context Protocol."""

import asyncio
import contextlib
import gc
import os
import sys
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pressroom.cli.shapes import ServedShape
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.listening import listening
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.address import LOOPBACK
from pressroom.core.errors import Refused
from pressroom.core.installation import how_to_install

if TYPE_CHECKING:
    from pressroom.mcp.context import ToolContext
    from pressroom.service import Pressroom
    from pressroom.service.programs.programs import Program

USUAL_PORT: Final = 8485


class _Wire(Command):
    """A command whose stdout is the client's, and whose log is read by machines."""

    stopping: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """What the command line says of a server."""

    folders: tuple[Path, ...]
    accounts: tuple[str, ...]
    name: str
    works: bool
    port: int
    host: str


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
    help="What the agent is called in approvals and in the journal. Over HTTP its key says that.",
)
@click.option("--worker", "works", is_flag=True, help="Publish here what is let go, as a worker does.")
@click.option("--http", "is_http", is_flag=True, help="Serve agents that show a key of `pressroom keys add`.")
@click.option("--host", default=LOOPBACK, show_default=True, help="Address of this machine for --http.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=USUAL_PORT,
    show_default=True,
    help="Port for --http; 0 takes any.",
)
@click.pass_obj
async def mcp(invocation: Invocation, *, is_http: bool, **options: object) -> None:
    r"""Let an agent plan, measure and ask, over stdin and stdout, or over HTTP.

    A client starts it. The agent is a program: nothing it wants goes out before a person approves it.

    \b
    claude mcp add pressroom -- pressroom mcp --allow ~/Pictures --worker
    pressroom mcp --http
    """
    if find_spec("mcp") is None:
        raise Refused(
            "An agent is served by the package mcp, which is not installed here.",
            rule="mcp_extra",
            value="mcp",
            limit="pressroom[mcp]",
            fix=how_to_install("mcp"),
        )
    # A fifth of the start is looking for garbage among what is being imported.
    gc.disable()
    serve = _over_http if is_http else _over_stdio
    await serve(invocation, _Options(**options))  # pyright: ignore[reportArgumentType]  # as click read them


async def _over_stdio(invocation: Invocation, options: _Options) -> None:
    from pressroom.mcp.server import serve  # noqa: PLC0415  # loads the SDK
    from pressroom.service.programs.programs import Program, Sessions  # noqa: PLC0415  # loads the session

    gc.enable()
    actor = Actor(ActorKind.PROGRAM, options.name)
    # One session works for all accounts, since one worker drives a machine's store.
    first = options.accounts[0] if options.accounts else None

    def opens(account: str | None) -> "Pressroom":
        return invocation.session(account, actor=actor, works=options.works and account == first)

    async with aclosing(Sessions(opens, options.accounts)) as sessions:
        context = _context(invocation, options, Program(actor=actor, sessions=sessions))
        if sys.stdin.isatty():
            invocation.console.note("A client starts this and speaks MCP to it. Ctrl-C ends it.")
        if options.works:
            await sessions.of()
        await serve(context)


async def _over_http(invocation: Invocation, options: _Options) -> None:
    from pressroom.mcp.context import Folders  # noqa: PLC0415  # loads what tools share
    from pressroom.mcp.http import PATH, mounted  # noqa: PLC0415  # loads the SDK
    from pressroom.service.programs.programs import Programs  # noqa: PLC0415  # loads the session
    from pressroom.serving.guard import Guard  # noqa: PLC0415  # loads a server
    from pressroom.serving.limits import Limits, limited  # noqa: PLC0415  # the same
    from pressroom.serving.rates import Rates  # noqa: PLC0415  # the same
    from pressroom.serving.runner import running  # noqa: PLC0415  # the same
    from pressroom.serving.sockets import address_of  # noqa: PLC0415  # the same

    gc.enable()
    folders = Folders.of(options.folders)

    def opens(actor: Actor, account: str | None) -> "Pressroom":
        return invocation.session(account, actor=actor)

    async with (
        invocation.session(works=options.works) as owner,
        aclosing(Programs(owner, opens, options.accounts, clock=invocation.runtime.clock)) as programs,
        mounted(
            programs,
            partial(_context, invocation, options),
            folders,
            takes=Rates(owner.settings.api_rate_per_minute, invocation.runtime.clock).take,
        ) as app,
    ):
        listener = listening(options.host, options.port)
        address = address_of(listener)
        async with running(Guard(app), listener, limited(Limits.of(owner.settings))):
            shape = ServedShape(url=f"{address}{PATH}", pid=os.getpid(), worker=options.works)
            words = f"Agents with a key are served at {address}{PATH}. Ctrl-C ends it."
            invocation.console.answer(shape, words)
            # A signal is how it ends well.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.get_running_loop().create_future()


def _context(invocation: Invocation, options: _Options, program: "Program") -> "ToolContext":
    from pressroom.mcp.context import Folders, ToolContext  # noqa: PLC0415  # loads what tools share

    return ToolContext(
        program=program,
        folders=Folders.of(options.folders),
        mask=invocation.console.mask,
        clock=invocation.runtime.clock,
    )
