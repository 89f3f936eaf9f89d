"""A sandbox on a port for programs that are not asynchronous: it lives in a thread of its own."""

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
    """Serve while the block runs. Raises OSError when the port cannot be had."""
    ready: Future[tuple[ServedSandbox, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(sandbox, port, ready)), daemon=True)
    thread.start()
    served, loop, end = ready.result(timeout=_START_S)
    try:
        yield served
    finally:
        loop.call_soon_threadsafe(end.set)
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
