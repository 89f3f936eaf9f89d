"""`pressroom worker`: publishes what is due."""

import asyncio
import os

import click

from pressroom.cli.command import Command
from pressroom.cli.face import Face
from pressroom.cli.planned import named, standing
from pressroom.core.errors import PressroomError
from pressroom.core.post import Post
from pressroom.core.settings import Settings
from pressroom.dispatch.lock import driver_lock


class AnotherWorker(PressroomError):
    """Another process drives the store."""

    code = "another_worker"


@click.command(cls=Command)
@click.pass_obj
async def worker(face: Face) -> None:
    """Publish what is due and keep tokens alive, until Ctrl-C or SIGTERM.

    One worker of a machine drives its store; a second one says who does, and ends with 1. Any number of
    commands may plan posts meanwhile.
    """
    from pressroom.service.worker import Worker, crash_point_of  # noqa: PLC0415  # loads decoders and servers
    from pressroom.store.location import locate  # noqa: PLC0415  # loads SQLAlchemy

    settings = face.settings()
    _require_alone(settings)
    where = str(locate(settings.store))

    def say(text: str) -> None:
        face.console.note(text)
        face.console.release()  # at once: this command may run for months

    def start() -> None:
        if face.console.is_json:
            face.console.json({"pid": os.getpid(), "store": where})
        say(f"Working on {where}. Ctrl-C stops.")

    def tell(post: Post) -> None:
        problem = f" {post.problem}" if post.problem else ""
        say(f"{named(post)}: {standing(post)}{problem}")

    working = Worker(
        settings=settings,
        clock=face.around.clock,
        policy=face.around.policy,
        on_driving=start,
        on_rest=tell,
        crash_point=crash_point_of(face.around.environ),
    )
    try:
        await working.run()
    except asyncio.CancelledError:
        face.console.note("Stopped.")


def _require_alone(settings: Settings) -> None:
    pid = driver_lock(settings).holder() if settings.database_url is None else None
    if pid is not None:
        raise AnotherWorker(
            f"Process {pid} works on this store already.",
            fix="Leave the work to it, or stop it first.",
        )
