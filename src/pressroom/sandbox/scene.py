"""What every call of one sandbox shares."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from pressroom.sandbox.clock import SandboxClock
from pressroom.sandbox.fetching.fetching import Fetching
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.state.world import World

Late = tuple[float, int, Callable[[float], None]]


@dataclass(slots=True)
class Scene:
    """The settings, the world and the clock, with what is still going to happen by itself."""

    settings: SandboxSettings
    clock: SandboxClock
    world: World
    fetching: Fetching
    randomness: random.Random
    _late: list[Late] = field(default_factory=list[Late])
    _order: "itertools.count[int]" = field(default_factory=itertools.count)

    def later(self, at: float, effect: Callable[[float], None]) -> None:
        """Let something happen at a moment of the sandbox's clock; it is called with that moment."""
        heapq.heappush(self._late, (at, next(self._order), effect))

    def settle(self) -> float:
        """Let everything happen that is due, and give the time in unix seconds."""
        now = self.clock.unix()
        while self._late and self._late[0][0] <= now:
            with self.world.lock:
                at, _, effect = heapq.heappop(self._late)
                effect(at)
        return now

    def forget_late(self) -> None:
        """Drop what has not happened yet."""
        self._late.clear()
