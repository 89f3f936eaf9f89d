"""Who an account is to the store: a user id, whatever its token, login and name (docs/decisions/0011)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from pressroom.accounts.who import who
from pressroom.core.account import Account, AccountId, account_id
from pressroom.core.errors import NotFound, PressroomError, SettingRefused
from pressroom.graph.hosts import LoginType
from pressroom.graph.ids import ME

if TYPE_CHECKING:
    from pressroom.client.client import Client
    from pressroom.store.store import Store

log: Final = logging.getLogger("pressroom.service")


@dataclass(frozen=True, slots=True)
class Known:
    """An account as the store knows it. login: a stored one; None where nobody is signed in."""

    id: AccountId
    login: str | None = None


async def known(client: "Client", store: "Store") -> Known:
    """Return who a client's account is; makes one call where the store does not know it.

    What was stored under the account's earlier key becomes that user's. Raises what `who` raises.
    """
    return await recognised(client.account, store) or await _asked(client, store)


async def _asked(client: "Client", store: "Store") -> Known:
    account = client.account
    user = account_id((await who(client)).user_id, account.api_base)
    # Both aliases are stored, so that the next process with this token makes no call.
    await store.run(store.accounts.learn, user, [account.key, _token_key(account)])
    return Known(user, await _login(user, store))


def _token_key(account: Account) -> AccountId:
    """Return the alias that says in the store whose a token is."""
    key = replace(account, user_id=ME).key
    # A token of Facebook Login is good for every account of its Pages.
    is_for_one = account.login_type is LoginType.INSTAGRAM or account.user_id == ME
    return key if is_for_one else AccountId(f"{account.user_id}-{key}")


async def recognised(account: Account, store: "Store") -> Known | None:
    """Return who an account is, without a call; None where the store does not know it."""
    found = await store.run(store.accounts.known, account.key)
    return Known(found, await _login(found, store)) if found else None


async def _login(account: AccountId, store: "Store") -> str | None:
    try:
        return (await store.run(store.accounts.get, account)).name
    except NotFound:
        return None


@dataclass(slots=True)
class Identity:
    """Who a session acts for. Instagram is asked only when the first thing is to be stored.

    client: opens the client for that call. asked: the key by which the store finds the account until then.
    own: the account by its id, where nobody is signed in to it. is_checked: False while the store knows the
    account, and not that the token at hand is of it.
    """

    client: "Callable[[], Awaitable[Client]]"
    store: "Store"
    asked: str
    own: dict[str, Account]
    _known: Known | None = None
    is_checked: bool = True
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def login(self) -> str | None:
        """Name of the stored login; None where there is none, or none is known yet."""
        return self._known.login if self._known else None

    @property
    def account(self) -> str:
        """The account's id, or until that is known the key by which the store finds it."""
        return self._known.id if self._known else self.asked

    async def known(self) -> Known:
        """Learn who it is. Raises GraphError, TransportError or SettingRefused when that fails."""
        # One call, however many use-cases ask at once.
        async with self._asking:
            if self._known is None:
                client = await self.client()
                self._known = await known(client, self.store)
                self.own.clear()
                if self._known.login is None:
                    self.own[self._known.id] = client.account
            elif not self.is_checked:
                await self._check()
                self.is_checked = True
            return self._known

    async def _check(self) -> None:
        """Ask whose the token is. Raises SettingRefused for another account's; no answer proves nothing."""
        try:
            await _asked(await self.client(), self.store)
        except SettingRefused:
            raise
        except PressroomError as error:
            log.info("whose token it is could not be learnt: %s", error)


async def identity_of(
    account: Account, store: "Store", client: "Callable[[], Awaitable[Client]]", *, is_checked: bool
) -> Identity:
    """Build the identity from what the store knows, without a call. client: opens one for a later call.

    is_checked: never ask whether the token is of the account that the store knows.
    """
    found = await recognised(account, store)
    asked: str = found.id if found else account.key
    own: dict[str, Account] = {} if found and found.login else {asked: account}
    if not is_checked:  # one that the store does not know is asked for in any case
        is_checked = not found or await store.run(store.accounts.known, _token_key(account)) == found.id
    return Identity(client, store, asked, own, found, is_checked)
