"""Questions about a million kept readings, beside the same count and median in plain SQL.

    python bench/insights_kept.py [--readings 1000000] [--database URL]

The store is made anew in a temporary directory, or in an empty database of a PostgreSQL server. Ends with
status 1 when a question takes longer than its budget.
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from pressroom.core.account import Account, account_id
from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.core.readings import Batch, Collecting, KeptMedia, Reading
from pressroom.core.secret import Secret
from pressroom.core.settings import settings_from_environment
from pressroom.graph.ids import MediaId, UserId
from pressroom.insights import ages
from pressroom.insights.questions.posts import By
from pressroom.service import Pressroom
from pressroom.store.insights import tables as t
from pressroom.store.store import Store, open_store

MOST_MS = 100.0
USER, BASE = UserId("17841400000000001"), "http://127.0.0.1:1"
READINGS_OF_ONE = 25
TIMES = 5


def fill(store: Store, readings: int, now: datetime) -> list[MediaId]:
    """Store media with readings at their planned ages, thirty of them new a day; returns the newest ids."""
    account = account_id(USER, BASE)
    dice = random.Random(1)  # noqa: S311  # chance, not a secret
    store.readings.keep(account, Batch(collecting=Collecting(started_at=now, complete_at=now)))
    media = [_media(number, now) for number in range(readings // READINGS_OF_ONE)]
    for start in range(0, len(media), 2000):
        part = media[start : start + 2000]
        rows = [reading for one in part for reading in _readings(one, now, dice)]
        store.readings.keep(account, Batch(media=part, readings=rows))
    return [one.id for one in media[:20]]


def _media(number: int, now: datetime) -> KeptMedia:
    product, kind = [("FEED", "IMAGE"), ("REELS", "VIDEO"), ("FEED", "CAROUSEL_ALBUM")][number % 3]
    at = now - timedelta(hours=0.8 * (number + 1))
    return KeptMedia(
        id=MediaId(f"179{number:014}"), product_type=product, media_type=kind, published_at=at, found_at=at
    )


def _readings(media: KeptMedia, now: datetime, dice: random.Random) -> Iterator[Reading]:
    reach = dice.lognormvariate(8, 0.5)
    for age in ages.MEDIA_AGES[:READINGS_OF_ONE]:
        at = media.published_at + timedelta(seconds=age)
        seen = int(reach * (age / (age + 36_000)))
        numbers = {
            "views": 2 * seen,
            "reach": seen,
            "likes": seen // 20,
            "comments": 1,
            "saved": 2,
            "shares": 3,
        }
        yield Reading(
            media_id=media.id,
            age_s=age,
            read_at=min(at, now),
            planned_age_s=age,
            version="v26.0",
            numbers=numbers,
        )


async def timed(name: str, ask: Callable[[], Awaitable[Any]]) -> bool:
    took = list[float]()
    for _ in range(TIMES):
        start = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - start) * 1000)
    typical = statistics.median(took)
    print(f"{name:44} {typical:8.1f} ms   {'kept' if typical <= MOST_MS else 'MISSED'} ({MOST_MS:.0f} ms)")
    return typical <= MOST_MS


async def ask_all(
    store: Store, home: Path, environ: dict[str, str], ids: list[MediaId], now: datetime
) -> bool:
    settings = settings_from_environment(environ, default_home=home)
    account = Account(token=Secret("IGbench"), user_id=USER, api_base=BASE)
    store.accounts.learn(account_id(USER, BASE), [account.key])
    since = now - timedelta(days=90)
    async with Pressroom(account, settings) as pressroom:
        insights = pressroom.insights
        results = [
            await timed(
                "media of 90 days at 24 h, by reach",
                lambda: insights.media(age_s=86_400, since=since, sort="reach"),
            ),
            await timed("media of 90 days as last read", lambda: insights.media(since=since)),
            await timed("one media, kept", lambda: insights.kept(ids[0])),
            await timed("20 posts among their kind", lambda: insights.compare(ids)),
            await timed("groups by weekday, 90 days", lambda: insights.compare_groups(By.WEEKDAY)),
        ]
    return all(results)


def plain_sql(store: Store) -> None:
    """Count the readings of one age by a query of the database alone, for comparison."""
    sql = select(func.count()).where(t.readings.c.planned_age_s == 86_400)
    start = time.perf_counter()
    with store.database.reading() as connection:
        count = connection.execute(sql).scalar_one()
    took_ms = (time.perf_counter() - start) * 1000
    print(f"{'plain SQL: readings at 24 h, counted':44} {took_ms:8.1f} ms   ({count:,})")


def main(readings: int, database: str | None) -> bool:
    now = SYSTEM_CLOCK.now()
    with tempfile.TemporaryDirectory() as home:
        where: Any = Secret(database) if database else Path(home) / "pressroom.db"
        environ = {"PRESSROOM_DATABASE_URL": database} if database else {}
        with open_store(where) as store:
            start = time.perf_counter()
            ids = fill(store, readings, now)
            print(f"{readings:,} readings stored in {time.perf_counter() - start:.0f} s")
            plain_sql(store)
            return asyncio.run(ask_all(store, Path(home), environ, ids, now))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=1_000_000)
    parser.add_argument("--database", help="of an empty PostgreSQL database; by default a SQLite file")
    given = parser.parse_args()
    sys.exit(not main(given.readings, given.database))
