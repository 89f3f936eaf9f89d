"""Accounts with their tokens: sealed in the store, open only in memory, refreshed by one worker at a time."""

import contextlib
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from pressroom.accounts.keys import Keyring, master_keys, system_keyring
from pressroom.accounts.sealing import Holder, Seal
from pressroom.core.account import Account, App, account_id, kind_of_app, place_of
from pressroom.core.errors import SignInRequired
from pressroom.core.post import Post
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.core.stored_accounts import LoginDetails, RenewedToken, StoredAccount, StoredApp
from pressroom.graph.hosts import LoginType
from pressroom.graph.ids import ME

if TYPE_CHECKING:
    from pressroom.store.store import Store

# Longer than the refresh call may take; a worker that died blocks the next one this long.
_REFRESH_LEASE_S = 120.0


@dataclass(slots=True)
class Refresh:
    """A token that only this worker may refresh now. `stored` has its age."""

    stored: StoredAccount
    account: Account
    _renewed: tuple[Secret, datetime, datetime | None] | None = None
    _permissions: tuple[str, ...] | None = None

    def renewed(
        self,
        token: Secret,
        *,
        at: datetime,
        expires_at: datetime | None,
        permissions: tuple[str, ...] | None = None,
    ) -> None:
        """Set the new token, which is stored when the block ends, even if it raises.

        permissions: those that Instagram told with it; None leaves what is known of the login.
        """
        self._renewed, self._permissions = (token, at, expires_at), permissions

    def sealed_with(self, seal: Seal) -> RenewedToken | None:
        """Return the sealed new token; None when there is none."""
        if self._renewed is None:
            return None
        token, at, expires_at = self._renewed
        sealed = seal.seal(_holder(self.stored), token)
        told = self._permissions
        details = replace(self.stored.details, permissions=told) if told else None
        return RenewedToken(sealed_token=sealed, refreshed_at=at, expires_at=expires_at, details=details)


class Vault:
    """Stores accounts. Its methods block, as the store's do; call them through `Store.run`."""

    def __init__(self, store: "Store", seal: Seal) -> None:
        self._store = store
        self._seal = seal

    def keep(
        self,
        name: str,
        account: Account,
        *,
        obtained_at: datetime,
        expires_at: datetime | None = None,
        timezone: str = "UTC",
        is_default: bool = False,
        details: LoginDetails | None = None,
    ) -> None:
        """Store a login under a name, replacing the login of that name.

        expires_at: when the token expires; None if unknown or never. timezone: IANA zone its times are shown
        in.
        """
        self._store.accounts.put(
            StoredAccount(
                name=name,
                user_id=account.user,
                login_type=account.login_type,
                api_base=account.api_base,
                version=account.version,
                timezone=timezone,
                sealed_token=self._seal.seal(Holder(name, account.user_id, account.api_base), account.token),
                token_obtained_at=obtained_at,
                token_expires_at=expires_at,
                is_default=is_default,
                details=details or LoginDetails(),
            )
        )
        # Processes with this token and no INSTAGRAM_USER_ID know the account by this alias.
        user = account_id(account.user_id, account.api_base)
        self._store.accounts.learn(user, [replace(account, user_id=ME).key])

    def keep_app(self, app: App, login_type: LoginType, api_base: str) -> None:
        """Store an app, replacing the one that served the login on this Instagram."""
        kind, place = kind_of_app(login_type), place_of(api_base)
        self._store.accounts.put_app(
            StoredApp(
                login_type=kind,
                place=place,
                app_id=app.app_id,
                sealed_secret=self._seal.seal(_holder_of_app(app.app_id, kind, place), app.secret),
                redirect_uri=app.redirect_uri,
            )
        )

    def app(self, login_type: LoginType, api_base: str) -> App | None:
        """Return the app that serves a login; None where there is none.

        Raises SignInRequired for a secret sealed with an unknown key.
        """
        stored = self._store.accounts.app(kind_of_app(login_type), place_of(api_base))
        if stored is None:
            return None
        return App(stored.app_id, self._secret_of(stored), stored.redirect_uri)

    def _secret_of(self, app: StoredApp) -> Secret:
        return self._seal.open(_holder_of_app(app.app_id, app.login_type, app.place), app.sealed_secret)

    def account(self, who: str) -> Account:
        """Return an account with its token, by a login's name or an account id.

        Raises NotFound, and SignInRequired for a token sealed with an unknown key.
        """
        return self._open(self._store.accounts.get(who))

    def account_of(self, post: Post) -> Account:
        """Return the account of a post, by the login it was planned under or another one of the account.

        Raises NotFound, SignInRequired. A login name that belongs to another account by now is not used.
        """
        stored = self._store.accounts.get(post.login or post.account)
        if stored.account != post.account:
            stored = self._store.accounts.get(post.account)
        if stored.account != post.account:  # the name is being reassigned right now
            raise SignInRequired(
                f"Who {stored.name!r} is has just changed.", fix="Nothing: the post is looked at again."
            )
        return self._open(stored)

    def reseal(self) -> int:
        """Seal what earlier keys sealed with the one in use; returns how many tokens.

        Skips a token that is being refreshed, and an app whose key is gone: its secret is asked for again.
        """
        for app in self._store.accounts.apps():
            self._reseal_app(app)
        old = [one for one in self._store.accounts.list() if not self._seal.is_current(one.sealed_token)]
        return sum(self._reseal(stored.name) for stored in old)

    def _reseal_app(self, app: StoredApp) -> None:
        if self._seal.is_current(app.sealed_secret):
            return
        with contextlib.suppress(SignInRequired):
            secret = self._secret_of(app)
            holder = _holder_of_app(app.app_id, app.login_type, app.place)
            self._store.accounts.put_app(replace(app, sealed_secret=self._seal.seal(holder, secret)))

    def _reseal(self, name: str) -> bool:
        accounts, worker = self._store.accounts, uuid.uuid4().hex
        # Under the refresh lease: a refresh in between would be overwritten with the old token.
        held = accounts.begin_refresh(name, worker, lease_s=_REFRESH_LEASE_S)
        if held is None:
            return False
        same: RenewedToken | None = None
        try:
            same = RenewedToken(
                sealed_token=self._seal.seal(_holder(held), self._open(held).token),
                refreshed_at=held.token_refreshed_at or held.token_obtained_at,
                expires_at=held.token_expires_at,
            )
        finally:
            accounts.end_refresh(name, worker, same)
        return True

    @asynccontextmanager
    async def refreshing(self, name: str) -> AsyncGenerator[Refresh | None]:
        """Hold the lease for refreshing a token; yields None when another worker has it.

        The lease lasts two minutes, so the call for a new token must be shorter.
        """
        accounts, worker = self._store.accounts, uuid.uuid4().hex
        stored = await self._store.run(accounts.begin_refresh, name, worker, lease_s=_REFRESH_LEASE_S)
        if stored is None:
            yield None
            return
        refresh: Refresh | None = None
        try:
            refresh = Refresh(stored, self._open(stored))
            yield refresh
        finally:
            # Even if the block raised: Instagram may return a new token only once.
            renewed = refresh.sealed_with(self._seal) if refresh else None
            await self._store.run(accounts.end_refresh, name, worker, renewed)

    def _open(self, stored: StoredAccount) -> Account:
        return Account(
            token=self._seal.open(_holder(stored), stored.sealed_token),
            user_id=stored.user_id,
            login_type=stored.login_type,
            api_base=stored.api_base,
            version=stored.version,
        )


def _holder_of_app(app_id: str, kind: LoginType, place: str) -> Holder:
    return Holder(f"app {app_id}", app_id, place, purpose=b"pressroom app 1 " + kind.encode())


def _holder(stored: StoredAccount) -> Holder:
    return Holder(stored.name, stored.user_id, stored.api_base)


def open_vault(store: "Store", settings: Settings, *, keyring: Keyring | None = None) -> Vault:
    """Open the vault over a store. keyring: None for the system's.

    Raises SettingRefused for a key that cannot be used.
    """
    keys = master_keys(settings, keyring or (system_keyring() if settings.key is None else None))
    return Vault(store, Seal(keys))
