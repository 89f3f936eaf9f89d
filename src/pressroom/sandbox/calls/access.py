"""Checks what stands between a token that is valid and its account: the account's role in the app.

Source: public reports of what live clients met; Meta documents none of the answers.
"""

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.state.things import Account
from pressroom.sandbox.wire.refusals import GraphRefusal

_CODE, _TYPE = 100, "IGApiException"


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
