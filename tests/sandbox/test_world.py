"""Every field of a world is written down, read back and forgotten, also one that is added tomorrow."""

from dataclasses import fields
from typing import Any

import msgspec
import pytest

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.state.byhand import ByHand, add_foreign_media, publish_by_hand
from pressroom.sandbox.state.seeding import AccountSeed, seed_account
from pressroom.sandbox.state.snapshot import read, restore, snapshot_of
from pressroom.sandbox.state.things import (
    Callback,
    Code,
    Container,
    ContainerKind,
    Event,
    Invite,
    Late,
    LatePost,
    Metrics,
)
from pressroom.sandbox.state.world import World, stranger

NOW, USER = 1_700_000_000.0, "17841400000000001"
NAMES = [one.name for one in fields(World) if one.name != "lock"]


def full() -> World:
    """Make a world with something in every field; a new field needs a line here."""
    world = World(7)
    seed_account(world, AccountSeed(username="a.press", media=4, comments=2), USER, "IGsandbox-1", NOW)
    account = world.accounts[USER]
    publish_by_hand(world, account, ByHand(kind=ContainerKind.STORY), NOW)
    foreign = add_foreign_media(world, USER, "a.friend", "with @a.press", NOW)
    world.invites[foreign.id] = Invite(media_id=foreign.id)
    person = stranger(world, USER, "a.reader")
    message = world.add_message(person, USER, "Hi", NOW, is_own=False, attachments=[])
    container = Container(
        id=world.container_id(),
        user_id=USER,
        kind=ContainerKind.PHOTO,
        created_at=NOW,
        params={"caption": "x"},
    )
    world.add_container(container)
    world.note_publish(USER, NOW)
    world.codes["code"] = Code(
        text="code",
        user_id=USER,
        login=LoginType.INSTAGRAM,
        redirect_uri="https://example.com/",
        scopes=["instagram_business_basic"],
        created_at=NOW,
    )
    world.private_replies.add(message.id)
    world.likes.update((foreign.id, "b", "a"))
    world.hashtags["press"] = NOW
    world.hashtag_names["178"] = "press"
    world.permissions_used[f"{USER} instagram_business_basic"] = NOW
    world.subscriptions[USER] = ["comments"]
    world.app_mode = "development"
    world.metrics = Metrics(gone=["saved"])
    world.callback = Callback(url="https://example.com/hook", fields=["comments"])
    world.outbox.append(Event(user_id=USER, field="comments", at=NOW, value={"id": "1"}))
    world.add_late(Late(at=NOW + 5, what=LatePost(user_id=USER, kind=ContainerKind.PHOTO)))
    return world


def contents(world: World) -> dict[str, Any]:
    return {name: getattr(world, name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_world_of_these_tests_has_something_in_every_field(name: str) -> None:
    assert getattr(full(), name)


def test_a_world_that_is_written_down_and_read_back_is_the_same() -> None:
    world, again = full(), World(0)
    raw = msgspec.json.encode(snapshot_of(world, NOW, list(world.tokens.values())))
    restore(again, read(raw))
    assert contents(again) == contents(world)


def test_a_world_that_is_cleared_holds_nothing_and_keeps_its_random_seed() -> None:
    world = full()
    held = contents(world)
    world.clear()
    assert contents(world) == contents(World(7))
    for name, before in held.items():
        assert getattr(world, name) is before or not isinstance(before, dict | list | set), name


def test_a_field_that_an_older_state_lacks_is_empty_in_the_world() -> None:
    world, again = full(), World(0)
    written = msgspec.json.decode(msgspec.json.encode(snapshot_of(world, NOW, [])))
    for name in ("hashtags", "likes", "invites", "late"):
        del written[name]
    restore(again, read(msgspec.json.encode(written)))
    assert (again.hashtags, again.likes, again.invites, again.late) == ({}, set(), {}, [])
