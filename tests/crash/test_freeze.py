"""Workers that are frozen past every time limit and wake after others took over publish nothing twice."""

import os
import signal
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from pressroom.core.post import PostId
from pressroom.core.settings import Settings
from tests.crash.haste import FROZEN_S
from tests.crash.stage import PATIENCE_S, Site, a_site, process
from tests.crash.test_kill import ROUNDS
from tests.patience import patience

IS_LONG = ROUNDS >= 100
POSTS = 200 if IS_LONG else 24
ACCOUNTS = 50 if IS_LONG else 8
FREEZES = 24 if IS_LONG else 4
# Between two posts, by the sandbox's clock: while one worker stands still, others have some to send.
GAP_S = 30.0
# The send is on record, and none of its bytes has left.
BEFORE_THE_FIRST_BYTE = "after SendCommitted"


@dataclass
class Frost:
    """Freezes workers in turns, and thaws each that has stood still long enough, whoever stopped it."""

    workers: list[subprocess.Popen[str]]
    left: int
    since: dict[int, float] = field(default_factory=dict[int, float])
    at_a_send: int = 0

    def blow(self) -> None:
        stopped = [worker.pid for worker in self.workers if _is_stopped(worker)]
        for pid in stopped:
            if pid not in self.since:
                self.since[pid], self.at_a_send = time.monotonic(), self.at_a_send + 1
            elif time.monotonic() - self.since[pid] > FROZEN_S:
                del self.since[pid]
                os.kill(pid, signal.SIGCONT)
        if len(self.since) < 2 and self.left:
            self.left -= 1
            # The first worker stops by itself.
            pid = self.workers[1 + self.left % (len(self.workers) - 1)].pid
            if pid not in self.since:
                self.since[pid] = time.monotonic()
                os.kill(pid, signal.SIGSTOP)


def _is_stopped(worker: subprocess.Popen[str]) -> bool:
    found = os.waitid(os.P_PID, worker.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT)
    return found is not None


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
@pytest.mark.timeout(POSTS * 6 + 300)
def test_frozen_workers_neither_lose_nor_double(settings: Settings) -> None:
    """One whose send was frozen twice is asked about: nothing is sent a third time."""
    with a_site(settings, accounts=ACCOUNTS) as site:
        posts = [site.schedule(number, in_s=120 + GAP_S * number) for number in range(POSTS)]
        frost = _freeze_until_all_is_over(site, posts)
        assert frost.at_a_send > 0
        assert len(site.assert_each_is_live_once_or_asked_about(posts)) <= frost.at_a_send / 2


def _freeze_until_all_is_over(site: Site, posts: list[PostId]) -> Frost:
    """Let one of three workers freeze at each of its sends, and the others at any moment."""
    with ExitStack() as stack:
        freezing = {"PRESSROOM_FREEZE_AT": BEFORE_THE_FIRST_BYTE}
        workers = [
            stack.enter_context(process("worker_main", *site.arguments, **environ))
            for environ in (freezing, {}, {})
        ]
        frost, end = Frost(workers, FREEZES), time.monotonic() + patience(PATIENCE_S + POSTS)
        left = posts
        while left and time.monotonic() < end:
            frost.blow()
            left = site.left_of(left)
            time.sleep(0.1)
    return frost
