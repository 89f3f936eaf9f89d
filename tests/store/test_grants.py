"""What programs may do without asking, so many times a day and no more; who acts; settings in the store."""

from dataclasses import replace
from typing import Any

import pytest

from pressroom.core.consent import Grant, GrantId
from pressroom.core.errors import Conflict, ConsentWithdrawn, NotFound
from pressroom.core.post import Post, PostState
from pressroom.core.stored_posts import PostQuery, PostSave
from pressroom.store.store import Store
from tests.store.consents import DAY_S, OTHER, PLANNER, a_grant, a_use, revoke
from tests.store.posts import a_post, after, an_event, changed, live, publishing, stored
from tests.store.test_others import a_bundle
from tests.store.test_proposals import at_once


def uses(store: Store, grant: Grant) -> int:
    return store.consents.uses(a_use(grant)) - 1


def test_grants_are_kept_as_they_were_given(store: Store) -> None:
    one = a_grant(store, ends_at=after(60))
    two = a_grant(store, actor=OTHER, created_at=after(1), verbs=(), accounts=())
    assert store.consents.grants() == (one, two)
    assert store.consents.grants(OTHER) == (two,)


def test_a_post_is_stored_with_the_use_that_lets_it_be(store: Store) -> None:
    grant = a_grant(store)
    added = store.posts.add(a_post(), "", a_use(grant))
    assert (added.is_replay, added.proposal) == (False, None)
    assert uses(store, grant) == 1


def test_a_repeated_submit_uses_nothing(store: Store) -> None:
    grant = a_grant(store)
    for _ in range(3):
        store.posts.add(a_post(idempotency_key="k"), "hash", a_use(grant))
    assert uses(store, grant) == 1


def test_a_grant_that_is_used_up_for_the_day_lets_nothing_be(store: Store) -> None:
    grant = a_grant(store, per_day=2)
    wanted = [(a_post(), "") for _ in range(3)]
    with pytest.raises(Conflict, match="used 2 times for that day"):
        store.posts.add_all(wanted, [a_use(grant) for _ in wanted])
    assert (uses(store, grant), store.posts.list(PostQuery()).posts) == (0, ())
    store.posts.add_all(wanted[:2], [a_use(grant), a_use(grant)])
    with pytest.raises(Conflict):
        store.posts.add(*wanted[2], a_use(grant))
    assert not store.posts.add(*wanted[2], a_use(grant, DAY_S)).is_replay


def test_a_use_counts_on_the_day_its_post_goes_out_whoever_moved_it(store: Store) -> None:
    grant, post = a_grant(store, per_day=1), a_post()
    post = store.posts.add(post, "", a_use(grant, 3600, of=post.id)).post
    assert uses(store, grant) == 1
    moved = changed(post, due_at=after(DAY_S + 3600))
    store.posts.save(moved, post)
    assert uses(store, grant) == 0
    with pytest.raises(Conflict, match="used 1 times for that day"):
        store.consents.use(a_use(grant, DAY_S))
    store.posts.save(changed(moved, postponed_to=after(2 * DAY_S)), moved)
    store.consents.use(a_use(grant, DAY_S))


def test_a_post_that_is_put_off_is_counted_anew_and_not_twice(store: Store) -> None:
    grant, post = a_grant(store, per_day=1, ends_at=after(2 * DAY_S)), a_post()
    post = store.posts.add(post, "", a_use(grant, 3600, of=post.id)).post
    later = changed(post, due_at=after(DAY_S + 3600))
    anew = a_use(grant, DAY_S + 3600, of=post.id, is_anew=True)
    store.posts.save(later, post, [], anew)
    assert (uses(store, grant), store.consents.uses(anew)) == (0, 1)
    store.consents.use(a_use(grant))
    for seconds, why in ((5, "used 1 times"), (2 * DAY_S, "over by then")):
        use = a_use(grant, seconds, of=post.id, is_anew=True)
        with pytest.raises(Conflict, match=why):
            store.posts.save(changed(later, due_at=after(seconds)), later, [], use)


def released(store: Store, grant: Grant, **fields: Any) -> Post:
    post = a_post(**fields)
    return store.posts.add(post, "", a_use(grant, of=post.id)).post


def test_no_send_is_opened_of_what_went_under_a_grant_that_was_revoked(store: Store) -> None:
    grant, other = a_grant(store), a_grant(store)
    post, spared = released(store, grant, account="a"), released(store, other, account="b")
    assert store.consents.revoke(grant.id, after(1)) == {post.id: post.state}
    with pytest.raises(ConsentWithdrawn):
        store.posts.save(publishing(post), post)
    sends = [PostSave(publishing(one), one) for one in (post, spared)]
    assert store.posts.save_together(sends) == [False, True]
    assert store.posts.get(post.id) == post


def test_what_is_left_is_sent_all_the_same(store: Store) -> None:
    grant = a_grant(store)
    post = released(store, grant)
    assert store.consents.revoke(grant.id, after(1), leaves=True) == {post.id: post.state}
    store.posts.save(publishing(post), post)
    assert store.consents.released(grant.id) == {}


def test_what_is_let_go_after_the_revocation_is_sent(store: Store) -> None:
    grant = a_grant(store)
    post = released(store, grant)
    store.consents.revoke(grant.id, after(1))
    held = changed(post, state=PostState.AWAITING_APPROVAL)
    store.posts.save(held, post)
    assert store.consents.released(grant.id) == {post.id: PostState.AWAITING_APPROVAL}
    assert store.consents.grants_of(post.id) == (replace(grant, revoked_at=after(1)),)
    again = changed(held, state=PostState.SCHEDULED)
    store.posts.save(again, held)
    assert store.consents.grants_of(post.id) == ()
    store.posts.save(publishing(again), again)


def test_whatever_comes_first_a_send_or_the_revocation_the_other_sees_it(store: Store) -> None:
    for _ in range(5):
        grant = a_grant(store)
        post = released(store, grant)

        def either(number: int, grant: Grant = grant, post: Post = post) -> bool:
            if number:
                return (store.consents.revoke(grant.id, after(1)) or {})[post.id] is PostState.PUBLISHING
            store.posts.save(publishing(post), post)
            return True

        # Both: it was sent, and whoever revoked is told so. None: it was held back.
        assert at_once(2, either) in (0, 2)
        if (sent := store.posts.get(post.id)).open_send:
            store.posts.save(live(sent, post.id), sent)


def test_many_who_use_it_at_once_get_no_more_than_there_is(store: Store) -> None:
    grant = a_grant(store, per_day=3)
    posts = [stored(store) for _ in range(8)]

    def move(number: int) -> bool:
        store.posts.save(changed(posts[number], due_at=after(9)), posts[number], [], a_use(grant))
        return True

    assert at_once(8, move) == uses(store, grant) == 3


def test_a_use_is_not_spent_on_a_change_that_fails(store: Store) -> None:
    grant, post = a_grant(store), stored(store)
    store.posts.save(changed(post, state=PostState.CANCELLED), post)
    with pytest.raises(Conflict):
        store.posts.save(changed(post), post, [an_event(post)], a_use(grant))
    assert (uses(store, grant), store.events.list(post.id)) == (0, ())


def test_what_is_no_change_of_a_post_uses_a_grant_too(store: Store) -> None:
    grant, post = a_grant(store, per_day=1), stored(store)
    store.consents.use(a_use(grant), [an_event(post, "called")])
    with pytest.raises(Conflict):
        store.consents.use(a_use(grant), [an_event(post, "called")])
    assert [event.step for event in store.events.list(post.id)] == ["called"]


def test_a_grant_ends_when_it_was_said_to(store: Store) -> None:
    grant = a_grant(store, ends_at=after(10))
    store.consents.use(a_use(grant, 9))
    with pytest.raises(Conflict, match="is over"):
        store.consents.use(a_use(grant, 10))


def test_a_grant_that_was_revoked_lets_nothing_be_any_more(store: Store) -> None:
    grant = a_grant(store)
    assert store.consents.revoke(grant.id, after(5)) == {}
    assert store.consents.revoke(grant.id, after(6)) is None
    assert store.consents.revoke(GrantId("none"), after(6)) is None
    assert store.consents.grants() == (replace(grant, revoked_at=after(5)),)
    with pytest.raises(Conflict, match="was revoked"):
        store.consents.use(a_use(grant))


def test_no_grant_helps_an_actor_that_was_revoked(store: Store) -> None:
    grant = a_grant(store)
    revoke(store, PLANNER, after(5))
    with pytest.raises(Conflict, match="program:planner, who may do nothing"):
        store.consents.use(a_use(grant))


def test_a_grant_that_is_not_there_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        store.consents.use(replace(a_use(a_grant(store)), grant=GrantId("none")))


def test_what_was_granted_for_an_account_is_for_the_user_who_signs_in(store: Store) -> None:
    grant = a_grant(store, accounts=("shop", "other", "17841@instagram"))
    store.accounts.put(a_bundle())
    assert store.consents.grants() == (replace(grant, accounts=("17841@instagram", "other")),)
    assert a_grant(store, accounts=("shop",)).accounts == ("shop",)
    assert store.consents.grants()[1].accounts == ("17841@instagram",)


def test_a_setting_is_kept_until_it_is_set_anew_or_forgotten(store: Store) -> None:
    assert store.options.get("require_terminal") is None
    for value in ("yes", "no"):
        store.options.set("require_terminal", value)
        assert store.options.get("require_terminal") == value
    assert store.options.all()["require_terminal"] == "no"
    store.options.set("require_terminal", None)
    assert "require_terminal" not in store.options.all()
