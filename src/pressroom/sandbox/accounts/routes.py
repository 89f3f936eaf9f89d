"""The calls on tokens: refresh and exchange."""

from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.route import Route
from pressroom.sandbox.calls.tokens import granted_scopes, wrong_secret
from pressroom.sandbox.state.invented import LONG_LIFE_S, SHORT_LIFE_S, invented_token
from pressroom.sandbox.state.things import Token
from pressroom.sandbox.wire.refusals import invalid, refusal

_DAY_S = 24 * 3600
_ENDED = 467  # the subcode of a token that was invalidated
_TOO_EARLY = "The access token must be at least 24 hours old to be refreshed"


def refresh(call: GraphCall) -> dict[str, Any]:
    """`GET /refresh_access_token`: for a long-lived Instagram token at least 24 hours old."""
    if call.needed("grant_type") != "ig_refresh_token":
        raise invalid("Invalid grant_type")
    old = call.token
    if old.expires_at is None or old.expires_at - old.created_at <= SHORT_LIFE_S:
        raise refusal(190, message="Invalid OAuth access token - the token is not long-lived")
    early = call.scene.settings.early_refresh
    if call.now - old.created_at < _DAY_S and early != "allowed":
        raise refusal(early, message=_TOO_EARLY)
    renewed = _long_lived(call, old)
    # Whether Meta ends the old token is not documented; by itself it stays valid here.
    if renewed["access_token"] != old.text and call.scene.settings.refresh_ends_old_token:
        old.revoked_by = _ENDED
    return renewed


def exchange(call: GraphCall) -> dict[str, Any]:
    """`GET /access_token`: a short-lived Instagram token becomes a long-lived one."""
    if call.needed("grant_type") != "ig_exchange_token":
        raise invalid("Invalid grant_type")
    settings = call.scene.settings
    if call.needed("client_secret") != settings.app_secret and settings.checks_app:
        raise wrong_secret()
    return _long_lived(call, call.token)


def _long_lived(call: GraphCall, old: Token) -> dict[str, Any]:
    is_new = call.scene.settings.refresh_makes_new_token
    text = invented_token(old.login) if is_new else old.text
    call.scene.world.tokens[text] = Token(
        text=text,
        user_id=old.user_id,
        login=old.login,
        created_at=call.now,
        expires_at=call.now + LONG_LIFE_S,
        scopes=old.scopes,
        declined=old.declined,
    )
    permissions = ",".join(granted_scopes(old))
    return {
        "access_token": text,
        "token_type": "bearer",
        "expires_in": LONG_LIFE_S,
        "permissions": permissions,
    }


ROUTES = (
    Route(
        "GET",
        "root",
        "refresh_access_token",
        "refresh",
        refresh,
        need=Permission.BASIC,
        login=LoginType.INSTAGRAM,
        mark=Certainty.DOCUMENTED,
    ),
    Route(
        "GET",
        "root",
        "access_token",
        "exchange",
        exchange,
        need=Permission.BASIC,
        login=LoginType.INSTAGRAM,
        mark=Certainty.DOCUMENTED,
    ),
)
