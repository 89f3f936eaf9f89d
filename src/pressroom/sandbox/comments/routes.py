"""The calls on comments: list, write, reply, hide, delete."""

from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.nodes import EdgeQuery, render, wanted_of
from pressroom.sandbox.calls.route import Route
from pressroom.sandbox.reading.media import COMMENT, comments_edge, replies_edge
from pressroom.sandbox.state.things import Account, Comment, Media
from pressroom.sandbox.wire.payloads import comment_event
from pressroom.sandbox.wire.refusals import invalid, not_found, refusal

_SUCCESS = {"success": True}
_FIELDS_ASKED = (20, 1772107)
_NO_FORMAT = "(#20) This call does not support the requested response format"


def _media_of(call: GraphCall) -> Media:
    assert isinstance(call.thing, Media)
    return call.thing


def _comment_of(call: GraphCall) -> Comment:
    assert isinstance(call.thing, Comment)
    return call.thing


def list_comments(call: GraphCall) -> dict[str, Any]:
    """`GET /{media}/comments`: top level only, newest first, 50 a page."""
    return comments_edge(call, _media_of(call), EdgeQuery.of_call(call))


def list_replies(call: GraphCall) -> dict[str, Any]:
    """`GET /{comment}/replies`."""
    return replies_edge(call, _comment_of(call), EdgeQuery.of_call(call))


def comment(call: GraphCall) -> dict[str, Any]:
    """`POST /{media}/comments`."""
    media = _media_of(call)
    message = call.needed("message")
    longest = call.scene.settings.comment_max
    if longest is not None and len(message) > longest:
        raise invalid(f"A comment holds at most {longest} characters")
    if not media.is_comment_enabled:  # no page says what answers then
        raise invalid("Comments are turned off for this media")
    made = add_comment(call, media, message, call.account)
    if call.text("fields"):
        # Observed: it is made all the same, and a client that tries again makes it twice.
        call.notes.append("the comment was made: it is the parameter `fields` that is refused")
        raise refusal(*_FIELDS_ASKED, message=_NO_FORMAT)
    return {"id": made.id}


def add_comment(
    call: GraphCall, media: Media, text: str, author: Account, parent: Comment | None = None
) -> Comment:
    """Add a comment, or a reply to `parent`, and send its webhook."""
    world = call.scene.world
    number = world.number()
    made = Comment(
        id=world.comment_id(number),
        number=number,
        media_id=media.id,
        user_id=author.id,
        username=author.username,
        text=text,
        created_at=call.now,
        parent_id=parent.id if parent else None,
    )
    world.add_comment(made)
    call.scene.postman.tell(comment_event(media, made))
    return made


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
    return {"id": add_comment(call, media, call.needed("message"), call.account, parent).id}


def read_comment(call: GraphCall) -> dict[str, Any]:
    """`GET /{comment}`."""
    return render(call, COMMENT, _comment_of(call), wanted_of(call))


def hide_comment(call: GraphCall) -> dict[str, Any]:
    """`POST /{comment}` with `hide`: the owner's own comments stay visible."""
    hide = call.flag("hide")
    if hide is None:
        raise invalid("The parameter hide is required")
    target = _comment_of(call)
    # IG Comment: hiding the owner's own comment succeeds and changes nothing.
    target.is_hidden = hide and target.user_id != call.account.id
    return _SUCCESS


def delete_comment(call: GraphCall) -> dict[str, Any]:
    """`DELETE /{comment}`: with its replies."""
    call.scene.world.remove_comment(_comment_of(call))
    return _SUCCESS


ROUTES = (
    Route(
        "GET",
        "media",
        "comments",
        "comments",
        list_comments,
        need=Permission.COMMENTS,
        mark=Certainty.DOCUMENTED,
    ),
    Route(
        "POST", "media", "comments", "comments", comment, need=Permission.COMMENTS, mark=Certainty.DOCUMENTED
    ),
    Route("GET", "comment", "", "comment", read_comment, need=Permission.COMMENTS, mark=Certainty.DOCUMENTED),
    Route(
        "POST", "comment", "", "comment", hide_comment, need=Permission.COMMENTS, mark=Certainty.DOCUMENTED
    ),
    Route(
        "DELETE",
        "comment",
        "",
        "comment",
        delete_comment,
        need=Permission.COMMENTS,
        mark=Certainty.DOCUMENTED,
    ),
    Route(
        "GET",
        "comment",
        "replies",
        "replies",
        list_replies,
        need=Permission.COMMENTS,
        mark=Certainty.DOCUMENTED,
    ),
    Route(
        "POST", "comment", "replies", "replies", reply, need=Permission.COMMENTS, mark=Certainty.DOCUMENTED
    ),
)
