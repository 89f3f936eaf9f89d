"""Our conversion next to the naive line, `ffmpeg -i in -c:v libx264 -c:a aac out.mp4`, on the same clips.

    python bench/convert.py [--keep DIRECTORY]

Prints CPU seconds, peak memory, bytes, and VMAF at the output's size against the source as it would be shown
there. Ends with status 1 when a budget is missed: on a clip that complies, 9:16 or not, under 1/100 of the
naive line's CPU, on 4K HDR at most 1/4 of its CPU and of its memory.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import footage
from footage import Cost

from pressroom.core.assets import Target, Wish
from pressroom.graph.limits import MediaUse
from pressroom.media.desk import Desk
from pressroom.media.examine import examine
from pressroom.media.plan import plan_for
from pressroom.media.probe import probe

MOST_CPU_COMPLIANT = 1 / 100
NOT_PORTRAIT = ("1920x1080", "1440x1080", "1080x1080", "1080x1350", "1920x804")
MOST_CPU_HDR = MOST_MEMORY_HDR = 1 / 4


def ours(source: Path, directory: Path) -> tuple[Path, str]:
    wish = Wish(use=MediaUse.REEL, target=Target.PLATFORM)
    made = asyncio.run(Desk(directory).convert(source, wish))
    return made.path, made.action.value


def naive(source: Path, directory: Path) -> tuple[Path, str]:
    output = directory / f"naive-{source.stem}.mp4"
    footage.run("-i", str(source), "-c:v", "libx264", "-c:a", "aac", str(output))
    return output, "full"


def one(who: str, source: Path, directory: Path) -> None:
    asyncio.run(examine(source))  # loads what a running program has loaded
    work = {"ours": ours, "naive": naive}[who]
    footage.printed(footage.measured(lambda: work(source, directory)))


def score(who: str, source: Path, directory: Path) -> float:
    if who == "naive":
        return footage.vmaf(directory / f"naive-{source.stem}.mp4", source)
    chosen = plan_for(probe(source), Wish(use=MediaUse.REEL, target=Target.PLATFORM))
    if chosen.frame is None:
        return footage.vmaf(source, source)
    made, _ = ours(source, directory)  # it is there already
    return footage.vmaf(made, source, footage.ideal(chosen))


def compared(name: str, source: Path, directory: Path) -> tuple[Cost, Cost]:
    print(f"\n{name} ({source.stat().st_size / 1e6:.1f} MB, {footage.SECONDS} s)")
    print(f"{'':10}{'CPU s':>10}{'wall s':>10}{'peak MB':>10}{'out MB':>10}{'VMAF':>8}  action")
    costs = list[Cost]()
    for who in ("naive", "ours"):
        cost = footage.in_its_own_process("convert.py", "--one", who, str(source), str(directory))
        costs.append(cost)
        figures = f"{cost.cpu_s:10.2f}{cost.wall_s:10.2f}{cost.peak_mb:10.0f}{cost.out_bytes / 1e6:10.2f}"
        print(f"{who:10}{figures}{score(who, source, directory):8.1f}  {cost.action}")
    return costs[0], costs[1]


def held(what: str, ratio: float, budget: float) -> bool:
    print(f"  {what}: 1/{1 / ratio:.1f} of the naive line's (budget 1/{1 / budget:.0f})")
    return ratio <= budget


def not_portrait(directory: Path) -> bool:
    """Compare clips that comply and are not 9:16, all together."""
    pairs = [
        compared(f"{size} H.264 that complies", footage.compliant(directory / f"{size}.mp4", size), directory)
        for size in NOT_PORTRAIT
    ]
    naive_s, our_s = (sum(cost.cpu_s for cost in costs) for costs in zip(*pairs, strict=True))
    return held(f"CPU of {len(pairs)} clips that are not 9:16", our_s / naive_s, MOST_CPU_COMPLIANT)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--one", nargs=3, metavar=("WHO", "SOURCE", "DIRECTORY"), help=argparse.SUPPRESS)
    parser.add_argument("--keep", type=Path, help="put the clips here and leave them")
    given = parser.parse_args()
    if given.one:
        one(given.one[0], Path(given.one[1]), Path(given.one[2]))
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        directory = given.keep or Path(temporary)
        directory.mkdir(parents=True, exist_ok=True)
        return 0 if all(budgets(directory)) else 1


def budgets(directory: Path) -> list[bool]:
    naive_cost, our_cost = compared(
        "1080 x 1920 H.264 that complies", footage.compliant(directory / "compliant.mp4"), directory
    )
    kept = [held("CPU", our_cost.cpu_s / naive_cost.cpu_s, MOST_CPU_COMPLIANT)]
    kept.append(not_portrait(directory))
    naive_cost, our_cost = compared(
        "4K 10-bit HLG HEVC", footage.phone_hdr(directory / "phone.mov"), directory
    )
    kept.append(held("CPU", our_cost.cpu_s / naive_cost.cpu_s, MOST_CPU_HDR))
    kept.append(held("memory", our_cost.peak_mb / naive_cost.peak_mb, MOST_MEMORY_HDR))
    return kept


if __name__ == "__main__":
    sys.exit(main())
