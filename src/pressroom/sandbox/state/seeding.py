"""Adds accounts and media that no call of a client made.

`seed_account` adds an account with its token and older media, `publish_by_hand` a post made in Instagram's
app, `add_foreign_media` a post of somebody else. `state.year` plants a whole year.
"""

import itertools
import re

import msgspec

from pressroom.graph.answers import MediaProductType, MediaType
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import called_under
from pressroom.sandbox.settings import Tester
from pressroom.sandbox.state.ids import LONG_LIFE_S
from pressroom.sandbox.state.things import Account, AccountType, Comment, ContainerKind, Media, Token, Truth
from pressroom.sandbox.state.world import World, find_or_add_person

_HOUR_S = 3600.0
_DAY_S = 24 * _HOUR_S
_ACCOUNT_AGE_S = 400 * _DAY_S
_USER_ID = re.compile(r"[0-9]{1,20}")
_ID_DIGITS = 17
# Old enough to be refreshed.
_TOKEN_AGE_S = 2 * _DAY_S
# Overview: after 90 days a permission must be granted again.
_UNUSED_S = 91 * _DAY_S
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
    return None if days is None else now - days * _DAY_S


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
    if kind is ContainerKind.CAROUSEL:
        media.children = [_add_item(world, media).id for _ in range(_ITEMS)]
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


def _add_item(world: World, parent: Media) -> Media:
    number = world.number()
    item = Media(
        id=world.media_id(number),
        number=number,
        user_id=parent.user_id,
        kind=ContainerKind.ITEM,
        media_type=MediaType.IMAGE,
        product=parent.product,
        created_at=parent.created_at,
        is_item=True,
        parent_id=parent.id,
    )
    world.add_media(item)
    return item


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
