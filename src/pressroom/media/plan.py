"""Decide what is done with a file: the least work that makes it acceptable. Pure data in, pure data out."""

from fractions import Fraction

from pressroom.core.assets import NO_EDITS, Action, Edits, Fit, Quality, Seen, Target, Wish
from pressroom.graph.limits import VIDEO_LIMITS, MediaUse
from pressroom.media.decision import Plan
from pressroom.media.facts import Probe
from pressroom.media.plan_image import plan_image
from pressroom.media.plan_video import plan_video
from pressroom.media.rules import is_too_short


def plan(
    probe: Probe,
    *,
    use: MediaUse,
    target: Target,
    fit: Fit | None = None,
    quality: Quality = "normal",
    ratio: Fraction | None = None,
    edits: Edits = NO_EDITS,
    at_least: Action = Action.AS_IS,
) -> Plan:
    """Decide what is done with a file to publish it as `use`.

    ratio: width : height of a whole carousel. at_least: REMUX or more when less has been tried and failed.
    """
    wish = Wish(use=use, target=target, fit=fit, quality=quality, ratio=ratio, edits=edits)
    return plan_for(probe, wish, at_least=at_least)


def plan_for(probe: Probe, wish: Wish, *, at_least: Action = Action.AS_IS) -> Plan:
    """Decide what is done with a file to fulfil a wish."""
    if _is_picture(probe, wish):
        return plan_image(probe, wish)
    return plan_video(probe, wish, at_least=at_least)


def seen_by(chosen: Plan) -> Seen:
    """Give the shape and length a plan starts from."""
    still, video = chosen.probe.still, chosen.probe.video
    if chosen.media_type == "image":
        assert still is not None, "what shows nothing is refused"
        return Seen("image", still.ratio)
    assert video is not None, "what shows nothing is refused"
    return Seen("video", video.ratio, video.duration_s)


def _is_picture(probe: Probe, wish: Wish) -> bool:
    """Decide what an animated GIF or WebP is: a clip, unless only its first frame can be published."""
    # The other kind of file is then refused by `plan_image` or `plan_video`.
    if wish.use in (MediaUse.PHOTO, MediaUse.REEL):
        return wish.use is MediaUse.PHOTO
    is_short = not wish.edits.repeat and is_too_short(probe, VIDEO_LIMITS[wish.use])
    return probe.is_image and (not probe.is_video or is_short)
