"""Another program, which only its files can tell of."""

import asyncio
import os
import time
from pathlib import Path

from tests.patience import patience


def is_running(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


async def until_written(path: Path) -> None:
    await asyncio.to_thread(_until_written, path)


def _until_written(path: Path) -> None:
    deadline = time.monotonic() + patience(30)
    while not path.exists() or not path.read_text():
        assert time.monotonic() < deadline, f"{path} was never written"
        time.sleep(0.01)
