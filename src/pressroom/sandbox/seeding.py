"""Older media for an account to start with."""

import itertools

from pressroom.graph.answers import MediaProductType, MediaType
from pressroom.sandbox.state.things import Account, ContainerKind, Media
from pressroom.sandbox.state.world import World

_HOUR_S = 3600.0
_GAP_S = 19 * _HOUR_S  # not a whole day, so that the hours wander
_ITEMS = 3
_KINDS = (
    (ContainerKind.PHOTO, MediaType.IMAGE, MediaProductType.FEED),
    (ContainerKind.REEL, MediaType.VIDEO, MediaProductType.REELS),
    (ContainerKind.PHOTO, MediaType.IMAGE, MediaProductType.FEED),
    (ContainerKind.CAROUSEL, MediaType.CAROUSEL_ALBUM, MediaProductType.FEED),
)
_CAPTIONS = (
    "First light over the harbour. #morning",
    "How we set a page, in thirty seconds. #print #process",
    "New paper in the house: 120 g, uncoated.",
    "Five covers we nearly printed. Which one is yours?",
    "The press after midnight.",
    "Proofs are in. #print",
    "A small detail nobody will notice.",
)


def seed_media(world: World, account: Account, count: int, now: float) -> None:
    """Give an account so many older media, the newest some hours old."""
    kinds, captions = itertools.cycle(_KINDS), itertools.cycle(_CAPTIONS)
    for place in range(count, 0, -1):
        kind, media_type, product = next(kinds)
        number = world.number()
        media = Media(
            id=world.media_id(number),
            number=number,
            user_id=account.id,
            kind=kind,
            media_type=media_type,
            product=product,
            created_at=float(int(now - place * _GAP_S)),
            caption=next(captions),
            is_shared_to_feed=True if kind is ContainerKind.REEL else None,
        )
        if kind is ContainerKind.CAROUSEL:
            media.children = [_add_item(world, media).id for _ in range(_ITEMS)]
        world.add_media(media)


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
