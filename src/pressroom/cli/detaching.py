"""Starts a sandbox in the background."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Final, Literal, TypedDict

from pressroom.cli.face import Face
from pressroom.cli.failures import SystemRefused
from pressroom.cli.running import Running, find_running

_START_S: Final = 30.0
_POLL_S: Final = 0.02


class Wanted(TypedDict):
    """What the options of `serve` say. port: None for the usual one, or any when it is in use."""

    host: str
    port: int | None
    user_id: str | None
    token: str | None
    media: int
    fetch: Literal["real", "trust"]


async def start_detached(face: Face, wanted: Wanted) -> Running:
    """Start a sandbox that outlives this command and give it once it answers.

    Raises SystemRefused, naming its log, when it ends before or takes too long.
    """
    home = face.settings().home
    home.mkdir(parents=True, exist_ok=True)
    log = home / "sandbox.log"
    process = _spawn(face, wanted, log)
    try:
        async with asyncio.timeout(_START_S):
            while process.poll() is None:
                found = [running for running in find_running(home) if running.pid == process.pid]
                if found:
                    return found[0]
                await asyncio.sleep(_POLL_S)
    except (TimeoutError, asyncio.CancelledError) as error:
        process.terminate()
        if isinstance(error, asyncio.CancelledError):
            raise
    raise SystemRefused("The sandbox did not start.", fix=f"Its log says why: {log}")


def _spawn(face: Face, wanted: Wanted, log: Path) -> "subprocess.Popen[bytes]":
    options = {f"--{name.replace('_', '-')}": value for name, value in wanted.items() if value is not None}
    argv = [f"{name}={value}" for name, value in options.items()]
    # The account of whoever starts it is none of its business.
    environ = {k: v for k, v in face.around.environ.items() if not k.startswith("INSTAGRAM_")}
    with log.open("ab") as file:
        return subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "pressroom", "sandbox", "serve", "--json", *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=file,
            env=environ,
            start_new_session=True,
        )
