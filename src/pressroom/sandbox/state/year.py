"""A year of history for an account, with a truth planted in it."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from pressroom.sandbox.state.seeding import CAPTIONS, add_older, check_hours
from pressroom.sandbox.state.things import Account, ContainerKind, Truth
from pressroom.sandbox.state.world import World

DAY_S = 24 * 3600.0
YEAR_DAYS = 365
MOST_MEDIA = 10_000  # as far back as the media list reaches
# The account is older than its first post.
_EVE_S = 40 * DAY_S
_WAKING = range(7, 23)
_GROWTH = 0.25  # of the followers of today, in a year
# Drawn apart from the hours, so that a best hour is not a best format in disguise.
_KINDS = (ContainerKind.PHOTO, ContainerKind.REEL, ContainerKind.CAROUSEL)
_WEIGHTS = (5, 4, 2)


class Year(Truth, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """A year of media, its truth, and the followers the account has at its end.

    outlier: one media reaches so many times as many people; 0: none does.
    Raises ValueError for media outside 1 to 10,000, and as `Truth`.
    """

    media: int = 500
    followers: int = 5_000
    best_hours: list[int] = msgspec.field(default_factory=lambda: [18, 19, 20])
    outlier: float = 0.0
    effect: float = 0.3
    fade_h: float = 0.0
    sigma: float = 0.4

    def __post_init__(self) -> None:
        super().__post_init__()
        check_hours(self.best_hours)
        if not 1 <= self.media <= MOST_MEDIA:
            raise ValueError(f"media is 1 to {MOST_MEDIA:,}")
        if self.followers < 0 or not 0 <= self.outlier <= 1000:  # noqa: PLR2004  # believable to the end
            raise ValueError("followers is 0 or more, and outlier 0 to 1,000")


class Outlier(msgspec.Struct, kw_only=True):
    """The media that reached `factor` times as many people."""

    media_id: str
    factor: float


class Planted(msgspec.Struct, kw_only=True):
    """What a year holds, and what is true of it; `effect` and the others as in `Truth`."""

    user_id: str
    media: int
    since: datetime
    until: datetime
    followers: int
    best_hours: list[int]
    effect: float
    fade_h: float
    best_weekdays: list[int]
    weekday_effect: float
    zone: str
    trend: float
    sigma: float
    outlier: Outlier | None
    random_seed: int


def plant_year(world: World, account: Account, year: Year, now: float) -> Planted:
    """Add a year of media to an account that ends now, and make the year's truth the account's."""
    dice = random.Random(f"{world.random_seed}/{account.id}/{year.media}")  # noqa: S311  # no secret

    account.truth = Truth(**{name: getattr(year, name) for name in Truth.__struct_fields__})
    account.best_hours = year.best_hours
    account.followers, account.counted_at = year.followers, now
    account.followers_a_day = round(year.followers * _GROWTH / YEAR_DAYS, 2)
    account.created_at = min(account.created_at, now - YEAR_DAYS * DAY_S - _EVE_S)

    moments = sorted(_moments(dice, year, now))
    kinds = dice.choices(_KINDS, _WEIGHTS, k=year.media)
    every = [
        add_older(world, account, kind, at, CAPTIONS[place % len(CAPTIONS)])
        for place, (kind, at) in enumerate(zip(kinds, moments, strict=True))
    ]
    outlier: Outlier | None = None
    if year.outlier:
        media = dice.choice(every)
        media.reach_factor = year.outlier
        outlier = Outlier(media_id=media.id, factor=year.outlier)
    return Planted(
        user_id=account.id,
        since=datetime.fromtimestamp(every[0].created_at, UTC),
        until=datetime.fromtimestamp(every[-1].created_at, UTC),
        outlier=outlier,
        random_seed=world.random_seed,
        **{name: getattr(year, name) for name in Year.__struct_fields__ if name != "outlier"},
    )


def _moments(dice: random.Random, year: Year, now: float) -> Iterator[float]:
    """Spread the media evenly over the days, at any hour of the day that people post in."""
    zone, hours = ZoneInfo(year.zone), sorted({*_WAKING, *year.best_hours})
    for place in range(year.media):
        day = datetime.fromtimestamp(now - (place + dice.random()) * YEAR_DAYS * DAY_S / year.media, zone)
        minute = timedelta(minutes=dice.randrange(60), seconds=dice.randrange(60))
        at = (day.replace(hour=dice.choice(hours), minute=0, second=0, microsecond=0) + minute).timestamp()
        # All lies in the past: what would come later today was yesterday.
        yield at if at <= now else at - DAY_S
