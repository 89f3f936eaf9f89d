"""How long the command line takes to say its version and its help, next to a Python that does nothing.

`python bench/startup.py` prints the least and the median of ten runs and exits 1 over budget: 150 ms for
`--version`, 200 ms for `--help` (least).
"""

import statistics
import subprocess
import sys
import time

RUNS = 10
PRESSROOM = [sys.executable, "-m", "pressroom"]
COMMANDS = {
    "python -c pass": ([sys.executable, "-c", "pass"], None),
    "pressroom --version": ([*PRESSROOM, "--version"], 150),
    "pressroom --help": ([*PRESSROOM, "--help"], 200),
    "pressroom publish reel --help": ([*PRESSROOM, "publish", "reel", "--help"], None),
}


def once_ms(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - started) * 1000


def main() -> int:
    is_over = False
    bare = 0.0
    print(f"{'':32}{'min ms':>10}{'median ms':>12}{'x bare':>9}{'budget':>9}")
    for name, (command, budget) in COMMANDS.items():
        once_ms(command)  # fills the byte-code cache
        taken = [once_ms(command) for _ in range(RUNS)]
        least = min(taken)
        bare = bare or least
        is_over |= budget is not None and least > budget
        print(f"{name:32}{least:10.0f}{statistics.median(taken):12.0f}{least / bare:9.1f}{budget or '':>9}")
    return int(is_over)


if __name__ == "__main__":
    sys.exit(main())
