"""The pages of what waits for a person: the list, a week, one item with its files, and the decision on it."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from pressroom.core.errors import NotFound, PressroomError
from pressroom.core.journal import SubjectKind
from pressroom.core.post import WHOLE_ID
from pressroom.core.stored_posts import PostQuery
from pressroom.service.consent.approvals import Approved, Waiting
from pressroom.service.posts.lists import Selection
from pressroom.web.deciding.files import clip_of, picture_of, shown_item
from pressroom.web.deciding.items import Item, item_of
from pressroom.web.page import Page
from pressroom.web.site import PageRequest, Site, in_words, require_whole

_MOST_LISTED: Final = 100
# As many as a form has fields for, and a person looks through.
_MOST_TOGETHER: Final = 40
_WEEK: Final = timedelta(weeks=1)
# A ticked box of the week's form: this and an id are its name, the mark of what was shown its value.
_ITEM: Final = "item-"
Decide = Callable[..., Awaitable[Approved]]


async def list_waiting(site: Site, request: PageRequest) -> Response:
    """Show the number of waiting items and one page of them: the first page, or the page after an item."""
    approvals, after = site.pressroom.approvals, request.http.query_params.get("after")
    waiting = await approvals.list(after=after and require_whole(after))
    shown = waiting[:_MOST_LISTED]
    return request.page(
        "deciding/list.html",
        title="Approvals",
        items=[_item(site, item) for item in shown],
        count=await approvals.count(),
        next=shown[-1].id if len(waiting) > _MOST_LISTED else None,
    )


async def show_week(
    site: Site, request: PageRequest, *, problems: Sequence[tuple[str, str]] = ()
) -> Response:
    """Show what waits of a week, each in full and in the order of their times, to approve it in one step."""
    query, approvals = request.http.query_params, site.pressroom.approvals
    selected = await site.pressroom.posts.select(Selection(week=query.get("of") or "today"))
    start, end = selected.query.due_from, selected.query.due_before
    assert start
    assert end
    waiting = await approvals.list(selected.query)
    if query.get("after") in (ids := [item.id for item in waiting]):
        waiting = waiting[ids.index(query["after"]) + 1 :]
    later = () if waiting else await approvals.list(PostQuery(due_from=end))
    zone = ZoneInfo(selected.timezone or "UTC")
    monday = start.astimezone(zone).date()
    return request.page(
        "deciding/week.html",
        status=409 if problems else 200,
        title=f"Week of {monday.day} {monday:%B %Y}",
        items=[_item(site, item) for item in waiting[:_MOST_TOGETHER]],
        more=len(waiting[_MOST_TOGETHER:]),
        problems=problems,
        monday=monday,
        before=monday - _WEEK,
        after=monday + _WEEK,
        later=later[0].due_at.astimezone(zone).date() if later and later[0].due_at else None,
    )


async def approve_week(site: Site, request: PageRequest) -> Response:
    """Let out what is ticked, each as it was shown; what cannot be is shown with why."""
    problems = list[tuple[str, str]]()
    for name, mark in request.form.items():
        if name.startswith(_ITEM):
            try:
                item_id = require_whole(name.removeprefix(_ITEM))
                # By the mark of what was shown: what was changed since stays, and is shown anew.
                await site.pressroom.approvals.approve(item_id, mark=mark)
            except PressroomError as error:
                problems.append(in_words(site, error))
    if problems:
        return await show_week(site, request, problems=problems)
    return RedirectResponse("/approvals", 303)


async def show_item(site: Site, request: PageRequest) -> Response:
    """Show one item in full."""
    return await _show_waiting(site, request, await find_item(site, request))


async def approve(site: Site, request: PageRequest) -> Response:
    """Let an item out."""
    return await _decide(site, request, site.pressroom.approvals.approve)


async def decline(site: Site, request: PageRequest) -> Response:
    """Say no to an item."""
    return await _decide(site, request, site.pressroom.approvals.decline)


async def _decide(site: Site, request: PageRequest, decide: Decide) -> Response:
    waiting = await find_item(site, request)
    if not waiting.is_waiting(site.clock.now()):
        text = "It was decided, or ended, before your click. Nothing was changed by it."
        return await _show_waiting(site, request, waiting, problem=(text, ""), status=409)
    try:
        await decide(waiting.id, mark=request.form.get("mark", ""))
    except PressroomError as error:
        # Read anew: what refused the decision is mostly that somebody was faster.
        waiting, problem = await find_item(site, request), in_words(site, error)
        return await _show_waiting(site, request, waiting, problem=problem, status=409, error=error)
    return RedirectResponse(f"/approvals/{waiting.id}", 303)


async def _show_waiting(
    site: Site,
    request: PageRequest,
    waiting: Waiting,
    *,
    problem: tuple[str, str] | None = None,
    status: int = 200,
    error: PressroomError | None = None,
) -> Response:
    proposal, history = waiting.proposal, None
    post_id = proposal.subject_id if proposal else waiting.id
    if post_id and (proposal is None or proposal.subject_kind is SubjectKind.POST):
        with contextlib.suppress(NotFound):
            history = await site.pressroom.posts.show(post_id)
    item = await shown_item(site, waiting, history)
    # A refusal may name the proposal that stands in place of this one.
    named = [remedy.arguments.get("proposal", "") for remedy in error.remedies] if error else []
    return request.page(
        "deciding/item.html",
        status=status,
        title=item.title,
        item=item,
        base=f"/approvals/{waiting.id}",
        problem=problem,
        instead=next((name for name in named if WHOLE_ID.fullmatch(name) and name != waiting.id), None),
    )


def _item(site: Site, waiting: Waiting) -> Item:
    return item_of(waiting, site.clock.now(), site.pressroom.pages.mask)


async def find_item(site: Site, request: PageRequest) -> Waiting:
    """Return the proposal or post that the path names by its whole id. Raises NotFound."""
    return await site.pressroom.approvals.show(request.whole_id())


PAGES: Final = (
    Page(path="/approvals", answer=list_waiting, decides=True, menu="Approvals"),
    Page(path="/approvals/week", answer=show_week, decides=True),
    Page(path="/approvals/week", answer=approve_week, method="POST", decides=True),
    Page(path="/approvals/{id}", answer=show_item, decides=True),
    Page(path="/approvals/{id}/approve", answer=approve, method="POST", decides=True),
    Page(path="/approvals/{id}/decline", answer=decline, method="POST", decides=True),
    Page(path="/approvals/{id}/files/{number}/picture", answer=picture_of(find_item)),
    Page(path="/approvals/{id}/files/{number}/clip", answer=clip_of(find_item)),
)
