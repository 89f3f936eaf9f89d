"""Calls about comments. Source: IG Media, Comments; IG Comment."""

from pressroom.graph.answers import (
    Comment,
    Commented,
    Done,
    Page,
)
from pressroom.graph.calls.call import Call, Effect
from pressroom.graph.ids import CommentId, MediaId


def comments(media_id: MediaId, *, fields: str = "id,text,timestamp,username") -> Call[Page[Comment]]:
    """Describe the list of a media's top-level comments, newest first."""
    return Call(method="GET", path=f"/{media_id}/comments", params={"fields": fields}, answer=Page[Comment])


def comment(media_id: MediaId, message: str) -> Call[Commented]:
    """Describe a comment on a media."""
    return Call(
        method="POST",
        path=f"/{media_id}/comments",
        params={"message": message},
        answer=Commented,
        effect=Effect.WRITE,
    )


def delete_comment(comment_id: CommentId) -> Call[Done]:
    """Describe the deletion of a comment on the account's own media."""
    return Call(method="DELETE", path=f"/{comment_id}", answer=Done, effect=Effect.WRITE)
