"""How long after its due time a post's `media_publish` arrives, and what a bare loop would need.

    python bench/punctuality.py [--quick] [--stores embedded postgresql-1 postgresql-4]

A sandbox in another process answers every call 100 ms late. Workers are `pressroom worker` processes: one on
a SQLite file, one and four on PostgreSQL. Each has 1,000 posts of 200 accounts spread over one minute, then
1,000 at one instant, prepared before. The bare loop knows the containers, sleeps until each is due and sends;
it keeps nothing, and would lose or double posts with the first crash.
Of the posts at one instant it also tells where the time goes: how late the first, second, ... post of an
account is, since an account has one send at a time, and the CPU time that each process takes meanwhile.
Ends with status 1 when the spread posts' 95th percentile is a second or more, or that of those at one instant
more than twice the bare loop's.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.request import Request, urlopen

import aiohttp
from idle import cpu_s, server_pids

sys.path.insert(0, str(Path(__file__).parents[1]))

from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account
from pressroom.core.assets import Asset
from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.core.post import Post, PostId, PostKind, PostOptions, PostState
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.ids import UserId
from pressroom.sandbox.server import serving
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.service.acting import Acting
from pressroom.service.at_once import AtOnce
from pressroom.service.gate import Gate
from pressroom.service.posts import PostService
from pressroom.service.resources import Resources
from pressroom.service.storing import Schedule, Storing
from pressroom.store.store import Store, open_store
from tests.store.postgres import a_database, a_server

MOST_P95_S = 1.0
MOST_TIMES_BARE = 2.0
ANSWER_S = 0.1
# All that a worker makes; `*` would slow down the sandbox's own fetching too.
CALLS = ("create", "container_status", "media_publish", "media_list", "quota", "media", "user")
UNDISTURBED_S = 4.0
TOKEN = "IGbench"  # noqa: S105  # invented
WORKERS = {"embedded": 1, "postgresql-1": 1, "postgresql-4": 4}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. lead_s: from setting the times to the first of them."""

    posts: int = 1000
    accounts: int = 200
    spread_s: float = 60.0
    lead_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Lateness:
    """Seconds between each post's time and its sending. begins: the first of these times, in unix seconds."""

    begins: float
    late_s: Sequence[float]


@dataclass(slots=True)
class Stage:
    """A sandbox in another process, with the user ids and tokens of its accounts."""

    base_url: str
    pid: int
    tokens: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def ask(self, what: str, order: dict[str, Any] | None = None) -> Any:  # noqa: ANN401  # JSON
        """Ask its control API."""
        body = None if order is None else json.dumps(order).encode()
        headers = {"content-type": "application/json"}
        with urlopen(Request(f"{self.base_url}/_sandbox/{what}", body, headers)) as answer:  # noqa: S310  # loopback
            return json.load(answer)

    def sent_at(self) -> dict[str, float]:
        """Give when each caption's container was published, in unix seconds."""
        containers = self.ask("export")["containers"]
        return {
            one["params"]["caption"]: one["published_at"]
            for one in containers
            if one.get("published_at") is not None
        }


async def serve() -> None:
    settings = SandboxSettings(
        fetch="trust", token=TOKEN, quota_total=10_000, processing=Processing.after_reads(1)
    )
    async with serving(Sandbox(settings)) as served:
        print(served.base_url, flush=True)
        await asyncio.Event().wait()


@contextmanager
def a_stage(accounts: int) -> Generator[Stage]:
    with subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True
    ) as sandbox:
        try:
            assert sandbox.stdout is not None
            stage = Stage(sandbox.stdout.readline().strip(), sandbox.pid)
            stage.tokens.append(("17841400000000001", TOKEN))
            for number in range(1, accounts):
                made = stage.ask("accounts", {"username": f"account.{number}"})
                stage.tokens.append((made["user_id"], made["token"]))
            for call in CALLS:
                stage.ask("faults", {"on": call, "kind": "slow", "delay_s": ANSWER_S, "times": None})
            yield stage
        finally:
            sandbox.kill()


@contextmanager
def settings_for(store: str) -> Generator[Settings]:
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if store == "embedded":
            yield Settings(home=home)
            return
        url = stack.enter_context(a_database(stack.enter_context(a_server())))
        yield Settings(home=home, database_url=Secret(url.render_as_string(hide_password=False)))


@contextmanager
def workers(settings: Settings, count: int) -> Generator[list[subprocess.Popen[str]]]:
    env = {**os.environ, "PRESSROOM_HOME": str(settings.home)}
    if settings.database_url:
        env["PRESSROOM_DATABASE_URL"] = settings.database_url.reveal()
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "pressroom", "worker", "--quiet"],
                    env=env,
                    text=True,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
            for _ in range(count)
        ]
        try:
            yield running
        finally:
            for worker in running:
                worker.kill()


def sign_in(store: Store, settings: Settings, stage: Stage) -> None:
    vault = open_vault(store, settings)
    for number, (user_id, token) in enumerate(stage.tokens):
        account = Account(token=Secret(token), user_id=UserId(user_id), api_base=stage.base_url)
        vault.keep(f"account-{number}", account, obtained_at=SYSTEM_CLOCK.now())


async def plan(storing: Storing, names: Sequence[str], accounts: int) -> None:
    """Schedule posts that are prepared at once, and due in a quarter of an hour."""
    due_at = SYSTEM_CLOCK.now() + timedelta(seconds=890)
    wanted = [
        (
            Post(
                id=PostId(name),
                kind=PostKind.PHOTO,
                account=f"account-{number % accounts}",
                assets=(Asset("https://example.com/a.jpg"),),
                options=PostOptions(caption=name),
            ),
            Schedule(due_at=due_at),
        )
        for number, name in enumerate(names)
    ]
    await storing.add_all(wanted)


async def timed(
    posts: PostService, stage: Stage, names: Sequence[str], spread_s: float, lead_s: float
) -> Lateness:
    """Give each post its time, wait until all are sent, and tell how late each was."""
    begins = SYSTEM_CLOCK.now() + timedelta(seconds=lead_s + len(names) / 50)
    dues = {
        name: begins + timedelta(seconds=spread_s * number / len(names)) for number, name in enumerate(names)
    }
    for name, due_at in dues.items():
        await posts.move(PostId(name), due_at, "UTC")
    # Asked only once most are over: while the sandbox tells, it answers nobody else.
    await asyncio.sleep((begins - SYSTEM_CLOCK.now()).total_seconds() + spread_s + UNDISTURBED_S)
    sent = await _until_all_are_sent(stage, names)
    return Lateness(begins.timestamp(), [sent[name] - due.timestamp() for name, due in dues.items()])


async def _until_all_are_sent(stage: Stage, names: Sequence[str]) -> dict[str, float]:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        sent = await asyncio.to_thread(stage.sent_at)
        if all(name in sent for name in names):
            return sent
        await asyncio.sleep(1)
    raise TimeoutError("posts were not sent")


async def until_ready(store: Store, count: int) -> float:
    begun = time.monotonic()
    while (await store.run(store.posts.counts)).get(PostState.READY, 0) < count:
        if time.monotonic() - begun > 600:
            raise TimeoutError(f"posts were not prepared: {store.posts.counts()}")
        await asyncio.sleep(0.5)
    return time.monotonic() - begun


async def measure(name: str, size: Size) -> dict[str, Lateness]:
    """Measure one kind of store."""
    spread = [f"spread-{number}" for number in range(size.posts)]
    instant = [f"instant-{number}" for number in range(size.posts)]
    with a_stage(size.accounts) as stage, settings_for(name) as settings, open_store(settings.store) as store:
        sign_in(store, settings, stage)
        resources = Resources(settings=settings, _store=store)
        acting = Acting(resources)
        posts = PostService(resources, acting, AtOnce(resources, acting), Gate(resources))
        await plan(Storing(resources, acting, Gate(resources)), [*spread, *instant], size.accounts)
        with workers(settings, WORKERS[name]) as running:
            prepared_s = await until_ready(store, 2 * size.posts)
            print(f"{name}: {2 * size.posts} posts prepared in {prepared_s:.0f} s", flush=True)
            found = {"spread": await timed(posts, stage, spread, size.spread_s, size.lead_s)}
            # A server makes a process a connection: all that there are by now.
            parts = {
                "worker": [worker.pid for worker in running],
                "database server": server_pids(store),
                "sandbox": [stage.pid],
            }
            with Meter(parts) as meter:
                found["at one instant"] = await timed(posts, stage, instant, 0.0, size.lead_s)
            tell_where_time_goes(name, found["at one instant"], size, meter)
            return found


class Meter:
    """Reads the CPU time of some processes every 20 ms."""

    def __init__(self, parts: Mapping[str, Sequence[int]]) -> None:
        self.parts = {part: pids for part, pids in parts.items() if pids}
        self.readings: list[tuple[float, dict[str, float]]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._ended.set()
        self._thread.join()

    def _read(self) -> None:
        while not self._ended.wait(0.02):
            taken = {part: sum(map(cpu_s, pids)) for part, pids in self.parts.items()}
            self.readings.append((time.time(), taken))

    def between(self, begins: float, ends: float) -> dict[str, float]:
        """Give the CPU seconds of each part between two moments, as unix seconds."""
        inside = [taken for at, taken in self.readings if begins <= at <= ends]
        return {part: inside[-1][part] - inside[0][part] for part in self.parts}


def tell_where_time_goes(name: str, found: Lateness, size: Size, meter: Meter) -> None:
    """Print how late the posts of an account are by their turn, and who computed meanwhile."""
    by_account: defaultdict[int, list[float]] = defaultdict(list)
    for number, late in enumerate(found.late_s):
        by_account[number % size.accounts].append(late)
    turns = zip(*map(sorted, by_account.values()), strict=True)
    medians = "  ".join(f"{statistics.median(turn):.2f}" for turn in turns)
    print(f"{name}: an account's first, second, ... post after  {medians} s", flush=True)
    lasted_s = max(found.late_s)
    for part, taken_s in meter.between(found.begins, found.begins + lasted_s).items():
        each_ms = 1000 * taken_s / len(found.late_s)
        print(f"{name}: {part} {each_ms:.2f} ms CPU a post, {taken_s / lasted_s:.0%} of a core", flush=True)


async def bare(size: Size) -> dict[str, Lateness]:
    """Do what a bare loop would: make containers, sleep, send."""
    with a_stage(size.accounts) as stage:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            found: dict[str, Lateness] = {}
            for name, spread_s in (("spread", size.spread_s), ("at one instant", 0.0)):
                loop = BareLoop(session, stage, name, spread_s, size)
                found[name] = await loop.run()
            return found


@dataclass(slots=True)
class BareLoop:
    """Containers made before, each sent when its time has come."""

    session: aiohttp.ClientSession
    stage: Stage
    name: str
    spread_s: float
    size: Size

    async def run(self) -> Lateness:
        """Tell how late each was."""
        made: list[str] = []
        for start in range(0, self.size.posts, 100):
            some = range(start, min(start + 100, self.size.posts))
            made += await asyncio.gather(*(self._create(number) for number in some))
        begins = datetime.now(UTC) + timedelta(seconds=2)
        dues = [begins + timedelta(seconds=self.spread_s * number / len(made)) for number in range(len(made))]
        await asyncio.gather(
            *(
                self._send(number, container, due)
                for number, (container, due) in enumerate(zip(made, dues, strict=True))
            )
        )
        sent = self.stage.sent_at()
        late_s = [sent[f"{self.name}-{number}"] - due.timestamp() for number, due in enumerate(dues)]
        return Lateness(begins.timestamp(), late_s)

    async def _create(self, number: int) -> str:
        params = {"image_url": "https://example.com/a.jpg", "caption": f"{self.name}-{number}"}
        container = (await self._post(number, "media", params))["id"]
        # One read makes it ready.
        url = f"{self.stage.base_url}/v26.0/{container}"
        async with self.session.get(url, headers=self._headers(number)) as answer:
            await answer.read()
        return container

    async def _send(self, number: int, container: str, due: datetime) -> None:
        await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
        await self._post(number, "media_publish", {"creation_id": container})

    async def _post(self, number: int, edge: str, params: dict[str, str]) -> Any:  # noqa: ANN401  # JSON
        user_id, _ = self.stage.tokens[number % len(self.stage.tokens)]
        url = f"{self.stage.base_url}/v26.0/{user_id}/{edge}"
        async with self.session.post(url, data=params, headers=self._headers(number)) as answer:
            return await answer.json(content_type=None)

    def _headers(self, number: int) -> dict[str, str]:
        return {"authorization": f"Bearer {self.stage.tokens[number % len(self.stage.tokens)][1]}"}


def told(name: str, late_s: Sequence[float]) -> float:
    """Print the percentiles of one measurement, and give the 95th."""
    cuts = statistics.quantiles(late_s, n=100)
    p50, p95, p99 = cuts[49], cuts[94], cuts[98]
    early = sum(late < 0 for late in late_s)
    before = f"  {early} BEFORE their time" if early else ""
    print(
        f"{name:<32} p50 {p50:6.3f}  p95 {p95:6.3f}  p99 {p99:6.3f}  max {max(late_s):6.3f} s{before}",
        flush=True,
    )
    return p95


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="40 posts of 8 accounts, without budgets: does it run at all?"
    )
    parser.add_argument("--stores", nargs="+", choices=WORKERS, default=list(WORKERS))
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve())
    size = replace(Size(), posts=40, accounts=8, spread_s=4.0, lead_s=3.0) if given.quick else Size()
    runs: list[tuple[str, Callable[[], Any]]] = [("bare loop", lambda: bare(size))]
    runs += [(name, lambda name=name: measure(name, size)) for name in given.stores]
    missed: list[str] = []
    most_s = {"spread": MOST_P95_S}
    for name, run in runs:
        for how, found in asyncio.run(run()).items():
            p95 = told(f"{name}, {how}", found.late_s)
            if name == "bare loop" and how not in most_s:
                most_s[how] = MOST_TIMES_BARE * p95
                print(f"{'budget':<32} p95 {most_s[how]:6.3f} s: twice the bare loop's", flush=True)
            elif p95 > most_s[how] and not given.quick:
                missed.append(f"{name}, {how}: p95 {p95:.2f} s of {most_s[how]:.2f}")
    for line in missed:
        print(f"budget missed: {line}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
