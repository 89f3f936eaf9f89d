"""When the next post of an account fits into its quotas, by the ledger and by what is planned.

Instagram counts posts and containers over a rolling day, and says how many are used but not when one frees.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pressroom.core.account import QuotaReading, Spending
from pressroom.core.clock import Clock
from pressroom.core.errors import GraphError
from pressroom.core.graph_errors import ContainerLimitReached
from pressroom.core.post import Post, PostId
from pressroom.core.stored_posts import Cursor
from pressroom.graph.limits import CONTAINERS_PER_DAY
from pressroom.publish.context import Context
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.policy import Policy
from pressroom.publish.steps.sending import read_quota

if TYPE_CHECKING:
    from pressroom.store.store import Store

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
    """Give the first moment at which another post fits: never more than `most` within a day.

    taken: when something was or will be published. What is planned for later keeps its place. most: at least
    1.
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

    def __init__(self, store: "Store", clock: Clock, policy: Policy) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy

    async def moved_to(self, context: Context, post: Post) -> ev.QuotaFull | None:
        """Say when a post goes out that will not fit at its time; None when it will fit."""
        now, ledger = self._clock.now(), self._store.quota
        reading = await self._store.run(ledger.reading, post.account)
        # Instagram is asked again when it said so long ago.
        if reading is None or now - reading.read_at >= _READING_LASTS:
            quota = await read_quota(context)
            if quota is not None:
                total = quota.config.quota_total if quota.config else None
                reading = QuotaReading(total=total, usage=quota.quota_usage, read_at=now)
                await self._store.run(ledger.note_reading, post.account, reading)
        if reading is None or reading.total is None or post.goes_out_at is None:
            return None
        # It fits when fewer than are allowed go out in the day before it.
        day_before, place = post.goes_out_at - _DAY, Cursor(post.goes_out_at, post.id)
        spent = await self._spent(post)
        planned = await self._store.run(self._store.posts.planned, post.account, day_before, post.goes_out_at)
        earlier = [other.goes_out_at for other in planned if other < place]
        is_full = len([at for at in (*spent, *earlier) if at > day_before]) >= reading.total
        return await self.slot_at(post, reading.total) if is_full else None

    async def forecast(self, post: Post) -> ev.QuotaFull | None:
        """Say the same as `moved_to` of a post that is only planned, by the store alone, without a call."""
        return (await self.forecast_each([post])).get(post.id)

    async def forecast_each(self, posts: Sequence[Post]) -> Mapping[PostId, ev.QuotaFull]:
        """Forecast posts of one account that are planned together, by id; those that will fit are left out.

        What is stored under their ids does not count, nor does a post of theirs that is held. The store is
        read once for all.
        """
        own_places = [Cursor(post.goes_out_at, post.id) for post in posts if post.goes_out_at]
        reading = await self._store.run(self._store.quota.reading, posts[0].account) if own_places else None
        if reading is None or reading.total is None:
            return {}
        total, spent = reading.total, await self._spent(posts[0])
        account, times = posts[0].account, [self._clock.now(), *(place.goes_out_at for place in own_places)]
        planned = await self._store.run(
            self._store.posts.planned, account, min(times) - _DAY, max(times) + _FAR
        )
        ids, held = {post.id for post in posts}, {post.id for post in posts if post.state.is_held}
        others = (place for place in planned if place.id not in ids)
        places = sorted([*others, *(place for place in own_places if place.id not in held)])
        forecasts = dict[PostId, ev.QuotaFull]()
        for place in own_places:
            day_before = place.goes_out_at - _DAY
            first = bisect_right(places, day_before, key=lambda other: other.goes_out_at)
            planned_before = bisect_left(places, place) - first
            if planned_before + len(spent) - bisect_right(spent, day_before) >= total:
                taken = [*spent, *(other.goes_out_at for other in places if other.id != place.id)]
                forecasts[place.id] = self._later(place.goes_out_at, taken, total, total)
        return forecasts

    def _later(
        self, at: datetime | None, taken: Sequence[datetime], most: int, total: int | None
    ) -> ev.QuotaFull:
        """Say when there is room for what is to go out at a time. total: what Instagram says is allowed."""
        now = self._clock.now()
        earliest = max(now, at or now)
        frees_at = next_free(taken, max(most, 1), earliest)
        later = frees_at if frees_at > earliest else max(earliest, now + _SOMEBODY_ELSES)
        return ev.QuotaFull(free_at=later + _MARGIN, why=_why("posts", total))

    async def crowds_out(self, post: Post) -> bool:
        """Tell whether a planned post, which fits, leaves no room for one that is planned for later."""
        reading = await self._store.run(self._store.quota.reading, post.account)
        if reading is None or reading.total is None or post.goes_out_at is None:
            return False
        since, until = post.goes_out_at - _DAY, post.goes_out_at + _DAY
        planned = await self._store.run(self._store.posts.planned, post.account, since, until)
        taken = [
            *await self._spent(post),
            *(place.goes_out_at for place in planned if place.id != post.id),
        ]
        return next_free(taken, max(reading.total, 1), post.goes_out_at) != post.goes_out_at

    async def frees_at(self, post: Post, error: GraphError) -> ev.QuotaFull:
        """Say when a post may go out that Instagram refused for a quota."""
        if not isinstance(error, ContainerLimitReached):
            return await self.slot_at(post)
        # A post that needs containers goes out once older ones have aged out.
        now = self._clock.now()
        spent = await self._store.run(self._store.quota.spent, post.account, Spending.CONTAINER, now - _DAY)
        # A carousel counts for each of its items and for itself.
        needed = len(post.assets) + (len(post.assets) > 1)
        frees_at = spent[min(needed, len(spent)) - 1] + _DAY if spent else now + _SOMEBODY_ELSES
        later = max(frees_at, now) + timedelta(seconds=self._policy.prepare_ahead_s) + _MARGIN
        return ev.QuotaFull(free_at=later, why=_why("containers", CONTAINERS_PER_DAY))

    async def slot_at(self, post: Post, total: int | None = None) -> ev.QuotaFull:
        """Find the first moment at which the post fits. total: None when Instagram did not say just now.

        An hour from now when our own ledger shows room: then somebody else used the quota.
        """
        now = self._clock.now()
        spent = await self._spent(post)
        posts, until = self._store.posts, max(now, post.goes_out_at or now) + _FAR
        planned = await self._store.run(posts.planned, post.account, now - _DAY, until)
        reading = await self._store.run(self._store.quota.reading, post.account)
        total = total or (reading.total if reading else None)
        taken = [*spent, *(place.goes_out_at for place in planned if place.id != post.id)]
        return self._later(post.goes_out_at, taken, total or len(spent), total)

    async def _spent(self, post: Post) -> tuple[datetime, ...]:
        since = self._clock.now() - _DAY
        return await self._store.run(self._store.quota.spent, post.account, Spending.PUBLISH, since)


def _why(what: str, most: int | None) -> str:
    full = f"The account's quota of {what} in 24 hours is full"
    return f"{full}: Instagram allows {most}." if most else f"{full}."
