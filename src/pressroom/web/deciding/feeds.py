"""The calendars that programs of others fetch: the page on which they are made and ended, and the file.

An event of such a calendar leads to `open_event`, which shows its post to a signed-in user.
"""

import hashlib
from typing import Final

from starlette.responses import RedirectResponse, Response

from pressroom.core.account import shown_account
from pressroom.core.errors import NotFound
from pressroom.core.secret import Secret
from pressroom.service.posts.feeds import EVENTS
from pressroom.web.page import Page
from pressroom.web.site import PageRequest, Site, render

_PATH: Final = "/feeds"
_TYPE: Final = "text/calendar; charset=utf-8"


async def list_feeds(site: Site, request: PageRequest, *, key: Secret | None = None) -> Response:
    """Show all calendars, and the address of one that was just made, this once."""
    pressroom, reader = site.pressroom, await request.reader(site)
    names = await pressroom.feeds.names()
    feeds = [
        {
            "id": feed.id,
            "account": names.get(feed.account, shown_account(feed.account)),
            "made": reader.spell(feed.made_at),
            "read": f"last read {reader.spell(feed.last_read_at)}" if feed.last_read_at else "never read",
        }
        for feed in await pressroom.feeds.list()
    ]
    return request.page(
        "deciding/feeds.html",
        title="Calendar feeds",
        feeds=feeds,
        accounts=names,
        address=f"{pressroom.pages.address()}{_PATH}/{key.reveal()}.ics" if key else None,
        is_public=site.is_secure,
        zone=reader.zone.key,
    )


async def add_feed(site: Site, request: PageRequest) -> Response:
    """Make a calendar, and show its address."""
    new_feed = await site.pressroom.feeds.add(request.form.get("account", ""))
    # Not by another page to load: the key would have to be kept for that.
    return await list_feeds(site, request, key=new_feed.key)


async def end_feed(site: Site, request: PageRequest) -> Response:
    """Let nobody fetch a calendar any more."""
    await site.pressroom.feeds.end(request.path_part("id"))
    return RedirectResponse(_PATH, 303)


async def fetch_feed(site: Site, request: PageRequest) -> Response:
    """Answer with the calendar of a key; as for any address that is none where it reads nothing."""
    try:
        body = await site.pressroom.feeds.read(Secret(request.path_part("key")))
    except NotFound:
        return render("problem.html", status=404, title="There is no such page", text="")
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    # The address has a key: no referrer, and no cache but the calendar program's own.
    headers = {"etag": tag, "cache-control": "private, no-cache", "referrer-policy": "no-referrer"}
    if tag in request.http.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    return Response(body, headers=headers, media_type=_TYPE)


async def open_event(site: Site, request: PageRequest) -> Response:
    """Lead from an event to its post."""
    post_id = await site.pressroom.feeds.find_post(request.path_part("reference"))
    return RedirectResponse(f"/posts/{post_id}", 303)


PAGES: Final = (
    Page(path=_PATH, answer=list_feeds, decides=True, menu="Feeds"),
    Page(path=_PATH, answer=add_feed, method="POST", decides=True),
    Page(path=f"{_PATH}/{{id}}/end", answer=end_feed, method="POST", decides=True),
    Page(path=f"{_PATH}/{{key}}.ics", answer=fetch_feed, is_open=True),
    Page(path=f"{EVENTS}{{reference}}", answer=open_event),
)
