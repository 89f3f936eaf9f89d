"""Weekly slots, of which nobody gets what another has; notices, each told once by each channel; and keys."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pressroom.core.account import AccountId, StoredAccount
from pressroom.core.actor import ActorId, KeyId, Scope
from pressroom.core.consent import Key
from pressroom.core.journal import ClaimedNotice, Notice
from pressroom.core.post import PostId, PostState
from pressroom.core.slots import Slot
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import LoginType
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.store.consents import known_actors
from tests.store.posts import a_post, after, changed, stored
from tests.store.test_others import a_bundle

EVENING, NOON = Slot(0, 18 * 60), Slot(2, 12 * 60)
# From a Wednesday's noon to the slots of both from then on.
_DAYS = (timedelta(), timedelta(days=5, hours=6), timedelta(days=7))


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


def test_the_soonest_free_moments_of_all_accounts_are_told_at_once(store: Store) -> None:
    for account in ("ana", "ben", "zoe"):
        store.slots.set(account, [EVENING, NOON])
    wednesday, monday, next_wednesday = (datetime(2026, 11, 25, 12, tzinfo=UTC) + day for day in _DAYS)
    stored(store, due_at=wednesday, account="ben")
    zones = {AccountId(name): UTC for name in ("ana", "ben", "somebody")}
    span = {"after": after(0), "until": next_wednesday + timedelta(minutes=1)}
    assert store.slots.soonest(zones, most=2, **span) == {
        "ana": (wednesday, monday),
        "ben": (monday, next_wednesday),
    }
    assert store.slots.soonest(zones, after=after(0), until=wednesday, most=2) == {"ana": (), "ben": ()}


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


BOTH = ("command", "webhook")
LATE, PAUSED = Notice(key="post/1", body='{"a": 1}'), Notice(key="account/ana", body="{}")


def keep(store: Store, *current: Notice) -> None:
    store.notices.keep(current, BOTH, settled_s=60)


def claim(store: Store, *channels: str) -> ClaimedNotice | None:
    return store.notices.claim(channels or BOTH, lease_s=120)


def told(store: Store) -> list[tuple[str, str]]:
    """Tell everything that waits."""
    found = list[tuple[str, str]]()
    while one := claim(store):
        store.notices.told(one)
        found.append((one.key, one.channel))
    return found


def test_each_matter_is_told_once_by_each_channel(store: Store) -> None:
    keep(store, LATE)
    keep(store, LATE, PAUSED)
    assert set(told(store)) == {(one.key, channel) for one in (LATE, PAUSED) for channel in BOTH}
    keep(store, LATE, PAUSED)
    assert told(store) == []


def test_what_is_over_and_comes_again_is_told_again(store: Store, clock: FakeClock) -> None:
    keep(store, LATE)
    assert told(store)
    clock.advance(61)
    keep(store)
    keep(store, LATE)
    assert len(told(store)) == 2


def test_what_another_worker_saw_a_moment_ago_stays(store: Store) -> None:
    keep(store, LATE)
    assert told(store)
    keep(store)
    keep(store, LATE)
    assert told(store) == []


def test_what_is_over_before_it_was_told_is_not_told(store: Store, clock: FakeClock) -> None:
    keep(store, LATE)
    clock.advance(61)
    keep(store)
    assert told(store) == []


def test_one_that_is_being_told_is_nobody_elses_until_the_lease_ends(store: Store, clock: FakeClock) -> None:
    store.notices.keep([LATE], ["webhook"], settled_s=60)
    first = claim(store)
    assert first
    assert (first.tries, first.body, claim(store)) == (1, LATE.body, None)
    clock.advance(120)
    again = claim(store)
    assert again
    assert again.tries == 2


def test_one_that_failed_waits_or_is_given_up(store: Store, clock: FakeClock) -> None:
    store.notices.keep([LATE], ["webhook"], settled_s=60)
    one = claim(store)
    assert one
    store.notices.put_off(one, clock.now())
    again = claim(store)
    assert again
    store.notices.put_off(again, None)
    clock.advance(1e6)
    assert claim(store) is None


def test_a_worker_takes_what_its_channels_can_tell(store: Store) -> None:
    keep(store, LATE)
    one = claim(store, "command")
    assert one
    assert (one.channel, claim(store, "command")) == ("command", None)


def a_key(store: Store, number: int = 1, **more: object) -> Key:
    made = Key(
        id=KeyId(f"{number:08}"),
        actor=ActorId("program:planner"),
        digest=f"{number:064}",
        scopes=(Scope.READ, Scope.DRAFT),
        created_at=store.database.clock.now() + timedelta(seconds=number),
    )
    return replace(made, **more)  # pyright: ignore[reportArgumentType]  # fields of its own


def test_a_key_is_kept_with_its_program(store: Store) -> None:
    key = a_key(store, ends_at=store.database.clock.now() + timedelta(days=1))
    assert store.keys.add(key) == key == store.keys.get(key.id)
    assert store.keys.get(KeyId("none")) is None
    assert known_actors(store) == ["program:planner"]


def test_a_key_is_for_accounts_and_not_for_names(store: Store) -> None:
    """Two logins of one account are one; an account that turns out to be another takes its keys along."""
    for name, user_id in (("shop", "17841"), ("shop-fb", "17841"), ("other", "17842")):
        store.accounts.put(a_bundle(name, user_id=UserId(user_id)))
    key = a_key(store, accounts=("shop", "other", "shop-fb"))
    stored = store.keys.add(key)
    assert stored.accounts == ("17841@instagram", "17842@instagram")
    assert store.keys.get(key.id) == stored
    store.accounts.learn(AccountId("17842@instagram"), [AccountId("17841@instagram")])
    assert store.keys.list()[0].accounts == ("17842@instagram",)


def test_the_newest_comes_first(store: Store) -> None:
    for number in (1, 2, 3):
        store.keys.add(a_key(store, number))
    assert [one.id for one in store.keys.list()] == ["00000003", "00000002", "00000001"]


def test_it_is_revoked_once(store: Store) -> None:
    key, now = a_key(store), store.database.clock.now()
    store.keys.add(key)
    assert store.keys.revoke(key.id, now)
    assert not store.keys.revoke(key.id, now + timedelta(hours=1))
    found = store.keys.get(key.id)
    assert found
    assert found.revoked_at == now
    assert not found.is_good(now)


def test_a_use_is_noted(store: Store) -> None:
    key, now = a_key(store), store.database.clock.now()
    store.keys.add(key)
    store.keys.use(key.id, now)
    assert store.keys.list()[0].last_used_at == now
