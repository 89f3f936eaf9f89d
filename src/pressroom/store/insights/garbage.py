"""Keeps the garbage collector from searching all that is loaded while thousands of rows are read."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def no_garbage_collection() -> Generator[None]:
    """Pause the collector: values of rows hold no cycles, and its passes took a third of a question's time.

    Where two threads pause it, it goes on with whoever ends first, which only costs time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
