"""Which account a session acts for: one rule for publishing, planning, slots, insights and the worker.

1. A name means the stored login of that name.
2. Else the account that was handed in, or that of the token in the environment; where the same user is signed
   in, under that login's name.
3. Else the store's default login.

Why: docs/decisions/0013-one-session.md.

Who an account is to the store: a user id, whatever its token, login and name (docs/decisions/0011).
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pressroom.accounts.pauses import is_of_token
from pressroom.accounts.who import require_right_id, who
from pressroom.core.account import Account, AccountId, account_id, shown_account
from pressroom.core.address import LOCAL_HOSTS
from pressroom.core.errors import GraphError, NotFound, NotSent, PressroomError, SettingRefused
from pressroom.core.graph_errors import ObjectNotFound
from pressroom.core.post import DEFAULT_ACCOUNT, Post
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.core.settings import account_from_environment, is_version_chosen
from pressroom.core.stored_accounts import StoredAccount
from pressroom.graph.error_table import Retry
from pressroom.graph.hosts import DEFAULT_VERSION, LoginType, warning_for
from pressroom.graph.ids import ME
from pressroom.service.ground.resources import Resources

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


# The zone of an account that was signed in without one. `auth login --tz UTC` stores Etc/UTC instead, so that
# a chosen UTC can be told from none: a slot such as 18:00 in a zone that nobody chose would post hours off.
UNSAID_ZONE = "UTC"
# Seconds until a failed `GET /me` is repeated. Every due post asks whether the own account is its account,
# and without the pause each would make a call that fails.
_ASK_AGAIN_S = 60.0


@dataclass(slots=True)
class Acting:
    """Resolves the account of one session, once: its name may be given to another user meanwhile.

    given: an account that need not be stored. name: of a stored login; it overrides every other source.
    """

    resources: Resources
    given: Account | None = None
    name: str | None = None
    _account: Account | None = None
    _identity: Identity | None = None
    _choosing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _is_reached: bool = False
    _own_id: AccountId | None = None
    _asks_from: float = -math.inf
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _is_pause_judged: bool = False
    _is_id_checked: bool = False

    @property
    def own(self) -> Account | None:
        """The account that was handed in, else the environment's; None without either, or with a name.

        Raises SettingRefused for an environment that cannot work.
        """
        if self.name is not None:
            return None
        if self.given is None and is_told(self.resources.environ):
            self.given = account_from_environment(self.resources.environ)
        return self.given

    async def account(self) -> Account:
        """Return the account with its token.

        Raises SignInRequired where there is none, NotFound for a name nobody signed in under.
        """
        if self._account is None:
            self._account = self.own or await self._stored_account()
            self._warn_of_version(self._account)
        return self._account

    async def client(self) -> "Client":
        """Return the client that makes the account's calls.

        Raises what `account` does, and NotSent for a sandbox that does not run.
        """
        account = await self.account()
        if self.resources.transport is None and not self._is_reached:
            await _require_sandbox(account)
            self._is_reached = True
        return self.resources.client(account)

    async def require_own_id(self) -> None:
        """Ask once whose the token is, where a user id is given. Raises SettingRefused for another's."""
        client = await self.client()
        if self._is_id_checked or client.account.user_id == ME or not self.resources.policy.checks_user_id:
            return
        await _asked_in_vain(who(client))
        self._is_id_checked = True

    async def explain(self, error: GraphError) -> None:
        """Ask whether a wrong user id is why Instagram finds nothing. Raises SettingRefused then."""
        client = await self.client()
        if isinstance(error, ObjectNotFound) and client.account.user_id != ME:
            await _asked_in_vain(require_right_id(client))

    async def identity(self) -> Identity:
        """Return the account as the store knows it; needs no token and no call until something is stored."""
        async with self._choosing:
            if self._identity is None:
                self._identity = await self._identified()
            return self._identity

    async def account_of(self, post: Post) -> Account:
        """Return the account that publishes a post: the login it was planned under, else this session's own.

        Raises NotFound, SignInRequired.
        """
        # A post planned under a login goes out by that login's token, whatever the environment holds.
        if not post.login and (own := await self._own_as(post.account)):
            return own
        vault = await self.resources.vault()
        return await (await self.resources.store()).run(vault.account_of, post)

    async def account_known_as(self, account: AccountId) -> Account:
        """Return an account by its id. Raises NotFound, SignInRequired."""
        if own := await self._own_as(account):
            return own
        vault = await self.resources.vault()
        return await (await self.resources.store()).run(vault.account, account)

    async def _own_as(self, account: str) -> Account | None:
        return self.own if self.own and await self._own_user() == account else None

    async def _own_user(self) -> AccountId | None:
        """Learn the user id of the own account; a failed call is repeated after a minute."""
        # Posts that come during the call wait for its answer: without the lock they would read the new
        # `_asks_from`, take the account for unknown, and rest until the next attempt.
        async with self._asking:
            now = self.resources.clock.monotonic()
            if self.own is None or self._own_id or now < self._asks_from:
                return self._own_id
            self._asks_from = now + _ASK_AGAIN_S
            try:
                store = await self.resources.store()
                self._own_id = (await known(self.resources.client(self.own), store)).id
            except PressroomError as error:
                log.warning("whose token INSTAGRAM_ACCESS_TOKEN is could not be learnt: %s", error)
            return self._own_id

    async def end_pause_of_token(self) -> bool:
        """Resume the own account if it is paused for an ended token and the token in hand works.

        One call, and none unless it is paused so. Returns False where that could not be found out.
        """
        if self._is_pause_judged or self.own is None:
            return True
        try:
            self._is_pause_judged = await self._pause_judged(self.own)
        except SettingRefused as error:  # of another account
            log.warning("%s", error)
            self._is_pause_judged = True
        except PressroomError as error:
            log.warning("whether the token of the environment works could not be learnt: %s", error)
            self._is_pause_judged = isinstance(error, GraphError) and error.retry is Retry.AFTER_SIGN_IN
        return self._is_pause_judged

    async def _pause_judged(self, own: Account) -> bool:
        store = await self.resources.store()
        paused = await store.run(store.accounts.paused, self.resources.clock.now())
        if not any(is_of_token(one.pause) for one in paused):
            return True
        client = self.resources.client(own)
        account = account_id((await who(client)).user_id, own.api_base)
        # The posts of a login go out by its own token, of which this one tells nothing.
        pause = None if await self.login(account) else await store.run(store.accounts.pause_of, account)
        if pause and is_of_token(pause):
            await store.run(store.accounts.resume, account)
            log.info("the account goes on: its token works again", extra={"account": shown_account(account)})
        return True

    async def require_known(self, account: str) -> None:
        """Raise NotFound for an account that nobody is signed in to and no post is of.

        A mistyped name would select nothing, and a script would take that for done.
        """
        store = await self.resources.store()
        if await self.login(account) is None and not await store.run(store.posts.counts, account):
            raise NotFound(
                f"No account {account!r} is signed in, or has posts.",
                fix=Fix.of("List them: {}.", Remedy(RemedyKind.LIST_ACCOUNTS)),
            )

    async def login(self, who: str) -> StoredAccount | None:
        """Return the stored login of a name or an account id; None where nobody is signed in."""
        store = await self.resources.store()
        try:
            return await store.run(store.accounts.get, who)
        except NotFound:
            return None

    async def zone_of(self, account: str) -> str:
        """Return the zone of an account; UNSAID_ZONE where none is known."""
        stored = await self.login(account)
        return stored.timezone if stored else UNSAID_ZONE

    async def shown_account(self, who: str) -> Account | None:
        """Return an account for checks that need no token; None where the store does not know it."""
        if own := (await self.identity()).own.get(who):
            return own
        stored = await self.login(who)
        if stored is None:
            return None
        # Checks need the login type and the base alone, so the token stays sealed.
        return Account(token=Secret("none"), login_type=stored.login_type, api_base=stored.api_base)

    async def _stored_account(self) -> Account:
        if self.name is None and not self.resources.has_store:
            return account_from_environment(self.resources.environ)  # says what is missing
        ours = await self.identity()
        vault = await self.resources.vault()
        store = await self.resources.store()
        if self.name is None and ours.login is None:
            return account_from_environment(self.resources.environ)
        account = await store.run(vault.account, ours.login or ours.account)
        # The login's name may have gone to another user since `identity` read it: then the user's id decides.
        return account if account.key == ours.account else await store.run(vault.account, ours.account)

    async def _identified(self) -> Identity:
        store = await self.resources.store()
        if (own := self.own) is not None:
            is_checked = not self.resources.policy.checks_user_id
            return await identity_of(own, store, self.client, is_checked=is_checked)
        name = self.name or await self.default_name()
        stored = await self.login(name)
        is_signed_in = Known(stored.account, stored.name) if stored else Known(AccountId(name))
        return Identity(self.client, store, name, {}, is_signed_in)

    async def default_name(self) -> str:
        """Return the name of the default login, of the only one, or the name that a first sign-in gets."""
        store = await self.resources.store()
        accounts = await store.run(store.accounts.list)
        chosen = next((one.name for one in accounts if one.is_default), None)
        return chosen or (accounts[0].name if len(accounts) == 1 else DEFAULT_ACCOUNT)

    def _warn_of_version(self, account: Account) -> None:
        # The default is nobody's choice, so nobody is warned of it (docs/decisions/0018).
        is_set = account is self.own and is_version_chosen(self.resources.environ)
        if not is_set and account.version == DEFAULT_VERSION:
            return
        warning = warning_for(account.version, self.resources.clock.now().date())
        if warning:
            self.resources.listeners.on_version(account.version, warning)


def is_told(environ: Mapping[str, str]) -> bool:
    """Tell whether the environment names an account."""
    return bool(environ.get("INSTAGRAM_ACCESS_TOKEN", "").strip())


async def _asked_in_vain(asking: Awaitable[object]) -> None:
    """Wait for an answer that matters only as a SettingRefused: no answer proves nothing."""
    try:
        await asking
    except SettingRefused:
        raise
    except PressroomError as error:
        log.info("whose token it is could not be learnt: %s", error)


async def _require_sandbox(account: Account) -> None:
    """Connect once: a sandbox that does not run is to be reported before a long conversion, not after."""
    parts = urlsplit(account.api_base)
    if parts.hostname not in LOCAL_HOSTS:
        return
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        _, writer = await asyncio.open_connection(parts.hostname, port)
    except OSError:
        raise NotSent(
            f"Nothing answers at {account.api_base}.",
            fix=Fix.of(
                "Start the sandbox with {}, or correct INSTAGRAM_API_BASE.", Remedy(RemedyKind.START_SANDBOX)
            ),
        ) from None
    writer.close()
    await writer.wait_closed()
