"""What every test has: nothing of the environment, a watched loop, stateless properties, a limit of time."""

import asyncio
import atexit
import os
import shutil
import signal
import tempfile
from typing import Any

import pytest
import pytest_timeout
from hypothesis import settings

from pressroom.core.actor import AGENT_MARKS
from pressroom.store import threads
from tests.fakes.loop import WatchedLoops, WatchedThreads
from tests.patience import patience

pytest_plugins = ("tests.costs", "tests.slow", "tests.media.fixtures", "tests.store.fixtures")
settings.register_profile("pressroom", deadline=None, database=None, print_blob=True)
settings.load_profile("pressroom")
# The one way to give a loop to the `asyncio.run` of a command that runs inside a test.
asyncio.set_event_loop_policy(WatchedLoops())  # pyright: ignore[reportDeprecated]  # until Python 3.16
threads.THREADS = WatchedThreads()  # pyright: ignore[reportAttributeAccessIssue, reportConstantRedefinition]

for _name in list(os.environ):
    if _name.startswith("PRESSROOM_TEST_"):
        continue
    if _name.startswith(("INSTAGRAM_", "PRESSROOM_")) or _name.lower().endswith("_proxy"):
        del os.environ[_name]
# A known agent's shell would make a program of every test's person. All processes of tests inherit this.
for _name in ("CLOUDINARY_URL", *(mark.variable for mark in AGENT_MARKS)):
    os.environ.pop(_name, None)
# Marks of stores, and whatever else a program keeps in a user's home directory, end with the run.
os.environ["HOME"] = tempfile.mkdtemp(prefix="pressroom-test-home-")
os.environ.pop("XDG_STATE_HOME", None)
atexit.register(shutil.rmtree, os.environ["HOME"], ignore_errors=True)
# `nohup make test` starts all processes with SIGHUP ignored, and some tests end theirs by it.
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> bool:
    """Let the limit of a test, the general one or its own, be longer where all that it waits for is."""
    longer = settings._replace(timeout=patience(settings.timeout))
    return pytest_timeout.pytest_timeout_set_timer(item, longer)  # pyright: ignore[reportUnknownMemberType]  # untyped


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: begun last, it would leave the other worker idle for up to a minute."""
    items.sort(key=lambda item: item.path.parent.name not in {"crash", "attack"})
