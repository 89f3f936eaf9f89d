"""When a worker must look at a post."""

from datetime import UTC, datetime

from pressroom.core.post import Post, PostState

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""Earlier than any other time: posts under way come before posts that are only due."""

_WAITS_FOR_A_PERSON = frozenset(
    {
        PostState.DRAFT,
        PostState.FAILED,
        PostState.NEEDS_ATTENTION,
        PostState.MISSED,
        PostState.CANCELLED,
    }
)


def wakes_at(post: Post) -> datetime | None:
    """Return when a worker must look at the post; None when there is nothing to do for it.

    A post under way without a wake time is looked at at once: its worker may have died.
    """
    if post.state in _WAITS_FOR_A_PERSON:
        return None
    if post.state is PostState.AWAITING_APPROVAL:
        return post.wake_at
    if post.state is PostState.PUBLISHED and not post.followups:
        return None
    if post.state is PostState.SCHEDULED:
        return post.wake_at or post.goes_out_at or AT_ONCE
    return post.wake_at or AT_ONCE
