"""What others do with the account: they mention it in captions and comments, and invite it to share a post.

First mentions and replies to them; then the invitations, and the posts that the account shares. Orders of
the control API make both (`control.strangers`).
"""

from functools import partial
from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall, Route
from pressroom.sandbox.calls.nodes import EdgeQuery, NodeType, list_answer, render, render_list
from pressroom.sandbox.reading.media import COMMENT, MEDIA, write_comment
from pressroom.sandbox.state.things import Account, Comment, Invite, InviteStatus, Media
from pressroom.sandbox.state.world import Shelf
from pressroom.sandbox.wire.answer import missing, not_found


def tags(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/tags`: media of others that mention the account; cursors without `next` and `previous`."""
    query = EdgeQuery.of_call(call)
    part = call.scene.world.tagged[call.account.id].cut(query.window(call))
    return render_list(call, MEDIA, part, (call.account.id, "tags"), query, has_links=False)


def _named_in(call: GraphCall, media_id: str) -> Media | None:
    media = call.scene.world.foreign.get(media_id)
    return media if media is not None and media.user_id == call.account.id else None


def _foreign_comment(call: GraphCall, comment_id: str) -> Comment | None:
    comment = call.scene.world.things.get(comment_id)
    if isinstance(comment, Comment) and _named_in(call, comment.media_id) is not None:
        return comment
    return None


def mention(call: GraphCall) -> dict[str, Any]:
    """`POST /{user}/mentions`: comment on a media that mentions the account, or reply to such a comment."""
    media_id, comment_id = call.needed("media_id"), call.text("comment_id")
    media = _named_in(call, media_id)
    if media is None:
        raise not_found(media_id, "post")
    # Only where the account is mentioned: elsewhere the media does not exist for it.
    parent = None if comment_id is None else _foreign_comment(call, comment_id)
    if comment_id is not None and (parent is None or parent.media_id != media.id):
        raise not_found(comment_id, "post")
    return {"id": write_comment(call, media, call.needed("message"), parent).id}


def mentioned_media(call: GraphCall, _: Account, query: EdgeQuery) -> dict[str, Any]:
    """Give a media the account was mentioned in: `mentioned_media.media_id(M){…}`."""
    media_id = query.args.get("media_id")
    if not media_id:
        raise missing("media_id")
    media = _named_in(call, media_id)
    if media is None:
        raise not_found(media_id)
    return render(call, MEDIA, media, query.wanted)


def mentioned_comment(call: GraphCall, _: Account, query: EdgeQuery) -> dict[str, Any]:
    """Give a comment the account was mentioned in: `mentioned_comment.comment_id(C){…}`."""
    comment_id = query.args.get("comment_id")
    if not comment_id:
        raise missing("comment_id")
    comment = _foreign_comment(call, comment_id)
    if comment is None:
        raise not_found(comment_id)
    return render(call, COMMENT, comment, query.wanted)


MENTION_ROUTES = (
    Route("GET", "user", "tags", "tags", tags, mark=Certainty.DOCUMENTED),
    Route(
        "POST", "user", "mentions", "mentions", mention, need=Permission.COMMENTS, mark=Certainty.DOCUMENTED
    ),
)


def _media_of(call: GraphCall, invite: Invite) -> Media:
    return call.scene.world.foreign[invite.media_id]


INVITE: NodeType[Invite] = NodeType(
    wire_name="IGUserCollaborationInvite",
    fields={
        "id": lambda _, invite: invite.media_id,
        "media_id": lambda _, invite: invite.media_id,
        "media_owner_username": lambda call, invite: _media_of(call, invite).author,
        "caption": lambda call, invite: _media_of(call, invite).caption,
        "media_url": lambda call, invite: MEDIA.fields["media_url"](call, _media_of(call, invite)),
    },
)


def _invites(call: GraphCall, status: InviteStatus) -> Shelf[Invite]:
    shelf: Shelf[Invite] = Shelf()
    for invite in call.scene.world.invites.values():
        media = _media_of(call, invite)
        if invite.status is status and media.user_id == call.account.id:
            shelf.add(media.key, invite)
    return shelf


def invites(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/collaboration_invites`: the invitations that are not answered yet."""
    query = EdgeQuery.of_call(call)
    part = _invites(call, InviteStatus.PENDING).cut(query.window(call))
    return render_list(call, INVITE, part, (call.account.id, "collaboration_invites"), query)


def answer_invite(call: GraphCall) -> dict[str, Any]:
    """`POST /{user}/collaboration_invites` with `media_id` and `accept`."""
    # Both names come from Meta's SDK; no page shows this call's parameters.
    media_id, is_accepted = call.needed("media_id"), call.flag("accept")
    if is_accepted is None:
        raise missing("accept")
    invite = call.scene.world.invites.get(media_id)
    # An invitation to another account of this sandbox is as unknown as none.
    if invite is None or _media_of(call, invite).user_id != call.account.id:
        raise not_found(media_id, "post")
    invite.status = InviteStatus.ACCEPTED if is_accepted else InviteStatus.DECLINED
    return {"success": True}


def collaborative_media(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/collaborative_media`: others' media the account shares."""
    query = EdgeQuery.of_call(call)
    part = _invites(call, InviteStatus.ACCEPTED).cut(query.window(call))
    data = [render(call, MEDIA, _media_of(call, invite), query.wanted) for invite in part.items]
    return list_answer(call, (call.account.id, "collaborative_media"), query, part, data)


_EDGE = "collaboration_invites"
_route = partial(Route, login=LoginType.FACEBOOK, mark=Certainty.DOCUMENTED)
COLLABORATION_ROUTES = (
    _route("GET", "user", _EDGE, _EDGE, invites),
    _route("POST", "user", _EDGE, _EDGE, answer_invite, need=Permission.PUBLISH, mark=Certainty.SDK),
    _route("GET", "user", "collaborative_media", "collaborative_media", collaborative_media),
)
