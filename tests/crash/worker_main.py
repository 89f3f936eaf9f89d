"""A worker in a process of its own, on the sandbox's clock. Arguments: HOME BASE_URL [DATABASE_URL]."""

import asyncio
import logging
import os
import sys
from pathlib import Path

from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.service.work.worker import crash_point_of
from tests.crash.following_clock import FollowingClock
from tests.crash.haste import LEASE_S, POLICY
from tests.service.rooms import worker_of

logging.basicConfig(level=logging.INFO)
worker = worker_of(
    settings=Settings(home=Path(sys.argv[1]), database_url=Secret(sys.argv[3]) if sys.argv[3:] else None),
    clock=FollowingClock(sys.argv[2]),
    policy=POLICY,
    lease_s=LEASE_S,
    crash_point=crash_point_of(os.environ),
)
print("working", flush=True)  # noqa: T201  # the test waits for it
asyncio.run(worker.run())
