"""Once a day the store drops what nothing needs any more, and keeps the rest, on both databases."""

from pressroom.core.readings import AccountDay, Batch
from pressroom.core.stored_accounts import Spending
from pressroom.store.store import Store
from pressroom.store.tidying import tidy_jobs
from tests.fakes.clock import FakeClock
from tests.store.posts import after, an_event, spend, stored

DAY_S = 86_400


async def test_old_events_spending_and_keys_go_and_younger_ones_stay(store: Store, clock: FakeClock) -> None:
    post = stored(store, idempotency_key="old")
    for days in (0, 300):
        store.events.append(an_event(post, at=after(days * DAY_S)))
    for days in (364, 365):
        spend(store, "a", Spending.PUBLISH, f"m{days}", after(days * DAY_S))
    clock.advance(366.5 * DAY_S)
    (job,) = tidy_jobs(store, clock)
    await job.run()
    assert [event.at for event in store.events.list(post.id)] == [after(300 * DAY_S)]
    assert store.quota.spent("a", Spending.PUBLISH, after(0)) == (after(365 * DAY_S),)
    assert store.posts.held_key(post.account, "old") is None
    assert store.posts.get(post.id) == post


async def test_insights_stay_unless_somebody_says_how_long(store: Store, clock: FakeClock) -> None:
    for days in (0, 10):
        day = AccountDay(metric="reach", ends_at=after(days * DAY_S), number=1, read_at=after(days * DAY_S))
        store.readings.keep("1@instagram", Batch(days=[day]))
    clock.advance(40 * DAY_S)
    for keep_days, left in ((None, 2), (35, 1)):
        (job,) = tidy_jobs(store, clock, insights_keep_days=keep_days)
        await job.run()
        assert store.readings.kept("1@instagram").days == left
