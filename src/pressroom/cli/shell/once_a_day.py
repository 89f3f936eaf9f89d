"""Warnings that are printed once a day at most, whatever commands run."""

import contextlib
from datetime import date
from pathlib import Path


def is_first_today(home: Path, version: str, today: date) -> bool:
    """Tell whether a version's warning was not printed today yet, and remember that it is now.

    True each time where the data directory cannot be written.
    """
    # Keyed by version, so that a change of INSTAGRAM_API_VERSION is warned about on the same day.
    record = home / "version-warned"
    said = f"{version} {today}"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if record.read_text(encoding="utf-8") == said:
            return False
    with contextlib.suppress(OSError):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        record.write_text(said, encoding="utf-8")
    return True
