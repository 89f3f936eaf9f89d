"""A hostile sandbox in a process of its own. Arguments: FACTOR LOST_ANSWERS COPIES. Prints its address.

Its clock is `FACTOR` times as fast as real time; the other two are shares of publish calls, on top of what
every hostile sandbox does.
"""

import asyncio
import sys
from dataclasses import replace

from pressroom.sandbox.server import serving
from pressroom.sandbox.settings import HOSTILE, Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox


async def main(factor: float, lost_answers: float, copies: float) -> None:
    settings = SandboxSettings(
        hostile=True,
        hostility=replace(HOSTILE, lost_answers=lost_answers, copies=copies),
        fetch="trust",
        processing=Processing.after_reads(2),
        token="IGcrash",
        quota_total=10_000,
    )
    sandbox = Sandbox(settings)
    sandbox.clock.run(factor)
    async with serving(sandbox) as served:
        print(served.base_url, flush=True)  # noqa: T201  # the test waits for it
        await asyncio.Event().wait()


asyncio.run(main(*map(float, sys.argv[1:])))
