"""Reads from the head of a Matroska file what PyAV does not tell: Dolby Vision's configuration.

Source: https://www.matroska.org/technical/codec_specs.html, Dolby Vision in BlockAdditionMapping.
"""

import re
from typing import BinaryIO, Final

_HEAD_BYTES: Final = 1 << 16  # the tracks stand before the first picture
# BlockAddIDType with one of the record's names, then BlockAddIDExtraData of a length of one byte.
_RECORD: Final = re.compile(rb"\x41\xe7\x84dv[cvw]C.{0,64}?\x41\xed[\x80-\xff](.{5})", re.DOTALL)


def dolby_vision(file: BinaryIO) -> str | None:
    """Give profile and compatibility, as `boxes` does: "8.4"."""
    file.seek(0)
    found = _RECORD.search(file.read(_HEAD_BYTES))
    return f"{found[1][2] >> 1}.{found[1][4] >> 4}" if found else None
