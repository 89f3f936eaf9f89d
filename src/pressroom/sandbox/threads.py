"""Serves a sandbox from a thread of its own, for programs that are not asynchronous."""

import asyncio
import contextlib
import threading
from collections.abc import Generator
from concurrent.futures import Future

from pressroom.sandbox.server import ServedSandbox, serving
from pressroom.sandbox.simulator import Sandbox

_START_S = 10.0


@contextlib.contextmanager
def running(sandbox: Sandbox, *, port: int = 0) -> Generator[ServedSandbox]:
    """Serve while the block runs. Raises OSError when the port cannot be opened."""
    ready: Future[tuple[ServedSandbox, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    # Daemon: a block that never ends, as in a test run that is killed, must not keep the program alive.
    thread = threading.Thread(target=lambda: asyncio.run(_serve(sandbox, port, ready)), daemon=True)
    thread.start()
    served, loop, end = ready.result(timeout=_START_S)
    try:
        yield served
    finally:
        loop.call_soon_threadsafe(end.set)  # an asyncio.Event may be set in its own loop's thread only
        thread.join()


async def _serve(
    sandbox: Sandbox,
    port: int,
    ready: "Future[tuple[ServedSandbox, asyncio.AbstractEventLoop, asyncio.Event]]",
) -> None:
    end = asyncio.Event()
    try:
        async with serving(sandbox, port=port) as served:
            ready.set_result((served, asyncio.get_running_loop(), end))
            await end.wait()
    except OSError as error:
        ready.set_exception(error)
    finally:
        await sandbox.aclose()
