"""Lets what was begun come to its end, whatever interrupts it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")


async def to_its_end(begun: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Wait for a coroutine; a cancellation waits, too, and is raised afterwards."""
    # Not `asyncio.shield` alone: the program ends after a Ctrl-C, and with it a task that nobody waits for.
    # Instagram may give a new token only once, and the id of a media only in this answer.
    task, was_cancelled = asyncio.create_task(begun), False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            was_cancelled = True
    if was_cancelled:
        if not task.cancelled():
            task.exception()  # else asyncio complains that nobody asked for it
        raise asyncio.CancelledError
    return task.result()
