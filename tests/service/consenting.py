"""Persons and programs at the store of a road, and files that they show."""

from pathlib import Path
from typing import Any

from PIL import Image

from pressroom.core.actor import Actor, ActorKind
from pressroom.core.errors import NeedsApproval
from pressroom.core.post import Post, PostKind
from pressroom.service import Pressroom, new_post
from tests.service.road import Road

ANNA = Actor(ActorKind.PERSON, "anna")
PLANNER = Actor(ActorKind.PROGRAM, "planner")


def person(road: Road, **more: Any) -> Pressroom:
    return road.pressroom(actor=ANNA, **more)


def program(road: Road, name: str = "planner", **more: Any) -> Pressroom:
    return road.pressroom(actor=Actor(ActorKind.PROGRAM, name), **more)


def a_file(directory: Path, name: str = "cat.jpg", colour: str = "blue") -> str:
    """A picture that Instagram takes as it is."""
    path = directory / name
    Image.new("RGB", (1080, 1080), colour).save(path)
    return str(path)


def a_picture(source: str, caption: str = "Hello", **options: Any) -> Post:
    return new_post(PostKind.PHOTO, [source], caption=caption, **options)


async def proposed(wanted: Any) -> NeedsApproval:
    """Give the answer that what is wanted waits for a person, or was declined."""
    try:
        done = await wanted
    except NeedsApproval as waits:
        return waits
    raise AssertionError(f"nobody was asked: {done}")
