"""What every call of one sandbox shares."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pressroom.sandbox.clock import SandboxClock
from pressroom.sandbox.faults import Faults
from pressroom.sandbox.fetching.fetching import Fetching
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.state.world import World
from pressroom.sandbox.webhooks.postman import Postman
from pressroom.sandbox.wire.log import CallLog

Late = tuple[float, int, Callable[[float], object]]


@dataclass(slots=True)
class Scene:
    """The settings, the world and the clock, with what is still going to happen by itself.

    served_at: the base URL, once the sandbox is on a port.
    """

    settings: SandboxSettings
    clock: SandboxClock
    world: World
    fetching: Fetching
    faults: Faults
    log: CallLog
    home: Callable[[], Path]
    postman: Postman
    randomness: random.Random
    served_at: str | None = None
    _late: list[Late] = field(default_factory=list[Late])
    _order: "itertools.count[int]" = field(default_factory=itertools.count)

    def later(self, at: float, effect: Callable[[float], object]) -> None:
        """Let something happen at a moment of the sandbox's clock; it is called with that moment."""
        heapq.heappush(self._late, (at, next(self._order), effect))

    def settle(self) -> float:
        """Let everything happen that is due, and give the time in unix seconds."""
        now = self.clock.unix()
        while self._late and self._late[0][0] <= now:
            with self.world.lock:
                at, _, effect = heapq.heappop(self._late)
                effect(at)
        if self.world.outbox:
            self.postman.kick()
        return now

    def forget_late(self) -> None:
        """Drop what has not happened yet."""
        self._late.clear()
