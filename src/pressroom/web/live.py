"""Tells pages what happens, as it happens: by one stream a browser, which its tabs share."""

from typing import Final

import msgspec
from starlette.responses import Response, StreamingResponse

from pressroom.core.errors import Refused
from pressroom.core.journal import Entry
from pressroom.core.secret import redact_json_text
from pressroom.core.settings import Mask
from pressroom.serving.events import EVENT_HEADERS, EVENTS, event, stream_of
from pressroom.web.page import Page
from pressroom.web.site import PageRequest, Site, static_files

# With data, since a browser passes on no event without.
_BEAT: Final = b"event: beat\ndata: {}\n\n"


class LiveChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change. kind, id: of what was changed. text: in words; empty where there are none."""

    kind: str
    id: str
    step: str
    text: str


class LiveStart(msgspec.Struct, frozen=True, kw_only=True):
    """Where a stream begins.

    is_resumed: nothing was missed since the last event that was seen. version: of our scripts; a page with
    those of another one is loaded anew.
    """

    is_resumed: bool
    version: str


async def follow(site: Site, request: PageRequest) -> Response:
    """Follow what happens to posts and accounts, whoever does it.

    The first event, `start`, says whether the stream goes on where the browser left it. Each other is called
    `change`, and `beat` comes each 15 seconds: a browser that hears none knows that the stream is dead.
    """
    # A tab that goes on where another one was, or where its page was made, has no header.
    seen = request.http.headers.get("last-event-id") or request.asked("after") or None
    work = site.pressroom.work
    try:
        cursor = await work.cursor(seen)
    except Refused:  # too old, or of another store
        seen, cursor = None, await work.cursor()
    if request.http.method == "HEAD":
        return StreamingResponse(iter(()), 200, EVENT_HEADERS, EVENTS)

    async def is_let_in() -> bool:
        return site.visit(request.http) is not None

    def spell(entry: Entry) -> bytes | None:
        # Nothing more, at once, where somebody was signed out; the stream ends at its next beat.
        return spell_change(entry, site.pressroom.pages.mask) if site.visit(request.http) else None

    begin = LiveStart(is_resumed=seen is not None, version=static_files().version)
    start = event("start", cursor, msgspec.json.encode(begin))
    stream = stream_of(start, work.changes(cursor), spell, is_let_in, beat=_BEAT)
    return StreamingResponse(stream, 200, EVENT_HEADERS, EVENTS)


def spell_change(entry: Entry, mask: Mask) -> bytes:
    """Spell a change as an event."""
    happened, text = entry.event, mask(entry.event.text)
    change = LiveChange(kind=happened.subject_kind, id=happened.subject_id, step=happened.step, text=text)
    return event("change", entry.cursor, redact_json_text(msgspec.json.encode(change)))


PAGES: Final = (Page(path="/live", answer=follow),)
