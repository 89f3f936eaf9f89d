"""What waits for a person, one item of it, and the decision on it."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.responses import RedirectResponse, Response

from pressroom.core.errors import NotFound, PressroomError
from pressroom.core.journal import SubjectKind
from pressroom.core.post import WHOLE_ID
from pressroom.service.approvals import Approved, Waiting
from pressroom.service.history import PostHistory
from pressroom.web.items import item_of
from pressroom.web.site import Asked, Site, in_words

_NO_SUCH: Final = "There is no such item here. Its address holds the whole id of a proposal or of a post."

Decide = Callable[..., Awaitable[Approved]]


async def list_all(site: Site, asked: Asked) -> Response:
    """Show all that waits."""
    now, mask = site.clock.now(), site.pressroom.pages.mask
    items = [item_of(one, now, mask) for one in await site.pressroom.approvals.list()]
    return asked.page("list.html", title="Approvals", items=items)


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
    named = asked.named("id")
    # The start of an id could be guessed, and would show others' posts then.
    if not WHOLE_ID.fullmatch(named):
        raise NotFound(_NO_SUCH)
    return named


async def history_of(site: Site, waiting: Waiting) -> PostHistory | None:
    """Return the history of the post that something is about; None where it is about none."""
    proposal = waiting.proposal
    is_of_post = proposal is None or proposal.subject_kind is SubjectKind.POST
    post_id = proposal.subject_id if proposal else waiting.id
    if is_of_post and post_id:
        with contextlib.suppress(NotFound):
            return await site.pressroom.posts.show(post_id)
    return None


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
