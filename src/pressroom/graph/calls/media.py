"""Calls about media that are live. Source: IG Media, IG User Media."""

from pressroom.graph.answers import (
    Done,
    Media,
    Page,
)
from pressroom.graph.calls.call import Call, Effect, given
from pressroom.graph.ids import MediaId, UserId

MEDIA_FIELDS = "id,permalink,media_type,media_product_type,timestamp,shortcode"
LISTING_FIELDS = "id,media_type,media_product_type,caption,timestamp"


def media(media_id: MediaId, *, fields: str = MEDIA_FIELDS) -> Call[Media]:
    """Describe the read of one published media."""
    return Call(method="GET", path=f"/{media_id}", params={"fields": fields}, answer=Media)


def media_list(
    user: UserId,
    *,
    fields: str = LISTING_FIELDS,
    limit: int = 25,
    since: int | None = None,
    until: int | None = None,
) -> Call[Page[Media]]:
    """Describe the list of published media, newest first, without stories. `since`, `until`: unix seconds."""
    params = given(fields=fields, limit=limit, since=since, until=until)
    return Call(method="GET", path=f"/{user}/media", params=params, answer=Page[Media])


def stories(user: UserId, *, fields: str = LISTING_FIELDS, limit: int = 25) -> Call[Page[Media]]:
    """Describe the list of live stories (24 h)."""
    params = given(fields=fields, limit=limit)
    return Call(method="GET", path=f"/{user}/stories", params=params, answer=Page[Media])


def delete_media(media_id: MediaId) -> Call[Done]:
    """Describe the deletion of a published media (Facebook Login only)."""
    return Call(method="DELETE", path=f"/{media_id}", answer=Done, effect=Effect.WRITE)
