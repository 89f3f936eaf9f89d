"""Accounts with their tokens: sealed in the store, open only in memory, refreshed by one worker at a time.

Start at `open_vault`. `Seal` is the cryptography: AES-256-GCM, bound to host and user, with keys that can be
changed (`rotate_key`).
"""

import contextlib
import secrets
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pressroom.accounts.keys import Keyring, master_keys, new_key, replace_keys, system_keyring
from pressroom.core.account import (
    Account,
    App,
    LoginDetails,
    RenewedToken,
    StoredAccount,
    StoredApp,
    account_id,
    kind_of_app,
    place_of,
)
from pressroom.core.errors import SignInRequired
from pressroom.core.post import Post
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.answers import ME
from pressroom.graph.hosts import LoginType, is_meta

if TYPE_CHECKING:
    from pressroom.store.store import Store


# The layout: format (1 byte), key id (4), nonce (12), ciphertext with its tag.
_FORMAT, _EARLIER = b"\x02", b"\x01"
_ID_BYTES, _NONCE_BYTES = 4, 12
_NONCE_AT = len(_FORMAT) + _ID_BYTES
_TEXT_AT = _NONCE_AT + _NONCE_BYTES


_TOKEN = b"pressroom token 2"


class Holder(NamedTuple):
    """Whose token it is, and which API it is for. name: the login's name, or what it is called.

    purpose: what is sealed, so that a secret of one purpose never opens as one of another.
    """

    name: str
    user_id: str
    api_base: str
    purpose: bytes = _TOKEN


class Seal:
    """Seals with the first of its keys and opens what any of them sealed. Its repr shows no key."""

    def __init__(self, masters: Sequence[bytes]) -> None:
        """Derive the sealing keys from 32-byte master keys, the one in use first."""
        self._keys = {
            _derive(master, b"id", _ID_BYTES): AESGCM(_derive(master, b"seal")) for master in masters
        }
        self._current = next(iter(self._keys))

    def seal(self, holder: Holder, token: Secret) -> bytes:
        """Seal a token so that it opens only for this user at this base."""
        # Random: 96 bits do not repeat for the few tokens that one key ever seals.
        nonce = secrets.token_bytes(_NONCE_BYTES)
        text = self._keys[self._current].encrypt(nonce, token.reveal().encode(), _bound_to(holder, _FORMAT))
        return _FORMAT + self._current + nonce + text

    def open(self, holder: Holder, sealed: bytes) -> Secret:
        """Open a sealed token. Raises SignInRequired when it was sealed for another key, user or host."""
        kind, key = sealed[: len(_FORMAT)], self._keys.get(sealed[len(_FORMAT) : _NONCE_AT])
        if kind not in (_FORMAT, _EARLIER) or key is None:
            raise _unreadable(holder, "was sealed with another key")
        # An earlier seal names no host: whoever can write to the store could redirect the token to their own.
        if kind == _EARLIER and not is_meta(holder.api_base):
            raise _unreadable(holder, "was sealed by an earlier release, for a host that is not Meta's")
        try:
            nonce, text = sealed[_NONCE_AT:_TEXT_AT], sealed[_TEXT_AT:]
            return Secret(key.decrypt(nonce, text, _bound_to(holder, kind)).decode())
        except (InvalidTag, ValueError):
            raise _unreadable(holder, "was changed after it was sealed") from None

    def is_current(self, sealed: bytes) -> bool:
        """Return whether a token is sealed with the key in use."""
        return sealed.startswith(_FORMAT + self._current)


def _derive(master: bytes, purpose: bytes, length: int = 32) -> bytes:
    # The master key may serve other rooms too, so each purpose gets a key of its own.
    return HKDF(SHA256(), length, salt=None, info=b"pressroom tokens 1 " + purpose).derive(master)


def _bound_to(holder: Holder, kind: bytes) -> bytes:
    if kind == _EARLIER:
        return b"pressroom token 1\0" + holder.name.encode()
    # Bound to base and user id: a login's name says nothing about where a token goes, and may be reused.
    return b"\0".join((holder.purpose, holder.api_base.encode(), holder.user_id.encode()))


def _unreadable(holder: Holder, why: str) -> SignInRequired:
    if holder.purpose != _TOKEN:
        return SignInRequired(f"The stored secret of {holder.name} {why}.", fix="Give it again.")
    return SignInRequired(
        f"The stored token of {holder.name!r} {why}, so it cannot be read.",
        fix=Fix.of(
            "Add the key it was sealed with to PRESSROOM_KEY, after the one in use and a comma, or sign in "
            "again: {}.",
            Remedy(RemedyKind.SIGN_IN, {"account": holder.name}),
        ),
    )


# Longer than the refresh call may take; a worker that died blocks the next one this long.
_REFRESH_LEASE_S = 120.0


@dataclass(slots=True)
class Refresh:
    """A token that only this worker may refresh now. `stored` has its age, `result` the new one, sealed."""

    stored: StoredAccount
    account: Account
    _seal: Seal
    result: RenewedToken | None = None

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
        sealed = self._seal.seal(_holder(self.stored), token)
        details = replace(self.stored.details, permissions=permissions) if permissions else None
        self.result = RenewedToken(
            sealed_token=sealed, refreshed_at=at, expires_at=expires_at, details=details
        )


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
        language: str | None = None,
        is_default: bool = False,
        details: LoginDetails | None = None,
    ) -> None:
        """Store a login under a name, replacing the login of that name.

        expires_at: when the token expires; None if unknown or never. timezone: IANA zone its times are shown
        in. language: of its reports; None for English.
        """
        self._store.accounts.put(
            StoredAccount(
                name=name,
                user_id=account.user,
                login_type=account.login_type,
                api_base=account.api_base,
                version=account.version,
                timezone=timezone,
                language=language,
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
        holder = _holder_of_app(stored.app_id, stored.login_type, stored.place)
        return App(stored.app_id, self._seal.open(holder, stored.sealed_secret), stored.redirect_uri)

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
        """Seal what other keys sealed with the one in use, all of it or nothing; returns how many tokens.

        A token that is renewed meanwhile keeps the seal of its renewal: repeat until nothing is left. An app
        whose key is gone is skipped, since its secret is asked for again. Raises SignInRequired for a token
        that no key opens.
        """

        def token(stored: StoredAccount) -> bytes | None:
            if self._seal.is_current(stored.sealed_token):
                return None
            return self._seal.seal(_holder(stored), self._open(stored).token)

        def secret(app: StoredApp) -> bytes | None:
            holder = _holder_of_app(app.app_id, app.login_type, app.place)
            with contextlib.suppress(SignInRequired):
                if not self._seal.is_current(app.sealed_secret):
                    return self._seal.seal(holder, self._seal.open(holder, app.sealed_secret))
            return None

        return self._store.accounts.reseal(token, secret)

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
            refresh = Refresh(stored, self._open(stored), self._seal)
            yield refresh
        finally:
            # Even if the block raised: Instagram may return a new token only once.
            await self._store.run(accounts.end_refresh, name, worker, refresh.result if refresh else None)

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


def rotate_key(store: "Store", settings: Settings, *, keyring: Keyring | None = None) -> int:
    """Seal every token with another key, and return how many: the first of PRESSROOM_KEY, else a new one.

    A new one goes where the data directory's own key is, and the one before stays behind it: a program that
    is open may still seal with that. keyring: None for the system's. Raises as `Vault.reseal` and
    `replace_keys`.
    """
    keyring = keyring or (system_keyring() if settings.key is None else None)
    keys = master_keys(settings, keyring)
    if settings.key is None:
        # No key goes before everything is sealed anew: whenever this is killed, each token has its key.
        keys = (new_key(), *keys)
        replace_keys(settings, keys, keyring)
    vault, count = Vault(store, Seal(keys)), 0
    while resealed := vault.reseal():
        count += resealed
    if settings.key is None:
        replace_keys(settings, keys[:2], keyring)
    return count
