"""Finds due posts and leases them to workers."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from pressroom.core.post import PUBLISH_LATE_S, WAITING_STATES, Post, PostId, PostState
from pressroom.core.stored_posts import HANDED_OVER, DuePost
from pressroom.store import tables as t
from pressroom.store.columns import is_among
from pressroom.store.database import Database
from pressroom.store.post_rows import POSTS, read_posts

# A post this late is never published automatically, so its `if_late` rule decides even while an error of
# Instagram's pauses the account; while somebody does, it stays as it is. A post in no waiting state may be
# live already, and is driven in spite of any pause.
_TOO_LATE = timedelta(seconds=PUBLISH_LATE_S)

# Any number, as long as all workers use the same. A worker that freezes must not keep the others from it: the
# server ends its transaction.
_HAND_OVER = sa.text(
    "SELECT set_config('idle_in_transaction_session_timeout', '3s', true),"
    " pg_try_advisory_xact_lock(5281377003) AS is_free"
)


class Waking:
    """The part of `SqlPosts` that workers use."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Built when first asked: a command that only lists would spend a fifth of opening the store on them.
    @cached_property
    def _due(self) -> sa.Select[*tuple[Any, ...]]:
        return _waking(self._database).where(t.posts.c.wake_at <= sa.bindparam("until"))

    @cached_property
    def _next(self) -> sa.Select[*tuple[Any, ...]]:
        return _waking(self._database).where(t.posts.c.wake_at < sa.bindparam("until"))

    def due(self, now: datetime, *, horizon_s: float = 0.0, limit: int = 100) -> tuple[DuePost, ...]:
        """Return the posts whose wake time is at most `horizon_s` after `now`, the most urgent first.

        Leased posts are left out. Posts of paused accounts are too, unless they are being published, are live
        or, where nobody made the pause by hand, are more than an hour late: their `if_late` rule decides.
        """
        values = _values(now, now + timedelta(seconds=horizon_s), limit)
        with self._database.reading() as connection:
            return tuple(_due_post(row) for row in connection.execute(self._due, values))

    def hand_over(
        self, now: datetime, *, horizon_s: float, lease_s: float, limit: int
    ) -> tuple[DuePost, ...]:
        """Lease to the queue what `due` returns, and return it; again only when no worker takes it in time.

        Concurrent callers get different posts, and on a server mostly one of them all, the others none.
        """
        values = _values(now, now + timedelta(seconds=horizon_s), limit)
        # SKIP LOCKED: rows that another transaction holds are skipped, not waited for.
        free = self._due.with_for_update(of=t.posts, skip_locked=True)
        with self._database.writing() as connection:
            # One at a time: side by side, each would get some posts of every account.
            if not self._database.location.is_sqlite and not connection.execute(_HAND_OVER).one().is_free:
                return ()
            posts = tuple(_due_post(row) for row in connection.execute(free, values))
            if posts:
                ids = [post.id for post in posts]
                connection.execute(self._lease(HANDED_OVER, lease_s).where(is_among(t.posts.c.id, ids)))
            return posts

    def next_wake(self, before: datetime, *, now: datetime) -> datetime | None:
        """Return when the next post that `due` would return wakes; None when that is not `before` a time."""
        with self._database.reading() as connection:
            row = connection.execute(self._next, _values(now, before, 1)).first()
            return row.wake_at if row else None

    def take_lease(self, post_id: PostId, worker: str, *, lease_s: float) -> Post | None:
        """Take the lease of a post and return its current value; None when another worker has the lease.

        worker: a name unique to this run of the worker.
        """
        # One UPDATE with its condition: of workers that try at once, one changes the row.
        taking = self._lease(worker, lease_s).where(t.posts.c.id == post_id, self._may_be_taken())
        with self._database.writing() as connection:
            if not connection.execute(taking).rowcount:
                return None
            return read_posts(connection.execute(POSTS.where(t.posts.c.id == post_id)))[0]

    def take_leases(
        self, post_ids: Sequence[PostId], worker: str, *, lease_s: float
    ) -> Sequence[Post | None]:
        """Take the leases of many posts in one commit; None for each that is another's, or locked now."""
        # Skipping what is locked: one post that another transaction holds must not keep the others waiting.
        free = sa.select(t.posts.c.id).where(is_among(t.posts.c.id, post_ids), self._may_be_taken())
        locked = free.order_by(t.posts.c.id).with_for_update(key_share=True, skip_locked=True)
        with self._database.writing() as connection:
            is_ours = is_among(t.posts.c.id, connection.execute(locked).scalars().all())
            connection.execute(self._lease(worker, lease_s).where(is_ours))
            taken = read_posts(connection.execute(POSTS.where(is_ours)).all())
        posts = {post.id: post for post in taken}
        return [posts.pop(post_id, None) for post_id in post_ids]

    def _may_be_taken(self) -> sa.ColumnElement[bool]:
        c = t.posts.c
        return sa.or_(self._database.is_free(c.lease_until), c.lease_worker == HANDED_OVER)

    def renew_lease(self, post_id: PostId, worker: str, *, lease_s: float) -> bool:
        """Extend a lease, counted from now; False when another worker has taken it."""
        renewing = self._lease(worker, lease_s).where(*_held(post_id, worker))
        with self._database.writing() as connection:
            return connection.execute(renewing).rowcount > 0

    def is_leased(self, post_id: PostId, *, but: str = "") -> bool:
        """Tell whether a worker has a post leased now. but: a worker that does not count."""
        c = t.posts.c
        lease = sa.select(c.id).where(
            c.id == post_id, c.lease_worker != but, ~self._database.is_free(c.lease_until)
        )
        with self._database.reading() as connection:
            return connection.execute(lease).first() is not None

    def release_lease(self, post_id: PostId, worker: str) -> None:
        """Release a lease; does nothing when the lease is not the worker's."""
        with self._database.writing() as connection:
            connection.execute(_free().where(*_held(post_id, worker)))

    def release_leases(self, spared: Collection[PostId] = ()) -> int:
        """End all leases; returns how many. Only for a caller that has proof that no other worker runs.

        spared: posts that living processes publish by themselves.
        """
        ended = _free().where(t.posts.c.lease_until.is_not(None), t.posts.c.id.not_in(sorted(spared)))
        with self._database.writing() as connection:
            return connection.execute(ended).rowcount

    def _lease(self, worker: str, lease_s: float) -> sa.Update:
        return sa.update(t.posts).values(lease_worker=worker, lease_until=self._database.lease_end(lease_s))


def _waking(database: Database) -> sa.Select[*tuple[Any, ...]]:
    """Build the query for posts that a worker may take, in the order of their index, so nothing is sorted."""
    c, a = t.posts.c, t.accounts.c
    is_paused = sa.exists().where(a.id == c.account, a.paused_until > sa.bindparam("now"))
    return (
        sa.select(c.id, c.account, c.state, c.wake_at)
        .where(
            c.wake_at.is_not(None),
            database.is_free(c.lease_until),
            sa.or_(
                c.state.not_in(WAITING_STATES),
                ~is_paused_by_hand(c.account) & (~is_paused | (c.goes_out_at < sa.bindparam("too_late"))),
            ),
        )
        .order_by(c.wake_at, c.id)
        .limit(sa.bindparam("most"))
    )


def is_paused_by_hand(account: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Build the condition that a person or a program has paused an account."""
    return sa.exists().where(t.pauses.c.account == account)


def _values(now: datetime, until: datetime, most: int) -> dict[str, Any]:
    return {"now": now, "until": until, "too_late": now - _TOO_LATE, "most": most}


def _due_post(row: sa.Row[Any]) -> DuePost:
    return DuePost(id=row.id, account=row.account, state=PostState(row.state), wake_at=row.wake_at)


def _held(post_id: PostId, worker: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return t.posts.c.id == post_id, t.posts.c.lease_worker == worker


def _free() -> sa.Update:
    return sa.update(t.posts).values(lease_worker=None, lease_until=None)
