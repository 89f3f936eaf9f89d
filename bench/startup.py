"""What it costs to start: the command line, an import of the helper modules, and on disk an install.

`python bench/startup.py` prints the least and the median of ten runs next to a Python that does nothing, and
exits 1 over budget: 150 ms for `--version`, 200 ms for `--help`, 400 ms and 40 MB for the helpers (least).
`--size` installs this tree into an environment of its own and prints what it takes beside its 300 MB.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

RUNS = 10
ROOT = Path(__file__).parent.parent
PRESSROOM = [sys.executable, "-m", "pressroom"]
HELPERS = "import app.instagram_helper, app.insights_helper, app.cloudinary_helper"
COMMANDS = {
    "python -c pass": ([sys.executable, "-c", "pass"], None),
    "pressroom --version": ([*PRESSROOM, "--version"], 150),
    "pressroom --help": ([*PRESSROOM, "--help"], 200),
    "pressroom publish reel --help": ([*PRESSROOM, "publish", "reel", "--help"], None),
    "import pressroom": ([sys.executable, "-c", "import pressroom"], None),
    "import of the helpers": ([sys.executable, "-c", HELPERS], 400),
}
HELPERS_MB, INSTALL_MB = 40, 300
SHOWN = 8


def once_ms(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return (time.perf_counter() - started) * 1000


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


def time_all() -> bool:
    """Print what each command takes; return whether one is over its budget."""
    is_over, bare = False, 0.0
    print(f"{'':32}{'min ms':>10}{'median ms':>12}{'x bare':>9}{'budget':>9}")
    for name, (command, budget) in COMMANDS.items():
        once_ms(command)  # fills the byte-code cache
        taken = [once_ms(command) for _ in range(RUNS)]
        least = min(taken)
        bare = bare or least
        is_over |= budget is not None and least > budget
        print(f"{name:32}{least:10.0f}{statistics.median(taken):12.0f}{least / bare:9.1f}{budget or '':>9}")
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
