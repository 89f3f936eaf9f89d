"""The protocol for logins in the store and the accounts that they sign in to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pressroom.core.account import AccountId, account_id
from pressroom.core.pauses import Pause, Pauses
from pressroom.graph.hosts import LoginType
from pressroom.graph.ids import UserId


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
        return min((one for one in ends if one is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewedToken:
    """The result of a token refresh, sealed by the vault. details: None leaves the login's as they are."""

    sealed_token: bytes = field(repr=False)
    refreshed_at: datetime
    expires_at: datetime | None
    details: LoginDetails | None = None


class Accounts(Pauses, Protocol):
    """The accounts that posts are published as, and their logins.

    `who` names an account by its id, its user id on Instagram, or the name of one of its logins. An unknown
    name stands for itself: a post may be planned for an account before anybody signs in.
    """

    def put(self, account: StoredAccount) -> None:
        """Store a bundle, replacing the one of that name. The pauses of its account stay.

        What was stored under the name before anybody signed in, and under the account's aliases, becomes the
        account's. A refresh of the replaced token that is under way stores nothing. A default replaces the
        earlier default. Raises Refused for an invalid name.
        """
        ...

    def get(self, who: str) -> StoredAccount:
        """Return the bundle of a name, else the one an account uses: the default one, else the first.

        Raises NotFound when nobody is signed in.
        """
        ...

    def list(self) -> tuple[StoredAccount, ...]:
        """Return all bundles by name."""
        ...

    def ids(self) -> "tuple[AccountId, ...]":
        """Return the id of each account that something is stored of; a name nobody signed in under, too."""
        ...

    def remove(self, name: str) -> bool:
        """Delete a bundle with its token; its posts stay. False when there was none."""
        ...

    def known(self, asked: AccountId) -> AccountId | None:
        """Return the account that an id is an alias of (`learn`), or that has a login; else None."""
        ...

    def learn(self, account: AccountId, aliases: "Sequence[AccountId]") -> None:
        """Store an account's aliases, and merge what was stored under them into it."""
        ...

    def reserve_slot(self, who: str, *, not_before: datetime, gap_s: float) -> datetime:
        """Reserve the account's next time to publish: at least `gap_s` after the last reserved one."""
        ...

    def put_app(self, app: StoredApp) -> None:
        """Store an app, replacing the one of that login type and place."""
        ...

    def app(self, login_type: LoginType, place: str) -> StoredApp | None:
        """Return an app; None where there is none."""
        ...

    def apps(self) -> "tuple[StoredApp, ...]":
        """Return every app."""
        ...

    def choose_default(self, name: str) -> None:
        """Make a login the default one. Raises NotFound."""
        ...

    def set_timezone(self, name: str, timezone: str) -> None:
        """Change the zone that a login's times are shown in. Raises NotFound."""
        ...

    def begin_refresh(self, name: str, worker: str, *, lease_s: float) -> StoredAccount | None:
        """Take the lease for refreshing a token and return the bundle; None when another worker has it."""
        ...

    def end_refresh(self, name: str, worker: str, renewed: RenewedToken | None = None) -> None:
        """Release the lease and store what was renewed; does nothing when the worker has lost the lease."""
        ...
