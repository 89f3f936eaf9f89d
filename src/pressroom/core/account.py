"""Whom we act for: user id, login type, token, base and version belong together."""

import hashlib
from dataclasses import dataclass
from typing import NewType
from urllib.parse import urlsplit

from pressroom.core.remedies import Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.graph.hosts import DEFAULT_BASE, UPLOAD_HOST, LoginType, is_meta
from pressroom.graph.ids import ME, UserId
from pressroom.graph.versions import DEFAULT_VERSION

AccountId = NewType("AccountId", str)
"""Who an account is: `<user id>@instagram`, or `<user id>@<host>` on a base that is not Meta's.

A name that nobody signed in under yet stands for itself: it has no `@`.
"""

LONGEST_NAME = 64
_INSTAGRAM = "instagram"
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_USUAL_PORTS = {"http": 80, "https": 443}


def account_id(user_id: UserId, api_base: str) -> AccountId:
    """Identify a user. Meta's hosts are all one Instagram, whichever login is used."""
    return AccountId(f"{user_id}@{_place(api_base)}")


def is_account_id(text: str) -> bool:
    """Tell an id from a name."""
    user, at, _ = text.partition("@")
    return bool(user and at)


def is_account_name(text: str) -> bool:
    """Tell whether a login may be called so: what can be seen and typed, and is never taken for an id."""
    is_line = text.isprintable() and text == text.strip()
    return is_line and 0 < len(text) <= LONGEST_NAME and "@" not in text


def shown_account(account: str) -> str:
    """Give an account's id as people know it: on Instagram the user id alone."""
    return account.removesuffix(f"@{_INSTAGRAM}")


def sign_in(account: str) -> Remedy:
    """Say how somebody signs in to an account: under its name where it has one."""
    return Remedy(RemedyKind.SIGN_IN, {} if is_account_id(account) else {"account": account})


def _place(api_base: str) -> str:
    if is_meta(api_base):
        return _INSTAGRAM
    parts = urlsplit(api_base)
    host = parts.hostname or ""
    port = "" if parts.port in (None, _USUAL_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{'127.0.0.1' if host in _THIS_MACHINE else host}{port}{parts.path.rstrip('/')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One Instagram professional account we may act for.

    api_base: scheme, host and port, without a version or a trailing slash.
    version: spelled `v21.0`.
    """

    token: Secret
    user_id: UserId = ME
    login_type: LoginType = LoginType.INSTAGRAM
    api_base: str = DEFAULT_BASE
    version: str = DEFAULT_VERSION

    @property
    def is_real(self) -> bool:
        """Whether calls go to Meta rather than to a sandbox."""
        return is_meta(self.api_base)

    @property
    def upload_base(self) -> str:
        """Where resumable uploads go: Meta's upload host, or the sandbox itself."""
        return f"https://{UPLOAD_HOST}" if self.is_real else self.api_base

    @property
    def key(self) -> AccountId:
        """What pacing, turns and the memory of a process are held by, as far as no call is needed for it.

        For an account that is only known as the token's own it comes from the token.
        """
        if self.user_id != ME:
            return account_id(self.user_id, self.api_base)
        digest = hashlib.sha256(self.token.reveal().encode()).hexdigest()[:12]
        return account_id(UserId(f"me-{digest}"), self.api_base)
