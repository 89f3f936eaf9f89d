"""The calls on comments: list, write, reply, hide, delete."""

from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall, Routes
from pressroom.sandbox.calls.nodes import EdgeQuery, render, wanted_of
from pressroom.sandbox.reading.media import COMMENT, comments_edge, replies_edge, write_comment
from pressroom.sandbox.state.things import Comment, Media
from pressroom.sandbox.wire.answer import invalid, not_found, refusal
from pressroom.sandbox.wire.payloads import comment_event

_SUCCESS = {"success": True}
_FIELDS_ASKED = (20, 1772107)
_NO_FORMAT = "(#20) This call does not support the requested response format"
ROUTES = Routes(need=Permission.COMMENTS, mark=Certainty.DOCUMENTED)


def _comment_of(call: GraphCall) -> Comment:
    assert isinstance(call.thing, Comment)
    return call.thing


@ROUTES.answers("GET", "media", "comments", "comments")
def list_comments(call: GraphCall) -> dict[str, Any]:
    """`GET /{media}/comments`: top level only, newest first, 50 a page."""
    return comments_edge(call, call.media, EdgeQuery.of_call(call))


@ROUTES.answers("GET", "comment", "replies", "replies")
def list_replies(call: GraphCall) -> dict[str, Any]:
    """`GET /{comment}/replies`."""
    return replies_edge(call, _comment_of(call), EdgeQuery.of_call(call))


@ROUTES.answers("POST", "media", "comments", "comments")
def comment(call: GraphCall) -> dict[str, Any]:
    """`POST /{media}/comments`."""
    media = call.media
    message = call.needed("message")
    longest = call.scene.settings.comment_max
    if longest is not None and len(message) > longest:
        raise invalid(f"A comment holds at most {longest} characters")
    # No page says what answers then.
    if not media.is_comment_enabled:
        raise invalid("Comments are turned off for this media")
    new = _add_comment(call, media, message)
    if call.text("fields"):
        # Observed: it is made all the same, and a client that tries again makes it twice.
        call.notes.append("the comment was made: it is the parameter `fields` that is refused")
        raise refusal(*_FIELDS_ASKED, message=_NO_FORMAT)
    return {"id": new.id}


def _add_comment(call: GraphCall, media: Media, text: str, parent: Comment | None = None) -> Comment:
    """Add a comment of the account's, or a reply to `parent`, and send its webhook."""
    new = write_comment(call, media, text, parent)
    call.scene.postman.tell(comment_event(media, new))
    return new


@ROUTES.answers("POST", "comment", "replies", "replies")
def reply(call: GraphCall) -> dict[str, Any]:
    """`POST /{comment}/replies`: a reply to a reply lands on its parent."""
    target = _comment_of(call)
    world = call.scene.world
    media = world.media(target.media_id)
    # Replies are one level deep (IG Comment, Replies).
    parent = world.things.get(target.parent_id) if target.parent_id else target
    if media is None or not isinstance(parent, Comment):
        raise not_found(target.id, "post")
    if target.is_hidden:
        raise invalid("A hidden comment cannot be replied to")
    return {"id": _add_comment(call, media, call.needed("message"), parent).id}


@ROUTES.answers("GET", "comment", "", "comment")
def read_comment(call: GraphCall) -> dict[str, Any]:
    """`GET /{comment}`."""
    return render(call, COMMENT, _comment_of(call), wanted_of(call))


@ROUTES.answers("POST", "comment", "", "comment")
def hide_comment(call: GraphCall) -> dict[str, Any]:
    """`POST /{comment}` with `hide`: the owner's own comments stay visible."""
    hide = call.flag("hide")
    if hide is None:
        raise invalid("The parameter hide is required")
    target = _comment_of(call)
    # IG Comment: hiding the owner's own comment succeeds and changes nothing.
    target.is_hidden = hide and target.user_id != call.account.id
    return _SUCCESS


@ROUTES.answers("DELETE", "comment", "", "comment")
def delete_comment(call: GraphCall) -> dict[str, Any]:
    """`DELETE /{comment}`: with its replies."""
    call.scene.world.remove_comment(_comment_of(call))
    return _SUCCESS
