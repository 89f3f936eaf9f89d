"""Facts to plan by, without files."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from pressroom.media.boxes import Boxes, Edit, Track
from pressroom.media.facts import AudioFacts, Probe, StillFacts, VideoFacts

VIDEO = VideoFacts(
    codec="h264",
    pixel_format="yuv420p",
    bit_depth=8,
    is_420=True,
    width=1080,
    height=1920,
    fps=Fraction(30),
    frames=300,
    duration_s=10.0,
    bitrate=5_000_000,
)
AUDIO = AudioFacts(
    codec="aac", profile="LC", sample_rate=48_000, channels=2, duration_s=10.0, bitrate=128_000
)
BOXES = Boxes(brand="isom", has_moov=True, is_moov_first=True, timescale=1000)
STILL = StillFacts(format="JPEG", mode="RGB", width=1080, height=1350)


def clip_facts(
    *,
    audio: AudioFacts | None = AUDIO,
    boxes: Boxes = BOXES,
    container: str = "mov",
    zero_s: float = 0.0,
    private: tuple[str, ...] = (),
    **changes: Any,
) -> Probe:
    return Probe(
        path=Path("clip.mp4"),
        size_bytes=7_000_000,
        container=container,
        zero_s=zero_s,
        video=replace(VIDEO, **changes),
        audio=audio,
        boxes=boxes,
        private=private,
    )


def still_facts(*, size_bytes: int = 400_000, private: tuple[str, ...] = (), **changes: Any) -> Probe:
    still = replace(STILL, **changes)
    return Probe(
        path=Path("a.jpg"), size_bytes=size_bytes, container=still.format, still=still, private=private
    )


def edited(*, video: tuple[Edit, ...] = (), audio: tuple[Edit, ...] = (), first_shown: int = 0) -> Boxes:
    """Give the boxes of a ten second clip with edit lists; the movie counts milliseconds."""
    tracks = (
        Track(handler="vide", timescale=30_000, duration=300_000, first_shown=first_shown, edits=video),
        Track(handler="soun", timescale=48_000, duration=480_000, edits=audio),
    )
    return replace(BOXES, tracks=tracks)
