"""Deletions of published media: one row a media, and the post that it was in the same commit."""

from dataclasses import replace
from typing import Any

import pytest

from pressroom.core.account import account_id
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.deletion import Deletion, DeletionState
from pressroom.core.errors import Conflict
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import Followup, Post, PostState
from pressroom.core.stored_posts import PostSave
from pressroom.graph.answers import MediaId, UserId
from pressroom.publish.machine.operations import mark_deleted
from pressroom.store.store import Store
from tests.store.posts import a_post, after, an_event, changed, live, publishing

M1 = MediaId("m1")
SAID = "Instagram answered -1/2207085: Fatal. access_token=EAAsecretsecretsecretsecret"


def a_deletion(post: Post | None = None, **fields: Any) -> Deletion:
    given: dict[str, Any] = {
        "account": post.account if post else "shop",
        "media_id": M1,
        "post_id": post.id if post else None,
        "kind": "photo",
        "actor": Actor(ActorKind.PERSON, "anna").id,
        "asked_at": after(0),
    }
    return Deletion(**{**given, **fields})


def a_live_post(store: Store) -> Post:
    post = store.posts.add(a_post(idempotency_key="k"), "hash").post
    sent, shown = publishing(post), live(publishing(post))
    store.posts.save(sent, post)
    store.posts.save(shown, sent)
    return store.posts.get(post.id)


def test_the_latest_of_a_media_stands_and_says_no_secret(store: Store) -> None:
    store.deletions.put(a_deletion(caption="Hello", permalink="https://example.com/p"))
    later = a_deletion(state=DeletionState.REFUSED, calls=2, problem=SAID, code=-1, ended_at=after(9))
    about = JournalEvent(
        subject_id="shop", subject_kind=SubjectKind.ACCOUNT, at=after(9), step="deletion_refused", text="No."
    )
    store.deletions.put(later, [about])
    kept = store.deletions.get("shop", M1)
    assert kept
    assert kept == replace(later, account=kept.account, problem=kept.problem)
    assert "Fatal" in (kept.problem or "")
    assert "secretsecret" not in (kept.problem or "")
    assert store.deletions.get("shop", MediaId("m2")) is None


def test_what_one_process_deleted_is_not_asked_for_by_another(store: Store) -> None:
    done = a_deletion(state=DeletionState.DONE, ended_at=after(1))
    store.deletions.put(done)
    with pytest.raises(Conflict, match="was deleted meanwhile"):
        store.deletions.put(a_deletion(calls=1))
    kept = store.deletions.get("shop", M1)
    assert kept
    assert kept.state is DeletionState.DONE


def test_a_post_is_deleted_in_the_commit_of_its_deletion_or_not_at_all(store: Store) -> None:
    post = a_live_post(store)
    assert store.deletions.post_of(post.account, M1) == post.id
    done = a_deletion(post, state=DeletionState.DONE, ended_at=after(9))
    gone = mark_deleted(post, after(9))
    moved = changed(post, followups=())
    store.posts.save(moved, post)
    with pytest.raises(Conflict):
        store.deletions.put(done, [an_event(post, "deleted")], PostSave(gone, post))
    assert store.deletions.get(post.account, M1) is None
    store.deletions.put(done, [an_event(post, "deleted")], PostSave(mark_deleted(moved, after(9)), moved))
    deleted = store.posts.get(post.id)
    assert (deleted.state, deleted.deleted_at, deleted.wake_at) == (PostState.DELETED, after(9), None)
    assert store.events.list(post.id)[-1].step == "deleted"
    assert store.deletions.get(post.account, M1) == done


def test_a_deleted_post_counts_as_one_that_went_live(store: Store) -> None:
    post = a_live_post(store)
    store.posts.save(mark_deleted(post, after(9)), post)
    assert list(store.posts.recall(after(10))) == []
    assert list(store.posts.lost()) == []
    assert store.posts.known_media(post.account) == {M1}
    assert store.posts.add(a_post(idempotency_key="k"), "hash").post.state is PostState.DELETED
    assert store.posts.due(after(10_000)) == ()


def test_what_was_left_to_do_for_a_post_is_dropped_with_it() -> None:
    shown = replace(live(publishing(a_post())), followups=(Followup.FIRST_COMMENT,), wake_at=after(1))
    gone = mark_deleted(shown, after(2))
    assert (gone.followups, gone.wake_at, gone.revision) == ((), None, shown.revision + 1)
    assert mark_deleted(gone, after(3)) is gone
    assert mark_deleted(planned := a_post(), after(3)) is planned


def test_the_deletions_of_an_account_are_those_of_its_user_once_that_is_known(store: Store) -> None:
    store.deletions.put(a_deletion(account="me-0123456789ab@instagram"))
    user = account_id(UserId("17841400000000001"), "https://graph.instagram.com")
    store.accounts.learn(user, ["me-0123456789ab@instagram"])  # pyright: ignore[reportArgumentType]  # an alias
    kept = store.deletions.get(user, M1)
    assert kept
    assert kept.account == user
