"""What a program finds in its log, and on stderr, of the library that it uses."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from pressroom.core.settings import log_warnings_only
from tests.patience import haste, patience

pytestmark = pytest.mark.usefixtures("processes")

PUBLISHES = """
import asyncio, logging, sys

logging.basicConfig(level=logging.INFO, format="%(name)s")

from pressroom import Pressroom, new_post
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox

async def main():
    sandbox = Sandbox(SandboxSettings(fetch="trust", processing=Processing.at_once()))
    sandbox.clock.run(float(sys.argv[1]))
    environ = {
        "PRESSROOM_HOME": "home",
        "INSTAGRAM_ACCESS_TOKEN": sandbox.token,
        "INSTAGRAM_USER_ID": sandbox.user_id,
        "INSTAGRAM_API_BASE": "http://127.0.0.1:9",
    }
    clock, transport = sandbox.clock, AsgiTransport(sandbox.app)
    async with Pressroom(environ=environ, transport=transport, clock=clock, works=True) as pressroom:
        planned = await pressroom.posts.submit(new_post("photo", "cat.png", caption="Hello"))
        print((await pressroom.posts.wait_for(planned.post.id)).state)

asyncio.run(main())
"""
WARNS = """
import logging
from pressroom import Pressroom

logging.getLogger("pressroom.worker").warning("It is late.")
"""


def ran(source: str, home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", source, *args]
    return subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=patience(60), check=True)


def test_a_program_that_logs_info_sees_steps_of_posts_and_nothing_of_the_libraries_below(
    tmp_path: Path,
) -> None:
    """The store is made, a file is hosted and a worker runs: Alembic and uvicorn have much to say."""
    Image.new("RGB", (640, 640), "teal").save(tmp_path / "cat.png")
    done = ran(PUBLISHES, tmp_path, str(haste(30)))
    assert done.stdout == "published\n"
    assert set(done.stderr.splitlines()) == {"pressroom.post"}


def test_a_program_without_a_log_sees_nothing(tmp_path: Path) -> None:
    assert ran(WARNS, tmp_path).stderr == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [(logging.NOTSET, logging.WARNING), (logging.INFO, logging.INFO), (logging.ERROR, logging.ERROR)],
)
def test_a_level_that_the_program_has_set_stays(before: int, after: int) -> None:
    logger = logging.getLogger("tests.quiet")
    logger.setLevel(before)
    log_warnings_only("tests.quiet")
    assert logger.level == after
