"""When the next post of an account fits into its quotas, by the ledger and by what is planned.

Instagram counts posts and containers over a rolling day, and says how many are used but not when one frees.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

from pressroom.core.clock import Clock
from pressroom.core.errors import GraphError
from pressroom.core.graph_errors import ContainerLimitReached
from pressroom.core.post import Post
from pressroom.core.quota import QuotaReading, Spending
from pressroom.core.repositories import Cursor, Repositories
from pressroom.publish.context import Context
from pressroom.publish.machine.policy import Policy
from pressroom.publish.steps.sending import read_quota

_DAY = timedelta(days=1)
# Instagram's clock and ours differ a little, and a slot asked for too early costs a round.
_MARGIN = timedelta(minutes=2)
# Posts made elsewhere free a slot within a day, nobody can tell when: asking hourly finds it soon enough.
_SOMEBODY_ELSES = timedelta(hours=1)
# Only the total of a reading is used, which hardly ever changes.
_READING_LASTS = timedelta(hours=1)
# What is planned further ahead is not looked at: until then much will have changed.
_FAR = timedelta(days=14)


def next_free(taken: Sequence[datetime], most: int, now: datetime) -> datetime:
    """Give the first moment at which one more fits: never more than `most` within a day.

    taken: when something was or will be published. What is planned for later keeps its place. most: one at
    least.
    """
    times = sorted(taken)

    def count(at: datetime) -> int:
        return bisect_right(times, at) - bisect_right(times, at - _DAY)

    full = [at for at in times if count(at) >= most]
    moments = [now, *(at + _DAY for at in times if at + _DAY > now)]

    def is_free(moment: datetime) -> bool:
        place = bisect_right(full, moment)
        crowds_a_later_one = place < len(full) and full[place] < moment + _DAY
        return count(moment) < most and not crowds_a_later_one

    # A day after the last one nothing is left to count, so that one of them is free.
    return next(moment for moment in moments if is_free(moment))


class QuotaRoom:
    """Finds the times at which an account's posts fit into its quotas."""

    def __init__(self, store: Repositories, clock: Clock, policy: Policy) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy

    async def moved_to(self, context: Context, post: Post) -> datetime | None:
        """Say when a post goes out that will not fit at its due time; None for one that will."""
        reading = await self._reading(context, post.account)
        if post.due_at is None or reading is None or reading.total is None:
            return None
        day_before, mine = post.due_at - _DAY, Cursor(post.due_at, post.id)
        spent = await self._spent(post)
        planned = await self._store.run(self._store.posts.planned, post.account, day_before, post.due_at)
        earlier = [place.due_at for place in planned if place < mine]
        taken = [at for at in (*spent, *earlier) if at > day_before]
        return await self.slot_at(post, reading.total) if len(taken) >= reading.total else None

    async def frees_at(self, post: Post, error: GraphError) -> datetime:
        """Say when a post may go out that Instagram refused for a quota."""
        is_for_containers = isinstance(error, ContainerLimitReached)
        return await (self._container_at(post) if is_for_containers else self.slot_at(post))

    async def slot_at(self, post: Post, total: int | None = None) -> datetime:
        """Find the first moment at which the post fits. total: None when Instagram did not say just now.

        An hour from now when our own ledger shows room: then somebody else used the quota.
        """
        now = self._clock.now()
        spent = await self._spent(post)
        posts, until = self._store.posts, max(now, post.due_at or now) + _FAR
        planned = await self._store.run(posts.planned, post.account, now - _DAY, until)
        reading = await self._store.run(self._store.quota.reading, post.account)
        most = total or (reading.total if reading else None) or len(spent)
        taken = [*spent, *(place.due_at for place in planned if place.id != post.id)]
        frees_at = next_free(taken, max(most, 1), max(now, post.due_at or now))
        return (frees_at if frees_at > now else now + _SOMEBODY_ELSES) + _MARGIN

    async def _container_at(self, post: Post) -> datetime:
        """Say when a post may be due that needs containers which can be made only when older ones age out."""
        now = self._clock.now()
        spent = await self._store.run(self._store.quota.spent, post.account, Spending.CONTAINER, now - _DAY)
        # A carousel counts for each of its items and for itself.
        needed = len(post.assets) + (len(post.assets) > 1)
        frees_at = spent[min(needed, len(spent)) - 1] + _DAY if spent else now + _SOMEBODY_ELSES
        return max(frees_at, now) + timedelta(seconds=self._policy.prepare_ahead_s) + _MARGIN

    async def _reading(self, context: Context, account: str) -> QuotaReading | None:
        """Give what Instagram said of the quota, asking again when that is long ago."""
        now, ledger = self._clock.now(), self._store.quota
        known = await self._store.run(ledger.reading, account)
        if known is not None and now - known.read_at < _READING_LASTS:
            return known
        quota = await read_quota(context)
        if quota is None:
            return known
        total = quota.config.quota_total if quota.config else None
        reading = QuotaReading(total=total, usage=quota.quota_usage, read_at=now)
        await self._store.run(ledger.note_reading, account, reading)
        return reading

    async def _spent(self, post: Post) -> tuple[datetime, ...]:
        since = self._clock.now() - _DAY
        return await self._store.run(self._store.quota.spent, post.account, Spending.PUBLISH, since)
