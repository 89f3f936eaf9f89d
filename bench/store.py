"""What finding the next due posts costs, with few and with many scheduled, on SQLite and on PostgreSQL.

    python bench/store.py [--rows 1000 100000] [--rounds 400]

Ten posts are due and all others wait; the cost must not grow with those that wait. Also: the time to add
1,000 posts, one transaction each. Ends with status 1 when a budget is missed.
"""

import argparse
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).parents[1]))

from pressroom.core.assets import Asset
from pressroom.core.post import Post, PostId, PostKind, PostState
from pressroom.store import tables as t
from pressroom.store.post_rows import post_row
from pressroom.store.store import Store, open_store
from tests.store.postgres import a_database, a_server

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DUE = 10
BATCH = 20_000
MOST_GROWTH = 2.0
MOST_SQLITE_MS = 1.0
MOST_ADDING_S = 3.0


def a_post(name: str, wake_at: datetime) -> Post:
    return Post(
        id=PostId(name),
        kind=PostKind.PHOTO,
        assets=(Asset("https://example.com/a.jpg"),),
        state=PostState.SCHEDULED,
        due_at=wake_at,
        wake_at=wake_at,
        created_at=NOW,
    )


def fill(store: Store, rows: int) -> None:
    """Make ten posts due and have all others wait, one a second."""
    posts = store.posts
    posts.add_all([(a_post(f"due-{number}", NOW), "") for number in range(DUE)])
    pattern = post_row(a_post("", NOW))
    for start in range(0, rows - DUE, BATCH):
        later = [
            NOW + timedelta(hours=1, seconds=number) for number in range(start, min(start + BATCH, rows))
        ]
        batch = [
            {**pattern, "id": f"later-{start + place}", "wake_at": moment, "due_at": moment}
            for place, moment in enumerate(later)
        ]
        # Past the repository: a million posts by the front door take minutes.
        with store.database.writing() as connection:
            connection.execute(insert(t.posts), batch)
    with store.database.writing() as connection:
        connection.exec_driver_sql("ANALYZE")


def times_ms(calls: Sequence[Callable[[], object]], rounds: int) -> list[list[float]]:
    """Time the calls by turns, so that whatever else the machine does meets them all."""
    found: list[list[float]] = [[] for _ in calls]
    for turn in range(-20, rounds):
        for call, times in zip(calls, found, strict=True):
            started = time.perf_counter()
            call()
            if turn >= 0:
                times.append((time.perf_counter() - started) * 1000)
    return found


def adding_s(store: Store) -> float:
    started = time.perf_counter()
    for number in range(1000):
        store.posts.add(replace(a_post(f"added-{number}", NOW), created_at=None))
    return time.perf_counter() - started


@contextmanager
def addresses(kind: str) -> Generator[Callable[[], str]]:
    """Give a maker of empty stores' addresses."""
    with ExitStack() as stack:
        if kind == "sqlite":
            home = stack.enter_context(tempfile.TemporaryDirectory())
            yield lambda: f"{tempfile.mkdtemp(dir=home)}/pressroom.db"
        else:
            server = stack.enter_context(a_server())
            yield lambda: stack.enter_context(a_database(server)).render_as_string(hide_password=False)


def bare_adding_s() -> float:
    """Time what the disk alone needs: 1,000 rows in as many transactions, with nothing around them."""
    with tempfile.TemporaryDirectory() as home, closing(sqlite3.connect(f"{home}/bare.db")) as bare:
        bare.execute("PRAGMA journal_mode = wal")
        bare.execute("PRAGMA synchronous = full")
        bare.execute("CREATE TABLE posts (id TEXT PRIMARY KEY, details TEXT)")
        started = time.perf_counter()
        for number in range(1000):
            bare.execute("INSERT INTO posts VALUES (?, ?)", (f"added-{number}", "x" * 900))
            bare.commit()
        return time.perf_counter() - started


def measure_adding(kind: str, new: Callable[[], str]) -> list[str]:
    with open_store(new()) as store:
        seconds, bare = adding_s(store), bare_adding_s()
    print(f"{kind}: 1,000 posts added one by one in {seconds:.2f} s; bare SQLite on this disk {bare:.2f} s")
    return [f"{kind}: adding took {seconds:.2f} s"] if seconds > MOST_ADDING_S + bare else []


def measure_due(kind: str, new: Callable[[], str], sizes: list[int], rounds: int) -> list[str]:
    missed: list[str] = []
    with ExitStack() as stack:
        stores = [stack.enter_context(open_store(new())) for _ in sizes]
        for store, rows in zip(stores, sizes, strict=True):
            fill(store, rows)
        calls = [lambda store=store: store.posts.due(NOW, horizon_s=5) for store in stores]
        times = times_ms(calls, rounds)
    fewest = statistics.median(times[0])
    for rows, found in zip(sizes, times, strict=True):
        p50, p95 = statistics.median(found), statistics.quantiles(found, n=20)[-1]
        print(f"{kind}: {rows:>9,} scheduled  due() p50 {p50:.3f} ms  p95 {p95:.3f} ms  {p50 / fewest:.2f} x")
        if p50 > MOST_GROWTH * fewest:
            missed.append(f"{kind}: {rows:,} cost {p50 / fewest:.1f} x as much as {sizes[0]:,}")
        if kind == "sqlite" and p50 > MOST_SQLITE_MS:
            missed.append(f"{kind}: p50 {p50:.2f} ms with {rows:,}")
    return missed


def measure(kind: str, sizes: list[int], rounds: int) -> list[str]:
    """Print a line a figure and give the budgets that were missed."""
    with addresses(kind) as new:
        return measure_adding(kind, new) + measure_due(kind, new, sizes, rounds)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--stores", nargs="+", default=["sqlite", "postgresql"])
    given = parser.parse_args()
    missed = [line for kind in given.stores for line in measure(kind, given.rows, given.rounds)]
    for line in missed:
        print(f"budget missed: {line}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
