"""A transport that answers from a script and keeps what it was given."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pressroom.core.protocols import Reply, Request
from tests.fakes.clock import FakeClock

Step = Reply | Exception | Callable[[Request], Reply]


def reply(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON answer; text and bytes go as they are."""
    if isinstance(body, str):
        body = body.encode()
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status=status, headers={"content-type": "application/json", **(headers or {})}, body=content)


def graph_error(
    code: int, subcode: int | None = None, *, status: int = 400, message: str = "No.", **more: Any
) -> Reply:
    """Meta's error envelope."""
    numbers = {"code": code} if subcode is None else {"code": code, "error_subcode": subcode}
    error = {"message": message, "type": "OAuthException", **numbers, "fbtrace_id": "Atrace", **more}
    return reply({"error": error}, status=status)


class FakeTransport:
    """Plays its steps one a request, the last one for all that follow."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.requests: list[Request] = []
        self.is_closed = False

    async def send(self, request: Request) -> Reply:
        if request.before_bytes is not None:
            request.before_bytes()
        self.requests.append(request)
        step = self.steps[0] if len(self.steps) == 1 else self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, Reply) else step(request)

    async def aclose(self) -> None:
        self.is_closed = True

    @property
    def calls(self) -> list[str]:
        """What was written, as `GET /v21.0/me`."""
        return [f"{request.method} {urlsplit(request.url).path}" for request in self.requests]


class SlowToConnect(FakeTransport):
    """Needs some time on a clock before its connection stands."""

    def __init__(self, clock: FakeClock, seconds: float, *steps: Step) -> None:
        super().__init__(*steps)
        self._clock = clock
        self._seconds = seconds

    async def send(self, request: Request) -> Reply:
        await self._clock.sleep(self._seconds)
        return await super().send(request)


def sent_params(request: Request) -> dict[str, str]:
    """The parameters of a request, from its form or its query."""
    text = request.body.decode() if request.body is not None else urlsplit(request.url).query
    return dict(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))
