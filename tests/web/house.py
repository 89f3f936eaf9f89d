"""The pages of a data directory, a program that proposes, and visitors who are signed in or not."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pressroom.core.errors import NeedsApproval
from pressroom.core.post import Post
from pressroom.sandbox.settings import SandboxSettings
from pressroom.service import Pressroom
from pressroom.serving.reach import Reach, Reached
from pressroom.web.app import web_app
from tests.service.consenting import a_file, a_picture, person, program, proposed
from tests.service.road import PLAIN, Road, opened_road
from tests.web.visitor import HOST, Visitor

ADDRESS = f"http://{HOST}"


@dataclass
class House:
    """Pages that are served. owner: the session of the pages, a person's."""

    road: Road
    owner: Pressroom
    directory: Path
    app: Any

    def visitor(self) -> Visitor:
        """Somebody whom nobody knows."""
        return Visitor(self.app)

    async def signed_in(self) -> Visitor:
        """Somebody who followed a link from a terminal."""
        visitor = self.visitor()
        link = await self.owner.pages.link()
        got = await visitor.follow(link.address.removeprefix(ADDRESS))
        assert got.status == 303, got.text
        return visitor

    async def proposed(self, post: Post | None = None, *, at: str = "+3h", **options: Any) -> NeedsApproval:
        """Let a program propose a post."""
        wanted = post or a_picture(a_file(self.directory), **options)
        async with program(self.road) as planner:
            return await proposed(planner.posts.submit(wanted, at=at))


@asynccontextmanager
async def opened_house(
    directory: Path, played: SandboxSettings = PLAIN, *, reach: Reach | None = None
) -> AsyncGenerator[House]:
    """Pages of an account in Istanbul. played: how Instagram behaves. reach: None for this machine alone."""
    reach = reach or Reach(ADDRESS)
    async with opened_road(directory / "home", played=played) as road:
        road.sign_in(timezone="Europe/Istanbul")
        named = replace(road, account=None)
        async with person(named, account_name="ana") as owner:
            with owner.pages.announce(reach.base_url):
                app = Reached(web_app(owner, clock=road.clock, reach=reach), reach)
                yield House(road, owner, directory, app)
