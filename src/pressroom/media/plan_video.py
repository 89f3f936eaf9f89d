"""Decides what is done with a clip: what has to be made anew, how large, and the sentences that say so."""

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Final

from pressroom.core.assets import Action, Finding, Fit, Target, Wish
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.limits import VIDEO_LIMITS, MediaUse, VideoLimits
from pressroom.media import rules
from pressroom.media.decision import Frame, Plan, Refusal, Sound, most
from pressroom.media.facts import HLG, PQ, TIMELESS, Probe, VideoFacts
from pressroom.media.rules import PORTRAIT, Profile, canvas, even, fit_of, is_near, profile, spell_ratio
from pressroom.media.timeline import cut_of, edit_changes, shown_after, sync_action

_AUDIO_RULES: Final = ("audio_codec", "audio_profile", "sample_rate", "channels", "audio_timestamps")
# What it takes to fix a broken rule. Any other rule takes a new picture.
_COST: Final = {
    **dict.fromkeys(("container", "moov_first", "fragmented", "extra_tracks", "metadata"), Action.REMUX),
    **dict.fromkeys(_AUDIO_RULES, Action.AUDIO),
    **dict.fromkeys(("edit_list", "sync"), Action.REMUX),  # at least: `sync_action` says when it is more
}
# Not all of their frames have presentation times, which MP4 needs: they cannot be copied into it.
_UNCOPYABLE: Final = (*TIMELESS, "mpeg")
# Profiles whose colours are wrong without Dolby's own processing.
_DOLBY_VISION_ONLY: Final = re.compile(r"5\..*|.*\.0")
_CODECS: Final = {
    "h264": "H.264",
    "hevc": "HEVC",
    "vp9": "VP9",
    "av1": "AV1",
    "prores": "ProRes",
    "gif": "GIF",
    "webp": "WebP",
}
_TAB_MAX_S: Final = 90  # Meta's older text: the Reels tab shows 5 to 90 s
TRANSPARENT: Final = "Transparent parts became white."
_LOCATION_WORDS: Final = ("location", "gps")


def plan_video(probe: Probe, wish: Wish, *, at_least: Action = Action.AS_IS) -> Plan:
    """Decide what is done with a clip; a still is refused."""
    # An animation is made to be played again and again, so a short one is repeated without being asked.
    if probe.is_image and wish.use is MediaUse.REEL:
        wish = replace(wish, edits=replace(wish.edits, repeat=True))
    target = profile(probe.video, wish)
    cut = cut_of(probe, wish.edits, target.limits, target.fps)
    after = shown_after(probe, cut, target.fps)
    video, max_bytes = after.video, target.limits.max_bytes
    refusal = _refusal_of(after, target, wish)
    if video is None or refusal:
        return Plan(
            probe=probe, media_type="video", action=Action.REFUSE, refusal=refusal, max_bytes=max_bytes
        )
    target = _bounded(target, video)
    broken = rules.unmet(target.findings(after))
    edits_action = Action.AUDIO if wish.edits.loudness and after.audio else Action.AS_IS
    if not cut.is_whole:
        edits_action = Action.FULL
    costs = {**_COST, "container": Action.FULL} if probe.container in _UNCOPYABLE else _COST
    cost = most(*(costs.get(finding.rule, Action.FULL) for finding in broken), sync_action(after))
    action = most(at_least, edits_action, cost)
    sound = _sound(after, action, edits_action, broken)
    frame = place(video, target, fit_of(probe.video, wish)) if action is Action.FULL else None
    changes = (*edit_changes(probe, cut, wish.edits), *_changes(after, frame, target.fps, sound, broken))
    return Plan(
        probe=after,
        media_type="video",
        action=action,
        reasons=tuple(f"{finding.rule}: {finding.value}; needed: {finding.limit}" for finding in broken),
        changes=changes if action is not Action.AS_IS else (),
        warnings=tuple(_warnings(video, wish)),
        frame=frame,
        fps=target.fps,
        sound=sound,
        quality=wish.quality,
        edits=wish.edits,
        cut=cut,
        max_bytes=max_bytes,
    )


def _sound(probe: Probe, action: Action, edits_action: Action, broken: list[Finding]) -> Sound:
    if probe.audio is None:
        return Sound.SILENCE if action is Action.FULL else Sound.NONE
    needs_new = any(_COST.get(finding.rule) is Action.AUDIO for finding in broken)
    if action is Action.FULL:
        # Copied sound keeps its times, so it must be in step already with a picture that is encoded.
        has_edits = any(finding.rule == "edit_list" for finding in broken)
        is_apart = sync_action(probe) is not Action.AS_IS
        needs_new |= has_edits or is_apart or probe.container != "mov"
    needs_new |= action is Action.AUDIO or edits_action is not Action.AS_IS
    return Sound.ENCODE if needs_new else Sound.COPY


def _refusal_of(probe: Probe, target: Profile, wish: Wish) -> Refusal | None:
    video, limits, name = probe.video, target.limits, probe.path.name
    if video is None:
        return Refusal(
            rule="is_image",
            message=f"{name} is a picture, and a reel needs a clip.",
            value="a picture",
            limit="a clip",
            fix="Give a clip.",
        )
    # What no option helps comes first: a hint would lead to it.
    if video.dolby_vision and _DOLBY_VISION_ONLY.fullmatch(video.dolby_vision):
        layer = f"Dolby Vision profile {video.dolby_vision.removesuffix('.0')}"
        return Refusal(
            rule="dolby_vision",
            message=f"{name} is {layer}, whose colours only Dolby's own players show right.",
            value=layer,
            limit="HLG, HDR10 or SDR underneath",
            fix="Export it as HDR10, HLG or SDR.",
        )
    if rules.is_too_short(probe, limits):
        return Refusal(
            rule="too_short",
            message=f"{name} lasts {probe.picture_s:.2f} s; it must last {limits.min_duration_s:g} s.",
            value=f"{probe.picture_s:.2f} s",
            limit=f"{limits.min_duration_s:g} s",
            fix=_lengthen(probe, wish),
        )
    if rules.is_too_long(probe, limits):
        length_s = probe.duration_s or 0
        return Refusal(
            rule="too_long",
            message=f"{name} lasts {length_s:.2f} s; it may last {limits.max_duration_s:g} s at most.",
            value=f"{length_s:.2f} s",
            limit=f"{limits.max_duration_s:g} s",
            fix=_shorten(probe, limits, wish),
        )
    if wish.fit is Fit.KEEP and not limits.min_ratio <= video.ratio <= limits.max_ratio:
        return Refusal.of_ratio(name, video.ratio, limits.min_ratio, limits.max_ratio)
    return None


def _lengthen(probe: Probe, wish: Wish) -> Fix:
    """Say how a clip becomes long enough, by what was not asked for already."""
    if probe.picture_s <= 0:
        return Fix("Keep a part that lies inside the clip.")
    longer = "Keep a longer part" if wish.edits.is_trim else "Give a longer clip"
    if wish.edits.repeat:
        return Fix(f"{longer}.")
    return Fix.of(
        f"{longer}, or play it again until it is long enough: {{}}.", Remedy(RemedyKind.REPEAT_CLIP)
    )


def _shorten(probe: Probe, limits: VideoLimits, wish: Wish) -> Fix:
    end_s = (wish.edits.start_s or 0.0) + limits.max_duration_s
    cut = Fix.of("Cut it: {} keeps the start.", Remedy(RemedyKind.CUT_CLIP, {"end_s": f"{end_s:g}"}))
    if wish.target is Target.HOUSE and not rules.is_too_long(probe, VIDEO_LIMITS[wish.use]):
        platform = Remedy(RemedyKind.SET_TARGET, {"target": "platform"})
        return Fix.of("{} Or use {}, which allows what Instagram does.", cut, platform)
    return cut


def _bounded(target: Profile, video: VideoFacts) -> Profile:
    """Clamp the ratio of a clip that keeps its own shape to what Instagram takes."""
    lowest, highest = target.limits.min_ratio, target.limits.max_ratio
    if target.shape is not None or lowest <= video.ratio <= highest:
        return target
    return replace(target, shape=max(lowest, min(highest, video.ratio)))


def place(video: VideoFacts, target: Profile, fit: Fit) -> Frame:
    """Give the size of the output and of the picture in it."""
    width, height = canvas(video, target)
    whole = Fraction(width, height)
    if is_near(video.ratio, whole) or target.shape is None:
        return Frame(width=width, height=height, content=(width, height))
    fits_width = (video.ratio > whole) != (fit is Fit.CROP)
    content = (width, even(width / video.ratio)) if fits_width else (even(height * video.ratio), height)
    return Frame(width=width, height=height, content=content, fit=fit)


def _changes(
    probe: Probe, frame: Frame | None, fps: Fraction, sound: Sound, broken: list[Finding]
) -> Iterator[str]:
    if frame:
        yield from _picture_changes(probe, frame, fps)
    else:
        yield "The picture was copied without loss."
        if any(finding.rule in ("container", "moov_first", "fragmented", "edit_list") for finding in broken):
            yield "The file was rewritten as MP4 with its index first and no edit list."
    audio = probe.audio
    if sound is Sound.SILENCE:
        yield "A silent sound track was added, since the clip has none."
    if sound is Sound.ENCODE and audio:
        layout = {1: "mono", 2: "stereo", 6: "5.1"}.get(audio.channels, f"{audio.channels} channels")
        source = f"{audio.codec}, {layout}, {audio.sample_rate / 1000:g} kHz"
        yield f"Sound ({source}) became AAC stereo at 48 kHz."
    yield from dropped(probe.private, probe.extras)


def _picture_changes(probe: Probe, frame: Frame, fps: Fraction) -> Iterator[str]:
    video = probe.video
    assert video is not None
    yield _encoding_change(video)
    if frame.fit is not Fit.KEEP:
        yield bars(video.ratio, Fraction(frame.width, frame.height), frame.fit, "black")
    if video.shown != (frame.width, frame.height):
        yield f"{video.shown[0]} x {video.shown[1]} became {frame.width} x {frame.height}."
    if video.rotation or video.is_mirrored:
        yield "Rotation was baked in."
    # The frames of an animation always have alpha: its first picture tells whether they need it.
    if video.has_alpha and (probe.still is None or probe.still.has_alpha):
        yield TRANSPARENT
    if video.is_interlaced:
        yield "Interlaced lines were merged into whole frames."
    if abs(video.fps - fps) > 0.05 or not video.is_constant_rate:  # noqa: PLR2004  # nobody sees less
        pace = "" if video.is_constant_rate else "variable "
        yield f"{pace}{float(video.fps):.4g} frames a second became {float(fps):.4g}.".capitalize()


def _encoding_change(video: VideoFacts) -> str:
    colour = {PQ: "HDR10 (PQ)", HLG: "HLG"}.get(video.transfer, video.gamut)
    if video.dolby_vision is not None:
        colour = f"Dolby Vision {colour}".strip()
    depth = f"{video.bit_depth}-bit" if video.bit_depth > 8 else ""  # noqa: PLR2004  # more than usual
    words = " ".join(word for word in (_CODECS.get(video.codec, video.codec), depth, colour) if word)
    if video.gamut:
        return f"{words} was turned into H.264 SDR (BT.709)."
    if video.codec == "h264" and not depth:
        return "The picture was encoded again."
    return f"{words} was turned into H.264."


def bars(ratio: Fraction, whole: Fraction, fit: Fit, colour: str) -> str:
    """Describe how a ratio that does not fit was filled or cropped."""
    how = "taller" if ratio < whole else "wider"
    start = f"{spell_ratio(ratio)} is {how} than {spell_ratio(whole)}"
    if fit is Fit.CROP:
        cut = "top and bottom" if ratio < whole else "the sides"
        return f"{start}: {cut} were cut; fit blur adds bars instead."
    kind = "blurred" if fit is Fit.BLUR else colour
    return f"{start}: {kind} bars were added; fit crop trims instead."


def dropped(private: tuple[str, ...], extras: tuple[str, ...] = ()) -> Iterator[str]:
    """Describe the metadata and tracks that were removed."""
    if any(word in name.lower() for name in private for word in _LOCATION_WORDS):
        yield "Location and other metadata were removed."
    elif private:
        yield f"Metadata was removed ({', '.join(private[:4])})."
    if extras:
        yield f"Left out: {', '.join(dict.fromkeys(extras))}."


def _warnings(video: VideoFacts, wish: Wish) -> Iterator[str]:
    if wish.use is MediaUse.REEL and wish.target is Target.PLATFORM and video.duration_s > _TAB_MAX_S:
        yield "Reels over 90 s publish, but may not be shown in the Reels tab."
    # Instagram shows such bars itself. Bars of our own would cost an encode of every clip that is not 9:16.
    fills_screen = wish.use in (MediaUse.REEL, MediaUse.STORY)
    is_kept = wish.fit is None and fit_of(video, wish) is Fit.KEEP
    if fills_screen and is_kept and not is_near(video.ratio, PORTRAIT):
        shape = spell_ratio(video.ratio)
        yield f"Instagram shows {shape} with bars; fit blur fills them, fit crop cuts to 9:16."
    if video.gamut and not video.is_hdr:
        yield "Colours beyond BT.709 are clipped."
