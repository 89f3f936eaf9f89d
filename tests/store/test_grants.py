"""What programs may do without asking, so many times a day and no more; who acts; settings in the store."""

from dataclasses import replace

import pytest

from pressroom.core.actor import Actor, ActorKind, KnownActor
from pressroom.core.consent import Grant, GrantId, GrantUse
from pressroom.core.errors import Conflict, NotFound
from pressroom.core.post import PostState
from pressroom.core.repositories import PostQuery
from pressroom.store.store import Store
from tests.fakes.clock import FakeClock
from tests.store.consents import DAY_S, OTHER, PLANNER, a_grant, a_use
from tests.store.posts import a_post, after, an_event, changed, stored
from tests.store.test_others import a_bundle
from tests.store.test_proposals import at_once


def uses(store: Store, grant: Grant) -> int:
    return store.consents.uses(grant.id, after(0))


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
    with pytest.raises(Conflict, match="used 2 times today"):
        store.posts.add_all(wanted, [a_use(grant) for _ in wanted])
    assert (uses(store, grant), store.posts.list(PostQuery()).posts) == (0, ())
    store.posts.add_all(wanted[:2], [a_use(grant), a_use(grant)])
    with pytest.raises(Conflict):
        store.posts.add(*wanted[2], a_use(grant))
    tomorrow = a_use(grant, DAY_S, day_start=after(DAY_S))
    assert not store.posts.add(*wanted[2], tomorrow).is_replay


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
    assert store.consents.revoke(grant.id, after(5))
    assert not store.consents.revoke(grant.id, after(6))
    assert store.consents.grants() == (replace(grant, revoked_at=after(5)),)
    with pytest.raises(Conflict, match="was revoked"):
        store.consents.use(a_use(grant))


def test_no_grant_helps_an_actor_that_was_revoked(store: Store) -> None:
    grant = a_grant(store)
    assert store.actors.revoke(PLANNER, after(5))
    assert not store.actors.revoke(PLANNER, after(6))
    assert store.actors.get(PLANNER).revoked_at == after(5)
    with pytest.raises(Conflict, match="program:planner, who may do nothing"):
        store.consents.use(a_use(grant))


def test_a_grant_that_is_not_there_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound):
        store.consents.use(GrantUse(grant=GrantId("none"), at=after(1), day_start=after(0), reference="what"))


def test_what_was_granted_for_an_account_is_for_the_user_who_signs_in(store: Store) -> None:
    grant = a_grant(store, accounts=("shop", "other", "17841@instagram"))
    store.accounts.put(a_bundle())
    assert store.consents.grants() == (replace(grant, accounts=("17841@instagram", "other")),)
    assert a_grant(store, accounts=("shop",)).accounts == ("shop",)
    assert store.consents.grants()[1].accounts == ("17841@instagram",)


def test_who_acts_is_known_from_the_first_time(store: Store, clock: FakeClock) -> None:
    planner = Actor(ActorKind.PROGRAM, "planner")
    first = store.actors.ensure(planner)
    assert first == KnownActor(actor=planner, created_at=clock.now())
    clock.advance(60)
    assert store.actors.ensure(planner) == store.actors.get(planner.id) == first
    anna = store.actors.ensure(Actor(ActorKind.PERSON, "anna"))
    assert store.actors.list() == (anna, first)
    with pytest.raises(NotFound, match="program:other"):
        store.actors.get(OTHER)


def test_a_setting_is_kept_until_it_is_set_anew_or_forgotten(store: Store) -> None:
    assert store.options.get("require_terminal") is None
    for value in ("yes", "no"):
        store.options.set("require_terminal", value)
        assert store.options.get("require_terminal") == value
    assert store.options.all() == {"require_terminal": "no"}
    store.options.set("require_terminal", None)
    assert store.options.all() == {}
