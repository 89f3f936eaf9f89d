"""Four processes of a web app on one store: all take posts, one publishes, and its death is healed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from pressroom.core.settings import Settings
from pressroom.dispatch.locks import DriverLock, driver_lock
from pressroom.sandbox.settings import Processing, SandboxSettings
from tests.app.serving import served
from tests.app.world import environment
from tests.patience import patience
from tests.ports import free_port

pytestmark = pytest.mark.usefixtures("processes")

ROOT = Path(__file__).parents[2]
HEALED_WITHIN_S = 5.0


@dataclass(frozen=True)
class App:
    url: str

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data=data, headers={"content-type": "application/json"})  # noqa: S310  # loopback
        with urlopen(request, timeout=patience(30)) as answer:  # noqa: S310  # loopback
            return json.load(answer)

    def submit(self, number: int) -> dict[str, Any]:
        image = "https://example.com/a.jpg"
        return self.ask("/posts", {"image": image, "caption": f"Post {number}", "key": f"key-{number}"})

    def wait_until_live(self, count: int) -> None:
        while [post["state"] for post in self.ask("/posts")] != ["published"] * count:
            pass

    def pids(self, threads: ThreadPoolExecutor) -> set[int]:
        """Ask, many at a time, until four processes have answered."""
        seen = set[int]()
        while len(seen) < 4:
            seen |= {pid for pid in threads.map(self._pid, range(16)) if pid}
        return seen

    def _pid(self, _number: int) -> int | None:
        try:
            return self.ask("/worker")["pid"]
        except URLError:
            return None


@contextmanager
def four_processes(account: dict[str, str]) -> Generator[App]:
    port = free_port()
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), **account}
    command = ["examples.fastapi_store:api", "--workers", "4", "--port", str(port), "--log-level", "error"]
    with subprocess.Popen([sys.executable, "-m", "uvicorn", *command], cwd=ROOT, env=env) as server:
        try:
            yield App(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()


def test_all_take_posts_one_publishes_them_and_its_death_is_healed(tmp_path: Path) -> None:
    settings = SandboxSettings(fetch="trust", processing=Processing.at_once())
    with served(settings) as (sandbox, base_url):
        with four_processes(environment(sandbox, base_url, tmp_path)) as app:
            submit_and_kill(app, driver_lock(Settings(home=tmp_path)))
        captions = Counter(media.caption for media in sandbox.media)
    assert captions == Counter(f"Post {number}" for number in range(12))


def submit_and_kill(app: App, lock: DriverLock) -> None:
    """Submit posts, some of them twice, and kill the process that publishes while it does."""
    with ThreadPoolExecutor(8) as threads:
        pids = app.pids(threads)
        list(threads.map(app.submit, [*range(6), *range(6)]))
        driver = lock.holder()
        assert driver in pids
        os.kill(driver, signal.SIGKILL)
        killed_at, limit_s = time.monotonic(), patience(HEALED_WITHIN_S)
        while (successor := lock.holder()) in (None, driver):
            pass
        assert time.monotonic() - killed_at < limit_s
        assert successor in pids
        list(threads.map(app.submit, range(3, 12)))
        app.wait_until_live(12)
