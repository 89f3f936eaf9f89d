"""Pictures and clips for the folder that an agent may use."""

import asyncio
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import imageio_ffmpeg
from PIL import Image

from evals.world import World

_SQUARE = (1080, 1080)


def pictures(world: World, *names: str, size: tuple[int, int] = _SQUARE) -> None:
    """Put pictures into the folder, each of a colour of its own."""
    for name in names:
        number = len(list(world.folder.iterdir()))
        colour = (40 * number % 256, 90 + 7 * number % 160, 200 - 30 * number % 200)
        Image.new("RGB", size, colour).save(world.folder / name)


async def clip(world: World, name: str) -> None:
    """Put a clip of four seconds into the folder."""
    content = await asyncio.to_thread(_recorded, Path(name).suffix)
    (world.folder / name).write_bytes(content)


@cache
def _recorded(suffix: str) -> bytes:
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"clip{suffix}"
        source = ["-f", "lavfi", "-i", "testsrc2=s=540x960:r=30:d=4", "-f", "lavfi", "-i", "sine=440:d=4"]
        codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
        subprocess.run([ffmpeg, "-v", "error", *source, *codecs, path], check=True)  # noqa: S603  # our own
        return path.read_bytes()
