"""The start page, the queue, and the published posts.

The start page says what needs a person today, what is next and what is live. The queue has a section for
each thing that happens to posts before they are live.
"""

import asyncio
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from pressroom.core.errors import NotFound
from pressroom.core.journal import TrailQuery
from pressroom.core.post import WAITING_STATES, PostState
from pressroom.core.stored_posts import PostQuery
from pressroom.service.acting.obstacles import OVERDUE_AFTER
from pressroom.web.desk.looking import shown_entries
from pressroom.web.desk.rows import ShownPost, address_of, banners_of, read_place, shown_post, spell_place
from pressroom.web.page import Page
from pressroom.web.reader import Reader
from pressroom.web.site import PageRequest, Site

_FEW, _NEXT, _LATELY, _PAGE = 6, 5, 6, 40


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the queue.

    tone: a state, by which it is coloured. states: of its posts; empty for the tone alone. is_late: whether
    their time is over; None for all. tile: what the start page calls them. nothing: what stands there without
    any; empty for no section then.
    """

    name: str
    title: str
    tone: PostState
    states: tuple[PostState, ...] = ()
    _: KW_ONLY
    is_late: bool | None = None
    newest_first: bool = False
    tile: str = ""
    nothing: str = ""

    def query(self, now: datetime) -> PostQuery:
        """Return what finds its posts."""
        return PostQuery(
            states=self.states or (self.tone,),
            due_before=now - OVERDUE_AFTER if self.is_late else None,
            due_from=now - OVERDUE_AFTER if self.is_late is False else None,
            newest_first=self.newest_first,
        )


_OVER: Final = (PostState.FAILED, PostState.MISSED)
_HELD: Final = tuple(state for state in PostState if state.is_held)
SECTIONS: Final = (
    Section("doubt", "In doubt", PostState.NEEDS_ATTENTION, tile="may be live: look, and decide"),
    Section("late", "Late", PostState.FAILED, WAITING_STATES, is_late=True, tile="late"),
    Section(
        "failed", "Failed and missed", PostState.FAILED, _OVER, newest_first=True, tile="failed or missed"
    ),
    Section("going", "Going out now", PostState.PUBLISHING),
    Section(
        "next", "Next", PostState.SCHEDULED, WAITING_STATES, is_late=False, nothing="Nothing is planned."
    ),
    Section("held", "Drafts and approvals", PostState.AWAITING_APPROVAL, _HELD),
)
_NEXT_OUT: Final = next(section for section in SECTIONS if section.name == "next")
_LIVE: Final = Section(
    "live", "Published", PostState.PUBLISHED, newest_first=True, nothing="Nothing is published yet."
)
_QUEUE, _PUBLISHED = "/queue", "/published"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSection:
    """A section with some of its posts. count: of all. more: the address of the following; empty for none."""

    section: Section
    count: int
    posts: tuple[ShownPost, ...]
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A number on the start page, and where it leads."""

    count: int
    words: str
    path: str
    tone: str


async def start(site: Site, request: PageRequest) -> Response:
    """Show what needs a person today, what goes out next, what is live, and what was done."""
    reader, posts, now = await request.reader(site), site.pressroom.posts, site.clock.now()
    waiting = await site.pressroom.approvals.count()
    asking = Tile(count=waiting, words="for you to approve", path="/approvals", tone=PostState.DRAFT)
    counts = [(section, await posts.count(section.query(now))) for section in SECTIONS if section.tile]
    tiles = [asking] + [
        Tile(count=count, words=section.tile, path=f"{_QUEUE}#{section.name}", tone=section.tone)
        for section, count in counts
    ]
    coming = (await posts.find(replace(_NEXT_OUT.query(now), limit=_NEXT))).posts
    published = (await posts.find(replace(_LIVE.query(now), limit=_NEXT))).posts
    trail = await site.pressroom.work.trail(TrailQuery(limit=_LATELY))
    today = reader.local(now)
    return request.page(
        "desk/start.html",
        title=f"{today:%A} {today.day} {today:%B}",
        today=today.date(),
        address=address_of(request),
        is_first_run=not await site.pressroom.accounts.standings(asks=False),
        banners=await banners_of(site),
        tiles=[tile for tile in tiles if tile.count],
        coming=[shown_post(site, post, reader) for post in coming],
        published=[shown_post(site, post, reader) for post in published],
        lately=await shown_entries(site, trail.entries, reader),
        zone=reader.zone.key,
    )


async def show_queue(site: Site, request: PageRequest) -> Response:
    """Show every section with its first posts; with `only`, one section page by page."""
    only = request.asked("only")
    chosen = next((section for section in SECTIONS if section.name == only), None)
    return await _show_sections(site, request, _QUEUE, chosen)


async def show_published(site: Site, request: PageRequest) -> Response:
    """Show the posts that are live, the newest first, page by page."""
    return await _show_sections(site, request, _PUBLISHED, _LIVE)


async def _show_sections(site: Site, request: PageRequest, path: str, chosen: Section | None) -> Response:
    """Show one section page by page, or the first posts of all sections of the queue if none is chosen."""
    reader, account = await request.reader(site), request.asked("account")
    accounts = [login.name for login in await site.pressroom.accounts.logins()]
    # "Nothing is planned" would be true of an account that is only misspelled, too.
    if account not in ("", *accounts) and not await site.pressroom.posts.count(PostQuery(account=account)):
        raise NotFound(f"There is no account {account[:60]!r} here.")
    showing = [
        _shown_section(site, request, path, section, reader, is_alone=bool(chosen))
        for section in ([chosen] if chosen else SECTIONS)
    ]
    sections = await asyncio.gather(*showing)
    return request.page(
        "desk/queue.html",
        title=chosen.title if chosen else "Queue",
        path=path,
        only=chosen.name if chosen else "",
        sections=[shown for shown in sections if shown.count or shown.section.nothing or chosen],
        account=account,
        accounts=accounts,
        address=address_of(request),
        banners=await banners_of(site),
        zone=reader.zone.key,
    )


async def _shown_section(
    site: Site, request: PageRequest, path: str, section: Section, reader: Reader, *, is_alone: bool
) -> ShownSection:
    account, posts = request.asked("account"), site.pressroom.posts
    query = replace(section.query(site.clock.now()), account=account or None)
    place = read_place(request.asked("after")) if is_alone else None
    page = await posts.find(replace(query, limit=_PAGE if is_alone else _FEW, after=place))
    following = {"only": section.name} if path == _QUEUE else {}
    if account:
        following["account"] = account
    if is_alone and page.next:
        following["after"] = spell_place(page.next)
    return ShownSection(
        section=section,
        count=await posts.count(query),
        posts=tuple(shown_post(site, post, reader) for post in page.posts),
        more=f"{path}?{urlencode(following)}" if page.next else "",
    )


PAGES: Final = (
    Page(path="/", answer=start),
    Page(path=_QUEUE, answer=show_queue, menu="Queue"),
    Page(path=_PUBLISHED, answer=show_published, menu="Published"),
)
