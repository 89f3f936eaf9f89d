"""The fetched files of a snapshot: small ones are embedded, references to missing ones are removed."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from pressroom.sandbox.state.snapshot import Snapshot
from pressroom.sandbox.state.things import Container, Media, StoredFile, Upload

# Names the sandbox itself makes. An imported state names files too, and must not reach others by `../`.
FILE_NAME: Final = re.compile(r"[0-9a-f]{24}(\.poster)?\.(jpg|mp4|mov)")
_UPLOAD_NAME: Final = re.compile(r"[0-9a-f]{24}\.part")
_EACH_MAX_BYTES: Final = 1 << 20
_ALL_MAX_BYTES: Final = 64 << 20  # what the control API takes in is 256 MB, and base64 adds a third


def pack(held: Snapshot, home: Path | None) -> None:
    """Embed the small files in a snapshot, pictures and posters first; larger ones are left out."""
    # Pictures first: they are what the page shows, and a clip keeps its URL without its file.
    room = _ALL_MAX_BYTES
    for name in sorted(_names(held), key=lambda one: not one.endswith(".jpg")):
        path = None if home is None else home / name
        size = path.stat().st_size if path is not None and path.is_file() else None
        if path is not None and size is not None and size <= min(_EACH_MAX_BYTES, room):
            held.files[name] = path.read_bytes()
            room -= size


def _names(held: Snapshot) -> Iterator[str]:
    for thing in (*held.media, *held.containers, *held.foreign):
        for file in (thing.file, thing.cover):
            if file is not None and file.name and FILE_NAME.fullmatch(file.name):
                yield file.name


def unpack(held: Snapshot, home: Path | None, make_home: Callable[[], Path]) -> None:
    """Write the embedded files to the directory, and remove references to files that are missing.

    A picture without its file is drawn, a clip keeps the URL it came from, an upload starts again.
    """
    for name, content in held.files.items():
        if FILE_NAME.fullmatch(name) and home is None:
            home = make_home()
        # An existing file wins: names are random, so it is the same one.
        if FILE_NAME.fullmatch(name) and home is not None and not (home / name).exists():
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            (home / name).write_bytes(content)
    held.files.clear()  # up to 64 MB, which the world does not need
    for thing in (*held.media, *held.containers, *held.foreign):
        _forget(thing, home)


def _forget(thing: Media | Container, home: Path | None) -> None:
    thing.file = _here(thing.file, home)
    thing.cover = _here(thing.cover, home)
    if isinstance(thing, Container) and thing.upload is not None and not thing.is_fetched:
        upload = thing.upload
        if upload.name and not _is_here(upload.name, _UPLOAD_NAME, home):
            # Else `bytes_transferred` would name bytes that are gone, and the client would skip them.
            thing.upload = Upload(size=upload.size)


def _here(file: StoredFile | None, home: Path | None) -> StoredFile | None:
    if file is None or file.name is None or _is_here(file.name, FILE_NAME, home):
        return file
    if not file.is_video or not file.source.startswith(("http://", "https://")):
        return None
    file.name = None
    return file


def _is_here(name: str, pattern: "re.Pattern[str]", home: Path | None) -> bool:
    return home is not None and pattern.fullmatch(name) is not None and (home / name).is_file()
