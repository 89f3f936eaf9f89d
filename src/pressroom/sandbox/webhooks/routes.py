"""The calls that subscribe an account to the app's webhooks; under Facebook Login it is the Page."""

from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.route import Need, Route
from pressroom.sandbox.wire.refusals import missing

_SUCCESS = {"success": True}


def subscribe(call: GraphCall) -> dict[str, Any]:
    """`POST /{user or page}/subscribed_apps` with `subscribed_fields`."""
    fields = call.items("subscribed_fields")
    if not fields:
        raise missing("subscribed_fields")
    call.scene.world.subscriptions[call.account.id] = fields
    return _SUCCESS


def subscriptions(call: GraphCall) -> dict[str, Any]:
    """`GET /{user or page}/subscribed_apps`."""
    fields = call.scene.world.subscriptions.get(call.account.id)
    if fields is None:
        return {"data": []}
    app_id = call.scene.settings.app_id
    return {"data": [{"app_id": app_id, "id": app_id, "subscribed_fields": fields}]}


def unsubscribe(call: GraphCall) -> dict[str, Any]:
    """`DELETE /{user or page}/subscribed_apps`."""
    call.scene.world.subscriptions.pop(call.account.id, None)
    return _SUCCESS


# Facebook Login subscribes the Page with its token, Instagram Login the account (Webhooks, Setup).
ROUTES = tuple(
    Route(
        method,
        node,
        "subscribed_apps",
        "subscribed_apps",
        handle,
        need=Need.BASIC,
        login=login,
        mark=Certainty.DOCUMENTED,
    )
    for node, login in (("user", LoginType.INSTAGRAM), ("page", LoginType.FACEBOOK))
    for method, handle in (("POST", subscribe), ("GET", subscriptions), ("DELETE", unsubscribe))
)
