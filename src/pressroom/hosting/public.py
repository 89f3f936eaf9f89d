"""Refuses addresses that Meta could never fetch, without any request."""

from pressroom.core.account import Account
from pressroom.core.address import shown
from pressroom.core.errors import Refused
from pressroom.core.internet import unreachable_reason


def require_public(url: str, account: Account) -> None:
    """Raise Refused for a URL that Meta could never fetch; anything is allowed for a sandbox."""
    if not account.is_real:
        return
    reason = unreachable_reason(url)
    if reason is None:
        return
    raise Refused(
        f"Instagram cannot fetch {shown(url)}: {reason}.",
        rule="public_url",
        value=shown(url),
        limit="an http(s) address on the internet",
        fix="Give the file itself, or an address that opens from anywhere without signing in.",
    )
