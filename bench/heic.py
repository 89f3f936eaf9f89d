"""Converting a HEIC of 50 megapixels next to libvips.

    python bench/heic.py

Tiles as phones write them. Ours is `pressroom media convert`, libvips is its `vips thumbnail` at the same
size and quality. Where that is not installed, Pillow with pillow-heif in one process stands in. Prints the
median CPU seconds of each and their ratio. Ends with status 1 when ours takes more than 1.5 times the CPU.
"""

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import footage

MOST_CPU = 1.5
ROUNDS = 5
WIDTH = 1440
BY_PILLOW = """
import sys, pillow_heif
from PIL import Image
pillow_heif.register_heif_opener()
with Image.open(sys.argv[1]) as image:
    image.thumbnail((int(sys.argv[3]), int(sys.argv[3])))
    image.convert("RGB").save(sys.argv[2], "JPEG", quality=90, optimize=True)
"""


def heic(path: Path) -> Path:
    """Write 16 x 12 tiles of 512 x 512 pixels with grain."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.media.heif import grid, hevc_frame  # noqa: PLC0415  # found by then

    tile = path.with_name("tile.mp4")
    encode = "-c:v libx265 -preset ultrafast -x265-params log-level=error -pix_fmt yuv420p -frames:v 1"
    source = "testsrc2=s=512x512:r=1:d=1,noise=alls=12:allf=t"
    footage.run("-f", "lavfi", "-i", source, *encode.split(), "-tag:v", "hvc1", str(tile))
    path.write_bytes(grid(hevc_frame(tile), 16, 12))
    return path


def cpu_s(command: list[str]) -> float:
    """Run a program, and give the CPU seconds of it and what it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        source = heic(directory / "a.heic")
        output = str(directory / "ours.jpg")
        ours = [sys.executable, "-m", "pressroom", "media", "convert", str(source), "--output", output]
        other = str(directory / "other.jpg")
        if vips := shutil.which("vips"):
            name, peer = "libvips", [vips, "thumbnail", str(source), f"{other}[Q=90]", str(WIDTH)]
        else:
            name = "Pillow"
            peer = [sys.executable, "-c", BY_PILLOW, str(source), other, str(WIDTH)]
        # By turns, so that what else the machine does slows both alike.
        pairs = [(cpu_s([*ours, "--overwrite"]), cpu_s(peer)) for _ in range(ROUNDS)]
        our_s, peer_s = (statistics.median(costs) for costs in zip(*pairs, strict=True))
    ratio = our_s / peer_s
    print(f"ours {our_s:.2f} s, {name} {peer_s:.2f} s: {ratio:.2f} of its CPU (budget {MOST_CPU})")
    return 0 if ratio <= MOST_CPU else 1


if __name__ == "__main__":
    sys.exit(main())
