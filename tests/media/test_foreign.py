"""Pictures and clips of sorts that nothing here reads are called what they are, and never damaged."""

import gzip
import io
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image

from pressroom.core.errors import MediaRefused
from pressroom.media.probe import is_visual, probe
from tests.media.fixtures import Clip
from tests.media.heif import hevc_frame, overlay, picture

SVG = b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>"
EXR = b"\x76\x2f\x31\x01\x02\0\0\0channels\0chlist\0"
QOI = b"qoif" + (8).to_bytes(4) * 2 + b"\3\0" + bytes(7) + b"\1"


def refused(path: Path, data: bytes) -> MediaRefused:
    path.write_bytes(data)
    with pytest.raises(MediaRefused) as caught:
        probe(path)
    return caught.value


def saved(kind: str, mode: str = "RGB", **options: str) -> bytes:
    file = io.BytesIO()
    grey = Image.linear_gradient("L").crop((0, 0, 40, 30))
    (grey.quantize(8) if mode == "P" else grey.convert(mode)).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (EXR, "an EXR picture"),
        (QOI, "a QOI picture"),
        (saved("TGA"), "a TGA picture"),
        (saved("TGA", "P"), "a TGA picture"),
        (saved("TGA", "L", compression="tga_rle"), "a TGA picture"),
        (saved("PCX"), "a PCX picture"),
        (saved("PCX", "1"), "a PCX picture"),
        (saved("PPM"), "a PPM picture"),
        (b"P3 # by hand\n2 1\n255\n255 0 0 0 0 255\n", "a PPM picture"),
        (saved("PPM", "L"), "a PGM picture"),
        (saved("PPM", "1"), "a PBM picture"),
        (b"P7\nWIDTH 2\nHEIGHT 1\nDEPTH 3\n", "a PAM picture"),
        (gzip.compress(SVG, mtime=0), "a compressed SVG drawing (SVGZ)"),
        (SVG, "an SVG drawing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_picture_of_another_format_is_named_with_what_to_do(
    tmp_path: Path, data: bytes, words: str
) -> None:
    refusal = refused(tmp_path / "a.jpg", data)
    assert (refusal.rule, refusal.message) == ("not_media", f"a.jpg is {words}.")
    assert str(refusal.advice) == (
        "Instagram does not read it, and Pressroom does not either: export it as JPEG or PNG."
    )
    assert is_visual(tmp_path / "a.jpg")


@pytest.mark.parametrize(
    "data",
    [bytes(400), b"P3 is a chip\n" * 20, gzip.compress(b"notes", mtime=0), b"\x1f\x8b\x08", b"\0\0\2" * 80],
    ids=["zeros", "text", "gzip", "start of gzip", "bytes of a header"],
)
def test_what_only_begins_alike_is_not_called_a_picture(tmp_path: Path, data: bytes) -> None:
    refusal = refused(tmp_path / "a.jpg", data)
    assert refusal.message == "a.jpg is neither a picture nor a clip that can be read."


def test_a_jpeg_that_tells_its_height_at_its_end_is_named(tmp_path: Path) -> None:
    data = bytearray(saved("JPEG"))
    height = data.index(b"\xff\xc0") + 5
    data[height : height + 2] = bytes(2)
    data[-2:-2] = b"\xff\xdc\0\4" + (30).to_bytes(2)
    refusal = refused(tmp_path / "a.jpg", bytes(data))
    assert refusal.message == "a.jpg is a JPEG of a rare sort (its height is stored at its end: DNL)."


def layered(units: bytes) -> bytes:
    """Say of all units of a frame that they belong to the second layer."""
    data, offset = bytearray(units), 0
    while offset < len(data):
        data[offset + 5] = data[offset + 5] & 7 | 1 << 3
        offset += 4 + int.from_bytes(data[offset : offset + 4])
    return bytes(data)


def test_a_heic_without_its_base_layer_is_called_layered(tmp_path: Path, clip: Clip) -> None:
    frame = hevc_frame(clip("heic_frame"))
    data = picture(replace(frame, data=layered(frame.data)), brand=b"heis")
    assert refused(tmp_path / "a.heic", data).value == "a HEIF of a rare sort (layered HEVC)"


def test_a_clip_with_a_second_layer_is_read_by_its_base(clip: Clip, tmp_path: Path) -> None:
    with av.open(str(clip("hevc"))) as source, av.open(str(tmp_path / "a.mov"), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])  # pyright: ignore[reportUnknownMemberType]
        for packet in source.demux(video=0):
            if packet.size:
                both = av.Packet(bytes(packet) + layered(bytes(packet)))
                both.pts, both.dts, both.time_base = packet.pts, packet.dts, packet.time_base
                both.duration, both.is_keyframe, both.stream = packet.duration, packet.is_keyframe, stream
                target.mux(both)  # pyright: ignore[reportUnknownMemberType]
    video = probe(tmp_path / "a.mov").video
    assert video is not None
    assert (video.codec, video.frames) == ("hevc", 96)


def test_a_heif_of_pictures_laid_over_a_canvas_is_read(tmp_path: Path, clip: Clip) -> None:
    (tmp_path / "a.heic").write_bytes(overlay(hevc_frame(clip("heic_frame")), 2))
    still = probe(tmp_path / "a.heic").still
    assert still is not None
    assert (still.width, still.height, still.damage) == (800, 320, "")


def moving_avif() -> bytes:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "AVIF", save_all=True, append_images=frames[1:], duration=100)
    return file.getvalue()


def test_a_moving_avif_is_read_by_its_first_picture(tmp_path: Path) -> None:
    (tmp_path / "a.avif").write_bytes(moving_avif())
    still = probe(tmp_path / "a.avif").still
    assert still is not None
    assert (still.width, still.is_moving, still.damage) == (64, True, "")


def test_a_moving_avif_without_a_still_picture_is_called_so(tmp_path: Path) -> None:
    refusal = refused(tmp_path / "a.avif", moving_avif().replace(b"meta", b"free", 1))
    assert refusal.value == "a moving AVIF without a still picture (an image sequence)"


def test_a_transport_stream_of_sound_alone_holds_no_picture(clip: Clip) -> None:
    assert refused(clip("sound_transport"), clip("sound_transport").read_bytes()).rule == "no_video"
