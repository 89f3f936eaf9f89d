"""Probe a file; `facts` holds the result.

The decoders run in the calling process. For an untrusted file use `examine`, which probes in another process.
"""

from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from pressroom.core.errors import MediaRefused
from pressroom.media import refusals
from pressroom.media.boxes import BoxError, walk
from pressroom.media.facts import Probe
from pressroom.media.files import require_utf8_name
from pressroom.media.formats import dolby_vision, is_cut_off, is_encrypted, moving_webp
from pressroom.media.sniff import HEAD_BYTES, Kind, Sniffed, sniff

if TYPE_CHECKING:
    from collections.abc import Generator

_ISO: Final = "mov"  # ffmpeg's demuxer of MP4 and MOV
_DAMAGES: Final = ("truncated", "corrupt")


def probe(path: Path, *, salvage: bool = False, header_only: bool = False) -> Probe:
    """Give the facts of a file. Blocks: milliseconds for a header, about a second for an hour of film.

    salvage: describe the part before the damage instead of refusing. header_only: as of `read_still`.
    Raises MediaRefused: file_name, missing_file, permission, empty, not_media, forbidden_container, no_video,
    truncated, corrupt, too_many_pixels, too_many_scans, too_many_frames.
    """
    size, sniffed = look(path)
    if sniffed.kind is not Kind.IMAGE:
        try:
            return _probe_clip(path, size, sniffed, salvage=salvage)
        except MediaRefused as refusal:
            if not salvage and refusal.rule in _DAMAGES and _can_be_salvaged(path, size, sniffed):
                raise refusals.or_salvage(refusal) from refusal
            raise
    from pressroom.media.still import read_still  # noqa: PLC0415  # Pillow is imported for pictures only

    still = read_still(path, sniffed.decoder, header_only=header_only)
    facts = Probe(path=path, size_bytes=size, container=still.format, still=still, private=still.private)
    if still.format == "GIF" and still.frames > 1:
        from pressroom.media.clip import read_clip  # noqa: PLC0415  # PyAV is imported for clips only

        return read_clip(facts, demuxer="gif")
    # Beyond that size no frame of a clip is decoded: the WebP is a picture alone.
    is_small = still.width * still.height <= refusals.MAX_FRAME_PIXELS
    if still.format == "WEBP" and still.frames > 1 and is_small:
        with _opened(path) as file:
            return replace(facts, video=moving_webp(file, size, still))
    return facts


def look(path: Path) -> tuple[int, Sniffed]:
    """Give a file's size and what its first bytes say: a picture or a clip. No decoder runs.

    Raises MediaRefused: file_name, missing_file, permission, empty, not_media, forbidden_container, no_video.
    """
    require_utf8_name(str(path.absolute()))
    with _opened(path) as file:
        return look_at(file, path)


def is_visual(path: Path) -> bool:
    """Tell whether a file begins like a picture or a clip, be it of a sort that nothing here reads.

    Raises MediaRefused: missing_file, permission.
    """
    with _opened(path) as file:
        return sniff(file.read(HEAD_BYTES)).kind in (Kind.IMAGE, Kind.VIDEO, Kind.FOREIGN)


def look_at(file: BinaryIO, path: Path) -> tuple[int, Sniffed]:
    """Do as `look` with an open file. path: names it in a refusal."""
    size = file.seek(0, 2)
    if size == 0:
        raise refusals.empty(path)
    file.seek(0)
    sniffed = sniff(file.read(HEAD_BYTES))
    if sniffed.kind is Kind.SCRIPT:
        raise refusals.forbidden_container(path)
    if sniffed.kind is Kind.AUDIO:
        raise refusals.no_video(path)
    if sniffed.kind is Kind.FOREIGN:
        raise refusals.foreign_picture(path, sniffed.words)
    if sniffed.kind is Kind.UNKNOWN:
        raise refusals.not_media(path, sniffed.words)
    return size, sniffed


@contextmanager
def _opened(path: Path) -> "Generator[BinaryIO]":
    try:
        if not path.is_file():
            raise refusals.missing_file(path)
        file = path.open("rb")
    except PermissionError as error:
        raise refusals.unreadable(path) from error
    except OSError as error:  # a name too long, a loop of links, gone since
        raise refusals.missing_file(path) from error
    with file:
        yield file


def _can_be_salvaged(path: Path, size: int, sniffed: Sniffed) -> bool:
    """Tell whether a part of a clip can be used, by looking for it: not of one without its index."""
    with suppress(MediaRefused):
        return _probe_clip(path, size, sniffed, salvage=True).picture_s > 0
    return False


def _probe_clip(path: Path, size: int, sniffed: Sniffed, *, salvage: bool) -> Probe:
    boxes = None
    if sniffed.decoder == _ISO:
        with _opened(path) as file:
            try:
                boxes = walk(file, size)
            except BoxError as error:
                raise refusals.corrupt(path) from error
        # Nothing of this needs a decoder to be started.
        if boxes.is_truncated and not (salvage and boxes.has_moov):
            raise refusals.truncated(path)
        if boxes.is_encrypted:
            raise refusals.encrypted(path)
        if not boxes.has_moov:
            raise refusals.not_media(path, "an MP4 without any tracks")
    with _opened(path) as file:
        # Streams without an index show no missing end: they would be published short.
        is_cut = is_cut_off(file, size, sniffed.decoder)
        # PyAV does not tell, and without Dolby's own processing the colours come out wrong.
        layer = dolby_vision(file) if sniffed.decoder == "matroska" else None
        if sniffed.decoder == "matroska" and is_encrypted(file):
            raise refusals.encrypted(path)
    if is_cut and not salvage:
        raise refusals.truncated(path)
    from pressroom.media.clip import read_clip  # noqa: PLC0415  # PyAV is imported for clips only

    private = boxes.private if boxes else ()
    facts = Probe(path=path, size_bytes=size, container=sniffed.decoder, boxes=boxes, private=private)
    facts = read_clip(facts, demuxer=sniffed.decoder, salvage=salvage)
    if layer and facts.video:
        facts = replace(facts, video=replace(facts.video, dolby_vision=layer))
    return replace(facts, is_cut_off=facts.is_cut_off or is_cut)
