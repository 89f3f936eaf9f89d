"""Ends a command in the middle without leaving anything half-done."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from pressroom.cli.failures import Interrupted

ResultT = TypeVar("ResultT")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PATIENCE = 3


def run(main: Coroutine[Any, Any, ResultT], on_interrupt: Callable[[], None]) -> ResultT:
    """Run a coroutine; Ctrl-C and SIGTERM cancel it, and it may still return what it came to.

    Raises Interrupted when it was cancelled.
    """
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        return asyncio.run(_interruptible(main, on_interrupt))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _interruptible(main: Coroutine[Any, Any, ResultT], on_interrupt: Callable[[], None]) -> ResultT:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    pressed = 0

    def interrupt() -> None:
        nonlocal pressed
        pressed += 1
        if pressed == 1:
            on_interrupt()
        task.cancel()
        if pressed == _PATIENCE:
            # Whatever still holds on is not going to let go: the next one ends the process at once.
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    for number in _SIGNALS:
        loop.add_signal_handler(number, interrupt)
    try:
        return await main
    except asyncio.CancelledError:
        raise Interrupted("Interrupted.") from None
