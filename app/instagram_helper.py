"""Publish to Instagram. Written by `pressroom init`; the work is done by the installed `pressroom` package.

Whom to post as comes from the environment, read at each call: INSTAGRAM_ACCESS_TOKEN, INSTAGRAM_USER_ID
(else INSTAGRAM_BUSINESS_ID, else the token's own account), INSTAGRAM_API_BASE, INSTAGRAM_API_VERSION.

Success is `{"success": True, "id": "<media id>", "platform": "instagram"}`, failure
`{"success": False, "error": "<what happened and what to do>"}`. Nothing is raised but a cancellation.
"""

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

from pressroom.helpers.converting import convert_video
from pressroom.helpers.publishing import Tag, publish

if TYPE_CHECKING:
    from pressroom import Pressroom


async def post_photo_to_instagram(
    image_url: str | PathLike[str],
    caption: str,
    *,
    alt_text: str | None = None,
    user_tags: Sequence[Tag] = (),
    collaborators: Sequence[str] = (),
    location_id: str | None = None,
    convert: bool | None = None,
    idempotency_key: str | None = None,
    client: "Pressroom | None" = None,
    **options: Any,  # noqa: ANN401  # each option's own
) -> dict[str, Any]:
    """Publish a photo, given as a public https URL or as a file of this machine.

    A URL goes to Instagram as it is, unless `convert` is true; a file is made acceptable first.
    user_tags: `{"username": ..., "x": ..., "y": ...}` each, x and y from 0.0 to 1.0 from the top left.
    idempotency_key: a repeated call with it gives the same post, and goes on where an earlier one stopped.
    client: an open `Pressroom` to use in place of one made of the environment.
    options: any other option of a post, such as `is_ai_generated=True`; see `pressroom.PostKeywords`.
    """
    return await publish(
        "photo",
        [image_url],
        caption=caption,
        alt_text=alt_text,
        user_tags=user_tags,
        collaborators=collaborators,
        location_id=location_id,
        convert=convert,
        idempotency_key=idempotency_key,
        client=client,
        **options,
    )


async def post_video_to_instagram(
    video_url: str | PathLike[str],
    caption: str,
    *,
    cover: str | PathLike[str] | None = None,
    share_to_feed: bool | None = None,
    user_tags: Sequence[Tag] = (),
    collaborators: Sequence[str] = (),
    location_id: str | None = None,
    convert: bool | None = None,
    idempotency_key: str | None = None,
    client: "Pressroom | None" = None,
    **options: Any,  # noqa: ANN401  # each option's own
) -> dict[str, Any]:
    """Publish a reel, given as a public https URL or as a file of this machine.

    A URL goes to Instagram as it is, unless `convert` is true; a file is made acceptable first (720x1280,
    30 fps, at most 90 s). Waits up to five minutes for Instagram to process it.
    cover: the picture shown in the grid, a URL or a file. user_tags: names, without a place.
    share_to_feed: None means True. idempotency_key, client, options: as for a photo.
    """
    return await publish(
        "reel",
        [video_url],
        caption=caption,
        cover=cover,
        share_to_feed=share_to_feed,
        user_tags=user_tags,
        collaborators=collaborators,
        location_id=location_id,
        convert=convert,
        idempotency_key=idempotency_key,
        client=client,
        **options,
    )


async def post_carousel_to_instagram(
    image_urls: Sequence[str | PathLike[str]],
    caption: str,
    *,
    alt_text: Sequence[str] | None = None,
    user_tags: Sequence[Tag] = (),
    collaborators: Sequence[str] = (),
    location_id: str | None = None,
    convert: bool | None = None,
    idempotency_key: str | None = None,
    client: "Pressroom | None" = None,
    **options: Any,  # noqa: ANN401  # each option's own
) -> dict[str, Any]:
    """Publish 2 to 10 photos and videos as one post, each a public https URL or a file of this machine.

    alt_text: one for each item, in order; an empty text for none. user_tags: those of the first item, with
    a place as for a photo. convert, idempotency_key, client, options: as for a photo.
    """
    return await publish(
        "carousel",
        image_urls,
        caption=caption,
        alt_text=alt_text,
        user_tags=user_tags,
        collaborators=collaborators,
        location_id=location_id,
        convert=convert,
        idempotency_key=idempotency_key,
        client=client,
        **options,
    )


async def convert_video_for_instagram(input_path: str | PathLike[str]) -> dict[str, Any]:
    """Make a clip one that Instagram accepts: 720x1280, H.264 and AAC, 30 fps, at most 90 s.

    Success is `{"success": True, "output_path": ..., "converted": ..., "file_size_mb": ...}`. A clip that
    complies is left alone: `converted` is then False and `output_path` its own. Others are written to
    `renditions` of the data directory (PRESSROOM_HOME), and stay there.
    """
    return await convert_video(input_path)
