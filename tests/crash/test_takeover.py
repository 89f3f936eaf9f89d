"""Several programs on one SQLite file: all plan posts, one drives, and another follows it when it dies."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from pressroom.core.post import PostId
from pressroom.core.settings import Settings
from pressroom.dispatch.locks import driver_lock
from tests.crash.stage import PATIENCE_S, RESUMES_WITHIN_S, Site, a_site, process, slowness_of
from tests.patience import patience

MEMBERS = 4


def seconds_until(is_so: Callable[[], bool], limit_s: float) -> float:
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < limit_s
        time.sleep(0.02)
    return time.monotonic() - begun


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.timeout(300)
def test_all_plan_one_drives_and_its_death_is_healed_within_five_seconds(settings: Settings) -> None:
    with a_site(settings) as site, ExitStack() as stack:
        members = [
            stack.enter_context(process("member_main", str(settings.home), site.base_url, str(number)))
            for number in range(MEMBERS)
        ]
        limit_s = RESUMES_WITHIN_S * slowness_of(*members)
        posts = [PostId(f"post-{member}-{number}") for member in range(MEMBERS) for number in range(3)]

        driver = driver_lock(settings).holder()
        assert driver in [member.pid for member in members]
        os.kill(driver, signal.SIGKILL)
        assert seconds_until(lambda: has_follower(site, driver), limit_s)

        seconds_until(lambda: not site.left_of(posts), patience(PATIENCE_S))
        assert driver_lock(settings).holder() not in (None, driver)
        assert site.unfinished(posts) == []
        site.assert_none_is_doubled()
        assert len(site.ask("media")) == len(posts)


def has_follower(site: Site, before: int) -> bool:
    """Whether another process drives, and has taken up a post."""
    holder = driver_lock(site.settings).holder()
    return holder not in (None, before) and site.was_leased_by(holder)
