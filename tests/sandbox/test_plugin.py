"""The pytest plugin: a fresh sandbox on a port for each test, for clients that know nothing of us."""

import json
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from importlib.metadata import entry_points
from pathlib import Path
from urllib.error import HTTPError

import pytest

from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.pytest_plugin import InstagramSandbox
from pressroom.sandbox.server import serving_in_thread
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.patience import patience


@pytest.fixture
def instagram_sandbox() -> Generator[InstagramSandbox]:
    """The plugin's own fixture, here without installing the plugin into the whole run."""
    with serving_in_thread(Sandbox(SandboxSettings(fetch="trust", media=2))) as served:
        yield InstagramSandbox(served.base_url, served.sandbox)


def read(sandbox: InstagramSandbox, path: str) -> dict[str, object]:
    request = urllib.request.Request(  # noqa: S310  # loopback
        f"{sandbox.url}{path}", headers={"authorization": f"Bearer {sandbox.token}"}
    )
    with urllib.request.urlopen(request, timeout=patience(5)) as reply:  # noqa: S310
        return json.load(reply)


def test_a_client_that_blocks_is_served(instagram_sandbox: InstagramSandbox) -> None:
    got = read(instagram_sandbox, "/v25.0/me?fields=user_id")
    assert got["user_id"] == instagram_sandbox.user_id
    assert len(instagram_sandbox.calls("/me")) == 1
    assert len(instagram_sandbox.media) == 2


def test_faults_and_the_clock_are_at_hand(instagram_sandbox: InstagramSandbox) -> None:
    instagram_sandbox.faults.add(Fault(on="user", kind=FaultKind.DROP, times=None))
    with pytest.raises(OSError, match=r".*"):
        read(instagram_sandbox, "/me")
    instagram_sandbox.faults.clear()
    instagram_sandbox.clock.advance(61 * 24 * 3600)
    with pytest.raises(HTTPError, match="400") as refused:
        read(instagram_sandbox, "/me")
    refused.value.close()


def test_orders_further_accounts_and_a_reset_are_at_hand(instagram_sandbox: InstagramSandbox) -> None:
    instagram_sandbox.order("comments", media_id=instagram_sandbox.media[0].id, text="hi")
    user_id, token = instagram_sandbox.add_account("second", followers=7)
    world = instagram_sandbox.sandbox.scene.world
    assert (world.tokens[token].user_id, world.accounts[user_id].followers) == (user_id, 7)
    instagram_sandbox.reset()
    assert list(world.accounts) == [instagram_sandbox.user_id]
    with pytest.raises(ValueError, match="no order"):
        instagram_sandbox.order("nothing")


def test_its_end_frees_the_port() -> None:
    with serving_in_thread(Sandbox()) as served:
        port = int(served.base_url.rpartition(":")[2])
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_a_taken_port_is_told_at_once() -> None:
    with serving_in_thread(Sandbox()) as served:
        port = int(served.base_url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"), serving_in_thread(Sandbox(), port=port):
            pass


TESTING = Path(__file__).parents[2] / "docs" / "howto" / "testing.md"
SUITE = """
import json, urllib.request
import pytest
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.settings import SandboxSettings

@pytest.fixture
def instagram_sandbox_settings():
    return SandboxSettings(fetch="trust", media=1)

def test_it(instagram_sandbox):
    url = f"{instagram_sandbox.url}/me/media?access_token={instagram_sandbox.token}"
    with urllib.request.urlopen(url) as reply:
        assert len(json.load(reply)["data"]) == 1

def test_a_fault_that_never_happens(instagram_sandbox):
    instagram_sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP))

def test_a_fault_that_is_taken_back(instagram_sandbox):
    instagram_sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP))
    instagram_sandbox.faults.clear()
"""
FAILING = """
import pytest
from pressroom.sandbox.faults import Fault, FaultKind

@pytest.mark.parametrize("end", [pytest.fail, pytest.skip, pytest.xfail])
def test_it_ends_before_the_fault(instagram_sandbox, end):
    instagram_sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP))
    end("for a reason of its own")
"""


@pytest.mark.usefixtures("processes")
def test_the_suite_of_the_how_to_tests_code_that_uses_the_library(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", TESTING.read_text(encoding="utf-8"), re.DOTALL)
    assert "7 passed" in of_their_suite(tmp_path, "\n".join(blocks))


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("how", "shown"),
    [("fail", "3 passed, 1 error"), ("warn", "3 passed, 1 warning"), ("ignore", "3 passed in")],
)
def test_the_plugin_works_in_somebody_elses_suite_and_tells_of_faults_that_never_happened(
    tmp_path: Path, how: str, shown: str
) -> None:
    setting = ["-o", f"instagram_sandbox_unused_faults={how}"] if how != "fail" else []
    said = of_their_suite(tmp_path, SUITE, *setting)
    assert shown in said, said
    assert ("A planned fault never happened: drop on media_publish" in said) is (how != "ignore")


@pytest.mark.usefixtures("processes")
def test_a_test_that_ended_for_another_reason_is_told_of_no_fault(tmp_path: Path) -> None:
    said = of_their_suite(tmp_path, FAILING)
    assert "1 failed, 1 skipped, 1 xfailed" in said, said
    assert "never happened" not in said


def of_their_suite(tmp_path: Path, suite: str, *more: str) -> str:
    (tmp_path / "test_theirs.py").write_text(suite)
    # An installation made before the plugin was there does not announce it.
    is_announced = any(one.name == "pressroom" for one in entry_points(group="pytest11"))
    named = [] if is_announced else ["-p", "pressroom.sandbox.pytest_plugin"]
    plain = ["-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *plain, *more, *named]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=patience(60)
    )
    return done.stdout + done.stderr
