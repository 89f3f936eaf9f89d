"""Published media as Instagram shows them: how they are read and listed, and which kind of post each is."""

from datetime import datetime

from pressroom.core.account import Account
from pressroom.graph import answers, calls
from pressroom.graph.answers import Media, MediaProductType, Page
from pressroom.graph.call import Call

DELETE_MEDIA = "delete_media"
"""The verb of a program's request to delete one."""
LISTING_FIELDS = "id,media_type,media_product_type,caption,permalink,timestamp"


def listing(account: Account, since: datetime | None, until: datetime | None = None) -> Call[Page[Media]]:
    """Return the call that lists an account's media of a span."""
    first, last = (int(moment.timestamp()) if moment else None for moment in (since, until))
    return calls.media_list(account.user, fields=LISTING_FIELDS, since=first, until=last)


def kind_of(media: Media) -> str:
    """Return the kind of post that a published media is, or `video` or `other`."""
    # By product first: a reel and a video story have the media_type VIDEO as well.
    if media.media_product_type is MediaProductType.REELS:
        return "reel"
    if media.media_product_type is MediaProductType.STORY:
        return "story"
    is_a = answers.MediaType
    kinds = {is_a.IMAGE: "photo", is_a.CAROUSEL_ALBUM: "carousel", is_a.VIDEO: "video"}
    return kinds.get(media.media_type or is_a.UNRECOGNISED, "other")
