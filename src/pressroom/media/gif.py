"""Counts the frames of a GIF by its blocks, without decoding one.

Source: GIF89a specification, sections 15 to 27.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

_SIGNATURE_BYTES: Final = 6
_SCREEN_BYTES: Final = 7
_FRAME_BYTES: Final = 9
_TABLE: Final = 0x80  # a table of colours follows; the low three bits tell its size
_FRAME, _EXTENSION, _END = b",", b"!", b";"


def has_more_frames(path: Path, most: int) -> bool:
    """Tell whether a GIF has more frames than `most`; reads no further than the first frame too many."""
    with path.open("rb") as file:
        return next(islice(_frames(file), most, None), None) is not None


def _frames(file: BinaryIO) -> Iterator[bytes]:
    """List the frames' descriptors; a file that is cut off ends the list."""
    file.seek(_SIGNATURE_BYTES)
    _skip_table(file, file.read(_SCREEN_BYTES)[4:5])
    while (kind := file.read(1)) not in (b"", _END):
        if kind == _FRAME:
            descriptor = file.read(_FRAME_BYTES)
            yield descriptor
            _skip_table(file, descriptor[8:9])
        if kind in (_FRAME, _EXTENSION):
            file.read(1)  # the code size of the frame's data, or the extension's label
            _skip_blocks(file)


def _skip_table(file: BinaryIO, flags: bytes) -> None:
    if flags and flags[0] & _TABLE:
        file.read(3 << ((flags[0] & 7) + 1))


def _skip_blocks(file: BinaryIO) -> None:
    while size := int.from_bytes(file.read(1)):
        file.read(size)
