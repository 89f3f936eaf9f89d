"""Logins and apps as the store keeps them, with an account's pauses and what is left of its quota."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from pressroom.core.account import AccountId, account_id
from pressroom.core.actor import ActorId
from pressroom.core.errors import GraphError
from pressroom.graph.error_table import Retry, find
from pressroom.graph.hosts import LoginType
from pressroom.graph.ids import UserId

# A real time, so that comparisons need no special case; the largest year that datetime has.
UNTIL_RESUMED = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of a pause that only a person can end."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Why an account starts nothing new, and until when.

    by, at: who paused it, and when. Without them Pressroom did so itself, after an error of Instagram's with
    that code and subcode; both kinds may hold at once.
    """

    until: datetime
    reason: str
    by: ActorId | None = None
    at: datetime | None = None
    code: int | None = None
    subcode: int | None = None

    @classmethod
    def after(cls, error: GraphError, until: datetime) -> "Pause":
        """Build the pause that an error of Instagram's causes."""
        return cls(until, str(error), code=error.body.code, subcode=error.body.error_subcode)


def is_of_token(pause: Pause) -> bool:
    """Return whether an account is paused because Instagram refused its token."""
    if pause.code is None or pause.until != UNTIL_RESUMED:
        return False
    row = find(pause.code, pause.subcode)
    return row is not None and row.retry is Retry.AFTER_SIGN_IN


class PausedAccount(NamedTuple):
    """A pause in force. account: the name people use for it."""

    account: str
    pause: Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginDetails:
    """What Instagram said of a login when it was made.

    permissions: the names of those granted; None when that was not told, as of a pasted token of Instagram
    Login. never_ends: the token has no end. data_access_expires_at: when Facebook Login stops giving data,
    though the token lives on.
    """

    username: str | None = None
    account_type: str | None = None
    permissions: tuple[str, ...] | None = None
    # Facebook Login keeps the Page's own token, so that no person has to come back every 60 days.
    never_ends: bool = False
    data_access_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredApp:
    """An app of the person's own, which asks for consent. Its secret is sealed by the vault.

    login_type: Instagram Login has an id and a secret of its own; those of the Meta app serve the others.
    place: `instagram`, or the host of a base that is not Meta's. redirect_uri: the one used last.
    """

    login_type: LoginType
    place: str
    app_id: str
    # Sealed for this purpose alone, so that it opens as no token: docs/decisions/0021.
    sealed_secret: bytes = field(repr=False)
    redirect_uri: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    """A login as stored, its token sealed by the vault.

    name: a line of at most 64 characters without `@`. pause: by an error of Instagram's, even an expired one.
    timezone: the IANA zone times are shown in. token_expires_at: None when Meta did not say.
    """

    name: str
    user_id: UserId
    login_type: LoginType
    api_base: str
    version: str
    timezone: str = "UTC"
    sealed_token: bytes = field(repr=False)
    token_obtained_at: datetime
    token_expires_at: datetime | None = None
    token_refreshed_at: datetime | None = None
    pause: Pause | None = None
    pause_by_hand: Pause | None = None
    is_default: bool = False
    details: LoginDetails = LoginDetails()

    @property
    def account(self) -> AccountId:
        """The account it signs in to."""
        return account_id(self.user_id, self.api_base)

    @property
    def access_ends_at(self) -> datetime | None:
        """When it stops working: the token ends, or Facebook Login stops giving data; None if unknown."""
        ends = (self.token_expires_at, self.details.data_access_expires_at)
        return min((end for end in ends if end is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewedToken:
    """The result of a token refresh, sealed by the vault. details: None leaves the login's as they are."""

    sealed_token: bytes = field(repr=False)
    refreshed_at: datetime
    expires_at: datetime | None
    details: LoginDetails | None = None


class Spending(StrEnum):
    """What Instagram counts over the last 24 hours."""

    CONTAINER = "container"  # 400 a day, as documented (Content Publishing, Limitations)
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaReading:
    """Instagram's reading of an account's publishing quota, in posts."""

    total: int | None  # read, never assumed: Meta's own pages say 50 and 100
    usage: int | None
    read_at: datetime
