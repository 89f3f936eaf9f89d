"""Which logins stop working, and which posts would miss: tokens about to end, permissions about to lapse."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pressroom.accounts.tokens import RENEWAL_JOB, ends_at_latest, is_due, warning
from pressroom.core.post import WAITING_STATES, Post, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_accounts import StoredAccount
from pressroom.core.stored_posts import PostQuery
from pressroom.graph.capabilities import Capability, is_offered
from pressroom.service.doctor.judge_permissions import LAPSES_AFTER, WARN_AFTER

if TYPE_CHECKING:
    from pressroom.store.store import Store

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
    near = [(one, words) for one in accounts if (words := warning(one, now))]
    if any(is_due(one, now) for one, _ in near) and await _is_renewing(store, now):
        near = [(one, words) for one, words in near if not is_due(one, now)]
    return tuple([await _ending(store, one, words) for one, words in near])


async def _ending(store: "Store", stored: StoredAccount, words: str) -> Ending:
    ends = ends_at_latest(stored)
    assert ends, "nobody is warned of a login without an end"
    return Ending(stored, ends, words, await _due_from(store, stored, ends))


async def _is_renewing(store: "Store", now: datetime) -> bool:
    """Return whether tokens are yet to be renewed, as by a worker that has just been started after weeks."""
    # A person would be called for a token that is renewed a moment later.
    jobs = await store.run(store.jobs.list)
    return not any(job.name == RENEWAL_JOB and job.next_run_at > now for job in jobs)


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
    found = [await _lapsing(store, one, now) for one in accounts]
    return tuple(one for one in found if one)


async def _lapsing(store: "Store", stored: StoredAccount, now: datetime) -> Ending | None:
    # Most logins are younger, which costs no look at their posts.
    if now < stored.token_obtained_at + WARN_AFTER:
        return None
    used = await _last_used(store, stored)
    ends = used + LAPSES_AFTER
    if now < used + WARN_AFTER or _is_over_before(stored, ends) or await _is_used_before(store, stored, ends):
        return None
    missed = await _due_from(store, stored, ends)
    return Ending(stored, ends, _words(stored, used, ends, now), missed) if missed else None


def _is_over_before(stored: StoredAccount, moment: datetime) -> bool:
    """Return whether a person has to sign in before a moment anyhow, which is told as the login's end."""
    ends = ends_at_latest(stored)
    return ends is not None and ends <= moment and not is_offered(stored.login_type, Capability.TOKEN_RENEWAL)


async def _last_used(store: "Store", stored: StoredAccount) -> datetime:
    """Return when it last published, or when it was granted: both count as a use."""
    live = PostQuery(states=(PostState.PUBLISHED,), account=stored.name, newest_first=True, limit=1)
    newest = (await store.run(store.posts.list, live)).posts
    at = (newest[0].goes_out_at or newest[0].created_at) if newest else None
    return max(at or stored.token_obtained_at, stored.token_obtained_at)


async def _is_used_before(store: "Store", stored: StoredAccount, moment: datetime) -> bool:
    query = PostQuery(states=WAITING_STATES, account=stored.name, limit=1)
    coming = (await store.run(store.posts.list, query)).posts
    return any(post.goes_out_at is None or post.goes_out_at < moment for post in coming)


def _words(stored: StoredAccount, used: datetime, ends: datetime, now: datetime) -> str:
    again = Fix.of("sign in again with {}.", Remedy(RemedyKind.SIGN_IN, {"account": stored.name}))
    before = f"publish something before {ends:%Y-%m-%d}, or " if now < ends else ""
    return (
        f"Nothing was published as {stored.name} for {(now - used).days} days, and Instagram takes back a "
        f"permission that is not used for {LAPSES_AFTER.days}: {before}{again}"
    )


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
