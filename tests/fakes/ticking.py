"""A clock as fast as the machine's, from the fakes' beginning: for pages, where a browser waits."""

from datetime import datetime, timedelta

from pressroom.core.clock import SYSTEM_CLOCK
from tests.fakes.clock import START


class TickingClock:
    """Begins at `START`; `advance` puts it on at once."""

    def __init__(self) -> None:
        self._began = SYSTEM_CLOCK.monotonic()
        self._ahead_s = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic() - self._began)

    def monotonic(self) -> float:
        return SYSTEM_CLOCK.monotonic() + self._ahead_s

    async def sleep(self, seconds: float) -> None:
        await SYSTEM_CLOCK.sleep(seconds)

    def advance(self, seconds: float) -> None:
        self._ahead_s += seconds
