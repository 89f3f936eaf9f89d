"""Weekly slots: what is free, and that nobody gets what another has."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from pressroom.core.account import StoredAccount
from pressroom.core.post import PostId, PostState
from pressroom.core.when import Slot
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import LoginType
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.store.posts import a_post, after, changed, stored

EVENING, NOON = Slot(0, 18 * 60), Slot(2, 12 * 60)


def hours() -> Iterator[datetime]:
    """A moment each hour, without an end."""
    return (after(3600 * hour) for hour in itertools.count(1))


def hold(store: Store, name: str) -> datetime:
    return store.slots.hold("default", PostId(name), hours(), hold_s=600)


def test_an_account_has_the_slots_that_were_set_last(store: Store) -> None:
    store.slots.set("ana", [NOON, EVENING, NOON])
    store.slots.set("ben", [NOON])
    assert store.slots.list("ana") == (EVENING, NOON)
    assert store.slots.accounts() == ("ana", "ben")
    store.slots.set("ana", [])
    assert (store.slots.list("ana"), store.slots.accounts()) == ((), ("ben",))


def test_a_moment_at_which_a_post_is_due_is_taken(store: Store) -> None:
    stored(store, due_at=after(3600))
    stored(store, due_at=after(3 * 3600), state=PostState.DRAFT)
    stored(store, due_at=after(2 * 3600), account="ben")
    assert store.slots.free("default", hours(), 2) == (after(2 * 3600), after(4 * 3600))


@pytest.mark.parametrize("state", [PostState.CANCELLED, PostState.FAILED, PostState.MISSED])
def test_a_post_that_will_not_go_out_leaves_its_moment(store: Store, state: PostState) -> None:
    post = stored(store, due_at=after(3600))
    store.posts.save(changed(post, state=state), post)
    assert store.slots.free("default", hours(), 1) == (after(3600),)


def test_what_is_held_is_nobody_elses_until_it_is_let_go_or_lapses(store: Store) -> None:
    assert [hold(store, "a"), hold(store, "b"), hold(store, "a")] == [
        after(3600),
        after(2 * 3600),
        after(3600),
    ]
    store.slots.release("default", PostId("a"))
    assert hold(store, "c") == after(3600)
    if not store.is_shared:  # a server counts by its own clock
        machine = store.database.machine = FakeClock()
        hold(store, "c")
        machine.advance(601)
        assert hold(store, "d") == after(3600)


def test_many_that_choose_at_once_get_one_each(address: str) -> None:
    """Each with a store of its own, as processes have."""

    def choose(number: int) -> datetime:
        with open_store(address) as own:
            return hold(own, str(number))

    with ThreadPoolExecutor(6) as pool:
        chosen = list(pool.map(choose, range(12)))
    assert sorted(chosen) == list(itertools.islice(hours(), 12))


def test_free_moments_are_found_behind_a_long_queue(store: Store) -> None:
    store.posts.add_all([(a_post(due_at=after(number * 3600)), "") for number in range(1, 201)])
    assert store.slots.free("default", hours(), 1) == (after(201 * 3600),)


def test_the_slots_of_an_account_that_is_forgotten_are_gone(store: Store) -> None:
    bundle = StoredAccount(
        name="default",
        user_id=UserId("17841"),
        login_type=LoginType.INSTAGRAM,
        api_base="https://graph.instagram.com",
        version="v21.0",
        sealed_token=b"sealed",
        token_obtained_at=after(0),
    )
    store.accounts.put(bundle)
    store.slots.set("default", [NOON])
    hold(store, "a")
    assert store.accounts.remove("default")
    assert store.slots.accounts() == ()
