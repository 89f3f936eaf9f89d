"""Signs accounts in: by a token, or by a person's consent in the browser; and renews their tokens."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Final

from pressroom.accounts.signing_in.asking import Asking, NewToken, ask, code_in, token_for
from pressroom.accounts.signing_in.finding import (
    Found,
    FoundAccount,
    account_of_token,
    found_by,
    permissions_of,
    token_info,
)
from pressroom.accounts.tokens import YOUNGEST_TO_RENEW, TokenKeeper, warning
from pressroom.core.account import Account, App, StoredAccount
from pressroom.core.errors import PressroomError, Refused, SettingRefused, SignInRequired
from pressroom.core.post import DEFAULT_ACCOUNT, WAITING_STATES
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.core.settings import API_BASE, API_VERSION, user_id_from_environment
from pressroom.graph.capabilities import Capability, is_offered, logins_with
from pressroom.graph.hosts import LoginType, logins_of_base
from pressroom.graph.permissions import Granted, Permission, granted_among
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.resources import Resources

log: Final = logging.getLogger("pressroom.service")

LOOPBACK_PORT = 8765


class BeingRenewed(PressroomError):
    """A worker is renewing the token right now."""

    code: int | str | None = "being_renewed"
    retryable = True


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account that was stored. username: None when Instagram did not say.

    left: number of posts that wait for the account which had this name before, until somebody signs in to it.
    warning: that the login stops working soon, or already has.
    """

    stored: StoredAccount
    username: str | None
    left: int = 0
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class PendingConsent:
    """A question whose answer comes to a listener on this machine."""

    asking: Asking
    _address: Callable[[], Awaitable[str]]
    _signing_in: "SigningIn"

    async def answer(self) -> Found:
        """Wait for the person, and find the accounts. Raises as `AccountService.answer_consent` does."""
        return await self._signing_in.answer(self.asking, await self._address())


@dataclass(frozen=True, slots=True)
class SigningIn:
    """Finds accounts for a token or a consent, and stores those that a person wants."""

    resources: Resources
    gate: Gate

    async def by_account(
        self, name: str, account: Account, *, timezone: str | None, is_default: bool
    ) -> SignedIn:
        """Store an account whose token works, and end its pause."""
        await self._require_person()
        result = await self._found_by(account, is_exact=True)
        if len(result.accounts) > 1:
            several = ", ".join(f"{each.account.user_id} of Page {each.page}" for each in result.accounts)
            raise SettingRefused(
                f"The token's Pages have several Instagram accounts: {several}.",
                rule="user_id",
                limit="one account",
                fix="Set INSTAGRAM_USER_ID to the one that is meant.",
            )
        return await self.keep(
            next(iter(result.accounts)), name=name, timezone=timezone, is_default=is_default
        )

    async def by_token(self, token: Secret, login_type: LoginType | None) -> Found:
        """Find the accounts that a token is good for."""
        await self._require_person()
        account = await account_of_token(
            token,
            api_base=self._chosen_base(),
            version=self._version,
            open_client=self.resources.client,
            login_type=login_type,
            user_id=user_id_from_environment(self.resources.environ),
        )
        return await self._found_by(account)

    async def ask(
        self,
        login_type: LoginType,
        app: App,
        redirect_uri: str,
        permissions: Sequence[Permission] | None,
    ) -> Asking:
        """Make the question that a person answers in the browser."""
        await self._require_person()
        return ask(
            login_type,
            api_base=self._base_for(login_type),
            version=self._version,
            app=app,
            redirect_uri=redirect_uri,
            permissions=permissions,
        )

    async def answer(self, asking: Asking, address: str) -> Found:
        """Find the accounts that a person let the app act for, by the address that the browser ended at."""
        await self._require_person()
        code = code_in(asking, address)
        new = await token_for(asking, code, self.resources.client)
        # Only now: the exchange has shown that id and secret belong together and the redirect URI is theirs.
        vault, store = await self.resources.vault(), await self.resources.store()
        app = App(asking.app.app_id, asking.app.secret, asking.redirect_uri)
        await store.run(vault.keep_app, app, asking.login_type, asking.api_base)
        user_id = user_id_from_environment(self.resources.environ)
        new = replace(new, account=replace(new.account, user_id=user_id))
        return await self._found(new, asking.app, renews=False)

    @asynccontextmanager
    async def on_loopback(
        self,
        login_type: LoginType,
        app: App,
        permissions: Sequence[Permission] | None,
        *,
        port: int,
        is_https: bool,
    ) -> AsyncGenerator[PendingConsent]:
        """Listen for the answer on this machine while the block runs."""
        from pressroom.accounts.signing_in.listener import receiving  # noqa: PLC0415  # loads a server

        await self._require_person()
        async with receiving(port, is_https=is_https) as redirects:
            asking = await self.ask(login_type, app, redirects.redirect_uri, permissions)
            redirects.expect(asking.state)
            yield PendingConsent(asking, redirects.address, self)

    async def app(self, login_type: LoginType, api_base: str | None = None) -> App | None:
        """Return the app of a login: the environment's, else the one kept; None without either."""
        # Whoever names an app by the environment means that one, whatever was kept before.
        own = self.resources.settings.app(login_type)
        if own is not None or not self.resources.has_store:
            return own
        vault, store = await self.resources.vault(), await self.resources.store()
        try:
            return await store.run(vault.app, login_type, api_base or self._base_for(login_type))
        except SignInRequired as error:
            # Its secret is asked for again: a sign-in must not fail by what only spares a question.
            log.warning("the kept app cannot be used: %s", error.message)
            return None

    async def keep(
        self, candidate: FoundAccount, *, name: str | None, timezone: str | None, is_default: bool
    ) -> SignedIn:
        """Store an account that was found, and end its pause. name: None for one that fits."""
        await self._require_person()
        store, vault = await self.resources.store(), await self.resources.vault()
        logins = {login.name: login for login in await store.run(store.accounts.list)}
        name = name if name is not None else _name_for(candidate, logins)
        before = logins.get(name)
        await store.run(
            vault.keep,
            name,
            candidate.account,
            obtained_at=self._now,
            expires_at=candidate.expires_at,
            timezone=timezone or (before.timezone if before else "UTC"),
            is_default=is_default or not logins or (before is not None and before.is_default),
            details=candidate.details,
        )
        # A token that ended has paused the account until a person acts, and this sign-in is that act.
        await store.run(store.accounts.resume, name)
        stored = await store.run(store.accounts.get, name)
        # Another login of the same user still publishes the posts that wait, so none is left behind.
        left, accounts = 0, {login.account for login in await store.run(store.accounts.list)}
        if before and before.account not in accounts:
            counts = await store.run(store.posts.counts, before.account)
            left = sum(counts.get(state, 0) for state in WAITING_STATES)
        return SignedIn(stored, candidate.details.username, left, warning(stored, self._now))

    async def permissions(self, name: str) -> tuple[Granted, ...]:
        """Return which of the permissions that Pressroom uses a login has."""
        store, vault = await self.resources.store(), await self.resources.vault()
        stored = await store.run(store.accounts.get, name)
        # Instagram Login tells what was granted at the sign-in alone; Facebook tells it at any time.
        granted = stored.details.permissions
        if stored.login_type is not LoginType.INSTAGRAM:
            client = self.resources.client(await store.run(vault.account, name))
            granted = await permissions_of(client, await token_info(client, None)) or granted
        return granted_among(stored.login_type, granted)

    async def renew(self, name: str) -> StoredAccount:
        """Renew a token, and return the login with its new end."""
        store, vault = await self.resources.store(), await self.resources.vault()
        stored = await store.run(store.accounts.get, name)
        self._require_renewable(stored)
        client = self.resources.client
        keeper = TokenKeeper(store=store, vault=vault, clock=self.resources.clock, client=client)
        if await keeper.renew(stored.name) is None:
            raise BeingRenewed("A worker renews the token at this moment.", fix="Wait for it.")
        return await store.run(store.accounts.get, name)

    def _require_renewable(self, stored: StoredAccount) -> None:
        if not is_offered(stored.login_type, Capability.TOKEN_RENEWAL):
            able = " or ".join(login.label for login in logins_with(Capability.TOKEN_RENEWAL))
            raise Refused(
                f"A token of {stored.login_type.label} cannot be renewed, as one of {able} can.",
                rule="login_type",
                value=stored.login_type,
                limit=able,
                fix=Fix.of("Sign in again: {}.", Remedy(RemedyKind.SIGN_IN, {"account": stored.name})),
            )
        age = self._now - (stored.token_refreshed_at or stored.token_obtained_at)
        if age < YOUNGEST_TO_RENEW:
            raise Refused(
                "The token is younger than a day, and Instagram renews no such token.",
                rule="token_age",
                value=f"{age.total_seconds() / 3600:.0f} hours",
                limit="24 hours",
                fix="Nothing is to be done: the worker renews it from its seventh day.",
            )

    async def _found_by(self, account: Account, *, is_exact: bool = False) -> Found:
        app = await self.app(account.login_type, account.api_base)
        return await self._found(NewToken(account=account, is_exact=is_exact), app)

    async def _found(self, new: NewToken, app: App | None, *, renews: bool = True) -> Found:
        client, now = self.resources.client, self._now
        result = await found_by(new, app=app, open_client=client, now=now, renews=renews)
        return result.require_any()

    async def _require_person(self) -> None:
        await self.gate.require_person("Only a person signs an account in.")

    def _chosen_base(self) -> str | None:
        """Return the base that the environment names; None where it names none."""
        is_set = bool(self.resources.environ.get(API_BASE.name, "").strip())
        return API_BASE.read(self.resources.environ)[0] if is_set else None

    def _base_for(self, login_type: LoginType) -> str:
        """Return the base for a login. Raises SettingRefused where the environment names another login's."""
        base = self._chosen_base()
        if base is None:
            return f"https://{login_type.host}"
        if (allowed := logins_of_base(base)) and login_type not in allowed:
            raise SettingRefused(
                f"INSTAGRAM_API_BASE is {base}, which does not serve {login_type.label}.",
                rule="INSTAGRAM_API_BASE",
                value=base,
                limit=f"https://{login_type.host}",
                fix=f"Unset it, or set INSTAGRAM_API_BASE=https://{login_type.host}.",
            )
        return base

    @property
    def _version(self) -> str:
        _, in_base = API_BASE.read(self.resources.environ)
        return API_VERSION.read(self.resources.environ, otherwise=in_base)

    @property
    def _now(self) -> datetime:
        return self.resources.clock.now()


def _name_for(candidate: FoundAccount, logins: Mapping[str, StoredAccount]) -> str:
    """Return a name that takes nothing away: the login's of before, `default` for the first, else a free one.

    A login of before is one of the same account, by the same kind of login.
    """
    kind = candidate.account.login_type
    for login in logins.values():
        if login.account == candidate.account.key and login.login_type is kind:
            return login.name
    wanted = (candidate.details.username or candidate.account.user_id) if logins else DEFAULT_ACCOUNT
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(name for name in names if name not in logins)
