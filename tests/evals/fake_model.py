"""A model's API on loopback, in both forms: it does what a script says, and keeps what it was sent."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from aiohttp import web

KEY = "sk-eval-not-a-real-key-0123456789"
Step = str | tuple[str, Any]
"""What the model says, or a call with its arguments; `{post_id}` is the last that it was told of."""


@dataclass
class FakeModel:
    """steps: one for each request. failing: statuses that come before any answer."""

    steps: list[Step]
    failing: list[int] = field(default_factory=list[int])
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keys: set[str] = field(default_factory=set[str])
    base_url: str = ""

    async def anthropic(self, request: web.Request) -> web.Response:
        self.keys.add(request.headers["x-api-key"])
        assert request.headers["anthropic-version"]
        if (refused := await self._heard(request)) is not None:
            return refused
        step = self._step()
        part = (
            {"type": "text", "text": step}
            if isinstance(step, str)
            else {"type": "tool_use", "id": f"use{len(self.requests)}", "name": step[0], "input": step[1]}
        )
        usage = {"input_tokens": 100, "cache_read_input_tokens": 20, "output_tokens": 7}
        return web.json_response({"content": [part], "usage": usage})

    async def openai(self, request: web.Request) -> web.Response:
        self.keys.add(request.headers["Authorization"].removeprefix("Bearer "))
        if (refused := await self._heard(request)) is not None:
            return refused
        step = self._step()
        message: dict[str, Any] = {"role": "assistant", "content": step, "refusal": None}
        if not isinstance(step, str):
            arguments = step[1] if isinstance(step[1], str) else json.dumps(step[1])
            function = {"name": step[0], "arguments": arguments}
            call = {"id": f"use{len(self.requests)}", "type": "function", "function": function}
            message = {"role": "assistant", "content": None, "refusal": None, "tool_calls": [call]}
        usage = {"prompt_tokens": 120, "completion_tokens": 7}
        return web.json_response({"choices": [{"message": message}], "usage": usage})

    async def _heard(self, request: web.Request) -> web.Response | None:
        if self.failing:
            return web.Response(status=self.failing.pop(0), text="overloaded")
        self.requests.append(await request.json())
        return None

    def _step(self) -> Step:
        step = self.steps.pop(0)
        if isinstance(step, tuple) and isinstance(step[1], dict):
            given = cast("dict[str, Any]", step[1])
            return step[0], {name: self._told(value) for name, value in given.items()}
        return step

    def _told(self, value: Any) -> Any:
        return self._post_id() if value == "{post_id}" else value

    def _post_id(self) -> str:
        """Find the last post that it was told of."""
        text = json.dumps(self.requests[-1]).replace("\\", "")
        return text.rpartition('"post_id":"')[2].partition('"')[0]


@asynccontextmanager
async def serving(steps: Sequence[Step], *, failing: Sequence[int] = ()) -> AsyncGenerator[FakeModel]:
    """Serve a model on a free port of loopback."""
    model = FakeModel(list(steps), list(failing))
    app = web.Application()
    app.router.add_post("/v1/messages", model.anthropic)
    app.router.add_post("/v1/chat/completions", model.openai)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    model.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield model
    finally:
        await runner.cleanup()
