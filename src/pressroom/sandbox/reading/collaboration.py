"""Collaboration: invitations to share somebody's post, and the posts the account shares."""

from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.nodes import EdgeQuery, NodeType, list_answer, render
from pressroom.sandbox.calls.route import Route
from pressroom.sandbox.reading.media import MEDIA
from pressroom.sandbox.state.shelf import Shelf
from pressroom.sandbox.state.things import Invite, InviteStatus, Media
from pressroom.sandbox.wire.refusals import missing, not_found


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
    data = [render(call, INVITE, one, query.wanted) for one in part.items]
    return list_answer(call, (call.account.id, "collaboration_invites"), query, part, data)


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
    data = [render(call, MEDIA, _media_of(call, one), query.wanted) for one in part.items]
    return list_answer(call, (call.account.id, "collaborative_media"), query, part, data)


_EDGE = "collaboration_invites"
ROUTES = (
    Route("GET", "user", _EDGE, _EDGE, invites, login=LoginType.FACEBOOK, mark=Certainty.DOCUMENTED),
    Route(
        "POST",
        "user",
        _EDGE,
        _EDGE,
        answer_invite,
        need=Permission.PUBLISH,
        login=LoginType.FACEBOOK,
        mark=Certainty.SDK,
    ),
    Route(
        "GET",
        "user",
        "collaborative_media",
        "collaborative_media",
        collaborative_media,
        login=LoginType.FACEBOOK,
        mark=Certainty.DOCUMENTED,
    ),
)
