"""Which logins stop working, and which posts would miss: tokens about to end, permissions about to lapse."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pressroom.accounts.tokens import (
    RENEWAL_JOB,
    UNUSED_LAPSES_AFTER,
    WARN_UNUSED_AFTER,
    ends_at_latest,
    is_due,
    warning,
)
from pressroom.core.account import StoredAccount
from pressroom.core.post import WAITING_STATES, Post, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_posts import PostQuery
from pressroom.graph.capabilities import Capability, is_offered

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
    endings = [await _lapsing(store, login, now) for login in accounts]
    return tuple(ending for ending in endings if ending)


async def _lapsing(store: "Store", stored: StoredAccount, now: datetime) -> Ending | None:
    # Most logins are younger, which costs no look at their posts.
    if now < stored.token_obtained_at + WARN_UNUSED_AFTER:
        return None
    # Both count as a use: that it published, and that it was granted.
    live = PostQuery(states=(PostState.PUBLISHED,), account=stored.name, newest_first=True, limit=1)
    used = stored.token_obtained_at
    for post in (await store.run(store.posts.list, live)).posts:
        used = max(used, post.goes_out_at or post.created_at or used)
    ends = used + UNUSED_LAPSES_AFTER
    if now < used + WARN_UNUSED_AFTER:
        return None

    # A person has to sign in before that anyhow, which is told as the login's end.
    over = ends_at_latest(stored)
    if over is not None and over <= ends and not is_offered(stored.login_type, Capability.TOKEN_RENEWAL):
        return None
    planned = PostQuery(states=WAITING_STATES, account=stored.name, limit=1)
    coming = (await store.run(store.posts.list, planned)).posts
    if any(post.goes_out_at is None or post.goes_out_at < ends for post in coming):
        return None
    missed = await _due_from(store, stored, ends)
    return Ending(stored, ends, _lapsing_words(stored, used, ends, now), missed) if missed else None


def _lapsing_words(stored: StoredAccount, used: datetime, ends: datetime, now: datetime) -> str:
    again = Fix.of("sign in again with {}.", Remedy(RemedyKind.SIGN_IN, {"account": stored.name}))
    before = f"publish something before {ends:%Y-%m-%d}, or " if now < ends else ""
    return (
        f"Nothing was published as {stored.name} for {(now - used).days} days, and Instagram takes back a "
        f"permission that is not used for {UNUSED_LAPSES_AFTER.days}: {before}{again}"
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
