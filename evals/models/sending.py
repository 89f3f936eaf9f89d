"""Sends a request to a model's API, and tries again what may pass."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import aiohttp

Waits: TypeAlias = Callable[[float], Awaitable[None]]
_TRIES: Final = 5
_TIMEOUT_S: Final = 300.0
_LONGEST_WAIT_S: Final = 60.0
_SAID: Final = 300
_BUSY: Final = (408, 409, 429)


class ModelFailed(Exception):
    """The model's API did not answer, or refused."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Posts JSON. headers: of every request, the key among them. waits: sleeps before another try."""

    url: str
    headers: Mapping[str, str]
    waits: Waits = asyncio.sleep

    async def post(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a request. Raises ModelFailed."""
        failed = ""
        for number in range(_TRIES):
            if number:
                await self.waits(min(2.0**number, _LONGEST_WAIT_S))
            try:
                status, text, answer = await self._once(body)
            except (aiohttp.ClientError, TimeoutError) as error:
                failed = f"{type(error).__name__}: {error}"
                continue
            if answer is not None:
                return answer
            failed = f"{status}: {text[:_SAID]}"
            # A server's own fault may pass.
            if status < 500 and status not in _BUSY:
                break
        raise ModelFailed(f"{self.url} answered {failed}")

    async def _once(self, body: Mapping[str, Any]) -> tuple[int, str, dict[str, Any] | None]:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(self.url, json=body, headers=dict(self.headers)) as response,
        ):
            if response.ok:
                return response.status, "", await response.json(content_type=None)
            return response.status, await response.text(), None
