"""Posts made by a person in Instagram's app, beside those a program publishes."""

import msgspec

from pressroom.graph.answers import MediaProductType, MediaType
from pressroom.sandbox.state.things import Account, ContainerKind, Media
from pressroom.sandbox.state.world import World

SHAPES = {
    ContainerKind.PHOTO: (MediaType.IMAGE, MediaProductType.FEED),
    ContainerKind.REEL: (MediaType.VIDEO, MediaProductType.REELS),
    ContainerKind.STORY: (MediaType.IMAGE, MediaProductType.STORY),
    ContainerKind.CAROUSEL: (MediaType.CAROUSEL_ALBUM, MediaProductType.FEED),
}


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
    media_type, product = SHAPES[order.kind]
    number = world.number()
    media = Media(
        id=world.media_id(number),
        number=number,
        user_id=account.id,
        kind=order.kind,
        media_type=media_type,
        product=product,
        created_at=at,
        caption=order.caption,
        is_shared_to_feed=True if order.kind is ContainerKind.REEL else None,
    )
    world.add_media(media)
    return media


def add_foreign_media(world: World, user_id: str, username: str, caption: str, at: float) -> Media:
    """Add a media of somebody else's that mentions the account `user_id`."""
    number = world.number()
    media = Media(
        id=world.media_id(number),
        number=number,
        user_id=user_id,
        kind=ContainerKind.PHOTO,
        media_type=MediaType.IMAGE,
        product=MediaProductType.FEED,
        created_at=at,
        caption=caption,
        author=username,
    )
    world.add_foreign(media)
    return media
