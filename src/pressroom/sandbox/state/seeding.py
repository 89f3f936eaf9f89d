"""Adds accounts and media that no call of a client made.

`seed_account` adds an account with its token and older media, `publish_by_hand` a post made in Instagram's
app, `add_foreign_media` a post of somebody else, `plant_year` a year of history with a truth in it.
"""

import itertools
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from pressroom.graph.answers import MediaProductType, MediaType
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import called_under
from pressroom.sandbox.settings import Tester
from pressroom.sandbox.state.ids import LONG_LIFE_S
from pressroom.sandbox.state.things import Account, AccountType, Comment, ContainerKind, Media, Token, Truth
from pressroom.sandbox.state.world import World, find_or_add_person

_HOUR_S = 3600.0
DAY_S = 24 * _HOUR_S
_ACCOUNT_AGE_S = 400 * DAY_S
_USER_ID = re.compile(r"[0-9]{1,20}")
_ID_DIGITS = 17
# Old enough to be refreshed.
_TOKEN_AGE_S = 2 * DAY_S
# Overview: after 90 days a permission must be granted again.
_UNUSED_S = 91 * DAY_S
# Ids of further accounts count up from here. Real ids of accounts usually start with 17841, too.
_FIRST_OTHER = 17841400000001000
SHAPES = {
    ContainerKind.PHOTO: (MediaType.IMAGE, MediaProductType.FEED),
    ContainerKind.REEL: (MediaType.VIDEO, MediaProductType.REELS),
    ContainerKind.STORY: (MediaType.IMAGE, MediaProductType.STORY),
    ContainerKind.CAROUSEL: (MediaType.CAROUSEL_ALBUM, MediaProductType.FEED),
}
# Not a whole day: media must differ in their hour, or no best hour can be found.
_GAP_S = 19 * _HOUR_S
_ITEMS = 3
_KINDS = (ContainerKind.PHOTO, ContainerKind.REEL, ContainerKind.PHOTO, ContainerKind.CAROUSEL)
_COMMENT_GAP_S = 17 * 60.0
_NAMES = ("anna.prints", "b.marlow", "the_paper_shop", "kiosk.berlin")
_COMMENTS = ("So good!", "Which paper is this?", "Do you ship to Lisbon?", "Love the second one.", "🔥")
CAPTIONS = (
    "First light over the harbour. #morning",
    "How we set a page, in thirty seconds. #print #process",
    "New paper in the house: 120 g, uncoated.",
    "Five covers we nearly printed. Which one is yours?",
    "The press after midnight.",
    "Proofs are in. #print",
    "A small detail nobody will notice.",
)


class AccountSeed(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an account starts with.

    followers: how many it has now. comments: below each older media.
    best_hours: when its followers are online and posts do best, by how much `truth` says.
    professional_for_days: since when its media have insights; None: all have them.
    tester: its role in the app. scopes: the permissions of its token, by the names of any login; empty: all.
    unused: those of them that were last used 91 days ago. agreed_days_ago: when its owner consented.
    Raises ValueError for hours outside 0 to 23, and for a user_id that is not 1 to 20 digits.
    """

    username: str
    user_id: str | None = None
    login: LoginType = LoginType.INSTAGRAM
    name: str = ""
    biography: str = ""
    website: str = ""
    followers: int = 1_840
    follows: int = 312
    best_hours: list[int] = msgspec.field(default_factory=lambda: [17, 19])
    truth: Truth = msgspec.field(default_factory=Truth)
    media: int = 0
    comments: int = 0
    account_type: AccountType = AccountType.BUSINESS
    professional_for_days: float | None = None
    tester: Tester = "accepted"
    scopes: list[str] = msgspec.field(default_factory=list[str])
    unused: list[str] = msgspec.field(default_factory=list[str])
    agreed_days_ago: float = 2.0

    def __post_init__(self) -> None:
        check_hours(self.best_hours)
        check_comments(self.media, self.comments)
        if self.user_id is not None and _USER_ID.fullmatch(self.user_id) is None:
            raise ValueError("user_id holds 1 to 20 digits")


def check_hours(hours: list[int] | None) -> None:
    """Raise ValueError for an empty list, and for hours outside 0 to 23; None passes."""
    if hours is not None and not (hours and all(0 <= hour <= 23 for hour in hours)):  # noqa: PLR2004  # a day's hours
        raise ValueError("best_hours holds hours from 0 to 23")


def check_comments(media: int, comments: int) -> None:
    """Raise ValueError for comments without media to stand below."""
    if comments and not media:
        raise ValueError("comments are made below the media that are added: give media too")


def another_user_id(world: World) -> str:
    """Give an id that no account has."""
    return str(_FIRST_OTHER + len(world.accounts))


def seed_account(world: World, seed: AccountSeed, user_id: str, token: str, now: float) -> None:
    """Add an account with its token and its older media."""
    # Padded to the length of a real id, or a short id's app-scoped id would be another's own: "2" for "1".
    digits = user_id.zfill(_ID_DIGITS)
    account = Account(
        id=user_id,
        # Instagram Login gives `/me` an app-scoped id beside the account's: clients must not mix the two up.
        app_scoped_id=f"2{digits[1:]}",
        facebook_user_id=f"3{digits[3:]}",
        page_id=f"4{digits[3:]}",
        username=seed.username,
        login=seed.login,
        created_at=now - _ACCOUNT_AGE_S,
        name=seed.name,
        biography=seed.biography,
        website=seed.website,
        followers=seed.followers,
        counted_at=now,
        follows=seed.follows,
        truth=seed.truth,
        best_hours=seed.best_hours,
        account_type=seed.account_type,
        switched_at=_days_before(now, seed.professional_for_days),
        tester=seed.tester,
        agreed_at=_days_before(now, seed.agreed_days_ago),
    )
    world.add_account(account)
    token_made_at = now - _TOKEN_AGE_S
    world.tokens[token] = Token(
        text=token,
        user_id=user_id,
        login=seed.login,
        created_at=token_made_at,
        expires_at=token_made_at + LONG_LIFE_S,
        scopes=called_under(seed.login, seed.scopes) if seed.scopes else None,
    )
    unused = called_under(seed.login, seed.unused)
    world.permissions_used.update((f"{user_id} {name}", now - _UNUSED_S) for name in unused)
    seed_media(world, account, seed.media, now, comments=seed.comments)


def _days_before(now: float, days: float | None) -> float | None:
    return None if days is None else now - days * DAY_S


def seed_media(world: World, account: Account, count: int, now: float, *, comments: int = 0) -> None:
    """Add so many older media to an account, the newest 19 hours old, with comments by strangers."""
    kinds, captions = itertools.cycle(_KINDS), itertools.cycle(CAPTIONS)
    for place in range(count, 0, -1):
        media = add_older(world, account, next(kinds), float(int(now - place * _GAP_S)), next(captions))
        texts, names = itertools.cycle(_COMMENTS), itertools.cycle(_NAMES)
        for comment_place in range(1, comments + 1):
            person, number = find_or_add_person(world, account.id, next(names)), world.number()
            world.add_comment(
                Comment(
                    id=world.comment_id(number),
                    number=number,
                    media_id=media.id,
                    user_id=person.id,
                    username=person.username,
                    text=next(texts),
                    created_at=min(media.created_at + comment_place * _COMMENT_GAP_S, now),
                )
            )


def add_older(world: World, account: Account, kind: ContainerKind, at: float, caption: str) -> Media:
    """Add a media that has no file and came without a container; a carousel with its items."""
    media = _new_media(world, account.id, kind, at, caption)
    for _ in range(_ITEMS if kind is ContainerKind.CAROUSEL else 0):
        number = world.number()
        item = Media(
            id=world.media_id(number),
            number=number,
            user_id=account.id,
            kind=ContainerKind.ITEM,
            media_type=MediaType.IMAGE,
            product=media.product,
            created_at=at,
            is_item=True,
            parent_id=media.id,
        )
        world.add_media(item)
        media.children.append(item.id)
    world.add_media(media)
    return media


def _new_media(
    world: World,
    user_id: str,
    kind: ContainerKind,
    at: float,
    caption: str | None,
    *,
    author: str | None = None,
) -> Media:
    """Make a media without a file and a container, which the caller adds to a list."""
    media_type, product = SHAPES[kind]
    number = world.number()
    return Media(
        id=world.media_id(number),
        number=number,
        user_id=user_id,
        kind=kind,
        media_type=media_type,
        product=product,
        created_at=at,
        caption=caption,
        is_shared_to_feed=True if kind is ContainerKind.REEL else None,
        author=author,
    )


class ByHand(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An order to post by hand. in_s: seconds from now. user_id: the account; None: the sandbox's own.

    Raises ValueError for an item, which is not published by itself.
    """

    kind: ContainerKind = ContainerKind.PHOTO
    caption: str | None = None
    in_s: float = 0.0
    user_id: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in SHAPES:
            raise ValueError(f"{self.kind} is not published by itself")


def publish_by_hand(world: World, account: Account, order: ByHand, at: float) -> Media:
    """Add a media without a container, as the app does."""
    # Not counted against the publishing quota: that holds for `media_publish` only.
    media = _new_media(world, account.id, order.kind, at, order.caption)
    world.add_media(media)
    return media


def add_foreign_media(world: World, user_id: str, username: str, caption: str, at: float) -> Media:
    """Add a media of somebody else's that mentions the account `user_id`."""
    media = _new_media(world, user_id, ContainerKind.PHOTO, at, caption, author=username)
    world.add_foreign(media)
    return media


YEAR_DAYS = 365
MOST_MEDIA = 10_000  # as far back as the media list reaches
# The account is older than its first post.
_EVE_S = 40 * DAY_S
_WAKING = range(7, 23)
_GROWTH = 0.25  # of the followers of today, in a year
# Drawn apart from the hours, so that a best hour is not a best format in disguise.
_KINDS_OF_YEAR = (ContainerKind.PHOTO, ContainerKind.REEL, ContainerKind.CAROUSEL)
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
    kinds = dice.choices(_KINDS_OF_YEAR, _WEIGHTS, k=year.media)
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
