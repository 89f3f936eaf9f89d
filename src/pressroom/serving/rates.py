"""How often a caller may ask: so many requests a minute, of which some may come at once."""

import math
from collections.abc import Callable, Hashable
from typing import Final

from starlette.types import Scope

from pressroom.core.clock import Clock
from pressroom.serving.limits import admit

STRANGERS: Final = "strangers"
"""The caller that all are together who show no key that lets in, where one is asked."""
ANYBODY: Final = "anybody"
"""The caller that all are together who ask for what takes no key."""
Takes = Callable[[str], float | None]
"""Counts a request of a caller, and returns for how many seconds it is to wait; None for none."""

# A sixth of what a minute has: a script that does ten things at once is no flood.
_BURST_S: Final = 10.0
# Callers are programs, and all who show no key are one or two: so many are never at it at once.
_MOST_CALLERS: Final = 10_000


def count_request(scope: Scope, caller: str, takes: Takes | None) -> int | None:
    """Count a request of a caller and admit it; return None, or in how many seconds it may come again.

    It has to where the caller is beyond its rate, or has as many requests answered as may be at once.
    """
    wait_s = takes(caller) if takes else None
    if wait_s is None and admit(scope, caller):
        return None
    return math.ceil(wait_s or 1)


class Rates:
    """Counts the requests of each caller, in memory alone: a restart gives everybody a whole burst."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._gap_s = 60.0 / per_minute
        # One below a minute's sixth could never ask at all.
        self._burst_s = max(_BURST_S, self._gap_s)
        self._clock = clock
        # By caller, when the whole burst is there again. Until then the caller is owed that much less.
        self._whole_at = dict[Hashable, float]()

    def __len__(self) -> int:
        """How many callers are remembered."""
        return len(self._whole_at)

    def take(self, caller: Hashable) -> float | None:
        """Count a request; where it is one too many, return in how many seconds it may come, and count none.

        caller: whoever was recognized, or one name for all who were not.
        """
        now = self._clock.monotonic()
        whole_at = max(now, self._whole_at.get(caller, now)) + self._gap_s
        wait_s = whole_at - now - self._burst_s
        # What a sum of gaps loses by rounding is no reason to refuse the last of a burst.
        if wait_s > self._gap_s / 1000:
            return wait_s
        if caller not in self._whole_at and len(self._whole_at) >= _MOST_CALLERS:
            self._whole_at = {other: at for other, at in self._whole_at.items() if at > now}
        self._whole_at[caller] = whole_at
        return None
