"""Which posts are given to workers, and that one worker alone drives a post."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import URL, text

from pressroom.core.account import UNTIL_RESUMED, Pause
from pressroom.core.post import Followup, Post, PostId, PostState
from pressroom.core.stored_posts import AT_ONCE, DuePost, wakes_at
from pressroom.store.store import Store, open_store
from pressroom.store.waking import _HAND_OVER
from tests.fakes.clock import START, FakeClock
from tests.store.plans import SLOW, plans
from tests.store.posts import a_post, after, changed, publishing, stored

RESTING = [
    PostState.DRAFT,
    PostState.FAILED,
    PostState.NEEDS_ATTENTION,
    PostState.MISSED,
    PostState.CANCELLED,
]


def due(store: Store, seconds: float = 0, horizon_s: float = 0, limit: int = 100) -> list[PostId]:
    return [post.id for post in store.posts.due(after(seconds), horizon_s=horizon_s, limit=limit)]


def test_posts_are_due_from_their_wake_time_the_earliest_first(store: Store) -> None:
    late = stored(store, wake_at=after(20))
    early = stored(store, wake_at=after(10), account="b")
    assert due(store, 9) == []
    assert due(store, 10) == [early.id]
    assert due(store, 20) == [early.id, late.id]
    assert due(store, 20, limit=1) == [early.id]
    assert due(store, 5, horizon_s=5) == [early.id]
    assert store.posts.due(after(10)) == (
        DuePost(id=early.id, account="b", state=PostState.SCHEDULED, wake_at=after(10)),
    )


@pytest.mark.parametrize("state", RESTING)
def test_a_post_that_rests_is_not_woken(store: Store, state: PostState) -> None:
    stored(store, state=state, wake_at=after(0))
    assert due(store, 10) == []


def test_a_post_under_way_without_a_time_is_looked_at_at_once(store: Store) -> None:
    """Its worker may have died before it said when to look again."""
    post = stored(store)
    store.posts.save(publishing(post), post)
    assert due(store, -3600) == [post.id]


def test_a_scheduled_post_without_a_time_wakes_when_it_is_due(store: Store) -> None:
    post = stored(store, due_at=after(60))
    assert due(store, 59) == []
    assert due(store, 60) == [post.id]


def test_a_live_post_wakes_only_for_what_is_left_to_do() -> None:
    assert wakes_at(a_post(state=PostState.PUBLISHED, followups=())) is None
    assert wakes_at(a_post(state=PostState.PUBLISHED, followups=(Followup.PERMALINK,))) == AT_ONCE


def test_the_next_wake_up_is_told_within_the_time_asked_for(store: Store) -> None:
    post = stored(store, wake_at=after(20))
    assert store.posts.next_wake(after(20), now=START) is None
    assert store.posts.next_wake(after(30), now=START) == after(20)
    store.posts.take_lease(post.id, "w", lease_s=60)
    assert store.posts.next_wake(after(30), now=START) is None


def test_a_post_of_a_paused_account_that_is_over_an_hour_late_is_given_so_that_its_rule_decides(
    store: Store,
) -> None:
    post = stored(store, due_at=after(0), wake_at=after(0))
    store.accounts.pause("default", Pause(until=UNTIL_RESUMED, reason="revoked"))
    assert due(store, 3600) == []
    assert due(store, 3601) == [post.id]
    assert store.posts.next_wake(after(3700), now=after(3601)) == after(0)


def test_a_paused_account_starts_nothing_and_its_posts_under_way_are_looked_after(store: Store) -> None:
    waiting, doubtful = stored(store, wake_at=after(0)), stored(store)
    store.posts.save(publishing(doubtful), doubtful)
    other = stored(store, account="other", wake_at=after(0))
    store.accounts.pause("default", Pause(until=after(100), reason="restricted"))
    assert due(store, 99) == [doubtful.id, other.id]
    assert set(due(store, 100)) == {waiting.id, doubtful.id, other.id}
    store.accounts.resume("default")
    assert set(due(store, 0)) == {waiting.id, doubtful.id, other.id}


def test_one_worker_alone_drives_a_post(store: Store) -> None:
    post = stored(store, wake_at=after(0))
    assert store.posts.take_lease(post.id, "one", lease_s=60) == post
    assert store.posts.take_lease(post.id, "two", lease_s=60) is None
    assert store.posts.take_lease(post.id, "one", lease_s=60) is None
    assert due(store, 10) == []


def test_of_many_workers_at_the_same_moment_one_gets_the_post(store: Store) -> None:
    post = stored(store, wake_at=after(0))
    start = threading.Barrier(6)

    def take(number: int) -> Post | None:
        start.wait()
        return store.posts.take_lease(post.id, f"w{number}", lease_s=60)

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(take, range(6))).count(post) == 1


def test_a_lease_gives_the_post_as_it_stands(store: Store) -> None:
    post = stored(store)
    after_change = changed(post, problem="x")
    store.posts.save(after_change, post)
    assert store.posts.take_lease(post.id, "w", lease_s=60) == after_change
    assert store.posts.take_lease(PostId("nobody"), "w", lease_s=60) is None


def test_a_lease_that_ran_out_passes_to_another_worker(store: Store) -> None:
    post = stored(store, wake_at=after(0))
    store.posts.take_lease(post.id, "frozen", lease_s=0)
    assert due(store) == [post.id]
    assert store.posts.take_lease(post.id, "next", lease_s=60)
    assert not store.posts.renew_lease(post.id, "frozen", lease_s=60)


def test_a_renewed_lease_goes_on(store: Store) -> None:
    post = stored(store, wake_at=after(0))
    store.posts.take_lease(post.id, "w", lease_s=0)
    assert store.posts.renew_lease(post.id, "w", lease_s=60)
    assert due(store) == []


def test_only_its_worker_gives_a_post_back(store: Store) -> None:
    post = stored(store, wake_at=after(0))
    store.posts.take_lease(post.id, "one", lease_s=60)
    store.posts.release_lease(post.id, "two")
    assert due(store) == []
    store.posts.release_lease(post.id, "one")
    assert due(store) == [post.id]


def test_a_change_leaves_the_lease_alone(store: Store) -> None:
    post = stored(store, wake_at=after(0))
    store.posts.take_lease(post.id, "w", lease_s=60)
    store.posts.save(changed(post, state=PostState.PREPARING), post)
    assert due(store) == []
    assert store.posts.renew_lease(post.id, "w", lease_s=60)


def test_who_knows_that_no_worker_runs_frees_every_post(store: Store) -> None:
    posts = [stored(store, wake_at=after(0)) for _ in range(3)]
    for post in posts[:2]:
        store.posts.take_lease(post.id, "dead", lease_s=3600)
    assert store.posts.release_leases() == 2
    assert len(due(store)) == 3


def test_on_a_server_leases_go_by_its_clock_and_not_by_a_machines(shared_database: URL) -> None:
    """A worker whose clock runs ahead by years takes no lease from another."""
    address = shared_database.render_as_string(hide_password=False)
    with open_store(address, clock=FakeClock(START + timedelta(days=3650))) as ahead:
        post = stored(ahead)
        assert ahead.posts.take_lease(post.id, "one", lease_s=60)
        assert ahead.posts.take_lease(post.id, "two", lease_s=60) is None


@pytest.mark.usefixtures("long_run")
def test_due_posts_are_found_by_their_index_however_many_there_are(store: Store) -> None:
    """The database says itself how it would look for them: in the index, in its order, nothing sorted."""
    store.posts.add_all([(a_post(wake_at=after(number)), "") for number in range(5000)])
    found = plans(store, lambda: (store.posts.due(START), store.posts.next_wake(after(30), now=START)))
    assert len(found) == 2
    for plan in found:
        assert "ix_posts_wake_at" in plan
        assert not [slow for slow in SLOW if slow in plan], plan


def hand_over(store: Store, lease_s: float = 60, limit: int = 100) -> list[PostId]:
    return [post.id for post in store.posts.hand_over(after(0), horizon_s=0, lease_s=lease_s, limit=limit)]


def test_a_post_is_handed_over_once_and_again_when_nobody_takes_it_up(store: Store) -> None:
    early, late = stored(store, wake_at=after(-1)), stored(store, wake_at=after(0))
    assert hand_over(store, limit=1) == [early.id]
    assert hand_over(store, lease_s=0) == [late.id]
    assert hand_over(store) == [late.id]
    assert hand_over(store) == due(store) == []


def test_one_worker_alone_takes_a_post_that_was_handed_over(store: Store) -> None:
    post = stored(store, wake_at=after(0))
    hand_over(store)
    assert store.posts.take_lease(post.id, "one", lease_s=60) == post
    assert store.posts.take_lease(post.id, "two", lease_s=60) is None
    assert hand_over(store) == []


def test_of_many_who_hand_over_at_the_same_moment_each_gets_other_posts(store: Store) -> None:
    posts = {stored(store, wake_at=after(0)).id for _ in range(24)}
    start = threading.Barrier(4)

    def hand(_: int) -> list[PostId]:
        start.wait()
        return hand_over(store, limit=6)

    with ThreadPoolExecutor(4) as threads:
        handed = [post for some in threads.map(hand, range(4)) for post in some]
    handed += hand_over(store)
    assert sorted(handed) == sorted(posts)


def test_nobody_waits_for_a_worker_that_hands_over(store: Store) -> None:
    if not store.is_shared:
        return  # SQLite has no queue
    post = stored(store, wake_at=after(0))
    with store.database.engine.begin() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(5281377003)"))
        assert hand_over(store) == []
    assert hand_over(store) == [post.id]


def test_a_worker_that_freezes_while_it_hands_over_is_ended_by_the_server(store: Store) -> None:
    if not store.is_shared:
        return
    with store.database.writing() as connection:
        connection.execute(_HAND_OVER)
        shown = connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()
    assert shown == "3s"


def test_of_many_who_hand_over_at_the_same_moment_one_gets_all_that_it_asks_for(store: Store) -> None:
    store.posts.add_all([(a_post(wake_at=after(0)), "") for _ in range(200)])

    def hand(start: threading.Barrier) -> int:
        start.wait()
        return len(hand_over(store, limit=200))

    with ThreadPoolExecutor(4) as threads:
        for _ in range(10):
            store.posts.release_leases()
            handed = list(threads.map(hand, [threading.Barrier(4)] * 4))
            assert sorted(handed) == [0, 0, 0, 200]
