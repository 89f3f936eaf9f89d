"""Tells how accounts stand, as Instagram says it now.

`Standings` has the state of each stored token and of the environment's; `AccountOverviews` tells of the one
account that a session acts for, and of what keeps its posts back.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from pressroom.accounts.tokens import days_left, warning, would_miss
from pressroom.accounts.who import who
from pressroom.core.account import (
    Account,
    LoginDetails,
    Pause,
    StoredAccount,
    account_id,
    is_of_token,
    shown_account,
)
from pressroom.core.errors import GraphError, PressroomError, SettingRefused, SignInRequired
from pressroom.core.post import Post
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.answers import ME, UserId
from pressroom.graph.error_table import CURED_BY_GRANT, Retry
from pressroom.graph.hosts import LoginType, version_named
from pressroom.service.acting.acting import UNSAID_ZONE, Acting
from pressroom.service.acting.obstacles import Obstacles
from pressroom.service.ground.resources import Resources


class TokenState(StrEnum):
    """What is known of a token.

    WORKS: Instagram has just taken it. ENDED: its time is over, or Instagram refuses it. WRONG_ACCOUNT: it is
    of another account than INSTAGRAM_USER_ID says. LACKS_PERMISSION: what every call needs was not granted,
    or not lately. UNKNOWN: Instagram was not or could not be asked, or answered something else.
    """

    WORKS = "works"
    ENDED = "ended"
    WRONG_ACCOUNT = "wrong_account"
    LACKS_PERMISSION = "lacks_permission"
    UNKNOWN = "unknown"

    @property
    def needs_sign_in(self) -> bool:
        """Whether nothing is published by it until a person acts."""
        return self is not TokenState.WORKS and self is not TokenState.UNKNOWN


class TokenSource(StrEnum):
    """Where a token is kept."""

    STORE = "store"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An account and the state of its token.

    name: of the stored login; of an account that nobody is signed in to, its user id. user_id: `me` while
    unknown. timezone: of times that are planned; None where planning needs one to be named. language: of its
    reports; None where nobody chose one, which is English. pause: one in force, by an error of Instagram's.
    days_left: None when the token's end is not known. warning: why `state` is not WORKS, or that the end is
    near. would_miss: the next posts that go out after the end, once that is near. details: what Instagram
    said when it was signed in. slots_a_week: how many weekly slots it has. hides: the stored login that a
    token of the environment goes before.
    """

    name: str
    user_id: UserId
    login_type: LoginType
    api_base: str
    version: str
    source: TokenSource = TokenSource.STORE
    state: TokenState = TokenState.UNKNOWN
    timezone: str | None = None
    language: str | None = None
    is_default: bool = False
    token_expires_at: datetime | None = None
    token_renewed_at: datetime | None = None
    pause: Pause | None = None
    pause_by_hand: Pause | None = None
    days_left: int | None = None
    warning: str | None = None
    would_miss: tuple[Post, ...] = ()
    details: LoginDetails = field(default_factory=LoginDetails)
    slots_a_week: int = 0
    hides: str | None = None

    @property
    def version_ends(self) -> date | None:
        """The day on which Meta ends the version; None while that is not known."""
        version = version_named(self.version)
        return version.ends if version else None


def _known(timezone: str) -> str | None:
    return None if timezone == UNSAID_ZONE else timezone


@dataclass(frozen=True, slots=True)
class _Asked:
    state: TokenState
    warning: str | None = None
    user_id: UserId | None = None


@dataclass(frozen=True, slots=True)
class Standings:
    """Reads the standings of a session: one call for each token whose end is not known to be past.

    asks: None of these calls is made where this is False, and what only they tell is UNKNOWN.
    """

    resources: Resources
    acting: Acting
    asks: bool = True

    async def all(self, names: Collection[str] | None = None) -> tuple[Standing, ...]:
        """Return the standing of every stored token, then that of the environment's.

        names: only those of these logins, or of the environment's account; None for all.
        """
        store = await self.resources.store()
        logins = await store.run(store.accounts.list)
        stored = [login for login in logins if names is None or login.name in names]
        is_own_named = names is None or bool({*names} - {login.name for login in stored})
        own = self.acting.own if is_own_named else None
        # Side by side: each token costs a call, and a person waits for all of them.
        reading = [self._of_login(login) for login in stored] + ([self._of_own(own)] if own else [])
        standings = await asyncio.gather(*reading)
        return tuple(standing for standing in standings if names is None or standing.name in names)

    async def ours(self) -> Standing:
        """Return the standing of the token that the session acts by. Raises SignInRequired, NotFound."""
        if own := self.acting.own:
            return await self._of_own(own)
        store, name = await self.resources.store(), (await self.acting.identity()).login
        return await self._of_login(await store.run(store.accounts.get, name or ""))

    async def _of_login(self, stored: StoredAccount) -> Standing:
        now, store = self.resources.clock.now(), await self.resources.store()
        left, near = days_left(stored, now), warning(stored, now)
        reading = await self._of_stored_token(stored, left, near)
        return Standing(
            name=stored.name,
            user_id=stored.user_id,
            login_type=stored.login_type,
            api_base=stored.api_base,
            version=stored.version,
            state=reading.state,
            timezone=_known(stored.timezone),
            language=stored.language,
            is_default=stored.is_default,
            token_expires_at=stored.token_expires_at,
            token_renewed_at=stored.token_refreshed_at,
            pause=_in_force(stored.pause, now),
            pause_by_hand=stored.pause_by_hand,
            days_left=left,
            warning=reading.warning or near,
            # Until the end is near, a renewal may come before any of them.
            would_miss=await would_miss(store, stored) if near else (),
            details=stored.details,
            slots_a_week=len(await store.run(store.slots.list, stored.account)),
        )

    async def _of_stored_token(self, stored: StoredAccount, left: int | None, near: str | None) -> _Asked:
        # Nobody asks about a token whose end is past: the answer is known, and would count against the limit.
        if left is not None and left < 0:
            return _Asked(TokenState.ENDED, near)
        again = Fix.of("Sign in again: {}.", Remedy(RemedyKind.SIGN_IN, {"account": stored.name}))
        if stored.pause and is_of_token(stored.pause):
            return _Asked(TokenState.ENDED, f"The token of {stored.name} has ended. {again}")
        try:
            vault = await self.resources.vault()
            account = await (await self.resources.store()).run(vault.account, stored.name)
        except SignInRequired as error:  # sealed with a key that is gone
            return _Asked(TokenState.ENDED, str(error))
        reading = await self._asked(account)
        return (
            replace(reading, warning=f"{reading.warning} {again}") if reading.state.needs_sign_in else reading
        )

    async def _of_own(self, own: Account) -> Standing:
        reading = await self._asked(own)
        # Instagram's answer first: INSTAGRAM_USER_ID may name nobody, or somebody else.
        user_id = reading.user_id or own.user
        account, store = account_id(user_id, own.api_base), await self.resources.store()
        login = await self.acting.login(account)
        pauses = await store.run(store.accounts.pauses_of, account)
        by_hand = next((pause for pause in pauses if pause.by), None)
        by_error = next((pause for pause in pauses if pause.by is None), None)
        return Standing(
            name=login.name if login else shown_account(account) if user_id != ME else ME,
            user_id=user_id,
            login_type=own.login_type,
            api_base=own.api_base,
            version=own.version,
            source=TokenSource.ENVIRONMENT,
            state=reading.state,
            timezone=_known(login.timezone) if login else None,
            language=login.language if login else None,
            pause=_in_force(by_error, self.resources.clock.now()),
            pause_by_hand=by_hand,
            warning=reading.warning,
            hides=login.name if login else None,
        )

    async def _asked(self, account: Account) -> _Asked:
        """Ask Instagram whose a token is, which tells whether it takes the token."""
        if not self.asks:
            return _Asked(TokenState.UNKNOWN)
        try:
            user = await who(self.resources.client(account))
        # The token works, and INSTAGRAM_USER_ID names another account than its own.
        except SettingRefused as error:
            return _Asked(TokenState.WRONG_ACCOUNT, str(error))
        except GraphError as error:
            state = TokenState.ENDED if error.retry is Retry.AFTER_SIGN_IN else TokenState.UNKNOWN
            if type(error).__name__ in CURED_BY_GRANT:
                state = TokenState.LACKS_PERMISSION
            return _Asked(state, str(error))
        except PressroomError as error:
            return _Asked(TokenState.UNKNOWN, str(error))
        return _Asked(TokenState.WORKS, user_id=user.user_id)


def _in_force(pause: Pause | None, now: datetime) -> Pause | None:
    return pause if pause and pause.until > now else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOverview:
    """An account as it stands. name: of its login, else its user id. obstacles: what keeps its posts back.

    others: the names of the other stored logins.
    """

    name: str
    standing: Standing
    obstacles: tuple[str, ...]
    others: tuple[str, ...]


class AccountOverviews:
    """Use-cases of the account that a session acts for. Any may raise SignInRequired, NotFound."""

    _resources: Resources
    _acting: Acting

    async def name(self) -> str:
        """Return the account's name: of its stored login, else its user id; makes a call the first time."""
        identity = await (await self._acting.identity()).known()
        return identity.login or shown_account(identity.id)

    async def overview(self) -> AccountOverview:
        """Tell how the account stands, by one call, and what keeps its posts from going out."""
        await self._acting.account()  # for its errors: nobody is signed in, or there is no such account
        identity = await (await self._acting.identity()).known()
        name = identity.login or shown_account(identity.id)
        store = await self._resources.store()
        logins = await store.run(store.accounts.list)
        return AccountOverview(
            name=name,
            standing=await Standings(self._resources, self._acting).ours(),
            obstacles=await Obstacles(self._resources, self._acting).of(identity.id),
            others=tuple(login.name for login in logins if login.name != name),
        )
