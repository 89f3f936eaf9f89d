"""`pressroom worker`: publishes what is due."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from pressroom.cli.command import Command
from pressroom.cli.console import write
from pressroom.cli.face import Face
from pressroom.client.masking import without_secrets
from pressroom.core.errors import PressroomError
from pressroom.core.settings import Settings
from pressroom.dispatch.lock import driver_lock
from pressroom.service.logs import LogFormat, logging_by

if TYPE_CHECKING:
    from pressroom.service.watch import Watch

log = logging.getLogger("pressroom.worker")
_LOOPBACK = "127.0.0.1"


class AnotherWorker(PressroomError):
    """Another process drives the store."""

    code = "another_worker"


class _Logging(Command):
    """Writes nothing to stderr but its log."""

    stopping = None


@click.command(cls=_Logging)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    help="How each step is logged to stderr, one line each; json with --json, else text.",
)
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    help="Serve /metrics for Prometheus and /healthz there; 0 is any free port.",
)
@click.option("--metrics-host", default=_LOOPBACK, show_default=True, help="Address they are served at.")
@click.pass_obj
async def worker(
    face: Face, log_format: LogFormat | None, metrics_port: int | None, metrics_host: str
) -> None:
    r"""Publish what is due and keep tokens alive, until Ctrl-C, SIGTERM or SIGHUP.

    One worker of a machine drives its store; a second one says who does, and ends with 1. Any number of
    commands may plan posts meanwhile. Who is told what needs a person: PRESSROOM_NOTIFY_COMMAND and
    PRESSROOM_NOTIFY_URL.

    \b
    pressroom worker --log-format json --metrics-port 9090
    """
    from pressroom.service.watch import Address, Watch  # noqa: PLC0415  # loads SQLAlchemy and aiohttp

    settings = face.settings()
    _require_alone(settings)
    watch = Watch(
        settings=settings,
        clock=face.around.clock,
        environ=without_secrets(face.around.environ),
        mask=face.console.mask,
        metrics_at=None if metrics_port is None else Address(metrics_host, metrics_port),
    )
    style: LogFormat = log_format or ("json" if face.console.is_json else "text")
    with logging_by(_StderrHandler(), style, face.console.mask, level=_level(face)):
        async with watch.beside() as metrics_url:
            await _work(face, settings, watch, metrics_url)


async def _work(face: Face, settings: Settings, watch: "Watch", metrics_url: str | None) -> None:
    """Work until told to stop."""
    from pressroom.service.worker import Worker, crash_point_of  # noqa: PLC0415  # loads decoders and servers

    working = Worker(
        settings=settings,
        clock=face.around.clock,
        policy=face.around.policy,
        own=face.account() if face.around.environ.get("INSTAGRAM_ACCESS_TOKEN", "").strip() else None,
        on_driving=_starter(face, settings, watch, metrics_url),
        on_saved=watch.saved,
        on_exchange=watch.called,
        crash_point=crash_point_of(face.around.environ),
    )
    try:
        await working.run()
    except asyncio.CancelledError:
        log.info("Stopped.")


def _starter(face: Face, settings: Settings, watch: "Watch", metrics_url: str | None) -> Callable[[], None]:
    from pressroom.store.location import locate  # noqa: PLC0415  # loads SQLAlchemy

    where = str(locate(settings.store))

    def start() -> None:
        watch.is_driving = True
        if face.console.is_json:
            face.console.json({"pid": os.getpid(), "store": where, "metrics_url": metrics_url})
        metrics = f" Metrics: {metrics_url}/metrics." if metrics_url else ""
        log.info("Working on %s. Ctrl-C stops.%s", where, metrics)

    return start


def _level(face: Face) -> int:
    if logging.getLogger("pressroom").isEnabledFor(logging.DEBUG):  # --verbose
        return logging.DEBUG
    return logging.WARNING if face.console.is_quiet else logging.INFO


class _StderrHandler(logging.Handler):
    """Writes a line at once; a reader that has gone away stops no worker."""

    def emit(self, record: logging.LogRecord) -> None:
        write(sys.stderr, self.format(record))


def _require_alone(settings: Settings) -> None:
    from pressroom.store.location import locate  # noqa: PLC0415  # loads SQLAlchemy

    pid = driver_lock(settings).holder() if locate(settings.store).is_sqlite else None
    if pid is not None:
        raise AnotherWorker(
            f"Process {pid} works on this store already.",
            fix="Leave the work to it, or stop it first.",
        )
