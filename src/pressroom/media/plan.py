"""Decide what is done with a file: the least work that makes it acceptable. Pure data in, pure data out.

Start at `plan_for`. Stills are decided here, clips in `plan_video`.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Final

from pressroom.core.assets import Action, Fit, Seen, Wish
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.limits import IMAGE_LIMITS, VIDEO_LIMITS, ImageLimits, MediaUse
from pressroom.media import refusals
from pressroom.media.decision import Frame, Plan, Refusal
from pressroom.media.facts import GAIN_MAP, MOTION, Probe, StillFacts
from pressroom.media.plan_video import TRANSPARENT, bars, dropped, plan_video
from pressroom.media.rules import PORTRAIT, image_findings, is_near, is_too_short, unmet

_STORY_WIDTH: Final = 1080
_OTHER_USES: Final = {
    "is_image": (MediaUse.PHOTO, MediaUse.STORY),
    "is_video": (MediaUse.REEL, MediaUse.STORY),
}


def plan_for(probe: Probe, wish: Wish, *, at_least: Action = Action.AS_IS) -> Plan:
    """Decide what is done with a file to fulfil a wish.

    at_least: REMUX or more when less has been tried and failed.
    """
    # For these two, `plan_image` or `plan_video` refuses the other kind of file.
    is_picture = wish.use is MediaUse.PHOTO
    if wish.use not in (MediaUse.PHOTO, MediaUse.REEL):
        # An animated GIF or WebP is a clip, unless only its first frame can be published.
        is_short = not wish.edits.repeat and is_too_short(probe, VIDEO_LIMITS[wish.use])
        is_picture = probe.is_image and (not probe.is_video or is_short)
    plan = plan_image(probe, wish) if is_picture else plan_video(probe, wish, at_least=at_least)
    return _offer_other_use(plan, wish)


def _offer_other_use(plan: Plan, wish: Wish) -> Plan:
    """Name in the refusal of a file of the wrong kind the post that it is good for, if there is one."""
    refusal = plan.refusal
    if refusal is None or refusal.rule not in _OTHER_USES:
        return plan
    for use in _OTHER_USES[refusal.rule]:
        if plan_for(plan.probe, replace(wish, use=use)).refusal is None:
            fix = Fix.of(f"Publish it as a {use}: {{}}.", Remedy(RemedyKind.PUBLISH_AS, {"kind": use}))
            return replace(plan, refusal=replace(refusal, fix=fix))
    return plan


def seen_by(plan: Plan) -> Seen:
    """Give the shape and length a plan starts from."""
    still, video = plan.probe.still, plan.probe.video
    if plan.media_type == "image":
        assert still is not None, "what shows nothing is refused"
        return Seen("image", still.ratio)
    assert video is not None, "what shows nothing is refused"
    return Seen("video", video.ratio, plan.probe.picture_s)


def plan_image(probe: Probe, wish: Wish) -> Plan:
    """Decide what is done with a still; a clip is refused."""
    still, limits = probe.still, IMAGE_LIMITS[wish.use]
    refusal = _refusal_of(probe, limits, wish)
    if still is None or refusal:
        return Plan(
            probe=probe,
            media_type="image",
            action=Action.REFUSE,
            refusal=refusal,
            max_bytes=limits.max_bytes,
        )
    # The ratio of the picture to make: the nearest allowed one, 9:16 for stories.
    asked_ratio = wish.ratio or still.ratio
    whole = max(limits.min_ratio or asked_ratio, min(limits.max_ratio or asked_ratio, asked_ratio))
    if wish.use is MediaUse.STORY:
        whole = still.ratio if wish.fit is Fit.KEEP or is_near(still.ratio, PORTRAIT) else PORTRAIT
    broken = unmet(image_findings(probe, limits))
    # An MPO is a whole JPEG, followed by other views or previews: leaving these out loses nothing.
    cheap = ("metadata", "format") if still.format == "MPO" else ("metadata",)
    action = Action.REMUX if broken else Action.AS_IS
    if not is_near(still.ratio, whole) or any(finding.rule not in cheap for finding in broken):
        action = Action.FULL
    frame = _place(still, whole, wish) if action is Action.FULL else None
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


def _refusal_of(probe: Probe, limits: ImageLimits, wish: Wish) -> Refusal | None:
    still, lowest, highest = probe.still, limits.min_ratio, limits.max_ratio
    if still is None:
        return Refusal(
            rule="is_video",
            message=f"{probe.path.name} is a clip, and a photo needs a picture.",
            value="a clip",
            limit="a picture",
            fix="Give a picture.",
        )
    if still.damage:
        refuse = refusals.truncated if still.damage == "truncated" else refusals.corrupt
        return Refusal.of(refuse(probe.path))
    if wish.fit is Fit.KEEP and lowest and highest and not lowest <= still.ratio <= highest:
        return Refusal.of_ratio(probe.path.name, still.ratio, lowest, highest)
    return None


def _place(still: StillFacts, whole: Fraction, wish: Wish) -> Frame:
    """Give the size of the output, whose ratio is `whole`, and of the picture in it."""
    limits, fit = IMAGE_LIMITS[wish.use], wish.fit or Fit.BLUR
    largest = _STORY_WIDTH if wish.use is MediaUse.STORY else limits.max_width
    # A story has no limits of ratio: one that is near 9:16 is not stretched.
    if is_near(still.ratio, whole) and limits.min_ratio is None:
        whole = still.ratio
    # The output has the width of the source or its height, so that the picture is not scaled without need.
    fits_width = (still.ratio > whole) != (fit is Fit.CROP)
    natural = Fraction(still.width) if fits_width else still.height * whole
    width = min(max(round(natural), limits.min_width), largest)
    height = round(width / whole)
    # Rounded so that the ratio stays within the limits: a pixel too many is refused as 36003.
    if limits.min_ratio and Fraction(width, height) < limits.min_ratio:
        height -= 1
    elif limits.max_ratio and Fraction(width, height) > limits.max_ratio:
        height += 1
    if is_near(still.ratio, whole):
        return Frame(width=width, height=height, content=(width, height))
    content = (width, round(width / still.ratio)) if fits_width else (round(height * still.ratio), height)
    return Frame(width=width, height=height, content=(max(1, content[0]), max(1, content[1])), fit=fit)


def _changes(probe: Probe, still: StillFacts, frame: Frame | None) -> Iterator[str]:
    if frame is None:
        yield "The picture was copied without loss."
        yield from dropped(probe.private)
        return
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
        yield TRANSPARENT
    if not still.is_srgb:
        yield "Colours were converted to sRGB."
    yield from dropped(probe.private)


def _warnings(still: StillFacts) -> Iterator[str]:
    if GAIN_MAP in still.companions:
        yield "Its HDR gain map is left out: it is published as screens without HDR show it."
    if MOTION in still.companions:
        yield "The clip in it (a motion photo) is left out: only the picture is published."
    if still.is_moving:
        yield "It moves; only its first frame is published."
    elif still.frames > 1 and still.format == "TIFF":
        yield "It has several pages; only the first is published."
    elif still.frames > 1 and still.format == "HEIF":
        yield "It holds several pictures; only the main one is published."
