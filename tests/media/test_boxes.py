"""What the boxes of MP4 and MOV tell."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.media.boxes import BoxError, Boxes, Edit, walk
from tests.media.fixtures import Clip


def box(kind: bytes, *payload: bytes) -> bytes:
    body = b"".join(payload)
    return (len(body) + 8).to_bytes(4) + kind + body


def numbers(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, signed=value < 0) for value in values)


def read(*boxes: bytes) -> Boxes:
    data = b"".join(boxes)
    return walk(io.BytesIO(data), len(data))


FTYP = box(b"ftyp", b"isom", bytes(4))
MVHD = box(b"mvhd", numbers(0, 0, 0, 1000, 4000))
MDAT = box(b"mdat", bytes(64))


def track(*, handler: bytes = b"vide", edits: bytes = b"", table: bytes = b"", entry: bytes = b"") -> bytes:
    mdhd = box(b"mdhd", numbers(0, 0, 0, 30_000, 120_000))
    hdlr = box(b"hdlr", numbers(0, 0), handler, bytes(12))
    stsd = box(b"stsd", numbers(0, 1), entry)
    media = box(b"mdia", mdhd, hdlr, box(b"minf", box(b"stbl", stsd, table)))
    return box(b"trak", media, box(b"edts", edits) if edits else b"")


def test_moov_before_mdat_is_first() -> None:
    assert read(FTYP, box(b"moov", MVHD), MDAT).is_moov_first


def test_moov_after_mdat_is_not_first() -> None:
    boxes = read(FTYP, MDAT, box(b"moov", MVHD))
    assert boxes.has_moov
    assert not boxes.is_moov_first


def test_a_file_without_moov_lost_its_end() -> None:
    assert read(FTYP, MDAT).is_truncated


def test_a_box_that_reaches_beyond_the_file_is_cut_off() -> None:
    data = FTYP + box(b"moov", MVHD) + MDAT
    assert walk(io.BytesIO(data[:-10]), len(data) - 10).is_truncated


def test_a_box_of_length_zero_reaches_to_the_end() -> None:
    open_ended = numbers(0) + b"mdat" + bytes(50)
    assert not read(FTYP, box(b"moov", MVHD), open_ended).is_truncated


def test_a_box_may_spell_its_length_in_64_bits() -> None:
    wide = numbers(1) + b"mdat" + (16 + 32).to_bytes(8) + bytes(32)
    assert read(FTYP, wide, box(b"moov", MVHD)).has_moov


@pytest.mark.parametrize("kind", [b"mdat", b"free", b"odd!"])
def test_a_length_that_no_file_has_is_cut_off(kind: bytes, tmp_path: Path) -> None:
    path = tmp_path / "claims.mp4"  # a real file: its offsets have an end
    path.write_bytes(FTYP + numbers(1) + kind + b"\xff" * 8)
    with path.open("rb") as file:
        assert walk(file, path.stat().st_size).is_truncated


def test_a_length_smaller_than_its_own_header_is_refused() -> None:
    with pytest.raises(BoxError):
        read(FTYP, numbers(4) + b"moov")


def test_a_moov_of_gigabytes_is_not_read() -> None:
    with pytest.raises(BoxError):
        walk(io.BytesIO(numbers(0x7FFFFFFF) + b"moov"), 0x7FFFFFFF)


@pytest.mark.parametrize(
    ("elst", "edits"),
    [
        (numbers(0, 1, 4000, 1024, 0x10000), (Edit(4000, 1024),)),
        (numbers(0, 2, 500, -1, 0x10000, 4000, 0, 0x10000), (Edit(500, -1), Edit(4000, 0))),
        (
            bytes.fromhex("01000000 00000001 0000000000000fa0 0000000000000400 00010000"),
            (Edit(4000, 1024),),
        ),
        (numbers(0, 9, 4000, 0, 0x10000), (Edit(4000, 0),)),
    ],
    ids=["one", "an empty one first", "64 bits", "fewer than counted"],
)
def test_edit_lists_are_read(elst: bytes, edits: tuple[Edit, ...]) -> None:
    boxes = read(FTYP, box(b"moov", MVHD, track(edits=box(b"elst", elst))))
    assert boxes.tracks[0].edits == edits
    assert boxes.has_edits


def test_the_edit_list_of_a_timecode_track_does_not_count() -> None:
    elst = box(b"elst", numbers(0, 1, 4000, 0, 0x10000))
    assert not read(FTYP, box(b"moov", MVHD, track(handler=b"tmcd", edits=elst))).has_edits


def test_the_first_frame_shown_may_not_be_the_first_stored() -> None:
    stts = box(b"stts", numbers(0, 1, 4, 1000))
    ctts = box(b"ctts", numbers(0, 3, 1, 2000, 1, 4000, 2, 1000))
    boxes = read(FTYP, box(b"moov", MVHD, track(table=stts + ctts)))
    assert boxes.tracks[0].first_shown == 2000


def test_fragments_are_seen_by_mvex() -> None:
    assert read(FTYP, box(b"moov", MVHD, box(b"mvex"))).is_fragmented


def test_dolby_vision_is_named_by_profile() -> None:
    dvvc = box(b"dvvC", bytes([1, 0, 8 << 1, 0, 4 << 4]))
    entry = box(b"hvc1", bytes(78), dvvc)
    assert read(FTYP, box(b"moov", MVHD, track(entry=entry))).tracks[0].dolby_vision == "8.4"


def test_what_a_phone_writes_about_its_owner_is_named() -> None:
    place = box(b"\xa9xyz", b"+52.5+13.4/")
    keys = box(b"keys", numbers(0, 1), box(b"mdta", b"com.apple.quicktime.model"))
    tool = box(b"ilst", box(b"\xa9too", b"Lavf"))
    mp4_meta = box(b"meta", numbers(0), box(b"hdlr", bytes(24)), tool)
    mov_meta = box(b"meta", box(b"hdlr", bytes(24)), keys)
    boxes = read(FTYP, box(b"moov", MVHD, box(b"udta", place, mp4_meta), mov_meta), box(b"uuid", bytes(16)))
    assert boxes.private == ("uuid", "\xa9xyz", "com.apple.quicktime.model")


PLACE = box(b"udta", b"N52.5163 E013.3777")


@pytest.mark.parametrize("kind", [b"sefd", b"inst", b"udta", b"free", b"skip"])
def test_what_playing_does_not_need_is_private_beside_moov(kind: bytes) -> None:
    assert read(FTYP, box(b"moov", MVHD), box(kind, PLACE), MDAT).private == (kind.decode(),)


@pytest.mark.parametrize("kind", [b"gps ", b"uuid", b"free"])
def test_what_playing_does_not_need_is_private_inside_moov_and_tracks(kind: bytes) -> None:
    assert read(FTYP, box(b"moov", MVHD, box(kind, PLACE)), MDAT).private == (kind.decode(),)
    assert read(FTYP, box(b"moov", MVHD, box(b"trak", box(kind, PLACE))), MDAT).private == (kind.decode(),)


def test_what_follows_the_last_box_is_private() -> None:
    assert read(FTYP, box(b"moov", MVHD), MDAT, bytes(4), PLACE).private == ("trailing data",)


def test_padding_is_not_private() -> None:
    empty = box(b"free", bytes(64))
    assert not read(FTYP, empty, box(b"moov", MVHD, empty), box(b"wide"), MDAT, bytes(6)).private


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_walker(data: bytes) -> None:
    try:
        walk(io.BytesIO(data), len(data))
    except BoxError:
        return


@given(st.data())
def test_no_change_to_a_real_file_crashes_the_walker(clip: Clip, data: st.DataObject) -> None:
    whole = bytearray(clip("late_sound").read_bytes())
    moov = whole.index(b"moov") - 4
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(moov, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        walk(io.BytesIO(whole), len(whole))
    except BoxError:
        return
