"""Deletes what the store no longer needs."""

from dataclasses import dataclass
from datetime import timedelta

from pressroom.core.clock import Clock
from pressroom.core.protocols import Job
from pressroom.core.stored_posts import KEY_LIFETIME
from pressroom.store.store import Store

_DAY_S = 86400.0
_KEPT_EVENTS = timedelta(days=365)
# Instagram counts over the last 24 hours (IG User, Content Publishing Limit).
_KEPT_SPENDING = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class _Tidying:
    store: Store
    clock: Clock
    insights_keep_days: int | None

    async def run(self) -> None:
        store, now = self.store, self.clock.now()
        await store.run(store.posts.forget_keys, now - KEY_LIFETIME)
        await store.run(store.posts.forget_sends, now)
        await store.run(store.events.delete_before, now - _KEPT_EVENTS)
        await store.run(store.quota.delete_before, now - _KEPT_SPENDING)
        if self.insights_keep_days is not None:
            kept = timedelta(days=self.insights_keep_days)
            await store.run(store.readings.delete_before, None, now - kept)


def tidy_jobs(store: Store, clock: Clock, *, insights_keep_days: int | None = None) -> tuple[Job, ...]:
    """Return the store's periodic job: daily it deletes old keys, logged sends, events and quota spending.

    insights_keep_days: older insights are deleted too; None keeps all.
    """
    return (Job("tidy", _Tidying(store, clock, insights_keep_days).run, _DAY_S),)
