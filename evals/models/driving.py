"""Lets a model play a task: it is told what the person says, calls tools, and answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from evals.models.messages import Asked, Message, Model, Reply, Results, ToolResult, ToolSpec, ToolUse
from evals.talk import Talk

MOST_TURNS: Final = 25
READ_RESOURCE: Final = ToolSpec(
    name="read_resource",
    description="Read a resource of the server by its address. Resources: {listed}.",
    schema={"type": "object", "properties": {"uri": {"type": "string"}}, "required": ["uri"]},
)
_SYSTEM: Final = (
    "You help Anna with her Instagram account, by the tools of the server Pressroom. It is {now} ({zone}). "
    "Do what she asks with the tools, without asking back where you need not. Once there is nothing more to "
    "do, answer her in a few sentences; she reads your answer and may go on.\n\n{instructions}"
)
_STOPPED: Final = "(stopped: too many turns)"


@dataclass
class Driver:
    """An agent that is a model. messages, tokens_in, tokens_out: of all that it said and was told."""

    model: Model
    most_turns: int = MOST_TURNS
    messages: list[Message] = field(default_factory=list[Message])
    tokens_in: int = 0
    tokens_out: int = 0

    async def __call__(self, talk: Talk) -> None:
        """Talk until the person has nothing more to say."""
        tools, system = await _tools(talk), _system(talk)
        said: str | None = talk.opening
        while said is not None:
            self.messages.append(Asked(said))
            said = await talk.say(await self._answer(talk, system, tools))

    async def _answer(self, talk: Talk, system: str, tools: Sequence[ToolSpec]) -> str:
        for _ in range(self.most_turns):
            reply = await self._replied(system, tools)
            if not reply.uses:
                return reply.text
            self.messages.append(Results(tuple([await _used(talk, use) for use in reply.uses])))
        return _STOPPED

    async def _replied(self, system: str, tools: Sequence[ToolSpec]) -> Reply:
        reply = await self.model.reply(system, self.messages, tools)
        self.messages.append(reply)
        self.tokens_in += reply.tokens_in
        self.tokens_out += reply.tokens_out
        return reply


async def _used(talk: Talk, use: ToolUse) -> ToolResult:
    if use.arguments is None:
        return ToolResult(id=use.id, text="The arguments are no JSON object.", is_error=True)
    if use.name == READ_RESOURCE.name:
        called = await talk.read(str(use.arguments.get("uri")))
    else:
        called = await talk.call(use.name, **use.arguments)
    return ToolResult(id=use.id, text=called.text, is_error=called.is_error)


async def _tools(talk: Talk) -> list[ToolSpec]:
    """Tell of the server's tools, and of the one that clients add for its resources."""
    told = [
        ToolSpec(name=tool.name, description=tool.description or "", schema=tool.input_schema)
        for tool in await talk.tools()
    ]
    listed = ", ".join(await talk.resources())
    resource = ToolSpec(
        name=READ_RESOURCE.name,
        description=READ_RESOURCE.description.format(listed=listed),
        schema=READ_RESOURCE.schema,
    )
    return [*told, resource]


def _system(talk: Talk) -> str:
    zone = talk.world.setting.timezone
    now = talk.world.clock.now().astimezone(ZoneInfo(zone))
    return _SYSTEM.format(
        now=f"{now:%A, %d %B %Y, %H:%M}", zone=zone, instructions=talk.client.instructions or ""
    )
