"""Finds what went out since a post was made and shows the same: trying the post again would show it twice."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pressroom.core.post import SHORT_ID, WENT_LIVE, Post, PostId, PostState
from pressroom.core.stored_posts import (
    PostQuery,
    PublishedLately,
    content_hash,
    published_at,
    published_in_words,
)

if TYPE_CHECKING:
    from pressroom.store.store import Store

_GONE: Final = (*WENT_LIVE, PostState.PUBLISHING)
# The store lists by the due time, and a late post goes out long after it.
_LATE: Final = timedelta(days=1)
_PAGE: Final = 500


async def find_published_since(store: "Store", posts: Sequence[Post]) -> dict[PostId, Post]:
    """Return by each post's id the newest of the same account and content that was sent after it was made.

    Reads what went out of each account once, however many posts there are.
    """
    by_account = defaultdict[str, list[Post]](list)
    for post in posts:
        if post.created_at:
            by_account[post.account].append(post)
    twins = dict[PostId, Post]()
    for account, ours in by_account.items():
        since = min(post.created_at for post in ours if post.created_at)
        query = PostQuery(
            states=_GONE, account=account, due_from=since - _LATE, newest_first=True, limit=_PAGE
        )
        by_content = defaultdict[str, list[Post]](list)
        for post in ours:
            by_content[content_hash(post)].append(post)
        while True:
            page = await store.run(store.posts.list, query)
            for other in page.posts:
                at = published_at(other)
                for post in by_content.get(content_hash(other), ()):
                    if other.id != post.id and at and post.created_at and at > post.created_at:
                        twins.setdefault(post.id, other)
            if page.next is None:
                break
            query = replace(query, after=page.next)
    return twins


async def require_not_published_since(store: "Store", post: Post) -> None:
    """Raise PublishedLately for a post of which the same went out after it was made."""
    if twin := (await find_published_since(store, [post])).get(post.id):
        raise PublishedLately(twin, again=post)


def went_out_since(twin: Post) -> str:
    """Say when and as what the same went out."""
    return f"The same went out at {published_in_words(twin)}, as post {twin.id[:SHORT_ID]}."
