"""Questions about a million kept readings, on SQLite and PostgreSQL, beside the same in DuckDB and pandas.

    python bench/insights_kept.py [--readings 1000000] [--stores sqlite postgresql] [--database URL]

SQLite is a file in a temporary directory. PostgreSQL is the server of the tests, with its settings for them
(no fsync, which reading does not notice), or the empty database at --database. The rows are those of
`kept.py`; `plain.py` has them in memory, each number in a column of its own. Each question is asked by turns
with its counterparts, so that whatever else the machine does meets them all; the figures are medians.

CPU time is this process's: on PostgreSQL the server's comes on top. The first time of each question is told
by itself: on the first store best time loads scipy then, and the report what draws. Ends with status 1 when
a question takes longer than its budget.
"""

import argparse
import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

import kept
from plain import Plain, in_duckdb, in_pandas

from pressroom.core.account import Account, account_id
from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.core.secret import Secret
from pressroom.core.settings import settings_from_environment
from pressroom.graph.answers import MediaId, UserId
from pressroom.insights.questions.posts import By
from pressroom.service import Pressroom
from pressroom.service.insights.service import InsightService
from pressroom.store.store import Store, open_store
from tests.store.postgres import a_database, a_server

MOST_MS: Final = 150.0
MOST_OF: Final = {"best time": 1000.0, "report of 28 days, as HTML": 5000.0}
"""Budgets of questions; all others have `MOST_MS`."""
TIMES: Final = 9
USER, BASE = UserId("17841400000000001"), "http://127.0.0.1:1"
OURS = account_id(USER, BASE)
ACCOUNT = Account(token=Secret("IGbench"), user_id=USER, api_base=BASE)

Ask = Callable[[], Awaitable[object]]


@dataclass
class Took:
    """How long a question took each time, in milliseconds, and its counterparts by their names."""

    first_ms: float = 0.0
    wall_ms: list[float] = field(default_factory=list[float])
    cpu_ms: list[float] = field(default_factory=list[float])
    beside_ms: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def line(self, name: str) -> str:
        """Return the figures as a line of the table."""
        wall, cpu, most = statistics.median(self.wall_ms), statistics.median(self.cpu_ms), most_of(name)
        line = (
            f"{name:28} {wall:7.1f} {cpu:7.1f} {self.first_ms:8.1f}  {'kept' if wall <= most else 'MISSED':6}"
        )
        for other, times in self.beside_ms.items():
            typical = statistics.median(times)
            line += f"  {other} {typical:6.1f}, ratio {wall / typical:5.1f}"
        return line

    def is_kept(self, name: str) -> bool:
        """Return whether the median is within the question's budget."""
        return statistics.median(self.wall_ms) <= most_of(name)


def most_of(name: str) -> float:
    return MOST_OF.get(name, MOST_MS)


def fill(store: Store, readings: int, now: datetime, plain: Plain | None) -> list[MediaId]:
    """Keep an account's years. plain: takes the same rows. Returns the newest posts' ids."""
    store.accounts.learn(OURS, [ACCOUNT.key])
    newest = list[MediaId]()
    for batch in kept.batches(readings, now):
        store.readings.keep(OURS, batch)
        newest += [one.id for one in batch.media if one.product_type != "STORY"][: 60 - len(newest)]
        if plain:
            plain.take(batch)
    store.readings.put_experiment(OURS, kept.experiment(now))
    if store.is_shared:
        # The server does it by itself a minute later; SQLite is never told.
        with store.database.writing() as connection:
            connection.exec_driver_sql("ANALYZE")
    # Those of the last two days: the newest of all have no reading at 24 hours yet.
    return newest[40:]


def questions(insights: InsightService, ids: Sequence[MediaId], now: datetime) -> dict[str, Ask]:
    since = now - timedelta(days=90)
    return {
        "best time": insights.best_time,
        "media at 24 h, by reach": lambda: insights.media(age_s=86_400, since=since, sort="reach"),
        "media as last read": lambda: insights.media(since=since),
        "one media": lambda: insights.kept(ids[0]),
        "20 posts among their kind": lambda: insights.compare(ids),
        "groups by kind": lambda: insights.compare_groups(By.KIND),
        "groups by weekday": lambda: insights.compare_groups(By.WEEKDAY),
        "account, 28 days": lambda: insights.account("28d"),
        "account, 365 days": lambda: insights.account("365d"),
        "audience": insights.audience,
        "growth of 90 days": insights.growth,
        "stories of 90 days": lambda: insights.stories(since=since),
        "definitions": insights.definitions,
        "experiment": insights.experiment_status,
        "report of 28 days, as HTML": lambda: report(insights),
    }


async def report(insights: InsightService) -> None:
    """Make a report of some 840 posts, draw it and write it."""
    with tempfile.TemporaryDirectory() as folder:
        await insights.write_report(await insights.report("28d"), Path(folder) / "report.html")


async def timed(ask: Ask, beside: Mapping[str, Callable[[], object]]) -> Took:
    """Time a question, by turns with its counterparts. The first turn only warms up."""
    took = Took(beside_ms={name: [] for name in beside})
    for turn in range(TIMES + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        await ask()
        took.wall_ms.append((time.perf_counter() - wall) * 1000)
        took.cpu_ms.append((time.process_time() - cpu) * 1000)
        for name, other in beside.items():
            start = time.perf_counter()
            other()
            took.beside_ms[name].append((time.perf_counter() - start) * 1000)
        if turn == 0:
            took = Took(first_ms=took.wall_ms[0], beside_ms={name: [] for name in beside})
    return took


async def ask_all(home: Path, environ: dict[str, str], ids: Sequence[MediaId], plain: Plain) -> bool:
    """Ask every question and print its figures; returns whether all keep their budgets."""
    now, is_kept = SYSTEM_CLOCK.now(), True
    duckdb, pandas = in_duckdb(plain, now, ids), in_pandas(plain, now)
    print(f"{'question':28} {'wall ms':>7} {'CPU ms':>7} {'first ms':>8}  budget")
    async with Pressroom(ACCOUNT, settings_from_environment(environ, default_home=home)) as pressroom:
        for name, ask in questions(pressroom.insights, ids, now).items():
            others = {"DuckDB": duckdb.get(name), "pandas": pandas.get(name)}
            took = await timed(ask, {other: run for other, run in others.items() if run})
            print(took.line(name), flush=True)
            is_kept &= took.is_kept(name)
    return is_kept


@contextmanager
def an_address(kind: str, home: str, given: str | None) -> Generator[str]:
    """Give the address of an empty store."""
    with ExitStack() as stack:
        if kind == "sqlite":
            yield str(Path(home) / "pressroom.db")
        elif given:
            yield given
        else:
            server = stack.enter_context(a_server())
            yield stack.enter_context(a_database(server)).render_as_string(hide_password=False)


def measure(kind: str, readings: int, database: str | None, plain: Plain, *, is_first: bool) -> bool:
    now = SYSTEM_CLOCK.now()
    with tempfile.TemporaryDirectory() as home, an_address(kind, home, database) as address:
        is_file = kind == "sqlite"
        where: Any = Path(address) if is_file else Secret(address)
        with open_store(where) as store:
            start = time.perf_counter()
            ids = fill(store, readings, now, plain if is_first else None)
            found, took = store.readings.kept(OURS), time.perf_counter() - start
        if is_first:
            plain.load()
            # What the counterparts hold is not searched for garbage while we are timed.
            gc.collect()
            gc.freeze()
        print(f"\n{kind}: {found.readings:,} readings of {found.media:,} media, stored in {took:.0f} s")
        environ = {} if is_file else {"PRESSROOM_DATABASE_URL": address}
        return asyncio.run(ask_all(Path(home), environ, ids, plain))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--readings", type=int, default=1_000_000)
    parser.add_argument("--stores", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--database", help="of an empty PostgreSQL database; by default one is made")
    given = parser.parse_args()
    plain = Plain()
    results = [
        measure(kind, given.readings, given.database, plain, is_first=number == 0)
        for number, kind in enumerate(given.stores)
    ]
    return not all(results)


if __name__ == "__main__":
    sys.exit(main())
