"""Tells whether a stream without an index was cut off: its last page or packet is not whole.

One that was cut between two of them cannot be told from a whole one. Source: RFC 3533 (Ogg), ISO/IEC 13818-1.
"""

from typing import BinaryIO, Final

_TAIL_BYTES: Final = 1 << 20
_TS_PACKETS: Final = (188, 192)
_TS_SYNC: Final = b"\x47"
_PAGE: Final = b"OggS\x00"
_PAGE_BYTES: Final = 27
_PACK: Final = b"\x00\x00\x01\xba"
_PES_BYTES: Final = 6
_ENDS: Final = (b"\x00\x00\x01\xb9", b"\x00\x00\x01\xb7")  # of the program, of the sequence


def is_cut_off(file: BinaryIO, size: int, demuxer: str) -> bool:
    """Tell whether a file of `size` bytes ends in the middle of something; False for other demuxers."""
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read(_TAIL_BYTES)
    if demuxer == "ogg":
        return _ends_in_page(tail)
    if demuxer == "mpeg":
        return _ends_in_packet(tail)
    if demuxer == "mpegts":
        file.seek(0)
        lead = 0 if file.read(1) == _TS_SYNC else 1
        return size % _TS_PACKETS[lead] != 0
    return False


def _ends_in_page(tail: bytes) -> bool:
    """Look at the last page, whose head ends with the number of its segments, and then their sizes."""
    start = tail.rfind(_PAGE)
    page = tail[start:] if start >= 0 else b""
    if len(page) < _PAGE_BYTES:
        return bool(page)
    count = page[_PAGE_BYTES - 1]
    return _PAGE_BYTES + count + sum(page[_PAGE_BYTES : _PAGE_BYTES + count]) > len(page)


def _ends_in_packet(tail: bytes) -> bool:
    """Follow the packets from the last pack on: each tells its length."""
    place = tail.rfind(_PACK)
    if place < 0 or tail.rstrip(b"\x00").endswith(_ENDS):
        return False
    is_second = tail[place + 4 : place + 5] >= b"\x40"  # MPEG-2 marks its longer header
    place += 14 + (tail[place + 13] & 7) if is_second and place + 13 < len(tail) else 12
    while tail[place : place + 3] == b"\x00\x00\x01":
        place += _PES_BYTES + int.from_bytes(tail[place + 4 : place + _PES_BYTES])
    return place > len(tail)
