"""How a post ends, by whatever event. Pure."""

from pressroom.core.post import Attention, Followup, Post, PostState
from pressroom.graph.ids import MediaId


def live(post: Post, media_id: MediaId | None) -> Post:
    """Make the post published, which is final. A missing id is looked for first."""
    followups = wanted(post) if media_id else (Followup.MEDIA_ID, *wanted(post))
    return post.changed(state=PostState.PUBLISHED, media_id=media_id, followups=followups, not_before=None)


def wanted(post: Post) -> tuple[Followup, ...]:
    """List what is left to do for a live post: nothing is written where no comment is wanted."""
    return tuple(
        what for what in post.followups if what is not Followup.FIRST_COMMENT or post.options.first_comment
    )


def ask(post: Post, attention: Attention, problem: str) -> Post:
    """Leave the post to a person."""
    return post.changed(
        state=PostState.NEEDS_ATTENTION, attention=attention, problem=problem, not_before=None
    )


def failed(post: Post, problem: str) -> Post:
    """Make the post failed. problem: why, as a person reads it."""
    return post.changed(state=PostState.FAILED, problem=problem, not_before=None)
