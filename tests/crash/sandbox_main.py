"""A hostile sandbox in a process of its own, `FACTOR` times as fast as real time. Prints its address."""

import asyncio
import sys

from pressroom.sandbox.server import serving
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox


async def main(factor: float) -> None:
    settings = SandboxSettings(
        hostile=True, fetch="trust", processing=Processing.after_reads(2), token="IGcrash", quota_total=10_000
    )
    sandbox = Sandbox(settings)
    sandbox.clock.run(factor)
    async with serving(sandbox) as served:
        print(served.base_url, flush=True)  # noqa: T201  # the test waits for it
        await asyncio.Event().wait()


asyncio.run(main(float(sys.argv[1])))
