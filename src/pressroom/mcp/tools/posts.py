"""The tools of posts; what an agent is shown of one (`post_view`), and what it may do next."""

import asyncio
import hashlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import msgspec

from pressroom.core import errors
from pressroom.core.assets import Asset
from pressroom.core.consent import Proposal, ProposalState
from pressroom.core.option_values import FILE
from pressroom.core.post import WAITING_STATES, WENT_LIVE, Attention, Post, PostState, When
from pressroom.core.post_options import options_as_json
from pressroom.core.remedies import Remedy, RemedyKind
from pressroom.core.stored_posts import PostChanged, shown_hash
from pressroom.mcp import inputs, views
from pressroom.mcp.context import Folders, ToolContext, fenced, is_address
from pressroom.service import Pressroom, new_post
from pressroom.service.consent.rules import CANCEL, in_short
from pressroom.service.ground.shaping import spelled
from pressroom.service.posts.planning import Planned

_IN_A_LIST = 80
# Drafts of one content that were all changed after they were made; more are no mistake of a client.
_MOST_OF_THE_SAME = 20
_CHANGED = "It was changed since: it does not show what was asked for now. See get_post."


async def create_draft(context: ToolContext, arguments: inputs.CreateDraft) -> views.PostView:
    """Store a draft; the same content of the same program and account is the same draft."""
    pressroom = await context.program.sessions.of(arguments.account)
    post = new_post(arguments.kind, **await _shown(context.folders, pressroom, arguments))
    if arguments.idempotency_key:
        planned = await _kept(pressroom, post, arguments.idempotency_key)
        changed = () if _shows(planned.post, post) else (_CHANGED,)
        return await post_view(context, pressroom, planned.post, warnings=(*planned.warnings, *changed))
    # Models forget keys, so this one is of the program and all that a post shows, each file by its bytes. A
    # client that lost the answer calls again; without a key that would be a second draft.
    shown = msgspec.json.encode((context.program.actor.id, shown_hash(post)))
    key = f"mcp-{hashlib.sha256(shown).hexdigest()}"
    planned = await _kept(pressroom, post, key)
    for number in range(2, _MOST_OF_THE_SAME):
        if _shows(planned.post, post):
            break
        # The draft of that key shows something else by now: it was changed after it was made.
        planned = await _kept(pressroom, post, f"{key}-{number}")
    return await post_view(context, pressroom, planned.post, warnings=planned.warnings)


async def schedule_post(context: ToolContext, arguments: inputs.SchedulePost) -> views.PostView:
    """Have a post go out at a time."""
    pressroom, post = await context.program.sessions.of_post(arguments.post_id)
    if await _was_declined(pressroom, post):
        return await post_view(context, pressroom, post)
    # `+2h` said again after a lost answer would be a later time, another wish and another proposal, so words
    # keep for a while the time that they meant.
    words, now = (post.id, arguments.at, arguments.timezone or ""), context.clock.now()
    at = context.moments.recall(words, now)
    if at is None:
        at = (await pressroom.posts.rehearse_time(post.id, arguments.at, arguments.timezone)).due_at
        if at is not None:
            context.moments.keep(words, at, now)
    try:
        with _unquoted():
            planned = await pressroom.posts.release(
                post.id, at or arguments.at, arguments.timezone, version=arguments.version
            )
    except errors.NeedsApproval as waiting:
        kept = await _read(pressroom, post)
        # A planned post keeps its time until a person lets it be moved: the warning is of the new one.
        moved = replace(kept, due_at=at or kept.due_at, timezone=arguments.timezone or kept.timezone)
        warnings = await pressroom.posts.time_warnings(moved)
        return await post_view(context, pressroom, kept, waiting, warnings=warnings)
    return await post_view(context, pressroom, planned, warnings=await pressroom.posts.time_warnings(planned))


async def publish_post(context: ToolContext, arguments: inputs.ChangeOfPost) -> views.PostView:
    """Have a post go out now, and wait for its outcome while a worker drives it."""
    pressroom, post = await context.program.sessions.of_post(arguments.post_id)
    if await _was_declined(pressroom, post):
        return await post_view(context, pressroom, post)
    try:
        with _unquoted():
            sent = await pressroom.posts.release(post.id, When.NOW, version=arguments.version)
    except errors.NeedsApproval as waiting:
        return await post_view(context, pressroom, await _read(pressroom, post), waiting)
    return await post_view(context, pressroom, await _outcome(pressroom, sent, context.wait_s))


async def change_post(context: ToolContext, arguments: inputs.ChangePost) -> views.PostView:
    """Replace what a post shows."""
    pressroom, post = await context.program.sessions.of_post(arguments.post_id)
    context.require_for_change(post, PostState.DRAFT)
    if await _was_declined(pressroom, post):
        return await post_view(context, pressroom, post)
    shown = await _shown(context.folders, pressroom, arguments)
    try:
        with _unquoted():
            changed = await pressroom.posts.edit(post.id, version=arguments.version, **shown)
    except errors.NeedsApproval as waiting:
        return await post_view(context, pressroom, await _read(pressroom, post), waiting)
    return await post_view(context, pressroom, changed)


async def cancel_post(context: ToolContext, arguments: inputs.ChangeOfPost) -> views.PostView:
    """End a post that is not live."""
    pressroom, post = await context.program.sessions.of_post(arguments.post_id)
    # A call that is repeated after its answer was lost must not fail.
    if post.state is PostState.CANCELLED:
        return await post_view(context, pressroom, post)
    context.require_for_change(post, PostState.DRAFT, PostState.AWAITING_APPROVAL)
    try:
        with _unquoted():
            cancelled = await pressroom.posts.cancel(post.id, version=arguments.version)
    except errors.NeedsApproval as waiting:
        return await post_view(context, pressroom, await _read(pressroom, post), waiting)
    return await post_view(context, pressroom, cancelled)


async def reconcile_post(context: ToolContext, arguments: inputs.OfPost) -> views.PostView:
    """Have Instagram asked about a post in doubt, and wait for what it says while a worker asks."""
    pressroom, post = await context.program.sessions.of_post(arguments.post_id)
    # There is nothing to ask: it is live, or its send is still under way.
    if post.state.went_live or post.state is PostState.PUBLISHING:
        return await post_view(context, pressroom, post)
    post = await pressroom.posts.reconcile(post.id)
    return await post_view(context, pressroom, await _outcome(pressroom, post, context.wait_s))


async def list_posts(context: ToolContext, arguments: inputs.ListPosts) -> views.PostListView:
    """List an account's posts by due time."""
    pressroom = await context.program.sessions.of(arguments.account)
    states = tuple(map(PostState, arguments.states or ()))
    last = (await context.program.sessions.of_post(arguments.after))[1] if arguments.after else None
    page = await pressroom.posts.list(
        *states,
        newest_first=arguments.newest_first,
        limit=arguments.limit,
        after=last and await pressroom.posts.place(last.id),
    )
    account = await pressroom.accounts.name()
    step = (
        "get_post has one post's history." if page.posts else "Nothing is here yet: create_draft makes one."
    )
    return views.PostListView(
        account=account,
        posts=tuple(
            views.ListedPost(
                post_id=post.id,
                version=post.version,
                kind=post.kind,
                state=post.state,
                asked_by=post.actor,
                goes_out_at=_goes_out(post, context.clock.now()),
                untrusted_caption=fenced(post.options.caption, _IN_A_LIST),
                problem=post.problem,
            )
            for post in page.posts
        ),
        is_all=page.next is None,
        next_step=f"{step} There are more: go on with after={page.next.id}." if page.next else step,
    )


async def get_post(context: ToolContext, arguments: inputs.OfPost) -> views.PostHistoryView:
    """Tell the story of one post: the newest events last, and what waits for a person."""
    pressroom, post = await context.program.sessions.of_post(arguments.post_id)
    history = await pressroom.posts.show(post.id)
    post = history.post
    needed = await _waiting_of(pressroom, post)
    steps = [
        f"{step.text} ({spelled(step.at, post.timezone)})" if step.at else step.text for step in history.next
    ]
    events, lines = history.events, list[str]()
    if len(events) > _LONGEST_HISTORY:
        # The first one says who planned the post.
        events = (events[0], *events[1 - _LONGEST_HISTORY :])
    for event in events:
        # Whoever edits a post chooses its words.
        is_edit = any(change.name not in _OURS for change in event.changes)
        text = fenced(event.text) if is_edit else event.text
        lines.append(f"{spelled(event.at, post.timezone)} {text}{f' [{event.actor}]' if event.actor else ''}")
    choices = list[str]()
    for choice in history.choices:
        kind = choice.remedy.kind
        # An agent is not offered to let go what waits for a person: publish_post would ask for another time,
        # now. A choice is a call by the whole id: where accounts are few, the start of one names nothing.
        if post.state is not PostState.AWAITING_APPROVAL or kind is not RemedyKind.APPROVE_POST:
            remedy = Remedy(kind, {**choice.remedy.arguments, "post": post.id})
            choices.append(f"{choice.text}: {views.by_tool(remedy)}")
    return views.PostHistoryView(
        post_id=post.id,
        version=post.version,
        state=post.state,
        goes_out_at=_goes_out(post, context.clock.now()),
        permalink=post.permalink,
        untrusted_options=options_as_json(post.options, fenced),
        history=tuple(lines),
        next=(*steps, *history.warnings, _next_of(post, needed, pressroom.posts.address(post.id))),
        choices=tuple(choices),
    )


@contextmanager
def _unquoted() -> Generator[None]:
    """Tell that a post was changed since it was seen, without the words of others: get_post fences them."""
    try:
        yield
    except PostChanged as changed:
        post, seen = changed.post, changed.seen
        words = f"Post {post.id} is at version {post.version}, and was seen at {seen}."
        raise errors.Conflict(words, fix=changed.advice) from None


async def _was_declined(pressroom: Pressroom, post: Post) -> bool:
    """Tell whether a person declined a post, which a refusal by its state would not say."""
    return post.state is PostState.CANCELLED and await _waiting_of(pressroom, post) is not None


async def _read(pressroom: Pressroom, post: Post) -> Post:
    return (await pressroom.posts.show(post.id)).post


async def _outcome(pressroom: Pressroom, post: Post, wait_s: float) -> Post:
    """Wait for a post to be over, but only as long as a client waits, and while somebody drives it."""
    if not await pressroom.work.is_worker_running():
        return post
    try:
        async with asyncio.timeout(wait_s):
            return await pressroom.posts.wait_for(post.id)
    except (TimeoutError, errors.StillWaiting):
        return await _read(pressroom, post)


async def _shown(
    folders: Folders, pressroom: Pressroom, arguments: inputs.CreateDraft | inputs.ChangePost
) -> dict[str, Any]:
    """Return the files, if there are any, and the options that were given; an empty text is none."""
    shown: dict[str, Any] = {}
    for option in inputs.OPTIONS:
        value = getattr(arguments, option.name)
        # An argument that is left out is None; an empty text clears the option.
        if value == "":
            shown[option.name] = None
        elif value is not None:
            shown[option.name] = await _asset(folders, pressroom, value) if option.value is FILE else value
    if arguments.sources:
        shown["sources"] = [await _asset(folders, pressroom, source) for source in arguments.sources]
    return shown


async def _asset(folders: Folders, pressroom: Pressroom, arguments: str) -> Asset:
    return Asset(arguments) if is_address(arguments) else await folders.using(arguments, pressroom.media.keep)


async def _kept(pressroom: Pressroom, post: Post, key: str) -> Planned:
    return await pressroom.posts.submit(post, at="now", state=PostState.DRAFT, idempotency_key=key)


def _shows(kept: Post, post: Post) -> bool:
    """Tell whether a stored post shows what another one does. The bytes of its files are in its key."""

    def shown(post: Post) -> tuple[object, ...]:
        cover = post.options.cover
        sources = [asset.source for asset in post.assets]
        return post.kind, sources, cover and cover.source, replace(post.options, cover=None)

    return shown(kept) == shown(post)


_NEXT: Final = {
    PostState.DRAFT: "Nobody sees it. Show it to the person; where they want it out, schedule_post or "
    "publish_post.",
    PostState.AWAITING_APPROVAL: "A person has to approve it. Tell them, and ask for nothing else; get_post "
    "tells what became of it.",
    PostState.SCHEDULED: "It goes out by itself. get_post tells how it stands.",
    PostState.PREPARING: "It is on its way. get_post tells how it stands.",
    PostState.READY: "It goes out by itself. get_post tells how it stands.",
    PostState.PUBLISHING: "It was sent, and its outcome is not known yet. Do not publish it again: get_post.",
    PostState.PUBLISHED: "It is live. Do not publish it again.",
    PostState.DELETED: "It was live, and a person had it deleted. Do not publish it again.",
    PostState.FAILED: "Its history (get_post) tells why. Mend that with change_post, then publish_post or "
    "schedule_post.",
    PostState.NEEDS_ATTENTION: "It missed its time. Ask the person whether it still goes out: publish_post, "
    "schedule_post or cancel_post.",
    PostState.MISSED: "It missed its time and was dropped. publish_post or schedule_post tries again.",
    PostState.CANCELLED: "It does not go out. Where the person wants it after all, create_draft makes it "
    "anew with an idempotency_key.",
}
_IN_DOUBT: Final = (
    "Nobody knows yet whether it is live. Do not publish it again or make another draft of it: "
    "reconcile_post, and if that does not settle it the person looks at the profile and decides."
)
_DECIDE: Final = (
    "Ask the person to decide: {where}. Do not ask again or look for another way; get_post tells what became "
    "of it."
)
_MEANWHILE: Final = (
    " The change waits, and calls nothing back: until then the post goes out as it was approved, at {at}. To "
    "stop that: {stop}."
)
_STILL_GOES_OUT: Final = " Until they approve the cancellation the post goes out as it was approved, at {at}."
_BESIDE: Final = (
    "This is done. An earlier request about the post still waits for a person, as proposal "
    "{needed.proposal_id}: {needed.summary}."
)
_DECLINED: Final = "A person said no. Do not ask for the same again; talk to them."
# A model reads answers whole: a post that a worker tried for days has hundreds of events.
_LONGEST_HISTORY: Final = 20
_SHORT: Final = 160
# Fields whose values are never texts of others; of any other one the event quotes what was written.
_OURS: Final = frozenset({"state", "when", "day", "due_at", "postponed_to"})
# A post that is live waits for nobody, so the store is not asked about it.
_MAY_WAIT: Final = frozenset(PostState).difference(WENT_LIVE)
_AHEAD: Final = (PostState.DRAFT, PostState.AWAITING_APPROVAL, *WAITING_STATES)


async def post_view(
    context: ToolContext,
    pressroom: Pressroom,
    post: Post,
    waiting: errors.NeedsApproval | None = None,
    *,
    warnings: Sequence[str] = (),
) -> views.PostView:
    """Cut a post. waiting: what a person has to decide about it, where a call was answered by that."""
    if waiting is None:
        needed = await _waiting_of(pressroom, post)
        # The call is done: an earlier request that waits is no answer to it.
        if needed and needed.state == ProposalState.WAITING and not post.state.is_held:
            warnings, needed = (*warnings, _BESIDE.format(needed=needed)), None
    elif waiting.proposal_id is None:  # no program can be let do it
        words = waiting.said_by(views.by_tool)
        needed = views.NeedsApproval(state=waiting.state or "waiting", summary=words)
    else:
        proposal = (await pressroom.approvals.show(waiting.proposal_id)).proposal
        assert proposal
        needed = _needs(post, proposal, pressroom.approvals.address(proposal.id))
    return views.PostView(
        post_id=post.id,
        version=post.version,
        state=post.state,
        account=post.account_name,
        goes_out_at=_goes_out(post, context.clock.now()),
        permalink=post.permalink,
        needs_approval=needed,
        warnings=tuple(warnings),
        next_step=_next_of(post, needed, pressroom.posts.address(post.id)),
    )


async def _waiting_of(pressroom: Pressroom, post: Post) -> views.NeedsApproval | None:
    proposal = await pressroom.approvals.about(post.id) if post.state in _MAY_WAIT else None
    # A change that was declined is past; a post that was declined is over.
    if proposal is None or (proposal.state is ProposalState.DECLINED) is not (
        post.state is PostState.CANCELLED
    ):
        return None
    return _needs(post, proposal, pressroom.approvals.address(proposal.id))


def _needs(post: Post, proposal: Proposal, page: str | None) -> views.NeedsApproval:
    shown, until = proposal.summary, spelled(proposal.expires_at, post.timezone)
    is_later = proposal.earliest_at is not None and proposal.earliest_at == proposal.expires_at
    due = f"due {spelled(proposal.earliest_at, post.timezone)}" if is_later else "at once"
    caption = fenced(in_short(shown), _SHORT) or "no caption"
    what = f"{shown['what']} for {shown['account']}, {due}: {caption}"
    is_open = proposal.state is ProposalState.WAITING
    return views.NeedsApproval(
        state=proposal.state,
        proposal_id=proposal.id,
        summary=f"{what}; can be decided until {until}" if is_open else what,
        page=page,
    )


def _next_of(post: Post, needed: views.NeedsApproval | None, preview: str | None) -> str:
    if needed is None:
        shown = f"Preview for the person: {preview} " if preview and post.state is PostState.DRAFT else ""
        return shown + (_IN_DOUBT if post.attention is Attention.OUTCOME_UNKNOWN else _NEXT[post.state])
    if needed.state == ProposalState.DECLINED:
        return _DECLINED
    named = needed.proposal_id or post.id
    page = f"{needed.page} in their browser, or " if needed.page else ""
    decide = _DECIDE.format(where=f"{page}`pressroom approve {named}` in a terminal of theirs")
    if not post.state.is_waiting:
        return decide
    # What waits is the cancellation itself: to ask for it again stops nothing.
    if needed.summary.startswith(f"{CANCEL} "):
        return decide + _STILL_GOES_OUT.format(at=spelled(post.goes_out_at, post.timezone))
    stop = views.by_tool(Remedy(RemedyKind.CANCEL_POST, {"post": post.id}))
    return decide + _MEANWHILE.format(at=spelled(post.goes_out_at, post.timezone), stop=stop)


def _goes_out(post: Post, now: datetime) -> str | None:
    """Spell when a post goes out; None for one that has no time ahead of it."""
    at = post.goes_out_at if post.when is When.TIME else None
    is_over = post.state.is_held and (at is None or at <= now)
    return None if is_over or post.state not in _AHEAD else spelled(post.goes_out_at, post.timezone)
