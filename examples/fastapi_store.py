"""A web app that plans and publishes posts: each of its processes takes them, one of them publishes.

The posts are in a store, so a process that is killed loses none, and another one goes on within seconds.

pip install fastapi
eval "$(pressroom sandbox serve --detach --env)"          # or export your real token instead
uvicorn examples.fastapi_store:api --workers 4            # from the project's directory
curl -X POST localhost:8000/posts -H 'content-type: application/json' \
     -d '{"image": "cat.png", "caption": "Hello from Pressroom", "at": "+1m", "key": "cat-1"}'
curl localhost:8000/posts
"""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from pressroom import Pressroom, PressroomError, new_post


@asynccontextmanager
async def lifespan(_api: FastAPI) -> AsyncGenerator[dict[str, Pressroom]]:
    """Keep one `Pressroom` open in each process."""
    async with Pressroom(works=True) as pressroom:
        yield {"pressroom": pressroom}


api = FastAPI(lifespan=lifespan)


class NewPost(BaseModel):
    """What to publish. at: an ISO time with a zone, `now`, `+2h`, ...; key: makes a repeated request safe."""

    image: str
    caption: str
    at: str = "now"
    key: str


def pressroom_of(request: Request) -> Pressroom:
    """Give this process's own."""
    return cast("Pressroom", request.state.pressroom)


@api.post("/posts", status_code=202)
async def create(wanted: NewPost, request: Request) -> dict[str, Any]:
    """Keep a post. It is checked now and published when it is due."""
    post = new_post("photo", wanted.image, caption=wanted.caption)
    planned = await pressroom_of(request).posts.submit(post, at=wanted.at, idempotency_key=wanted.key)
    return {"post_id": planned.post.id, "replayed": planned.is_replay, "warnings": planned.warnings}


@api.get("/posts")
async def read_all(request: Request) -> list[dict[str, Any]]:
    """List the first hundred posts by due time."""
    page = await pressroom_of(request).posts.list()
    return [{"post_id": post.id, "state": post.state, "due_at": post.due_at} for post in page.posts]


@api.get("/posts/{post_id}")
async def read(post_id: str, request: Request) -> dict[str, Any]:
    """Tell how a post stands and what was done for it."""
    story = await pressroom_of(request).posts.show(post_id)
    done = [event.text for event in story.events]
    return {"state": story.post.state, "permalink": story.post.permalink, "done": done}


@api.delete("/posts/{post_id}")
async def cancel(post_id: str, request: Request) -> dict[str, Any]:
    """Let a post go that is not live."""
    return {"state": (await pressroom_of(request).posts.cancel(post_id)).state}


@api.get("/worker")
async def worker(request: Request) -> dict[str, int | None]:
    """Tell which process answers, and which one publishes."""
    return {"pid": os.getpid(), "publishes": await pressroom_of(request).work.worker_pid()}


@api.exception_handler(PressroomError)
async def say(_request: Request, error: Exception) -> JSONResponse:
    """Answer with what happened and what to do about it."""
    assert isinstance(error, PressroomError)
    return JSONResponse({"error": error.as_json()}, status_code=422)
