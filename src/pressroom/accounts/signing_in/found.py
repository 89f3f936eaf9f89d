"""Accounts that a sign-in found, and links that it missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pressroom.core.account import Account
from pressroom.core.errors import SignInRequired
from pressroom.core.remedies import Fix
from pressroom.core.stored_accounts import LoginDetails
from pressroom.graph.traps import Trap


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAccount:
    """An account that the token at hand is good for; nothing is stored yet.

    account: with token and user id. expires_at: when the token ends; None where that is not known, or never
    (`details.never_ends`). page: the Facebook Page by which it was found.
    """

    account: Account
    details: LoginDetails
    expires_at: datetime | None = None
    page: str | None = None

    @property
    def shown(self) -> str:
        """The account's name for people."""
        return f"@{self.details.username}" if self.details.username else self.account.user_id


@dataclass(frozen=True, slots=True)
class MissingLink:
    """A Page by which no account can be used. page: None where the person has no Page at all."""

    page: str | None
    trap: Trap

    def __str__(self) -> str:
        return f"Page {self.page}: {self.trap.cause}" if self.page else self.trap.cause


@dataclass(frozen=True, slots=True)
class Found:
    """What a sign-in found: the accounts that can be used, and the Pages that lead to none."""

    accounts: tuple[FoundAccount, ...]
    missing: tuple[MissingLink, ...] = ()

    def require_any(self) -> "Found":
        """Return it. Raises SignInRequired that names the missing links where there is no account."""
        if self.accounts:
            return self
        raise no_accounts(self.missing)


def no_accounts(missing: Sequence[MissingLink]) -> SignInRequired:
    """Make the error of a sign-in that found no account."""
    traps = dict.fromkeys(link.trap for link in missing)
    return SignInRequired(
        f"No account was found. {' '.join(map(str, missing))}".strip(),
        fix=Fix(" Or: ".join(trap.remedy for trap in traps)),
    )
