"""Renews the token of the login that is asked with, through the vault, so that no new token is ever lost."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pressroom.accounts.tokens import YOUNGEST_TO_RENEW, TokenKeeper
from pressroom.accounts.vault import Vault
from pressroom.client.client import Client
from pressroom.core.account import Account
from pressroom.core.clock import Clock
from pressroom.core.stored_accounts import StoredAccount
from pressroom.service.doctor.probes.ending import to_its_end

if TYPE_CHECKING:
    from pressroom.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewer:
    """Renews one stored login. open_client: makes an account's client."""

    store: "Store"
    vault: Vault
    clock: Clock
    open_client: Callable[[Account], Client]
    name: str

    async def stored(self) -> StoredAccount:
        """Return the login as it is stored now."""
        return await self.store.run(self.store.accounts.get, self.name)

    async def account(self) -> Account:
        """Return the login with the token that is stored now."""
        return await self.store.run(self.vault.account, self.name)

    async def age(self) -> timedelta:
        """Return how long the token has been here. It is older only if it was pasted and never renewed."""
        stored = await self.stored()
        return self.clock.now() - (stored.token_refreshed_at or stored.token_obtained_at)

    async def is_old_enough(self) -> bool:
        """Tell whether Instagram is documented to renew the token."""
        return await self.age() >= YOUNGEST_TO_RENEW

    async def renew(self) -> datetime | None:
        """Renew, and keep the new token before anything else; None while another process renews it.

        Raises as `TokenKeeper.renew`. A cancellation waits until a token that is on its way is kept.
        """
        keeper = TokenKeeper(store=self.store, vault=self.vault, clock=self.clock, client=self.open_client)
        return await to_its_end(keeper.renew(self.name))
