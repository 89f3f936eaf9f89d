"""Which copies of files posts still need."""

from dataclasses import replace

from pressroom.core.assets import Asset
from pressroom.core.post import Post, PostOptions, PostState
from pressroom.store.copies import needed_copies
from pressroom.store.store import Store
from tests.store.consents import about, declined
from tests.store.posts import changed, stored

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
