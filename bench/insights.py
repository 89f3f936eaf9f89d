"""What reading the insights of 10,000 media takes: calls, and the memory of a pull.

    python bench/insights.py [--media 10000]

Calls are counted by the sandbox that answers them, of a live read and of a first pull, beside one call a
media, as every published client makes. Memory is the highest of a process that pulls, with all media and with
a tenth of them, each into an empty store: it must not grow with the media. The sandbox is in another process.
Linux only: it reads /proc. Ends with status 1 when a budget is missed.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account
from pressroom.core.secret import Secret
from pressroom.core.settings import settings_from_environment
from pressroom.sandbox.server import serving
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Pressroom

MOST_CALLS_FOR_10_000 = 220
MOST_GROWTH_MB: Final = 8.0
SAMPLE = 50
# So that a pull does not wait because much of what a day allows is used.
_PLENTY: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Pull:
    """What a first pull took. highest_mb: of the process's memory."""

    calls: int
    readings: int
    highest_mb: float


async def count(media: int) -> bool:
    """Read all in pages and some one by one, print both counts, and tell whether the budget holds."""
    sandbox = Sandbox(SandboxSettings(media=media))
    with tempfile.TemporaryDirectory() as home:
        account = Account(token=Secret(sandbox.token), user_id=sandbox.user_id, api_base="http://127.0.0.1:1")
        settings = settings_from_environment({}, default_home=Path(home))
        async with Pressroom(account, settings, transport=AsgiTransport(sandbox.app)) as pressroom:
            found = [one async for one in pressroom.insights.measure_all()]
            ours = len(sandbox.calls())
            sample = [one.id for one in sandbox.media[:SAMPLE]]
            for media_id in sample:
                await pressroom.insights.read(media_id, ["views", "reach"])
            each = (len(sandbox.calls()) - ours) / len(sample)
    print(f"media read: {len(found):,}")
    print(f"one by one: {each * media:,.0f} calls (measured on {len(sample)})")
    is_kept = _are_few("live, 50 to a page", ours, each, media)
    return is_kept and len(found) == media


def _are_few(name: str, calls: int, each: float, media: int) -> bool:
    most = MOST_CALLS_FOR_10_000 * media / 10_000
    verdict = "kept" if calls <= most else "MISSED"
    print(f"{name}: {calls:,} calls, ratio {calls / (each * media):.4f}; budget {most:.0f} calls: {verdict}")
    return calls <= most


async def pull(media: int) -> Pull:
    """Have a process of its own pull so many media, and return what it took."""
    sandbox = Sandbox(SandboxSettings(media=media, calls_per_day=_PLENTY, listed_media_max=media))
    async with serving(sandbox) as served:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, __file__, "--pull", served.base_url, sandbox.token, sandbox.user_id),
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await process.communicate()
    await sandbox.aclose()
    return Pull(**json.loads(told))


async def pull_here(url: str, token: str, user_id: str) -> Pull:
    """Pull into an empty store in this process."""
    with tempfile.TemporaryDirectory() as home:
        account = Account(token=Secret(token), user_id=user_id, api_base=url)
        settings = settings_from_environment({}, default_home=Path(home))
        async with Pressroom(account, settings) as pressroom:
            found = await pressroom.insights.pull()
    return Pull(calls=found.calls, readings=found.learnt.readings, highest_mb=_highest_mb())


def _highest_mb() -> float:
    # Not `ru_maxrss`, in which a process begins with what the one had that started it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


async def compare_pulls(media: int) -> bool:
    """Pull a tenth and all, print what both took, and tell whether the memory stays flat."""
    few, many = await pull(media // 10), await pull(media)
    is_whole = (few.readings, many.readings) == (media // 10, media)
    is_few = _are_few("first pull, with the account's own numbers", many.calls, 1, media)
    growth = many.highest_mb - few.highest_mb
    is_flat = growth <= MOST_GROWTH_MB
    for one in (few, many):
        print(f"memory of a pull of {one.readings:,} media: {one.highest_mb:.1f} MB")
    print(
        f"ratio {many.highest_mb / few.highest_mb:.2f}; budget {MOST_GROWTH_MB:.0f} MB more: "
        f"{'kept' if is_flat else 'MISSED'}"
    )
    return is_whole and is_few and is_flat


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--media", type=int, default=10_000)
    parser.add_argument("--pull", nargs=3, metavar=("URL", "TOKEN", "USER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.pull:
        print(json.dumps(asdict(asyncio.run(pull_here(*given.pull)))))
        return 0
    results = [asyncio.run(count(given.media)), asyncio.run(compare_pulls(given.media))]
    return not all(results)


if __name__ == "__main__":
    sys.exit(main())
