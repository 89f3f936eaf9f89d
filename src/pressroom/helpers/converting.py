"""Converts a clip and returns the helpers' dictionary."""

import os
from pathlib import Path
from typing import Any

from pressroom.core.assets import Fit, Target, Wish
from pressroom.graph.limits import MB, MediaUse
from pressroom.helpers.opening import Source, answered, opened


async def convert_video(input_path: Source) -> dict[str, Any]:
    """Convert a clip to the house target: `{"success", "output_path", "converted", "file_size_mb"}`.

    A file that complies is not converted, and its own path is given. No account is needed.
    Never raises on file or setting errors; a cancellation ends the conversion and passes through.
    """

    async def work() -> dict[str, Any]:
        wish = Wish(use=MediaUse.REEL, target=Target.HOUSE, fit=Fit.BLUR)
        async with opened(None) as pressroom:
            rendition = await pressroom.media.prepare(Path(os.fsdecode(input_path)), wish)
        return {
            "success": True,
            "output_path": str(rendition.path.absolute()),
            "converted": rendition.is_converted,
            "file_size_mb": round(rendition.size_bytes / MB, 2),
        }

    return await answered(work())
