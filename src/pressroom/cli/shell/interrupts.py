"""Ends a command in the middle without leaving anything half-done."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from pressroom.cli.shell.failures import Interrupted

ResultT = TypeVar("ResultT")

_PATIENCE = 3


def ending_signals() -> tuple[signal.Signals, ...]:
    """List what ends a command: Ctrl-C, SIGTERM, and SIGHUP unless it is ignored, as under `nohup`."""
    has_hangup = hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if has_hangup else []))


def run(main: Coroutine[Any, Any, ResultT], on_interrupt: Callable[[], None]) -> ResultT:
    """Run a coroutine; the ending signals cancel it, and it may still return what it came to.

    Raises Interrupted when it was cancelled.
    """
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
        task.cancel()
        if pressed == 1:
            on_interrupt()
        if pressed == _PATIENCE:
            # Whatever still holds on is not going to let go: the next one ends the process at once.
            for number in numbers:
                loop.remove_signal_handler(number)

    for number in numbers:
        loop.add_signal_handler(number, interrupt)
    try:
        return await main
    except asyncio.CancelledError:
        raise Interrupted("Interrupted.") from None
