"""`AccountDesk`: signs accounts in and out of the store, and tells how their tokens stand."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pressroom.accounts.tokens import LIFE, YOUNGEST_TO_RENEW, TokenKeeper, days_left, warning
from pressroom.accounts.vault import Vault, open_vault
from pressroom.accounts.who import who
from pressroom.client.client import Client
from pressroom.client.transport_aiohttp import AiohttpTransport
from pressroom.core.account import Account
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import GraphError, NotFound, Refused, TransportError
from pressroom.core.post import Post
from pressroom.core.protocols import Transport
from pressroom.core.repositories import StoredAccount
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph import calls
from pressroom.graph.hosts import LoginType
from pressroom.service.health import WAITING
from pressroom.service.notify import would_miss
from pressroom.store.store import Store, open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a stored token stands.

    days_left: None when nobody knows. would_miss: where its end is near, the next posts due after it.
    """

    stored: StoredAccount
    days_left: int | None
    warning: str | None
    would_miss: tuple[Post, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account that was stored. username: None when Instagram did not say.

    left: posts of the account that had this name before, which wait until somebody is signed in to it again.
    """

    stored: StoredAccount
    username: str | None
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDesk:
    """The accounts of a store. transport: makes a new one; each call closes its own."""

    store: Store
    vault: Vault
    clock: Clock
    transport: Callable[[], Transport]

    async def sign_in(
        self, name: str, account: Account, *, timezone: str | None, is_default: bool
    ) -> SignedIn:
        """Store an account whose token works, and end its pause.

        timezone: None keeps what is stored. The token is renewed when Instagram lets it: that tells its end.
        Raises GraphError for a token that does not work, SettingRefused for one of another account.
        """
        async with self._client(account) as client:
            found = await who(client)
        known = {one.name: one for one in await self.store.run(self.store.accounts.list)}
        before = known.get(name)
        token, expires_at = await self._renewed(account)
        await self.store.run(
            self.vault.keep,
            name,
            replace(account, token=token, user_id=found.user_id),
            obtained_at=self.clock.now(),
            expires_at=expires_at,
            timezone=timezone or (before.timezone if before else "UTC"),
            is_default=is_default or not known or (before is not None and before.is_default),
        )
        await self.store.run(self.store.accounts.resume, name)
        stored = await self.store.run(self.store.accounts.get, name)
        left = await self._left(before) if before and before.account != stored.account else 0
        return SignedIn(stored, found.username, left)

    async def _left(self, before: StoredAccount) -> int:
        accounts = await self.store.run(self.store.accounts.list)
        if any(one.account == before.account for one in accounts):
            return 0
        counts = await self.store.run(self.store.posts.counts, before.account)
        return sum(count for state, count in counts.items() if state in WAITING)

    async def standings(self) -> tuple[Standing, ...]:
        """Tell how every token stands."""
        accounts = await self.store.run(self.store.accounts.list)
        return tuple([await self._standing(stored) for stored in accounts])

    async def refresh(self, name: str) -> datetime | None:
        """Renew a token and say when it ends now; None when a worker is at it.

        Raises NotFound, Refused for a token that cannot be renewed yet or in this way, GraphError.
        """
        stored = await self.store.run(self.store.accounts.get, name)
        self._require_renewable(stored)
        keeper = TokenKeeper(store=self.store, vault=self.vault, clock=self.clock, client=self._client)
        return await keeper.renew(stored.name)

    async def sign_out(self, name: str) -> None:
        """Forget an account's token; its posts stay. Raises NotFound."""
        if not await self.store.run(self.store.accounts.remove, name):
            raise NotFound(
                f"There is no account {name!r} in the store.", fix="List them: `pressroom auth status`."
            )

    async def bundle(self, name: str) -> Account:
        """Give a stored account with its token. Raises NotFound, SignInRequired."""
        return await self.store.run(self.vault.account, name)

    async def _renewed(self, account: Account) -> tuple[Secret, datetime | None]:
        """Try for a token whose end is known; one younger than a day, or short-lived, stays as it is."""
        if account.login_type is not LoginType.INSTAGRAM:
            return account.token, None
        try:
            async with self._client(account) as client:
                answer = await client.send(calls.refresh_token(account.token.reveal()))
        except (GraphError, TransportError):
            return account.token, None
        life = timedelta(seconds=answer.expires_in) if answer.expires_in else LIFE
        return Secret(answer.access_token), self.clock.now() + life

    async def _standing(self, stored: StoredAccount) -> Standing:
        now = self.clock.now()
        words = warning(stored, now)
        missed = await would_miss(self.store, stored) if words else ()
        return Standing(stored=stored, days_left=days_left(stored, now), warning=words, would_miss=missed)

    def _require_renewable(self, stored: StoredAccount) -> None:
        if stored.login_type is not LoginType.INSTAGRAM:
            raise Refused(
                "Only tokens of Instagram Login can be renewed.",
                rule="login_type",
                value=stored.login_type,
                limit=LoginType.INSTAGRAM,
                fix=f"Sign in again: `pressroom auth login --token-stdin --account {stored.name}`.",
            )
        age = self.clock.now() - (stored.token_refreshed_at or stored.token_obtained_at)
        if age < YOUNGEST_TO_RENEW:
            raise Refused(
                "The token is younger than a day, and Instagram renews no such token.",
                rule="token_age",
                value=f"{age.total_seconds() / 3600:.0f} hours",
                limit="24 hours",
                fix="Nothing is to be done: the worker renews it from its seventh day.",
            )

    def _client(self, account: Account) -> Client:
        return Client(account, self.transport(), clock=self.clock)


@asynccontextmanager
async def open_accounts(
    settings: Settings, *, clock: Clock = SYSTEM_CLOCK, transport: Transport | None = None
) -> AsyncGenerator[AccountDesk]:
    """Open the settings' store with its tokens. transport: None for the network.

    Raises StoreRefused, StoreFailed, or SettingRefused for a key that cannot be used.
    """
    with open_store(settings.store, clock=clock) as store:
        vault = await store.run(open_vault, store, settings)
        yield AccountDesk(
            store=store,
            vault=vault,
            clock=clock,
            transport=lambda: transport or AiohttpTransport(clock=clock),
        )
