"""`pressroom worker`: publishes what is due."""

import asyncio
import logging
import sys

import click

from pressroom.cli.shell.command import Command
from pressroom.cli.shell.console import write
from pressroom.cli.shell.invocation import Invocation
from pressroom.service.logs import LogFormat, logging_by
from pressroom.service.shapes.work import StartedShape
from pressroom.service.work import Started

log = logging.getLogger("pressroom.worker")
_LOOPBACK = "127.0.0.1"


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
    invocation: Invocation, log_format: LogFormat | None, metrics_port: int | None, metrics_host: str
) -> None:
    r"""Publish what is due and keep tokens alive, until Ctrl-C, SIGTERM or SIGHUP.

    One worker of a machine drives its store; a second one says who does, and ends with 1. Any number of
    commands may plan posts meanwhile. Who is told what needs a person: PRESSROOM_NOTIFY_COMMAND and
    PRESSROOM_NOTIFY_URL.

    \b
    pressroom worker --log-format json --metrics-port 9090
    """
    from pressroom.service.watch import Address  # noqa: PLC0415  # loads aiohttp

    at = None if metrics_port is None else Address(metrics_host, metrics_port)
    style: LogFormat = log_format or ("json" if invocation.console.is_json else "text")

    def tell(started: Started) -> None:
        if invocation.console.is_json:
            invocation.console.json(StartedShape.of(started))

    async with invocation.session() as pressroom:
        with logging_by(_StderrHandler(), style, invocation.console.mask, level=_level(invocation)):
            try:
                await pressroom.work.run(metrics_at=at, on_started=tell)
            except asyncio.CancelledError:
                log.info("Stopped.")


def _level(invocation: Invocation) -> int:
    if logging.getLogger("pressroom").isEnabledFor(logging.DEBUG):  # --verbose
        return logging.DEBUG
    return logging.WARNING if invocation.console.is_quiet else logging.INFO


class _StderrHandler(logging.Handler):
    """Writes a line at once; a reader that has gone away stops no worker."""

    def emit(self, record: logging.LogRecord) -> None:
        write(sys.stderr, self.format(record))
