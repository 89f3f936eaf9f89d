"""Files of others are decoded in limited child processes only, never in the process that holds tokens."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pressroom.core.assets import Target, Wish
from pressroom.core.errors import MediaRefused
from pressroom.graph.limits import MediaUse
from pressroom.media import convert
from pressroom.media.desk import Desk
from pressroom.media.examine import Prober
from pressroom.media.sniff import ENDINGS
from tests.media.fixtures import Clip
from tests.media.heif import heic
from tests.media.spy import state_of

pytestmark = pytest.mark.usefixtures("processes")

SECRETS = ("INSTAGRAM_ACCESS_TOKEN", "INSTAGRAM_APP_SECRET", "PRESSROOM_KEY", "CLOUDINARY_URL")
WISH = Wish(use=MediaUse.REEL, target=Target.PLATFORM)
# A clip of each format that is understood, by its recipe.
CLIPS = {
    "mov": "compliant",
    "matroska": "matroska",
    "avi": "mpeg4",
    "mpeg": "mpeg2",
    "mpegts": "transport",
    "flv": "flash",
    "asf": "windows",
    "mxf": "broadcast",
    "ogg": "theora",
}
# No decoder can be imported, and every use case that opens a file runs, as a session of a user runs it.
USE_CASES = """
import asyncio, hashlib, sys
from pathlib import Path
from uuid import uuid4

DECODERS = {"PIL", "av", "pillow_heif", "_pillow_heif"}

class Refuses:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in DECODERS:
            raise ImportError(f"{name} is loaded by the process that holds tokens")

sys.meta_path.insert(0, Refuses())

from pressroom import Pressroom
from pressroom.core.assets import Target, Wish
from pressroom.graph.limits import IMAGE_LIMITS, VIDEO_LIMITS, MediaUse
from pressroom.insights.report.page import Look
from pressroom.media.examine import make_thumbnail
from pressroom.media.judge import judge_image, judge_video
from pressroom.sandbox.fetching.download import RealFetcher

THUMBNAILS, LOGOS = (".jpg", ".png", ".webp"), (".jpg", ".png", ".webp", ".gif")

async def use(pressroom, path, home):
    report = await pressroom.media.check(path)
    wish = Wish(use=MediaUse.REEL, target=Target.PLATFORM)
    made = home / f"made{'.jpg' if report.media_type == 'image' else '.mp4'}"
    await pressroom.media.convert(path, wish, output=made, overwrite=True)

    async def chunks():
        yield path.read_bytes()

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    upload = await pressroom.uploads.put(str(uuid4()), chunks(), sha256=digest, name=path.name)
    yield "preview", await pressroom.uploads.picture(upload.id)
    if report.media_type == "image":
        judged = await asyncio.to_thread(judge_image, made, IMAGE_LIMITS[MediaUse.PHOTO])
    else:
        judged = await asyncio.to_thread(judge_video, made, VIDEO_LIMITS[MediaUse.REEL])
        cover = await pressroom.media.cover(path, at_s=1, output=home / "cover.jpg", overwrite=True)
        yield "cover", cover.path.read_bytes()
        poster = (await RealFetcher(lambda: home).adopt("made.mp4", VIDEO_LIMITS[MediaUse.REEL], 0)).poster
        yield "poster", (home / poster.name).read_bytes()
    assert judged == [], judged
    if path.suffix in THUMBNAILS:
        yield "thumbnail", await make_thumbnail(path.read_bytes(), 320)
    if path.suffix in LOGOS:
        assert (await asyncio.to_thread(Look(logo=path).dress)).logo.startswith("data:image/png")

async def main(home, *paths):
    async with Pressroom() as pressroom:
        for path in map(Path, paths):
            names = []
            async for name, jpeg in use(pressroom, path, Path(home)):
                assert jpeg and jpeg.startswith(b"\\xff\\xd8\\xff"), (path, name)
                names.append(name)
            print(path.stem, *names)
    print(sorted(DECODERS & set(sys.modules)))

asyncio.run(main(*sys.argv[1:]))
"""


def file_of(decoder: str, clip: Clip, folder: Path) -> Path:
    path = folder / f"{decoder}{ENDINGS[decoder]}"
    if decoder in CLIPS:
        path.symlink_to(clip(CLIPS[decoder]))
    elif decoder == "HEIF":
        path.write_bytes(heic(clip("hevc")))
    else:
        Image.effect_mandelbrot((400, 300), (-2, -1, 1, 1), 60).convert("RGB").save(path, decoder)
    return path


def uses(decoder: str) -> str:
    """The line that the use cases print of a file: what was made of it."""
    if decoder in CLIPS:
        return f"{decoder} preview cover poster"
    return f"{decoder} preview{' thumbnail' if decoder in ('JPEG', 'PNG', 'WEBP') else ''}"


def test_no_file_of_any_format_is_decoded_by_the_process_that_holds_tokens(
    clip: Clip, tmp_path: Path
) -> None:
    paths = [file_of(decoder, clip, tmp_path) for decoder in ENDINGS]
    finished = subprocess.run(
        [sys.executable, "-c", USE_CASES, tmp_path, *paths],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PRESSROOM_HOME": str(tmp_path / "home"), **dict.fromkeys(SECRETS, "hidden")},
    )
    assert not finished.returncode, finished.stderr
    assert finished.stdout.splitlines() == [*(uses(decoder) for decoder in ENDINGS), "[]"]


@pytest.fixture
def inheritable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """A file that this process holds open for its children, and secrets in its environment."""
    for name in SECRETS:
        monkeypatch.setenv(name, "hidden")
    path = tmp_path / "send.log"
    with path.open("w") as file:
        os.set_inheritable(file.fileno(), True)
        yield path


async def spied(kind: str, picture: Path, clip: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the state of the child process that probes, converts pictures, or converts clips."""
    if kind == "prober":
        prober = await asyncio.to_thread(Prober)
        try:
            return state_of(prober._process.pid)
        finally:
            prober.close()
    found, root = folder / "found.json", Path(__file__).parents[2]
    script = (
        f"import sys; sys.path.insert(0, '{root}'); from tests.media.spy import report; report('{found}')"
    )
    ffmpeg = folder / "spy.py"
    ffmpeg.write_text(f"#!{sys.executable}\n{script}\nsys.exit(1)\n")
    ffmpeg.chmod(0o700)
    monkeypatch.syspath_prepend(str(folder))  # pyright: ignore[reportUnknownMemberType]
    monkeypatch.setattr(convert, "_PICTURE_MODULE", "spy")
    desk = Desk(folder / "renditions", ffmpeg_path=ffmpeg)
    with pytest.raises(MediaRefused):
        await desk.convert(picture if kind == "picture" else clip, WISH)
    return json.loads(found.read_text())


@pytest.mark.skipif(sys.platform != "linux", reason="reads of another process what only Linux shows")
@pytest.mark.parametrize("kind", ["prober", "picture", "ffmpeg"])
async def test_a_process_that_decodes_has_limits_no_secret_and_no_file_of_ours(
    kind: str, clip: Clip, tmp_path: Path, inheritable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = file_of("PNG", clip, tmp_path)
    state = await spied(kind, picture, clip("mpeg4"), tmp_path, monkeypatch)
    assert 0 < state["memory_bytes"] <= 3_000_000_000
    assert 0 < state["cpu_s"] <= 86_400
    assert 0 < state["file_bytes"] <= 400_000_000
    assert state["core_bytes"] == 0
    assert "hidden" not in state["environ"]
    assert str(inheritable) not in state["files"]
    assert not any(file.startswith("socket:") for file in state["files"])
    assert state["directory"].endswith("(deleted)"), "it starts in a directory where nothing can be written"
