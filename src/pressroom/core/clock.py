"""Time as a value that is handed in, so that no test sleeps and workers can follow the sandbox's clock."""

import asyncio
import sys
import time
from datetime import UTC, datetime
from typing import Protocol

# Deadlines must go on while a laptop sleeps. Linux counts sleep on CLOCK_BOOTTIME, macOS on CLOCK_MONOTONIC.
_CLOCK_ID = time.CLOCK_BOOTTIME if sys.platform == "linux" else time.CLOCK_MONOTONIC


class Clock(Protocol):
    """What a room may ask of time."""

    def now(self) -> datetime:
        """Wall-clock time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back and count the machine's sleep; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; returns at once for zero or less."""
        ...


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """Wall-clock time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since boot, sleep counted."""
        return time.clock_gettime(_CLOCK_ID)

    async def sleep(self, seconds: float) -> None:
        """Wait; yields to other tasks even for zero."""
        await asyncio.sleep(max(0.0, seconds))


SYSTEM_CLOCK = SystemClock()
