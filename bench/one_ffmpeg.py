"""Whether PyAV's FFmpeg could convert clips, so that the bundled `ffmpeg` program could go.

    python bench/one_ffmpeg.py [--pictures DIRECTORY] [--only colours|cost|limits|sound] [--bt2100]

Twenty clips go through the filters of today's command and through three filter chains of PyAV. Prints the
colour error (CIE L*a*b*, mean; 2 is just noticeable) of each against a computation in floating point, and
the SSIM of PyAV's pictures against today's. Then converts three clips in full by each way, and prints CPU
seconds (user and system) and peak memory of the child processes, with the ratio to today's of the same
run. Then holds both kinds of child to the limits of a conversion, and compares sound and times of odd
clips. docs/decisions/0048-one-ffmpeg.md has the conclusions.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import av
import by_pyav
import colour_reference as reference
import footage
import numpy as np
from colour_samples import COUNT, SAMPLES, Sample, hdr10, hlg, make
from PIL import Image

from pressroom.core.assets import Edits, Target, Wish
from pressroom.graph.limits import MediaUse
from pressroom.media.child import Child, ChildLimits, Ended, clean_environment, python_environment
from pressroom.media.command import ffmpeg_command, video_filter
from pressroom.media.decision import Frame
from pressroom.media.facts import VideoFacts
from pressroom.media.plan import plan_for
from pressroom.media.probe import probe

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.media.clips import RECIPES  # found by then

Loose = Any  # PyAV's frames, and options that are passed on
LOOKED_AT = (4, 20)  # of the frames of a sample
CUBE = 65
ROUNDS = 3
AUDIO = "aresample=48000:async=1:min_hard_comp=0.03:first_pts=0,atrim=start_sample=1024"
WAYS = ("swscale", "linear", "cube")
LIMITS = ChildLimits(wall_s=600, cpu_s=1200, memory_bytes=3_000_000_000, file_bytes=100_000_000)
SCALE = "flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp"
MATRICES = {"bt2020nc": "bt2020", "bt709": "bt709", "smpte170m": "bt601"}


def pyav_chain(way: str, video: VideoFacts, frame: Frame, sample: Sample, cube: Path) -> str:
    """Return the chain of PyAV in place of today's filter: the same steps, but for those of the colours."""
    width, height = frame.content
    today = video_filter(video, frame, video.fps)
    if not (video.is_hdr or video.gamut):
        return today
    head, tail = "", today.partition("setsar=1,")[2]
    if today.startswith("fps="):
        head, _, _ = today.partition(",")
        head += ","
    inputs = (
        f"in_color_matrix={MATRICES[sample.matrix]}:in_range={'pc' if video.is_full_range else 'tv'}"
        f":in_primaries={sample.primaries}:in_transfer={sample.transfer}"
    )
    output = "out_color_matrix=bt709:out_range=tv"
    curve = "bt709" if video.is_hdr else sample.transfer
    colours = {
        "swscale": f"scale={width}:{height}:{SCALE}:{inputs}:out_primaries=bt709:out_transfer={curve}"
        f":{output}:intent=perceptual",
        "linear": f"scale={width}:{height}:{SCALE}:{inputs}:out_primaries=bt709:out_transfer=linear,"
        f"format=gbrpf32le,tonemap=mobius:desat=0,scale={SCALE}:out_transfer={curve}:{output}",
        "cube": f"scale={width}:{height}:{SCALE}:in_color_matrix={MATRICES[sample.matrix]}"
        f":in_range={'pc' if video.is_full_range else 'tv'}:out_range=pc,format=gbrp12le,"
        f"lut3d=file={cube}:interp=tetrahedral,"
        f"setparams=color_primaries=bt709:color_trc=bt709,scale={SCALE}:{output}:sws_dither=ed",
    }["swscale" if way == "linear" and not video.is_hdr else way]  # SDR needs no tone mapping
    turn = ""
    if video.turns_small:
        turn = f"transpose={'clock' if video.rotation == 90 else 'cclock'},setparams=chroma_location=left,"
    return f"{head}{colours},format=yuv420p,{turn}setsar=1,{tail}"


def planes(raw: Loose, width: int, height: int) -> list[reference.Array]:
    """Split a 4:2:0 picture, given as one flat array of samples, into its planes Y, Cb and Cr."""
    luma, chroma = width * height, width * height // 4
    y, cb, cr = raw[:luma], raw[luma : luma + chroma], raw[luma + chroma : luma + 2 * chroma]
    half = (height // 2, width // 2)
    return [y.reshape(height, width).astype(float), *(one.reshape(half).astype(float) for one in (cb, cr))]


def by_ffmpeg(
    source: Path, graph: str, samples: type, width: int, height: int
) -> list[list[reference.Array]]:
    words = ["-v", "error", "-i", str(source), "-vf", graph, "-frames:v", str(COUNT), "-f", "rawvideo", "-"]
    raw = subprocess.run([str(footage.FFMPEG), *words], check=True, capture_output=True).stdout
    frames = cast("Loose", np.frombuffer(raw, samples)).reshape(-1, width * height * 3 // 2)
    return [planes(frames[number], width, height) for number in LOOKED_AT]


def picture(frame: list[reference.Array]) -> reference.Array:
    return reference.to_rgb(frame, "bt709", 8, is_full=False).clip(0, 1)


@dataclass(frozen=True)
class Found:
    """What was found of one way on one clip.

    error, worst: the colour error against the reference, its mean and its 99th percentile. apart: the mean
    colour error against today's picture. ssim: of the luma, against today's.
    """

    error: float
    worst: float
    apart: float
    ssim: float


def compare(sample: Sample, directory: Path, pictures: Path | None) -> tuple[float, dict[str, Found]]:
    source = make(sample, directory / f"{SAMPLES.index(sample)}.mov")
    facts = probe(source)
    video = facts.video
    assert video is not None
    if video.is_hdr != sample.is_hdr:
        raise RuntimeError(f"The probe takes {sample.name} for another kind of clip.")
    width, height = video.shown
    frame = Frame(width=width, height=height, content=(width, height))
    samples = np.dtype("<u2" if sample.depth > 8 else "u1").type
    stored = by_ffmpeg(source, "null", samples, width, height)
    wanted = [
        reference.converted(
            reference.to_rgb(one, sample.matrix, sample.depth, is_full=sample.is_full),
            sample.transfer, sample.primaries, sample.peak,
        )
        for one in stored
    ]  # fmt: skip
    today = by_ffmpeg(source, video_filter(video, frame, video.fps), np.uint8, width, height)
    cube = directory / "a.cube"
    if video.is_hdr or video.gamut:
        reference.write_cube(cube, sample.transfer, sample.primaries, sample.peak, CUBE)
    found = dict[str, Found]()
    shown = {"reference": wanted[1], "today": picture(today[1])}
    for way in WAYS:
        chain = pyav_chain(way, video, frame, sample, cube)
        made = by_pyav.first_frames(source, chain, COUNT)
        ours = [planes(made[number].to_ndarray().reshape(-1), width, height) for number in LOOKED_AT]
        against = [reference.colour_error(picture(one), want) for one, want in zip(ours, wanted, strict=True)]
        apart = [
            reference.colour_error(picture(one), picture(two)).mean()
            for one, two in zip(ours, today, strict=True)
        ]
        alike = [reference.ssim(one[0], two[0]) for one, two in zip(ours, today, strict=True)]
        error = float(np.mean(against))
        worst = float(np.percentile(against, 99))
        found[way] = Found(error, worst, float(np.mean(apart)), float(np.mean(alike)))
        shown[way] = picture(ours[1])
    if pictures:
        strip = np.concatenate(list(shown.values()), axis=1)
        Image.fromarray((strip * 255).round().astype("uint8")).save(
            pictures / f"{sample.name.replace(' ', '-').replace(',', '')}.png"
        )
    pairs = zip(today, wanted, strict=True)
    return float(np.mean([reference.colour_error(picture(one), want) for one, want in pairs])), found


def colours(directory: Path, pictures: Path | None) -> None:
    heads = "".join(f"{way:>32}" for way in WAYS)
    print(f"{'Colour error, mean':30}{'today':>8}{heads}")
    print(f"{'':30}{'':8}" + f"{'error':>11}{'p99':>6}{'to today':>9}{'SSIM':>6}" * len(WAYS))
    every = list[tuple[Sample, float, dict[str, Found]]]()
    for sample in SAMPLES:
        today, found = compare(sample, directory, pictures)
        every.append((sample, today, found))
        cells = "".join(
            f"{one.error:11.2f}{one.worst:6.1f}{one.apart:9.2f}{one.ssim:6.3f}" for one in found.values()
        )
        print(f"{sample.name:30}{today:8.2f}{cells}", flush=True)
    for name, kept in (("13 clips of HDR", [one for one in every if one[0].is_hdr]), ("all 20", every)):
        cells = "".join(
            f"{statistics.mean(one[2][way].error for one in kept):11.2f}"
            f"{max(one[2][way].worst for one in kept):6.1f}"
            f"{statistics.mean(one[2][way].apart for one in kept):9.2f}"
            f"{min(one[2][way].ssim for one in kept):6.3f}"
            for way in WAYS
        )
        print(f"{name:30}{statistics.mean(one[1] for one in kept):8.2f}{cells}   (largest p99, least SSIM)")


def command(way: str, sample: Sample, source: Path, directory: Path) -> tuple[list[str], Path]:
    """Return the command of a whole conversion, and the file it writes."""
    video = probe(source).video
    assert video is not None
    share = min(1.0, 1920 / max(video.shown))
    width, height = (round(side * share / 2) * 2 for side in video.shown)
    frame = Frame(width=width, height=height, content=(width, height))
    output = directory / f"{way}.mp4"
    if way == "today":
        x264 = " ".join(f"-{name} {value}" for name, value in by_pyav.X264.items() if name != "flags")
        mp4 = " ".join(f"-{name} {value}" for name, value in by_pyav.MP4.items())
        turn = ["-display_rotation", "0"] if video.turns_small else []
        return [
            *(
                str(footage.FFMPEG),
                "-v",
                "error",
                "-nostdin",
                "-y",
                "-progress",
                "pipe:1",
                "-filter_threads",
                "2",
            ),
            *(*turn, "-threads", "2", "-i", str(source), "-vf", video_filter(video, frame, video.fps)),
            *("-c:v", "libx264", *x264.split(), "-profile:v", "high", "-g", "60", "-pix_fmt", "yuv420p"),
            *(
                "-af",
                AUDIO,
                "-c:a",
                "aac",
                "-b:a",
                "128k",
                "-ac",
                "2",
                *mp4.split(),
                "-threads",
                "2",
                str(output),
            ),
        ], output
    chain = pyav_chain(way, video, frame, sample, directory / "a.cube")
    script = str(Path(by_pyav.__file__).absolute())
    return [
        sys.executable, script, str(source), str(output), str(video.fps), chain,
        f"{AUDIO},aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo",
    ], output  # fmt: skip


def run_child(words: list[str], limits: ChildLimits = LIMITS) -> tuple[Ended, list[str]]:
    lines = list[str]()
    env = clean_environment() if words[0] == str(footage.FFMPEG) else python_environment()
    return asyncio.run(Child(words, limits=limits, env=env).run(lines.append)), lines


def one(way: str, name: str, source: Path, directory: Path) -> None:
    """Convert in a process of its own, for `footage.in_its_own_process`."""
    words, output = command(way, next(one for one in COSTLY if one.name == name), source, directory)

    def work() -> tuple[Path, str]:
        ended, _ = run_child(words)
        if ended.returncode:
            raise RuntimeError(ended.errors)
        return output, way

    footage.printed(footage.measured(work))


COSTLY = (
    hlg("4K HLG, 4 s", ""),
    hdr10("1080p HDR10, 4 s", "", 1000),
    Sample("1080p SDR 10 bits, 4 s", ""),
)


def costly(sample: Sample, directory: Path) -> Path:
    if sample.name.startswith("4K"):
        return footage.phone_hdr(directory / "phone.mov")
    path = directory / f"{COSTLY.index(sample)}-costly.mov"
    tags = f"colorprim={sample.primaries}:transfer={sample.transfer}:colormatrix={sample.matrix}"
    colour = (
        f"setparams=color_primaries={sample.primaries}:color_trc={sample.transfer}:colorspace={sample.matrix}"
    )
    source = "mandelbrot=s=1080x1920:r=30:start_scale=2:end_scale=0.05:end_pts=160"
    source += ",trim=duration=4,noise=alls=9:allf=t"
    encode = f"-c:v libx265 -preset ultrafast -crf 24 -tag:v hvc1 -x265-params log-level=error:pools=2:{tags}"
    footage.run(
        *f"-f lavfi -i {source} -f lavfi -i sine=330:r=48000:d=4".split(),
        *("-vf", f"format=yuv420p10le,{colour}:range=tv", *encode.split(), "-c:a", "aac", str(path)),
    )
    return path


def cost(directory: Path) -> None:
    print(
        f"\nMedian of {ROUNDS} interleaved rounds{'':6}{'CPU s':>8}{'of today':>10}{'MB':>8}{'of today':>10}"
    )
    for sample in COSTLY:
        source = costly(sample, directory)
        reference.write_cube(directory / "a.cube", sample.transfer, sample.primaries, sample.peak, CUBE)
        ways = ("today", *WAYS) if sample.is_hdr else ("today", "swscale")
        costs: dict[str, list[footage.Cost]] = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way in ways:
                words = ("--one", way, sample.name, str(source), str(directory))
                costs[way].append(footage.in_its_own_process("one_ffmpeg.py", *words))
        cpu = {way: statistics.median(one.cpu_s for one in all_) for way, all_ in costs.items()}
        memory = {way: statistics.median(one.peak_mb for one in all_) for way, all_ in costs.items()}
        print(sample.name)
        for way in ways:
            ratios = cpu[way] / cpu["today"], memory[way] / memory["today"]
            print(
                f"  {way:38}{cpu[way]:8.2f}{ratios[0]:10.2f}{memory[way]:8.0f}{ratios[1]:10.2f}", flush=True
            )


def limits(directory: Path) -> None:
    """Hold both kinds of child to each limit of a conversion, and print how it ended."""
    sample = COSTLY[1]
    source = costly(sample, directory)
    reference.write_cube(directory / "a.cube", sample.transfer, sample.primaries, sample.peak, CUBE)
    tight = {
        "file of 50 kB": ChildLimits(wall_s=60, cpu_s=120, memory_bytes=3_000_000_000, file_bytes=50_000),
        "1 CPU second": ChildLimits(wall_s=60, cpu_s=1, memory_bytes=3_000_000_000, file_bytes=100_000_000),
        "1 second": ChildLimits(wall_s=1, cpu_s=120, memory_bytes=3_000_000_000, file_bytes=100_000_000),
        "200 MB of memory": ChildLimits(
            wall_s=60, cpu_s=120, memory_bytes=200_000_000, file_bytes=100_000_000
        ),
        "none reached": LIMITS,
    }
    print("\nHow a child ends (a negative number is a signal), and its last line of stderr")
    for name, limit in tight.items():
        for way in ("today", "cube"):
            ended, lines = run_child(command(way, sample, source, directory)[0], limit)
            last = (ended.errors.splitlines() or [""])[-1][:70]
            told = sum(line.startswith("out_time_us=") for line in lines)
            print(f"  {name:18}{way:8}{ended.returncode:5}  timed out: {ended.is_timed_out!s:5}  "
                  f"{told:4} lines of progress  {last}", flush=True)  # fmt: skip


def sound_and_times(directory: Path) -> None:
    """Convert odd clips by the graphs of today's command in both programs; print times and loudness."""
    print("\nTimes of picture and sound, and loudness, by the same filters in both programs")
    wish = Wish(use=MediaUse.REEL, target=Target.PLATFORM, edits=Edits(loudness=True))
    for name in ("variable", "late_sound", "surround", "opus", "transport", "interlaced", "four_two_two"):
        recipe = RECIPES[name]
        source = directory / f"{name}.{recipe.suffix}"
        footage.run(*recipe.words.split(), str(source))
        facts = probe(source)
        plan = plan_for(facts, wish)
        words = ffmpeg_command(footage.FFMPEG, plan, directory / "today.mp4")
        if "-vf" not in words:
            continue
        chain, audio = (words[words.index(option) + 1] for option in ("-vf", "-af"))
        audio += ",aformat=sample_fmts=fltp:channel_layouts=stereo"
        script = str(Path(by_pyav.__file__).absolute())
        pyav_words = [
            sys.executable,
            script,
            str(source),
            str(directory / "pyav.mp4"),
            str(plan.fps),
            chain,
            audio,
        ]
        for way, command_ in (("today", words), ("pyav", pyav_words)):
            ended, _ = run_child(command_)
            if ended.returncode:
                print(
                    f"  {name:14}{way:8}ended with {ended.returncode}: {ended.errors.splitlines()[-1][:80]}"
                )
                continue
            print(f"  {name:14}{way:8}{times_of(directory / f'{way}.mp4')}", flush=True)


def times_of(path: Path) -> str:
    parts = list[str]()
    with av.open(str(path)) as container:
        for stream in (container.streams.video[0], container.streams.audio[0]):
            container.seek(0)
            base = float(stream.time_base or 0)
            at = sorted(packet.pts * base for packet in container.demux(stream) if packet.pts is not None)
            parts.append(f"{len(at):5} packets {at[0]:7.3f} to {at[-1]:7.3f} s")
    said = footage.run("-i", str(path), "-af", "ebur128", "-f", "null", "-")
    return "  ".join(parts) + f"  {said.rpartition('I:')[2].split()[0]} LUFS"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--one", nargs=4, metavar=("WAY", "NAME", "SOURCE", "DIRECTORY"), help=argparse.SUPPRESS
    )
    parser.add_argument(
        "--pictures", type=Path, help="write a picture of each clip here: every way side by side"
    )
    parser.add_argument("--only", choices=("colours", "cost", "limits", "sound"))
    parser.add_argument(
        "--bt2100", action="store_true", help="compute HLG as BT.2100 does, in place of zscale's default"
    )
    given = parser.parse_args()
    reference.HLG_BY_LUMINANCE = given.bt2100
    if given.one:
        one(given.one[0], given.one[1], Path(given.one[2]), Path(given.one[3]))
        return 0
    if given.pictures:
        given.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        parts = {
            "colours": lambda: colours(directory, given.pictures),
            "cost": lambda: cost(directory),
            "limits": lambda: limits(directory),
            "sound": lambda: sound_and_times(directory),
        }
        for name, part in parts.items():
            if given.only in (None, name):
                part()
    return 0


if __name__ == "__main__":
    sys.exit(main())
