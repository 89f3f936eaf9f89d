"""The calls that read media and accounts, and the few that change a media."""

from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.nodes import EdgeQuery, list_answer, render, wanted_of
from pressroom.sandbox.calls.route import Route
from pressroom.sandbox.reading.media import MEDIA, children_edge, collaborators_edge
from pressroom.sandbox.reading.users import USER, media_edge, stories_edge
from pressroom.sandbox.state.shelf import Shelf
from pressroom.sandbox.state.things import Media
from pressroom.sandbox.wire.refusals import invalid, refusal


def _media_of(call: GraphCall) -> Media:
    assert isinstance(call.thing, Media)
    return call.thing


def user(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}`."""
    return render(call, USER, call.account, wanted_of(call))


def media(call: GraphCall) -> dict[str, Any]:
    """`GET /{media}`."""
    return render(call, MEDIA, _media_of(call), wanted_of(call))


def media_list(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/media`."""
    return media_edge(call, call.account, EdgeQuery.of_call(call))


def stories(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/stories`."""
    return stories_edge(call, call.account, EdgeQuery.of_call(call))


def children(call: GraphCall) -> dict[str, Any]:
    """`GET /{media}/children`."""
    return children_edge(call, _media_of(call), EdgeQuery.of_call(call)) or {"data": []}


def collaborators(call: GraphCall) -> dict[str, Any]:
    """`GET /{media}/collaborators`."""
    return collaborators_edge(call, _media_of(call), EdgeQuery.of_call(call)) or {"data": []}


def empty_list(call: GraphCall) -> dict[str, Any]:
    """Answer a list that is always empty here, such as `live_media`."""
    query = EdgeQuery.of_call(call)
    return list_answer(call, (call.account.id,), query, Shelf[Media]().cut(query.window(call)), [])


def change_media(call: GraphCall) -> dict[str, Any]:
    """`POST /{media}` with `comment_enabled`."""
    enabled = call.flag("comment_enabled")
    if enabled is None:
        raise invalid("The parameter comment_enabled is required")
    _media_of(call).is_comment_enabled = enabled
    return {"success": True}


def delete_media(call: GraphCall) -> dict[str, Any]:
    """`DELETE /{media}`: not for single carousel items, which answer -1/2207073."""
    gone = _media_of(call)
    if gone.is_item:
        raise refusal(-1, 2207073)
    call.scene.world.remove_media(gone)
    return {"success": True, "deleted_id": gone.id}


ROUTES = (
    Route("GET", "user", "", "user", user, mark=Certainty.DOCUMENTED),
    Route("GET", "user", "media", "media_list", media_list, mark=Certainty.DOCUMENTED),
    Route("GET", "user", "stories", "stories", stories, mark=Certainty.DOCUMENTED),
    Route("GET", "user", "live_media", "live_media", empty_list, mark=Certainty.DOCUMENTED),
    *(
        Route("GET", "user", edge, edge, empty_list, login=LoginType.FACEBOOK, mark=Certainty.SDK)
        for edge in ("scheduled_media", "upcoming_events")  # in Meta's SDK; read-only
    ),
    Route("GET", "media", "", "media", media, mark=Certainty.DOCUMENTED),
    Route("GET", "media", "children", "children", children, mark=Certainty.DOCUMENTED),
    Route(
        "GET",
        "media",
        "collaborators",
        "collaborators",
        collaborators,
        login=LoginType.FACEBOOK,
        mark=Certainty.DOCUMENTED,
    ),
    Route("POST", "media", "", "media", change_media, need=Permission.COMMENTS, mark=Certainty.DOCUMENTED),
    Route(
        "DELETE",
        "media",
        "",
        "media",
        delete_media,
        need=Permission.CONTENTS,
        login=LoginType.FACEBOOK,
        mark=Certainty.DOCUMENTED,
    ),
)
