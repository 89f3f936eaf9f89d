"""Publish one photo, a URL or a file, and read its numbers.

eval "$(pressroom sandbox serve --detach --env)"    # or export your real token instead
python -m examples.publish cat.png "Hello from Pressroom"
"""

import asyncio
import sys

from app.insights_helper import get_instagram_media_insights
from app.instagram_helper import post_photo_to_instagram


async def main(photo: str, caption: str) -> int:
    """Print what came of it, and give the exit code."""
    result = await post_photo_to_instagram(photo, caption)
    print(result)
    if not result["success"]:
        return 1
    print(await get_instagram_media_insights(result["id"]))
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1], sys.argv[2])))
