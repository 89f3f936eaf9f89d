"""Saves a whole world as JSON and restores it, with the files that were fetched for it.

`snapshot_of` and `restore_world` go between a `World` and a `Snapshot`, `save_snapshot` and `load_snapshot`
between a snapshot and its file. `pack_files` embeds small fetched files in a snapshot, `unpack_files`
writes them out again.
"""

import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping
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
    StoredFile,
    Token,
    Upload,
)
from pressroom.sandbox.state.world import IS_FOUND_AGAIN, LISTED_BY, World

FORMAT = 2
# Names the sandbox itself makes. An imported state names files too, and must not reach others by `../`.
FILE_NAME: Final = re.compile(r"[0-9a-f]{24}(\.poster)?\.(jpg|mp4|mov)")
_UPLOAD_NAME: Final = re.compile(r"[0-9a-f]{24}\.part")
_EACH_MAX_BYTES: Final = 1 << 20
_ALL_MAX_BYTES: Final = 64 << 20  # what the control API takes in is 256 MB, and base64 adds a third
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
    return [field for field in fields(World) if not field.metadata.get(IS_FOUND_AGAIN)]


def _definition(field: "Field[Any]", hint: Any) -> tuple[str, Any, Any]:  # noqa: ANN401  # a type, as annotated
    """Define a field of a world as one of a snapshot, as msgspec.defstruct takes it.

    A field that starts empty, or with a value, may be missing: states saved before it existed stay readable.
    """
    inner, form = get_args(hint), _IN_JSON.get(get_origin(hint))
    if form is None:
        return field.name, hint, msgspec.NODEFAULT if field.default is MISSING else field.default
    if LISTED_BY in field.metadata:
        form, inner = list, inner[1:]  # dict[key, thing] becomes list[thing]: each thing holds its key
    empty: Callable[[], Any] = form
    return field.name, GenericAlias(form, inner), msgspec.field(default_factory=empty)


_HINTS = get_type_hints(World)
# Made from the world's fields, so that a new field is saved and restored without a line here.
_Written = cast(
    "type[Snapshot]",
    msgspec.defstruct(
        "_Written",
        [
            _definition(field, _HINTS[field.name])
            for field in _written_fields()
            if field.name not in Snapshot.__struct_fields__
        ],
        bases=(Snapshot,),
        kw_only=True,
        forbid_unknown_fields=True,
    ),
)


def snapshot_of(world: World, now: float, tokens: list[Token]) -> Snapshot:
    """Take a snapshot of a world. `tokens`: those that may be stored."""
    with world.lock:  # a call of another thread must not change the world in the middle
        things = list(world.things.values())
        values = dict[str, Any]()
        for field in _written_fields():
            value: Any = getattr(world, field.name)
            if LISTED_BY in field.metadata:
                value = list(value.values())
            else:
                value = sorted(cast("set[Any]", value)) if isinstance(value, set) else copy(value)
            values[field.name] = value
        values |= {
            "now": now,
            "tokens": tokens,
            "containers": [thing for thing in things if isinstance(thing, Container)],
            "media": [thing for thing in things if isinstance(thing, Media)],
            "comments": [thing for thing in things if isinstance(thing, Comment)],
            "people": [thing for thing in things if isinstance(thing, Person)],
            "messages": [thing for thing in things if isinstance(thing, Message)],
        }
        return _Written(**values)


def restore_world(world: World, snapshot: Snapshot) -> None:
    """Replace a world's content by a snapshot."""
    with world.lock:
        world.clear()
        for field in _written_fields():
            # In place: the log of calls and others hold references to parts of a world.
            value = getattr(snapshot, field.name)
            into, key = getattr(world, field.name), field.metadata.get(LISTED_BY)
            if key is not None:
                into.update((getattr(thing, key), thing) for thing in value)
            elif isinstance(into, list):
                cast("list[Any]", into).extend(value)
            elif isinstance(into, dict | set):
                cast("dict[Any, Any] | set[Any]", into).update(value)
            else:
                setattr(world, field.name, value)
        _rebuild_lookups(world, snapshot)


def _rebuild_lookups(world: World, snapshot: Snapshot) -> None:
    """Rebuild the lookups and lists that are not stored."""
    for account in snapshot.accounts:
        world.add_account(account)
    # Not add_container: that would count each against the 400 a day again, which `creations` holds.
    for container in snapshot.containers:
        world.things[container.id] = container
    # In order of time, so that each is appended to its list instead of inserted.
    for media in sorted(snapshot.media, key=lambda media: media.key):
        world.add_media(media)
    for media in sorted(snapshot.foreign, key=lambda media: media.key):
        world.add_foreign(media)
    for comment in snapshot.comments:
        world.add_comment(comment)
    for thing in (*snapshot.people, *snapshot.messages, *snapshot.conversations):
        world.things[thing.id] = thing


def save_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Write a snapshot to a file, readable by its owner only. The file is complete at any moment."""
    # A temporary file (mkstemp makes it 0600) that replaces the old one: a crash leaves one of the two.
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(snapshot))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load_snapshot(path: Path) -> Snapshot:
    """Parse a snapshot's file. Raises ValueError when it is not one, OSError when it cannot be read."""
    return parse_snapshot(path.read_bytes())


def parse_snapshot(raw: bytes) -> Snapshot:
    """Parse a snapshot. Raises ValueError when it is not one."""
    try:
        snapshot = msgspec.json.decode(raw, type=_Written)
    except msgspec.DecodeError as error:
        raise ValueError(f"not a sandbox's state: {error}") from None
    if snapshot.format != FORMAT or not snapshot.accounts:
        raise ValueError("a sandbox's state of another format")
    return snapshot


def pack_files(snapshot: Snapshot, home: Path | None) -> None:
    """Embed the small files in a snapshot, pictures and posters first; larger ones are left out."""
    # Pictures first: they are what the page shows, and a clip keeps its URL without its file.
    things = (*snapshot.media, *snapshot.containers, *snapshot.foreign)
    files = (file for thing in things for file in (thing.file, thing.cover) if file is not None)
    names = (file.name for file in files if file.name and FILE_NAME.fullmatch(file.name))
    room = _ALL_MAX_BYTES
    for name in sorted(names, key=lambda name: not name.endswith(".jpg")):
        path = None if home is None else home / name
        if path is None or not path.is_file():
            continue
        size = path.stat().st_size
        if size <= min(_EACH_MAX_BYTES, room):
            snapshot.files[name] = path.read_bytes()
            room -= size


def unpack_files(snapshot: Snapshot, home: Path | None, make_home: Callable[[], Path]) -> None:
    """Write the embedded files to the directory, and remove references to files that are missing.

    A picture without its file is drawn, a clip keeps the URL it came from, an upload starts again.
    """
    for name, content in snapshot.files.items():
        if FILE_NAME.fullmatch(name) and home is None:
            home = make_home()
        # An existing file wins: names are random, so it is the same one.
        if FILE_NAME.fullmatch(name) and home is not None and not (home / name).exists():
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            (home / name).write_bytes(content)
    snapshot.files.clear()  # up to 64 MB, which the world does not need
    for thing in (*snapshot.media, *snapshot.containers, *snapshot.foreign):
        thing.file = _present_file(thing.file, home)
        thing.cover = _present_file(thing.cover, home)
        if isinstance(thing, Container) and thing.upload is not None and not thing.is_fetched:
            upload = thing.upload
            if upload.name and not _is_present(upload.name, _UPLOAD_NAME, home):
                # Else `bytes_transferred` would name bytes that are gone, and the client would skip them.
                thing.upload = Upload(size=upload.size)


def _present_file(file: StoredFile | None, home: Path | None) -> StoredFile | None:
    if file is None or file.name is None or _is_present(file.name, FILE_NAME, home):
        return file
    if not file.is_video or not file.source.startswith(("http://", "https://")):
        return None
    file.name = None
    return file


def _is_present(name: str, pattern: "re.Pattern[str]", home: Path | None) -> bool:
    return home is not None and pattern.fullmatch(name) is not None and (home / name).is_file()
