"""What a worker costs while nothing is due, with few and with a million posts scheduled.

    python bench/idle.py [--quick] [--rows 0 10000 100000 1000000] [--stores sqlite postgresql]

A `pressroom worker` process on each store: CPU of the process (on PostgreSQL also of its server) over some
quiet time, memory, and what one look for the next post takes. Beside it what a bare loop needs that looks
twice a second and knows nothing else. Linux only: it reads /proc.
Ends with status 1 when the worker takes 1 % of a core or more, 150 MB or more, or when finding the next post
costs twice as much as with the fewest.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import store as store_bench

from pressroom.store.location import locate
from pressroom.store.store import Store, open_store

MOST_CPU = 0.01
MOST_MB = 150.0
MOST_GROWTH = 2.0
LOOKS = 200
BARE = """
import sys, time
address = sys.argv[1]
if address.startswith("postgresql"):
    import psycopg
    connection = psycopg.connect(address, autocommit=True, options="-c search_path=pressroom")
else:
    import sqlite3
    connection = sqlite3.connect(address)
while True:
    connection.execute("SELECT min(wake_at) FROM posts WHERE wake_at IS NOT NULL").fetchone()
    time.sleep(0.5)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process takes: share of one core, of its server too, and memory in MB."""

    cpu: float
    server_cpu: float
    memory_mb: float


def cpu_s(pid: int) -> float:
    """Give the CPU seconds of a process; none for one that is gone."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [size] = [line.split()[1] for line in lines if line.startswith("VmRSS")]
    return int(size) / 1000


def server_pids(store: Store) -> list[int]:
    """List the processes of the store's server."""
    if not store.is_shared:
        return []
    with store.database.reading() as connection:
        backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    head = _parent(backend)
    return [head, *(pid for pid in _processes() if _parent(pid) == head and pid != backend)]


def _processes() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except FileNotFoundError:
        return 0


def watch(pid: int, store: Store, settle_s: float, watch_s: float) -> Cost:
    """Let a process settle, then see what it takes."""
    time.sleep(settle_s)
    servers = server_pids(store)
    before, server_before = cpu_s(pid), {server: cpu_s(server) for server in servers}
    time.sleep(watch_s)
    server = sum(cpu_s(server) - was for server, was in server_before.items())
    return Cost((cpu_s(pid) - before) / watch_s, server / watch_s, memory_mb(pid))


@contextmanager
def a_process(argv: list[str], **environ: str) -> Generator[int]:
    with subprocess.Popen(
        argv, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        try:
            yield running.pid
        finally:
            running.kill()


def look_ms(store: Store) -> float:
    """Time one look for the next post; all wait for at least an hour."""
    now = store_bench.NOW
    found: list[float] = []
    for _ in range(LOOKS):
        started = time.perf_counter()
        store.posts.next_wake(now + timedelta(seconds=5.5), now=now)
        found.append((time.perf_counter() - started) * 1000)
    return statistics.median(found)


def fill(store: Store, rows: int) -> None:
    """Schedule posts, none of which is due before the year 2126."""
    if rows:
        store_bench.fill(store, rows + store_bench.DUE)
    # Both: a worker looks first for what is overdue in a store that it has not driven before.
    moved = "{0} = {0} + interval '100 years'" if store.is_shared else "{0} = '2126' || substr({0}, 5)"
    later = ", ".join(moved.format(name) for name in ("wake_at", "goes_out_at"))
    with store.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE posts SET {later}")  # noqa: S608  # constants


def measure(kind: str, rows: int, new: Callable[[], str], *, is_quick: bool) -> tuple[list[str], float]:
    """Print what one store costs, and give what missed its budget and the time of a look."""
    settle_s, watch_s = (15.0, 10.0) if is_quick else (10.0, 30.0)
    address = new()
    with open_store(address) as store:
        fill(store, rows)
        took_ms = look_ms(store)
        if store.is_shared:
            home, database = tempfile.mkdtemp(), {"PRESSROOM_DATABASE_URL": address}
            bare = locate(address).url.set(drivername="postgresql").render_as_string(hide_password=False)
        else:
            home, database, bare = str(Path(address).parent), {}, address
        command = [sys.executable, "-m", "pressroom", "worker", "--quiet"]
        with a_process(command, PRESSROOM_HOME=home, **database) as pid:
            ours = watch(pid, store, settle_s, watch_s)
        with a_process([sys.executable, "-c", BARE, bare]) as pid:
            theirs = watch(pid, store, 1.0, watch_s / 2)
    print(
        f"{kind}: {rows:>9,} scheduled  worker {ours.cpu:6.2%} of a core {ours.memory_mb:6.1f} MB"
        f"  server {ours.server_cpu:6.2%}  one look {took_ms:.3f} ms"
        f"  | bare loop {theirs.cpu:6.2%} {theirs.memory_mb:5.1f} MB  server {theirs.server_cpu:6.2%}",
        flush=True,
    )
    missed: list[str] = []
    if ours.cpu >= MOST_CPU:
        missed.append(f"{kind}, {rows:,}: {ours.cpu:.2%} of a core")
    if ours.memory_mb >= MOST_MB:
        missed.append(f"{kind}, {rows:,}: {ours.memory_mb:.0f} MB")
    return missed, took_ms


def measure_kind(kind: str, sizes: list[int], *, is_quick: bool) -> list[str]:
    missed: list[str] = []
    looks: list[float] = []
    with store_bench.addresses(kind) as new:
        for rows in sizes:
            found, took_ms = measure(kind, rows, new, is_quick=is_quick)
            missed += found
            looks.append(took_ms)
    if max(looks) > MOST_GROWTH * looks[0]:
        missed.append(f"{kind}: one look took {looks[0]:.3f} ms at first and {max(looks):.3f} ms at most")
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a few seconds and few posts: does it run?")
    parser.add_argument("--rows", type=int, nargs="+", default=None)
    parser.add_argument("--stores", nargs="+", default=["sqlite", "postgresql"])
    given = parser.parse_args()
    sizes: list[int] = given.rows or ([0, 1000] if given.quick else [0, 10_000, 100_000, 1_000_000])
    missed = [line for kind in given.stores for line in measure_kind(kind, sizes, is_quick=given.quick)]
    for line in missed:
        print(f"budget missed: {line}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
