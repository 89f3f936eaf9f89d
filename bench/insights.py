"""Calls for the insights of 10,000 media: ours beside one call a media, as every published client makes.

    python bench/insights.py [--media 10000]

Both are counted by the sandbox that answers them. Ends with status 1 when the budget is missed.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account
from pressroom.core.secret import Secret
from pressroom.core.settings import settings_from_environment
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service import Pressroom

MOST_CALLS_FOR_10_000 = 220
SAMPLE = 50


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
    most = MOST_CALLS_FOR_10_000 * media / 10_000
    print(f"media read: {len(found):,}")
    print(f"calls, 50 to a page: {ours:,}; one by one: {each * media:,.0f} (measured on {len(sample)})")
    print(
        f"ratio {ours / (each * media):.4f}; budget {most:.0f} calls: {'kept' if ours <= most else 'MISSED'}"
    )
    return ours <= most and len(found) == media


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=int, default=10_000)
    sys.exit(not asyncio.run(count(parser.parse_args().media)))
