"""What a worker's memory does over hours of publishing, alone and beside the pulling of insights.

    python bench/memory.py [--hours 5]

A `pressroom worker -v` process on the clock of a sandbox that is 120 times as fast as ours: a post every five
minutes, one call in fifty goes wrong, and a fifth of 400 media refuses a metric. Then the same for an account
that is collected, from its first pull on. Memory is the highest of a span. Linux only: it reads /proc.
Ends with status 1 when a worker grows after its first hour by more than `MOST_GROWTH`, or when the one that
pulls takes more than `MOST_TIMES` what the other does.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.attack.arena import an_arena
from tests.attack.day import MEDIA, SETTINGS, highest, plan_the_day, watched

# Faster, and an answer of this machine would come too late for a time limit.
FACTOR: Final = 120.0
CALLS_PER_FAULT: Final = 50
POST_EVERY_S: Final = 300.0
MOST_GROWTH: Final = 1.05
MOST_TIMES: Final = 1.18


def work(hours: float, *, pulls: bool) -> tuple[float, float]:
    """Let a worker work, and return its memory in MB after the first hour and in the end."""
    with (
        tempfile.TemporaryDirectory() as place,
        an_arena(Path(place), 0, *SETTINGS, factor=FACTOR, media=MEDIA) as arena,
    ):
        plan_the_day(arena, arena.place / "home", hours=hours, every_s=POST_EVERY_S, is_collected=pulls)
        with (
            (arena.place / "worker.log").open("w", encoding="utf-8") as log,
            arena.start("worker", "-v", home="home", user_id=None, log=log) as worker,
        ):
            try:
                readings = watched(
                    arena, {"worker": worker.pid}, hours=hours, calls_per_fault=CALLS_PER_FAULT
                )["worker"]
            finally:
                worker.kill()
    return highest(readings, 1.0, 2.0).memory_mb, highest(readings, hours - 1.0, hours).memory_mb


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=5.0)
    given = parser.parse_args()
    ends, missed = dict[str, float](), False
    for name, pulls in (("publishes", False), ("publishes and pulls", True)):
        early, ends[name] = work(given.hours, pulls=pulls)
        growth = ends[name] / early
        missed |= growth > MOST_GROWTH
        spans = f"{early:6.1f} MB in the second hour, {ends[name]:6.1f} MB in the last"
        verdict = "kept" if growth <= MOST_GROWTH else "MISSED"
        print(f"{name:20} {spans}, ratio {growth:.3f}; budget {MOST_GROWTH}: {verdict}", flush=True)
    times = ends["publishes and pulls"] / ends["publishes"]
    print(f"pulling, ratio {times:.3f}; budget {MOST_TIMES}: {'kept' if times <= MOST_TIMES else 'MISSED'}")
    return missed or times > MOST_TIMES


if __name__ == "__main__":
    sys.exit(main())
