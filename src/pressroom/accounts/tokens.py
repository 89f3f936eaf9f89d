"""Refreshes long-lived tokens from their seventh day on, and warns before one expires.

`tokens_ending` and `permissions_lapsing` name the logins that stop working, and the posts that would miss.
Source: https://developers.facebook.com/documentation/instagram-platform/reference/access_token
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from pressroom.accounts.vault import Vault
from pressroom.client.client import Client
from pressroom.core.account import UNTIL_RESUMED, Account, Pause, StoredAccount
from pressroom.core.clock import Clock
from pressroom.core.errors import GraphError, PressroomError, TransportError
from pressroom.core.post import WAITING_STATES, WENT_LIVE, Post
from pressroom.core.protocols import Job
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.core.stored_posts import PostQuery
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
                    if error.retry is Retry.AFTER_SIGN_IN:
                        await self._pause_if_over(client, refresh.stored, error)
                    raise
            now = self.clock.now()
            expires_at = now + (timedelta(seconds=answer.expires_in) if answer.expires_in else LIFE)
            refresh.renewed(
                Secret(answer.access_token), at=now, expires_at=expires_at, permissions=answer.granted
            )
            return expires_at

    async def _pause_if_over(self, client: Client, stored: StoredAccount, refusal: GraphError) -> None:
        """Pause the account until it is resumed, where its token takes no other call either."""
        is_over = False
        try:
            await client.send(calls.user(client.account.user, fields="id"))
        except GraphError as error:
            is_over = error.retry is Retry.AFTER_SIGN_IN
        except TransportError:
            pass  # Instagram is down: that proves nothing about the token
        accounts = self.store.accounts
        # Somebody may have signed in again meanwhile.
        if is_over and (await self.store.run(accounts.get, stored.name)).sealed_token == stored.sealed_token:
            await self.store.run(accounts.pause, stored.name, Pause.after(refusal, UNTIL_RESUMED))


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


MOST_MISSED = 100


@dataclass(frozen=True, slots=True)
class Ending:
    """A login that stops working at `ends_at`, in a person's words, and the next posts that go out later."""

    stored: StoredAccount
    ends_at: datetime
    words: str
    missed: Sequence[Post]


async def tokens_ending(
    store: "Store", accounts: Sequence[StoredAccount], now: datetime
) -> tuple[Ending, ...]:
    """Return the logins whose token or access to data ends within two weeks, or has ended."""
    near = [(login, words) for login in accounts if (words := warning(login, now))]
    if any(is_due(login, now) for login, _ in near):
        # A worker that has just been started after weeks has its renewals before it: a person would be called
        # for a token that is renewed a moment later.
        jobs = await store.run(store.jobs.list)
        if not any(job.name == RENEWAL_JOB and job.next_run_at > now for job in jobs):
            near = [(login, words) for login, words in near if not is_due(login, now)]
    endings = list[Ending]()
    for login, words in near:
        ends = ends_at_latest(login)
        assert ends, "nobody is warned of a login without an end"
        endings.append(Ending(login, ends, words, await _due_from(store, login, ends)))
    return tuple(endings)


async def would_miss(store: "Store", stored: StoredAccount) -> tuple[Post, ...]:
    """Return the next posts due after an account's login stops working; none where it never does."""
    ends = ends_at_latest(stored)
    return () if ends is None else await _due_from(store, stored, ends)


async def permissions_lapsing(
    store: "Store", accounts: Sequence[StoredAccount], now: datetime
) -> tuple[Ending, ...]:
    """Return the logins whose permission to publish lapses within two weeks before it is used again.

    Only those with posts planned after that: who plans nothing loses nothing.
    """
    endings = list[Ending]()
    # Most logins are younger, which costs no look at their posts.
    for login in (login for login in accounts if now >= login.token_obtained_at + WARN_UNUSED_AFTER):
        # Both count as a use: that it published, and that it was granted.
        live = PostQuery(states=WENT_LIVE, account=login.name, newest_first=True, limit=1)
        used = login.token_obtained_at
        for post in (await store.run(store.posts.list, live)).posts:
            used = max(used, post.goes_out_at or post.created_at or used)
        ends, over = used + UNUSED_LAPSES_AFTER, ends_at_latest(login)
        # A person has to sign in before that anyhow, which is told as the login's end.
        can_renew = is_offered(login.login_type, Capability.TOKEN_RENEWAL)
        is_told = over is not None and over <= ends and not can_renew
        if now < used + WARN_UNUSED_AFTER or is_told:
            continue
        planned = PostQuery(states=WAITING_STATES, account=login.name, limit=1)
        coming = (await store.run(store.posts.list, planned)).posts
        if any(post.goes_out_at is None or post.goes_out_at < ends for post in coming):
            continue
        if missed := await _due_from(store, login, ends):
            again = Fix.of("sign in again with {}.", Remedy(RemedyKind.SIGN_IN, {"account": login.name}))
            before = f"publish something before {ends:%Y-%m-%d}, or " if now < ends else ""
            words = (
                f"Nothing was published as {login.name} for {(now - used).days} days, and Instagram takes "
                f"back a permission that is not used for {UNUSED_LAPSES_AFTER.days}: {before}{again}"
            )
            endings.append(Ending(login, ends, words, missed))
    return tuple(endings)


async def _due_from(store: "Store", stored: StoredAccount, moment: datetime) -> tuple[Post, ...]:
    # Another login of the same account publishes what was planned under it.
    query = PostQuery(
        states=WAITING_STATES,
        account=stored.name,
        login=stored.name,
        due_from=moment,
        limit=MOST_MISSED,
    )
    return (await store.run(store.posts.list, query)).posts
