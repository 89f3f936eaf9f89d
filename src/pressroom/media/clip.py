"""Probes a clip: its header, the time of every packet, and the first frame. Start at `read_clip`.

Packets tell times and damage without being decoded. ffmpeg copies damaged frames without an error, and
Instagram refuses them with 2207026. So the lengths of a frame's NAL units (H.264, HEVC) must add up.
Source: ISO/IEC 14496-15, 5.3 and 8.3.
"""

import io
import math
import struct
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, cast

import av
from av.error import FFmpegError
from av.sidedata.sidedata import Type as SideData
from av.stream import Disposition

from pressroom.core.errors import MediaRefused
from pressroom.media import refusals
from pressroom.media.facts import CAMERA_DATA, TIMELESS, AudioFacts, ClipFrame, Probe, VideoFacts
from pressroom.media.sniff import FORMATS
from pressroom.media.stream_clock import StreamClock, Times

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.codec.context import CodecContext
    from av.container import InputContainer
    from av.packet import Packet
    from av.sidedata.sidedata import SideDataContainer
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


# PyAV 18 refuses tags that are not UTF-8 unless told otherwise. PyAV 19 has no such argument: it keeps the
# undecodable bytes as surrogates, which `_private_names` replaces.
_TAG_DECODING: Final[dict[str, Any]] = (
    {"metadata_errors": "replace"} if av.__version__.startswith("18.") else {}
)
_CUT_S: Final = 0.1  # shorter ends are rounding
_FRAME_QUALITY: Final = 85


# The byte of the configuration record whose last two bits are the width of the lengths, less one.
_WIDTH_AT = {"h264": 4, "hevc": 21}
_FORBIDDEN_ZERO_BIT = 0x80
# AVCHD cameras write date, place and exposure (MDPM) under this UUID into an SEI unit before each picture.
_MDPM: Final = bytes.fromhex("17ee8c60f84d11d98cd60800200c9a66")
_MDPM_WITHIN: Final = 4096


@dataclass(frozen=True, slots=True)
class LengthPrefixed:
    """Checks frames as MP4 and Matroska store them: each NAL unit behind a length of `width` bytes."""

    width: int

    @classmethod
    def of(cls, codec: str, extradata: bytes | None) -> Self | None:
        """Read the width of the lengths; None for streams of start codes, which hold no lengths to check."""
        place = _WIDTH_AT.get(codec)
        if place is None or not extradata or len(extradata) <= place or extradata[0] != 1:
            return None
        return cls((extradata[place] & 3) + 1)

    def holds(self, packet: "Packet[Stream]") -> bool:
        """Tell whether the NAL units fill the frame exactly."""
        data = memoryview(packet)
        offset, end = 0, len(data)
        while offset + self.width < end:
            length = int.from_bytes(data[offset : offset + self.width])
            offset += self.width
            if length and data[offset] & _FORBIDDEN_ZERO_BIT:
                return False
            offset += length
        return offset == end


# IndexError: PyAV does not expect a track that first appears in the middle of a transport stream.
_DEMUX_ERRORS: Final = (FFmpegError, UnicodeError, IndexError)
# Pictures that no decoder here reads, by their sample entry.
_UNREAD: Final = {
    **dict.fromkeys(("lhv1", "lhe1"), "layered HEVC without its base layer, which nothing here can read"),
    **dict.fromkeys(("mvc1", "mvc2"), "multi-view H.264 without its base view, which nothing here can read"),
}
_STREAMS: Final = ("mpegts", "mpeg")
_THEORA: Final = b"\x80theora"  # the first packet of a stream, which no demuxer of ours gives
_TIMEOUT_S: Final = 20
# The time of each packet is kept in memory. A film reaches this after about five hours.
_MAX_PACKETS: Final = 2_000_000
# Rotation, interlacing and HDR metadata are only known once a frame is decoded.
_DECODE_ATTEMPTS: Final = 80
_HDR_DATA: Final = (
    SideData.MASTERING_DISPLAY_METADATA,
    SideData.CONTENT_LIGHT_LEVEL,
    SideData.AMBIENT_VIEWING_ENVIRONMENT,
    SideData.DYNAMIC_HDR_PLUS,
    SideData.DOVI_RPU_BUFFER,
)
_INTERLACED_ORDERS: Final = range(2, 6)  # AV_FIELD_TT to AV_FIELD_BT
_FULL_RANGE: Final = 2  # AVCOL_RANGE_JPEG
# Their headers hold a length that a file cut off falls short of.
_LENGTH_IN_HEADER: Final = ("matroska", "avi", "flv", "mxf")
_WHOLE_SLACK: Final = 0.02
_WHOLE_SLACK_S: Final = 0.3
_EXTRAS: Final = {
    "video": "second picture",
    "audio": "second sound",
    "subtitle": "subtitles",
    "attachment": "attachment",
}
# Several boxes and tags hold the same thing.
_ENTRIES: Final = {
    "loci": "location",
    "\xa9xyz": "location",
    "\xa9mak": "make",
    "\xa9mod": "model",
    "\xa9nam": "title",
    "\xa9day": "date",
    "\xa9cmt": "comment",
    "\xa9ART": "artist",
    "\xa9alb": "album",
    "\xa9gen": "genre",
    "covr": "cover art",
}
_BOX_NAME: Final = 4
_BOXES: Final = {
    **{name: name for name in (*_ENTRIES, "make", "date")},
    **dict.fromkeys(("free", "skip", "wide"), "data in padding"),
}
_OTHER: Final = "other data"
# Written by muxers about themselves: nothing personal.
_HARMLESS_STARTS: Final = ("_statistics", "bps-", "duration-", "number_of_")
_HARMLESS: Final = frozenset(
    {
        *("major_brand", "minor_version", "compatible_brands", "encoder", "software"),
        *("handler_name", "vendor_id", "language", "timecode"),
        *("duration", "bps", "number_of_frames", "number_of_bytes", "alpha_mode"),
    }
)


def _unknown(kind: type[SideData], number: int) -> SideData:
    member = object.__new__(kind)
    member._name_, member._value_ = f"UNKNOWN_{number}", number
    return member


# PyAV raises ValueError for side data newer than itself, and then gives none of a frame's.
setattr(SideData, "_missing_", classmethod(_unknown))  # noqa: B010  # the hook of an Enum that is not ours


@dataclass(slots=True)
class _Scan:
    video: Times
    audio: Times
    frame: "VideoFrame | None" = None
    is_cut_off: bool = False
    is_joined: bool = False
    has_damage: bool = False
    private: tuple[str, ...] = ()


def read_clip(facts: Probe, *, demuxer: str, salvage: bool = False) -> Probe:
    """Add the facts of the tracks.

    Raises MediaRefused: no_video, not_media, corrupt, truncated, too_many_pixels.

    salvage: describe the part before the damage instead of refusing.
    """
    try:
        with _opened(facts.path, demuxer) as container:
            video, audio = _pick(container, facts)
            scan = _scan(container, video, audio, facts, salvage=salvage)
            # After the packets are read: a track may first appear in the middle of a transport stream.
            used = {video.index, audio.index if audio else video.index}
            extras = [
                "cover art" if _is_cover(stream) else _EXTRAS.get(stream.type, "data track")
                for stream in container.streams
                if stream.index not in used
            ]
            return replace(
                facts,
                is_cut_off=scan.is_cut_off,
                is_joined=scan.is_joined,
                zero_s=(container.start_time or 0) / 1e6,
                video=_video_facts(video, scan, facts),
                audio=_audio_facts(container, audio, scan.audio) if audio else None,
                extras=tuple(extras),
                private=_private_names(container, scan, facts),
            )
    except _DEMUX_ERRORS as error:
        raise refusals.corrupt(facts.path) from error


def frame_of(path: Path, at_s: float) -> ClipFrame:
    """Give the first frame of an MP4 or MOV at or after a time, in seconds. Raises MediaRefused: corrupt."""
    buffer = io.BytesIO()
    try:
        with _opened(path, "mov") as container:
            duration_s = (container.duration or 0) / 1e6
            container.seek(round(at_s * 1e6))  # to the key frame before it
            for frame in container.decode(video=0):
                if (frame.time or 0.0) >= at_s:
                    frame.to_image().save(buffer, "JPEG", quality=_FRAME_QUALITY)  # pyright: ignore[reportUnknownMemberType]
                    break
    except _DEMUX_ERRORS as error:
        raise refusals.corrupt(path) from error
    return ClipFrame(jpeg=buffer.getvalue() or None, duration_s=duration_s)


def _opened(path: Path, demuxer: str) -> "InputContainer":
    # Left to choose, PyAV reads an ffconcat script called .mp4 and opens the files it names (measured).
    limits = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    return av.open(
        f"file:{path.absolute()}",
        "r",
        format=demuxer,
        options=limits,
        timeout=_TIMEOUT_S,
        **_TAG_DECODING,
    )


def _pick(container: "InputContainer", facts: Probe) -> "tuple[VideoStream, AudioStream | None]":
    """Choose the first picture that is not cover art, and the first sound."""
    video = next((stream for stream in container.streams.video if not _is_cover(stream)), None)
    if video is None:
        raise refusals.no_video(facts.path)
    if not _has_decoder(video):
        track = facts.boxes.track("vide") if facts.boxes else None
        coding = _UNREAD.get(track.coding if track else "", "in a format nothing here can read")
        raise refusals.not_media(facts.path, f"a clip whose picture is {coding}")
    # Before anything is decoded: PyAV opens a GIF that claims 65535 x 65535.
    width, height = video.codec_context.width, video.codec_context.height
    if width * height > refusals.MAX_FRAME_PIXELS:
        raise refusals.too_many_pixels(facts.path, width, height, refusals.MAX_FRAME_PIXELS)
    if width * height == 0:
        # A transport stream may announce a picture and bring none.
        raise refusals.no_video(facts.path) if facts.container in _STREAMS else refusals.corrupt(facts.path)
    return video, next((stream for stream in container.streams.audio if _has_decoder(stream)), None)


def _has_decoder(stream: "Stream") -> bool:
    # PyAV's types promise one, but phones write codecs newer than it.
    return cast("CodecContext | None", stream.codec_context) is not None


def _is_cover(stream: "Stream") -> bool:
    return bool(stream.disposition & Disposition.attached_pic)


def _scan(
    container: "InputContainer",
    video: "VideoStream",
    audio: "AudioStream | None",
    facts: Probe,
    *,
    salvage: bool,
) -> _Scan:
    """Read all packets and check that none is missing; with `salvage`, those before the damage."""
    is_guessed, boxes = facts.container in TIMELESS, facts.boxes
    scan = _Scan(Times(_time_base(video), is_guessed=is_guessed), Times(_time_base(audio)))
    try:
        _read(scan, container, video, audio, facts)
        _check_whole(container, scan, facts)
        # ffmpeg would end there when it converts the clip.
        if scan.has_damage:
            raise refusals.corrupt(facts.path)
        if video.codec_context.name == "theora":
            scan.video.time_by_count(scan.audio.length_s)
        end_s, times = boxes.end_s("vide") if boxes else None, scan.video
        over_s = 0.0 if end_s is None else float(times.end_s - end_s)
        # The edit list may show the last frame for a part of its time alone.
        if end_s and over_s > _CUT_S and end_s > max(times.shown, default=0) * times.time_base:
            times.held_s, times.end = over_s, round(end_s / times.time_base)
    except (MediaRefused, *_DEMUX_ERRORS):
        if not salvage:
            raise
        scan.is_cut_off = True
    scan.is_cut_off |= boxes is not None and boxes.is_truncated
    if scan.video.length_s <= 0:
        raise refusals.corrupt(facts.path)
    return scan


def _time_base(stream: "Stream | None") -> Fraction:
    # PyAV 19 returns a type of its own, which is 0 if the time base is not set.
    return Fraction((stream and stream.time_base) or 1)


def _read(
    scan: _Scan, container: "InputContainer", video: "VideoStream", audio: "AudioStream | None", facts: Probe
) -> None:
    check = LengthPrefixed.of(video.codec_context.name, video.codec_context.extradata)
    clock = StreamClock(may_restart=facts.container in _STREAMS)
    for count, packet in enumerate(container.demux((video, audio) if audio else (video,))):
        if not packet.size or count >= _MAX_PACKETS:
            # Theora repeats a frame by an empty packet; the one at the end of a stream has no time.
            scan.video.has_repeats |= packet.dts is not None and packet.stream_index == video.index
            continue
        shift_s = clock.shift_s(packet)
        if clock.has_damage_behind:
            raise refusals.corrupt(facts.path)
        if packet.stream_index != video.index:
            if audio and not scan.audio.shown:
                scan.audio.skipped_s = _skipped_s(packet, audio)
            scan.audio.add(packet, shift_s)
            continue
        _check_packet(packet, check, facts)
        if not scan.video.shown:
            scan.private = _camera_data(packet, video)
        if scan.frame is None and len(scan.video.shown) < _DECODE_ATTEMPTS:
            frames = video.decode(packet)  # pyright: ignore[reportUnknownMemberType]  # Packet is generic, and here bare
            scan.frame = frames[0] if frames else None
        scan.video.add(packet, shift_s)
    scan.is_joined = clock.joined_at is not None
    scan.has_damage = clock.damaged_at is not None


def _check_packet(packet: "Packet[Stream]", check: LengthPrefixed | None, facts: Probe) -> None:
    if check and not check.holds(packet):
        raise refusals.corrupt(facts.path)
    if bytes(memoryview(packet)[: len(_THEORA)]) == _THEORA:
        raise refusals.not_media(facts.path, "an Ogg file of several clips joined end to end")


def _camera_data(packet: "Packet[Stream]", video: "VideoStream") -> tuple[str, ...]:
    # Cameras put their data before each picture, so the first one tells.
    has_data = video.codec_context.name == "h264" and _MDPM in bytes(memoryview(packet)[:_MDPM_WITHIN])
    return (CAMERA_DATA,) if has_data else ()


def _skipped_s(packet: "Packet[Stream]", audio: "AudioStream") -> float:
    """Return how much of the first packet of a sound is decoded and not played: the encoder's priming."""
    is_primed = not packet.is_discard and packet.has_sidedata("skip_samples")
    skipped = bytes(packet.get_sidedata("skip_samples"))[:4] if is_primed else b""
    return int.from_bytes(skipped, "little") / (audio.sample_rate or math.inf)


def _check_whole(container: "InputContainer", scan: _Scan, facts: Probe) -> None:
    """Refuse a clip that is shorter than its header says. For MP4 `boxes` has found that already."""
    if facts.container == "asf" and not container.duration:
        raise refusals.truncated(facts.path)  # ffmpeg gives none when the size in the header is wrong
    if facts.container not in _LENGTH_IN_HEADER:
        return
    # The header tells the length of the file, and of a track by its count of frames.
    counted = (stream.frames * (stream.time_base or 0) for stream in container.streams.video)
    promised_s = float(max((container.duration or 0) / 1e6, *counted, 0))
    # Some writers count from zero to the end, others from the first frame.
    end_s = max(scan.video.end_s, scan.audio.end_s)
    if end_s < promised_s - max(_WHOLE_SLACK_S, promised_s * _WHOLE_SLACK):
        raise refusals.truncated(facts.path)


def _video_facts(stream: "VideoStream", scan: _Scan, facts: Probe) -> VideoFacts:
    context, times, frame = stream.codec_context, scan.video, scan.frame
    usual_fps, is_constant_rate = times.pace()
    boxed = facts.boxes.track("vide") if facts.boxes else None
    pixels = context.format
    if pixels is None:
        raise refusals.corrupt(facts.path)
    return VideoFacts(
        codec=context.codec.canonical_name,
        profile=stream.profile or "",
        pixel_format=pixels.name,
        bit_depth=max(part.bits for part in pixels.components),
        # Half as many samples of colour as of light, in both directions.
        is_420=any(part.is_chroma for part in pixels.components)
        and (pixels.chroma_width(16), pixels.chroma_height(16)) == (8, 8),
        width=context.width,
        height=context.height,
        rotation=-frame.rotation % 360 if frame else 0,
        is_mirrored=_is_mirrored(frame) if frame else False,
        # WebM keeps transparency beside the picture, where the usual decoders leave it.
        has_alpha=any(part.is_alpha for part in pixels.components)
        or stream.metadata.get("alpha_mode") == "1",
        # The container's counts before the codec's.
        pixel_ratio=Fraction(stream.sample_aspect_ratio or context.sample_aspect_ratio or 1),
        clean=boxed.clean_within(context.width, context.height) if boxed else None,
        fps=len(times.shown) / times.length_s,
        is_constant_rate=is_constant_rate,
        usual_fps=usual_fps,
        frames=len(times.shown),
        start_s=times.start_s,
        duration_s=float(times.length_s),
        held_s=times.held_s,
        bitrate=times.bitrate,
        primaries=context.color_primaries,
        transfer=context.color_trc,
        matrix=context.colorspace,
        is_full_range=context.color_range == _FULL_RANGE,
        is_interlaced=context.field_order in _INTERLACED_ORDERS or bool(frame and frame.interlaced_frame),
        is_closed_gop=times.is_closed_gop,
        has_rising_dts=times.has_rising_dts,
        is_timed_by_count=times.is_timed_by_count,
        has_hdr_data=bool(frame and any(kind in frame.side_data for kind in _HDR_DATA)),
        dolby_vision=boxed.dolby_vision if boxed else None,
    )


def _is_mirrored(frame: "VideoFrame") -> bool:
    """Tell whether the display matrix mirrors the picture: its determinant is negative then."""
    sides = cast("SideDataContainer", frame.side_data)  # PyAV's types call it a dictionary
    if SideData.DISPLAYMATRIX not in sides:
        return False
    a, b, _, c, d = struct.unpack("=5i", bytes(sides[SideData.DISPLAYMATRIX])[:20])
    return a * d - b * c < 0


def _audio_facts(container: "InputContainer", stream: "AudioStream", times: Times) -> AudioFacts | None:
    if times.length_s <= 0:
        return None
    return AudioFacts(
        number=container.streams.audio.index(stream),
        codec=stream.codec_context.codec.canonical_name,
        profile=stream.profile or "",
        sample_rate=stream.codec_context.sample_rate,
        channels=stream.codec_context.channels,
        start_s=times.start_s,
        priming_s=times.skipped_s,
        duration_s=float(times.length_s),
        bitrate=times.bitrate,
        has_rising_dts=times.has_rising_dts,
    )


def _private_names(container: "InputContainer", scan: _Scan, facts: Probe) -> tuple[str, ...]:
    """Name the metadata that may be about a person or a place, each kind once, by its usual name."""
    # Other names of boxes mean nothing to people.
    boxed = (_BOXES.get(name, _OTHER) if len(name) == _BOX_NAME else name for name in facts.private)
    names = [*boxed, *scan.private]
    for metadata in (container.metadata, *(stream.metadata for stream in container.streams)):
        # Bytes that are not UTF-8 become U+FFFD, because JSON cannot hold the surrogates of PyAV 19.
        tags = [tag.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for tag in metadata]
        names += [
            key
            for key in tags
            if key.lower() not in _HARMLESS and not key.lower().startswith(_HARMLESS_STARTS)
        ]
    bare = [name.removeprefix("com.apple.quicktime.").removeprefix("com.android.") for name in names]
    return tuple(
        dict.fromkeys(
            "location" if name.lower().startswith("location") else _ENTRIES.get(name, name) for name in bare
        )
    )
