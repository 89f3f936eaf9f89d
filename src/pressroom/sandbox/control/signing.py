"""Orders about sign-in: consent without a browser, roles in the app, and the end of an account's tokens."""

from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from pressroom.sandbox.calls.call import Arrival, BareCall, split_path
from pressroom.sandbox.control.controls import BadRequest, Body, Controls, Query, convert
from pressroom.sandbox.settings import AppMode, Tester
from pressroom.sandbox.state.invented import LONG_LIFE_S
from pressroom.sandbox.surface.routes import open_route
from pressroom.sandbox.wire.answer import Answer
from pressroom.sandbox.wire.params import Params, read_params
from pressroom.sandbox.wire.refusals import GraphRefusal

_CONSENTS = ("authorize", "dialog")
# Handling Errors: the subcodes of a 190.
_SUBCODES = {"revoked": 458, "checkpointed": 459, "password_changed": 460, "logged_out": 467}


class ConsentOrder(msgspec.Struct, forbid_unknown_fields=True):
    """The address to which an app sends a browser. user_id: who answers; None: the sandbox's own account.

    granted: the permissions that are left ticked, by the names of any login; None: as the setting says.
    """

    url: str
    decision: Literal["allow", "deny"] = "allow"
    user_id: str | None = None
    granted: list[str] | None = None


def consent(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/consent`: answer an app's sign-in as a person would; gives where a browser goes on."""
    order: ConsentOrder = convert(body, ConsentOrder)
    url = urlsplit(order.url)
    segments, version = split_path(url.path)
    route = open_route("GET", "/".join(segments))
    if route is None or route.name not in _CONSENTS:
        raise BadRequest("url is the address of /oauth/authorize or /dialog/oauth, with its query")
    answers: Params = {"decision": order.decision, "account": controls.named(order.user_id).id}
    if order.granted is not None:
        answers["granted"] = order.granted
    arrival = Arrival(
        method="GET",
        segments=segments,
        version=version,
        params={**read_params(url.query.encode(), "", b""), **answers},
        headers={},
        scheme=url.scheme or "http",
        host=url.netloc or "localhost",
    )
    try:
        answer = route.handle(BareCall(scene=controls.scene, arrival=arrival, now=controls.scene.settle()))
    except GraphRefusal as refused:
        raise BadRequest(refused.message) from None
    assert isinstance(answer, Answer)  # a page or a redirect: neither is awaited
    location = dict(answer.headers).get(b"location")
    if location is None:
        raise BadRequest(f"{url.hostname} asks nobody: an app sends a browser to www.instagram.com")
    return {"location": location.decode()}


class RolesOrder(msgspec.Struct, forbid_unknown_fields=True):
    """The role of an account in the app (`user_id` None: the sandbox's own), and the app's mode.

    None leaves either as it is.
    """

    user_id: str | None = None
    tester: Tester | None = None
    app_mode: AppMode | None = None


def roles(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/roles`: invite a tester, accept for it, or take its role; switch the app."""
    order: RolesOrder = convert(body, RolesOrder)
    account, world = controls.named(order.user_id), controls.scene.world
    account.tester = order.tester or account.tester
    world.app_mode = order.app_mode or world.app_mode
    mode = world.app_mode or controls.scene.settings.app_mode
    return {"user_id": account.id, "tester": account.tester, "app_mode": mode}


class TokensOrder(msgspec.Struct, forbid_unknown_fields=True):
    """What becomes of the tokens of an account (`user_id` None: the sandbox's own); `valid`: for 60 days."""

    end: Literal["expired", "revoked", "checkpointed", "password_changed", "logged_out", "valid"]
    user_id: str | None = None


def end_tokens(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/tokens`: end every token of one account, or make them valid again."""
    order: TokensOrder = convert(body, TokensOrder)
    now, account = controls.scene.settle(), controls.named(order.user_id)
    held = controls.scene.world.tokens_of(account.id)
    for token in held:
        token.revoked_by = _SUBCODES.get(order.end)
        if order.end == "expired":
            token.expires_at = now
        elif order.end == "valid":
            token.expires_at = now + LONG_LIFE_S
    return {"user_id": account.id, "tokens": len(held)}
