"""Keep media at Cloudinary. Written by `pressroom init`; the work is done by the `pressroom` package.

The account comes from CLOUDINARY_URL (`cloudinary://KEY:SECRET@CLOUD`), read at each call. Failure is
`{"success": False, "error": "<what happened and what to do>"}`. Nothing is raised but a cancellation.
"""

from os import PathLike
from typing import Any

from pressroom.helpers.storing import delete, upload


async def upload_video_to_cloudinary(path: str | PathLike[str]) -> dict[str, Any]:
    """Upload a video: `{"success": True, "url": "https://...", "public_id": "..."}`."""
    return await upload(path, "video")


async def upload_image_to_cloudinary(path: str | PathLike[str]) -> dict[str, Any]:
    """Upload a picture: `{"success": True, "url": "https://...", "public_id": "..."}`."""
    return await upload(path, "image")


async def delete_from_cloudinary(public_id: str) -> dict[str, Any]:
    """Delete an upload, picture or video, by the id it was given: `{"success": True}`."""
    return await delete(public_id)
