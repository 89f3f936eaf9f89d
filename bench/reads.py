"""What it costs to read a post, its history, a page of 50 and a month of 500, on SQLite and on PostgreSQL.

    python bench/reads.py [--rounds 400] [--stores sqlite postgresql]

Each is read from a store of 5,000 posts of 20 accounts, 500 of them in that month. Beside it stands its
floor in the same run: the same statements given to the database's own driver as text, and the posts decoded
from JSON that is there already. Ends with status 1 when a budget is missed.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.store import addresses, times_ms
from pressroom.core.assets import Asset
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post, PostId, PostKind, PostOptions, PostState, SendState
from pressroom.core.stored_posts import Chip, PostQuery
from pressroom.service.shapes.posts import ChipsShape
from pressroom.store.events import append_events
from pressroom.store.store import Store, open_store
from tests.store.plans import queries
from tests.store.posts import a_container, a_send

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
END = START + timedelta(days=30)
POSTS, EARLIER, ACCOUNTS, EVENTS = 500, 4500, 20, 12
MOST_BYTES = 60_000
CAPTION = "The first tables stand outside again. Come by, the coffee is on us until noon. " * 3


@dataclass(frozen=True, slots=True)
class Reading:
    """A question to the store and what it may take. decode: what is done at least with the answer."""

    name: str
    budget_ms: float
    ask: Callable[[], object]
    decode: Callable[[], object]


def some_posts(numbers: range) -> list[Post]:
    """Make posts, 500 a month: those before the tenth day are live, with a container and a send each."""
    posts = list[Post]()
    for number in numbers:
        due_at = START + timedelta(hours=number * 1.4)
        post = Post(
            id=PostId(f"{EARLIER + number:032x}"),
            kind=(PostKind.PHOTO, PostKind.REEL, PostKind.CAROUSEL)[number % 3],
            assets=tuple(
                Asset(f"https://example.com/{number}-{place}.jpg") for place in range(1 + number % 3)
            ),
            options=PostOptions(caption=f"{number}. {CAPTION}"),
            account=f"shop-{number % ACCOUNTS}",
            created_at=START,
            due_at=due_at,
            timezone="Europe/Berlin",
            state=PostState.SCHEDULED,
        )
        if number < POSTS / 3:
            post = replace(
                post,
                state=PostState.PUBLISHED,
                containers=(a_container(f"c{number}"),),
                sends=(a_send(container=f"c{number}", state=SendState.LIVE, started_at=due_at),),
                followups=(),
            )
        posts.append(post)
    return posts


def fill(store: Store, posts: Sequence[Post]) -> None:
    events = [
        JournalEvent(subject_id=post.id, at=START, step="polled", text=f"Event {number} of the post.")
        for post in posts[-POSTS:]
        for number in range(EVENTS)
    ]
    for start in range(0, len(posts), 1000):
        store.posts.add_all([(post, "") for post in posts[start : start + 1000]])
    for start in range(0, len(events), 1000):
        with store.database.writing() as connection:
            append_events(store.database, connection, events[start : start + 1000])
    with store.database.writing() as connection:
        connection.exec_driver_sql("ANALYZE")


def floor(store: Store, reading: Reading) -> Callable[[], object]:
    """Give what asks the driver the same, and decodes the answer."""
    engine, asked = store.database.engine, queries(store, reading.ask)
    own = engine.raw_connection()
    driver: Any = own.driver_connection
    own.detach()
    if engine.dialect.name == "postgresql":
        driver.autocommit = True

    def ask() -> None:
        for statement, parameters in asked:
            driver.execute(statement, parameters).fetchall()
        reading.decode()

    return ask


def readings(store: Store) -> Iterable[Reading]:
    posts = store.posts
    decoder, texts = (
        msgspec.json.Decoder(Post),
        [msgspec.json.encode(post) for post in some_posts(range(154, 204))],
    )
    name = PostId(f"{EARLIER + 3:032x}")
    yield Reading("one post", 0.35, lambda: posts.get(name), lambda: decoder.decode(texts[0]))
    page = PostQuery(due_from=START + timedelta(days=9), limit=50)  # some live, most not
    events = msgspec.json.Decoder(tuple[JournalEvent, ...])
    story = msgspec.json.encode(store.events.list(name))
    yield Reading(
        "its history",
        1.5,
        lambda: (posts.find(name), store.accounts.pauses_of("shop-3"), store.events.list(name)),
        lambda: (decoder.decode(texts[0]), events.decode(story)),
    )
    month = posts.chips(START, END)
    json, size = msgspec.json.encode(month), len(msgspec.json.encode(ChipsShape.of(month)))
    print(f"the month's JSON: {size:,} of {MOST_BYTES:,} bytes{'   MISSED' if size > MOST_BYTES else ''}")
    chips = msgspec.json.Decoder(tuple[Chip, ...])
    yield Reading("a month of 500", 4.0, lambda: posts.chips(START, END), lambda: chips.decode(json))
    yield Reading("a page of 50", 0.9, lambda: posts.list(page), lambda: [*map(decoder.decode, texts)])


def measure(kind: str, rounds: int) -> list[str]:
    """Print a line a figure and give the budgets that were missed."""
    missed = list[str]()
    with addresses(kind) as new, open_store(new()) as store:
        fill(store, some_posts(range(-EARLIER, POSTS)))
        for reading in readings(store):
            took, least = times_ms([reading.ask, floor(store, reading)], rounds)
            p50, p50_least = statistics.median(took), statistics.median(least)
            is_missed = p50 > reading.budget_ms
            print(
                f"{kind:<10}  {reading.name:<22}  p50 {p50:6.3f} ms of {reading.budget_ms:.2f}"
                f"   floor {p50_least:6.3f} ms   {p50 / p50_least:5.2f} x{'   MISSED' if is_missed else ''}"
            )
            if is_missed:
                missed.append(f"{kind}: {reading.name} took {p50:.3f} ms of {reading.budget_ms}")
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--stores", nargs="+", default=["sqlite", "postgresql"])
    given = parser.parse_args()
    return bool([line for kind in given.stores for line in measure(kind, given.rounds)])


if __name__ == "__main__":
    sys.exit(main())
