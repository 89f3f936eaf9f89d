"""Checks whether a call is allowed: token, proof and permission, and what stands between token and account.

Each `check_` raises GraphRefusal with Meta's code. Source of tokens, proofs and permissions:
https://developers.facebook.com/docs/graph-api/guides/error-handling. The role in the app, data access and the
Page come from public reports of what live clients met; Meta documents hardly any of the answers.

At the end the limits per hour and per second, beside the allowance of 24 hours; off unless `short_limits` is
set. Source: https://developers.facebook.com/docs/graph-api/overview/rate-limiting/
"""

import hmac
import re

from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import Arrival, GraphCall, Route
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.state.things import Account, Token
from pressroom.sandbox.state.world import World
from pressroom.sandbox.wire.answer import GraphRefusal, not_found, refusal
from pressroom.sandbox.wire.paging import wire_date

_NO_TOKEN_FOR_ME = "An active access token must be used to query information about the current user."  # noqa: S105  # Meta's words
_DIGEST = re.compile(r"[0-9a-f]{64}")
# Overview: a permission unused for 90 days must be granted again.
_LAPSE_S = 90 * 24 * 3600
_NO_TOKEN = "An access token is required to request this resource."  # noqa: S105  # Meta's words


def token_of(world: World, arrival: Arrival, now: float) -> Token:
    """Find the caller's token.

    Raises GraphRefusal: none given (2500 for `me`, else 104), unknown (190), expired or revoked (190 with a
    subcode).
    """
    text = arrival.token
    if text is None:
        if arrival.segments[:1] == ["me"]:
            raise refusal(2500, message=_NO_TOKEN_FOR_ME)
        raise refusal(104, message=_NO_TOKEN)
    token = world.tokens.get(text)
    # Each host knows its own login's tokens: the other's gets the same 190, "Cannot parse access token".
    if token is None or token.login not in arrival.host_logins:
        raise refusal(190)
    check_alive(token, now)
    return token


def token_notes(world: World, arrival: Arrival, refused: GraphRefusal) -> list[str]:
    """Say for the log why a token was not taken, and whose are; nothing for another refusal."""
    text = arrival.token
    token = world.tokens.get(text or "")
    account = world.accounts[token.user_id] if token is not None else None
    is_of_role = (refused.code, refused.meta_type) == (_CODE, _TYPE)
    if account is not None and is_of_role and account.tester != "accepted":
        way = "`pressroom sandbox order roles tester=accepted` accepts it"
        return [f"@{account.username} has no accepted role in the app (tester: {account.tester}); {way}"]
    if refused.code not in (104, 190) and not (refused.code == 2500 and text is None):  # noqa: PLR2004  # Meta's
        return []
    if text is None:
        reason = "no token came with the call"
    elif token is None:
        reason = "the token is none of this sandbox's"
    elif token.login not in arrival.host_logins:
        reason = f"the token is of {token.login} login, which {arrival.host_name} does not take"
    else:
        reason = "the token has ended"
    accounts = world.accounts.values()
    taken = ", ".join(f"@{account.username} ({account.login.value} login)" for account in accounts)
    way = "`pressroom sandbox state` and the order `accounts` tell them"
    return [f"{reason}; taken are the tokens of {taken}: {way}"]


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
    right = hmac.new(settings.app_secret.encode(), token.text.encode(), "sha256").hexdigest()
    is_right = hmac.compare_digest(right.encode(), str(proof).encode())
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
    return [scope for permission in Permission if (scope := permission.name_under(login))]


def granted_scopes(token: Token) -> list[str]:
    """Give the permissions of a token; one that was granted none has none."""
    return all_scopes(token.login) if token.scopes is None else list(token.scopes)


_CODE, _TYPE = 100, "IGApiException"
_DAY_S = 24 * 3600
# The nodes that a person reaches without a Page that leads to the account.
_APART = frozenset({"person", "page", "root"})


def check_role(settings: SandboxSettings, account: Account, login: LoginType, method: str) -> None:
    """Refuse every call of an account without an accepted role in the app, where it could sign in."""
    if settings.without_role == "calls" and lacks_role(account, login):
        message = f"Unsupported request - method type: {method.lower()}"
        raise GraphRefusal(_CODE, message=message, meta_type=_TYPE)


def lacks_role(account: Account, login: LoginType) -> bool:
    """Tell whether an account needs a role in the app and has none; only Instagram Login is known to ask."""
    return login is LoginType.INSTAGRAM and account.tester != "accepted"


def first_token_at(world: World, token: Token) -> float:
    """Give when an account's first token was made: a refreshed one is younger than the consent."""
    made_at = [other.created_at for other in world.tokens.values() if other.user_id == token.user_id]
    return min(made_at, default=token.created_at)


def data_access_ends(settings: SandboxSettings, world: World, token: Token) -> float | None:
    """Give when the app's access to the person's data ends; None: never, as under the other logins."""
    if token.login is not LoginType.FACEBOOK:
        return None
    agreed_at = world.accounts[token.user_id].agreed_at
    begins = first_token_at(world, token) if agreed_at is None else agreed_at
    return begins + settings.data_access_days * _DAY_S


def check_data_access(call: GraphCall, need: Permission | None) -> None:
    """Refuse what needs a permission once data access has ended, though the token lives on."""
    ends = data_access_ends(call.scene.settings, call.scene.world, call.token)
    if need is not None and ends is not None and call.now >= ends:
        raise refusal(10)


def check_page(call: GraphCall, route: Route) -> None:
    """Refuse what the Page does not lead to under Facebook Login, and what its tasks do not allow."""
    page = call.scene.settings.page
    if call.login is not LoginType.FACEBOOK or page == "linked":
        return
    is_cut_off = page != "no_task" and route.node not in _APART
    if is_cut_off or (page == "none" and route.node == "page"):
        raise not_found(call.arrival.segments[0], call.arrival.method.lower())
    if page == "no_task" and route.need is Permission.PUBLISH and route.method == "POST":
        raise refusal(10)


_HOUR_S = 3600.0
_SECOND_S = 1.0
# Rate Limiting: 200 calls times users in a rolling hour per app, as platform limit rather than BUC.
_DISCOVERY_EACH = 200
# Rate Limiting, messaging: calls a second per account, and private replies an hour for posts and reels.
_CONVERSATIONS, _TEXTS, _RECORDINGS, _PRIVATE_REPLIES = 2, 100, 10, 750
# Codes that are inferred: the page names the limits but no error for them.
_APP, _CUSTOM = 4, 613


def count_discovery(call: GraphCall) -> None:
    """Count a call on other accounts or hashtags: 200 an hour times the accounts of the app."""
    most = _DISCOVERY_EACH * len(call.scene.world.accounts)
    _count(call, "discovery", most, _HOUR_S, _APP)


def count_conversations(call: GraphCall) -> None:
    """Count a read of conversations: 2 a second."""
    _count(call, f"conversations {call.account.id}", _CONVERSATIONS, _SECOND_S, _CUSTOM)


def count_message(call: GraphCall, *, is_recording: bool, is_private_reply: bool) -> None:
    """Count a message: 100 a second, 10 with sound or video, 750 private replies an hour."""
    name = "recordings" if is_recording else "texts"
    most = _RECORDINGS if is_recording else _TEXTS
    _count(call, f"{name} {call.account.id}", most, _SECOND_S, _CUSTOM)
    if is_private_reply:
        _count(call, f"private {call.account.id}", _PRIVATE_REPLIES, _HOUR_S, _CUSTOM)


def _count(call: GraphCall, name: str, most: int, window_s: float, code: int) -> None:
    scene = call.scene
    if scene.settings.short_limits and not scene.allowances.take(name, most, window_s, call.now):
        raise refusal(code)
