"""What waits for a person, one item of it, and the decision on it."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from pressroom.core.errors import NotFound, PressroomError
from pressroom.core.journal import SubjectKind
from pressroom.core.post import WHOLE_ID
from pressroom.core.repositories import PostQuery
from pressroom.service.approvals import Approved, Waiting, in_turn
from pressroom.service.history import PostHistory
from pressroom.service.selecting import Selection
from pressroom.web.items import Item, item_of
from pressroom.web.site import Asked, Site, in_words

_NO_SUCH: Final = "There is no such item here. Its address holds the whole id of a proposal or of a post."

_MOST_LISTED: Final = 100
# As many as a form has fields for, and a person looks through.
_MOST_TOGETHER: Final = 40
_WEEK: Final = timedelta(weeks=1)
_ITEM: Final = "item-"

Decide = Callable[..., Awaitable[Approved]]


async def list_all(site: Site, asked: Asked) -> Response:
    """Show what waits, page by page: how much it is, and the first of it or what comes behind an item."""
    approvals, shown, is_more = site.pressroom.approvals, list[Waiting](), False
    after = asked.request.query_params.get("after")
    async with aclosing(approvals.each(after=after and _whole(after))) as waiting:
        async for item in waiting:
            is_more = len(shown) == _MOST_LISTED
            if is_more:
                break
            shown.append(item)
    return asked.page(
        "list.html",
        title="Approvals",
        items=[_item(site, item) for item in shown],
        count=await approvals.count(),
        next=shown[-1].id if is_more else None,
    )


async def show_week(site: Site, asked: Asked) -> Response:
    """Show what waits of a week, each in full and in the order of their times, to approve it in one step."""
    return await _week(site, asked)


async def approve_week(site: Site, asked: Asked) -> Response:
    """Let out what is ticked, each as it was shown; what cannot be is shown with why."""
    refused = list[tuple[str, str]]()
    for name, mark in asked.form.items():
        if name.startswith(_ITEM):
            try:
                await site.pressroom.approvals.approve(_whole(name.removeprefix(_ITEM)), mark=mark)
            except PressroomError as error:
                refused.append(in_words(site, error))
    if refused:
        return await _week(site, asked, problems=refused)
    return RedirectResponse("/approvals", 303)


async def show(site: Site, asked: Asked) -> Response:
    """Show one item in full."""
    return await _shown(site, asked, await found(site, asked))


async def approve(site: Site, asked: Asked) -> Response:
    """Let an item out."""
    return await _decided(site, asked, site.pressroom.approvals.approve)


async def decline(site: Site, asked: Asked) -> Response:
    """Say no to an item."""
    return await _decided(site, asked, site.pressroom.approvals.decline)


async def found(site: Site, asked: Asked) -> Waiting:
    """Return the proposal or post that the path names by its whole id. Raises NotFound."""
    return await site.pressroom.approvals.show(whole_id(asked))


def whole_id(asked: Asked) -> str:
    """Return the id that the path names. Raises NotFound unless it is whole."""
    return _whole(asked.named("id"))


async def history_of(site: Site, waiting: Waiting) -> PostHistory | None:
    """Return the history of the post that something is about; None where it is about none."""
    proposal = waiting.proposal
    is_of_post = proposal is None or proposal.subject_kind is SubjectKind.POST
    post_id = proposal.subject_id if proposal else waiting.id
    if is_of_post and post_id:
        with contextlib.suppress(NotFound):
            return await site.pressroom.posts.show(post_id)
    return None


def _whole(named: str) -> str:
    # The start of an id could be guessed, and would show others' posts then.
    if not WHOLE_ID.fullmatch(named):
        raise NotFound(_NO_SUCH)
    return named


def _item(site: Site, waiting: Waiting) -> Item:
    return item_of(waiting, site.clock.now(), site.pressroom.pages.mask)


async def _week(site: Site, asked: Asked, *, problems: Sequence[tuple[str, str]] = ()) -> Response:
    given, approvals = asked.request.query_params, site.pressroom.approvals
    chosen = await site.pressroom.posts.select(Selection(week=given.get("of") or "today"))
    start, end = chosen.query.due_from, chosen.query.due_before
    assert start
    assert end
    waiting = in_turn(await approvals.list(chosen.query))
    if given.get("after") in (ids := [item.id for item in waiting]):
        waiting = waiting[ids.index(given["after"]) + 1 :]
    later = [] if waiting else in_turn(await approvals.list(PostQuery(due_from=end)))
    zone = ZoneInfo(chosen.timezone or "UTC")
    monday = start.astimezone(zone).date()
    return asked.page(
        "week.html",
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


async def _decided(site: Site, asked: Asked, decide: Decide) -> Response:
    waiting = await found(site, asked)
    if not waiting.is_waiting(site.clock.now()):
        said = "It was decided, or ended, before your click. Nothing was changed by it."
        return await _shown(site, asked, waiting, problem=(said, ""), status=409)
    try:
        await decide(waiting.id, mark=asked.form.get("mark", ""))
    except PressroomError as error:
        # Read anew: what refused the decision is mostly that somebody was faster.
        problem = in_words(site, error)
        return await _shown(site, asked, await found(site, asked), problem=problem, status=409, error=error)
    return RedirectResponse(f"/approvals/{waiting.id}", 303)


async def _shown(
    site: Site,
    asked: Asked,
    waiting: Waiting,
    *,
    problem: tuple[str, str] | None = None,
    status: int = 200,
    error: PressroomError | None = None,
) -> Response:
    history = await history_of(site, waiting)
    item = item_of(waiting, site.clock.now(), site.pressroom.pages.mask, history)
    # A refusal may name the proposal that stands in place of this one.
    named = [one.arguments.get("proposal", "") for one in error.remedies] if error else []
    instead = next((one for one in named if WHOLE_ID.fullmatch(one) and one != waiting.id), None)
    return asked.page(
        "item.html",
        status=status,
        title=item.title,
        item=item,
        base=f"/approvals/{waiting.id}",
        is_preview=False,
        problem=problem,
        instead=instead,
    )
