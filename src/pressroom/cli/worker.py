"""`pressroom worker`: publishes what is due, until it is stopped."""

import asyncio
import gc
import logging
import sys
from typing import TYPE_CHECKING, Final

import click

from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.console import write
from pressroom.core.address import LOOPBACK

if TYPE_CHECKING:
    from pressroom.service.work.shapes import LogFormat
    from pressroom.service.work.work import Started

_log: Final = logging.getLogger("pressroom.worker")


class _Logging(Command):
    """A command that writes nothing to stderr but its log, which is read by machines."""

    stopping: str | None = None


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
@click.option("--metrics-host", default=LOOPBACK, show_default=True, help="Address they are served at.")
@click.pass_obj
async def worker(
    invocation: Invocation, log_format: "LogFormat | None", metrics_port: int | None, metrics_host: str
) -> None:
    r"""Publish what is due and keep tokens alive, until Ctrl-C, SIGTERM or SIGHUP.

    One worker drives a machine's store; a second one names its process and ends with 1. Any number of
    commands may plan posts at the same time. PRESSROOM_NOTIFY_COMMAND, PRESSROOM_NOTIFY_URL and
    PRESSROOM_NOTIFY_APPRISE are told when a person is needed.

    \b
    pressroom worker --log-format json --metrics-port 9464
    """
    from pressroom.service.shapes.work import StartedShape  # noqa: PLC0415  # loads the publisher
    from pressroom.service.work.shapes import logging_by  # noqa: PLC0415  # the same

    console = invocation.console
    metrics_at = None if metrics_port is None else (metrics_host, metrics_port)
    style: LogFormat = log_format or ("json" if console.is_json else "text")
    level = logging.WARNING if console.is_quiet else logging.INFO
    if logging.getLogger("pressroom").isEnabledFor(logging.DEBUG):  # --verbose
        level = logging.DEBUG

    def tell(started: "Started") -> None:
        if console.is_json:
            console.json(StartedShape.of(started))

    # Looking for cycles as often as Python does by itself takes a fifth of the time in which many posts are
    # sent. Left at that, what errors and their tracebacks hold would stay for hours: hence `on_quiet`.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    async with invocation.session() as pressroom:
        with logging_by(StderrHandler(), style, console.mask, level=level):
            try:
                await pressroom.work.run(metrics_at=metrics_at, on_started=tell, on_quiet=gc.collect)
            except asyncio.CancelledError:
                # A signal is how a worker ends well: exit code 0, so that no service manager calls it a
                # failure.
                _log.info("Stopped.")


class StderrHandler(logging.Handler):
    """Writes each line at once; a log reader that has gone away does not stop the page or the worker."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        write(sys.stderr, self.format(record))
