"""What `make quick` runs, which tests/quick.txt lists, is there, and starts nothing beside itself."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LISTED = (ROOT / "tests" / "quick.txt").read_text().split()
PATHS = [ROOT / line for line in LISTED if not line.startswith("--")]
LEFT_OUT = [line.removeprefix("--ignore-glob=") for line in LISTED if line.startswith("--")]
STARTS_SOMETHING = re.compile(r"subprocess|Popen|postgres\b|_database\b|find_ffmpeg|chromium|serving\(")


def test_everything_that_is_listed_is_there() -> None:
    assert [path for path in PATHS if not path.exists()] == []


def test_no_test_of_it_starts_a_program_a_server_or_a_database() -> None:
    assert [path for path in _files() if STARTS_SOMETHING.search(path.read_text())] == []


def _files() -> Iterator[Path]:
    for path in PATHS:
        for file in [path] if path.is_file() else sorted(path.rglob("test_*.py")):
            if not any(file.match(pattern) for pattern in LEFT_OUT):
                yield file
