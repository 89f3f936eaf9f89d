"""Reports what Instagram's rules say about a file, rule by rule, and what would be done about it.

For people, by `pressroom media check` and before a post is planned: start at `check`. Instagram's error codes
are in `judge`.
"""

import mimetypes
from collections.abc import Iterator
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
from pressroom.media.facts import Probe
from pressroom.media.looks import Looks
from pressroom.media.plan import plan_for, seen_by
from pressroom.media.rules import image_findings, most_bitrate, profile, spell_ratio

_TYPES_BY_RULE: Final[dict[str, MediaType]] = {
    **dict.fromkeys(("truncated", "corrupt", "encrypted"), "video"),
    **dict.fromkeys(("too_many_scans", "too_many_frames"), "image"),
}
_TYPES: Final[dict[str, MediaType]] = {"image": "image", "video": "video"}
# Nothing of the file was read.
_NO_REPORT: Final = ("missing_file", "permission", "file_name", "keep_file")
_MUCH: Final = Fraction(5, 4)  # the bars are a fifth of what is shown
# Rough seconds on two cores of 2025, from bench/media.py.
_COPY_S_PER_BYTE: Final = 1 / 300e6
_START_S: Final = 0.1
_AUDIO_S_PER_S: Final = 0.03
_READ_S_PER_PIXEL: Final = 3.5e-9
_HDR_FACTOR: Final = 1.8
_WRITE_S_PER_PIXEL: Final = 1.1e-8
_STILL_S_PER_PIXEL: Final = 4e-8
_AUDIO_BYTES_PER_S: Final = 128_000 // 8


async def check(
    path: Path,
    *,
    use: MediaUse | None,
    target: Target,
    fit: Fit | None = None,
    ratio: Fraction | None = None,
    edits: Edits = NO_EDITS,
    looks: Looks | None = None,
    header_only: bool = False,
) -> MediaReport:
    """Check a file against the rules for `use`: by default photo for a picture, reel for a clip.

    ratio: width : height that all items of a carousel share. looks: the cache of probed files to use.
    header_only: do not decode a picture that is always converted; the conversion finds out whether it is
    damaged. A file that cannot be used gives a report with `error_code`. Raises MediaRefused for
    missing_file, permission and file_name alone.
    """
    try:
        looks = looks or Looks()
        facts = await (looks.header_at if header_only else looks.at)(path, salvage=edits.salvage)
    except MediaRefused as refusal:
        return unusable(path, refusal)
    chosen_use = use or (MediaUse.REEL if facts.is_video else MediaUse.PHOTO)
    wish = Wish(use=chosen_use, target=target, fit=fit, ratio=ratio, edits=edits)
    plan = plan_for(facts, wish)
    refusal = plan.refusal.error() if plan.refusal else None
    return MediaReport(
        path=path,
        # A refused plan has the kind that was wished for, and the file may be of the other.
        media_type=plan.media_type if refusal is None else "video" if facts.is_video else "image",
        findings=tuple(_findings(plan, wish)),
        action=plan.action,
        reasons=plan.reasons,
        changes=plan.changes,
        warnings=(*plan.warnings, *_reshaped(plan, wish)),
        error_code=refusal.rule if refusal else None,
        refusal=refusal,
        estimate_s=estimate_s(plan),
        seen=None if refusal else seen_by(plan),
        fits=() if refusal or plan.media_type == "image" else _fits(facts, wish),
    )


def _reshaped(plan: Plan, wish: Wish) -> Iterator[str]:
    """Warn of a picture that comes out in quite another shape, where nobody chose how."""
    still, frame = plan.probe.still, plan.frame
    if still is None or frame is None or wish.fit is not None:
        return
    whole = Fraction(frame.width, frame.height)
    if max(still.ratio / whole, whole / still.ratio) >= _MUCH:
        shapes = f"{spell_ratio(still.ratio)} becomes {spell_ratio(whole)}"
        yield f"Its shape changes: {shapes} by blurred bars; fit crop cuts it instead."


def unusable(path: Path, refusal: MediaRefused) -> MediaReport:
    """Return the report of a file that cannot be used, and why. Raises that where nothing of it was read."""
    if refusal.rule in _NO_REPORT:
        raise refusal
    named = (mimetypes.guess_type(path.name)[0] or "").partition("/")[0]
    return MediaReport(
        path=path,
        media_type=_TYPES.get(named) or _TYPES_BY_RULE.get(refusal.rule),
        findings=(_finding_of(refusal),),
        action=Action.REFUSE,
        error_code=refusal.rule,
        refusal=refusal,
    )


def _findings(plan: Plan, wish: Wish) -> list[Finding]:
    if plan.media_type == "image":
        findings = image_findings(plan.probe, IMAGE_LIMITS[wish.use])
    else:
        findings = profile(plan.probe.video, wish).findings(plan.probe)
    if plan.refusal is None:
        return findings
    # Nothing is done to a refused file, and the refusal says more than the finding of its rule.
    rest = [replace(finding, fix="") for finding in findings if finding.rule != plan.refusal.rule]
    return [*rest, _finding_of(plan.refusal.error())]


def _finding_of(refusal: MediaRefused) -> Finding:
    return Finding(
        rule=refusal.rule,
        value=str(refusal.value),
        limit=str(refusal.limit),
        is_met=False,
        fix=refusal.advice.text,
        remedies=refusal.remedies,
    )


def _fits(facts: Probe, wish: Wish) -> tuple[FitCost, ...]:
    """Plan a clip for every fit; empty where they come to the same."""
    costs = list[FitCost]()
    for fit in Fit:
        plan = plan_for(facts, replace(wish, fit=fit))
        video, frame = plan.probe.video, plan.frame
        if plan.refusal or video is None:
            continue
        width, height = (frame.width, frame.height) if frame else video.shown
        is_full = plan.action is Action.FULL
        bitrate = most_bitrate(video, (width, height), plan.max_bytes) if is_full else video.bitrate
        sound_bytes = round((plan.probe.duration_s or 0) * _AUDIO_BYTES_PER_S)
        size_bytes = min(plan.max_bytes, round(video.duration_s * bitrate / 8) + sound_bytes)
        if plan.action in (Action.AS_IS, Action.REMUX):
            size_bytes = plan.probe.size_bytes
        cost = FitCost(
            fit=fit,
            action=plan.action,
            width=width,
            height=height,
            size_bytes=size_bytes,
            estimate_s=estimate_s(plan),
        )
        costs.append(cost)
    is_same = all(replace(cost, fit=costs[0].fit) == costs[0] for cost in costs)
    return () if is_same else tuple(costs)


def estimate_s(plan: Plan) -> float | None:
    """Guess how long carrying out a plan takes, in seconds; None when nothing is done."""
    if plan.action in (Action.AS_IS, Action.REFUSE):
        return None
    still, video, frame = plan.probe.still, plan.probe.video, plan.frame
    copying_s = _START_S + plan.probe.size_bytes * _COPY_S_PER_BYTE
    if plan.media_type == "image":
        return copying_s + (still.width * still.height * _STILL_S_PER_PIXEL if still else 0)
    if plan.action is Action.REMUX:
        return copying_s
    length_s = plan.probe.duration_s or 0
    encoding_s = 0.0
    if video and frame:
        read = video.width * video.height * float(video.fps) * _READ_S_PER_PIXEL
        written = frame.width * frame.height * float(plan.fps) * _WRITE_S_PER_PIXEL
        encoding_s = length_s * (read * (_HDR_FACTOR if video.is_hdr else 1) + written)
    return copying_s + length_s * _AUDIO_S_PER_S + encoding_s
