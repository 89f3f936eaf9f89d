"""Notices, of which each matter is told once by each channel for as long as it is so, and keys."""

from dataclasses import replace
from datetime import timedelta

from pressroom.core.actor import ActorId, Key, KeyId, Scope
from pressroom.core.journal import ClaimedNotice, Notice
from pressroom.store.store import Store
from tests.fakes.clock import FakeClock
from tests.store.consents import known_actors

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
    store.keys.add(key)
    assert store.keys.get(key.id) == key
    assert store.keys.get(KeyId("none")) is None
    assert known_actors(store) == ["program:planner"]


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
