"""Reads the boxes of MP4 and MOV files for facts that neither PyAV nor ffprobe reports.

These are the place of `moov`, edit lists, fragments, Dolby Vision and metadata about the person who filmed.
Source: ISO/IEC 14496-12, and Apple's QuickTime File Format for `keys` and the text atoms of `udta`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from typing import BinaryIO

_HEADER = 8
_LARGE_HEADER = 16
# moov is read into memory whole, and the file itself claims its length.
_MAX_MOOV_BYTES = 64 << 20
# A box can be as short as 8 bytes, so a file of gigabytes could hold hundreds of millions.
_MAX_TOP_BOXES = 100_000
_MAX_CHILDREN = 10_000
_FIRST_SAMPLES = 64  # H.264 and HEVC reorder over 16 frames at most
# The fixed fields of a sample entry, in bytes, before the boxes inside it.
_SAMPLE_ENTRY_BYTES = {"vide": 78, "soun": 28}
# Common encryption (ISO/IEC 23001-7), and the older kind of Apple's store.
_ENCRYPTED = ("encv", "enca", "drmi", "drms")
# One configuration record; which name the box has depends on the profile.
_DOLBY_VISION = (b"dvcC", b"dvvC", b"dvwC")
# Written by muxers about themselves or about a track: nothing personal.
_HARMLESS = frozenset({"\xa9too", "\xa9enc", "\xa9swr", "name", "hnti", "hinf", "tsel", "titl"})
# What playing needs. In boxes of other names cameras keep places and times, and in padding some do, too.
_STRUCTURE = frozenset({b"ftyp", b"styp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"ssix", b"pdin"})
_MOOV_STRUCTURE = frozenset({b"mvhd", b"trak", b"mvex", b"iods", b"udta", b"meta", b"ctab"})
_TRAK_STRUCTURE = frozenset({b"tkhd", b"mdia", b"edts", b"tref", b"tapt", b"load", b"txas", b"udta", b"meta"})
_PADDING = (b"free", b"skip", b"wide")
_MAX_PADDING_BYTES = 1 << 20


class BoxError(ValueError):
    """A box claims a length that cannot be."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One entry of an edit list.

    duration: in units of the movie's timescale. media_time: in units of the track's; -1 for an empty edit.
    """

    duration: int
    media_time: int
    rate: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One track. first_shown: the media time of the first frame in presentation order.

    duration, first_shown: in units of 1/`timescale` seconds. dolby_vision: profile and compatibility, "8.4".
    coding: the name of its sample entry. aperture: the `clap` box's width, height and offsets of the centre.
    """

    handler: str = ""
    timescale: int = 0
    duration: int = 0
    first_shown: int = 0
    edits: tuple[Edit, ...] = ()
    dolby_vision: str | None = None
    coding: str = ""
    aperture: tuple[Fraction, ...] = ()

    def clean_within(self, width: int, height: int) -> tuple[int, int] | None:
        """Give the size of the clean aperture; None when it is the whole picture, or impossible."""
        if not self.aperture:
            return None
        clean_width, clean_height, across, down = self.aperture
        sides = _cropped(width, clean_width, across), _cropped(height, clean_height, down)
        is_possible = all(0 < kept <= whole for kept, whole in zip(sides, (width, height), strict=True))
        return sides if is_possible and sides != (width, height) else None


def _cropped(whole: int, clean: Fraction, offset: Fraction) -> int:
    """Give the pixels left of one side, rounded as ffmpeg does, which crops each clip before our filters."""
    first = Fraction(whole - 1, 2) + offset - (clean - 1) / 2
    last = whole - 1 - (first + clean - 1)
    return whole - int(first) - int(last) if first >= 0 and last >= 0 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """What the boxes of a file say. brand: `qt  ` for MOV.

    private: names of the metadata entries about a person or a place.
    """

    brand: str = ""
    has_moov: bool = False
    is_moov_first: bool = False
    is_fragmented: bool = False
    is_truncated: bool = False
    timescale: int = 0
    tracks: tuple[Track, ...] = ()
    private: tuple[str, ...] = ()

    def track(self, handler: str) -> Track | None:
        """Give the first track of a handler: `vide`, `soun`."""
        return next((track for track in self.tracks if track.handler == handler), None)

    @property
    def is_encrypted(self) -> bool:
        """Whether picture or sound can be decrypted by a licensed player alone."""
        return any(track.coding in _ENCRYPTED for track in self.tracks)

    def end_s(self, handler: str) -> Fraction | None:
        """Give when the edit list of the first track of a handler ends, in seconds; None when it is open."""
        track = self.track(handler)
        spans = [edit.duration for edit in track.edits] if track else []
        return Fraction(sum(spans), self.timescale) if self.timescale and spans and all(spans) else None

    @property
    def has_edits(self) -> bool:
        """Whether picture or sound has an edit list."""
        return any(track.edits for track in self.tracks if track.handler in _SAMPLE_ENTRY_BYTES)


@dataclass(slots=True)
class _TopLevel:
    """What the boxes outside of all others say. order: their names. private: as in `Boxes`."""

    order: list[bytes] = field(default_factory=list[bytes])
    brand: bytes = b""
    moov: bytes | None = None
    private: list[str] = field(default_factory=list[str])
    is_truncated: bool = False


def walk(file: BinaryIO, size: int) -> Boxes:
    """Read the boxes of a seekable file of `size` bytes; reads little more than `moov`.

    Raises BoxError for a box of an impossible length. Never reads beyond `size`.
    """
    top = _walk_top(file, size)
    moov, order = top.moov or b"", top.order
    inside = dict[bytes, bytes]()
    private = [*top.private, *_strange(moov, _MOOV_STRUCTURE)]
    for kind, payload in children(moov):
        inside.setdefault(kind, payload)
        if kind == b"udta":
            private += _user_data(payload)
        elif kind == b"meta":
            private += _meta(payload)
        elif kind == b"trak":
            private += _strange(payload, _TRAK_STRUCTURE)
            private += [*_user_data(_find(payload, b"udta")), *_meta(_find(payload, b"meta"))]
    has_moov, has_mdat = b"moov" in order, b"mdat" in order
    return Boxes(
        brand=top.brand.decode("latin-1"),
        has_moov=has_moov,
        is_moov_first=has_moov and not (has_mdat and order.index(b"mdat") < order.index(b"moov")),
        is_fragmented=b"mvex" in inside or b"moof" in order,
        # Cameras write moov last: an interrupted recording has only mdat.
        is_truncated=top.is_truncated or (has_mdat and not has_moov),
        timescale=_timescale(inside.get(b"mvhd", b"")),
        tracks=tuple(_track(payload) for kind, payload in children(moov) if kind == b"trak"),
        private=tuple(dict.fromkeys(private)),
    )


def _walk_top(file: BinaryIO, size: int) -> _TopLevel:
    top = _TopLevel()
    offset = 0
    while offset + _HEADER <= size and len(top.order) < _MAX_TOP_BOXES:
        file.seek(offset)
        header = file.read(_LARGE_HEADER)
        length, start = _extent(header, size - offset)
        kind = header[4:8]
        if not _is_name(kind):
            break  # trailing bytes after the last box
        top.order.append(kind)
        top.is_truncated |= offset + length > size
        payload, rest = offset + start, min(length, size - offset) - start
        file.seek(payload)
        if kind == b"moov" and top.moov is None:
            if rest > _MAX_MOOV_BYTES:
                raise BoxError(f"the moov box claims {rest} bytes")
            top.moov = file.read(rest)
        elif kind == b"ftyp":
            top.brand = file.read(4)
        elif kind not in _STRUCTURE and (kind not in _PADDING or _holds_data(file, payload, rest)):
            top.private.append(kind.decode("latin-1"))
        offset += length
    if _holds_data(file, offset, size - offset):
        top.private.append("trailing data")
    return top


def _holds_data(file: BinaryIO, offset: int, length: int) -> bool:
    """Tell whether a part of a file, which players pass over, holds anything but zeros."""
    if length <= 0:  # a box claims more than the file has, and may claim more than a file can have
        return False
    file.seek(offset)
    return bool(file.read(min(length, _MAX_PADDING_BYTES)).strip(b"\0"))


def _extent(header: bytes, rest: int) -> tuple[int, int]:
    """Give a box's whole length and where its payload starts."""
    length = int.from_bytes(header[:4])
    # 1 announces a length of 64 bits, 0 a box that reaches to the end (ISO/IEC 14496-12, 4.2).
    if length == 1 and len(header) == _LARGE_HEADER:
        length, start = int.from_bytes(header[8:16]), _LARGE_HEADER
    else:
        length, start = length or rest, _HEADER
    if length < start:
        raise BoxError(f"a box claims {length} bytes")
    return length, start


def _is_name(kind: bytes) -> bool:
    return len(kind) == 4 and all(32 <= byte < 127 or byte == 0xA9 for byte in kind)  # noqa: PLR2004  # printable ASCII and Apple's copyright sign


def children(payload: bytes, start: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """List the boxes inside a box; stops at the first that does not fit, such as QuickTime's end marks."""
    offset = start
    for _ in range(_MAX_CHILDREN):
        header = payload[offset : offset + _LARGE_HEADER]
        if len(header) < _HEADER:
            return
        try:
            length, begin = _extent(header, len(payload) - offset)
        except BoxError:
            return
        if offset + length > len(payload):
            return
        yield header[4:8], payload[offset + begin : offset + length]
        offset += length


def _find(payload: bytes, *path: bytes) -> bytes:
    """Give the payload of a nested box; empty when there is none."""
    for name in path:
        payload = next((inner for kind, inner in children(payload) if kind == name), b"")
    return payload


def number(payload: bytes, offset: int, width: int = 4, *, signed: bool = False) -> int:
    """Read an integer of a box; what the box is too short for counts as less."""
    return int.from_bytes(payload[offset : offset + width], signed=signed)


def _is_wide(payload: bytes) -> bool:
    return payload[:1] == b"\x01"


def _timescale(header: bytes) -> int:
    return number(header, 20 if _is_wide(header) else 12)


def _track(trak: bytes) -> Track:
    mdia = _find(trak, b"mdia")
    mdhd = _find(mdia, b"mdhd")
    stbl = _find(mdia, b"minf", b"stbl")
    handler = _find(mdia, b"hdlr")[8:12].decode("latin-1")
    coding, payload = next(children(_find(stbl, b"stsd"), 8), (b"", b""))
    fields = _SAMPLE_ENTRY_BYTES.get(handler)
    entry = dict(children(payload, fields)) if fields else {}
    layer = next((entry[kind] for kind in _DOLBY_VISION if kind in entry), None)
    decode_time, shown = 0, list[int]()
    offsets = _runs(_find(stbl, b"ctts"), signed=True)
    for delta in islice(_runs(_find(stbl, b"stts"), signed=False), _FIRST_SAMPLES):
        shown.append(decode_time + next(offsets, 0))
        decode_time += delta
    elst = _find(trak, b"edts", b"elst")
    width = 8 if _is_wide(elst) else 4
    size = 2 * width + 4
    # A list may claim more entries than it has.
    count = min(number(elst, 4), (len(elst) - 8) // size) if len(elst) > _HEADER else 0
    edits = tuple(
        Edit(
            number(elst, start, width),
            number(elst, start + width, width, signed=True),
            float(number(elst, start + 2 * width, 2, signed=True)),
        )
        for start in range(8, 8 + count * size, size)
    )
    return Track(
        handler=handler,
        timescale=_timescale(mdhd),
        duration=number(mdhd, 24, 8) if _is_wide(mdhd) else number(mdhd, 16),
        first_shown=min(shown, default=0),
        edits=edits,
        # 7 bits of profile, and 4 of what the base layer is compatible with.
        dolby_vision=None if layer is None else f"{number(layer, 2, 1) >> 1}.{number(layer, 4, 1) >> 4}",
        coding=coding.decode("latin-1"),
        aperture=clean_aperture(entry.get(b"clap", b"")),
    )


def _runs(table: bytes, *, signed: bool) -> Iterator[int]:
    """Unroll a table of (count, value) pairs."""
    for offset in range(8, len(table) - 7, 8):
        value = number(table, offset + 4, signed=signed)
        # One pair may claim four billion samples.
        for _ in range(min(number(table, offset), _FIRST_SAMPLES)):
            yield value


def clean_aperture(clap: bytes) -> tuple[Fraction, ...]:
    """Read the width, height and offsets of the centre, which may be negative; empty when it is damaged.

    Source: ISO/IEC 14496-12, 12.1.4.
    """
    if len(clap) < 4 * _HEADER:
        return ()
    signs = (False, False, True, True)
    pairs = [
        (number(clap, 8 * at, signed=signed), number(clap, 8 * at + 4)) for at, signed in enumerate(signs)
    ]
    return tuple(Fraction(above, below) for above, below in pairs) if all(low for _, low in pairs) else ()


def _strange(box: bytes, structure: frozenset[bytes]) -> Iterator[str]:
    """Name what stands in a box and is neither needed for playing nor empty padding."""
    for kind, payload in children(box):
        is_empty = kind in _PADDING and not payload.strip(b"\0")
        if kind not in structure and not is_empty and _is_name(kind):
            yield kind.decode("latin-1")


def _user_data(udta: bytes) -> Iterator[str]:
    for kind, payload in children(udta):
        name = kind.decode("latin-1")
        if kind == b"meta":
            yield from _meta(payload)
        elif name not in _HARMLESS and _is_name(kind):
            yield name


def _meta(meta: bytes) -> Iterator[str]:
    """Name the entries of a `meta` box. In MP4 it starts with a version field, in MOV it does not."""
    start = 0 if meta[4:8] == b"hdlr" else 4
    for kind, payload in children(meta, start):
        if kind == b"keys":
            yield from (key.decode("latin-1") for _, key in children(payload, 8))
        elif kind == b"ilst":
            names = (name.decode("latin-1") for name, _ in children(payload))
            # Beside `keys` the entries of `ilst` are numbers, which are no names.
            yield from (name for name in names if name not in _HARMLESS and _is_name(name.encode("latin-1")))
