"""Our conversions next to the naive ffmpeg line and to moviepy, on the same clips, in one run.

    python bench/media.py

First each case: CPU seconds, peak memory, bytes, VMAF at the output's size. Then 1080p to 720p at equal
bytes, where the naive line's VMAF and CPU are read off its runs around our size. moviepy lives in an
environment of its own under .cache/, made on the first run; where that fails it is left out.
Ends with status 1 when a budget is missed: at equal bytes at most 65 % of the naive line's CPU for at most
2 VMAF less, and at most 0.3 less with `quality=high`.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import venv
from itertools import pairwise
from pathlib import Path
from typing import get_args

import footage
from footage import Cost

from pressroom.core.assets import Quality, Target, Wish
from pressroom.graph.limits import MediaUse
from pressroom.media.decision import Plan
from pressroom.media.desk import Desk
from pressroom.media.examine import examine
from pressroom.media.plan import plan_for
from pressroom.media.probe import probe

PEER_HOME = Path(__file__).parent.parent / ".cache" / "bench-media-peers"
MOST_CPU = 0.65
MOST_VMAF_LESS: dict[Quality, float] = {"normal": 2.0, "high": 0.3}
SMALL = "scale=720:1280"
MOVIEPY = """
import json, resource, sys, time
from moviepy import VideoFileClip
started = time.perf_counter()
clip = VideoFileClip(sys.argv[1])
clip.write_videofile(sys.argv[2], codec="libx264", audio_codec="aac", logger=None)
usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps({
    "cpu_s": sum(usage.ru_utime + usage.ru_stime for usage in usages),
    "wall_s": time.perf_counter() - started,
    "peak_mb": sum(usage.ru_maxrss for usage in usages) / 1000,
}))
"""


def moviepy() -> Path | None:
    """Give the Python that has moviepy; None when it cannot be installed."""
    python, ready = PEER_HOME / "bin" / "python", PEER_HOME / ".ready"
    if ready.exists():
        return python
    print("Installing moviepy ...", file=sys.stderr)
    venv.create(PEER_HOME, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "moviepy"]
    if subprocess.run(pip, check=False).returncode:
        return None
    ready.touch()
    return python


def planned(source: Path, target: Target, quality: Quality = "normal") -> Plan:
    return plan_for(probe(source), Wish(use=MediaUse.REEL, target=target, quality=quality))


def ours(source: Path, output: Path, target: Target, quality: Quality) -> tuple[Path, str]:
    wish = Wish(use=MediaUse.REEL, target=target, quality=quality)
    made = asyncio.run(Desk(output.parent).convert(source, wish, output=output, overwrite=True))
    return made.path, made.action.value


def naive(source: Path, output: Path, *more: str) -> tuple[Path, str]:
    footage.run("-i", str(source), *more, "-c:v", "libx264", "-c:a", "aac", str(output))
    return output, "full"


def one(words: list[str]) -> None:
    """Do one conversion and print its cost: ours SOURCE OUTPUT TARGET QUALITY, or naive SOURCE OUTPUT ..."""
    who, source, output, *rest = words
    asyncio.run(examine(Path(source)))  # loads what a running program has loaded
    if who == "naive":
        footage.printed(footage.measured(lambda: naive(Path(source), Path(output), *rest)))
        return
    target, quality = Target(rest[0]), next(word for word in get_args(Quality) if word == rest[1])
    footage.printed(footage.measured(lambda: ours(Path(source), Path(output), target, quality)))


def run_one(*words: str) -> Cost:
    return footage.in_its_own_process("media.py", "--", *words)


def show(who: str, cost: Cost, score: float | None) -> None:
    figures = f"{cost.cpu_s:9.2f}{cost.wall_s:9.2f}{cost.peak_mb:9.0f}{cost.out_bytes / 1e6:9.2f}"
    print(f"{who:22}{figures}{'-' if score is None else f'{score:.1f}':>8}  {cost.action}")


def heading(text: str) -> None:
    print(f"\n{text}\n{'':22}{'CPU s':>9}{'wall s':>9}{'peak MB':>9}{'out MB':>9}{'VMAF':>8}  action")


def case(name: str, source: Path, directory: Path, peer: Path | None) -> None:
    heading(f"{name} ({source.stat().st_size / 1e6:.1f} MB, {footage.SECONDS} s)")
    output = directory / "naive.mp4"
    cost = run_one("naive", str(source), str(output))
    show("naive ffmpeg", cost, footage.vmaf(output, source))
    if peer is not None:
        by_moviepy(peer, source, directory / "moviepy.mp4")
    for target in (Target.PLATFORM, Target.HOUSE):
        output = directory / f"ours-{target}.mp4"
        cost = run_one("ours", str(source), str(output), target.value, "normal")
        score = footage.vmaf(output, source, footage.ideal(planned(source, target)))
        show(f"pressroom, {target}", cost, score)


def by_moviepy(python: Path, source: Path, output: Path) -> None:
    command = [str(python), "-c", MOVIEPY, str(source), str(output)]
    ended = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=output.parent
    )  # it leaves files where it stands
    if ended.returncode:
        print(f"{'moviepy':22} fails: {ended.stderr.strip().splitlines()[-1][:90]}")
        return
    cost = Cost(**json.loads(ended.stdout), out_bytes=output.stat().st_size, action="full")
    made, wanted = probe(output).video, probe(source).video
    assert made is not None
    assert wanted is not None
    if made.shown != wanted.shown:
        show("moviepy", cost, None)
        print(f"{'':22} it shows {made.shown}, the source {wanted.shown}")
        return
    show("moviepy", cost, footage.vmaf(output, source))


def at_equal_bytes(source: Path, directory: Path) -> list[bool]:
    heading("1080p to 720p, VMAF against the source scaled alike")
    curve = list[tuple[int, float, float]]()
    for crf in ("20", "23", "26", "29"):
        output = directory / f"naive-{crf}.mp4"
        cost = run_one("naive", str(source), str(output), "-vf", SMALL, "-crf", crf)
        score = footage.vmaf(output, source, (SMALL, ()))
        show(f"naive, -crf {crf}", cost, score)
        curve.append((cost.out_bytes, score, cost.cpu_s))
    return [held(quality, source, directory, curve) for quality in get_args(Quality)]


def held(quality: Quality, source: Path, directory: Path, curve: list[tuple[int, float, float]]) -> bool:
    output = directory / f"ours-{quality}.mp4"
    cost = run_one("ours", str(source), str(output), Target.HOUSE.value, quality)
    score = footage.vmaf(output, source, (SMALL, ()))
    show(f"pressroom, {quality}", cost, score)
    naive_score, naive_cpu = at_size(curve, cost.out_bytes)
    share, less = cost.cpu_s / naive_cpu, naive_score - score
    print(f"  {share:.0%} of the naive CPU at equal bytes, {less:+.2f} VMAF less", end=" ")
    print(f"(budget {MOST_CPU:.0%} for normal, {MOST_VMAF_LESS[quality]} less)")
    return less <= MOST_VMAF_LESS[quality] and (quality == "high" or share <= MOST_CPU)


def at_size(curve: list[tuple[int, float, float]], size: int) -> tuple[float, float]:
    """Read the naive line's VMAF and CPU at a size, between the two runs around it."""
    pairs = list(pairwise(sorted(curve)))
    small, large = next((pair for pair in pairs if size <= pair[1][0]), pairs[-1])
    share = (size - small[0]) / (large[0] - small[0])
    return small[1] + share * (large[1] - small[1]), small[2] + share * (large[2] - small[2])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("one", nargs="*", help=argparse.SUPPRESS)
    if words := parser.parse_args().one:
        one(words)
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        directory, peer = Path(temporary), moviepy()
        large = footage.compliant(directory / "compliant.mp4")
        case("1080 x 1920 H.264 that complies with the platform", large, directory, peer)
        case("4K 10-bit HLG HEVC", footage.phone_hdr(directory / "phone.mov"), directory, peer)
        return 0 if all(at_equal_bytes(large, directory)) else 1


if __name__ == "__main__":
    sys.exit(main())
