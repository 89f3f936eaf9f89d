"""The chat completions API, as OpenAI and many others have it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from evals.models.messages import Asked, Message, Reply, ToolSpec, ToolUse
from evals.models.sending import Sender, Waits


@dataclass(frozen=True, slots=True)
class OpenAI:
    """A model behind that API."""

    name: str
    sender: Sender

    async def reply(self, system: str, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """Ask for the next reply. Raises ModelFailed."""
        said = [part for one in messages for part in _messages(one)]
        answer = await self.sender.post(
            {
                "model": self.name,
                "tools": [_tool(one) for one in tools],
                "messages": [{"role": "system", "content": system}, *said],
            }
        )
        message: dict[str, Any] = answer["choices"][0]["message"]
        usage: dict[str, Any] = answer.get("usage") or {}
        return Reply(
            text=message.get("content") or "",
            uses=tuple(_use(one) for one in message.get("tool_calls") or ()),
            raw=message,
            tokens_in=usage.get("prompt_tokens") or 0,
            tokens_out=usage.get("completion_tokens") or 0,
        )


def openai(name: str, key: str, base: str, waits: Waits = asyncio.sleep) -> OpenAI:
    """Make a model of an API at an address such as `https://api.openai.com/v1`. waits: as `anthropic`."""
    headers = {"Authorization": f"Bearer {key}"}
    return OpenAI(name, Sender(f"{base.rstrip('/')}/chat/completions", headers, waits))


def _tool(one: ToolSpec) -> dict[str, Any]:
    told = {"name": one.name, "description": one.description, "parameters": one.schema}
    return {"type": "function", "function": told}


def _messages(one: Message) -> list[dict[str, Any]]:
    if isinstance(one, Asked):
        return [{"role": "user", "content": one.text}]
    if isinstance(one, Reply):
        return [_own(one)]
    # It has no mark for an error; the text says so.
    return [{"role": "tool", "tool_call_id": part.id, "content": part.text} for part in one.results]


def _own(reply: Reply) -> dict[str, Any]:
    """Send a reply back without members that requests do not take."""
    calls = reply.raw.get("tool_calls")
    told = {"role": "assistant", "content": reply.text or (None if calls else "(nothing)")}
    return {**told, "tool_calls": calls} if calls else told


def _use(call: dict[str, Any]) -> ToolUse:
    function = call["function"]
    return ToolUse(id=call["id"], name=function["name"], arguments=_object(function.get("arguments")))


def _object(text: str | None) -> dict[str, Any] | None:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None
