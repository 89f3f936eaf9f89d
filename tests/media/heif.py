"""Wrap coded frames as HEIC and AVIF pictures, as phones write them: no encoder we install can.

Source: ISO/IEC 23008-12.
"""

from dataclasses import dataclass
from pathlib import Path

import av

QUARTER_TURNS = {0: 0, 90: 3, 180: 2, 270: 1}  # clockwise degrees to counter-clockwise quarters


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (len(body) + 8).to_bytes(4) + kind + body


def full(kind: bytes, *parts: bytes, version: int = 0) -> bytes:
    return box(kind, version.to_bytes() + bytes(3), *parts)


@dataclass(frozen=True)
class Frame:
    """One coded frame. record: the box that configures its decoder."""

    coding: bytes
    record: bytes
    size: tuple[int, int]
    data: bytes


def hevc_frame(clip: Path) -> Frame:
    """Take the first frame of an HEVC clip."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        record, size = stream.codec_context.extradata, (stream.width, stream.height)
        data = next(bytes(packet) for packet in container.demux(stream) if packet.size)
    assert record is not None
    return Frame(b"hvc1", box(b"hvcC", record), size, data)


def av1_frame(avif: bytes, size: tuple[int, int]) -> Frame:
    """Take the frame of an AVIF of Pillow's, which has one without transparency."""
    record, data = avif.index(b"av1C") - 4, avif.index(b"mdat") - 4
    ends = [start + int.from_bytes(avif[start : start + 4]) for start in (record, data)]
    return Frame(b"av01", avif[record : ends[0]], size, avif[data + 8 : ends[1]])


def clap(shown: tuple[int, int, int, int], size: tuple[int, int]) -> bytes:
    """Make a clean aperture of left, top, right, bottom."""
    left, top, right, bottom = shown
    over = (2 * (right - left), 2 * (bottom - top), left + right - size[0], top + bottom - size[1])
    return box(b"clap", *(number.to_bytes(4, signed=True) + (2).to_bytes(4) for number in over))


def irot(turned: int) -> bytes:
    """Turn clockwise by some degrees."""
    return box(b"irot", QUARTER_TURNS[turned].to_bytes())


def imir(axis: int) -> bytes:
    """Exchange top and bottom (0) or left and right (1)."""
    return box(b"imir", axis.to_bytes())


def heic(clip: Path, turned: int = 0) -> bytes:
    """Make a HEIC of the first frame of an HEVC clip, to be shown turned clockwise by some degrees."""
    return picture(hevc_frame(clip), *([irot(turned)] if turned else []))


def picture(frame: Frame, *properties: bytes, brand: bytes = b"heic", pictures: int = 1) -> bytes:
    """Make a file of one frame with some properties, or of several pictures that are all this frame."""
    ispe = full(b"ispe", frame.size[0].to_bytes(4), frame.size[1].to_bytes(4))
    links = (2 + len(properties)).to_bytes() + bytes(0x81 + place for place in range(2 + len(properties)))
    items = range(1, pictures + 1)
    return _file(
        brand,
        frame.data,
        full(b"iinf", pictures.to_bytes(2), *(_infe(item, frame.coding) for item in items)),
        _iprp([frame.record, ispe, *properties], [item.to_bytes(2) + links for item in items]),
        entries=[item.to_bytes(2) for item in items],
    )


def grid(frame: Frame, columns: int, rows: int) -> bytes:
    """Make one large picture of tiles that are all the same frame."""
    width, height = frame.size[0] * columns, frame.size[1] * rows
    tiles = [item.to_bytes(2) for item in range(2, 2 + columns * rows)]
    sizes = [full(b"ispe", w.to_bytes(4), h.to_bytes(4)) for w, h in (frame.size, (width, height))]
    layout = bytes((0, 1, rows - 1, columns - 1)) + width.to_bytes(4) + height.to_bytes(4)
    dimg = box(b"dimg", (1).to_bytes(2), len(tiles).to_bytes(2), *tiles)
    infes = [_infe(1, b"grid"), *(_infe(int.from_bytes(tile), frame.coding) for tile in tiles)]
    return _file(
        b"heic",
        layout + frame.data,
        full(b"iinf", len(infes).to_bytes(2), *infes),
        full(b"iref", dimg),
        _iprp([frame.record, *sizes], [b"\0\1\1\3", *(tile + b"\2\x81\2" for tile in tiles)]),
        entries=[b"\0\1", *tiles],
        first=len(layout),
    )


def overlay(frame: Frame, pictures: int) -> bytes:
    """Lay pictures that are all the same frame side by side on a white canvas."""
    width, height = frame.size[0] * pictures, frame.size[1]
    parts = [item.to_bytes(2) for item in range(2, 2 + pictures)]
    sizes = [full(b"ispe", w.to_bytes(4), h.to_bytes(4)) for w, h in (frame.size, (width, height))]
    places = b"".join((place * frame.size[0]).to_bytes(2) + bytes(2) for place in range(pictures))
    layout = bytes(2) + b"\xff" * 8 + width.to_bytes(2) + height.to_bytes(2) + places
    dimg = box(b"dimg", (1).to_bytes(2), len(parts).to_bytes(2), *parts)
    infes = [_infe(1, b"iovl"), *(_infe(int.from_bytes(part), frame.coding) for part in parts)]
    return _file(
        b"heic",
        layout + frame.data,
        full(b"iinf", len(infes).to_bytes(2), *infes),
        full(b"iref", dimg),
        _iprp([frame.record, *sizes], [b"\0\1\1\3", *(part + b"\2\x81\2" for part in parts)]),
        entries=[b"\0\1", *parts],
        first=len(layout),
    )


def _infe(item: int, coding: bytes) -> bytes:
    return full(b"infe", item.to_bytes(2), bytes(2), coding, b"\0", version=2)


def _iprp(properties: list[bytes], links: list[bytes]) -> bytes:
    return box(b"iprp", box(b"ipco", *properties), full(b"ipma", len(links).to_bytes(4), *links))


def _file(brand: bytes, data: bytes, *boxes: bytes, entries: list[bytes], first: int = 0) -> bytes:
    """Put boxes around data. first: how many bytes belong to the first item; 0 for all, which items share."""
    start = box(b"ftyp", brand, bytes(4), b"mif1" + brand)

    def meta(place: int) -> bytes:
        ends = [(place, first or len(data)), *[(place + first, len(data) - first)] * (len(entries) - 1)]
        items = [
            item + bytes(2) + b"\0\1" + offset.to_bytes(4) + length.to_bytes(4)
            for item, (offset, length) in zip(entries, ends, strict=True)
        ]
        return full(
            b"meta",
            full(b"hdlr", bytes(4), b"pict", bytes(13)),
            full(b"pitm", b"\0\1"),
            full(b"iloc", b"\x44\x00", len(items).to_bytes(2), *items),
            *boxes,
        )

    return start + meta(len(start) + len(meta(0)) + 8) + box(b"mdat", data)
