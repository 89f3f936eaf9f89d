"""Wrap one HEVC frame as a HEIC picture, as phones write it: no encoder we install can.

Source: ISO/IEC 23008-12.
"""

from pathlib import Path

import av

QUARTER_TURNS = {0: 0, 90: 3, 270: 1}  # clockwise degrees to counter-clockwise quarters


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (len(body) + 8).to_bytes(4) + kind + body


def full(kind: bytes, *parts: bytes, version: int = 0) -> bytes:
    return box(kind, version.to_bytes() + bytes(3), *parts)


def heic(clip: Path, turned: int = 0) -> bytes:
    """Make a HEIC of the first frame of an HEVC clip, to be shown turned clockwise by some degrees."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        record, size = stream.codec_context.extradata, (stream.width, stream.height)
        frame = next(bytes(packet) for packet in container.demux(stream) if packet.size)
    assert record is not None
    start = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    meta = _meta(record, size, turned, len(frame), place=0)
    place = len(start) + len(meta) + 8
    return start + _meta(record, size, turned, len(frame), place) + box(b"mdat", frame)


def _meta(record: bytes, size: tuple[int, int], turned: int, length: int, place: int) -> bytes:
    infe = full(b"infe", (1).to_bytes(2), bytes(2), b"hvc1", b"\0", version=2)
    ispe = full(b"ispe", size[0].to_bytes(4), size[1].to_bytes(4))
    irot = box(b"irot", QUARTER_TURNS[turned].to_bytes())
    links = b"\x81\x02\x83" if turned else b"\x81\x02"
    count = 3 if turned else 2
    ipma = full(b"ipma", (1).to_bytes(4), (1).to_bytes(2), count.to_bytes(), links)
    ipco = box(b"ipco", box(b"hvcC", record), ispe, *([irot] if turned else []))
    item = (1).to_bytes(2) + bytes(2) + (1).to_bytes(2) + place.to_bytes(4) + length.to_bytes(4)
    return full(
        b"meta",
        full(b"hdlr", bytes(4), b"pict", bytes(13)),
        full(b"pitm", (1).to_bytes(2)),
        full(b"iloc", b"\x44\x00", (1).to_bytes(2), item),
        full(b"iinf", (1).to_bytes(2), infe),
        box(b"iprp", ipco, ipma),
    )
