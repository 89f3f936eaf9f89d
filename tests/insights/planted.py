"""Accounts whose truth is known, as rows of a store, and the session that is asked about them."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pressroom.core.account import Account, AccountId, account_id
from pressroom.core.protocols import Transport
from pressroom.core.readings import Batch, Collecting, KeptMedia, Reading
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.answers import MediaId
from pressroom.insights.statistics.best_time import PostReach
from pressroom.publish.machine.policy import FEWEST_CALLS
from pressroom.service.acting.acting import Acting
from pressroom.service.ground.resources import Resources
from pressroom.service.insights.service import InsightService
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.publish.durable_world import InlineStore

BASE = "http://127.0.0.1:8001"
USER = "17841400000000001"
HOUR_S = 3600


@dataclass
class Planted:
    """A store, and the questions about its one account."""

    store: Store
    clock: FakeClock
    insights: InsightService
    account: AccountId

    def keep(self, posts: Iterable[PostReach], *, metric: str = "reach") -> None:
        """Keep posts, each with one reading at 24 hours."""
        self.store.readings.keep(self.account, batch_of(posts, metric=metric))


def batch_of(posts: Iterable[PostReach], *, metric: str = "reach", start: int = 1) -> Batch:
    media, readings = list[KeptMedia](), list[Reading]()
    for number, post in enumerate(posts, start):
        media.append(media_of(str(number), post.at, "REELS" if post.kind == "reel" else "FEED"))
        readings.append(reading_of(media[-1], 24 * HOUR_S, **{metric: round(post.reach)}))
    return Batch(media=media, readings=readings)


def media_of(number: str, at: datetime, product: str = "FEED") -> KeptMedia:
    kind = "VIDEO" if product == "REELS" else "IMAGE"
    return KeptMedia(id=MediaId(number), product_type=product, media_type=kind, published_at=at, found_at=at)


def reading_of(media: KeptMedia, age_s: int, **numbers: float) -> Reading:
    at = media.published_at + timedelta(seconds=age_s)
    return Reading(media_id=media.id, age_s=age_s, read_at=at, version="v25.0", numbers=numbers)


def asking(
    store: Store, clock: FakeClock, account: Account, transport: Transport | None = None
) -> InsightService:
    """The insights of a session on a store that is open, and that knows its account."""
    ours = account_id(account.user_id, account.api_base)
    store.accounts.learn(ours, [account.key])
    resources = Resources(
        settings=Settings(home=Path("none")),
        clock=clock,
        transport=transport,
        policy=FEWEST_CALLS,
        _store=store,
    )
    return InsightService(Acting(resources, handed_in=account))


@asynccontextmanager
async def planted() -> AsyncGenerator[Planted]:
    """An account that is collected, of which nothing is kept yet."""
    clock, ours = FakeClock(), account_id(USER, BASE)
    account = Account(token=Secret("IGAAplanted0123456789abcdef"), user_id=USER, api_base=BASE)
    with open_store(":memory:", clock=clock) as opened:
        store = InlineStore(opened.database)
        store.readings.keep(ours, Batch(collecting=Collecting(started_at=clock.now())))
        yield Planted(store, clock, asking(store, clock, account), ours)
