"""Measures how late posts are sent, and compares that with a minimal loop that does nothing else.

    python bench/punctuality.py [--quick] [--rounds 5] [--stores embedded postgresql-1 postgresql-4]

1,000 posts of 200 accounts are prepared before. Half a minute later they are due: first a set that is spread
over ten seconds, then a set that is due at one instant. A post's lateness is the time from its due time until
its `media_publish` arrives at a sandbox in another process, which answers each call after 100 ms. Workers are
`pressroom worker` processes: one on a SQLite file, one or four on PostgreSQL. The bare loop knows the
containers, sleeps until each is due and sends. It stores nothing, so a crash would lose posts or publish them
twice. It shows what this machine can do.

The speed of a machine changes within minutes. So for each store, rounds of Pressroom and of the bare loop
alternate (ours, bare, ours, bare, ...), and the medians over the rounds are compared, of p50 and of p95. The
sandbox's listen backlog holds the whole burst; with a smaller one, the result would depend on when the kernel
repeats connection attempts. A warning is printed if the system's limit (net.core.somaxconn) is too low.

For the posts at one instant it also prints how late the first, second, ... post of an account is, since an
account has one send at a time, and the CPU time of each process.

Exit status 1 if the median p95 of the spread posts is over a second, or that of the posts at one instant is
more than `MOST_TIMES_BARE` times the bare loop's. Five rounds of the SQLite store take 9 minutes.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bare_loop import BACKLOG, Lateness, Size, Stage, a_stage, bare
from idle import server_pids
from meter import Meter, Pids

sys.path.insert(0, str(Path(__file__).parents[1]))

from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account
from pressroom.core.assets import Asset
from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.core.post import Post, PostId, PostKind, PostOptions, PostState
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.answers import UserId
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.resources import Resources
from pressroom.service.posts.at_once import AtOnce
from pressroom.service.posts.posts import PostService
from pressroom.service.posts.storing import Schedule, Storing
from pressroom.store.store import Store, open_store
from tests.store.postgres import a_database, a_server

MOST_P95_S = 1.0
# Four workers on two cores compute more for a post: each has the posts of some accounts, and smaller commits.
MOST_TIMES_BARE = {"embedded": 2.0, "postgresql-1": 2.0, "postgresql-4": 2.5}
SPREAD = "spread over ten seconds"
AT_ONCE = "at one instant"
ROUNDS = 5
UNDISTURBED_S = 4.0
WORKERS = {"embedded": 1, "postgresql-1": 1, "postgresql-4": 4}


@contextmanager
def settings_for(store: str) -> Generator[Settings]:
    with ExitStack() as stack:
        home, state = (Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2))
        if store == "embedded":
            yield Settings(home=home, state_home=state)
            return
        url = stack.enter_context(a_database(stack.enter_context(a_server())))
        address = Secret(url.render_as_string(hide_password=False))
        yield Settings(home=home, state_home=state, database_url=address)


@contextmanager
def workers(settings: Settings, count: int) -> Generator[list[subprocess.Popen[str]]]:
    env = {**os.environ, "PRESSROOM_HOME": str(settings.home), "XDG_STATE_HOME": str(settings.state_home)}
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
    with ExitStack() as stack:
        stage, settings = stack.enter_context(a_stage(size.accounts)), stack.enter_context(settings_for(name))
        store = stack.enter_context(open_store(settings.store, marks=settings.marks))
        sign_in(store, settings, stage)
        resources = Resources(settings=settings, _store=store)
        acting = Acting(resources)
        posts = PostService(resources, acting, AtOnce(resources, acting), Gate(resources))
        await plan(Storing(resources, acting, Gate(resources)), [*spread, *instant], size.accounts)
        with workers(settings, WORKERS[name]) as running:
            prepared_s = await until_ready(store, 2 * size.posts)
            print(f"{name}: {2 * size.posts} posts prepared in {prepared_s:.0f} s", flush=True)
            found = {SPREAD: await timed(posts, stage, spread, size.spread_s, size.lead_s)}
            parts: dict[str, Pids] = {
                "worker": lambda: [worker.pid for worker in running],
                "database server": lambda: server_pids(store),
                "sandbox": lambda: [stage.pid],
            }
            with Meter(parts) as meter:
                found[AT_ONCE] = await timed(posts, stage, instant, 0.0, size.lead_s)
            tell_where_time_goes(name, found[AT_ONCE], size, meter)
            return found


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


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Median and 95th percentile of how late posts were in one measurement, in seconds."""

    p50: float
    p95: float


def report(name: str, late_s: Sequence[float]) -> Percentiles:
    """Print the percentiles of one measurement and return two of them."""
    cuts = statistics.quantiles(late_s, n=100)
    found = Percentiles(p50=cuts[49], p95=cuts[94])
    early = sum(late < 0 for late in late_s)
    before = f"  {early} BEFORE their time" if early else ""
    print(
        f"{name:<40} p50 {found.p50:6.3f}  p95 {found.p95:6.3f}  p99 {cuts[98]:6.3f}  "
        f"max {max(late_s):6.3f} s{before}",
        flush=True,
    )
    return found


def medians(rounds: Sequence[Percentiles]) -> Percentiles:
    return Percentiles(
        p50=statistics.median(one.p50 for one in rounds), p95=statistics.median(one.p95 for one in rounds)
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one round of 40 posts of 8 accounts, without budgets: does it run at all?",
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--stores", nargs="+", choices=WORKERS, default=list(WORKERS))
    given = parser.parse_args()
    size = replace(Size(), posts=40, accounts=8, spread_s=4.0, lead_s=3.0) if given.quick else Size()
    check_backlog(size)
    missed = [
        line for store in given.stores for line in compare(store, size, 1 if given.quick else given.rounds)
    ]
    for line in missed:
        print(f"budget missed: {line}")
    return bool(missed) and not given.quick


def check_backlog(size: Size) -> None:
    """Print a warning if this system limits the sandbox's backlog to less than a burst needs."""
    limit = Path("/proc/sys/net/core/somaxconn")
    if limit.exists() and (most := int(limit.read_text(encoding="ascii"))) < size.posts:
        print(
            f"net.core.somaxconn is {most}, and a burst opens {size.posts} connections: repeated connection "
            f"attempts will slow down the bare loop. Run `sysctl net.core.somaxconn={BACKLOG}` first."
        )


def compare(store: str, size: Size, rounds: int) -> Iterator[str]:
    """Alternate rounds of a store and of the bare loop, print the medians, and yield each missed budget."""
    ours, bare_loop = defaultdict[str, list[Percentiles]](list), defaultdict[str, list[Percentiles]](list)
    for number in range(1, rounds + 1):
        load = os.getloadavg()[0]
        print(f"{store}: round {number} of {rounds}, load average {load:.1f}", flush=True)
        for how, late in asyncio.run(measure(store, size)).items():
            ours[how].append(report(f"{store}, {how}", late.late_s))
        for how, spread_s in ((SPREAD, size.spread_s), (AT_ONCE, 0.0)):
            late = asyncio.run(bare(how, spread_s, size))
            bare_loop[how].append(report(f"bare loop, {how}", late.late_s))
    for how in (SPREAD, AT_ONCE):
        our, its = medians(ours[how]), medians(bare_loop[how])
        times = our.p95 / its.p95
        print(
            f"{store}, {how}: median p50 {our.p50:.3f} s, bare loop {its.p50:.3f} s; "
            f"median p95 {our.p95:.3f} s, bare loop {its.p95:.3f} s ({times:.2f} times)",
            flush=True,
        )
        most_s = MOST_P95_S if how == SPREAD else MOST_TIMES_BARE[store] * its.p95
        if our.p95 > most_s:
            yield f"{store}, {how}: p95 {our.p95:.2f} s, of at most {most_s:.2f} s"


if __name__ == "__main__":
    sys.exit(main())
