"""A web app that publishes in the background: the request is answered at once, the post follows.

pip install fastapi
eval "$(pressroom sandbox serve --detach --env)"    # or export your real token instead
uvicorn examples.fastapi_app:api                    # from the project's directory
curl -X POST localhost:8000/posts -H 'content-type: application/json' \
     -d '{"image_url": "cat.png", "caption": "Hello from Pressroom"}'
curl localhost:8000/posts/1
"""

import itertools
from typing import Any

from fastapi import BackgroundTasks, FastAPI, HTTPException
from pydantic import BaseModel

from app.insights_helper import get_instagram_media_insights
from app.instagram_helper import post_photo_to_instagram

api = FastAPI()
# What came of each post. A real app keeps this in its database.
results: dict[int, dict[str, Any] | None] = {}
numbers = itertools.count(1)


class NewPost(BaseModel):
    """What to publish. image_url: a public https URL, or a file of the server."""

    image_url: str
    caption: str


async def publish(number: int, post: NewPost) -> None:
    """Publish and remember what came of it; the helper raises nothing, so neither does this."""
    results[number] = await post_photo_to_instagram(post.image_url, post.caption)


@api.post("/posts", status_code=202)
async def create(post: NewPost, background: BackgroundTasks) -> dict[str, int]:
    """Take a post. It is published once this request is answered."""
    number = next(numbers)
    results[number] = None
    background.add_task(publish, number, post)
    return {"number": number}


@api.get("/posts/{number}")
async def read(number: int) -> dict[str, Any]:
    """Tell what came of a post: the helper's own dictionary, or that it is not done yet."""
    if number not in results:
        raise HTTPException(404)
    return results[number] or {"state": "publishing"}


@api.get("/posts/{number}/insights")
async def insights(number: int) -> dict[str, Any]:
    """Read the numbers of a published post."""
    result = results.get(number)
    if not result or not result["success"]:
        raise HTTPException(404)
    return await get_instagram_media_insights(result["id"])
