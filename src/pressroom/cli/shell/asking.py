"""Asks the person at the terminal."""

import asyncio
import contextlib
import sys

from pressroom.cli.shell.console import Console, write


async def confirmed(console: Console, question: str) -> bool:
    """Ask on stderr and return whether the answer is yes; no answer is no. Only for an attended terminal."""
    write(sys.stderr, console.mask(f"{question} [y/N]"))
    await _something_typed()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


async def _something_typed() -> None:
    # Waited for by the event loop: a blocking read would not be ended by Ctrl-C, which the loop handles.
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    with contextlib.suppress(OSError):  # what cannot be waited for, such as a file, can be read at once
        loop.add_reader(sys.stdin.fileno(), typed.set)
        try:
            await typed.wait()
        finally:
            loop.remove_reader(sys.stdin.fileno())
