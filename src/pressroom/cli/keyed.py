"""What programs reach by a key beside the pages of `pressroom serve`: the HTTP API, and the tools for agents.

Each is loaded when it is first asked for: neither the pages nor a worker inside wait for it.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp

from pressroom.api.operation import BASE as API
from pressroom.cli.shell.command import Invocation
from pressroom.core.actor import Actor
from pressroom.service.programs.programs import Program, Programs
from pressroom.serving.guard import Guard, refuse_as_problem
from pressroom.serving.later import Later
from pressroom.serving.limits import Pace
from pressroom.serving.parts import shared
from pressroom.serving.rates import Rates, Takes
from pressroom.serving.reach import Reach

if TYPE_CHECKING:
    from pressroom.mcp.context import Folders
    from pressroom.service import Pressroom

MCP: Final = "/mcp"
PACES: Final = dict.fromkeys((f"{API}/uploads/", "/uploads/"), Pace(20.0, bytes_per_s=10_000))
"""What holds for bodies by how a path begins: a file may take as long as it takes, at a rate."""

# Not how to install it: strangers read this, and that names a folder of this machine.
_NO_MCP: Final = refuse_as_problem(
    "No agents are served here: Pressroom's extra mcp is not installed.",
    501,
    fix="Who runs the server installs it.",
)


def has_mcp() -> bool:
    """Tell whether the package that speaks to agents is installed."""
    return find_spec("mcp") is not None


@asynccontextmanager
async def opened_to_programs(
    invocation: Invocation,
    owner: "Pressroom",
    *,
    reach: Reach,
    origins: frozenset[str],
    folders: tuple[Path, ...],
) -> AsyncGenerator[Mapping[str, ASGIApp]]:
    """Give the apps of programs, by their paths.

    owner: an open session, for the keys. origins: sites whose pages may use the API. folders: whose files
    agents may use. Raises Refused for one that is not there.
    """
    from pressroom.mcp.context import Folders  # noqa: PLC0415  # a face of its own

    allowed = Folders.of(folders)

    def opens(actor: Actor, account: str | None) -> "Pressroom":
        return invocation.session(account, actor=actor)

    # Never the page's session, which is a person's.
    programs = Programs(owner, opens, clock=invocation.runtime.clock)
    # One for both: what a key asks of the one counts for the other.
    takes = Rates(owner.settings.api_rate_per_minute, invocation.runtime.clock).take
    api = Later(lambda: _api(invocation, programs, takes))
    mcp = Later(lambda: _mcp(invocation, programs, takes, allowed))
    async with aclosing(programs), api, mcp:
        yield {
            "/api": Guard(shared(api, origins), reach.hosts, origins=origins, refuse=refuse_as_problem),
            MCP: Guard(mcp if has_mcp() else _NO_MCP, reach.hosts),
        }


@asynccontextmanager
async def _api(invocation: Invocation, programs: Programs, takes: Takes) -> AsyncGenerator[ASGIApp]:
    await asyncio.to_thread(import_module, "pressroom.api.app")
    from pressroom.api.app import api_app  # noqa: PLC0415  # loaded by now, in a thread

    yield api_app(programs, mask=invocation.console.mask, takes=takes)


@asynccontextmanager
async def _mcp(
    invocation: Invocation, programs: Programs, takes: Takes, folders: "Folders"
) -> AsyncGenerator[ASGIApp]:
    await asyncio.to_thread(import_module, "pressroom.mcp.http")
    from pressroom.mcp.context import ToolContext  # noqa: PLC0415  # loaded by now, in a thread
    from pressroom.mcp.http import mounted  # noqa: PLC0415  # the same

    def makes(program: Program) -> ToolContext:
        mask, clock = invocation.console.mask, invocation.runtime.clock
        return ToolContext(program=program, folders=folders, mask=mask, clock=clock)

    async with mounted(programs, makes, folders, takes=takes) as app:
        yield app
