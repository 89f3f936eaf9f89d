"""The journal: what people and programs did, and each change as it happens, as server-sent events."""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from starlette.responses import Response, StreamingResponse

from pressroom.api.fields import AccountName
from pressroom.api.operation import Answer, Call, Content, Fields, Operation
from pressroom.api.paging import Limit
from pressroom.core.actor import Scope
from pressroom.core.journal import Entry, TrailQuery
from pressroom.core.secret import redact_json_text
from pressroom.service.shapes.work import EntryShape, TrailShape
from pressroom.serving.events import EVENT_HEADERS, EVENTS, event, stream_of


class ReadJournal(Fields, frozen=True, kw_only=True):
    """Which part of the journal."""

    account: AccountName | None = None
    since: Annotated[datetime, Meta(tz=True, description="Only what was done from then on.")] | None = None
    limit: Limit = 100
    after: Annotated[int, Meta(ge=1, le=2**63 - 1, description="`next` of the page before.")] | None = None


async def read_journal(call: Call[ReadJournal, None]) -> Answer:
    """Tell what people and programs did to posts and accounts, the newest first."""
    query, sessions = call.query, call.program.sessions
    pressroom = await sessions.of(query.account)
    trail = await pressroom.work.trail(
        TrailQuery(
            account=query.account,
            accounts=sessions.accounts,
            since=query.since,
            limit=query.limit,
            after=query.after,
        )
    )
    return Answer(TrailShape.of(trail))


class FollowEvents(Fields, frozen=True, kw_only=True):
    """What to follow, and from where."""

    account: AccountName | None = None
    after: (
        Annotated[
            str,
            Meta(max_length=60, description="Go on behind the event of this id, as `Last-Event-ID` does."),
        ]
        | None
    ) = None


async def follow_events(call: Call[FollowEvents, None]) -> Response:
    """Follow what happens to posts and accounts, whoever does it.

    The first event, `cursor`, tells where the stream begins: read the state after it, and nothing is missed.
    Each other is called `post` or `account`; its data is a change, and its id goes on behind it. A cursor
    that cannot be gone on from is a 410: read the state anew. A comment comes every 15 seconds. The stream
    ends when the key is revoked or expires, and contains nothing that happened afterwards.
    """
    query, program = call.query, call.program
    await program.sessions.of(query.account)  # raises for an account that the key is not for
    # A browser that comes back sends the header, and the address as it was.
    after = call.request.headers.get("last-event-id") or query.after
    # Of one session for all keys, so that the journal is read once for all streams.
    work = call.programs.owner.work
    cursor = await work.cursor(after)
    if call.request.method == "HEAD":
        return StreamingResponse(iter(()), 200, EVENT_HEADERS, EVENTS)
    entries = work.changes(cursor, account=query.account, accounts=program.sessions.accounts, key=program.key)

    async def is_let_in() -> bool:
        return await call.programs.shown_by(call.request.headers.get("authorization", "")) is program

    begin = event("cursor", cursor, msgspec.json.encode({"cursor": cursor}))
    return StreamingResponse(stream_of(begin, entries, _spelled, is_let_in), 200, EVENT_HEADERS, EVENTS)


def _spelled(entry: Entry) -> bytes | None:
    # Keys, consents and uploads are of other programs, too.
    if not entry.account:
        return None
    data = redact_json_text(msgspec.json.encode(EntryShape.of(entry)))
    return event(entry.event.subject_kind, entry.cursor, data)


_TAG: Final = "journal"

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/journal",
        run=read_journal,
        tag=_TAG,
        scope=Scope.READ,
        query=ReadJournal,
        answers={200: TrailShape},
    ),
    Operation(
        method="GET",
        path="/events",
        run=follow_events,
        tag=_TAG,
        scope=Scope.READ,
        query=FollowEvents,
        answers={200: Content(EVENTS, "Server-sent events; the data of each is JSON.")},
        errors=(410,),
    ),
)
