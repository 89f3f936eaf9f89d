"""A clock that stands while an agent thinks, however long that takes."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from tests.fakes.clock import START, FakeClock
from tests.fakes.loop import WatchedLoop


class StillClock(FakeClock):
    """Inside `passing` waiting costs no time, as tests have it; outside it nothing that sleeps wakes."""

    def __init__(self, start: datetime = START) -> None:
        super().__init__(start)
        self._passing = 0

    @contextmanager
    def passing(self) -> Generator[None]:
        """Let time pass whenever all wait for it."""
        self._passing += 1
        loop = asyncio.get_running_loop()
        assert isinstance(loop, WatchedLoop)
        loop.at_idle(self._jump)
        try:
            yield
        finally:
            self._passing -= 1

    def _jump(self) -> bool:
        return bool(self._passing) and super()._jump()
