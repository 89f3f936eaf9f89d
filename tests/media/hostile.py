"""Small files that keep a decoder busy for minutes, or claim to."""

import os
from pathlib import Path


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2) + payload


def endless_jpeg(path: Path) -> Path:
    """Write a JPEG whose first marker never comes; it takes no room on the disk."""
    path.write_bytes(b"\xff\xd8" + _segment(0xE0, b""))
    os.truncate(path, 4 << 30)
    return path


def scanned_jpeg(path: Path, *, scans: int, width: int = 64, height: int = 64) -> Path:
    """Write a grey progressive JPEG of empty scans, with junk between them as a decoder passes over."""
    grey = b"\x08" + height.to_bytes(2) + width.to_bytes(2) + b"\x01\x01\x11\x00"
    codes = b"\x01" + bytes(15) + b"\x00"
    tables = (
        _segment(0xDB, b"\x00" + b"\x01" * 64)
        + _segment(0xC4, b"\x00" + codes)
        + _segment(0xC4, b"\x10" + codes)
    )
    first = _segment(0xDA, b"\x01\x01\x00\x00\x00\x00") + bytes(width * height // 512 + 1)
    later = b"junk\xff\xff" + _segment(0xDA, b"\x01\x01\x00\x01\x3f\x00")
    path.write_bytes(b"\xff\xd8" + tables + _segment(0xC2, grey) + first + (scans - 1) * later + b"\xff\xd9")
    return path


def long_gif(path: Path, *, frames: int, width: int, height: int) -> Path:
    """Write a GIF of which each frame changes one pixel."""
    screen = width.to_bytes(2, "little") + height.to_bytes(2, "little") + b"\x80\x00\x00"
    frame = (
        b"\x21\xf9\x04\x00\x0a\x00\x00\x00" + b"," + bytes(4) + b"\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    )
    path.write_bytes(b"GIF89a" + screen + bytes(3) + b"\xff\xff\xff" + frames * frame + b";")
    return path
