"""A sandbox on a port, in a thread of its own, whose time the helpers can follow."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager

from pressroom.sandbox.server import serve
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.app.world import PLAIN
from tests.patience import haste, patience


@contextmanager
def served(settings: SandboxSettings = PLAIN, *, time_factor: float = 1.0) -> Generator[tuple[Sandbox, str]]:
    """Give the sandbox and its address.

    Its clock runs `time_factor` times as fast as the machine's; less on a busy one, where calls take longer.
    """
    sandbox = Sandbox(settings)
    sandbox.clock.run(haste(time_factor))
    ready, stop = threading.Event(), asyncio.Event()
    address: list[str] = []
    loop = asyncio.new_event_loop()

    def on_ready(base_url: str) -> None:
        address.append(base_url)
        ready.set()

    async def run() -> None:
        server = asyncio.create_task(serve(sandbox, on_ready=on_ready))
        await stop.wait()
        server.cancel()
        await asyncio.gather(server, return_exceptions=True)

    def host() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(run())

    thread = threading.Thread(target=host)
    thread.start()
    assert ready.wait(patience(10))
    try:
        yield sandbox, address[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
