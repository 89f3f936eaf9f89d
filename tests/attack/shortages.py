"""A crowd of posts, and a worker in a process of its own that may hold few descriptors, on a busy machine."""

import asyncio
import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image

from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account
from pressroom.core.assets import Asset
from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.core.errors import StoreFailed
from pressroom.core.post import Post, PostId, PostKind, PostOptions, PostState
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.core.stored_posts import PostQuery
from pressroom.graph.answers import UserId
from pressroom.publish.machine.transitions import FINAL_STATES
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.resources import Resources
from pressroom.service.posts.storing import Schedule, Storing
from pressroom.store.store import open_store
from tests.cli.processes import control, environ, running
from tests.cli.test_worker import whole_object
from tests.patience import patience

FACTOR = 5
"""How many times as fast as the machine's the clock of sandbox and worker is."""

_LONGEST_S = 600.0
_SERVE = ("sandbox", "serve", "--port", "0", "--json", "--fetch", "trust")
_MAIN = str(Path(__file__).with_name("command_main.py"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Posts of several accounts, each with a file of its own, or all of one address.

    lead_s: from planning to the first that is due, over_s: from that to the last, by the sandbox's clock.
    """

    posts: int
    lead_s: float = 300.0
    over_s: float = 0.0
    accounts: int = 10
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A sandbox and the home of a worker."""

    base_url: str
    home: Path
    place: Path

    def captions(self) -> Counter[str]:
        """Count what is live, by caption."""
        live = control(self.base_url, "export")["media"]
        return Counter(one["caption"] for one in live if one.get("container_id"))

    def states(self) -> Counter[PostState]:
        """Count the posts of the store by their state."""
        with open_store(self.home / "pressroom.db") as store:
            return Counter(store.posts.counts())

    def is_over(self) -> bool:
        """Tell whether every post is at its end; while the disk is full nobody can tell."""
        with contextlib.suppress(StoreFailed):
            return all(state in FINAL_STATES for state, count in self.states().items() if count)
        return False

    def unlucky(self) -> dict[str, str | None]:
        """Tell of each post that is not live why."""
        with open_store(self.home / "pressroom.db") as store:
            posts = store.posts.list(PostQuery(limit=10_000)).posts
        return {post.id: post.problem for post in posts if post.state is not PostState.PUBLISHED}


@contextmanager
def a_stage(place: Path, crowd: Crowd, home: Path, *, factor: float = FACTOR) -> Generator[Stage]:
    """Serve a sandbox, and plan the crowd for a little later. factor: how many times as fast its clock is."""
    options = [word for one in ("quota_total=100000", "processing=reads:1") for word in ("--set", one)]
    with running(*_SERVE, *options, env=environ(place / "sandbox")) as process:
        base_url = whole_object(process)["url"]
        stage = Stage(base_url, home, place)
        control(base_url, "clock", {"factor": factor})
        tokens = [_account(base_url, number) for number in range(crowd.accounts)]
        _plan(stage, crowd, tokens)
        yield stage


def _account(base_url: str, number: int) -> Account:
    made = control(base_url, "accounts", {"username": f"crowd.{number}"})
    return Account(token=Secret(made["token"]), user_id=UserId(made["user_id"]), api_base=base_url)


def _plan(stage: Stage, crowd: Crowd, accounts: list[Account]) -> None:
    settings = Settings(home=stage.home)
    with open_store(settings.store, marks=settings.marks) as store:
        vault = open_vault(store, settings)
        for number, account in enumerate(accounts):
            vault.keep(f"account-{number}", account, obtained_at=SYSTEM_CLOCK.now())
        resources = Resources(settings=settings, _store=store)
        storing = Storing(resources, Acting(resources), Gate(resources))
        begins = datetime.fromisoformat(control(stage.base_url, "clock")["now"])
        planned = list(_posts(stage.place, crowd, begins + timedelta(seconds=crowd.lead_s)))
        asyncio.run(storing.add_all(planned))


def _posts(place: Path, crowd: Crowd, begins: datetime) -> Iterator[tuple[Post, Schedule]]:
    files = _pictures(place / "pictures", 0 if crowd.address else crowd.posts)
    sources = itertools.repeat(crowd.address, crowd.posts) if crowd.address else files
    for number, source in enumerate(sources):
        post = Post(
            id=PostId(f"crowd-{number:04}"),
            kind=PostKind.PHOTO,
            account=f"account-{number % crowd.accounts}",
            assets=(Asset(str(source)),),
            options=PostOptions(caption=f"crowd {number}"),
        )
        yield post, Schedule(due_at=begins + timedelta(seconds=crowd.over_s * number / crowd.posts))


def _pictures(folder: Path, count: int) -> Iterator[Path]:
    """Make pictures that differ: one in ten has to be converted."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        picture = Image.new("RGB", (320, 320), (number % 256, number // 256, 90))
        path = folder / f"{number}.{'png' if number % 10 == 0 else 'jpg'}"
        picture.save(path)
        yield path


@contextmanager
def busy_loops(count: int = 2) -> Generator[None]:
    """Keep so many cores busy while the block runs."""
    loop = [sys.executable, "-c", "while True: pass"]
    with ExitStack() as stack:
        loops = [stack.enter_context(subprocess.Popen(loop)) for _ in range(count)]
        try:
            yield
        finally:
            for one in loops:
                one.kill()


@dataclass
class Worker:
    """A worker that runs. most: the most descriptors that were seen open."""

    process: "subprocess.Popen[bytes]"
    log: Path
    most: int = 0

    def wait_until_it_drives(self) -> None:
        """Wait until it has the store."""
        end = time.monotonic() + patience(60)
        while "Working on" not in self.log.read_text():
            assert time.monotonic() < end
            assert self.process.poll() is None
            time.sleep(0.1)

    def look(self) -> None:
        """Count its open descriptors, once."""
        with contextlib.suppress(OSError):
            self.most = max(self.most, len(list(Path(f"/proc/{self.process.pid}/fd").iterdir())))


@contextmanager
def a_worker(stage: Stage, descriptors: int) -> Generator[Worker]:
    """Run a worker that may hold so many descriptors; its log is outside of its home."""
    env = environ(stage.home) | {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "ATTACK_BASE": stage.base_url,
        "ATTACK_DATE_OFF_S": "0",
    }
    command = ["bash", "-c", f'ulimit -n {descriptors}; exec "$@"', "bash", sys.executable, _MAIN, "worker"]
    log = stage.place / "worker.log"
    with (
        log.open("wb") as file,
        subprocess.Popen(
            [*command, "--log-format", "json"], env=env, stdout=subprocess.DEVNULL, stderr=file
        ) as process,
    ):
        worker = Worker(process, log)
        try:
            worker.wait_until_it_drives()
            yield worker
        finally:
            process.terminate()
            process.wait(patience(60))


def wait_for_all(stage: Stage, worker: Worker) -> None:
    """Wait until every post is at its end."""
    end, look_at = time.monotonic() + patience(_LONGEST_S), 0.0
    while time.monotonic() < end:
        assert worker.process.poll() is None, worker.log.read_text()[-2000:]
        worker.look()
        if time.monotonic() > look_at:
            if stage.is_over():
                return
            look_at = time.monotonic() + 3
        time.sleep(0.05)
    raise TimeoutError(
        f"{stage.states()} after {patience(_LONGEST_S):.0f} s: {worker.log.read_text()[-2000:]}"
    )


@contextmanager
def a_disk_that_fills(folder: Path, size_mb: int) -> Generator[None]:
    """Mount a tmpfs there while the block runs."""
    folder.mkdir()
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["/bin/umount", "-l", str(folder)], check=True)


@contextmanager
def filled_again_and_again(folder: Path, *, times: int = 4, every_s: float = 8.0) -> Generator[None]:
    """Fill a disk to its last byte, and free it a little later, some times while the block runs."""
    over = threading.Event()

    def fill() -> None:
        for _ in range(times):
            _fill(folder / "filler")
            over.wait(every_s)
            (folder / "filler").unlink()
            over.wait(every_s / 2)

    filling = threading.Thread(target=fill)
    filling.start()
    try:
        yield
    finally:
        over.set()
        filling.join()


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 12))


def judge(stage: Stage, crowd: Crowd, worker: Worker) -> None:
    """See that nothing failed, was lost or doubled, and that no line of the log is a traceback."""
    log = worker.log.read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    unlucky = stage.unlucky()
    assert unlucky == {}, unlucky
    assert stage.captions() == Counter(f"crowd {number}" for number in range(crowd.posts))
    faults = [line["traceback"] for line in lines if line.get("traceback")]
    assert faults == [], faults
    assert "Traceback" not in log
