"""Builds the ffmpeg command of a plan as an argument list: no shell, no URL.

`convert` runs it. In the order of a command: input, streams, picture, sound. Then follows the filter graph of
a picture that is encoded, of which each step rests on a measurement:

* Scaling down before tone mapping is 2.7 times cheaper on 4K, and one zscale does both.
* `npl=203` with mobius puts 18 % grey at 42 % and reference white at 84 % for HLG and PQ alike; the usual
  `npl=100` is too bright.
* The background of `blur` is blurred at an eighth of its size: 3.4 CPU seconds for 4 s, not 4.6.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Final

from pressroom.core.assets import Action, Fit
from pressroom.media.decision import Frame, Plan, Sound
from pressroom.media.facts import (
    BT709,
    BT2020_CONSTANT,
    CAMERA_DATA,
    TIMELESS,
    UNSPECIFIED,
    Probe,
    VideoFacts,
)
from pressroom.media.refusals import MAX_FRAME_PIXELS
from pressroom.media.rules import even, is_large, most_bitrate
from pressroom.media.sniff import FORMATS
from pressroom.media.timeline import LOUDNESS, Cut, off_grid_s

# One conversion runs for every two cores. Memory on 4K HDR: 458 MB, and 519 MB by default (measured).
THREADS: Final = "2"
_DEMUXERS: Final = {"GIF": "gif", "WEBP": "webp_anim"}
# ffmpeg seeks in other containers by guesses: pictures came out grey, and sound some milliseconds off.
_SEEKABLE: Final = ("mov", "matroska")
# Fills gaps in the sound with silence. By default ffmpeg closes gaps under 0.1 s: the rest comes too early.
# Shorter ones are jitter of the times: Vorbis and AMR were seen with 10 and 19 ms, and got holes.
_IN_TIME: Final = "48000:async=1:min_hard_comp=0.03:first_pts=0"
# The AAC encoder puts 1,024 samples of silence (21 ms) before the sound, and no edit list hides them here.
# Dropping as many samples of the sound itself keeps the rest in time with the picture.
_PRIMING: Final = "atrim=start_sample=1024"
# Without it the colours hidden under transparent parts show.
_ON_WHITE: Final = (
    "format=rgba,split[above][below];[below]drawbox=c=white:t=fill:replace=1[page];[page][above]overlay"
)
# ffmpeg's own decoders of these drop the transparency, and what is hidden under it shows.
_ALPHA_DECODERS: Final = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
_HD_LINES: Final = 720
_GROUP_S: Final = 2
_CLOCKWISE: Final = 90
_RGB: Final = 0
_MATRIX_NAMES: Final = {BT709: "bt709", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}


def ffmpeg_command(ffmpeg: Path, plan: Plan, output: Path) -> list[str]:
    """Give the command that carries out a plan. The output must be on the disk of its final place."""
    video = plan.probe.video
    # Where our filters turn the picture, ffmpeg would turn it as well, or pass the flag on.
    rotation = ["-display_rotation", "0"] if plan.frame and video and video.turns_small else []
    probe, end = plan.probe, list[str]()
    is_animation = probe.container in _DEMUXERS
    # Where recordings were joined, a count of packets is broken, which ffmpeg takes for damage.
    is_lenient = probe.is_cut_off or plan.edits.salvage or is_animation or probe.is_joined
    is_cut = plan.cut.length_s is not None
    if plan.frame and video and (video.held_s or is_animation or video.is_timed_by_count or is_cut):
        # The clip ends where its edit list does: a last frame that is stored to last longer would be held.
        # An animation's is held to the end, since frames after it may not be readable. A length of the input
        # is measured by the stored times, which may be wrong, and from the first frame, which may come late.
        wait_s = probe.picture_wait_s - probe.kept_wait_s - off_grid_s(probe, plan.fps)
        end_s = wait_s + (probe.duration_s or 0)
        end = ["-t", f"{end_s:.6f}"]
    return [
        str(ffmpeg),
        *_words("-hide_banner -nostdin -v error -y -progress pipe:1 -stats_period 0.5"),
        # Without -xerror ffmpeg ends with 0 on damaged input and leaves a broken clip (measured).
        # An animation's frames are decoded here for the first time: what makes no sense is passed over.
        *(["-max_error_rate", "1"] if is_animation else []),
        *([] if is_lenient else ["-xerror"]),
        *("-filter_threads", THREADS),
        *rotation,
        *_all_packets(plan),
        *_input(plan.probe, plan.cut),
        *_streams(plan),
        # ffmpeg would keep the location that Android writes.
        *_words("-dn -sn -map_metadata -1 -map_chapters -1"),
        *_picture(plan),
        *_sound(plan),
        *end,
        # Meta's reel specification forbids edit lists. Leaving the list out without negative offsets starts
        # the picture at 67 ms and stretches its first frame (measured).
        *_words("-movflags +faststart+negative_cts_offsets -use_editlist 0 -fflags +bitexact"),
        *("-threads", THREADS, "-f", "mp4", f"file:{output.absolute()}"),
    ]


def frame_command(
    ffmpeg: Path, probe: Probe, at_s: float, output: Path, most_px: int | None = None
) -> list[str]:
    """Give the command that writes the frame shown at `at_s` as PNG, in the shape it has.

    most_px: of the longer side; None keeps the size.
    """
    video = probe.video
    assert video is not None
    width, height = video.shown
    share = min(1.0, most_px / max(width, height)) if most_px else 1.0
    even_size = even(round(width * share)), even(round(height * share))
    frame = Frame(width=even_size[0], height=even_size[1], content=even_size)
    filters = [
        *(["bwdif=mode=send_frame:deint=interlaced"] if video.is_interlaced else []),
        *([_ON_WHITE] if video.has_alpha else []),
        *_scaled(video, frame),
        # In sRGB's colours.
        *("scale=in_color_matrix=bt709:in_range=tv", "format=rgb24"),
    ]
    return [
        *(str(ffmpeg), *_words("-hide_banner -nostdin -v error -y"), "-filter_threads", THREADS),
        *_input(probe, Cut(start_s=at_s)),
        *("-map", "0:V:0", "-frames:v", "1"),
        *("-vf", f"{_shift(video, 0.0)}{_trim(probe, at_s)}{','.join(filters)}"),
        *("-map_metadata", "-1", "-c:v", "png", "-f", "image2", "-update", "1", f"file:{output.absolute()}"),
    ]


def _words(text: str) -> list[str]:
    return text.split()


def _input(probe: Probe, cut: Cut) -> list[str]:
    # A GIF's or WebP's container is Pillow's name, in capitals.
    demuxer = _DEMUXERS.get(probe.container, probe.container)
    start_s = cut.start_s if probe.container in _SEEKABLE else 0.0
    video = probe.video
    decoder = _ALPHA_DECODERS.get(video.codec) if video and video.has_alpha else None
    is_cut = cut.length_s is not None and not (video and video.is_timed_by_count)
    length = ["-t", f"{cut.start_s - start_s + (cut.length_s or 0):.6f}"] if is_cut else []
    return [
        # As an input option it refuses a frame before memory is taken: 8192 x 8192 took 798 MB (measured).
        *("-threads", THREADS, "-max_pixels", str(MAX_FRAME_PIXELS)),
        *(["-c:v", decoder] if decoder else []),
        *("-protocol_whitelist", "file", "-format_whitelist", FORMATS, "-f", demuxer),
        *(["-ss", f"{start_s:.6f}"] if start_s else []),
        *length,
        # With `file:` and an absolute path no name can be an option or another protocol.
        *("-i", f"file:{probe.path.absolute()}"),
    ]


def _all_packets(plan: Plan) -> list[str]:
    """Decode sound packets that share a time as well: ffmpeg drops the second one, which leaves gaps."""
    audio, boxes = plan.probe.audio, plan.probe.boxes
    if plan.sound is not Sound.ENCODE or audio is None or audio.has_rising_dts:
        return []
    # What an edit list hides stays hidden.
    return ["-flags2:a", "+skip_manual"] if boxes and not boxes.has_edits else []


def _trim(probe: Probe, start_s: float, *, kind: str = "") -> str:
    """Drop what comes before the start by a filter, where ffmpeg cannot seek."""
    if not start_s or probe.container in _SEEKABLE:
        return ""
    return f"{kind}trim=start={start_s:.6f},{kind}setpts=PTS-{start_s:.6f}/TB,"


def _streams(plan: Plan) -> list[str]:
    """Choose picture and sound; silence is a second input."""
    picture = ("-map", "0:V:0")  # V leaves out cover art, which `0:v:0` can pick
    if plan.sound is Sound.SILENCE:
        # A lavfi source without `d` never ends, and ffmpeg would write until the disk is full.
        silence = f"anullsrc=r=48000:cl=stereo:d={plan.probe.duration_s or 0:.3f}"
        return ["-f", "lavfi", "-i", silence, *picture, "-map", "1:a"]
    video, audio = plan.probe.video, plan.probe.audio
    if audio is None or plan.sound is Sound.NONE:
        return [*picture]
    # Opened once more for the sound: ffmpeg shifts all of an input where the times of its picture jump.
    again = _input(plan.probe, plan.cut) if video and video.is_timed_by_count else []
    return [*again, *picture, "-map", f"{1 if again else 0}:a:{audio.number}"]


def _shift(video: VideoFacts, wait_s: float) -> str:
    """Time frames whose stored times are wrong by their number. wait_s: the time of the first one."""
    return f"setpts=N/({video.fps})/TB+{wait_s:.6f}/TB," if video.is_timed_by_count else ""


def _picture(plan: Plan) -> list[str]:
    video = plan.probe.video
    assert video is not None
    if plan.frame:
        frame = plan.frame
        probe, size = plan.probe, (frame.width, frame.height)
        rate = most_bitrate(video, size, plan.max_bytes)
        # veryfast takes half of medium's CPU time, for 1.6 VMAF less at equal size (measured).
        preset = "medium" if plan.quality == "high" else "veryfast"
        # The first frame is shifted onto a frame of the output.
        early_s = off_grid_s(probe, plan.fps)
        shift = f"setpts=PTS-{early_s:.6f}/TB," if early_s else ""
        wait_s = probe.picture_wait_s - early_s
        if probe.container in TIMELESS:  # the decoder's guesses are late by the frames it reorders
            shift = f"setpts=PTS-STARTPTS+{wait_s:.6f}/TB,"
        shift = _shift(video, wait_s) or shift
        graph = video_filter(video, frame, plan.fps)
        held = _repeats(plan.cut, plan.fps)[0]
        if probe.container in _DEMUXERS and not held:
            held = ",tpad=stop=-1:stop_mode=clone"
        return [
            *("-vf", f"{shift}{_trim(probe, plan.cut.start_s)}{graph}{held}"),
            *("-c:v", "libx264", "-preset", preset, "-crf", "21", "-maxrate", str(rate)),
            *("-bufsize", str(2 * rate)),
            # Meta's reel specification asks for 4:2:0 and closed groups of pictures.
            *("-profile:v", "high", "-level:v", "4.2" if is_large(size) else "4.0"),
            *("-pix_fmt", "yuv420p", "-g", str(round(_GROUP_S * plan.fps)), "-flags:v", "+cgop"),
            *_words("-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv"),
        ]
    # Apple's players read HEVC in MP4 under this tag alone.
    tag = ["-tag:v", "hvc1"] if video.codec == "hevc" else []
    # The SEI units of H.264, which are the only ones that AVCHD cameras write.
    bare = ["-bsf:v", "filter_units=remove_types=6"] if CAMERA_DATA in plan.probe.private else []
    return ["-c:v", "copy", *tag, *bare]


def _repeats(cut: Cut, fps: Fraction) -> tuple[str, str]:
    """Give what plays picture and sound several times; two empty texts for once.

    `-stream_loop` would come round with the longest stream of the file.
    """
    if not cut.frames:
        return "", ""
    samples = round(cut.frames * 48_000 / fps)
    picture = f"tpad=stop={cut.frames}:stop_mode=clone,trim=end_frame={cut.frames}"
    sound = f"apad=whole_len={samples},atrim=end_sample={samples}"
    return (
        f",{picture},loop=loop={cut.times - 1}:size={cut.frames},setpts=N/({fps})/TB",
        f"{sound},aloop=loop={cut.times - 1}:size={samples},asetpts=N/SR/TB,",
    )


def _sound(plan: Plan) -> list[str]:
    if plan.sound is Sound.NONE:
        return []
    if plan.sound is Sound.COPY:
        return ["-c:a", "copy"]
    # Shifted as the picture is: a copied picture starts at zero, an encoded one on a frame.
    early_s = off_grid_s(plan.probe, plan.fps) if plan.action is Action.FULL else plan.probe.picture_wait_s
    shift = f"asetpts=PTS-{early_s:.6f}/TB," if early_s else ""
    trim, repeat = _trim(plan.probe, plan.cut.start_s, kind="a"), _repeats(plan.cut, plan.fps)[1]
    # loudnorm gives its samples times that are some milliseconds off, but drops none: so they are counted.
    evened = f"{LOUDNESS},aresample=48000,asetpts=N/SR/TB,"
    loudness = evened if plan.edits.loudness and plan.sound is Sound.ENCODE else ""
    graph = f"{shift}{trim}aresample={_IN_TIME},{repeat}{loudness}{_PRIMING}"
    return [*_words("-c:a aac -b:a 128k -ar 48000 -ac 2"), "-af", graph]


def video_filter(video: VideoFacts, frame: Frame, fps: Fraction) -> str:
    """Give the filters of an encoded picture."""
    picture = _scaled(video, frame)
    if video.turns_small:
        # Scaled and tone-mapped, then turned. The turn brings the chroma to the left, its default place.
        width, height = frame.content
        turn, left = ("clock", "bottom") if video.rotation == _CLOCKWISE else ("cclock", "top")
        turned = f"transpose={turn},setparams=chroma_location=left"
        picture = chain(_tone_mapped(video, height, width, left), [turned], _placed(frame))
    rate = f"fps={fps}:start_time=0"
    is_fast = video.fps > fps  # frames are dropped before the costly steps, and repeated after them
    steps = [
        *([_ON_WHITE] if video.has_alpha else []),
        *(["bwdif=mode=send_frame:deint=interlaced"] if video.is_interlaced else []),
        *([rate] if is_fast else []),
        *picture,
        "setsar=1",
        *([] if is_fast else [rate]),
        "format=yuv420p",
        # HDR metadata survives tone mapping into H.264's SEI, and players brighten the picture again. This
        # removes captions as well.
        "sidedata=mode=delete",
        "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv",
    ]
    return ",".join(steps)


def _scaled(video: VideoFacts, frame: Frame) -> Iterator[str]:
    width, height = frame.content
    if video.is_hdr:
        yield from _tone_mapped(video, width, height)
    elif video.gamut:
        # The same transfer curve on both sides, whatever the file says, leaves greys unchanged.
        curves = f"{_source_colours(video)}:tin=iec61966-2-1:t=iec61966-2-1"
        yield f"zscale=w={width}:h={height}:f=lanczos{curves}:p=709:m=709:r=tv:d=error_diffusion"
        yield "format=yuv420p"
    else:
        # Untagged, small pictures are read as BT.601 and large ones as BT.709 by every player.
        untagged = "bt709" if min(video.width, video.height) >= _HD_LINES else "bt601"
        source = _MATRIX_NAMES.get(video.matrix, untagged)
        levels = f"in_range={'pc' if video.is_full_range else 'tv'}"
        matrix = f"in_color_matrix={source}:out_color_matrix=bt709:{levels}"
        if video.matrix == _RGB or video.pixel_format.startswith(("rgb", "bgr", "gbr", "pal")):
            matrix = "out_color_matrix=bt709"
        yield f"scale={width}:{height}:flags=lanczos+accurate_rnd:{matrix}:out_range=tv"
        yield "format=yuv420p"
    yield from _placed(frame)


def _tone_mapped(video: VideoFacts, width: int, height: int, colours: str = "left") -> Iterator[str]:
    yield f"zscale=w={width}:h={height}:f=lanczos{_source_colours(video)}:t=linear:npl=203"
    yield "format=gbrpf32le,zscale=p=709,tonemap=mobius:desat=0"
    yield f"zscale=t=709:m=709:r=tv:c={colours}:d=error_diffusion,format=yuv420p"


def _source_colours(video: VideoFacts) -> str:
    """Name the colour properties that the file leaves out: zscale fails without them."""
    words = ""
    if video.primaries == UNSPECIFIED:
        words += ":pin=2020"
    # zscale does not read constant luminance. Read as the non-constant kind it is only a shade off.
    if video.matrix in (UNSPECIFIED, BT2020_CONSTANT):
        words += f":min={'709' if video.gamut == 'P3' else '2020_ncl'}"
    return words + f":rin={'pc' if video.is_full_range else 'tv'}"


def _placed(frame: Frame) -> Iterator[str]:
    width, height = frame.width, frame.height
    if frame.fit is Fit.CROP:
        yield f"crop={width}:{height}"
    elif frame.fit is Fit.PAD:
        yield f"pad={width}:{height}:-1:-1"
    elif frame.fit is Fit.BLUR:
        small = f"{width // 8}:{height // 8}"
        yield (
            f"split[front][back];[back]scale={small}:force_original_aspect_ratio=increase,crop={small},"
            f"gblur=sigma=4,scale={width}:{height}:flags=bicubic,eq=brightness=-0.08[bars];"
            "[bars][front]overlay=(W-w)/2:(H-h)/2"
        )
