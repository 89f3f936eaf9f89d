"""Once a day the store drops what nothing needs any more, and keeps the rest, on both databases.

Copies of files stay for as long as a post needs them.
"""

from dataclasses import replace

from pressroom.core.account import Spending
from pressroom.core.assets import Asset
from pressroom.core.post import Post, PostOptions, PostState
from pressroom.core.readings import AccountDay, Batch
from pressroom.core.stored_posts import PostKey
from pressroom.store.store import Store
from pressroom.store.tidying import last_outings, needed_copies, posts_with_copies, tidy_jobs
from tests.fakes.clock import FakeClock
from tests.store.consents import about, declined
from tests.store.posts import after, an_event, changed, spend, stored

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
    assert store.posts.held_key(PostKey.of(post)) is None
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


OURS = {"a.jpg", "b.mp4", "cover.jpg", "stray.jpg"}


def a_kept_post(store: Store, name: str, cover: str | None = None, **fields: object) -> Post:
    options = PostOptions(cover=Asset("/mine/c.jpg", copy=f"/home/assets/{cover}") if cover else None)
    return stored(store, assets=(Asset("/mine/a", copy=f"/home/assets/{name}"),), options=options, **fields)


def test_files_and_covers_of_posts_that_may_be_sent_are_needed(store: Store) -> None:
    a_kept_post(store, "a.jpg")
    a_kept_post(store, "b.mp4", "cover.jpg")
    a_kept_post(store, "not-asked-for.jpg")
    assert needed_copies(store.database, OURS) == {"a.jpg", "b.mp4", "cover.jpg"}


def test_those_of_a_post_that_is_over_are_not_until_another_has_them_too(store: Store) -> None:
    post = a_kept_post(store, "b.mp4", "cover.jpg")
    store.posts.save(replace(changed(post), state=PostState.CANCELLED, wake_at=None), post)
    assert needed_copies(store.database, OURS) == frozenset()
    a_kept_post(store, "b.mp4")
    assert needed_copies(store.database, OURS) == {"b.mp4"}


def test_a_key_keeps_what_its_post_is_compared_by(store: Store) -> None:
    post = a_kept_post(store, "a.jpg", idempotency_key="k")
    store.posts.save(replace(changed(post), state=PostState.CANCELLED, wake_at=None), post)
    assert needed_copies(store.database, OURS) == {"a.jpg"}


def test_what_a_waiting_proposal_would_put_in_a_posts_place_is_needed_until_it_is_decided(
    store: Store,
) -> None:
    post = a_kept_post(store, "a.jpg")
    options = {"cover": {"source": "/mine/c.jpg", "copy": "/home/assets/cover.jpg"}}
    edit = store.consents.propose(about(post, verb="edit", arguments={"options": options}))
    assert needed_copies(store.database, OURS) == {"a.jpg", "cover.jpg"}
    store.consents.decide(declined(edit))
    assert needed_copies(store.database, OURS) == {"a.jpg"}


FIRST, CLIP, COVER = "a" * 64, "b" * 64, "c" * 64
DIGESTS = {FIRST, CLIP, COVER, "d" * 64}


def test_files_went_out_with_the_last_of_their_posts_unless_one_is_still_to_come(store: Store) -> None:
    early = a_kept_post(store, f"{FIRST}.jpg", due_at=after(100))
    late = a_kept_post(store, f"{CLIP}.mp4", f"{COVER}.jpg", due_at=after(200))
    again = a_kept_post(store, f"{FIRST}.jpg", due_at=after(300))
    assert last_outings(store.database, DIGESTS) == dict.fromkeys((FIRST, CLIP, COVER))
    for post in (early, late):
        store.posts.save(replace(changed(post), state=PostState.PUBLISHED, wake_at=None), post)
    dates = {FIRST: None, CLIP: after(200), COVER: after(200)}
    assert last_outings(store.database, DIGESTS) == dates
    store.posts.save(replace(changed(again), state=PostState.CANCELLED, wake_at=None), again)
    assert last_outings(store.database, DIGESTS) == {**dates, FIRST: after(100)}
    copy = {"assets": [{"source": "/mine/a.jpg", "copy": f"/home/assets/{FIRST}.jpg"}]}
    store.consents.propose(about(late, verb="edit", arguments=copy))
    assert last_outings(store.database, DIGESTS) == dates


def test_posts_are_found_by_the_copy_of_their_first_file(store: Store) -> None:
    kept = a_kept_post(store, f"{FIRST}.jpg", f"{COVER}.jpg")
    ended = a_kept_post(store, f"{FIRST}.jpg")
    store.posts.save(replace(changed(ended), state=PostState.CANCELLED, wake_at=None), ended)
    assert posts_with_copies(store.database, {FIRST}) == [kept.id]
    assert posts_with_copies(store.database, {COVER}) == []
