"""The tools of posts."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from pressroom.core import errors
from pressroom.core.actor import Actor
from pressroom.core.assets import Asset
from pressroom.core.post import Post, PostState
from pressroom.core.repositories import Cursor
from pressroom.mcp import inputs, views
from pressroom.mcp.context import ToolContext
from pressroom.mcp.fence import fenced
from pressroom.mcp.folders import Folders, is_address
from pressroom.mcp.tools.post_views import history_view, listed_view, post_view
from pressroom.service import Pressroom, new_post
from pressroom.service.planning import Planned

_CONTENT = ("caption", "first_comment", "alt_texts", "user_tags", "collaborators", "cover", "fit")
_IN_A_LIST = 80
_MOST_OF_THE_SAME = 20
_CHANGED = "It was changed since: it does not show what was asked for now. See get_post."


async def create_draft(context: ToolContext, given: inputs.CreateDraft) -> views.PostView:
    """Store a draft; the same content of the same program and account is the same draft."""
    pressroom = await context.sessions.of(given.account)
    post = new_post(given.kind, **await _shown(context.folders, pressroom, given))
    if given.idempotency_key:
        planned = await _kept(pressroom, post, given.idempotency_key)
        changed = () if _shows(planned.post, post) else (_CHANGED,)
        return await post_view(context, pressroom, planned.post, warnings=(*planned.warnings, *changed))
    key = _key_of(post, context.actor)
    planned = await _kept(pressroom, post, key)
    for number in range(2, _MOST_OF_THE_SAME):
        if _shows(planned.post, post):
            break
        # The draft of that key shows something else by now: it was changed after it was made.
        planned = await _kept(pressroom, post, f"{key}-{number}")
    return await post_view(context, pressroom, planned.post, warnings=planned.warnings)


async def schedule_post(context: ToolContext, given: inputs.SchedulePost) -> views.PostView:
    """Have a post go out at a time."""
    pressroom, post = await context.sessions.of_post(given.post_id)
    at = await _meant(context, pressroom, post, given)
    try:
        planned = await pressroom.posts.let_go(post.id, at, given.timezone)
    except errors.NeedsApproval as asked:
        return await post_view(context, pressroom, await _read(pressroom, post), asked)
    return await post_view(context, pressroom, planned, warnings=await pressroom.posts.time_warnings(planned))


async def publish_post(context: ToolContext, given: inputs.OfPost) -> views.PostView:
    """Have a post go out now, and wait for its outcome while a worker drives it."""
    pressroom, post = await context.sessions.of_post(given.post_id)
    try:
        sent = await pressroom.posts.let_go(post.id)
    except errors.NeedsApproval as asked:
        return await post_view(context, pressroom, await _read(pressroom, post), asked)
    return await post_view(context, pressroom, await _outcome(pressroom, sent, context.wait_s))


async def change_post(context: ToolContext, given: inputs.ChangePost) -> views.PostView:
    """Replace what a post shows."""
    pressroom, post = await context.sessions.of_post(given.post_id)
    context.require_for_change(post, PostState.DRAFT)
    shown = await _shown(context.folders, pressroom, given)
    try:
        changed = await pressroom.posts.edit(post.id, **shown)
    except errors.NeedsApproval as asked:
        return await post_view(context, pressroom, await _read(pressroom, post), asked)
    return await post_view(context, pressroom, changed)


async def cancel_post(context: ToolContext, given: inputs.OfPost) -> views.PostView:
    """End a post that is not live."""
    pressroom, post = await context.sessions.of_post(given.post_id)
    if post.state is PostState.CANCELLED:
        return await post_view(context, pressroom, post)
    context.require_for_change(post, PostState.DRAFT, PostState.AWAITING_APPROVAL)
    try:
        return await post_view(context, pressroom, await pressroom.posts.cancel(post.id))
    except errors.NeedsApproval as asked:
        return await post_view(context, pressroom, await _read(pressroom, post), asked)


async def reconcile_post(context: ToolContext, given: inputs.OfPost) -> views.PostView:
    """Have Instagram asked about a post in doubt, and wait for what it says while a worker asks."""
    pressroom, post = await context.sessions.of_post(given.post_id)
    if post.state in (PostState.PUBLISHED, PostState.PUBLISHING):
        return await post_view(context, pressroom, post)
    asked = await pressroom.posts.reconcile(post.id)
    return await post_view(context, pressroom, await _outcome(pressroom, asked, context.wait_s))


async def list_posts(context: ToolContext, given: inputs.ListPosts) -> views.PostListView:
    """List an account's posts by due time."""
    pressroom = await context.sessions.of(given.account)
    states = tuple(PostState(one) for one in given.states or ())
    last = (await context.sessions.of_post(given.after))[1] if given.after else None
    page = await pressroom.posts.list(
        *states,
        newest_first=given.newest_first,
        limit=given.limit,
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


async def get_post(context: ToolContext, given: inputs.OfPost) -> views.PostHistoryView:
    """Tell the story of one post."""
    pressroom, post = await context.sessions.of_post(given.post_id)
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
    folders: Folders, pressroom: Pressroom, given: inputs.CreateDraft | inputs.ChangePost
) -> dict[str, Any]:
    """Return the files, if there are any, and the options that were given; an empty text is none."""
    chosen = {name: getattr(given, name) for name in _CONTENT}
    shown = {name: None if value == "" else value for name, value in chosen.items() if value is not None}
    if given.cover:
        shown["cover"] = await _asset(folders, pressroom, given.cover)
    if given.sources:
        shown["sources"] = [await _asset(folders, pressroom, source) for source in given.sources]
    return shown


async def _asset(folders: Folders, pressroom: Pressroom, given: str) -> Asset:
    return Asset(given) if is_address(given) else await folders.using(given, pressroom.media.keep)


async def _kept(pressroom: Pressroom, post: Post, key: str) -> Planned:
    return await pressroom.posts.submit(post, at="now", state=PostState.DRAFT, idempotency_key=key)


def _shows(kept: Post, asked: Post) -> bool:
    """Tell whether a stored post shows what is asked for. The bytes of its files are in its key."""
    return _told(kept) == _told(asked)


def _told(post: Post) -> tuple[object, ...]:
    cover = post.options.cover
    sources = [one.source for one in post.assets]
    return post.kind, sources, cover and cover.source, replace(post.options, cover=None)


async def _meant(
    context: ToolContext, pressroom: Pressroom, post: Post, given: inputs.SchedulePost
) -> datetime | str:
    """Return the time that was meant: the same words, said again in a while, mean the same time."""
    said, now = (post.id, given.at, given.timezone or ""), context.clock.now()
    if meant := context.moments.recall(said, now):
        return meant
    due_at = (await pressroom.posts.rehearse_move(post.id, given.at, given.timezone)).due_at
    if due_at is None:
        return given.at
    context.moments.keep(said, due_at, now)
    return due_at


def _key_of(post: Post, actor: Actor) -> str:
    """Return a key that stands for the program and all that a post shows, each file by its bytes.

    A client that lost the answer calls again; without a key that would be a second draft.
    """
    # A copy is named by the digest of its bytes.
    digests = [asset.path.name if asset.copy else asset.source for asset in post.files]
    options = replace(post.options, cover=None)
    shown = msgspec.json.encode((actor.id, post.kind, digests, options), order="sorted")
    return f"mcp-{hashlib.sha256(shown).hexdigest()}"
