"""Many posts saved, and many leases taken, in one commit: each as if it were alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import psycopg
import pytest
from sqlalchemy import event, text

from pressroom.core.account import UNTIL_RESUMED, Pause, Spending
from pressroom.core.actor import ActorId
from pressroom.core.errors import AccountPaused, AnotherSendOpen, Conflict, SnapshotOutdated, StoreFailed
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post, PostId, PostState, SendState
from pressroom.core.stored_posts import PostSave, SendOpening
from pressroom.store.failures import failure
from pressroom.store.store import Store
from tests.fakes.clock import FakeClock
from tests.store.plans import plans
from tests.store.posts import a_post, after, changed, live, publishing, spend, stored

BY_HAND = Pause(UNTIL_RESUMED, "On hold", ActorId("person:anna"), after(0))
BY_ERROR = Pause(UNTIL_RESUMED, "Instagram answered 190.", code=190, subcode=463)
NAMES = ("a", "b", "c")


def some(store: Store, names: Sequence[str] = NAMES) -> list[Post]:
    """Store a post of an account of its own for each name."""
    return [stored(store, id=PostId(name), account=f"shop-{name}") for name in names]


def opening(post: Post, **changes: object) -> PostSave:
    given = SendOpening(went_live=(), heeds_pauses=True, **changes)  # pyright: ignore[reportArgumentType]  # field names
    return PostSave(publishing(post), post, (a_line(post),), given)


def a_line(post: Post) -> JournalEvent:
    return JournalEvent(subject_id=post.id, at=after(0), step="send_committed", text=f"Publishing {post.id}.")


def test_all_are_saved_with_their_containers_sends_events_and_quota(store: Store) -> None:
    posts = some(store)
    assert store.posts.save_together([opening(post) for post in posts]) == [True] * 3
    sent = [store.posts.get(post.id) for post in posts]
    assert sent == [replace(publishing(post), login=post.login) for post in posts]
    closed = [PostSave(live(post), post, (a_line(post),)) for post in sent]
    assert store.posts.save_together(closed) == [True] * 3
    for post in posts:
        kept = store.posts.get(post.id)
        assert (kept.state, kept.sends[0].state) == (PostState.PUBLISHED, SendState.LIVE)
        assert [line.text for line in store.events.list(post.id)] == [f"Publishing {post.id}."] * 2
        for what in (Spending.CONTAINER, Spending.PUBLISH):
            assert len(store.quota.spent(post.account, what, after(-3600))) == 1


@pytest.mark.usefixtures("long_run")
def test_they_are_found_by_their_ids_however_many_posts_there_are(store: Store) -> None:
    posts = some(store)
    store.posts.add_all([(a_post(), "") for _ in range(5000)])
    ids = [post.id for post in posts]
    look = plans(
        store,
        lambda: (
            store.posts.take_leases(ids, "me", lease_s=60),
            store.posts.save_together([opening(post) for post in posts]),
            store.posts.get(ids[0]),
        ),
    )
    assert len(look) > 4
    scans = [f"{how} {table}" for how in ("SCAN", "Seq Scan on") for table in ("posts", "assets")]
    for plan in look:
        assert not [scan for scan in scans if scan in plan], plan


def test_they_are_saved_as_each_would_be_alone(store: Store) -> None:
    together, alone = some(store, ("a", "b")), some(store, ("c", "d"))
    store.posts.save_together([opening(post) for post in together])
    for post in alone:
        store.posts.save(publishing(post), post, [a_line(post)])
    kinds = zip(together, alone, strict=True)
    for one, other in ((store.posts.get(a.id), store.posts.get(b.id)) for a, b in kinds):
        same = {"id": other.id, "account": other.account, "login": other.login}
        assert replace(one, containers=(), sends=(), **same) == replace(other, containers=(), sends=())
        assert one.sends == other.sends


def test_it_is_one_commit_however_many_they_are(store: Store) -> None:
    posts, commits = some(store, [f"post-{number}" for number in range(60)]), list[object]()
    event.listen(store.database.engine, "commit", commits.append)
    assert all(store.posts.save_together([opening(post) for post in posts]))
    assert len(commits) == 1


def test_on_a_server_a_commit_of_sends_is_four_statements_which_stay_the_same(store: Store) -> None:
    """Each is a round trip, and one that has other words must be planned anew."""
    if not store.is_shared:
        return
    posts, statements = some(store, [f"post-{number}" for number in range(60)]), list[str]()
    event.listen(
        store.database.engine, "before_cursor_execute", lambda *given: statements.append(str(given[2]))
    )
    for some_posts in (posts[:50], posts[50:]):
        assert all(store.posts.save_together([opening(post) for post in some_posts]))
    assert len(statements) == 8, "what stands, what hinders, the change, and what hinders now"
    assert statements[:4] == statements[4:]


def test_one_that_somebody_changed_is_left_to_be_saved_alone_and_the_others_are_saved(store: Store) -> None:
    posts = some(store)
    store.posts.save(changed(posts[1]), posts[1])
    assert store.posts.save_together([opening(post) for post in posts]) == [True, False, True]
    with pytest.raises(Conflict):
        store.posts.save(publishing(posts[1]), posts[1])
    assert store.posts.get(posts[1].id).open_send is None
    assert list(store.events.list(posts[1].id)) == []


def test_one_that_is_not_there_is_left_out_too(store: Store) -> None:
    posts = some(store)
    missing = replace(posts[0], id=PostId("nowhere"))
    assert store.posts.save_together([opening(post) for post in (*posts, missing)])[-1] is False


@pytest.mark.parametrize(
    ("pause", "error"), [(BY_HAND, Conflict), (BY_ERROR, AccountPaused)], ids=["by hand", "by an error"]
)
def test_no_send_of_a_paused_account_is_opened(store: Store, pause: Pause, error: type[Conflict]) -> None:
    posts = some(store)
    store.accounts.pause(posts[1].account, pause)
    assert store.posts.save_together([opening(post) for post in posts]) == [True, False, True]
    refused = opening(posts[1])
    with pytest.raises(error, match=pause.reason):
        store.posts.save(refused.post, refused.was, opening=refused.opening)
    assert store.posts.get(posts[1].id).open_send is None


def test_a_pause_by_an_error_that_is_over_or_is_not_heeded_hinders_nothing(store: Store) -> None:
    one, other = some(store, ("a", "b"))
    store.accounts.pause(one.account, replace(BY_ERROR, until=after(-1)))
    store.accounts.pause(other.account, BY_ERROR)
    saves = [opening(one), replace(opening(other), opening=SendOpening(went_live=()))]
    assert store.posts.save_together(saves) == [True, True]


def test_a_send_is_opened_only_while_nothing_went_live_but_what_its_snapshot_counts(store: Store) -> None:
    posts = some(store)
    spend(store, posts[1].account, Spending.PUBLISH, "other", after(-60))
    assert store.posts.save_together([opening(post) for post in posts]) == [True, False, True]
    with pytest.raises(SnapshotOutdated):
        store.posts.save(publishing(posts[1]), posts[1], opening=SendOpening(went_live=()))
    store.posts.save(publishing(posts[1]), posts[1], opening=SendOpening(went_live=(after(-60),)))


def test_what_leaves_the_day_before_makes_no_snapshot_outdated(store: Store, clock: FakeClock) -> None:
    (post,) = some(store, ("a",))
    yesterday = after(-24 * 3600 + 1)
    spend(store, post.account, Spending.PUBLISH, "other", yesterday)
    clock.advance(2)
    store.posts.save(publishing(post), post, opening=SendOpening(went_live=(yesterday,)))
    assert store.posts.get(post.id).open_send is not None


def test_of_two_sends_of_one_account_none_is_opened_unnoticed(store: Store) -> None:
    one, other = (stored(store, id=PostId(name), account="shop") for name in ("a", "b"))
    third = stored(store, id=PostId("c"), account="another")
    assert store.posts.save_together([opening(post) for post in (one, other, third)]) == [True, False, True]
    with pytest.raises(AnotherSendOpen, match="a of account"):
        store.posts.save(publishing(other), other)


def test_a_send_is_not_opened_in_the_commit_that_closes_another_of_the_account(store: Store) -> None:
    """What that one brought live is in no snapshot that was taken before."""
    one, other = (stored(store, id=PostId(name), account="shop") for name in ("a", "b"))
    store.posts.save(publishing(one), one)
    sent = store.posts.get(one.id)
    closing = PostSave(live(sent), sent)
    # Two of them, since one alone is not saved together.
    assert store.posts.save_together([closing, opening(other)]) == [True, False]
    with pytest.raises(SnapshotOutdated):
        store.posts.save(publishing(other), other, opening=SendOpening(went_live=()))


def test_a_row_that_breaks_a_rule_keeps_none_of_the_others_from_being_saved_alone(store: Store) -> None:
    posts = some(store)
    broken = replace(opening(posts[1]), post=replace(publishing(posts[1]), containers=()))
    saves = [opening(posts[0]), broken, opening(posts[2])]
    assert store.posts.save_together(saves) == [False] * 3
    for save in (saves[0], saves[2]):
        store.posts.save(save.post, save.was, save.events, opening=save.opening)


def test_a_post_that_another_transaction_holds_keeps_nobody_waiting(store: Store) -> None:
    if not store.is_shared:
        return  # SQLite has one writer at a time
    posts = some(store)
    with store.database.engine.begin() as other:
        other.execute(text("SELECT id FROM posts WHERE id = 'b' FOR UPDATE"))
        assert store.posts.save_together([opening(post) for post in posts]) == [True, False, True]
        taken = store.posts.take_leases([post.id for post in posts], "me", lease_s=60)
        assert [post.id if post else None for post in taken] == ["a", None, "c"]


def test_a_store_that_fails_fails_them_all(store: Store) -> None:
    posts = some(store)
    full = patch("pressroom.store.posts.update_posts", side_effect=StoreFailed("Full.", fix=""))
    with full, pytest.raises(StoreFailed):
        store.posts.save_together([opening(post) for post in posts])
    assert [store.posts.get(post.id).state for post in posts] == [PostState.SCHEDULED] * 3


def test_leases_are_taken_of_what_is_free_or_handed_over_and_of_nothing_else(store: Store) -> None:
    posts = some(store, ("free", "taken", "handed"))
    ids = [post.id for post in posts]
    store.posts.take_lease(PostId("taken"), "somebody", lease_s=60)
    store.posts.hand_over(after(0) + timedelta(days=9), horizon_s=0, lease_s=60, limit=9)
    taken = store.posts.take_leases([*ids, PostId("nowhere")], "me", lease_s=60)
    assert [post.id if post else None for post in taken] == ["free", None, "handed", None]
    assert store.posts.renew_lease(PostId("free"), "me", lease_s=60)
    assert not store.posts.renew_lease(PostId("taken"), "me", lease_s=60)
    assert store.posts.take_leases(ids, "another", lease_s=60) == [None] * 3


@pytest.mark.parametrize("state", ["40P01", "55P03", "40001"])
def test_a_commit_that_another_transaction_was_in_the_way_of_leaves_each_to_be_saved_alone(
    store: Store, state: str
) -> None:
    posts = some(store)
    in_the_way = psycopg.errors.lookup(state)("deadlock detected")
    with patch("pressroom.store.posts.update_posts", side_effect=failure(in_the_way)):
        assert store.posts.save_together([opening(post) for post in posts]) == [False] * 3
