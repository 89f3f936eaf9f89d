"""Whether a token lets a call through.

Source: https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.state.things import Token
from pressroom.sandbox.state.world import World
from pressroom.sandbox.wire.call import Arrival, wire_date
from pressroom.sandbox.wire.refusals import refusal
from pressroom.sandbox.wire.route import Need

_NO_TOKEN_FOR_ME = "An active access token must be used to query information about the current user."  # noqa: S105  # Meta's words
_NO_TOKEN = "An access token is required to request this resource."  # noqa: S105  # Meta's words


def token_of(world: World, arrival: Arrival, now: float) -> Token:
    """Find the caller's token.

    Raises GraphRefusal: none given (2500, 104), unknown (190), dead (190 with a subcode).
    """
    given = arrival.token
    if given is None:
        if arrival.segments[:1] == ["me"]:
            raise refusal(2500, message=_NO_TOKEN_FOR_ME)
        raise refusal(104, message=_NO_TOKEN)
    token = world.tokens.get(given)
    if token is None or arrival.host_login not in (None, token.login):
        raise refusal(190)
    check_alive(token, now)
    return token


def check_alive(token: Token, now: float) -> None:
    """Refuse a token that was revoked or has run out."""
    if token.revoked_by is not None:
        raise refusal(190, token.revoked_by)
    if token.expires_at is not None and token.expires_at <= now:
        raise refusal(190, 463, expired=wire_date(token.expires_at), now=wire_date(now))


def check_scope(token: Token, need: Need) -> None:
    """Refuse a token that lacks a permission."""
    if token.scopes is not None and need.scope(token.login) not in token.scopes:
        raise refusal(10)


def all_scopes(login: LoginType) -> list[str]:
    """Give every permission of a login type."""
    return [need.scope(login) for need in Need]
