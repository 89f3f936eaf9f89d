"""Reads what HEIC and AVIF say of their main picture and the decoders do not tell.

Source: ISO/IEC 23008-12.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pressroom.media.boxes import children, clean_aperture, number

_WORD: Final = 4
_ESSENTIAL: Final = 0x7F  # masks the bit that tells whether a reader must know the property
_WIDE_ESSENTIAL: Final = 0x7FFF
_DERIVED: Final = (b"grid", b"iden", b"iovl", b"tmap")  # made of other items
_MOST_DERIVATIONS: Final = 4
Box = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class MainPicture:
    """The picture that a file is opened for.

    coding: the item type of its pixels: `hvc1`, `av01`, `unci`. width, height: as coded. aperture: the part
    that is shown, as coded; None for all of it. turned_aperture: the same after the file's turns and mirrors.
    is_sequence: the file has a track of frames.
    """

    coding: str = ""
    width: int = 0
    height: int = 0
    aperture: Box | None = None
    turned_aperture: Box | None = None
    is_sequence: bool = False


def box_size(box: Box) -> tuple[int, int]:
    """Give the width and height of a box."""
    return box[2] - box[0], box[3] - box[1]


def main_picture(path: Path) -> MainPicture:
    """Read the main picture's properties; what is missing or damaged is left at its default."""
    boxes, item, properties = _read(path.read_bytes())
    size = _coded_size(properties)
    aperture = turned = _aperture(dict(properties).get(b"clap", b""), *size)
    if turned:
        (left, top, right, bottom), (width, height) = turned, size
        for kind, payload in properties:
            # `irot` counts quarters against the clock.
            for _ in range(number(payload, 0, 1) & 3 if kind == b"irot" else 0):
                left, top, right, bottom = top, width - right, bottom, width - left
                width, height = height, width
            if kind == b"imir" and number(payload, 0, 1) & 1:  # exchanges left and right, else top and bottom
                left, right = width - right, width - left
            elif kind == b"imir":
                top, bottom = height - bottom, height - top
        turned = left, top, right, bottom
    return MainPicture(
        coding=_coding(boxes, item),
        width=size[0],
        height=size[1],
        aperture=aperture,
        turned_aperture=turned,
        is_sequence=b"moov" in boxes,
    )


def uncropped(data: bytes) -> bytes:
    """Give a HEIF whose main picture shows all that is coded.

    libheif takes the size after cropping for the most that may be coded, and refuses what is cropped by much.
    """
    _, _, properties = _read(data)
    clap = dict(properties).get(b"clap", b"")
    whole = b"".join(side.to_bytes(_WORD) + (1).to_bytes(_WORD) for side in (*_coded_size(properties), 0, 0))
    return data.replace(b"clap" + clap, b"clap" + whole) if len(clap) == len(whole) else data


def _read(data: bytes) -> tuple[dict[bytes, bytes], int, list[tuple[bytes, bytes]]]:
    """Give the boxes of the file and of `meta`, the main picture's number, and its properties in order."""
    boxes = dict[bytes, bytes]()
    for kind, payload in children(data):
        boxes.setdefault(kind, payload)
    boxes.update(children(boxes.get(b"meta", b""), _WORD))
    pitm = boxes.get(b"pitm", b"\0")
    item = number(pitm, _WORD, _id_bytes(pitm))
    iprp = dict(children(boxes.get(b"iprp", b"")))
    properties = list(children(iprp.get(b"ipco", b"")))
    indexes = _associated(iprp.get(b"ipma", b"\0"), item)
    return boxes, item, [properties[index - 1] for index in indexes if 0 < index <= len(properties)]


def _coded_size(properties: list[tuple[bytes, bytes]]) -> tuple[int, int]:
    ispe = dict(properties).get(b"ispe", b"")
    return number(ispe, _WORD), number(ispe, 2 * _WORD)


def _id_bytes(box: bytes) -> int:
    """Give the width of item numbers: 16 bits in a box of version 0."""
    return 4 if box[:1] > b"\0" else 2


def _coding(boxes: dict[bytes, bytes], item: int) -> str:
    """Name the item type of the pixels; a derived item is followed to the first that it is made of."""
    iinf, iref = boxes.get(b"iinf", b""), boxes.get(b"iref", b"")
    kinds = dict[int, bytes]()
    for _, infe in children(iinf, _WORD + _id_bytes(iinf or b"\0")):
        width = 4 if infe[:1] == b"\3" else 2
        kinds[number(infe, _WORD, width)] = infe[_WORD + width + 2 : _WORD + width + 6]
    width = _id_bytes(iref or b"\0")
    parts = {
        number(payload, 0, width): number(payload, width + 2, width)
        for kind, payload in children(iref, _WORD)
        if kind == b"dimg"
    }
    # A damaged file may derive items from one another in a circle.
    for _ in range(_MOST_DERIVATIONS):
        if kinds.get(item) not in _DERIVED or item not in parts:
            break
        item = parts[item]
    return kinds.get(item, b"").decode("latin-1")


def _associated(ipma: bytes, item: int) -> Iterator[int]:
    """List the numbers of an item's properties; they count from 1."""
    width, is_wide = _id_bytes(ipma), bool(ipma[3:4] and ipma[3] & 1)
    # The box's flags tell whether numbers of properties take one byte or two.
    step, mask = (2, _WIDE_ESSENTIAL) if is_wide else (1, _ESSENTIAL)
    offset = 2 * _WORD
    while offset < len(ipma):
        count = number(ipma, offset + width, 1)
        start = offset + width + 1
        if number(ipma, offset, width) == item:
            yield from (number(ipma, start + step * index, step) & mask for index in range(count))
        offset = start + step * count


def _aperture(clap: bytes, width: int, height: int) -> Box | None:
    """Give the clean aperture; None for one that does not lie within the picture, or shows all of it."""
    shown = clean_aperture(clap)
    if not shown:
        return None
    wide, high, right, down = shown
    left, top = round((width - wide) / 2 + right), round((height - high) / 2 + down)
    box = left, top, left + round(wide), top + round(high)
    is_within = 0 <= box[0] < box[2] <= width and 0 <= box[1] < box[3] <= height
    return box if is_within and box != (0, 0, width, height) else None
