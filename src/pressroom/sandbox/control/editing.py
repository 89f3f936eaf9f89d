"""The order about media that exist: their owner edits or deletes them in the app, unseen by any client."""

from typing import Any

import msgspec

from pressroom.sandbox.control.controls import BadRequest, Body, Controls, Query, convert


class EditOrder(msgspec.Struct, forbid_unknown_fields=True):
    """What becomes of a media. caption: the new one, empty for none; None leaves it.

    deleted: it vanishes with its comments, and a story before its end. Raises ValueError for both together,
    and for neither.
    """

    media_id: str
    caption: str | None = None
    deleted: bool = False

    def __post_init__(self) -> None:
        if (self.caption is not None) is self.deleted:
            raise ValueError("give a caption, or deleted")


def edit_media(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/edits`: the owner edits or deletes a media in the app."""
    order: EditOrder = convert(body, EditOrder)
    controls.scene.settle()
    world = controls.scene.world
    with world.lock:  # the server's thread may answer a call meanwhile
        media = world.media(order.media_id)
        if media is None or media.is_item:
            raise BadRequest(f"there is no media {order.media_id}")
        if order.deleted:
            world.remove_media(media)
        else:
            media.caption = order.caption or None
    return {"success": True}
