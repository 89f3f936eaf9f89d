"""Make the report that report.py measures, in a process of its own, and print as JSON what it cost."""

import asyncio
import resource
import sys
import time
from pathlib import Path
from typing import Final

import msgspec

from pressroom.core.account import Account
from pressroom.core.secret import Secret
from pressroom.core.settings import settings_from_environment
from pressroom.graph.answers import UserId
from pressroom.service import Pressroom

ACCOUNT: Final = Account(
    token=Secret("IGbench"), user_id=UserId("17841400000000001"), api_base="http://127.0.0.1:1"
)


class Made(msgspec.Struct):
    """What making the report cost, with loading what draws. memory_mb: the most that was resident."""

    wall_ms: float
    cpu_ms: float
    memory_mb: float


async def make(home: Path, period: str) -> Made:
    start = time.perf_counter()
    async with Pressroom(ACCOUNT, settings_from_environment({}, default_home=home)) as pressroom:
        report = await pressroom.insights.report(period)
        await pressroom.insights.write_report(report, home / "report.html")
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Made(
        wall_ms=(time.perf_counter() - start) * 1000,
        cpu_ms=(used.ru_utime + used.ru_stime) * 1000,
        memory_mb=used.ru_maxrss / 1000,
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(make(Path(sys.argv[1]), sys.argv[2]))))
