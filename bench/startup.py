"""What it costs to start: the command line, an import of the helper modules, and on disk an install.

`python bench/startup.py` prints the least CPU time, of user and system, that each command takes in ten runs,
beside a Python that does nothing and one that imports SQLAlchemy. All take turns, so that whatever else the
machine does falls on each of them. It exits 1 over a limit: 4 times nothing for `--version` and `--help`, 12
times for the help of a command, twice SQLAlchemy for a list; and, in wall time, 150 ms for `--version`,
200 ms for `--help`, and 400 ms and 40 MB for the helpers.
`--size` installs this tree into an environment of its own and prints what it takes beside its 300 MB.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

RUNS = 10
ROOT = Path(__file__).parent.parent
HELPERS = "import app.instagram_helper, app.insights_helper, app.cloudinary_helper"
NOTHING, SQLALCHEMY = "python -c pass", "import sqlalchemy"


class Measured(NamedTuple):
    """A command. most, of: its limit, in times of another one's CPU. most_ms: of wall time.

    is_new: each run has a data directory of its own, and creates the store in it.
    """

    words: list[str]
    most: float | None = None
    of: str = NOTHING
    most_ms: float | None = None
    is_new: bool = False


class Taken(NamedTuple):
    """What a run took, in ms."""

    cpu: float
    wall: float


def python(code: str, most_ms: float | None = None) -> Measured:
    return Measured([sys.executable, "-c", code], most_ms=most_ms)


def pressroom(words: str, most: float, of: str = NOTHING, *, most_ms: float | None = None) -> Measured:
    return Measured([sys.executable, "-m", "pressroom", *words.split()], most, of, most_ms)


LISTS = ("schedule list", "queue status", "approve list")
MEASURED = {
    NOTHING: python("pass"),
    SQLALCHEMY: python("import sqlalchemy"),
    "pressroom --version": pressroom("--version", 4, most_ms=150),
    "pressroom --help": pressroom("--help", 4, most_ms=200),
    "pressroom publish photo --help": pressroom("publish photo --help", 12),
    **{f"pressroom {words}": pressroom(words, 2, SQLALCHEMY) for words in LISTS},
    **{
        f"pressroom {words}, no store": pressroom(words, 2, SQLALCHEMY)._replace(is_new=True)
        for words in LISTS
    },
    "import pressroom": python("import pressroom"),
    "import of the helpers": python(HELPERS, most_ms=400),
}
HELPERS_MB, INSTALL_MB = 40, 300
SHOWN = 8


def run(measured: Measured, home: Path) -> Taken:
    """Run a command once, quietly."""
    # Tokens of whoever measures must not send a command elsewhere.
    kept = {name: text for name, text in os.environ.items() if not name.startswith("INSTAGRAM_")}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        measured.words, check=True, capture_output=True, cwd=ROOT, env={**kept, "PRESSROOM_HOME": str(home)}
    )
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(cpu * 1000, wall * 1000)


def run_in_turns(folder: Path) -> dict[str, Taken]:
    """Return the least that each command took, of CPU and of wall time."""
    taken = {name: list[Taken]() for name in MEASURED}
    for turn in range(RUNS + 1):
        for number, (name, measured) in enumerate(MEASURED.items()):
            home = folder / (f"new-{turn}-{number}" if measured.is_new else "home")
            taken[name].append(run(measured, home))
    # The first turn filled the byte-code cache, and made the store of the others.
    return {
        name: Taken(min(spent.cpu for spent in runs[1:]), min(spent.wall for spent in runs[1:]))
        for name, runs in taken.items()
    }


def peak_mb(code: str) -> float:
    """Return the largest resident size of a Python that runs the code, in MB."""
    measured = f"{code}\nimport resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    done = subprocess.run(
        [sys.executable, "-c", measured], check=True, capture_output=True, text=True, cwd=ROOT
    )
    per_mb = 1024 * 1024 if sys.platform == "darwin" else 1024
    return int(done.stdout) / per_mb


def sizes(folder: Path) -> Iterator[tuple[float, str]]:
    """Yield what each entry of a folder takes on disk, in MB, and its name."""
    for entry in folder.iterdir():
        files = [entry] if entry.is_file() else [one for one in entry.rglob("*") if one.is_file()]
        yield sum(one.lstat().st_blocks * 512 for one in files) / 2**20, entry.name


def install_mb() -> float:
    """Install this tree, print the largest parts, and return what all takes, in MB."""
    with tempfile.TemporaryDirectory(prefix="pressroom-size-") as name:
        place = Path(name)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
        pip = [sys.executable, "-m", "pip", "--python", str(place / "bin/python"), "install", "--quiet"]
        subprocess.run([*pip, ROOT], check=True)
        (packages,) = place.glob("lib/python*/site-packages")
        found = sorted(sizes(packages), reverse=True)
    for size_mb, part in found[:SHOWN]:
        print(f"  {part:30}{size_mb:8.0f} MB")
    return sum(size_mb for size_mb, _ in found)


def limit_of(measured: Measured) -> str:
    """Say what a command may take."""
    words = [f"{measured.most:g} x {measured.of}"] if measured.most else []
    return ", ".join([*words, *([f"{measured.most_ms:g} ms"] if measured.most_ms else [])])


def time_all() -> bool:
    """Print what each command takes; return whether one is over a limit."""
    with tempfile.TemporaryDirectory(prefix="pressroom-startup-") as name:
        least = run_in_turns(Path(name))
    nothing, sqlalchemy, is_over = least[NOTHING].cpu, least[SQLALCHEMY].cpu, False
    print(f"{'':34}{'CPU ms':>8}{'x nothing':>11}{'x SQLAlchemy':>14}{'wall ms':>9}  limit")
    for name, measured in MEASURED.items():
        cpu, wall = least[name]
        is_slow = bool(measured.most) and cpu > measured.most * least[measured.of].cpu
        is_late = bool(measured.most_ms) and wall > measured.most_ms
        is_over |= is_slow or is_late
        mark = "  OVER" if is_slow or is_late else ""
        ratios = f"{cpu / nothing:11.1f}{cpu / sqlalchemy:14.2f}"
        print(f"{name:34}{cpu:8.0f}{ratios}{wall:9.0f}  {limit_of(measured)}{mark}")
    return is_over


def main(*options: str) -> int:
    if "--size" in options:
        taken_mb = install_mb()
        print(f"An install takes {taken_mb:.0f} MB, {taken_mb / INSTALL_MB:.2f} of its {INSTALL_MB} MB.")
        return int(taken_mb > INSTALL_MB)
    is_over = time_all()
    held_mb, bare_mb = peak_mb(HELPERS), peak_mb("pass")
    print(f"The helpers hold {held_mb:.0f} of {HELPERS_MB} MB, {held_mb / bare_mb:.1f} x a bare Python.")
    return int(is_over or held_mb > HELPERS_MB)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
