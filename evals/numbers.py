"""Insights that an account has kept: a shop's months, or single posts with numbers of a task's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from evals.world import World
from pressroom.core.account import AccountId
from pressroom.core.readings import (
    Batch,
    Collecting,
    KeptMedia,
    MissedReading,
    Missing,
    Number,
    Reading,
)
from pressroom.graph.answers import MediaId
from tests.insights.reported import Shop

_HOUR_S: Final = 3600
_PRODUCTS: Final = {"photo": "IMAGE", "carousel": "CAROUSEL_ALBUM", "reel": "VIDEO"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A published post. days: how long ago. numbers: by the age in hours at which they were read."""

    media_id: str
    caption: str
    days: float
    kind: str = "photo"
    numbers: Mapping[int, Mapping[str, Number]] = field(default_factory=dict[int, Mapping[str, Number]])
    missed: tuple[int, ...] = ()


def keep_shop(world: World, *, day_times: float = 1.2) -> None:
    """Keep the five months of the tests' shop: reels did better of late, and no hour or weekday matters."""
    account = _account(world)
    for batch in Shop(world.clock.now(), day_times=day_times).batches():
        world.road.store.readings.keep(account, batch)


def keep_posts(world: World, *posts: Measured) -> None:
    """Keep posts with their numbers."""
    now = world.clock.now()
    batch = Batch(
        collecting=Collecting(started_at=now - timedelta(days=300), complete_at=now),
        media=[_media(world, one) for one in posts],
        readings=[_reading(world, one, age) for one in posts for age in one.numbers],
        missed=[_missed(world, one, age) for one in posts for age in one.missed],
    )
    world.road.store.readings.keep(_account(world), batch)


def _account(world: World) -> AccountId:
    return AccountId(world.road.store.accounts.list()[0].account)


def _media(world: World, one: Measured) -> KeptMedia:
    at = world.clock.now() - timedelta(days=one.days)
    return KeptMedia(
        id=MediaId(one.media_id),
        product_type="REELS" if one.kind == "reel" else "FEED",
        media_type=_PRODUCTS[one.kind],
        published_at=at,
        found_at=at,
        caption=one.caption,
        permalink=f"https://www.instagram.com/p/{one.media_id[-6:]}/",
    )


def _reading(world: World, one: Measured, age_hours: int) -> Reading:
    at = world.clock.now() - timedelta(days=one.days) + timedelta(hours=age_hours)
    return Reading(
        media_id=MediaId(one.media_id),
        age_s=age_hours * _HOUR_S,
        read_at=at,
        version="v26.0",
        numbers=one.numbers[age_hours],
    )


def _missed(world: World, one: Measured, age_hours: int) -> MissedReading:
    at = world.clock.now() - timedelta(days=one.days) + timedelta(hours=age_hours + 3)
    return MissedReading(
        media_id=MediaId(one.media_id),
        planned_age_s=age_hours * _HOUR_S,
        why=Missing.NOT_RUNNING,
        text="No worker read it.",
        noted_at=at,
    )
