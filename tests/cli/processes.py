"""Our command as a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.patience import patience
from tests.slow import must_be_slow

COMMAND = [sys.executable, "-m", "pressroom"]


def environ(home: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "PRESSROOM_HOME": str(home),
        "TERM": "dumb",
        "INSTAGRAM_API_VERSION": "v26.0",
        **more,
    }


def ended(*args: str | Path, env: dict[str, str], stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    must_be_slow("starts processes")
    argv = [*COMMAND, *map(str, args)]
    return subprocess.run(
        argv, check=False, capture_output=True, text=True, env=env, timeout=patience(60), input=stdin
    )


@contextmanager
def running(
    *args: str | Path, env: dict[str, str], under: Sequence[str] = ()
) -> Generator["subprocess.Popen[str]"]:
    """Run a command beside the test, by another program if need be; it is gone when the block ends."""
    must_be_slow("starts processes")
    argv = [*under, *COMMAND, *map(str, args)]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def begin_anew(base: str) -> None:
    """Reset a served sandbox, whose clock goes fast again: media are processed sooner."""
    control(base, "reset", {})
    control(base, "clock", {"factor": 20})


def control(base: str, what: str, order: dict[str, Any] | None = None) -> Any:
    """Ask the control API of a served sandbox."""
    body = None if order is None else json.dumps(order).encode()
    url, kind = f"{base}/_sandbox/{what}", {"content-type": "application/json"}
    with urlopen(Request(url, data=body, headers=kind), timeout=patience(10)) as answer:  # noqa: S310  # loopback
        return json.load(answer)
