"""A clock that follows the sandbox's from another process: as fast as it, and with its date."""

import asyncio
import json
import time
from datetime import datetime, timedelta
from urllib.request import urlopen


class FollowingClock:
    """`core.Clock` in step with the sandbox at `base_url`, whose factor must not change meanwhile."""

    def __init__(self, base_url: str) -> None:
        with urlopen(f"{base_url}/_sandbox/clock") as answer:  # noqa: S310  # loopback
            told = json.load(answer)
        self._start = datetime.fromisoformat(told["now"])
        self._factor: float = told["factor"]
        self._begun = time.monotonic()

    def _elapsed_s(self) -> float:
        return (time.monotonic() - self._begun) * self._factor

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed_s())

    def monotonic(self) -> float:
        return self._elapsed_s()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self._factor)
