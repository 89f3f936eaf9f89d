"""What the media benchmarks share: footage that is hard to encode, and how a conversion is measured."""

import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from pressroom.media.command import video_filter
from pressroom.media.convert import find_ffmpeg
from pressroom.media.plan import Plan

FFMPEG = find_ffmpeg(None)
SECONDS = 4
_STRAIGHT = "-movflags +faststart+negative_cts_offsets -use_editlist 0 -map_metadata -1 -fflags +bitexact"
_AAC = "-c:a aac -b:a 128k -ac 2 -af aresample=first_pts=0,atrim=start_sample=1024"
_SOUND = f"-f lavfi -i sine=330:r=48000:d={SECONDS}"
_MOVING = (
    "mandelbrot=s={size}:r=30:start_scale=2:end_scale=0.05:end_pts=160,"
    "trim=duration={seconds},noise=alls={grain}:allf=t"
)
# A filter, and the options that the source is opened with before it.
Ideal = tuple[str, tuple[str, ...]]
AS_IT_IS: Ideal = ("null", ())


@dataclass(frozen=True)
class Cost:
    """What one conversion took. peak_mb: our process and its largest child together."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    out_bytes: int
    action: str = ""


def run(*words: str) -> str:
    """Run ffmpeg and give what it says."""
    command = [str(FFMPEG), "-hide_banner", "-nostdin", "-y", *words]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    if ended.returncode:
        raise RuntimeError(ended.stderr[-2000:])
    return ended.stderr


def compliant(path: Path, size: str = "1080x1920") -> Path:
    """H.264 within every limit."""
    source = _MOVING.format(size=size, seconds=SECONDS, grain=7)
    encode = "-c:v libx264 -preset veryfast -crf 23 -pix_fmt yuv420p"
    run(*f"-f lavfi -i {source} {_SOUND} {encode} {_AAC} {_STRAIGHT}".split(), str(path))
    return path


def phone_hdr(path: Path) -> Path:
    """4K 10-bit HLG HEVC with grain, held upright: turned by a flag, as phones do."""
    source = _MOVING.format(size="1920x1080", seconds=SECONDS, grain=9)
    tags = "color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc:range=tv"
    graph = f"scale=3840:2160:flags=bicubic,format=yuv420p10le,setparams={tags}"
    x265 = (
        "log-level=error:pools=2:frame-threads=1:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"
    )
    encode = f"-c:v libx265 -preset ultrafast -crf 24 -tag:v hvc1 -x265-params {x265}"
    run(*f"-threads 2 -f lavfi -i {source} {_SOUND} -vf {graph} {encode} {_AAC}".split(), str(path))
    upright = path.with_stem(f"{path.stem}-upright")
    run("-display_rotation", "-90", "-i", str(path), "-c", "copy", str(upright))
    return upright


def measured(work: Callable[[], tuple[Path, str]]) -> Cost:
    """Measure a conversion in this process and its children. It gives its output and what it did."""
    before, started = _cpu_s(), time.perf_counter()
    output, action = work()
    wall_s = time.perf_counter() - started
    peak_kb = sum(
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    peak_kb += sum(_peak_kb(child) for child in _children())
    return Cost(_cpu_s() - before, wall_s, peak_kb / 1000, output.stat().st_size, action)


def _cpu_s() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages) + sum(map(_living_s, _children()))


def _children() -> list[Path]:
    """List the children that still live, which `getrusage` leaves out. Only Linux tells."""
    found = [path.read_text().split() for path in Path("/proc/self/task").glob("*/children")]
    return [Path("/proc") / pid for pids in found for pid in pids]


def _living_s(child: Path) -> float:
    utime, stime = (child / "stat").read_text().rpartition(") ")[2].split()[11:13]
    return (int(utime) + int(stime)) / os.sysconf("SC_CLK_TCK")


def _peak_kb(child: Path) -> int:
    lines = (child / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def in_its_own_process(script: str, *words: str) -> Cost:
    """Run a script of this directory that prints a `Cost`, so that peaks do not mix."""
    command = [sys.executable, str(Path(__file__).parent / script), *words]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Cost(**json.loads(answer.splitlines()[-1]))


def printed(cost: Cost) -> None:
    """Answer `in_its_own_process`."""
    print(json.dumps(asdict(cost)))


def ideal(chosen: Plan) -> Ideal:
    """Give the filter that brings a source to what our output is compared with, and how to open it."""
    video = chosen.probe.video
    if chosen.frame is None or video is None:
        return AS_IT_IS
    lying = ("-display_rotation", "0") if video.turns_small else ()
    return video_filter(video, chosen.frame, chosen.fps), lying


def vmaf(made: Path, source: Path, ideal: Ideal = AS_IT_IS) -> float:
    """Score a clip against its source, put through a filter, at the size and rate of the clip."""
    reference_filter, opening = ideal
    # Tagged alike, or ffmpeg would convert the colours of one of them first.
    alike = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv,setpts=PTS-STARTPTS"
    graph = f"[0:v]{alike}[made];[1:v]{reference_filter},{alike}[source];[made][source]libvmaf=n_threads=2"
    said = run("-i", str(made), *opening, "-i", str(source), "-lavfi", graph, "-f", "null", "-")
    found = re.search(r"VMAF score: ([\d.]+)", said)
    if found is None:
        raise RuntimeError(said[-2000:])
    return float(found.group(1))
