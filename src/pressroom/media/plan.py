"""Decide what is done with a file: the least work that makes it acceptable. Pure data in, pure data out."""

from fractions import Fraction

from pressroom.core.assets import Action, Fit, Target
from pressroom.graph.limits import VIDEO_LIMITS, MediaUse
from pressroom.media.decision import Frame, Plan, Quality, Refusal, Sound
from pressroom.media.facts import Probe
from pressroom.media.plan_image import plan_image
from pressroom.media.plan_video import plan_video
from pressroom.media.rules import is_too_short

__all__ = ["Frame", "Plan", "Quality", "Refusal", "Sound", "plan"]


def plan(
    probe: Probe,
    *,
    use: MediaUse,
    target: Target,
    fit: Fit,
    quality: Quality = "normal",
    ratio: Fraction | None = None,
    at_least: Action = Action.AS_IS,
) -> Plan:
    """Decide what is done with a file to publish it as `use`.

    ratio: width : height of a whole carousel. at_least: REMUX or more when less has been tried and failed.
    """
    if _is_picture(probe, use):
        return plan_image(probe, use=use, fit=fit, ratio=ratio)
    return plan_video(probe, use=use, target=target, fit=fit, quality=quality, ratio=ratio, at_least=at_least)


def _is_picture(probe: Probe, use: MediaUse) -> bool:
    """Decide what an animated GIF is: a clip, unless only its first frame can be published."""
    if use in (MediaUse.PHOTO, MediaUse.REEL):
        return use is MediaUse.PHOTO
    return probe.is_image and (not probe.is_video or is_too_short(probe, VIDEO_LIMITS[use]))
