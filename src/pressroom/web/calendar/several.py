"""Moves or cancels several posts at once: what will become of each is shown first.

Each is changed as it was seen. It is a field `p-ID` of a form, with its version as the value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from starlette.responses import Response

from pressroom.core.errors import NotFound, PressroomError, Refused
from pressroom.core.post import Post
from pressroom.core.stored_posts import title_of
from pressroom.core.when import day_of, start_of
from pressroom.service.consent.change import Verb
from pressroom.service.posts.changes import MOVABLE, BulkChange
from pressroom.web.calendar.moving import for_pages, require_not_near, time_in_words
from pressroom.web.page import Page
from pressroom.web.reader import Reader
from pressroom.web.site import PageRequest, Site, own_path, require_version, require_whole

_VERBS: Final[Mapping[str, Verb]] = {"move": Verb.MOVE, "cancel": Verb.CANCEL}
_UNITS: Final[Mapping[str, str]] = {"m": "minute", "h": "hour", "d": "day", "w": "week"}
_MOST: Final = 500
_USUAL_DAYS: Final = timedelta(days=31)
# The calendar ends with the year 9999.
_LATEST: Final = date(9999, 11, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPost:
    """What becomes of a post. version: None where it is not changed, and `why` says why.

    was, becomes: when it goes out, in words. is_newer: it was changed since it was selected. notes: what a
    person should know of its new time.
    """

    id: str
    title: str
    account: str
    state: str
    was: str
    becomes: str = ""
    version: int | None = None
    is_newer: bool = False
    why: str = ""
    notes: Sequence[str] = ()


async def choose(site: Site, request: PageRequest) -> Response:
    """List the posts of some days that can be moved or cancelled, to tick them."""
    reader, now = await request.reader(site), site.clock.now()
    since = day_of(request.asked("since") or "today", now=now, zone=reader.zone)
    text = request.asked("until")
    until = day_of(text, now=now, zone=reader.zone) if text else min(since, _LATEST) + _USUAL_DAYS
    states = MOVABLE | frozenset(BulkChange(Verb.CANCEL).states)
    chips = await site.pressroom.posts.chips(start_of(since, reader.zone), start_of(until, reader.zone))
    return request.page(
        "calendar/several.html",
        title="Change several posts",
        chips=[chip for chip in chips if chip.state in states][:_MOST],
        local=reader.local,
        zone=reader.zone.key,
        back=own_path(request.asked("back"), "/calendar"),
    )


async def preview(site: Site, request: PageRequest) -> Response:
    """Show what a change will do to each post, or why it will not."""
    change, rows = await _rehearsed(site, request)
    return _page(request, change, rows, is_done=False)


async def change_several(site: Site, request: PageRequest) -> Response:
    """Change each post as it was seen, and show what became of each."""
    reader, versions = await request.reader(site), _versions(request)
    change, rehearsed = await _rehearsed(site, request)
    rows = {row.id: row for row in rehearsed}
    ids = [row.id for row in rehearsed if row.version is not None]
    async for result in site.pressroom.posts.change_each(ids, change, versions):
        row = rows[result.id]
        if result.error:
            rows[row.id] = replace(row, becomes="", version=None, why=_why(result.error, result.post, reader))
    return _page(request, change, list(rows.values()), is_done=True)


def _page(
    request: PageRequest, change: BulkChange, rows: Sequence[ChangedPost], *, is_done: bool
) -> Response:
    form = request.form
    count, unit = form.get("count", ""), _UNITS.get(form.get("unit", ""), "")
    by = f"{count} {unit}{'' if count == '1' else 's'} {'earlier' if form.get('way') == '-' else 'later'}"
    return request.page(
        "calendar/changed_several.html",
        title="What became of each post" if is_done else "What will become of each post",
        is_done=is_done,
        is_move=change.verb is Verb.MOVE,
        by=by,
        rows=rows,
        changed=[row for row in rows if row.version is not None],
        sent={name: form[name] for name in ("change", "count", "unit", "way") if name in form},
        query=request.http.url.query,
        back=own_path(form.get("back", ""), "/calendar"),
    )


async def _rehearsed(site: Site, request: PageRequest) -> tuple[BulkChange, Sequence[ChangedPost]]:
    """Tell what a change would do to each post. Raises Refused for a change that is none, and for no post."""
    reader, now = await request.reader(site), site.clock.now()
    posts, versions, change = site.pressroom.posts, _versions(request), _change(request.form)
    rows = list[ChangedPost]()
    for result in await posts.rehearse_each(list(versions), change):
        try:
            before = await posts.get(result.id)
        except NotFound as error:
            rows.append(
                ChangedPost(id=result.id, title="A post", account="", state="", was="", why=error.message)
            )
            continue
        row = ChangedPost(
            id=before.id,
            title=title_of(before.options.caption) or "No caption",
            account=before.account_name,
            state=before.state,
            was=time_in_words(before, reader),
            is_newer=before.version != versions[before.id],
        )
        try:
            if result.error or not result.post:
                raise result.error or NotFound("It is not there any more.")
            if change.verb is Verb.MOVE:
                require_not_near(before, result.post.due_at, now)
                notes = await posts.time_warnings(result.post, before)
                row = replace(row, becomes=time_in_words(result.post, reader), notes=notes)
            rows.append(replace(row, version=before.version))
        except PressroomError as error:
            rows.append(replace(row, why=_why(error, before, reader)))
    return change, rows


def _why(error: PressroomError, post: Post | None, reader: Reader) -> str:
    worded = for_pages(error, post, reader) if post else error
    return worded.message


def _versions(request: PageRequest) -> Mapping[str, int]:
    """Return the versions that were seen, by whole id. Raises Refused for none, NotFound."""
    fields = {name.removeprefix("p-"): text for name, text in request.form.items() if name.startswith("p-")}
    if not 0 < len(fields) <= _MOST:
        raise Refused(
            "No post is selected." if not fields else "That is too many posts at once.",
            rule="posts",
            value=len(fields),
            limit=f"1 to {_MOST}",
            fix="Select some, and try again.",
        )
    return {require_whole(post_id): require_version(text) for post_id, text in fields.items()}


def _change(form: Mapping[str, str]) -> BulkChange:
    """Read what is done to each post. Raises Refused."""
    verb = _VERBS.get(form.get("change", ""))
    if verb is None:
        raise Refused(
            "Several posts at once are moved or cancelled, and nothing else.",
            rule="change",
            value=form.get("change", "")[:20],
            limit=", ".join(_VERBS),
            fix="To let them go out, open the approvals, where each is shown.",
        )
    by = f"{form.get('way', '')}{form.get('count', '')}{form.get('unit', '')}" if verb is Verb.MOVE else ""
    return BulkChange(verb, by)


PAGES: Final = (
    Page(path="/posts/several", answer=choose),
    Page(path="/posts/several/preview", answer=preview, method="POST"),
    Page(path="/posts/several/change", answer=change_several, method="POST"),
)
