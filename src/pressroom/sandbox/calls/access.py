"""Checks what stands between a valid token and its account: the role in the app, data access, the Page.

Source: public reports of what live clients met; Meta documents hardly any of the answers.
"""

from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.route import Route
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.state.things import Account, Token
from pressroom.sandbox.state.world import World
from pressroom.sandbox.wire.refusals import GraphRefusal, not_found, refusal

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


def role_notes(account: Account, refused: GraphRefusal) -> list[str]:
    """Say for the log that it was the role; nothing for another refusal."""
    if (refused.code, refused.meta_type) != (_CODE, _TYPE) or account.tester == "accepted":
        return []
    told = "`pressroom sandbox order roles tester=accepted` accepts it"
    return [f"@{account.username} has no accepted role in the app (tester: {account.tester}); {told}"]


def first_token_at(world: World, token: Token) -> float:
    """Give when an account's first token was made: a refreshed one is younger than the consent."""
    held = [one.created_at for one in world.tokens.values() if one.user_id == token.user_id]
    return min(held, default=token.created_at)


def data_access_ends(settings: SandboxSettings, world: World, token: Token) -> float | None:
    """Give when the app's access to the person's data ends; None: never, as under the other logins."""
    if token.login is not LoginType.FACEBOOK:
        return None
    agreed_at = world.accounts[token.user_id].agreed_at
    begun = first_token_at(world, token) if agreed_at is None else agreed_at
    return begun + settings.data_access_days * _DAY_S


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
