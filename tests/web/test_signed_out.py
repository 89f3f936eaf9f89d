"""A crawler without a session: every address that Pressroom gives out leads it to sign-in pages only."""

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.post import PostState
from pressroom.service.consent.gate import owner
from pressroom.service.ground.served import address_of
from pressroom.service.work.watch import matters
from pressroom.web.page import Page
from pressroom.web.table import PAGES
from tests.api.house import a_house
from tests.mcp.agents import agent
from tests.service.consenting import ANNA, a_file, a_picture
from tests.service.walked import stored
from tests.web.house import ADDRESS, House, opened_house
from tests.web.visitor import Got, Visitor

pytestmark = pytest.mark.usefixtures("long_run")
CAPTION, COMMENT, ALT_TEXT = "Launch of the harbour print", "Half price with SEAGULL", "A pier at dawn"
FOLDER, FILE = "unreleased", "harbour-final.jpg"
GIVEN_OUT = re.compile(rf"{re.escape(ADDRESS)}(/[^\s\"'<>\\)]*)")
LINKED = re.compile(r'\b(?:href|src|action|poster|data-live)="([^"]+)"')


@dataclass
class Published:
    """What Pressroom gave out. answers: of agents, API clients and notices. feed: its path, and its text.

    ids: of posts and proposals. digest: of a file.
    """

    house: House
    answers: list[str]
    feed: str
    calendar: str
    ids: list[str]
    digest: str

    @property
    def paths(self) -> list[str]:
        """All paths that stand in what was given out."""
        text = "\n".join([*self.answers, self.calendar.replace("\r\n ", "")])
        return [path.rstrip(".,;") for path in GIVEN_OUT.findall(text)]

    @property
    def private(self) -> re.Pattern[str]:
        """What nobody may read without a session."""
        words = [CAPTION, COMMENT, ALT_TEXT, FOLDER, FILE, self.digest, *self.ids, "ana", ANNA.name, owner()]
        return re.compile("|".join(rf"\b{re.escape(word)}\b" for word in words))


@dataclass
class Crawler:
    """Opens addresses and whatever their pages lead to. seen: each answer, by method and path."""

    visitor: Visitor
    seen: dict[tuple[str, str], Got] = field(default_factory=dict[tuple[str, str], Got])

    async def crawl(self, paths: Iterable[str]) -> None:
        """Open these, and all that is linked from what they answer."""
        waiting = list(paths)
        while waiting:
            path = waiting.pop()
            if ("GET", path) not in self.seen:
                got = self.seen["GET", path] = await self.visitor.get(path)
                self.seen["HEAD", path] = await self.visitor.get(path, method="HEAD")
                waiting += [link for link in _links_in(got) if link.startswith("/")]


def _links_in(got: Got) -> Iterator[str]:
    yield got.headers.get("location", "")
    if got.headers.get("content-type", "").startswith("text/html"):
        yield from LINKED.findall(got.html)


def rows(given: Published, method: str) -> Iterator[str]:
    """Yield the address of every page of the table, for each post and proposal that there is."""
    parts = {"number": "0", "key": "prf_" + "A" * 43, "what": "cancel", "media": "17"}

    def filled(page: Page, item: str) -> str:
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda part: parts.get(part[1], item), page.path)

    return (filled(page, item) for page in PAGES if page.method == method for item in given.ids)


@pytest.fixture
async def given(tmp_path: Path) -> AsyncGenerator[Published]:
    """Posts and proposals of each origin, what was said of them, and a feed of their account."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    source = await asyncio.to_thread(a_file, folder, FILE)
    async with opened_house(tmp_path) as house, a_house(house.road) as api:
        texts: dict[str, Any] = {"first_comment": COMMENT, "alt_texts": (ALT_TEXT,)}
        planned = (await house.owner.posts.submit(a_picture(source, CAPTION, **texts), at="+5h")).post
        stored(house.road, ANNA, PostState.NEEDS_ATTENTION, source)
        asked = await house.proposed(a_picture(source, CAPTION, **texts), at="+2h")
        shop = await api.client()
        words = {"kind": "photo", "files": [{"url": "https://example.com/cat.jpg"}], "caption": CAPTION}
        requested = (await shop.post("/posts", {**words, "at": "+4h"})).of(202)
        async with agent(house.road, folder, name="painter") as painter:
            await painter.call("publish_post", post_id=await painter.draft(CAPTION))
            said = painter.said
        await house.road.clock.sleep(120)
        waiting = await matters(
            house.road.store, house.road.clock, address_of(house.road.settings, "/approvals")
        )
        key = (await house.owner.feeds.add("ana")).key.reveal()
        feed = f"/feeds/{key}.ics"
        answers = [
            f"{asked} {asked.fix} {asked.address}",
            f"{house.owner.posts.address(planned.id)} {requested}",
            *said,
            *(matter.notice.body for matter in waiting),
        ]
        proposals = [item.id for item in await house.owner.approvals.list()]
        ids = [*(post.id for post in house.road.posts), *proposals]
        calendar = (await house.visitor().get(feed)).body.decode()
        digest = hashlib.sha256(await asyncio.to_thread(Path(source).read_bytes)).hexdigest()
        yield Published(house, answers, feed, calendar, ids, digest)


async def test_a_crawler_without_a_session_gets_nothing_but_sign_in_pages(given: Published) -> None:
    crawler = Crawler(given.house.visitor())
    for start in ("/approvals/", "/posts/", "/calendar/events/", "/approvals"):
        assert any(path.startswith(start) for path in given.paths), start
    await crawler.crawl([*given.paths, *rows(given, "GET")])
    for (method, path), got in crawler.seen.items():
        shown = f"{got.body!r} {got.headers.get('location', '')}"
        if path.startswith("/static/"):
            continue
        assert not given.private.search(shown), (method, path)
        is_sign_in = "pressroom serve link" in shown and "<form" not in shown
        if path == "/sign-in":
            assert (got.status, is_sign_in or method == "HEAD") == (200, True)
        elif path.startswith("/feeds/prf_"):
            assert got.status == 404, path
        else:
            assert (got.status, is_sign_in or method == "HEAD") == (401, True), (method, path)


async def test_a_form_without_a_session_is_answered_by_a_sign_in_page(given: Published) -> None:
    for path in rows(given, "POST"):
        got = await given.house.visitor().post(path, {})
        assert (got.status, "pressroom serve link" in got.text) == (401, True), path
        assert not given.private.search(got.html), path


async def test_a_script_without_a_session_is_told_to_sign_in(given: Published) -> None:
    for path in given.paths:
        got = await given.house.visitor().get(path, accept="application/json")
        assert (got.status, got.headers["content-type"]) == (401, "application/json"), path
        assert not given.private.search(got.body.decode()), path


async def test_a_signed_in_user_reads_at_these_addresses_what_is_kept_from_the_crawler(
    given: Published,
) -> None:
    crawler = Crawler(await given.house.signed_in())
    for path in given.paths:
        got = crawler.seen["GET", path] = await crawler.visitor.get(path)
        if got.status == 303:
            crawler.seen["GET", path] = await crawler.visitor.get(got.headers["location"])
    assert {got.status for got in crawler.seen.values()} == {200}
    everything = "".join(got.text for got in crawler.seen.values())
    for word in (CAPTION, COMMENT, FOLDER, FILE, given.digest, ANNA.name):
        assert word in everything, word


async def test_a_feed_shows_no_ids_and_no_more_than_the_words_of_its_events(given: Published) -> None:
    assert CAPTION in given.calendar
    for word in (COMMENT, ALT_TEXT, FOLDER, FILE, given.digest, ANNA.name, *given.ids):
        assert word not in given.calendar.replace("\r\n ", ""), word


async def test_what_a_feed_led_to_stays_closed_when_it_has_ended(given: Published) -> None:
    (feed,) = await given.house.owner.feeds.list()
    await given.house.owner.feeds.end(feed.id)
    events = [path for path in given.paths if path.startswith("/calendar/events/")]
    assert events
    for path in (*events, given.feed):
        assert (await given.house.visitor().get(path)).status == (404 if path == given.feed else 401)
