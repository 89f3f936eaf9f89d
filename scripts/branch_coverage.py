"""Branch coverage of publish, service and dispatch, and which branches `make test` leaves to `make slow`.

Runs the quick tests and the slow ones, each measured by itself. Ends with 1 where a test fails, or where the
two together reach less than the share that pyproject.toml asks for.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
ROOMS: Final = ("publish", "service", "dispatch")
PYTEST: Final = ("-m", "pytest", "-q", "-n", "2", "--dist", "worksteal")
DATA: Final = ROOT / "build" / "coverage"
# None is called as another with a dot behind it: each report takes those for parts of its own data.
QUICK, SLOW, ALL = DATA / "quick.data", DATA / "slow.data", DATA / "all.data"
Branch = tuple[int, int]


def main() -> int:
    """Measure, report, and give the exit code."""
    shutil.rmtree(DATA, ignore_errors=True)
    DATA.mkdir(parents=True)
    failed = [measure(QUICK, "not slow"), measure(SLOW, "slow")]
    coverage("combine", "--quiet", "--keep", str(QUICK), str(SLOW))
    failed += [coverage("report", f"--include=src/pressroom/{room}/*") for room in ROOMS]
    show(branches(ALL), branches(QUICK))
    return int(any(failed))


def measure(data_file: Path, chosen: str) -> int:
    """Run the tests that `-m` chooses, processes that they start included."""
    failed = coverage("run", *PYTEST, "-m", chosen, data_file=data_file)
    coverage("combine", "--quiet", data_file=data_file)
    return failed


def coverage(*args: str, data_file: Path = ALL) -> int:
    """Run a command of coverage, and give its exit code."""
    command = [str(Path(sys.executable).with_name("coverage")), *args]
    # By the environment: what the tests start has to find it, too.
    environ = {**os.environ, "COVERAGE_FILE": str(data_file)}
    return subprocess.run(command, cwd=ROOT, check=False, env=environ).returncode


def branches(data_file: Path) -> dict[str, set[Branch]]:
    """Give the branches that were taken, by file."""
    target = data_file.with_suffix(".json")
    coverage("json", "--quiet", "--fail-under=0", "-o", str(target), data_file=data_file)
    files: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))["files"]
    return {name: {(start, end) for start, end in file["executed_branches"]} for name, file in files.items()}


def show(taken: dict[str, set[Branch]], quick: dict[str, set[Branch]]) -> None:
    """Print what slow tests alone reach, by file: from which line to which, and beyond the end as `exit`."""
    left = {name: sorted(both - quick.get(name, set())) for name, both in taken.items()}
    total, reached = sum(map(len, left.values())), sum(map(len, taken.values()))
    print(f"\nBranches that only slow tests reach: {total} of {reached}")
    for name, missing in sorted(left.items(), key=lambda file: -len(file[1])):
        if missing:
            lines = ", ".join(f"{start}->{end if end > 0 else 'exit'}" for start, end in missing)
            print(f"{len(missing):5}  {name.removeprefix('src/pressroom/')}: {lines}")


if __name__ == "__main__":
    sys.exit(main())
