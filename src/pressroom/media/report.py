"""What Instagram's rules say about a file, rule by rule, and what would be done about it."""

import mimetypes
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from pressroom.core.assets import (
    NO_EDITS,
    Action,
    Edits,
    Finding,
    Fit,
    FitCost,
    MediaReport,
    MediaType,
    Target,
    Wish,
)
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import IMAGE_LIMITS, MediaUse
from pressroom.media.decision import Plan
from pressroom.media.facts import Probe, VideoFacts
from pressroom.media.looks import Looks
from pressroom.media.plan import plan_for, seen_by
from pressroom.media.rules import image_findings
from pressroom.media.targets import FPS, most_bitrate, profile

_NO_REPORT: Final = ("missing_file", "permission", "file_name")  # nothing of the file was read
# Rough seconds on two cores of 2025, from bench/media.py.
_COPY_S_PER_BYTE: Final = 1 / 300e6
_START_S: Final = 0.1
_AUDIO_S_PER_S: Final = 0.03
_READ_S_PER_PIXEL: Final = 3.5e-9
_HDR_FACTOR: Final = 1.8
_WRITE_S_PER_PIXEL: Final = 1.1e-8
_STILL_S_PER_PIXEL: Final = 4e-8
_AUDIO_BYTES_PER_S: Final = 128_000 // 8
# What other findings say is done, which does not hold for a refused file.
_DONE: Final = ("It is converted.", "It is removed.")


async def check(
    path: Path,
    *,
    use: MediaUse | None,
    target: Target,
    fit: Fit | None = None,
    ratio: Fraction | None = None,
    edits: Edits = NO_EDITS,
    looks: Looks | None = None,
) -> MediaReport:
    """Check a file against the rules for `use`: by default photo for a picture, reel for a clip.

    ratio: width : height that all items of a carousel share. looks: the cache of probed files to use. A file
    that cannot be used gives a report with `error_code`. Raises MediaRefused for missing_file, permission and
    file_name alone.
    """
    try:
        facts = await (looks or Looks()).at(path, salvage=edits.salvage)
    except MediaRefused as refusal:
        if refusal.rule in _NO_REPORT:
            raise
        return unusable(path, refusal)
    chosen_use = use or (MediaUse.REEL if facts.is_video else MediaUse.PHOTO)
    wish = Wish(use=chosen_use, target=target, fit=fit, ratio=ratio, edits=edits)
    chosen = plan_for(facts, wish)
    refusal = chosen.refusal.error() if chosen.refusal else None
    return MediaReport(
        path=path,
        media_type=chosen.media_type if refusal is None else "video" if facts.is_video else "image",
        findings=tuple(_findings(chosen, wish)),
        action=chosen.action,
        reasons=chosen.reasons,
        changes=chosen.changes,
        warnings=chosen.warnings,
        error_code=refusal.rule if refusal else None,
        refusal=refusal,
        estimate_s=estimate_s(chosen),
        seen=None if refusal else seen_by(chosen),
        fits=() if refusal or chosen.media_type == "image" else _fits(facts, wish),
    )


def _findings(chosen: Plan, wish: Wish) -> list[Finding]:
    if chosen.media_type == "image":
        found = image_findings(chosen.probe, IMAGE_LIMITS[wish.use])
    else:
        found = profile(chosen.probe.video, wish).findings(chosen.probe)
    refusal = chosen.refusal
    if refusal is None:
        return found
    rest = [replace(one, fix="") if one.fix in _DONE else one for one in found if one.rule != refusal.rule]
    return [*rest, _finding(refusal.error())]


def _finding(refusal: MediaRefused) -> Finding:
    return Finding(
        rule=refusal.rule,
        value=str(refusal.value),
        limit=str(refusal.limit),
        is_met=False,
        fix=refusal.advice.text,
        remedies=refusal.remedies,
    )


def unusable(path: Path, refusal: MediaRefused) -> MediaReport:
    """Return the report of a file that cannot be used, and why."""
    return MediaReport(
        path=path,
        media_type=_type_by_name(path),
        findings=(_finding(refusal),),
        action=Action.REFUSE,
        error_code=refusal.rule,
        refusal=refusal,
    )


def _type_by_name(path: Path) -> MediaType:
    guessed = mimetypes.guess_type(path.name)[0] or ""
    return "image" if guessed.startswith("image/") else "video"


def _fits(facts: Probe, wish: Wish) -> tuple[FitCost, ...]:
    """Plan a clip for every fit; empty where they come to the same."""
    plans = [(fit, plan_for(facts, replace(wish, fit=fit))) for fit in Fit]
    found = [_fit_cost(fit, chosen) for fit, chosen in plans if chosen.refusal is None]
    is_same = all(replace(one, fit=found[0].fit) == found[0] for one in found)
    return () if is_same else tuple(found)


def _fit_cost(fit: Fit, chosen: Plan) -> FitCost:
    video, frame = chosen.probe.video, chosen.frame
    assert video is not None, "what shows nothing is refused"
    width, height = (frame.width, frame.height) if frame else video.shown
    return FitCost(
        fit=fit,
        action=chosen.action,
        width=width,
        height=height,
        size_bytes=_size_bytes(chosen, video, (width, height)),
        estimate_s=estimate_s(chosen),
    )


def _size_bytes(chosen: Plan, video: VideoFacts, size: tuple[int, int]) -> int:
    if chosen.action in (Action.AS_IS, Action.REMUX):
        return chosen.probe.size_bytes
    is_full = chosen.action is Action.FULL
    rate = most_bitrate(video, size, chosen.max_bytes) if is_full else video.bitrate
    sound = round((chosen.probe.duration_s or 0) * _AUDIO_BYTES_PER_S)
    return min(chosen.max_bytes, round(video.duration_s * rate / 8) + sound)


def estimate_s(chosen: Plan) -> float | None:
    """Guess how long carrying out a plan takes, in seconds; None when nothing is done."""
    if chosen.action in (Action.AS_IS, Action.REFUSE):
        return None
    copying = _START_S + chosen.probe.size_bytes * _COPY_S_PER_BYTE
    if chosen.media_type == "image":
        still = chosen.probe.still
        return copying + (still.width * still.height * _STILL_S_PER_PIXEL if still else 0)
    seconds = chosen.probe.duration_s or 0
    if chosen.action is Action.REMUX:
        return copying
    return copying + seconds * _AUDIO_S_PER_S + _encoding_s(chosen, seconds)


def _encoding_s(chosen: Plan, seconds: float) -> float:
    video, frame = chosen.probe.video, chosen.frame
    if video is None or frame is None:
        return 0
    read = video.width * video.height * float(video.fps) * _READ_S_PER_PIXEL
    written = frame.width * frame.height * FPS * _WRITE_S_PER_PIXEL
    return seconds * (read * (_HDR_FACTOR if video.is_hdr else 1) + written)
