"""Instagram's verdict on a file that it has fetched: the documented rules, with its error codes.

The media desk follows more rules than these; here are only those that Instagram is known to enforce.
Source: Error Codes and Content Publishing, of https://developers.facebook.com/docs/instagram-platform/
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pressroom.core.assets import Finding
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import ImageLimits, VideoLimits
from pressroom.media.examine import examine_blocking
from pressroom.media.rules import image_findings, video_findings

_NOT_FETCHED: Final = (9004, 2207052)  # "Only photo or video can be accepted as media type."
_IMAGE_CODES: Final = {
    "format": (36001, 2207005),
    "progressive": _NOT_FETCHED,  # not documented, but seen
    "file_size": (36000, 2207004),
    "ratio": (36003, 2207009),
}
# Clips fail while the container is processed: its `status` text holds a subcode and no code.
_VIDEO_FORMAT: Final = (None, 2207026)
_VIDEO_CODES: Final = {
    "file_size": (None, 2207077),
    **dict.fromkeys(
        (
            "container",
            "moov_first",
            "edit_list",
            "video_codec",
            "pixel_format",
            "interlaced",
            "closed_gop",
            "frame_rate",
            "duration",
            "video_bitrate",
            "width",
            "ratio",
            "audio_codec",
            "sample_rate",
            "channels",
        ),
        _VIDEO_FORMAT,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One rule a file breaks. value, limit: as text. code: None where Instagram gives only a subcode."""

    rule: str
    value: str
    limit: str
    code: int | None
    subcode: int


def judge_image(path: Path, limits: ImageLimits) -> list[Violation]:
    """List the rules that a fetched picture breaks, gravest first; empty when it is accepted. Blocks."""
    try:
        facts = examine_blocking(path)
    except MediaRefused as refusal:
        return [_violation_of(refusal, _NOT_FETCHED)]
    if facts.still is None or facts.still.damage:
        value = facts.still.damage if facts.still else "a clip"
        code, subcode = _NOT_FETCHED
        return [Violation(rule="not_media", value=value, limit="a picture", code=code, subcode=subcode)]
    return _violations(image_findings(facts, limits), _IMAGE_CODES)


def judge_video(path: Path, limits: VideoLimits) -> list[Violation]:
    """List the rules that a fetched clip breaks; empty when it is accepted. Blocks."""
    try:
        facts = examine_blocking(path)
    except MediaRefused as refusal:
        return [_violation_of(refusal, _VIDEO_FORMAT)]
    return _violations(video_findings(facts, limits), _VIDEO_CODES)


def _violation_of(refusal: MediaRefused, codes: tuple[int | None, int]) -> Violation:
    value, limit = str(refusal.value), str(refusal.limit)
    return Violation(rule=refusal.rule, value=value, limit=limit, code=codes[0], subcode=codes[1])


def _violations(
    findings: list[Finding], codes: dict[str, tuple[int, int]] | dict[str, tuple[None, int]]
) -> list[Violation]:
    """Keep what Instagram enforces of the findings, with its codes."""
    return [
        Violation(rule=f.rule, value=f.value, limit=f.limit, code=codes[f.rule][0], subcode=codes[f.rule][1])
        for f in findings
        if not f.is_met and f.rule in codes
    ]
