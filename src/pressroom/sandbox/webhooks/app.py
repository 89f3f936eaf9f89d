"""The calls about an app: itself, and its callback (`/{app}/subscriptions`), with the app's own token.

Source: https://developers.facebook.com/docs/graph-api/reference/app/subscriptions/
"""

import hmac
from typing import Any

import msgspec

from pressroom.graph.certainty import Certainty
from pressroom.graph.versions import NEWEST
from pressroom.sandbox.calls.call import BareCall, OpenRoute
from pressroom.sandbox.calls.resolve import APP
from pressroom.sandbox.calls.tokens import check_role, token_of
from pressroom.sandbox.state.things import Callback
from pressroom.sandbox.webhooks.postman import NotVerified
from pressroom.sandbox.wire.answer import Answer
from pressroom.sandbox.wire.refusals import GraphRefusal, invalid, missing, refusal

_PATH = f"{APP}/subscriptions"
_OBJECT = "instagram"
_DESCRIBED = {"category": "Business", "name": "Pressroom Sandbox"}


def app(call: BareCall) -> Answer:
    """`GET /app`, `GET /{app}`: for the app's own token, or for one of its accounts."""
    if call.arrival.app_id is None:
        token = token_of(call.scene.world, call.arrival, call.now)
        account = call.scene.world.accounts[token.user_id]
        check_role(call.scene.settings, account, token.login, call.arrival.method)
    else:
        _check_app(call)
    app_id = call.arrival.app_id or call.scene.settings.app_id
    known = {**_DESCRIBED, "link": f"https://www.facebook.com/games/?app_id={app_id}", "id": app_id}
    wanted = call.items("fields") or list(known)
    strange = next((name for name in wanted if name not in known), None)
    if strange is not None:
        raise invalid(f"Tried accessing nonexisting field ({strange}) on node type (Application)")
    return _answer({name: known[name] for name in dict.fromkeys((*wanted, "id"))})


async def subscribe(call: BareCall) -> Answer:
    """`POST /{app}/subscriptions`: the callback must answer the challenge before it is set."""
    _check_app(call)
    _check_object(call)
    fields = call.items("fields")
    if not fields:
        raise missing("fields")
    callback = Callback(
        url=call.needed("callback_url"), verify_token=call.text("verify_token") or "", fields=fields
    )
    try:
        await call.scene.postman.verify(callback)
    except NotVerified as error:
        raise GraphRefusal(2200, message=f"(#2200) Callback verification failed: {error}") from None
    call.scene.world.callback = callback
    return _answer({"success": True})


def subscriptions(call: BareCall) -> Answer:
    """`GET /{app}/subscriptions`."""
    _check_app(call)
    callback = call.scene.world.callback
    if callback is None:
        return _answer({"data": []})
    version = call.arrival.version or NEWEST.name
    fields = [{"name": name, "version": version} for name in callback.fields]
    shown = {"object": _OBJECT, "callback_url": callback.url, "active": True, "fields": fields}
    return _answer({"data": [shown]})


def unsubscribe(call: BareCall) -> Answer:
    """`DELETE /{app}/subscriptions`: the named fields; without any, all of them."""
    _check_app(call)
    world, gone = call.scene.world, call.items("fields")
    left = [name for name in world.callback.fields if name not in gone] if world.callback and gone else []
    if world.callback is not None:
        world.callback.fields = left
    if not left:
        world.callback = None
    return _answer({"success": True})


def _check_app(call: BareCall) -> None:
    """Refuse what is not an app's token, `id|secret` (15), and another app's with `checks_app` (190)."""
    settings, token = call.scene.settings, call.arrival.token or ""
    if "|" not in token:
        raise GraphRefusal(15, message="(#15) This method must be called with an app access_token.")
    known = hmac.compare_digest(token.encode(), f"{settings.app_id}|{settings.app_secret}".encode())
    if settings.checks_app and not known:
        raise refusal(190)


def _check_object(call: BareCall) -> None:
    if call.needed("object") != _OBJECT:
        raise invalid(f"Param object must be {_OBJECT}")


def _answer(body: dict[str, Any]) -> Answer:
    return Answer(200, msgspec.json.encode(body))


OPEN_ROUTES = (
    OpenRoute("GET", APP, "app", app, mark=Certainty.GENERAL),
    OpenRoute("POST", _PATH, "subscriptions", subscribe, mark=Certainty.GENERAL),
    OpenRoute("GET", _PATH, "subscriptions", subscriptions, mark=Certainty.GENERAL),
    OpenRoute("DELETE", _PATH, "subscriptions", unsubscribe, mark=Certainty.GENERAL),
)
