"""A worker that is frozen past every time limit and wakes after another took over publishes nothing twice."""

import os
import signal
import time

import pytest

from tests.crash.stage import PATIENCE_S, Site, is_over, process

POSTS = 12
FREEZES = 6
# A minute and more of the sandbox's time: past leases, time limits and send deadlines.
FROZEN_S = 1.5


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
@pytest.mark.timeout(240)
def test_frozen_workers_neither_lose_nor_double(site: Site) -> None:
    posts = [site.schedule(number) for number in range(POSTS)]
    with process("worker_main", *site.arguments) as one, process("worker_main", *site.arguments) as two:
        end = time.monotonic() + PATIENCE_S
        for turn in range(FREEZES):
            frozen = (one, two)[turn % 2]
            os.kill(frozen.pid, signal.SIGSTOP)
            time.sleep(FROZEN_S)
            os.kill(frozen.pid, signal.SIGCONT)
            time.sleep(0.3)
        while time.monotonic() < end and not all(is_over(site.store.posts.get(post)) for post in posts):
            time.sleep(0.1)
    assert site.unfinished(posts) == []
    site.assert_each_is_live_once(posts)
