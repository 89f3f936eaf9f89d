"""An agent at the server of a road, by the official SDK's client, and the files that it may use."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcp.client import Client
from mcp.server.lowlevel import Server
from mcp_types import CallToolResult

from pressroom.core.actor import Actor, ActorKind
from pressroom.core.settings import Mask
from pressroom.mcp.context import Folders, ToolContext
from pressroom.mcp.server import build
from pressroom.service.programs.programs import Program, Sessions
from tests.service.consenting import a_file, program
from tests.service.road import Road

MODES = ("auto", "legacy")
"""The protocol of 2026-07-28, and the one before it."""


@dataclass
class Agent:
    """pictures: the folder that the person allowed. said: everything that the server answered.

    It connects for each call: a connection belongs to the task that opened it, and a fixture's is another.
    """

    server: Server[Any]
    road: Road
    pictures: Path
    mode: str = "auto"
    said: list[str] = field(default_factory=list[str])

    def client(self, **more: Any) -> Client:
        return Client(self.server, mode=self.mode, **more)

    async def result(self, tool: str, **arguments: Any) -> CallToolResult:
        async with self.client() as client:
            return await client.call_tool(tool, arguments)

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that succeeds."""
        result = await self.result(tool, **arguments)
        text = self._heard(result)
        assert not result.is_error, text
        assert json.loads(text) == result.structured_content
        return result.structured_content

    async def refused(self, tool: str, **arguments: Any) -> str:
        """Call a tool that fails, and give what it says."""
        result = await self.result(tool, **arguments)
        text = self._heard(result)
        assert result.is_error, text
        return text

    async def draft(self, caption: str = "Hello", **options: Any) -> str:
        """Make a draft of a picture and give its id."""
        given = {"kind": "photo", "sources": ["cat.jpg"], "caption": caption, **options}
        return (await self.call("create_draft", **given))["post_id"]

    def _heard(self, result: Any) -> str:
        text = "".join(part.text for part in result.content)
        self.said.append(text)
        return text


def _stock(pictures: Path) -> None:
    pictures.mkdir(exist_ok=True)
    if not (pictures / "cat.jpg").exists():
        a_file(pictures)


@asynccontextmanager
async def agent(
    road: Road,
    pictures: Path,
    *,
    name: str = "planner",
    mode: str = "auto",
    accounts: tuple[str, ...] = (),
    environ: dict[str, str] | None = None,
) -> AsyncGenerator[Agent]:
    """Connect an agent that acts for the account that is signed in."""
    await asyncio.to_thread(_stock, pictures)
    opened = Sessions(lambda account: program(road, name, account_name=account), accounts)
    async with aclosing(opened) as sessions:
        context = ToolContext(
            program=Program(actor=Actor(ActorKind.PROGRAM, name), sessions=sessions),
            folders=Folders.of((pictures,)),
            mask=Mask.of(environ or {}),
            clock=road.clock,
            wait_s=60.0,
        )
        yield Agent(build(lambda _request: context, context.folders), road, pictures, mode)
