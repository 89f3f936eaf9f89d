"""A report of five hundred posts: how long it takes, how large it is, how fast a browser opens it.

    python bench/report.py

The account is the tests' shop with nineteen posts a day, in a SQLite file. make_report.py makes the report
in a process of its own, which loads what reads and draws, and nothing else. Opening is measured in Chromium
from the navigation to the load event, a fresh context each time, beside a page with nothing on it. Ends with
status 1 when a budget is missed.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import msgspec
from playwright.async_api import Browser, async_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.make_report import ACCOUNT, Made
from pressroom.core.account import account_id
from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.store.store import open_store
from tests.browser.conftest import find_chromium
from tests.insights.reported import PERIOD, Shop

MOST_BYTES: Final = 500_000
MOST_MADE_MS, MOST_CPU_MS, MOST_OPEN_MS = 5000.0, 3000.0, 250.0
MOST_MEMORY_MB: Final = 200.0
POSTS_A_DAY, TIMES = 19, 7
EMPTY: Final = "<!doctype html><title>Nothing</title>"


def fill(home: Path) -> None:
    ours = account_id(ACCOUNT.user_id, ACCOUNT.api_base)
    with open_store(home / "pressroom.db") as store:
        store.accounts.learn(ours, [ACCOUNT.key])
        for batch in Shop(SYSTEM_CLOCK.now(), posts_a_day=POSTS_A_DAY).batches():
            store.readings.keep(ours, batch)


def made(home: Path) -> Made:
    """Make the report in a fresh process."""
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("make_report.py"), home, f"{PERIOD}d"],
        capture_output=True,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Made)


async def opened_ms(browser: Browser, file: Path) -> float:
    """Open a file several times; returns the median."""
    took = list[float]()
    for _ in range(TIMES):
        async with await browser.new_context() as context:
            page = await context.new_page()
            await page.goto(file.as_uri())
            took.append(await page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
    return statistics.median(took)


def line(name: str, value: float, most: float, unit: str, more: str = "") -> bool:
    print(f"{name:34} {value:9,.0f} {unit}  {'kept' if value <= most else 'MISSED'} ({most:,.0f}){more}")
    return value <= most


async def measure(home: Path) -> bool:
    fill(home)
    file, cost = home / "report.html", await asyncio.to_thread(made, home)
    empty = home / "empty.html"
    empty.write_text(EMPTY)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        open_ms, nothing_ms = await opened_ms(browser, file), await opened_ms(browser, empty)
        await browser.close()
    return all(
        [
            line("made", cost.wall_ms, MOST_MADE_MS, "ms"),
            line("CPU of its process", cost.cpu_ms, MOST_CPU_MS, "ms"),
            line("memory of its process", cost.memory_mb, MOST_MEMORY_MB, "MB"),
            line("size", file.stat().st_size, MOST_BYTES, "bytes"),
            line(
                "opened",
                open_ms,
                MOST_OPEN_MS,
                "ms",
                f"  an empty page {nothing_ms:.0f} ms, ratio {open_ms / nothing_ms:.1f}",
            ),
        ]
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        sys.exit(not asyncio.run(measure(Path(directory))))
