"""Reads what processes compute while something else is measured. Linux only: it reads /proc."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Self

from idle import cpu_s

Pids = Callable[[], Sequence[int]]


class Meter:
    """Reads the CPU time of some processes every 20 ms. parts: asked once a second who belongs to them."""

    def __init__(self, parts: Mapping[str, Pids]) -> None:
        self._parts = parts
        self._taken: defaultdict[str, dict[int, float]] = defaultdict(dict)
        self._readings: list[tuple[float, dict[str, float]]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._ended.set()
        self._thread.join()

    def _read(self) -> None:
        pids, again_at = dict[str, Sequence[int]](), 0.0
        while not self._ended.wait(0.02):
            if time.monotonic() >= again_at:
                pids, again_at = {part: found() for part, found in self._parts.items()}, time.monotonic() + 1
            for part, members in pids.items():
                taken = self._taken[part]
                # One that is gone reads as none, and has taken what it took.
                taken.update({pid: max(cpu_s(pid), taken.get(pid, 0.0)) for pid in members})
            self._readings.append((time.time(), {part: sum(of.values()) for part, of in self._taken.items()}))

    def between(self, begins: float, ends: float) -> dict[str, float]:
        """Give the CPU seconds of each part between two moments, as unix seconds; not of parts with none."""
        inside = [taken for at, taken in self._readings if begins <= at <= ends]
        return {part: inside[-1][part] - inside[0][part] for part, of in self._taken.items() if of}
