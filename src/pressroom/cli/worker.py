"""`pressroom worker`: publishes due posts."""

import asyncio
import gc
import logging
import sys
from typing import Final

import click

from pressroom.cli.shell.command import Command
from pressroom.cli.shell.console import write
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.address import LOOPBACK
from pressroom.service.shapes.work import StartedShape
from pressroom.service.work.logs import LogFormat, logging_by
from pressroom.service.work.work import Started

log: Final = logging.getLogger("pressroom.worker")


class _Logging(Command):
    """Writes nothing to stderr but its log, which is read by machines."""

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
    invocation: Invocation, log_format: LogFormat | None, metrics_port: int | None, metrics_host: str
) -> None:
    r"""Publish what is due and keep tokens alive, until Ctrl-C, SIGTERM or SIGHUP.

    One worker drives a machine's store; a second one names its process and ends with 1. Any number of
    commands may plan posts at the same time. PRESSROOM_NOTIFY_COMMAND, PRESSROOM_NOTIFY_URL and
    PRESSROOM_NOTIFY_APPRISE are told when a person is needed.

    \b
    pressroom worker --log-format json --metrics-port 9464
    """
    from pressroom.service.work.watch import Address  # noqa: PLC0415  # loads aiohttp

    at = None if metrics_port is None else Address(metrics_host, metrics_port)
    style: LogFormat = log_format or ("json" if invocation.console.is_json else "text")

    def tell(started: Started) -> None:
        if invocation.console.is_json:
            invocation.console.json(StartedShape.of(started))

    _collect_garbage_in_quiet()
    async with invocation.session() as pressroom:
        with logging_by(_StderrHandler(), style, invocation.console.mask, level=_level(invocation)):
            try:
                await pressroom.work.run(metrics_at=at, on_started=tell, on_quiet=gc.collect)
            except asyncio.CancelledError:
                # A signal is how a worker ends well: exit code 0, so that no service manager calls it a
                # failure.
                log.info("Stopped.")


def _collect_garbage_in_quiet() -> None:
    # Looking for cycles as often as Python does by itself takes a fifth of the time in which many posts are
    # sent. Left at that, what errors and their tracebacks hold would stay for hours: hence `on_quiet`.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _level(invocation: Invocation) -> int:
    if logging.getLogger("pressroom").isEnabledFor(logging.DEBUG):  # --verbose
        return logging.DEBUG
    return logging.WARNING if invocation.console.is_quiet else logging.INFO


class _StderrHandler(logging.Handler):
    """Writes each line at once; a log reader that has gone away does not stop the worker."""

    def emit(self, record: logging.LogRecord) -> None:
        write(sys.stderr, self.format(record))
