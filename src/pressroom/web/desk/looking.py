"""Looking back and looking for something: what people and programs did, and posts by their words or an id."""

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from pressroom.core.actor import actor_in_words
from pressroom.core.errors import NotFound
from pressroom.core.journal import TrailEntry, TrailQuery
from pressroom.core.post import Post
from pressroom.core.settings import Mask
from pressroom.core.stored_posts import SHORTEST_START, title_of
from pressroom.service.posts.lists import search_words
from pressroom.web.desk.rows import ShownPost, address_of, read_place, shown_post, spell_place
from pressroom.web.page import Page
from pressroom.web.reader import Reader
from pressroom.web.site import PageRequest, Site

_ACTIVITY: Final = "/activity"
_ENTRIES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """Something that was done. iso: its time for machines.

    post_id, title: of the post that it was done to; empty for an account, and for a post that is gone.
    """

    day: date
    time: str
    iso: str
    who: str
    text: str
    account: str
    post_id: str
    title: str


async def show_activity(site: Site, request: PageRequest) -> Response:
    """Show a page of it, of all accounts or of one."""
    reader, account, after = await request.reader(site), request.asked("account"), request.asked("after")
    is_place = after.isascii() and after.isdigit() and len(after) < 19  # noqa: PLR2004  # what a store counts to
    query = TrailQuery(account=account or None, limit=_ENTRIES, after=int(after) if is_place else None)
    trail = await site.pressroom.work.trail(query)
    following = {**({"account": account} if account else {}), "after": trail.next}
    return request.page(
        "desk/activity.html",
        title="Activity",
        entries=await shown_entries(site, trail.entries, reader),
        today=reader.local(site.clock.now()).date(),
        account=account,
        accounts=[login.name for login in await site.pressroom.accounts.logins()],
        address=address_of(request),
        more=f"{_ACTIVITY}?{urlencode(following)}" if trail.next is not None else "",
        zone=reader.zone.key,
    )


async def shown_entries(site: Site, entries: Sequence[TrailEntry], reader: Reader) -> tuple[ShownEntry, ...]:
    """Build what is shown of what was done, with the first words of each post."""
    titles, mask = dict[str, str](), site.pressroom.pages.mask
    for post_id in {entry.event.post_id for entry in entries if entry.event.post_id}:
        with suppress(NotFound):
            post = await site.pressroom.posts.get(post_id)
            titles[post_id] = title_of(post.options.caption) or f"A {post.kind} without a caption"
    shown = list[ShownEntry]()
    for event, account in ((entry.event, entry.account) for entry in entries):
        local, post_id = reader.local(event.at), event.post_id or ""
        shown.append(
            ShownEntry(
                day=local.date(),
                time=f"{local:%H:%M}",
                iso=local.isoformat(timespec="seconds"),
                who=actor_in_words(event.actor) if event.actor else "",
                text=mask(event.text),
                account=account or "",
                post_id=post_id if post_id in titles else "",
                title=mask(titles.get(post_id, "")),
            )
        )
    return tuple(shown)


_PAGE: Final = 20
_BEFORE, _AFTER = 60, 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A text in which words were found. name: what it is. parts: each with whether it is one of the words."""

    name: str
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A post that was found, and why."""

    post: ShownPost
    matches: tuple[Match, ...]


async def show_search(site: Site, request: PageRequest) -> Response:
    """Show the posts that have every word, those that go out last first."""
    text, reader = request.asked("q"), await request.reader(site)
    page = await site.pressroom.posts.search(text, limit=_PAGE, after=read_place(request.asked("after")))
    words, mask = search_words(text), site.pressroom.pages.mask
    hits = [
        Hit(post=shown_post(site, post, reader), matches=tuple(_matches(post, words, mask)))
        for post in page.posts
    ]
    following = {"q": text, "after": spell_place(page.next)} if page.next else None
    return request.page(
        "desk/search.html",
        title=f"Search: {text}" if text else "Search",
        text=text,
        hits=hits,
        is_first=not request.asked("after"),
        more=f"/search?{urlencode(following)}" if following else "",
        zone=reader.zone.key,
    )


def _matches(post: Post, words: Collection[str], mask: Mask) -> Iterator[Match]:
    """Yield the texts of a post that have one of the words; its id, or one about it, where none does."""
    pattern = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))), re.IGNORECASE)
    names = [PurePosixPath(asset.source).name for asset in post.assets]
    options, is_found = post.options, False
    for name, text in (
        ("Caption", options.caption),
        ("First comment", options.first_comment),
        *(("File", file) for file in names),
    ):
        line = mask(" ".join((text or "").split()))
        if match := pattern.search(line):
            is_found = True
            yield Match(name=name, parts=tuple(_marked(line, match.start(), pattern)))
    starts = [word for word in words if len(word) >= SHORTEST_START and post.id.startswith(word.lower())]
    for word in starts:
        yield Match(name="Id", parts=((post.id[: len(word)], True), (post.id[len(word) :], False)))
    if not (is_found or starts):
        yield Match(name="Proposal", parts=(("the id of one about it", False),))


def _marked(line: str, first: int, pattern: re.Pattern[str]) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a line around its first word, cut where it is long."""
    start, end = max(0, first - _BEFORE), first + _AFTER
    yield "…" if start else "", False
    place = start
    for match in pattern.finditer(line[:end], start):
        yield line[place : match.start()], False
        yield match.group(), True
        place = match.end()
    yield line[place:end], False
    yield "…" if end < len(line) else "", False


PAGES: Final = (
    Page(path=_ACTIVITY, answer=show_activity, menu="Activity"),
    Page(path="/search", answer=show_search),
)
