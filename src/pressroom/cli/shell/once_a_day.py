"""What is said once a day at most, whatever commands run."""

import contextlib
from datetime import date
from pathlib import Path


def is_first_today(home: Path, version: str, today: date) -> bool:
    """Tell whether the warning of a version is said for the first time today, and remember that it was.

    Where the data directory cannot be written it is said each time.
    """
    record = home / "version-warned"
    said = f"{version} {today}"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if record.read_text(encoding="utf-8") == said:
            return False
    with contextlib.suppress(OSError):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        record.write_text(said, encoding="utf-8")
    return True
