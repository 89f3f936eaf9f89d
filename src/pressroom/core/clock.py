"""Time as a dependency, so that no test sleeps and workers can follow the sandbox's clock."""

import sys
import time
from datetime import UTC, datetime
from typing import Protocol

# Deadlines must keep running while a laptop sleeps. On Linux only CLOCK_BOOTTIME counts sleep; on macOS
# CLOCK_MONOTONIC does.
_CLOCK_ID = time.CLOCK_BOOTTIME if sys.platform == "linux" else time.CLOCK_MONOTONIC


class Clock(Protocol):
    """The clock that all waiting follows."""

    def now(self) -> datetime:
        """Wall-clock time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back and include the machine's sleep; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; returns at once for zero or less."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Wall-clock time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since boot, including sleep."""
        return time.clock_gettime(_CLOCK_ID)

    async def sleep(self, seconds: float) -> None:
        """Wait; yields to other tasks even for zero."""
        import asyncio  # noqa: PLC0415  # 20 ms, which no help needs; whoever waits has it

        # Even zero goes through the loop: a poller with a zero interval must not starve other tasks.
        await asyncio.sleep(max(0.0, seconds))


SYSTEM_CLOCK = SystemClock()
