"""Which account a session acts for: one rule for publishing, planning, slots, insights and the worker.

1. A name means the stored login of that name.
2. Else the account that was handed in, or that of the token in the environment; where the same user is signed
   in, under that login's name.
3. Else the store's default login.

`Acting` applies the rule (docs/decisions/0013-one-session.md). To the store an account is a user id, whatever
its token, login and name: `Identity` learns it, by one call where the store does not know it
(docs/decisions/0011).
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pressroom.accounts.who import require_right_id, who
from pressroom.core.account import (
    Account,
    AccountId,
    StoredAccount,
    account_id,
    is_of_token,
    shown_account,
    sign_in,
)
from pressroom.core.address import LOCAL_HOSTS
from pressroom.core.errors import GraphError, NotFound, NotSent, PressroomError, SettingRefused
from pressroom.core.graph_errors import ObjectNotFound
from pressroom.core.post import DEFAULT_ACCOUNT, Post
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.core.settings import API_BASE, account_from_environment, is_version_chosen
from pressroom.graph.answers import ME
from pressroom.graph.error_table import Retry
from pressroom.graph.hosts import DEFAULT_VERSION, LoginType, warning_for
from pressroom.service.ground.resources import Resources

if TYPE_CHECKING:
    from pressroom.client.client import Client
    from pressroom.store.store import Store


log: Final = logging.getLogger("pressroom.service")


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account as the store knows it. login: a stored one; None where nobody is signed in."""

    id: AccountId
    login: str | None = None


async def learn_account(client: "Client", store: "Store") -> KnownAccount:
    """Return who a client's account is; makes one call where the store does not know it.

    What was stored under the account's earlier key becomes that user's. Raises what `who` raises.
    """
    return await find_known_account(client.account, store) or await _ask_instagram(client, store)


async def _ask_instagram(client: "Client", store: "Store") -> KnownAccount:
    account = client.account
    owner = await who(client)
    user = account_id(owner.user_id, account.api_base)
    # Both aliases are stored, so that the next process with this token makes no call.
    aliases = [account.key, _token_key(account)]
    await store.run(store.accounts.learn, user, aliases, username=owner.username)
    return KnownAccount(user, await _login_name(user, store))


def _token_key(account: Account) -> AccountId:
    """Return the alias that says in the store whose a token is."""
    key = replace(account, user_id=ME).key
    # A token of Facebook Login is good for every account of its Pages.
    is_for_one = account.login_type is LoginType.INSTAGRAM or account.user_id == ME
    return key if is_for_one else AccountId(f"{account.user_id}-{key}")


async def find_known_account(account: Account, store: "Store") -> KnownAccount | None:
    """Return who an account is, without a call; None where the store does not know it."""
    user = await store.run(store.accounts.known, account.key)
    return KnownAccount(user, await _login_name(user, store)) if user else None


async def _login_name(account: AccountId, store: "Store") -> str | None:
    try:
        return (await store.run(store.accounts.get, account)).name
    except NotFound:
        return None


@dataclass(slots=True)
class Identity:
    """Who a session acts for. Instagram is asked only when the first thing is to be stored.

    client: opens the client for that call. key: that by which the store finds the account until then. own:
    the account by its id, where nobody is signed in to it. is_checked: False while the store knows the
    account, and not that the token at hand is of it.
    """

    client: "Callable[[], Awaitable[Client]]"
    store: "Store"
    key: str
    own: dict[str, Account]
    _known: KnownAccount | None = None
    is_checked: bool = True
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def login(self) -> str | None:
        """Name of the stored login; None where there is none, or none is known yet."""
        return self._known.login if self._known else None

    @property
    def account(self) -> str:
        """The account's id, or until that is known the key by which the store finds it."""
        return self._known.id if self._known else self.key

    async def known(self) -> KnownAccount:
        """Learn who it is. Raises GraphError, TransportError or SettingRefused when that fails."""
        # One call, however many use-cases ask at once.
        async with self._asking:
            if self._known is None:
                client = await self.client()
                self._known = await learn_account(client, self.store)
                self.own.clear()
                if self._known.login is None:
                    self.own[self._known.id] = client.account
            elif not self.is_checked:
                try:
                    await _ask_instagram(await self.client(), self.store)
                except SettingRefused:  # the token is another account's
                    raise
                except PressroomError as error:  # no answer proves nothing
                    log.info("whose token it is could not be learnt: %s", error)
                self.is_checked = True
            return self._known


# The zone of an account that was signed in without one. `auth login --tz UTC` stores Etc/UTC instead, so that
# a chosen UTC can be told from none: a slot such as 18:00 in a zone that nobody chose would post hours off.
UNSAID_ZONE = "UTC"


def chosen_zone(post: Post) -> str | None:
    """Return the zone that a post was planned in; None if neither its user nor its account had named one."""
    return None if post.timezone == UNSAID_ZONE else post.timezone


def zone_to_keep(zone: str) -> str:
    """Return the name to keep for a zone that was chosen."""
    return "Etc/UTC" if zone == UNSAID_ZONE else zone


# Seconds until a failed `GET /me` is repeated. Every due post asks whether the own account is its account,
# and without the pause each would make a call that fails.
_ASK_AGAIN_S = 60.0


@dataclass(slots=True)
class Acting:
    """Resolves the account of one session, once: its name may be given to another user meanwhile.

    handed_in: an account that need not be stored. name: of a stored login; it overrides every other source.
    """

    resources: Resources
    handed_in: Account | None = None
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
        if self.handed_in is None and names_account(self.resources.environ):
            self.handed_in = account_from_environment(self.resources.environ)
        return self.handed_in

    async def account(self) -> Account:
        """Return the account with its token.

        Raises SignInRequired where there is none, NotFound for a name nobody signed in under.
        """
        if self._account is None:
            account = self.own or await self._stored_account()
            self._account = account
            # The default version is nobody's choice, so nobody is warned of it (docs/decisions/0018).
            is_set = account is self.own and is_version_chosen(self.resources.environ)
            if is_set or account.version != DEFAULT_VERSION:
                warning = warning_for(account.version, self.resources.clock.now().date())
                if warning:
                    self.resources.listeners.on_version(account.version, warning)
        return self._account

    async def client(self) -> "Client":
        """Return the client that makes the account's calls.

        Raises what `account` does, and NotSent for a sandbox that does not run.
        """
        account = await self.account()
        if self.resources.transport is None and not self._is_reached:
            await _require_sandbox(account, self.resources.environ)
            self._is_reached = True
        return self.resources.client(account)

    async def require_own_id(self) -> None:
        """Ask once whose the token is, where its user id was set. Raises SettingRefused for another's."""
        client = await self.client()
        if self._is_id_checked or client.account.user_id == ME or not self.resources.policy.checks_user_id:
            return
        await _heed_refusal(who(client))
        self._is_id_checked = True

    async def explain(self, error: GraphError) -> None:
        """Ask whether a wrong user id is why Instagram finds nothing; name the sign-in that mends a token.

        Raises SettingRefused for a wrong user id.
        """
        client = await self.client()
        if error.retry is Retry.AFTER_SIGN_IN:
            if self.own is None:
                name = self.name or await self.default_name()
                error.advice = Fix.of("Sign in again: {}.", sign_in(name))
            else:
                words = "Set INSTAGRAM_ACCESS_TOKEN to a new token; or unset it, and sign in: {}."
                error.advice = Fix.of(words, Remedy(RemedyKind.SIGN_IN))
        if isinstance(error, ObjectNotFound) and client.account.user_id != ME:
            await _heed_refusal(require_right_id(client))

    async def identity(self) -> Identity:
        """Return the account as the store knows it; needs no token and no call until something is stored."""
        async with self._choosing:
            if self._identity is None:
                store = await self.resources.store()
                if (own := self.own) is not None:
                    self._identity = await self._identity_of(own, store)
                else:
                    name = self.name or await self.default_name()
                    stored = await self.login(name)
                    account = (
                        KnownAccount(stored.account, stored.name) if stored else KnownAccount(AccountId(name))
                    )
                    self._identity = Identity(self.client, store, name, {}, account)
            return self._identity

    async def _identity_of(self, account: Account, store: "Store") -> Identity:
        """Build the identity of the own account from what the store knows, without a call."""
        found_by_key = await find_known_account(account, store)
        key: str = found_by_key.id if found_by_key else account.key
        own: dict[str, Account] = {} if found_by_key and found_by_key.login else {key: account}
        is_checked = not self.resources.policy.checks_user_id
        # An account that the store does not know is asked for in any case.
        if not is_checked:
            owner = await store.run(store.accounts.known, _token_key(account)) if found_by_key else None
            is_checked = found_by_key is None or owner == found_by_key.id
        return Identity(self.client, store, key, own, found_by_key, is_checked)

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
                self._own_id = (await learn_account(self.resources.client(self.own), store)).id
            except PressroomError as error:
                log.warning("whose token INSTAGRAM_ACCESS_TOKEN is could not be learnt: %s", error)
            return self._own_id

    async def end_pause_of_token(self) -> bool:
        """Resume the own account if it is paused for an ended token and the token in hand works.

        Makes one call, and none for an account that is not paused so. Returns False where the call failed.
        """
        if self._is_pause_judged or self.own is None:
            return True
        try:
            await self._end_pause_of(self.own)
            self._is_pause_judged = True
        except SettingRefused as error:  # of another account
            log.warning("%s", error)
            self._is_pause_judged = True
        except PressroomError as error:
            log.warning("whether the token of the environment works could not be learnt: %s", error)
            self._is_pause_judged = isinstance(error, GraphError) and error.retry is Retry.AFTER_SIGN_IN
        return self._is_pause_judged

    async def _end_pause_of(self, own: Account) -> None:
        store = await self.resources.store()
        paused = await store.run(store.accounts.paused, self.resources.clock.now())
        if not any(is_of_token(each.pause) for each in paused):
            return
        client = self.resources.client(own)
        account = account_id((await who(client)).user_id, own.api_base)
        # The posts of a login go out by its own token, of which this one tells nothing.
        pause = None if await self.login(account) else await store.run(store.accounts.pause_of, account)
        if pause and is_of_token(pause):
            await store.run(store.accounts.resume, account)
            log.info("the account goes on: its token works again", extra={"account": shown_account(account)})

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

    async def default_name(self) -> str:
        """Return the name of the default login, of the only one, or the name that a first sign-in gets."""
        store = await self.resources.store()
        accounts = await store.run(store.accounts.list)
        chosen = next((account.name for account in accounts if account.is_default), None)
        return chosen or (accounts[0].name if len(accounts) == 1 else DEFAULT_ACCOUNT)


def names_account(environ: Mapping[str, str]) -> bool:
    """Tell whether the environment names an account."""
    return bool(environ.get("INSTAGRAM_ACCESS_TOKEN", "").strip())


async def _heed_refusal(asking: Awaitable[object]) -> None:
    """Wait for an answer that matters only as a SettingRefused: no answer proves nothing."""
    try:
        await asking
    except SettingRefused:
        raise
    except PressroomError as error:
        log.info("whose token it is could not be learnt: %s", error)


async def _require_sandbox(account: Account, environ: Mapping[str, str]) -> None:
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
                "Start the sandbox with {}, or correct INSTAGRAM_API_BASE."
                if environ.get(API_BASE.name, "").strip()
                else "That is the account's host. A sandbox that does not run is started by {}.",
                Remedy(RemedyKind.START_SANDBOX),
            ),
        ) from None
    writer.close()
    await writer.wait_closed()
