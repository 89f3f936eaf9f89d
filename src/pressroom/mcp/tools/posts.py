"""The tools of posts."""

import asyncio
import hashlib
from dataclasses import replace
from typing import Any

import msgspec

from pressroom.core import errors
from pressroom.core.assets import Asset
from pressroom.core.post import Post, PostState
from pressroom.core.post_options import FILE
from pressroom.core.stored_posts import Cursor
from pressroom.mcp import inputs, views
from pressroom.mcp.context import ToolContext
from pressroom.mcp.fence import fenced
from pressroom.mcp.reach import Folders, is_address
from pressroom.mcp.tools.post_views import history_view, listed_view, post_view
from pressroom.service import Pressroom, new_post
from pressroom.service.posts.planning import Planned

_IN_A_LIST = 80
# Drafts of one content that were all changed after they were made; more are no mistake of a client.
_MOST_OF_THE_SAME = 20
_CHANGED = "It was changed since: it does not show what was asked for now. See get_post."


async def create_draft(context: ToolContext, arguments: inputs.CreateDraft) -> views.PostView:
    """Store a draft; the same content of the same program and account is the same draft."""
    pressroom = await context.sessions.of(arguments.account)
    post = new_post(arguments.kind, **await _shown(context.folders, pressroom, arguments))
    if arguments.idempotency_key:
        planned = await _kept(pressroom, post, arguments.idempotency_key)
        changed = () if _shows(planned.post, post) else (_CHANGED,)
        return await post_view(context, pressroom, planned.post, warnings=(*planned.warnings, *changed))
    # Models forget keys, so this one is of the program and all that a post shows, each file by its bytes. A
    # client that lost the answer calls again; without a key that would be a second draft.
    # A copy is named by the digest of its bytes.
    digests = [asset.path.name if asset.copy else asset.source for asset in post.files]
    options = replace(post.options, cover=None)
    shown = msgspec.json.encode((context.actor.id, post.kind, digests, options), order="sorted")
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
    pressroom, post = await context.sessions.of_post(arguments.post_id)
    # `+2h` said again after a lost answer would be a later time, another wish and another proposal, so words
    # keep for a while the time that they meant.
    words, now = (post.id, arguments.at, arguments.timezone or ""), context.clock.now()
    at = context.moments.recall(words, now)
    if at is None:
        at = (await pressroom.posts.rehearse_move(post.id, arguments.at, arguments.timezone)).due_at
        if at is not None:
            context.moments.keep(words, at, now)
    try:
        planned = await pressroom.posts.release(post.id, at or arguments.at, arguments.timezone)
    except errors.NeedsApproval as waiting:
        return await post_view(context, pressroom, await _read(pressroom, post), waiting)
    return await post_view(context, pressroom, planned, warnings=await pressroom.posts.time_warnings(planned))


async def publish_post(context: ToolContext, arguments: inputs.OfPost) -> views.PostView:
    """Have a post go out now, and wait for its outcome while a worker drives it."""
    pressroom, post = await context.sessions.of_post(arguments.post_id)
    try:
        sent = await pressroom.posts.release(post.id)
    except errors.NeedsApproval as waiting:
        return await post_view(context, pressroom, await _read(pressroom, post), waiting)
    return await post_view(context, pressroom, await _outcome(pressroom, sent, context.wait_s))


async def change_post(context: ToolContext, arguments: inputs.ChangePost) -> views.PostView:
    """Replace what a post shows."""
    pressroom, post = await context.sessions.of_post(arguments.post_id)
    context.require_for_change(post, PostState.DRAFT)
    shown = await _shown(context.folders, pressroom, arguments)
    try:
        changed = await pressroom.posts.edit(post.id, **shown)
    except errors.NeedsApproval as waiting:
        return await post_view(context, pressroom, await _read(pressroom, post), waiting)
    return await post_view(context, pressroom, changed)


async def cancel_post(context: ToolContext, arguments: inputs.OfPost) -> views.PostView:
    """End a post that is not live."""
    pressroom, post = await context.sessions.of_post(arguments.post_id)
    # A call that is repeated after its answer was lost must not fail.
    if post.state is PostState.CANCELLED:
        return await post_view(context, pressroom, post)
    context.require_for_change(post, PostState.DRAFT, PostState.AWAITING_APPROVAL)
    try:
        return await post_view(context, pressroom, await pressroom.posts.cancel(post.id))
    except errors.NeedsApproval as waiting:
        return await post_view(context, pressroom, await _read(pressroom, post), waiting)


async def reconcile_post(context: ToolContext, arguments: inputs.OfPost) -> views.PostView:
    """Have Instagram asked about a post in doubt, and wait for what it says while a worker asks."""
    pressroom, post = await context.sessions.of_post(arguments.post_id)
    # There is nothing to ask: it is live, or its send is still under way.
    if post.state in (PostState.PUBLISHED, PostState.PUBLISHING):
        return await post_view(context, pressroom, post)
    post = await pressroom.posts.reconcile(post.id)
    return await post_view(context, pressroom, await _outcome(pressroom, post, context.wait_s))


async def list_posts(context: ToolContext, arguments: inputs.ListPosts) -> views.PostListView:
    """List an account's posts by due time."""
    pressroom = await context.sessions.of(arguments.account)
    states = tuple(map(PostState, arguments.states or ()))
    last = (await context.sessions.of_post(arguments.after))[1] if arguments.after else None
    page = await pressroom.posts.list(
        *states,
        newest_first=arguments.newest_first,
        limit=arguments.limit,
        after=last and Cursor.of(last),
    )
    account = await pressroom.accounts.name()
    step = (
        "get_post has one post's history." if page.posts else "Nothing is here yet: create_draft makes one."
    )
    return views.PostListView(
        account=account,
        posts=tuple(
            listed_view(context, post, fenced(post.options.caption, _IN_A_LIST)) for post in page.posts
        ),
        is_all=page.next is None,
        next_step=f"{step} There are more: go on with after={page.next.id}." if page.next else step,
    )


async def get_post(context: ToolContext, arguments: inputs.OfPost) -> views.PostHistoryView:
    """Tell the story of one post."""
    pressroom, post = await context.sessions.of_post(arguments.post_id)
    return await history_view(context, pressroom, await pressroom.posts.show(post.id))


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
