"""`pressroom demo`: publishes and measures on a sandbox of its own, without credentials or traces."""

import asyncio
import contextlib
import shutil
import subprocess
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from pressroom.cli.insights.reading import NUMBERS, cells
from pressroom.cli.posts.reporting import Reporter
from pressroom.cli.shapes import DemoPostShape, DemoShape
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.terminal import Tracker, tracker
from pressroom.core.account import Account
from pressroom.core.errors import PressroomError
from pressroom.core.post import Post, PostKind
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings, settings_from_environment
from pressroom.core.shortage import require_temporary_folder
from pressroom.service import Pressroom, new_post
from pressroom.service.insights.measuring import Measured

if TYPE_CHECKING:
    from pressroom.sandbox.simulator import Sandbox

# Seconds by which the sandbox's clock is advanced before insights are read: they grow with time.
_LATER_S: Final = 6 * 3600.0
_OPEN_TIMEOUT_S: Final = 30.0
_NOTES: Final = {
    PostKind.PHOTO: "a 3:4 PNG with transparency, which Instagram refuses",
    PostKind.REEL: "a phone's clip, 4K HEVC, 10-bit HLG, turned, with uneven frames, which Instagram refuses",
    PostKind.CAROUSEL: "two pictures and a clip",
    PostKind.STORY: "a picture for 24 hours",
}
_CAPTIONS: Final = {
    PostKind.PHOTO: "Open studio on Saturday, from ten. #print",
    PostKind.REEL: "Sunrise run along the coast",
    PostKind.CAROUSEL: "First light, high tide, sunrise",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A published post of the demo, whose permalink was opened, with its numbers."""

    post: Post
    numbers: Measured

    def shape(self) -> DemoPostShape:
        """Return its JSON."""
        return DemoPostShape(
            kind=self.post.kind,
            id=self.post.media_id,
            permalink=self.post.permalink,
            metrics=self.numbers.values,
            engagement_rate=self.numbers.engagement_rate,
        )

    def place(self) -> list[str]:
        """Return its row of the table of ids and links."""
        return [self.post.kind, self.post.media_id or "-", self.post.permalink or "-"]

    def counts(self) -> list[str]:
        """Return its row of the table of metrics."""
        return [self.post.kind, *cells(self.numbers)]


@click.command(cls=Command)
@click.option("--wait/--no-wait", default=None, help="Stay up with the page; by default on a terminal.")
@click.pass_obj
async def demo(invocation: Invocation, *, wait: bool | None) -> None:
    """Publish a photo, a reel, a carousel and a story on a sandbox of its own, and read their numbers.

    It needs no account and uses none: whatever INSTAGRAM_* says, no call leaves this machine. Everything it
    makes is gone when it ends.
    """
    from pressroom.sandbox.server import serving  # noqa: PLC0415  # loads a server
    from pressroom.sandbox.settings import Processing, SandboxSettings  # noqa: PLC0415
    from pressroom.sandbox.simulator import Sandbox  # noqa: PLC0415

    console, started = invocation.console, time.perf_counter()
    # Processed by the time of the publisher's first poll: the demo shows the steps, not the waiting.
    processing = Processing(image_reads=None, image_s=0.5, video_reads=None, video_s=1.5)
    simulator = Sandbox(SandboxSettings(processing=processing), clock=invocation.runtime.clock)
    require_temporary_folder()
    with TemporaryDirectory(prefix="pressroom-demo-") as directory:
        async with serving(simulator) as served:
            with tracker(console) as shown:
                shown.note(f"A sandbox answers at {served.base_url}; nothing leaves this machine.")
                play = _Play(invocation, simulator, served.base_url, Path(directory), shown)
                posts = await play.run()
            stays = console.is_watched if wait is None else wait
            page = f"{served.base_url}/_sandbox/"
            elapsed_s = time.perf_counter() - started
            shapes = tuple(post.shape() for post in posts)

            def show() -> None:
                console.table(("kind", "id", "permalink"), [post.place() for post in posts])
                console.data("")
                console.table(("kind", *NUMBERS), [post.counts() for post in posts])
                console.data("")
                console.data(f"Four posts published and opened in {elapsed_s:.0f} s. Look at them: {page}")

            console.answer(DemoShape(page=page, elapsed_s=round(elapsed_s, 1), posts=shapes), show)
            if not stays:
                console.note("It ends here; `--wait` keeps the page up.")
                return
            console.note("The page stays up until Ctrl-C.")
            # Ctrl-C ends this command with 0.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.get_running_loop().create_future()


@dataclass(frozen=True, slots=True)
class _Play:
    invocation: Invocation
    simulator: "Sandbox"
    base_url: str
    directory: Path
    shown: Tracker

    async def run(self) -> list[Shown]:
        """Make the sample media, publish them, open the permalinks and read the insights."""
        # FFMPEG_PATH and nothing else of the environment, so that no real account can be used.
        ffmpeg = self.invocation.runtime.environ.get("FFMPEG_PATH", "")
        settings = settings_from_environment({"FFMPEG_PATH": ffmpeg}, default_home=self.directory / "home")
        # ffmpeg takes longest, so it encodes the clip while the photo is published.
        clip = asyncio.create_task(asyncio.to_thread(_make_clip, self.directory, settings.ffmpeg_path))
        try:
            async with self._pressroom(settings) as pressroom:
                await asyncio.to_thread(_make_pictures, self.directory)
                photo = await self._publish(pressroom, PostKind.PHOTO, "poster.png")
                self.shown.busy("Filming")
                # Shielded, since cancelling the task would not stop its thread, which `finally` waits for.
                await asyncio.shield(clip)
                reel = await self._publish(pressroom, PostKind.REEL, "clip.mov")
                # The reel's rendition is reused for the carousel, so that no second conversion is waited for.
                shutil.copyfile(next(settings.renditions.glob("*.mp4")), self.directory / "reel.mp4")
                carousel = await self._publish(
                    pressroom, PostKind.CAROUSEL, "first.jpg", "second.jpg", "reel.mp4"
                )
                story = await self._publish(pressroom, PostKind.STORY, "story.jpg")

                self.shown.note(
                    "Opening the permalinks, and reading the numbers as they are six hours later."
                )
                posts = [photo, reel, carousel, story]
                for post in posts:
                    await asyncio.to_thread(_open, post)
                self.simulator.clock.advance(_LATER_S)
                ids = [post.media_id for post in posts if post.media_id]
                numbers = [await pressroom.insights.measure(media_id) for media_id in ids]
                self.shown.idle()
                return [Shown(*pair) for pair in zip(posts, numbers, strict=True)]
        finally:
            # A thread cannot be stopped, and it writes into the directory that is about to be deleted.
            await asyncio.gather(clip, return_exceptions=True)

    def _pressroom(self, settings: Settings) -> Pressroom:
        runtime, reporter = self.invocation.runtime, Reporter(self.shown)
        account = Account(
            token=Secret(self.simulator.token), user_id=self.simulator.user_id, api_base=self.base_url
        )
        return Pressroom(
            account,
            settings,
            clock=runtime.clock,
            pacing=runtime.pacing,
            policy=runtime.policy,
            listeners=reporter.listeners,
        )

    async def _publish(self, pressroom: Pressroom, kind: PostKind, *names: str) -> Post:
        self.shown.idle()
        self.shown.note(f"{kind.title()}: {_NOTES[kind]}.")
        sources = [str(self.directory / name) for name in names]
        caption = None if kind is PostKind.STORY else _CAPTIONS[kind]
        return await pressroom.publish(new_post(kind, sources, caption=caption))


def _make_pictures(directory: Path) -> None:
    from pressroom.sandbox import samples  # noqa: PLC0415  # loads the decoders

    samples.make_poster(directory / "poster.png")
    samples.make_photo(directory / "first.jpg")
    samples.make_second_photo(directory / "second.jpg")
    samples.make_story_picture(directory / "story.jpg")


def _make_clip(directory: Path, ffmpeg: Path | None) -> None:
    from pressroom.sandbox.samples import make_phone_clip  # noqa: PLC0415  # loads the decoders

    try:
        make_phone_clip(directory / "clip.mov", ffmpeg_path=ffmpeg)
    except (OSError, subprocess.SubprocessError) as error:
        raise PressroomError(
            f"ffmpeg could not make the sample clip ({type(error).__name__}).",
            fix="Unset FFMPEG_PATH to use the ffmpeg that came along.",
        ) from error


def _open(post: Post) -> None:
    """Open a permalink as a browser would. Raises PressroomError where its page does not show the post."""
    url = post.permalink or ""
    parts = urlsplit(url)
    try:
        # Past the environment's proxy: the sandbox is on this machine.
        with contextlib.closing(HTTPConnection(parts.netloc, timeout=_OPEN_TIMEOUT_S)) as connection:
            connection.request("GET", parts.path, headers={"accept": "text/html"})
            reply = connection.getresponse()
            status, page = reply.status, reply.read().decode("utf-8", "replace")
    except (OSError, HTTPException) as error:
        raise PressroomError(f"The permalink {url} does not open ({type(error).__name__}).") from error
    words = [word for word in (post.media_id, post.options.caption) if word]
    if status != HTTPStatus.OK or not any(word in page for word in words):
        raise PressroomError(f"The {post.kind} is not at its permalink {url} (HTTP {status}).")
