"""The pages of an account with posts of several days, for a browser: `planned` in conftest."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from playwright.async_api import Page

from pressroom.core.post import Post, PostState
from pressroom.sandbox import samples
from pressroom.service import Pressroom, new_post
from pressroom.serving.sockets import listen
from pressroom.web.app import serving
from tests.fakes.ticking import TickingClock
from tests.service.consenting import person
from tests.service.road import Road, opened_road


async def follow_link(page: Page, link: str) -> None:
    """Open a link that signs in, and press its button."""
    await page.goto(link)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.wait_for_url(lambda address: not address.endswith("/sign-in"))


@dataclass
class Planned:
    """Pages that are served. owner: the session of the pages, a person's. photo: a file for posts."""

    road: Road
    clock: TickingClock
    owner: Pressroom
    base: str
    photo: Path

    async def sign_in(self, page: Page) -> None:
        """Follow a link from a terminal."""
        await follow_link(page, (await self.owner.pages.link()).address)

    async def plan(
        self, caption: str, at: str = "+1d", *, state: PostState = PostState.SCHEDULED, **options: Any
    ) -> Post:
        """Plan a picture."""
        wanted = new_post("photo", str(self.photo), caption=caption, **options)
        return (await self.owner.posts.submit(wanted, at=at, state=state)).post


@asynccontextmanager
async def serving_planned(directory: Path) -> AsyncGenerator[Planned]:
    """Serve the pages of an account in Istanbul while the block runs; nothing is planned yet."""
    photo = directory / "first.jpg"
    samples.make_photo(photo)
    clock = TickingClock()
    async with opened_road(directory / "home", clock=cast("Any", clock)) as road:
        road.sign_in(timezone="Europe/Istanbul")
        named = replace(road, account=None)
        async with (
            person(named, account_name="ana") as owner,
            serving(owner, listen(), clock=clock) as base,
        ):
            yield Planned(road, clock, owner, base, photo)
