"""Checks tokens, proofs and permissions.

Source: https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

import hmac
import re

from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.access import first_token_at, role_notes
from pressroom.sandbox.calls.call import Arrival
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.state.things import Token
from pressroom.sandbox.state.world import World
from pressroom.sandbox.wire.refusals import GraphRefusal, refusal
from pressroom.sandbox.wire.times import wire_date

_NO_TOKEN_FOR_ME = "An active access token must be used to query information about the current user."  # noqa: S105  # Meta's words
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LAPSE_S = 90 * 24 * 3600  # Overview: a permission unused for 90 days must be granted again
_NO_TOKEN = "An access token is required to request this resource."  # noqa: S105  # Meta's words


def token_of(world: World, arrival: Arrival, now: float) -> Token:
    """Find the caller's token.

    Raises GraphRefusal: none given (2500 for `me`, else 104), unknown (190), expired or revoked (190 with a
    subcode).
    """
    given = arrival.token
    if given is None:
        if arrival.segments[:1] == ["me"]:
            raise refusal(2500, message=_NO_TOKEN_FOR_ME)
        raise refusal(104, message=_NO_TOKEN)
    token = world.tokens.get(given)
    # Each host knows its own login's tokens: the other's gets the same 190, "Cannot parse access token".
    if token is None or token.login not in arrival.host_logins:
        raise refusal(190)
    check_alive(token, now)
    return token


def token_notes(world: World, arrival: Arrival, refused: GraphRefusal) -> list[str]:
    """Say for the log why a token was not taken, and whose are; nothing for another refusal."""
    given = arrival.token
    held = world.tokens.get(given or "")
    if held is not None and (notes := role_notes(world.accounts[held.user_id], refused)):
        return notes
    if refused.code not in (104, 190) and not (refused.code == 2500 and given is None):  # noqa: PLR2004  # Meta's
        return []
    taken = ", ".join(f"@{one.username} ({one.login.value} login)" for one in world.accounts.values())
    told = "`pressroom sandbox state` and the order `accounts` tell them"
    return [f"{_why_not(world, arrival, given)}; taken are the tokens of {taken}: {told}"]


def _why_not(world: World, arrival: Arrival, given: str | None) -> str:
    if given is None:
        return "no token came with the call"
    token = world.tokens.get(given)
    if token is None:
        return "the token is none of this sandbox's"
    if token.login not in arrival.host_logins:
        return f"the token is of {token.login} login, which {arrival.host_name} does not take"
    return "the token has ended"


def check_alive(token: Token, now: float) -> None:
    """Refuse a token that was revoked (its own subcode) or has expired (463)."""
    if token.revoked_by is not None:
        raise refusal(190, token.revoked_by)
    if token.expires_at is not None and token.expires_at <= now:
        raise refusal(190, 463, expired=wire_date(token.expires_at), now=wire_date(now))


def check_proof(settings: SandboxSettings, token: Token, arrival: Arrival) -> None:
    """Refuse a wrong `appsecret_proof`, or none where the app demands one.

    While nobody set the app's secret, any SHA-256 digest passes: clients bring secrets of their own.
    """
    proof = arrival.params.get("appsecret_proof")
    if proof is None:
        if settings.requires_proof:
            raise _proof_error("API calls from the server require an appsecret_proof argument")
        return
    wanted = hmac.new(settings.app_secret.encode(), token.text.encode(), "sha256").hexdigest()
    is_right = hmac.compare_digest(wanted.encode(), str(proof).encode())
    if not (is_right if settings.knows_secret else _DIGEST.fullmatch(str(proof))):
        raise _proof_error("Invalid appsecret_proof provided in the API argument")


def _proof_error(message: str) -> GraphRefusal:
    return GraphRefusal(100, message=message, meta_type="GraphMethodException")


def wrong_secret() -> GraphRefusal:
    """Make the refusal of a wrong app secret."""
    return GraphRefusal(1, message="Error validating client secret.", is_transient=False)


def check_scope(token: Token, need: Permission | None) -> None:
    """Refuse a token that lacks a permission."""
    if need is not None and token.scopes is not None and need.name_under(token.login) not in token.scopes:
        raise refusal(10)


def check_use(world: World, token: Token, need: Permission | None, now: float) -> None:
    """Refuse a permission that was not used for 90 days; this call counts as a use."""
    if need is None:
        return
    key = f"{token.user_id} {need.name_under(token.login)}"
    used = world.permissions_used.get(key)
    if now - (first_token_at(world, token) if used is None else used) >= _LAPSE_S:
        raise refusal(10)
    world.permissions_used[key] = now


def grant(world: World, user_id: str, scopes: list[str], now: float) -> None:
    """Count each permission as used now, and data access from now on, as a consent does."""
    world.accounts[user_id].agreed_at = now
    world.permissions_used.update((f"{user_id} {scope}", now) for scope in scopes)


def all_scopes(login: LoginType) -> list[str]:
    """Give every permission of a login type."""
    return [scope for one in Permission if (scope := one.name_under(login))]


def granted_scopes(token: Token) -> list[str]:
    """Give the permissions of a token; one that was granted none has none."""
    return all_scopes(token.login) if token.scopes is None else list(token.scopes)
