"""When a worker has to look at a post."""

from datetime import UTC, datetime

from pressroom.core.post import Post, PostState

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""Before every other moment: what is under way comes before what is merely due."""

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
    """Say when a worker has to look at the post; None when there is nothing to be done for it.

    A post that is under way without a time of its own is looked at at once: its worker may have died.
    """
    if post.state in _WAITS_FOR_A_PERSON:
        return None
    if post.state is PostState.AWAITING_APPROVAL:
        return post.wake_at
    if post.state is PostState.PUBLISHED and not post.followups:
        return None
    if post.state is PostState.SCHEDULED:
        return post.wake_at or post.due_at or AT_ONCE
    return post.wake_at or AT_ONCE
