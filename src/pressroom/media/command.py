"""Builds the ffmpeg command of a plan as an argument list: no shell, no URL."""

from pathlib import Path
from typing import Final

from pressroom.core.assets import Action
from pressroom.media.decision import Frame, Plan, Sound
from pressroom.media.edits import LOUDNESS, Cut
from pressroom.media.facts import TIMELESS, Probe, VideoFacts
from pressroom.media.filters import still_filter, video_filter
from pressroom.media.nal import CAMERA_DATA
from pressroom.media.refusals import MAX_FRAME_PIXELS
from pressroom.media.sniff import FORMATS
from pressroom.media.sync import off_grid_s
from pressroom.media.targets import FPS, is_large, most_bitrate

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


def ffmpeg_command(ffmpeg: Path, plan: Plan, output: Path) -> list[str]:
    """Give the command that carries out a plan. The output must be on the disk of its final place."""
    return [
        str(ffmpeg),
        *_words("-hide_banner -nostdin -v error -y -progress pipe:1 -stats_period 0.5"),
        # Without -xerror ffmpeg ends with 0 on damaged input and leaves a broken clip (measured).
        *([] if plan.probe.is_cut_off else ["-xerror"]),
        *("-filter_threads", THREADS),
        *_no_rotation(plan),
        *_input(plan.probe, plan.cut),
        *_silence(plan),
        *("-map", "0:V:0", *_sound_map(plan)),  # V leaves out cover art, which `0:v:0` can pick
        # ffmpeg would keep the location that Android writes.
        *_words("-dn -sn -map_metadata -1 -map_chapters -1"),
        *_video(plan),
        *_audio(plan),
        *_end(plan),
        # Meta's reel specification forbids edit lists. Leaving the list out without negative offsets starts
        # the picture at 67 ms and stretches its first frame (measured).
        *_words("-movflags +faststart+negative_cts_offsets -use_editlist 0 -fflags +bitexact"),
        *("-threads", THREADS, "-f", "mp4", f"file:{output.absolute()}"),
    ]


def _words(text: str) -> list[str]:
    return text.split()


def frame_command(ffmpeg: Path, probe: Probe, at_s: float, output: Path) -> list[str]:
    """Give the command that writes the frame shown at `at_s` as PNG, in the size and shape it has."""
    assert probe.video is not None
    return [
        *(str(ffmpeg), *_words("-hide_banner -nostdin -v error -y"), "-filter_threads", THREADS),
        *_input(probe, Cut(start_s=at_s)),
        *("-map", "0:V:0", "-frames:v", "1"),
        *("-vf", f"{_trim(probe, at_s)}{still_filter(probe.video)}"),
        *("-map_metadata", "-1", "-c:v", "png", "-f", "image2", "-update", "1", f"file:{output.absolute()}"),
    ]


def _no_rotation(plan: Plan) -> list[str]:
    """Override the rotation flag where our filters turn the picture: ffmpeg would turn it, or pass it on."""
    video = plan.probe.video
    return ["-display_rotation", "0"] if plan.frame and video and video.turns_small else []


def _input(probe: Probe, cut: Cut) -> list[str]:
    # A GIF's or WebP's container is Pillow's name, in capitals.
    demuxer = _DEMUXERS.get(probe.container, probe.container)
    return [
        # As an input option it refuses a frame before memory is taken: 8192 x 8192 took 798 MB (measured).
        *("-threads", THREADS, "-max_pixels", str(MAX_FRAME_PIXELS)),
        *("-protocol_whitelist", "file", "-format_whitelist", FORMATS, "-f", demuxer),
        *_cut(probe, cut),
        # With `file:` and an absolute path no name can be an option or another protocol.
        *("-i", f"file:{probe.path.absolute()}"),
    ]


def _cut(probe: Probe, cut: Cut) -> list[str]:
    start_s = cut.start_s if probe.container in _SEEKABLE else 0.0
    start = ["-ss", f"{start_s:.6f}"] if start_s else []
    length = ["-t", f"{cut.start_s - start_s + cut.length_s:.6f}"] if cut.length_s is not None else []
    return [*start, *length]


def _trim(probe: Probe, start_s: float, *, kind: str = "") -> str:
    """Drop what comes before the start by a filter, where ffmpeg cannot seek."""
    if not start_s or probe.container in _SEEKABLE:
        return ""
    return f"{kind}trim=start={start_s:.6f},{kind}setpts=PTS-{start_s:.6f}/TB,"


def _silence(plan: Plan) -> list[str]:
    if plan.sound is not Sound.SILENCE:
        return []
    seconds = plan.probe.duration_s or 0
    # A lavfi source without `d` never ends, and ffmpeg would write until the disk is full.
    return ["-f", "lavfi", "-i", f"anullsrc=r=48000:cl=stereo:d={seconds:.3f}"]


def _sound_map(plan: Plan) -> list[str]:
    if plan.sound is Sound.SILENCE:
        return ["-map", "1:a"]
    audio = plan.probe.audio
    return ["-map", f"0:a:{audio.number}"] if audio and plan.sound is not Sound.NONE else []


def _video(plan: Plan) -> list[str]:
    video, frame = plan.probe.video, plan.frame
    assert video is not None
    if frame is None:
        # Apple's players read HEVC in MP4 under this tag alone.
        tag = ["-tag:v", "hvc1"] if video.codec == "hevc" else []
        return ["-c:v", "copy", *tag, *_without_camera_data(plan)]
    return _encoded(video, frame, plan)


def _without_camera_data(plan: Plan) -> list[str]:
    """Leave out the SEI units of H.264, the only ones that AVCHD cameras write."""
    return ["-bsf:v", "filter_units=remove_types=6"] if CAMERA_DATA in plan.probe.private else []


def _encoded(video: VideoFacts, frame: Frame, plan: Plan) -> list[str]:
    rate = most_bitrate(video, (frame.width, frame.height), plan.max_bytes)
    level = "4.2" if is_large((frame.width, frame.height)) else "4.0"
    # veryfast takes half of medium's CPU time, for 1.6 VMAF less at equal size (measured).
    preset = "medium" if plan.quality == "high" else "veryfast"
    look = video_filter(video, frame, is_upright=not video.turns_small)
    return [
        *("-vf", f"{_begin(plan.probe)}{_trim(plan.probe, plan.cut.start_s)}{look}{_again(plan.cut)}"),
        *("-c:v", "libx264", "-preset", preset, "-crf", "21", "-maxrate", str(rate)),
        *("-bufsize", str(2 * rate)),
        # Meta's reel specification asks for 4:2:0 and closed groups of pictures.
        *("-profile:v", "high", "-level:v", level, "-pix_fmt", "yuv420p", "-g", "60", "-flags:v", "+cgop"),
        *_words("-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv"),
    ]


def _again(cut: Cut) -> str:
    """Play the picture several times: `-stream_loop` would come round with the longest stream of the file."""
    if not cut.frames:
        return ""
    exact = f"tpad=stop={cut.frames}:stop_mode=clone,trim=end_frame={cut.frames}"
    return f",{exact},loop=loop={cut.times - 1}:size={cut.frames},setpts=N/{FPS}/TB"


def _sound_again(cut: Cut) -> str:
    if not cut.frames:
        return ""
    samples = cut.frames * 48_000 // FPS
    exact = f"apad=whole_len={samples},atrim=end_sample={samples}"
    return f"{exact},aloop=loop={cut.times - 1}:size={samples},asetpts=N/SR/TB,"


def _end(plan: Plan) -> list[str]:
    """End where the edit list does, if the last frame is stored to last longer: ffmpeg would hold it."""
    probe = plan.probe
    if not (plan.frame and probe.video and probe.video.held_s):
        return []
    return ["-t", f"{probe.picture_wait_s - off_grid_s(probe) + (probe.duration_s or 0):.6f}"]


def _begin(probe: Probe) -> str:
    """Shift the picture so that its first frame falls on a frame of the output."""
    if probe.container in TIMELESS:  # the decoder's guesses are late by the frames it reorders
        return f"setpts=PTS-STARTPTS+{probe.picture_wait_s - off_grid_s(probe):.6f}/TB,"
    early_s = off_grid_s(probe)
    return f"setpts=PTS-{early_s:.6f}/TB," if early_s else ""


def _audio(plan: Plan) -> list[str]:
    if plan.sound is Sound.NONE:
        return []
    if plan.sound is Sound.COPY:
        return ["-c:a", "copy"]
    # loudnorm gives its samples times that are some milliseconds off, but drops none: so they are counted.
    evened = f"{LOUDNESS},aresample=48000,asetpts=N/SR/TB,"
    loudness = evened if plan.edits.loudness and plan.sound is Sound.ENCODE else ""
    start = f"{_shift(plan)}{_trim(plan.probe, plan.cut.start_s, kind='a')}"
    aligned = f"{start}aresample={_IN_TIME},{_sound_again(plan.cut)}{loudness}{_PRIMING}"
    return [*_words("-c:a aac -b:a 128k -ar 48000 -ac 2"), "-af", aligned]


def _shift(plan: Plan) -> str:
    """Shift the sound as the picture is: a copied picture starts at zero, an encoded one on a frame."""
    early_s = off_grid_s(plan.probe) if plan.action is Action.FULL else plan.probe.picture_wait_s
    return f"asetpts=PTS-{early_s:.6f}/TB," if early_s else ""
