"""How long after its due time a post's `media_publish` arrives, and what a bare loop would need.

    python bench/punctuality.py [--quick] [--stores embedded postgresql-1 postgresql-4]

A sandbox in another process answers every call 100 ms late. Workers are `pressroom worker` processes: one on
a SQLite file, one and four on PostgreSQL. Each has 1,000 posts of 200 accounts spread over one minute, then
1,000 at one instant, prepared before. The bare loop knows the containers, sleeps until each is due and sends;
it keeps nothing, and would lose or double posts with the first crash.
Of the posts at one instant it also tells where the time goes: how late the first, second, ... post of an
account is, since an account has one send at a time, and the CPU time that each process takes meanwhile.
Ends with status 1 when the spread posts' 95th percentile is a second or more, or that of those at one instant
more than `MOST_TIMES_BARE` of the bare loop's: its runs lie between the others, and their median counts.
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
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bare_loop import Lateness, Size, Stage, a_stage, bare
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
AT_ONCE = "at one instant"
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
            found = {"spread": await timed(posts, stage, spread, size.spread_s, size.lead_s)}
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
    given = parser.parse_args()
    size = replace(Size(), posts=40, accounts=8, spread_s=4.0, lead_s=3.0) if given.quick else Size()
    spread = asyncio.run(bare("spread", size.spread_s, size))
    told("bare loop, spread", spread.late_s)
    found, bare_s = dict[str, float](), list[float]()
    for name in given.stores:
        bare_s.append(told(*bare_at_once(size)))
        found |= {
            f"{name}, {how}": told(f"{name}, {how}", late.late_s)
            for how, late in asyncio.run(measure(name, size)).items()
        }
    bare_s.append(told(*bare_at_once(size)))
    missed = list(over_budget(found, statistics.median(bare_s)))
    for line in missed:
        print(f"budget missed: {line}")
    return bool(missed) and not given.quick


def bare_at_once(size: Size) -> tuple[str, Sequence[float]]:
    """Run the bare loop: before and after each store, since a machine is not always equally fast."""
    return f"bare loop, {AT_ONCE}", asyncio.run(bare(AT_ONCE, 0.0, size)).late_s


def over_budget(found: Mapping[str, float], bare_s: float) -> Iterator[str]:
    """Tell which 95th percentiles are over their budget, and all as multiples of the bare loop's."""
    print(f"bare loop, {AT_ONCE}: median p95 {bare_s:.3f} s")
    for what, p95 in found.items():
        most_s, store = MOST_P95_S, what.partition(",")[0]
        if what.endswith(AT_ONCE):
            most_s = MOST_TIMES_BARE[store] * bare_s
            print(f"{what}: {p95 / bare_s:.2f} times the bare loop's, of at most {MOST_TIMES_BARE[store]:g}")
        if p95 > most_s:
            yield f"{what}: p95 {p95:.2f} s of {most_s:.2f}"


if __name__ == "__main__":
    sys.exit(main())
