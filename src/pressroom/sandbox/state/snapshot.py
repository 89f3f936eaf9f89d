"""Saves a whole world as JSON and restores it."""

import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import MISSING, Field, fields
from pathlib import Path
from types import GenericAlias
from typing import Any, Final, cast, get_args, get_origin, get_type_hints

import msgspec

from pressroom.sandbox.faults import Planned
from pressroom.sandbox.state.things import (
    Account,
    Comment,
    Container,
    Conversation,
    Media,
    Message,
    Person,
    Token,
)
from pressroom.sandbox.state.world import IS_FOUND_AGAIN, LISTED_BY, World

FORMAT = 2
_IN_JSON: Final[Mapping[Any, Any]] = {dict: dict, defaultdict: dict, list: list, set: list}


class Snapshot(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Everything that exists, as JSON. `now` is the sandbox's time when it was taken, in unix seconds.

    Here are the fields that code reads by name; `_Written` adds the other stored fields of a world.
    token, faults, factor: the sandbox's own token, the planned faults and the clock's pace, which only a
        restart restores.
    files: small fetched files by name, which only an export and a recording hold.
    """

    format: int = FORMAT
    now: float
    accounts: list[Account]
    tokens: list[Token]
    foreign: list[Media]
    containers: list[Container]
    media: list[Media]
    comments: list[Comment]
    people: list[Person]
    messages: list[Message]
    conversations: list[Conversation]
    token: str | None = None
    faults: list[Planned] = msgspec.field(default_factory=list[Planned])
    factor: float = 1.0
    files: dict[str, bytes] = msgspec.field(default_factory=dict[str, bytes])


def _written_fields() -> list["Field[Any]"]:
    return [one for one in fields(World) if not one.metadata.get(IS_FOUND_AGAIN)]


def _definition(one: "Field[Any]", hint: Any) -> tuple[str, Any, Any]:  # noqa: ANN401  # a type, as annotated
    """Define a field of a world as one of a snapshot, as msgspec.defstruct takes it.

    A field that starts empty, or with a value, may be missing: states saved before it existed stay readable.
    """
    inner, form = get_args(hint), _IN_JSON.get(get_origin(hint))
    if form is None:
        return one.name, hint, msgspec.NODEFAULT if one.default is MISSING else one.default
    if LISTED_BY in one.metadata:
        form, inner = list, inner[1:]  # dict[key, thing] becomes list[thing]: each thing holds its key
    empty: Callable[[], Any] = form
    return one.name, GenericAlias(form, inner), msgspec.field(default_factory=empty)


def _defined() -> Iterator[tuple[str, Any, Any]]:
    hints = get_type_hints(World)
    for one in _written_fields():
        if one.name not in Snapshot.__struct_fields__:
            yield _definition(one, hints[one.name])


# Made from the world's fields, so that a new field is saved and restored without a line here.
_Written = cast(
    "type[Snapshot]",
    msgspec.defstruct("_Written", _defined(), bases=(Snapshot,), kw_only=True, forbid_unknown_fields=True),
)


def snapshot_of(world: World, now: float, tokens: list[Token]) -> Snapshot:
    """Take a snapshot of a world. `tokens`: those that may be stored."""
    with world.lock:  # a call of another thread must not change the world in the middle
        things = list(world.things.values())
        held: dict[str, Any] = {one.name: _written(world, one) for one in _written_fields()}
        held |= {
            "now": now,
            "tokens": tokens,
            "containers": [one for one in things if isinstance(one, Container)],
            "media": [one for one in things if isinstance(one, Media)],
            "comments": [one for one in things if isinstance(one, Comment)],
            "people": [one for one in things if isinstance(one, Person)],
            "messages": [one for one in things if isinstance(one, Message)],
        }
        return _Written(**held)


def _written(world: World, one: "Field[Any]") -> Any:  # noqa: ANN401  # whatever a world holds
    held = getattr(world, one.name)
    if LISTED_BY in one.metadata:
        return list(held.values())
    return sorted(cast("set[Any]", held)) if isinstance(held, set) else copy(held)


def restore(world: World, held: Snapshot) -> None:
    """Replace a world's content by a snapshot."""
    with world.lock:
        world.clear()
        for one in _written_fields():
            _take_up(world, one, getattr(held, one.name))
        _find_again(world, held)


def _take_up(world: World, one: "Field[Any]", value: Any) -> None:  # noqa: ANN401  # whatever a world holds
    """Fill a field in place: the log of calls and others hold references to parts of a world."""
    into, key = getattr(world, one.name), one.metadata.get(LISTED_BY)
    if key is not None:
        into.update((getattr(thing, key), thing) for thing in value)
    elif isinstance(into, list):
        cast("list[Any]", into).extend(value)
    elif isinstance(into, dict | set):
        cast("dict[Any, Any] | set[Any]", into).update(value)
    else:
        setattr(world, one.name, value)


def _find_again(world: World, held: Snapshot) -> None:
    """Rebuild the lookups and lists that are not stored."""
    for account in held.accounts:
        world.add_account(account)
    # Not add_container: that would count each against the 400 a day again, which `creations` holds.
    for container in held.containers:
        world.things[container.id] = container
    # In order of time, so that each is appended to its list instead of inserted.
    for media in sorted(held.media, key=lambda one: one.key):
        world.add_media(media)
    for media in sorted(held.foreign, key=lambda one: one.key):
        world.add_foreign(media)
    for comment in held.comments:
        world.add_comment(comment)
    for thing in (*held.people, *held.messages, *held.conversations):
        world.things[thing.id] = thing


def save(path: Path, held: Snapshot) -> None:
    """Write a snapshot to a file, readable by its owner only. The file is complete at any moment."""
    # A temporary file (mkstemp makes it 0600) that replaces the old one: a crash leaves one of the two.
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
    """Parse a snapshot's file. Raises ValueError when it is not one, OSError when it cannot be read."""
    return read(path.read_bytes())


def read(raw: bytes) -> Snapshot:
    """Parse a snapshot. Raises ValueError when it is not one."""
    try:
        held = msgspec.json.decode(raw, type=_Written)
    except msgspec.DecodeError as error:
        raise ValueError(f"not a sandbox's state: {error}") from None
    if held.format != FORMAT or not held.accounts:
        raise ValueError("a sandbox's state of another format")
    return held
