"""Writing a whole world down and reading it back."""

import os
import tempfile
from pathlib import Path

import msgspec

from pressroom.sandbox.faults import Planned
from pressroom.sandbox.state.things import (
    Account,
    Callback,
    Code,
    Comment,
    Container,
    Conversation,
    Event,
    Invite,
    Late,
    Media,
    Message,
    Person,
    Token,
)
from pressroom.sandbox.state.world import World

FORMAT = 1


class Snapshot(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Everything that exists, as JSON. `now` is the sandbox's time when it was taken, in unix seconds.

    token, faults, factor: the sandbox's own token, what is planned and how fast time runs, which only a
        restart takes up again.
    files: the small ones of what was fetched, by name, which only an export or a recording holds.
    """

    format: int = FORMAT
    seed: int
    now: float
    numbered: int
    accounts: list[Account]
    tokens: list[Token]
    codes: list[Code]
    containers: list[Container]
    media: list[Media]
    foreign: list[Media]
    comments: list[Comment]
    people: list[Person]
    messages: list[Message]
    conversations: list[Conversation]
    creations: dict[str, list[float]]
    publishes: dict[str, list[float]]
    subscriptions: dict[str, list[str]]
    callback: Callback | None
    outbox: list[Event]
    likes: list[str]
    private_replies: list[str]
    hashtags: dict[str, float]
    hashtag_names: dict[str, str]
    token: str | None = None
    faults: list[Planned] = msgspec.field(default_factory=list[Planned])
    factor: float = 1.0
    invites: list[Invite] = msgspec.field(default_factory=list[Invite])
    late: list[Late] = msgspec.field(default_factory=list[Late])
    permissions_used: dict[str, float] = msgspec.field(default_factory=dict[str, float])
    files: dict[str, bytes] = msgspec.field(default_factory=dict[str, bytes])


def snapshot_of(world: World, now: float, tokens: list[Token]) -> Snapshot:
    """Write a world down. `tokens`: those that may be written, which are the invented ones."""
    with world.lock:
        things = list(world.things.values())
        return Snapshot(
            seed=world.seed,
            now=now,
            numbered=world.numbered,
            accounts=list(world.accounts.values()),
            tokens=tokens,
            codes=list(world.codes.values()),
            containers=[one for one in things if isinstance(one, Container)],
            media=[one for one in things if isinstance(one, Media)],
            foreign=list(world.foreign.values()),
            comments=[one for one in things if isinstance(one, Comment)],
            people=[one for one in things if isinstance(one, Person)],
            messages=[one for one in things if isinstance(one, Message)],
            conversations=list(world.conversations.values()),
            creations=dict(world.creations),
            publishes=dict(world.publishes),
            subscriptions=dict(world.subscriptions),
            callback=world.callback,
            outbox=list(world.outbox),
            likes=sorted(world.likes),
            private_replies=sorted(world.private_replies),
            hashtags=dict(world.hashtags),
            hashtag_names=dict(world.hashtag_names),
            permissions_used=dict(world.permissions_used),
            invites=list(world.invites.values()),
            late=list(world.late),
        )


def restore(world: World, held: Snapshot) -> None:
    """Make a world what was written down; what was there before is gone."""
    with world.lock:
        world.clear()
        for account in held.accounts:
            world.add_account(account)
        world.tokens.update((one.text, one) for one in held.tokens)
        world.codes.update((one.text, one) for one in held.codes)
        _restore_things(world, held)
        world.creations.update(held.creations)
        world.publishes.update(held.publishes)
        world.subscriptions.update(held.subscriptions)
        world.callback = held.callback
        world.outbox.extend(held.outbox)
        world.likes.update(held.likes)
        world.private_replies.update(held.private_replies)
        world.hashtags.update(held.hashtags)
        world.hashtag_names.update(held.hashtag_names)
        world.permissions_used.update(held.permissions_used)
        world.invites.update((one.media_id, one) for one in held.invites)
        world.late.extend(held.late)
        world.seed, world.numbered = held.seed, held.numbered


def _restore_things(world: World, held: Snapshot) -> None:
    for container in held.containers:
        world.things[container.id] = container
    for media in sorted(held.media, key=lambda one: one.key):
        world.add_media(media)
    for media in sorted(held.foreign, key=lambda one: one.key):
        world.add_foreign(media)
    for comment in held.comments:
        world.add_comment(comment)
    for thing in (*held.people, *held.messages, *held.conversations):
        world.things[thing.id] = thing
    world.conversations.update((one.id, one) for one in held.conversations)


def save(path: Path, held: Snapshot) -> None:
    """Put a snapshot into a file that is whole at any moment, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(held))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(path: Path) -> Snapshot:
    """Read a snapshot. Raises ValueError when the file is not one."""
    return read(path.read_bytes())


def read(raw: bytes) -> Snapshot:
    """Read a snapshot. Raises ValueError when it is not one."""
    try:
        held = msgspec.json.decode(raw, type=Snapshot)
    except msgspec.DecodeError as error:
        raise ValueError(f"not a sandbox's state: {error}") from None
    if held.format != FORMAT or not held.accounts:
        raise ValueError("a sandbox's state of another format")
    return held
