"""Refreshes long-lived tokens from their seventh day on, and warns before one expires.

Source: https://developers.facebook.com/documentation/instagram-platform/reference/access_token
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pressroom.accounts.vault import Vault
from pressroom.client.client import Client
from pressroom.core.account import UNTIL_RESUMED, Account, Pause, StoredAccount
from pressroom.core.clock import Clock
from pressroom.core.errors import GraphError, PressroomError, TransportError
from pressroom.core.protocols import Job
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.graph import calls
from pressroom.graph.capabilities import Capability, is_offered
from pressroom.graph.error_table import Retry

if TYPE_CHECKING:
    from pressroom.store.store import Store


log: Final = logging.getLogger("pressroom.accounts")

# Meta lets a token be refreshed when it is a day old and not expired; it then lasts 60 days from that day.
# A week leaves more than seven weeks in which no worker has to run.
RENEW_FROM_AGE = timedelta(days=7)
YOUNGEST_TO_RENEW = timedelta(hours=24)
LIFE = timedelta(days=60)
WARN_DAYS = (14, 7, 3, 1)
# Meta takes back a permission that was not used for 90 days; two weeks leave time to publish or to sign in.
UNUSED_LAPSES_AFTER, WARN_UNUSED_AFTER = timedelta(days=90), timedelta(days=76)
RENEWAL_JOB = "renew tokens"
_RENEW_EVERY_S = 6 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKeeper:
    """Refreshes the tokens of a store. client: makes an account's client, which the keeper closes."""

    store: "Store"
    vault: Vault
    clock: Clock
    client: Callable[[Account], Client]

    async def renew_due(self) -> None:
        """Refresh every token that is old enough and not expired. Failures are logged and tried next time."""
        for stored in await self.store.run(self.store.accounts.list):
            if is_due(stored, self.clock.now()):
                try:
                    await self.renew(stored.name)
                except PressroomError as error:
                    log.warning("the token of %s could not be renewed: %s", stored.name, error)

    async def renew(self, name: str) -> datetime | None:
        """Refresh one token and return its new end; None when another worker holds the lease.

        Raises GraphError when Instagram refuses; the account is paused when its token has expired.
        """
        async with self.vault.refreshing(name) as refresh:
            if refresh is None:
                return None
            async with self.client(refresh.account) as client:
                try:
                    answer = await client.send(calls.refresh_token(refresh.account.token.reveal()))
                except GraphError as error:
                    if error.retry is Retry.AFTER_SIGN_IN and await self._is_over(client):
                        await self._pause(refresh.stored, error)
                    raise
            now = self.clock.now()
            expires_at = now + (timedelta(seconds=answer.expires_in) if answer.expires_in else LIFE)
            refresh.renewed(
                Secret(answer.access_token), at=now, expires_at=expires_at, permissions=answer.granted
            )
            return expires_at

    async def _pause(self, ended: StoredAccount, error: GraphError) -> None:
        """Pause the account until it is resumed, unless somebody has signed in again meanwhile."""
        accounts = self.store.accounts
        if (await self.store.run(accounts.get, ended.name)).sealed_token == ended.sealed_token:
            await self.store.run(accounts.pause, ended.name, Pause.after(error, UNTIL_RESUMED))

    async def _is_over(self, client: Client) -> bool:
        """Return whether the token has expired. One that cannot be refreshed may work for all other calls."""
        try:
            await client.send(calls.user(client.account.user, fields="id"))
        except GraphError as error:
            return error.retry is Retry.AFTER_SIGN_IN
        # Instagram is down: that proves nothing about the token.
        except TransportError:
            return False
        return False


def token_jobs(keeper: TokenKeeper) -> tuple[Job, ...]:
    """Return the accounts' periodic job, which refreshes tokens every six hours."""
    return (Job(RENEWAL_JOB, keeper.renew_due, _RENEW_EVERY_S),)


def is_due(stored: StoredAccount, now: datetime) -> bool:
    """Return whether a token should be refreshed: its login offers it, it is a week old and not expired."""
    is_over = stored.token_expires_at is not None and stored.token_expires_at <= now
    age = now - (stored.token_refreshed_at or stored.token_obtained_at)
    can_renew = is_offered(stored.login_type, Capability.TOKEN_RENEWAL)
    return can_renew and age >= RENEW_FROM_AGE and not is_over


def days_left(stored: StoredAccount, now: datetime) -> int | None:
    """Count the whole days until a login stops working; None when unknown, negative when it has."""
    return None if stored.access_ends_at is None else (stored.access_ends_at - now).days


def ends_at_latest(stored: StoredAccount) -> datetime | None:
    """Return when a login stops working; where nobody said it 60 days after the sign-in; None for never."""
    ends = stored.access_ends_at
    # Facebook may refuse to tell of a token, and Instagram tells the end only when it renews one.
    return stored.token_obtained_at + LIFE if ends is None and not stored.details.never_ends else ends


def warning(stored: StoredAccount, now: datetime) -> str | None:
    """Return a warning that a login stops working within two weeks; None otherwise."""
    ends, is_known = ends_at_latest(stored), stored.access_ends_at is not None
    left = None if ends is None else (ends - now).days
    if left is None or left > WARN_DAYS[0]:
        return None
    # Facebook gives data for 90 days after consent, though the token lives on.
    is_token = stored.access_ends_at == stored.token_expires_at
    what = f"{'The token of' if is_token else 'The access that Facebook Login gives to'} {stored.name}"
    again = Fix.of("sign in again with {}.", Remedy(RemedyKind.SIGN_IN, {"account": stored.name}))
    if left < 0:
        # One whose end is only guessed may go on; once Instagram refuses it, the account is paused.
        return f"{what} has ended: {again}" if is_known else None
    days = f"{left} day{'' if left == 1 else 's'}{'' if is_known else ' at the latest'}"
    if is_offered(stored.login_type, Capability.TOKEN_RENEWAL):
        return f"{what} ends in {days}, and could not be renewed."
    perhaps = "" if is_known else " if it ends at all"
    return f"{what} ends in {days}{perhaps}, and only a person renews it: {again}"
