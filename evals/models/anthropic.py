"""Anthropic's Messages API."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from evals.models.messages import Asked, Message, Reply, ToolResult, ToolSpec, ToolUse
from evals.models.sending import Sender, Waits

BASE: Final = "https://api.anthropic.com"
_VERSION: Final = "2023-06-01"
_MOST_TOKENS: Final = 4096


@dataclass(frozen=True, slots=True)
class Anthropic:
    """A model of Anthropic's."""

    name: str
    sender: Sender

    async def reply(self, system: str, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """Ask for the next reply. Raises ModelFailed."""
        answer = await self.sender.post(
            {
                "model": self.name,
                "max_tokens": _MOST_TOKENS,
                "system": system,
                "tools": [_tool(one) for one in tools],
                "messages": [_message(one) for one in messages],
            }
        )
        parts: list[dict[str, Any]] = answer["content"]
        usage: dict[str, Any] = answer.get("usage", {})
        cached = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        return Reply(
            text="".join(part["text"] for part in parts if part["type"] == "text"),
            uses=tuple(_use(part) for part in parts if part["type"] == "tool_use"),
            raw=parts,
            tokens_in=sum(usage.get(name) or 0 for name in cached),
            tokens_out=usage.get("output_tokens") or 0,
        )


def anthropic(name: str, key: str, base: str = BASE, waits: Waits = asyncio.sleep) -> Anthropic:
    """Make a model of Anthropic's. waits: sleeps before another try."""
    headers = {"x-api-key": key, "anthropic-version": _VERSION}
    return Anthropic(name, Sender(f"{base.rstrip('/')}/v1/messages", headers, waits))


def _tool(one: ToolSpec) -> dict[str, Any]:
    return {"name": one.name, "description": one.description, "input_schema": one.schema}


def _message(one: Message) -> dict[str, Any]:
    if isinstance(one, Asked):
        return {"role": "user", "content": one.text}
    if isinstance(one, Reply):
        # An empty content is refused.
        return {"role": "assistant", "content": one.raw or [{"type": "text", "text": "(nothing)"}]}
    return {"role": "user", "content": [_result(result) for result in one.results]}


def _result(one: ToolResult) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": one.id, "content": one.text, "is_error": one.is_error}


def _use(part: dict[str, Any]) -> ToolUse:
    return ToolUse(id=part["id"], name=part["name"], arguments=part["input"])
