"""A program that uses the library: it plans posts and would drive. Arguments: HOME BASE_URL NAME."""

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from pressroom.core.post import PostId
from pressroom.core.settings import Settings
from pressroom.service.posts.storing import Schedule
from pressroom.store.store import open_store
from tests.crash.following_clock import FollowingClock
from tests.crash.haste import LEASE_S, POLICY
from tests.publish.posts import a_post
from tests.service.rooms import storing_of, worker_of


async def main(home: Path, base_url: str, name: str) -> None:
    settings, clock = Settings(home=home), FollowingClock(base_url)
    worker = worker_of(settings=settings, clock=clock, policy=POLICY, lease_s=LEASE_S)
    working = asyncio.create_task(worker.run())
    with open_store(settings.store, clock=clock) as store:
        schedule = storing_of(store, settings, clock=clock)
        for number in range(3):
            post = replace(a_post(caption=f"Post {name}-{number}"), id=PostId(f"post-{name}-{number}"))
            await schedule.add(post, Schedule(due_at=clock.now() + timedelta(seconds=60)))
    print("planned", flush=True)  # noqa: T201  # the test waits for it
    await working


asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
