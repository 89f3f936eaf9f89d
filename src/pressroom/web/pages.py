"""The pages of what waits for a person: the list, a week, one item with its files, and the decision on it.

A post in any state has a page, too, for whoever has its address: it shows, and decides nothing. The page of
the standing consents has what programs may do without asking, and the forms for it.
"""

import contextlib
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import FileResponse, RedirectResponse, Response

from pressroom.core.actor import actor_of
from pressroom.core.errors import NotFound, PressroomError
from pressroom.core.journal import SubjectKind
from pressroom.core.post import WHOLE_ID, Post
from pressroom.core.stored_posts import PostQuery
from pressroom.core.when import in_words as spell_moment
from pressroom.service.consent.approvals import Approved, Waiting, in_turn
from pressroom.service.consent.change import Verb
from pressroom.service.consent.rules import NEW, zone_of
from pressroom.service.posts.history import PostHistory
from pressroom.service.posts.lists import Selection
from pressroom.web.items import Item, item_of
from pressroom.web.site import PageAnswer, PageRequest, Site, in_words

_MOST_LISTED: Final = 100
# As many as a form has fields for, and a person looks through.
_MOST_TOGETHER: Final = 40
_WEEK: Final = timedelta(weeks=1)
# A ticked box of the week's form: this and an id are its name, the mark of what was shown its value.
_ITEM: Final = "item-"
_NUMBER: Final = re.compile(r"[0-9]{1,2}")
_FILE_HEADERS: Final = {"x-content-type-options": "nosniff", "content-disposition": "inline"}

Find = Callable[[Site, PageRequest], Awaitable[Waiting]]
Decide = Callable[..., Awaitable[Approved]]


async def list_waiting(site: Site, request: PageRequest) -> Response:
    """Show what waits, page by page: how much it is, and the first of it or what comes behind an item."""
    approvals, shown, is_more = site.pressroom.approvals, list[Waiting](), False
    after = request.http.query_params.get("after")
    async with aclosing(approvals.each(after=after and _require_whole(after))) as waiting:
        async for item in waiting:
            is_more = len(shown) == _MOST_LISTED
            if is_more:
                break
            shown.append(item)
    return request.page(
        "list.html",
        title="Approvals",
        items=[_item(site, item) for item in shown],
        count=await approvals.count(),
        next=shown[-1].id if is_more else None,
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
    waiting = in_turn(await approvals.list(selected.query))
    if query.get("after") in (ids := [item.id for item in waiting]):
        waiting = waiting[ids.index(query["after"]) + 1 :]
    later = [] if waiting else in_turn(await approvals.list(PostQuery(due_from=end)))
    zone = ZoneInfo(selected.timezone or "UTC")
    monday = start.astimezone(zone).date()
    return request.page(
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


async def approve_week(site: Site, request: PageRequest) -> Response:
    """Let out what is ticked, each as it was shown; what cannot be is shown with why."""
    problems = list[tuple[str, str]]()
    for name, mark in request.form.items():
        if name.startswith(_ITEM):
            try:
                item_id = _require_whole(name.removeprefix(_ITEM))
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
    item = await _with_what_is_kept(site, _item(site, waiting, history))
    # A refusal may name the proposal that stands in place of this one.
    named = [remedy.arguments.get("proposal", "") for remedy in error.remedies] if error else []
    return request.page(
        "item.html",
        status=status,
        title=item.title,
        item=item,
        base=f"/approvals/{waiting.id}",
        is_preview=False,
        problem=problem,
        instead=next((name for name in named if WHOLE_ID.fullmatch(name) and name != waiting.id), None),
    )


async def show_post(site: Site, request: PageRequest) -> Response:
    """Show a post, whatever its state."""
    history = await site.pressroom.posts.show(_id_of(request))
    item = await _with_what_is_kept(site, _item(site, Waiting.of(history.post), history))
    return request.page(
        "item.html",
        title=item.title,
        item=item,
        base=f"/posts/{history.post.id}",
        is_preview=True,
        problem=None,
        instead=None,
    )


async def find_item(site: Site, request: PageRequest) -> Waiting:
    """Return the proposal or post that the path names by its whole id. Raises NotFound."""
    return await site.pressroom.approvals.show(_id_of(request))


async def find_post(site: Site, request: PageRequest) -> Waiting:
    """Return the post that the path names by its whole id. Raises NotFound."""
    return Waiting.of((await site.pressroom.posts.show(_id_of(request))).post)


def _id_of(request: PageRequest) -> str:
    return _require_whole(request.path_part("id"))


def _require_whole(text: str) -> str:
    # The start of an id could be guessed, and would show others' posts then.
    if not WHOLE_ID.fullmatch(text):
        raise NotFound(
            "There is no such item here. Its address holds the whole id of a proposal or of a post."
        )
    return text


def _item(site: Site, waiting: Waiting, history: PostHistory | None = None) -> Item:
    return item_of(waiting, site.clock.now(), site.pressroom.pages.mask, history)


async def _with_what_is_kept(site: Site, item: Item) -> Item:
    """Tell of each file whether it was deleted, as those of what is out are, and whether a picture stayed."""
    gone = await site.pressroom.pages.gone(file.sha256 for file in item.files if file.sha256)
    files = tuple(
        replace(file, left="picture" if gone[file.sha256] else "nothing")
        if file.sha256 is not None and file.sha256 in gone
        else file
        for file in item.files
    )
    return replace(item, files=files)


def picture_of(find: Find) -> PageAnswer:
    """Make the answer with a picture of a file."""

    async def picture(site: Site, request: PageRequest) -> Response:
        jpeg = await site.pressroom.pages.picture(await _digest(site, request, find))
        return Response(jpeg, headers=_FILE_HEADERS, media_type="image/jpeg")

    return picture


def clip_of(find: Find) -> PageAnswer:
    """Make the answer with a clip."""

    # As it is, and only where its first bytes are those of a container that browsers play.
    async def clip(site: Site, request: PageRequest) -> Response:
        file = await site.pressroom.pages.clip(await _digest(site, request, find))
        return FileResponse(file.path, headers=_FILE_HEADERS, media_type=file.content_type)

    return clip


async def _digest(site: Site, request: PageRequest, find: Find) -> str:
    """Return the sha256 of the file that the path numbers. Raises NotFound."""
    # By a number and our copies' hash: a path with a name could lead to any file.
    files = (await find(site, request)).summary.get("files") or ()
    # Not the router's own reading, which takes any number of digits.
    text = request.path_part("number")
    number = int(text) if _NUMBER.fullmatch(text) else len(files)
    digest = files[number]["sha256"] if number < len(files) else None
    if digest is None:
        raise NotFound("There is no such file here.")
    return str(digest)


_PATH: Final = "/consents"
_CAPTION_LETTERS: Final = 80
_PER_DAY: Final = re.compile(r"[0-9]{1,6}")
# Those that programs ask for most come first; any other is written out.
_VERBS: Final = (NEW, Verb.MOVE, Verb.EDIT, Verb.RETRY, "call")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGrant:
    """A standing consent. ends: in words. is_over: it allows nothing any more.

    unsent, held: the posts that went under it and are not sent yet, or wait for a person since it was
    withdrawn, a line each. sent: how many went out.
    """

    id: str
    program: str
    verbs: str
    accounts: str
    per_day: int
    ends: str
    is_over: bool
    unsent: tuple[str, ...]
    held: tuple[str, ...]
    sent: int


async def list_consents(
    site: Site, request: PageRequest, *, problem: tuple[str, str] | None = None, status: int = 200
) -> Response:
    """Show all standing consents, and the form for another one."""
    logins = await site.pressroom.accounts.logins()
    names = {str(login.account): login.name for login in logins}
    now, grants = site.clock.now(), list[ShownGrant]()
    for grant in await site.pressroom.approvals.allowed():
        released = await site.pressroom.approvals.released(grant.id)
        ends = "until a person withdraws it"
        if grant.revoked_at:
            ends = "withdrawn"
        elif grant.ends_at:
            ends = f"until {spell_moment(grant.ends_at, zone_of(grant, logins))}"
        grants.append(
            ShownGrant(
                id=grant.id,
                program=actor_of(grant.actor).shown,
                verbs=", ".join(grant.verbs),
                accounts=", ".join(names.get(account, account) for account in grant.accounts),
                per_day=grant.per_day,
                ends=ends,
                is_over=bool(grant.revoked_at or (grant.ends_at and grant.ends_at <= now)),
                unsent=tuple(map(_line_of, released.unsent)),
                held=tuple(map(_line_of, released.held)),
                sent=len(released.sent),
            )
        )
    return request.page(
        "consents.html",
        status=status,
        title="Standing consent",
        # Those that still allow something come first.
        grants=sorted(grants, key=lambda grant: grant.is_over),
        verbs=[str(verb) for verb in _VERBS],
        accounts=sorted(set(names.values())),
        form=request.form,
        problem=problem,
    )


async def give_consent(site: Site, request: PageRequest) -> Response:
    """Give a standing consent."""
    form = request.form
    verbs = [verb for verb in _VERBS if form.get(f"verb-{verb}")]
    try:
        # 0, which is refused with the rule, for what is no number, and for a million and more.
        per_day = _PER_DAY.fullmatch(form.get("per_day", "").strip())
        await site.pressroom.approvals.allow(
            f"program:{form.get('program', '').strip().removeprefix('program:')}",
            verbs=verbs,
            accounts=form.get("accounts", "").replace(",", " ").split(),
            per_day=int(per_day[0]) if per_day else 0,
            ends_at=form.get("until", "").strip() or None,
        )
    except PressroomError as error:
        return await list_consents(site, request, problem=in_words(site, error), status=422)
    return RedirectResponse(_PATH, 303)


async def withdraw_consent(site: Site, request: PageRequest) -> Response:
    """End a standing consent; one that has ended already stays so."""
    grant_id = request.path_part("id")
    withdrawn = {grant.id for grant in await site.pressroom.approvals.allowed() if grant.revoked_at}
    if grant_id not in withdrawn:
        await site.pressroom.approvals.withdraw(grant_id, leave=bool(request.form.get("leave")))
    return RedirectResponse(_PATH, 303)


def _line_of(post: Post) -> str:
    when = spell_moment(post.goes_out_at, post.timezone) if post.goes_out_at else "now"
    caption = " ".join((post.options.caption or "").split())
    return f"{post.kind} of {post.account_name}, {when}: {caption[:_CAPTION_LETTERS] or 'no caption'}"
