"""The tools of posts."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from pressroom.core import errors
from pressroom.core.post import Post, PostState
from pressroom.mcp import inputs, views
from pressroom.mcp.context import ToolContext
from pressroom.mcp.fence import fenced
from pressroom.mcp.folders import Folders
from pressroom.mcp.tools.post_views import history_view, listed_view, post_view
from pressroom.service import Pressroom, new_post

_CONTENT = ("caption", "first_comment", "alt_texts", "user_tags", "collaborators", "cover", "fit")
_IN_A_LIST = 80
# Reading more takes seconds: a larger file is known by its place, size and time.
_MOST_HASHED = 64_000_000


async def create_draft(context: ToolContext, given: inputs.CreateDraft) -> views.PostView:
    """Store a draft; the same content of the same account is the same draft."""
    pressroom = await context.sessions.of(given.account)
    sources = [context.folders.source(one) for one in given.sources]
    options = _options(context.folders, given)
    post = new_post(given.kind, sources, **options)
    key = given.idempotency_key or await asyncio.to_thread(_key_of, post, sources)
    planned = await pressroom.posts.submit(post, at="now", state=PostState.DRAFT, idempotency_key=key)
    return await post_view(pressroom, planned.post, warnings=planned.warnings)


async def schedule_post(context: ToolContext, given: inputs.SchedulePost) -> views.PostView:
    """Have a post go out at a time."""
    pressroom, post = await context.sessions.of_post(given.post_id)
    try:
        planned = await pressroom.posts.let_go(post.id, given.at, given.timezone)
    except errors.NeedsApproval as asked:
        return await post_view(pressroom, await _read(pressroom, post), asked)
    return await post_view(pressroom, planned, warnings=await pressroom.posts.time_warnings(planned))


async def publish_post(context: ToolContext, given: inputs.OfPost) -> views.PostView:
    """Have a post go out now, and wait for its outcome while a worker drives it."""
    pressroom, post = await context.sessions.of_post(given.post_id)
    try:
        sent = await pressroom.posts.let_go(post.id)
    except errors.NeedsApproval as asked:
        return await post_view(pressroom, await _read(pressroom, post), asked)
    return await post_view(pressroom, await _outcome(pressroom, sent, context.wait_s))


async def change_post(context: ToolContext, given: inputs.ChangePost) -> views.PostView:
    """Replace what a post shows."""
    pressroom, post = await context.sessions.of_post(given.post_id)
    sources = given.sources and [context.folders.source(one) for one in given.sources]
    try:
        changed = await pressroom.posts.edit(
            post.id, sources=sources or None, **_options(context.folders, given)
        )
    except errors.NeedsApproval as asked:
        return await post_view(pressroom, await _read(pressroom, post), asked)
    return await post_view(pressroom, changed)


async def cancel_post(context: ToolContext, given: inputs.OfPost) -> views.PostView:
    """End a post that is not live."""
    pressroom, post = await context.sessions.of_post(given.post_id)
    if post.state is PostState.CANCELLED:
        return await post_view(pressroom, post)
    try:
        return await post_view(pressroom, await pressroom.posts.cancel(post.id))
    except errors.NeedsApproval as asked:
        return await post_view(pressroom, await _read(pressroom, post), asked)


async def reconcile_post(context: ToolContext, given: inputs.OfPost) -> views.PostView:
    """Have Instagram asked about a post in doubt, and wait for what it says while a worker asks."""
    pressroom, post = await context.sessions.of_post(given.post_id)
    if post.state in (PostState.PUBLISHED, PostState.PUBLISHING):
        return await post_view(pressroom, post)
    asked = await pressroom.posts.reconcile(post.id)
    return await post_view(pressroom, await _outcome(pressroom, asked, context.wait_s))


async def list_posts(context: ToolContext, given: inputs.ListPosts) -> views.PostListView:
    """List an account's posts by due time."""
    pressroom = await context.sessions.of(given.account)
    states = tuple(PostState(one) for one in given.states or ())
    page = await pressroom.posts.list(*states, newest_first=given.newest_first, limit=given.limit)
    account = await pressroom.accounts.name()
    step = (
        "get_post has one post's history." if page.posts else "Nothing is here yet: create_draft makes one."
    )
    return views.PostListView(
        account=account,
        posts=tuple(listed_view(post, fenced(post.options.caption, _IN_A_LIST)) for post in page.posts),
        is_all=page.next is None,
        next_step=step if page.next is None else f"{step} There are more: raise limit, or name states.",
    )


async def get_post(context: ToolContext, given: inputs.OfPost) -> views.PostHistoryView:
    """Tell the story of one post."""
    pressroom, post = await context.sessions.of_post(given.post_id)
    return history_view(await pressroom.posts.show(post.id))


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


def _options(folders: Folders, given: inputs.CreateDraft | inputs.ChangePost) -> dict[str, Any]:
    """Return the options that were given; an empty text is none."""
    chosen = {name: getattr(given, name) for name in _CONTENT}
    told = {name: value for name, value in chosen.items() if value is not None}
    if cover := told.get("cover"):
        told["cover"] = folders.source(cover)
    return {name: None if value == "" else value for name, value in told.items()}


def _key_of(post: Post, sources: Sequence[str]) -> str:
    """Return a key that stands for all that a post shows, each file by its bytes.

    A client that lost the answer calls again; without a key that would be a second draft.
    """
    digests = [source if "://" in source else _digest(Path(source)) for source in sources]
    shown = msgspec.json.encode((post.kind, digests, post.options), order="sorted")
    return f"mcp-{hashlib.sha256(shown).hexdigest()}"


def _digest(path: Path) -> str:
    stat = path.stat()
    if stat.st_size > _MOST_HASHED:
        return f"{path} {stat.st_size} {stat.st_mtime_ns}"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
