"""Our command on the clock of the sandbox at ATTACK_BASE, with a date that is off by ATTACK_DATE_OFF_S."""

import os
import sys
from datetime import datetime, timedelta

from pressroom.cli.entry import run
from pressroom.cli.shell.command import Runtime
from tests.crash.following_clock import FollowingClock
from tests.crash.haste import POLICY


class SetClock(FollowingClock):
    """A clock that somebody has set wrong."""

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=float(os.environ["ATTACK_DATE_OFF_S"]))


sys.exit(run(sys.argv[1:], Runtime(clock=SetClock(os.environ["ATTACK_BASE"]), policy=POLICY)))
