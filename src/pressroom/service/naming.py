"""What an account is called in the store."""

import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account
from pressroom.core.errors import PressroomError
from pressroom.core.repositories import Repositories, StoredAccount
from pressroom.core.settings import Settings
from pressroom.graph.ids import ME


@dataclass(frozen=True, slots=True)
class Named:
    """An account by its name. is_stored: any worker of the store has its token."""

    name: str
    is_stored: bool


async def named(account: Account, store: Repositories, settings: Settings) -> Named:
    """Find the stored bundle that is the same account, or make up a name that is always the same for it."""
    for stored in await store.run(store.accounts.list):
        if stored.api_base == account.api_base and await _is_same(account, stored, store, settings):
            return Named(stored.name, is_stored=True)
    return Named(own_name(account), is_stored=False)


async def own_accounts(account: Account, store: Repositories, settings: Settings) -> dict[str, Account]:
    """Give the account by its name; nothing when it is stored."""
    known = await named(account, store, settings)
    return {} if known.is_stored else {known.name: account}


def own_name(account: Account) -> str:
    """Name an account that is not stored: its user id, and the host where that is not Instagram's own.

    An account that is only known as the token's own is named by a part of the token's hash.
    """
    who: str = account.user_id
    if account.user_id == ME:
        who = f"me-{hashlib.sha256(account.token.reveal().encode()).hexdigest()[:12]}"
    return who if account.is_real else f"{who}@{urlsplit(account.api_base).netloc}"


async def _is_same(account: Account, stored: StoredAccount, store: Repositories, settings: Settings) -> bool:
    if account.user_id != ME:
        return account.user_id == stored.user_id
    try:
        vault = await store.run(open_vault, store, settings)
        return (await store.run(vault.account, stored.name)).token == account.token
    except PressroomError:
        return False
