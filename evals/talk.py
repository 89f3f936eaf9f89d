"""The two sides of a conversation: what an agent may do, and what the person says to it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import mcp_types as types
from mcp.client import Client
from mcp.shared.exceptions import MCPError

from evals.outcome import Called
from evals.world import World

LOST = "The connection closed before an answer came."


@dataclass
class Talk:
    """What an agent is given. opening: what the person says first. tools: as the server lists them.

    client: connected to the server. replies: give what the person says to the agent's answer, None when they
    have nothing more to say. said, calls: all of it so far.
    """

    world: World
    client: Client
    opening: str
    replies: Sequence[Callable[[], Awaitable[str]]]
    watches: Callable[[Called], Awaitable[None]]
    loses: dict[str, int]
    said: list[str] = field(default_factory=list[str])
    calls: list[Called] = field(default_factory=list[Called])

    async def tools(self) -> list[types.Tool]:
        """List the tools as a client gets them."""
        return list((await self.client.list_tools()).tools)

    async def resources(self) -> list[str]:
        """List the addresses of resources, each with what is there."""
        whole = (await self.client.list_resources()).resources
        parts = (await self.client.list_resource_templates()).resource_templates
        told = [(one.uri, one.description) for one in whole]
        told += [(one.uri_template, one.description) for one in parts]
        return [f"{place} ({description})" for place, description in told]

    async def call(self, tool: str, /, **arguments: Any) -> Called:
        """Call a tool; what it answers, an error too, is what the agent is told."""
        with self.world.clock.passing():
            result = await self.client.call_tool(tool, arguments)
        text = "".join(part.text for part in result.content if isinstance(part, types.TextContent))
        return await self._heard(tool, arguments, text, result.structured_content, is_error=result.is_error)

    async def does(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Call a tool that succeeds, as scripts do, and give its answer."""
        called = await self.call(tool, **arguments)
        assert called.content is not None, called.text
        return dict(called.content)

    async def read(self, uri: str) -> Called:
        """Read a resource."""
        try:
            with self.world.clock.passing():
                found = await self.client.read_resource(uri)
        except MCPError as error:
            return await self._heard("read_resource", {"uri": uri}, str(error), None, is_error=True)
        text = "".join(part.text for part in found.contents if isinstance(part, types.TextResourceContents))
        return await self._heard("read_resource", {"uri": uri}, text, {}, is_error=False)

    async def say(self, text: str) -> str | None:
        """Answer the person, and give what they say then; None when the conversation is over."""
        self.said.append(text)
        if len(self.said) > len(self.replies):
            return None
        return await self.replies[len(self.said) - 1]()

    async def _heard(
        self, tool: str, arguments: dict[str, Any], text: str, content: Any, *, is_error: bool
    ) -> Called:
        is_lost = self.loses.get(tool, 0) > 0
        if is_lost:
            self.loses[tool] -= 1
        called = Called(
            tool=tool,
            arguments=arguments,
            text=LOST if is_lost else text,
            is_error=is_error or is_lost,
            content=None if is_error or is_lost else content,
        )
        self.calls.append(called)
        await self.watches(called)
        return called
