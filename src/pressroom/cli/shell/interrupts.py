"""Ends a running command by cancellation, so that it leaves nothing half-done."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from pressroom.cli.shell.failures import Interrupted

ResultT = TypeVar("ResultT")

# Signals that are turned into a cancellation. The next one ends the process at once, even while cleaning up
# hangs.
_PATIENCE = 3


def ending_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that end a command: SIGINT, SIGTERM, and SIGHUP unless it is ignored (`nohup`)."""
    has_hangup = hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if has_hangup else []))


def run(main: Coroutine[Any, Any, ResultT], on_interrupt: Callable[[], None]) -> ResultT:
    """Run a coroutine. An ending signal cancels it, and it may catch that and still return a result.

    Raises Interrupted when the cancellation is not caught.
    """
    # Put back afterwards: a program that calls `run` keeps its own handlers.
    before = {number: signal.getsignal(number) for number in ending_signals()}
    try:
        return asyncio.run(_interruptible(main, on_interrupt, tuple(before)))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _interruptible(
    main: Coroutine[Any, Any, ResultT], on_interrupt: Callable[[], None], numbers: tuple[signal.Signals, ...]
) -> ResultT:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    pressed = 0

    def interrupt() -> None:
        nonlocal pressed
        pressed += 1
        # Cancelled before anything is written: stderr may be a terminal that is gone.
        task.cancel()
        if pressed == 1:
            on_interrupt()
        if pressed == _PATIENCE:
            # Three cancellations did not end it: with Python's own handlers the next signal does.
            for number in numbers:
                loop.remove_signal_handler(number)

    for number in numbers:
        loop.add_signal_handler(number, interrupt)
    try:
        return await main
    except asyncio.CancelledError:
        raise Interrupted("Interrupted.") from None
