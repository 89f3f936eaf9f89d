"""Keys in the store, on both kinds of it."""

from dataclasses import replace
from datetime import timedelta

from pressroom.core.actor import ActorId, Key, KeyId, Scope
from pressroom.store.store import Store
from tests.store.consents import known_actors


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
