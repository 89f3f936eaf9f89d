"""How long a test waits for what must come: the busier or slower the machine, the longer."""

import os
import time
from functools import lru_cache

# What `_work` takes where nothing else runs, and how long a measurement is good for.
USUAL_WORK_S = 0.01
_FRESH_S = 5.0


def patience(seconds: float) -> float:
    """Give a limit for the machine as it is now. seconds: the limit where a core is free."""
    return seconds * _slowness(int(time.monotonic() / _FRESH_S))


def haste(factor: float) -> float:
    """Give how fast a clock may run on the machine as it is now, and 1.0 at the least.

    factor: how many times as fast as the machine's, where a core is free. Limits of time on a clock that runs
    120 times as fast end 120 times as soon, and a busy machine needs longer for what they limit.
    """
    return max(1.0, factor / patience(1.0))


def slowness(*, load: float, cores: int, work_s: float) -> float:
    """Tell how many times as long as usual everything takes, and 1.0 at the least.

    load: how many processes would run at once. work_s: how long the work took whose usual time is
    `USUAL_WORK_S`; it alone tells where a container has but a part of the machine.
    """
    return max(1.0, load / cores, work_s / USUAL_WORK_S)


@lru_cache(maxsize=1)
def _slowness(_moment: int) -> float:
    begun = time.perf_counter()
    _work()
    work_s = time.perf_counter() - begun
    return slowness(load=os.getloadavg()[0], cores=os.cpu_count() or 1, work_s=work_s)


def _work() -> None:
    sum(range(500_000))
