"""Decide what is done with a still."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from pressroom.core.assets import Action, Finding, Fit, Wish
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.limits import IMAGE_LIMITS, ImageLimits, MediaUse
from pressroom.media import refusals
from pressroom.media.decision import Frame, Plan, Refusal
from pressroom.media.facts import Probe, StillFacts
from pressroom.media.plan_video import bars, dropped
from pressroom.media.rules import image_findings, unmet
from pressroom.media.targets import PORTRAIT, is_near

_STORY_WIDTH: Final = 1080


def plan_image(probe: Probe, wish: Wish) -> Plan:
    """Decide what is done with a still; a clip is refused."""
    use, fit = wish.use, wish.fit or Fit.BLUR
    limits = IMAGE_LIMITS[use]
    still = probe.still
    if still is None:
        return _refused(probe, limits, _is_video(probe))
    if still.damage:
        error = (
            refusals.truncated(probe.path) if still.damage == "truncated" else refusals.corrupt(probe.path)
        )
        return _refused(probe, limits, Refusal.of(error))
    whole = _shape(still, wish)
    broken = unmet(image_findings(probe, limits))
    if fit is Fit.KEEP and any(finding.rule == "ratio" for finding in broken):
        lowest, highest = limits.min_ratio or PORTRAIT, limits.max_ratio or PORTRAIT
        return _refused(probe, limits, Refusal.of_ratio(probe.path.name, still.ratio, lowest, highest))
    action = _action(broken, still, whole)
    frame = _place(still, whole, fit, limits, use) if action is Action.FULL else None
    return Plan(
        probe=probe,
        media_type="image",
        action=action,
        reasons=tuple(f"{finding.rule}: {finding.value}; needed: {finding.limit}" for finding in broken),
        changes=tuple(_changes(probe, still, frame)) if action is not Action.AS_IS else (),
        warnings=tuple(_warnings(still)),
        frame=frame,
        max_bytes=limits.max_bytes,
    )


def _warnings(still: StillFacts) -> Iterator[str]:
    if still.is_moving:
        yield "It moves; only its first frame is published."
    elif still.frames > 1 and still.format == "TIFF":
        yield "It has several pages; only the first is published."
    elif still.frames > 1 and still.format == "HEIF":
        yield "It holds several pictures; only the main one is published."


def _refused(probe: Probe, limits: ImageLimits, refusal: Refusal) -> Plan:
    return Plan(
        probe=probe, media_type="image", action=Action.REFUSE, refusal=refusal, max_bytes=limits.max_bytes
    )


def _is_video(probe: Probe) -> Refusal:
    return Refusal(
        rule="is_video",
        message=f"{probe.path.name} is a clip, and a photo needs a picture.",
        value="a clip",
        limit="a picture",
        fix=Fix.of("Publish it as a reel or story: {}.", Remedy(RemedyKind.PUBLISH_AS, {"kind": "reel"})),
    )


def _shape(still: StillFacts, wish: Wish) -> Fraction:
    """Give the ratio of the picture to make: the nearest allowed one, 9:16 for stories."""
    if wish.use is MediaUse.STORY:
        return still.ratio if wish.fit is Fit.KEEP or is_near(still.ratio, PORTRAIT) else PORTRAIT
    limits = IMAGE_LIMITS[wish.use]
    wanted = wish.ratio or still.ratio
    return max(limits.min_ratio or wanted, min(limits.max_ratio or wanted, wanted))


def _action(broken: list[Finding], still: StillFacts, whole: Fraction) -> Action:
    # An MPO is a whole JPEG, followed by other views or previews: leaving these out loses nothing.
    is_mpo = still.format == "MPO"
    cheap = ("metadata", "format") if is_mpo else ("metadata",)
    if not is_near(still.ratio, whole) or any(finding.rule not in cheap for finding in broken):
        return Action.FULL
    return Action.REMUX if broken else Action.AS_IS


def _place(still: StillFacts, whole: Fraction, fit: Fit, limits: ImageLimits, use: MediaUse) -> Frame:
    largest = _STORY_WIDTH if use is MediaUse.STORY else limits.max_width
    # A story has no limits of ratio: one that is near 9:16 is not stretched.
    if is_near(still.ratio, whole) and limits.min_ratio is None:
        whole = still.ratio
    covers = fit is Fit.CROP
    is_wider = still.ratio > whole
    natural = still.height * whole if is_wider == covers else Fraction(still.width)
    width = min(max(round(natural), limits.min_width), largest)
    height = _height(width, whole, limits)
    if still.ratio == whole or is_near(still.ratio, whole):
        return Frame(width=width, height=height, content=(width, height))
    fits_width = is_wider != covers
    content = (width, round(width / still.ratio)) if fits_width else (round(height * still.ratio), height)
    return Frame(width=width, height=height, content=(max(1, content[0]), max(1, content[1])), fit=fit)


def _height(width: int, whole: Fraction, limits: ImageLimits) -> int:
    """Round the height so that the ratio stays within the limits: a pixel too many is refused as 36003."""
    height = round(width / whole)
    if limits.min_ratio and Fraction(width, height) < limits.min_ratio:
        return height - 1
    if limits.max_ratio and Fraction(width, height) > limits.max_ratio:
        return height + 1
    return height


def _changes(probe: Probe, still: StillFacts, frame: Frame | None) -> Iterator[str]:
    if frame is None:
        yield "The picture was copied without loss."
    else:
        yield from _picture_changes(still, frame)
    yield from dropped(probe.private)


def _picture_changes(still: StillFacts, frame: Frame) -> Iterator[str]:
    if not still.is_baseline:
        kind = f"{still.process.capitalize()} JPEG" if still.format == "JPEG" else still.format
        yield f"{kind} became baseline JPEG."
    if frame.fit is not Fit.KEEP:
        yield bars(still.ratio, Fraction(frame.width, frame.height), frame.fit, "white")
    if (still.width, still.height) != (frame.width, frame.height):
        yield f"{still.width} x {still.height} became {frame.width} x {frame.height}."
    if still.orientation != 1:
        yield "Rotation was baked in."
    if still.has_alpha:
        yield "Transparent parts became white."
    if not still.is_srgb:
        yield "Colours were converted to sRGB."
