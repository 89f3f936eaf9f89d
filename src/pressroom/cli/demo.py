"""`pressroom demo`: publishes, measures and plans on a sandbox of its own, without credentials or traces."""

import asyncio
import contextlib
import subprocess
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from pressroom.cli.demo_month import DAYS, LIVE_IN_S, STUDIO, HurriedClock, Month, PastClock, plan_live
from pressroom.cli.insights.reading import NUMBERS, cells
from pressroom.cli.posts.reporting import Reporter
from pressroom.cli.serve import is_for_a_person, show_link, sign_in_command
from pressroom.cli.shapes import DemoPostShape, DemoShape
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.terminal import Tracker, tracker
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError
from pressroom.core.post import Post, PostKind
from pressroom.core.settings import DATABASE_URL, WEB_URL, Settings, settings_from_environment
from pressroom.core.shortage import require_temporary_folder
from pressroom.service import Listeners, Pressroom, new_post
from pressroom.service.consent.gate import owner
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
# Clips whose pictures are not encoded again, by their sizes and titles.
_LOOPS: Final = {"press.mp4": ((720, 1280), "The press"), "loop.mp4": ((720, 900), "Sunrise")}


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
@click.option("--wait/--no-wait", default=None, help="Stay up with the pages; by default on a terminal.")
@click.pass_obj
async def demo(invocation: Invocation, *, wait: bool | None) -> None:
    """Publish a photo, a reel, a carousel and a story on a sandbox of its own, and read their numbers.

    Then it serves the pages, with a month of posts of three accounts in them. It needs no account and uses
    none: whatever INSTAGRAM_* says, no call leaves this machine. Everything it makes is gone when it ends.
    """
    from pressroom.sandbox.server import serving  # noqa: PLC0415  # loads a server
    from pressroom.sandbox.settings import Processing, SandboxSettings  # noqa: PLC0415
    from pressroom.sandbox.simulator import Sandbox  # noqa: PLC0415

    console, started = invocation.console, time.perf_counter()
    stays = console.is_watched if wait is None else wait
    clock = PastClock(invocation.runtime.clock, timedelta(days=DAYS))
    # Processed by the time of the publisher's first poll: the demo shows the steps, not the waiting.
    processing = Processing(image_reads=None, image_s=0.5, video_reads=None, video_s=1.5)
    simulator = Sandbox(SandboxSettings(username=STUDIO, media=6, processing=processing), clock=clock)
    require_temporary_folder()
    with TemporaryDirectory(prefix="pressroom-demo-") as directory:
        async with serving(simulator) as served:
            play = _Play(invocation, simulator, clock, served.base_url, Path(directory))
            page = f"{served.base_url}/_sandbox/"
            async with play.pages() as (pressroom, pages):
                console.note(f"A sandbox answers at {page}; nothing leaves this machine.")
                if stays and not console.is_json:
                    console.data(f"The pages of Pressroom fill while you look: {pages}/calendar/month")
                    if is_for_a_person(invocation):
                        show_link(invocation, await pressroom.pages.link())
                        console.note(f"For another link, run in a second terminal:\n  {play.sign_in_command}")
                # Ctrl-C ends with 0 what stays until then.
                with contextlib.suppress(*([asyncio.CancelledError] if stays else [])):
                    with tracker(console) as shown:
                        posts = await play.run(shown)
                    elapsed_s = time.perf_counter() - started
                    shape = DemoShape(
                        page=page,
                        pages=pages,
                        elapsed_s=round(elapsed_s, 1),
                        posts=tuple(post.shape() for post in posts),
                    )

                    def show() -> None:
                        console.table(("kind", "id", "permalink"), [post.place() for post in posts])
                        console.data("")
                        console.table(("kind", *NUMBERS), [post.counts() for post in posts])
                        console.data("")
                        console.data(
                            f"Four posts published and opened in {elapsed_s:.0f} s. Look at them: {page}"
                        )
                        console.data(
                            f"A month of three accounts, planned and published: {pages}/calendar/month"
                        )

                    console.answer(shape, show)
                    if not stays:
                        console.note("It ends here; `--wait` keeps the pages up.")
                        return
                    await play.go_live()


@dataclass(frozen=True, slots=True)
class _Play:
    invocation: Invocation
    simulator: "Sandbox"
    clock: PastClock
    base_url: str
    directory: Path

    @property
    def settings(self) -> Settings:
        """FFMPEG_PATH and nothing else of the environment, so that no real account can be used."""
        ffmpeg = self.invocation.runtime.environ.get("FFMPEG_PATH", "")
        return settings_from_environment({"FFMPEG_PATH": ffmpeg}, default_home=self.directory / "home")

    @property
    def sign_in_command(self) -> str:
        """The shell command that prints another link for the pages of this demo."""
        ignored = (DATABASE_URL.name, WEB_URL.name)
        return sign_in_command(self.invocation.runtime.environ, self.settings.home, ignored=ignored)

    async def run(self, shown: Tracker) -> list[Shown]:
        """Live through a month, publish the sample media, open the permalinks and read the insights."""
        async with self._session(self.clock) as quiet:
            month = Month(
                simulator=self.simulator,
                base_url=self.base_url,
                directory=self.directory,
                clock=self.clock,
                pressroom=quiet,
            )
            label = "Living through a month of three accounts"
            shown.busy(label, 0.0)
            await month.live_through(
                timedelta(seconds=_LATER_S), on_day=lambda share: shown.busy(label, share)
            )
            await asyncio.to_thread(self._film, "press.mp4", "loop.mp4")
            async with self._session(self.clock, actor=Actor(ActorKind.PROGRAM, "planner")) as planner:
                await month.plan(planner, self.invocation.runtime.clock.now())
            shown.idle()
            shown.note("The month is full. Four posts go out now, one of each kind.")
            posts = await self._publish_all(shown)
            self.clock.go_on(timedelta())
            ids = [post.media_id for post in posts if post.media_id]
            numbers = [await quiet.insights.measure(media_id) for media_id in ids]
            shown.busy("Reading the numbers of the month")
            await quiet.insights.pull()
            shown.idle()
            return [Shown(*pair) for pair in zip(posts, numbers, strict=True)]

    def _film(self, *names: str) -> None:
        from pressroom.sandbox import samples  # noqa: PLC0415  # loads the decoders

        ffmpeg = self.settings.ffmpeg_path
        try:
            for name in names:
                if name in _LOOPS:
                    samples.make_loop(self.directory / name, *_LOOPS[name], ffmpeg_path=ffmpeg)
                else:
                    samples.make_phone_clip(self.directory / name, ffmpeg_path=ffmpeg)
        except (OSError, subprocess.SubprocessError) as error:
            raise PressroomError(
                f"ffmpeg could not make the sample clip ({type(error).__name__}).",
                fix="Unset FFMPEG_PATH to use the ffmpeg that came along.",
            ) from error

    async def _publish_all(self, shown: Tracker) -> list[Post]:
        """Publish one of each kind, and open their permalinks."""
        # ffmpeg takes longest, so it encodes the reel's clip while the others go out.
        clip = asyncio.create_task(asyncio.to_thread(self._film, "clip.mov"))
        try:
            async with self._session(self.clock, Reporter(shown).listeners) as pressroom:

                async def publish(kind: PostKind, *names: str) -> Post:
                    shown.idle()
                    shown.note(f"{kind.title()}: {_NOTES[kind]}.")
                    sources = [str(self.directory / name) for name in names]
                    return await pressroom.publish(new_post(kind, sources, caption=_CAPTIONS.get(kind)))

                await asyncio.to_thread(_make_pictures, self.directory)
                photo = await publish(PostKind.PHOTO, "poster.png")
                carousel = await publish(PostKind.CAROUSEL, "first.jpg", "second.jpg", "loop.mp4")
                story = await publish(PostKind.STORY, "story.jpg")
                shown.busy("Filming")
                # Shielded, since cancelling the task would not stop its thread, which `finally` waits for.
                await asyncio.shield(clip)
                reel = await publish(PostKind.REEL, "clip.mov")
        finally:
            # A thread cannot be stopped, and it writes into the directory that is about to be deleted.
            await asyncio.gather(clip, return_exceptions=True)
        shown.note("Opening the permalinks, and reading the numbers as they are six hours later.")
        posts = [photo, reel, carousel, story]
        for post in posts:
            await asyncio.to_thread(_open, post)
        return posts

    async def go_live(self) -> None:
        """Plan a post that goes live while one looks, and let a worker run until this is cancelled."""
        async with self._session(self.invocation.runtime.clock, works=True) as pressroom:
            await plan_live(pressroom, self.directory, self.invocation.runtime.clock.now())
            self.invocation.console.note(
                f"A post goes live in {LIVE_IN_S} s. The pages stay up until Ctrl-C."
            )
            await asyncio.get_running_loop().create_future()

    @contextlib.asynccontextmanager
    async def pages(self) -> AsyncGenerator[tuple[Pressroom, str]]:
        """Serve the pages while the block runs; yield their session and their address.

        They stand in the present from the start: what was lived through then is the past of whoever looks.
        """
        from pressroom.serving.sockets import listen  # noqa: PLC0415  # loads a server
        from pressroom.web.app import serving  # noqa: PLC0415  # the same

        clock = self.invocation.runtime.clock
        async with self._session(clock) as pressroom:
            with listen() as listener:
                async with serving(
                    pressroom, listener, clock=clock, sign_in_command=self.sign_in_command
                ) as address:
                    yield pressroom, address

    def _session(
        self,
        clock: Clock,
        listeners: Listeners | None = None,
        *,
        actor: Actor | None = None,
        works: bool = False,
    ) -> Pressroom:
        runtime = self.invocation.runtime
        return Pressroom(
            settings=self.settings,
            account_name=STUDIO,
            environ={},
            # Nothing of it is anybody's: whoever runs it is its person, an agent too.
            actor=actor or Actor(ActorKind.PERSON, owner()),
            works=works,
            clock=HurriedClock(clock) if isinstance(clock, PastClock) else clock,
            pacing=runtime.pacing,
            policy=runtime.policy,
            listeners=listeners,
        )


def _make_pictures(directory: Path) -> None:
    from pressroom.sandbox import samples  # noqa: PLC0415  # loads the decoders

    samples.make_poster(directory / "poster.png")
    samples.make_photo(directory / "first.jpg")
    samples.make_second_photo(directory / "second.jpg")
    samples.make_story_picture(directory / "story.jpg")


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
