"""A house in which there is something of all that a path can name, of `ana` and of the program `planner`."""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pressroom.core.report_jobs import ReportContent
from tests.api.house import Client, House, a_house
from tests.mcp.shop import keep_shop
from tests.service.consenting import PLANNER
from tests.service.road import PLAIN, opened_road
from tests.service.walked import World, a_world

_UPLOAD = "6a1b3f0e-58b4-4c3a-9d3b-0f6c1f1c2d3e"


@dataclass(frozen=True)
class Filled:
    """planner: a program whose key is for all. things: ids by the names of parameters, of what is there."""

    world: World
    house: House
    planner: Client
    things: Mapping[str, Sequence[str]]


async def a_stocked_world(directory: Path) -> World:
    """Make a world to be copied, with posts in every state and with insights."""
    async with opened_road(directory / "home") as road:
        world = await a_world(road, directory)
        keep_shop(road)
        return world


@asynccontextmanager
async def filled(made: World, directory: Path) -> AsyncGenerator[Filled]:
    """Open a house like the world that was made."""
    home, is_claimed = directory / "home", asyncio.Event()

    async def makes(*_: object) -> ReportContent:
        is_claimed.set()
        return await never_ready()

    await asyncio.to_thread(shutil.copytree, made.road.settings.home, home)
    async with opened_road(home, played=replace(PLAIN, media=2)) as road:
        road.sign_in("ana", timezone="Europe/Istanbul")  # each sandbox has tokens of its own
        async with a_house(road, makes=makes) as house:
            world = replace(made, road=road, directory=directory)
            planner = await house.client(PLANNER.name)
            things = await _things(world, planner)
            # A session claims a report in the background, which is no change that a test made.
            await is_claimed.wait()
            yield Filled(world, house, planner, things)


async def never_ready(*_: object) -> ReportContent:
    """Make no report, and start no process that would."""
    await asyncio.Event().wait()
    raise AssertionError


async def _things(world: World, planner: Client) -> Mapping[str, Sequence[str]]:
    picture = await asyncio.to_thread(Path(world.file).read_bytes)
    digest = hashlib.sha256(picture).hexdigest()
    await planner.ask("PUT", f"/uploads/{_UPLOAD}", content=picture, sha256=digest, name="cat.jpg")
    report_id = (await planner.post("/reports", {"period": "28d"})).of(201)["report_id"]
    kept = (await planner.get("/insights/posts", limit=1))["media"][0]["id"]
    return {
        "post_id": [post.id for post in world.posts.values()],
        "proposal_id": [world.proposal],
        "upload_id": [_UPLOAD],
        "report_id": [report_id],
        "media_id": [world.road.sandbox.media[0].id, kept],
        "account": ["ana"],
    }
