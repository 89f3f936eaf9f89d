"""Signs accounts in: by a token, or by a person's consent in the browser; and renews their tokens."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
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
from pressroom.core.journal import FieldChange, JournalEvent, SubjectKind
from pressroom.core.post import DEFAULT_ACCOUNT, WAITING_STATES
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.core.settings import API_BASE, API_VERSION, user_id_from_environment
from pressroom.graph.capabilities import Capability, is_offered, logins_with
from pressroom.graph.hosts import LoginType, logins_of_base
from pressroom.graph.permissions import Granted, Permission, granted_among
from pressroom.insights.report.languages import require_language
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
        return await self._signing_in.answer_consent(self.asking, await self._address())


class SigningIn:
    """Use-cases of signing in: by a token, or a person's consent in the browser; and of renewing tokens."""

    _resources: Resources
    _gate: Gate

    async def sign_in(
        self,
        name: str,
        account: Account,
        *,
        timezone: str | None,
        is_default: bool,
        language: str | None = None,
    ) -> SignedIn:
        """Store an account whose token works, and end its pause.

        Tries to renew the token, since only a renewal tells when it ends.

        timezone, language: None keeps the stored one. Raises GraphError for a token that does not work,
        SettingRefused for one of another account, SignInRequired where its Pages lead to none, Refused for an
        unknown language, NeedsApproval for a program.
        """
        await self._require_person()
        # Before the token is tried, which may renew it.
        language = language and require_language(language)
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
            next(iter(result.accounts)),
            name=name,
            timezone=timezone,
            language=language,
            is_default=is_default,
        )

    async def find(self, token: Secret, *, login_type: LoginType | None = None) -> Found:
        """Find the accounts that a token is good for; nothing is stored.

        Its first letters tell the login type; where they do not, each of Meta's hosts is asked. A short-lived
        token is exchanged where the app's secret is known. login_type: None where nobody said it.

        Raises SignInRequired where no account is found, GraphError, SettingRefused, NeedsApproval for a
        program.
        """
        await self._require_person()
        account = await account_of_token(
            token,
            api_base=self._chosen_base(),
            version=self._version,
            open_client=self._resources.client,
            login_type=login_type,
            user_id=user_id_from_environment(self._resources.environ),
        )
        return await self._found_by(account)

    async def ask_consent(
        self,
        login_type: LoginType,
        app: App,
        *,
        redirect_uri: str,
        permissions: Sequence[Permission] | None = None,
    ) -> Asking:
        """Make the question that a person answers at `asking.address`.

        redirect_uri: registered for the app, byte for byte. permissions: None for those that Pressroom uses.

        Raises Refused, SettingRefused, NeedsApproval for a program.
        """
        await self._require_person()
        return ask(
            login_type,
            api_base=self._base_for(login_type),
            version=self._version,
            app=app,
            redirect_uri=redirect_uri,
            permissions=permissions,
        )

    async def answer_consent(self, asking: Asking, address: str) -> Found:
        """Find the accounts of a person who allowed the access, and keep the app, its secret sealed.

        address: the one that the browser ended at. Its code works once. No account is stored.

        Raises Refused for what is no answer to the question, SignInRequired where the access was not allowed
        or no account is found, GraphError, TransportError.
        """
        await self._require_person()
        code = code_in(asking, address)
        new = await token_for(asking, code, self._resources.client)
        # Only now: the exchange has shown that id and secret belong together and the redirect URI is theirs.
        vault, store = await self._resources.vault(), await self._resources.store()
        app = App(asking.app.app_id, asking.app.secret, asking.redirect_uri)
        await store.run(vault.keep_app, app, asking.login_type, asking.api_base)
        user_id = user_id_from_environment(self._resources.environ)
        new = replace(new, account=replace(new.account, user_id=user_id))
        return await self._found(new, asking.app, renews=False)

    @asynccontextmanager
    async def ask_on_loopback(
        self,
        login_type: LoginType,
        app: App,
        *,
        permissions: Sequence[Permission] | None = None,
        port: int = LOOPBACK_PORT,
        is_https: bool = False,
    ) -> AsyncGenerator[PendingConsent]:
        """Ask as `ask_consent` does, and listen on this machine for the answer: `await pending.answer()`.

        port: `http://localhost:PORT/callback` has to be registered for the app; Facebook Login takes it in
        development. is_https: the same by https, with a throw-away certificate that the browser warns of.

        Raises as `ask_consent` does, SettingRefused for a port that is taken.
        """
        from pressroom.accounts.signing_in.listener import receiving  # noqa: PLC0415  # loads a server

        # Before the port is opened, so that a program opens none.
        await self._require_person()
        async with receiving(port, is_https=is_https) as redirects:
            asking = await self.ask_consent(
                login_type, app, redirect_uri=redirects.redirect_uri, permissions=permissions
            )
            redirects.expect(asking.state)
            yield PendingConsent(asking, redirects.address, self)

    def opening(self, asking: Asking) -> AbstractAsyncContextManager[str]:
        """Serve an address on this machine that leads to `asking.address`, once.

        For starting a browser, whose command line every user of this machine can read.
        """
        from pressroom.accounts.signing_in.listener import leading_to  # noqa: PLC0415  # loads a server

        return leading_to(asking.address)

    async def app(self, login_type: LoginType, *, api_base: str | None = None) -> App | None:
        """Return the app of a login: the environment's, else the one kept; None without either.

        api_base: None for the environment's, else Meta's.
        """
        # Whoever names an app by the environment means that one, whatever was kept before.
        own = self._resources.settings.app(login_type)
        if own is not None or not self._resources.has_store:
            return own
        vault, store = await self._resources.vault(), await self._resources.store()
        try:
            return await store.run(vault.app, login_type, api_base or self._base_for(login_type))
        except SignInRequired as error:
            # The kept app only spares a question: without it the secret is asked for again.
            log.warning("the kept app cannot be used: %s", error.message)
            return None

    async def keep(
        self,
        found: FoundAccount,
        *,
        name: str | None = None,
        timezone: str | None = None,
        language: str | None = None,
        is_default: bool = False,
    ) -> SignedIn:
        """Store an account that was found, and end its pause.

        name: None for the one it had before, else `default` for the first account and its username for
        others. timezone, language: None keeps the stored one. Raises Refused for an unknown language,
        NeedsApproval for a program.
        """
        await self._require_person()
        language = language and require_language(language)
        store, vault = await self._resources.store(), await self._resources.vault()
        logins = {login.name: login for login in await store.run(store.accounts.list)}
        name = name if name is not None else _name_for(found, logins)
        before = logins.get(name)
        await store.run(
            vault.keep,
            name,
            found.account,
            obtained_at=self._now,
            expires_at=found.expires_at,
            timezone=timezone or (before.timezone if before else "UTC"),
            language=language or (before.language if before else None),
            is_default=is_default or not logins or (before is not None and before.is_default),
            details=found.details,
        )
        # A token that ended has paused the account until a person acts, and this sign-in is that act.
        await store.run(store.accounts.resume, name)
        stored = await store.run(store.accounts.get, name)
        event = JournalEvent(
            subject_id=stored.account,
            subject_kind=SubjectKind.ACCOUNT,
            at=self._now,
            step="signed_in",
            actor=(await self._gate.actor()).id,
            changes=(FieldChange(name="login", before=before and before.name, after=name),),
        )
        await store.run(store.events.append, event)
        # Another login of the same user still publishes the posts that wait, so none is left behind.
        left, accounts = 0, {login.account for login in await store.run(store.accounts.list)}
        if before and before.account not in accounts:
            counts = await store.run(store.posts.counts, before.account)
            left = sum(counts.get(state, 0) for state in WAITING_STATES)
        return SignedIn(stored, found.details.username, left, warning(stored, self._now))

    async def permissions(self, name: str) -> tuple[Granted, ...]:
        """Return which of the permissions that Pressroom uses a login has; those not told are None.

        Asks Facebook for its logins; of Instagram Login it is what the sign-in told. Raises NotFound,
        SignInRequired, TransportError.
        """
        store, vault = await self._resources.store(), await self._resources.vault()
        stored = await store.run(store.accounts.get, name)
        # Instagram Login tells what was granted at the sign-in alone; Facebook tells it at any time.
        granted = stored.details.permissions
        if stored.login_type is not LoginType.INSTAGRAM:
            client = self._resources.client(await store.run(vault.account, name))
            granted = await permissions_of(client, await token_info(client, None)) or granted
        return granted_among(stored.login_type, granted)

    async def refresh(self, name: str) -> StoredAccount:
        """Renew a token, and return the login with its new end.

        Raises NotFound, SignInRequired for a token of a login that renews none, Refused for one that is too
        young, BeingRenewed while a worker renews it, GraphError.
        """
        store, vault = await self._resources.store(), await self._resources.vault()
        stored = await store.run(store.accounts.get, name)
        if not is_offered(stored.login_type, Capability.TOKEN_RENEWAL):
            able = " or ".join(login.label for login in logins_with(Capability.TOKEN_RENEWAL))
            raise SignInRequired(
                f"A token of {stored.login_type.label} cannot be renewed, as one of {able} can.",
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
        client = self._resources.client
        keeper = TokenKeeper(store=store, vault=vault, clock=self._resources.clock, client=client)
        if await keeper.renew(stored.name) is None:
            raise BeingRenewed("A worker renews the token at this moment.", fix="Wait for it.")
        return await store.run(store.accounts.get, name)

    async def _found_by(self, account: Account, *, is_exact: bool = False) -> Found:
        app = await self.app(account.login_type, api_base=account.api_base)
        return await self._found(NewToken(account=account, is_exact=is_exact), app)

    async def _found(self, new: NewToken, app: App | None, *, renews: bool = True) -> Found:
        client, now = self._resources.client, self._now
        result = await found_by(new, app=app, open_client=client, now=now, renews=renews)
        return result.require_any()

    async def _require_person(self) -> None:
        await self._gate.require_person("Only a person signs an account in.")

    def _chosen_base(self) -> str | None:
        """Return the base that the environment names; None where it names none."""
        is_set = bool(self._resources.environ.get(API_BASE.name, "").strip())
        return API_BASE.read(self._resources.environ)[0] if is_set else None

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
        _, in_base = API_BASE.read(self._resources.environ)
        return API_VERSION.read(self._resources.environ, otherwise=in_base)

    @property
    def _now(self) -> datetime:
        return self._resources.clock.now()


def _name_for(candidate: FoundAccount, logins: Mapping[str, StoredAccount]) -> str:
    """Return the name of a new login: `default` for the first, else the username, numbered if it is taken.

    An account that is signed in already, by the same login type, keeps its login's name.
    """
    kind = candidate.account.login_type
    for login in logins.values():
        if login.account == candidate.account.key and login.login_type is kind:
            return login.name
    wanted = (candidate.details.username or candidate.account.user_id) if logins else DEFAULT_ACCOUNT
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(name for name in names if name not in logins)
