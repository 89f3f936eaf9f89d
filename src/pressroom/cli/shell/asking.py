"""Asks the person at the terminal."""

import asyncio
import contextlib
import sys
from collections.abc import Generator, Sequence

from pressroom.cli.shell.console import Console, write
from pressroom.cli.shell.failures import Interrupted


async def confirmed(console: Console, question: str, about: Sequence[str] = ()) -> bool:
    """Ask on stderr and return whether the answer is yes; no answer is no. Only for an attended terminal.

    about: lines that show what is asked about, also of a quiet command.
    """
    for line in about:
        write(sys.stderr, console.mask(line))
    try:
        return (await asked(console, f"{question} [y/N]")).lower() in ("y", "yes")
    except Interrupted:
        return False


async def asked(console: Console, question: str, *, default: str = "", is_hidden: bool = False) -> str:
    """Ask on stderr and return the line typed, or the default for an empty one.

    is_hidden: what is typed or pasted is not shown. Only for an attended terminal.
    """
    # Before the question: what is pasted at once must not be shown either.
    with _unseen() if is_hidden else contextlib.nullcontext():
        write(sys.stderr, console.mask(f"{question} [{default}]" if default else question))
        await _something_typed()
        line = sys.stdin.readline()
    if not line:
        raise Interrupted("The terminal was closed in place of an answer.")
    if is_hidden:
        write(sys.stderr, "")  # the Enter that was not shown
    return line.strip() or default


async def chosen(console: Console, question: str, options: Sequence[str]) -> int:
    """Ask for one of several and return its place, the first for an empty answer."""
    for number, option in enumerate(options, 1):
        write(sys.stderr, console.mask(f"  {number}  {option}"))
    while True:
        answer = await asked(console, question, default="1")
        if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(options):
            return int(answer) - 1
        write(sys.stderr, f"Give a number from 1 to {len(options)}.")


@contextlib.contextmanager
def _unseen() -> Generator[None]:
    """Turn off the terminal's echo; put it back whatever happens, Ctrl-C included."""
    if not sys.stdin.isatty():
        yield
        return
    import termios  # noqa: PLC0415  # loads only where somebody is asked

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    hidden = list(before)
    hidden[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(terminal, termios.TCSADRAIN, hidden)
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


async def _something_typed() -> None:
    # Waited for by the event loop: a blocking read would not be ended by Ctrl-C, which the loop handles.
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    with contextlib.suppress(OSError):  # what cannot be waited for, such as a file, can be read at once
        loop.add_reader(sys.stdin.fileno(), typed.set)
        try:
            await typed.wait()
        finally:
            loop.remove_reader(sys.stdin.fileno())
