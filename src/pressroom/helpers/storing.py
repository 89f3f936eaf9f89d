"""Uploads to Cloudinary, deletes there, and returns the helpers' dictionaries."""

import os
from typing import Any

from pressroom.core.assets import Asset, MediaType
from pressroom.core.errors import PressroomError
from pressroom.helpers.opening import Source, answered, opened


async def upload(path: Source, resource_type: MediaType) -> dict[str, Any]:
    """Upload a file to the account of CLOUDINARY_URL: `{"success": True, "url": ..., "public_id": ...}`.

    Never raises on network, file or setting errors; a cancellation passes through.
    """

    async def work() -> dict[str, Any]:
        file = Asset(os.fsdecode(path)).path
        async with opened(None) as pressroom:
            uploaded = await pressroom.media.upload(file, resource_type)
        return {"success": True, "url": uploaded.url, "public_id": uploaded.public_id}

    return await answered(work())


async def delete(public_id: str) -> dict[str, Any]:
    """Delete an upload by its id: `{"success": True}`.

    Never raises on network or setting errors; a cancellation passes through.
    """

    async def work() -> dict[str, Any]:
        async with opened(None) as pressroom:
            is_deleted = await pressroom.media.delete_upload(public_id)
        if not is_deleted:
            raise PressroomError(f"Cloudinary has nothing called {public_id!r}.", fix="Check the public_id.")
        return {"success": True}

    return await answered(work())
