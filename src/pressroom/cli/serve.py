"""The commands that run until Ctrl-C: `pressroom serve`, the page on which people decide, and `worker`.

`pressroom serve link` signs a person in to the page. A worker publishes due posts; the page has one inside
with `--worker`.
"""

import asyncio
import gc
import logging
import os
import sys
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from pressroom.cli.shapes import ServedShape
from pressroom.cli.shell.command import Command, Group, Invocation
from pressroom.cli.shell.console import write
from pressroom.cli.shell.listening import listening
from pressroom.cli.shell.terminal import has_browser, open_in_browser
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.address import LOOPBACK
from pressroom.core.errors import NeedsApproval
from pressroom.core.remedies import Fix, Remedy, RemedyKind, by_command

if TYPE_CHECKING:
    from pressroom.service.consent.pages import SignInLink
    from pressroom.service.work.shapes import LogFormat
    from pressroom.service.work.work import Started


USUAL_PORT: Final = 8484
# The name of the command that `serve` itself is.
_PAGE: Final = "serve"
_HOW: Final = f"To sign in, run {by_command(Remedy(RemedyKind.SIGN_IN_TO_PAGE))} in a terminal."


class _OrLink(Group):
    """A group that is a command of its own, with options, beside its commands."""

    @property
    def by_itself(self) -> click.Command:
        """The command that it is where no other is named."""
        return page

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands, or the options of the command that it is."""
        if incomplete.startswith("-"):
            return self.by_itself.shell_complete(ctx, incomplete)
        return super().shell_complete(ctx, incomplete)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take an option, or nothing, in the place of a command for the command that serves."""
        is_named = bool(args) and (not args[0].startswith("-") or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if is_named else [_PAGE, *args])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named."""
        if args[0] == _PAGE:
            return _PAGE, self.by_itself, args[1:]
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help of the command that serves, and then the others."""
        page.format_usage(ctx, formatter)
        page.format_help_text(ctx, formatter)
        page.format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


@click.group(cls=_OrLink)
def serve() -> None:
    """Serve the page on which people decide what programs proposed."""


@click.command(_PAGE, cls=Command)
@click.option("--host", default=LOOPBACK, show_default=True, help="Address of this machine to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=USUAL_PORT,
    show_default=True,
    help="Port to listen on; 0 takes any.",
)
@click.option("--worker", "works", is_flag=True, help="Publish what is due, too, as `pressroom worker` does.")
@click.option("--open", "is_opened", is_flag=True, help="Open it in the browser, signed in.")
@click.pass_obj
async def page(invocation: Invocation, *, host: str, port: int, works: bool, is_opened: bool) -> None:
    r"""Serve the page on which people decide what programs proposed, until Ctrl-C.

    At a terminal it prints a link that signs you in, once and within ten minutes; `pressroom serve link`
    makes another one. Only this machine reaches the page.

    \b
    pressroom serve
    pressroom serve --worker --open
    """
    from pressroom.service.consent.gate import owner  # noqa: PLC0415  # loads the publisher
    from pressroom.web.app import serving  # noqa: PLC0415  # loads a server

    # A person, even where the store takes whoever has no terminal for a program: nobody acts in this session
    # but who signed in, by a link that a person was given at a terminal. Docs: decisions/0025.
    person = Actor(ActorKind.PERSON, owner())
    async with invocation.session(actor=person, works=works) as pressroom:
        pressroom.pages.require_none()
        listener = listening(host, port)
        logs = nullcontext()
        if works and not invocation.console.is_quiet:
            # As `pressroom worker` does.
            from pressroom.service.work.shapes import logging_by  # noqa: PLC0415  # where a worker runs alone

            style = "json" if invocation.console.is_json else "text"
            logs = logging_by(_StderrHandler(), style, invocation.console.mask, level=logging.INFO)
        with logs:
            try:
                async with serving(pressroom, listener, clock=invocation.runtime.clock) as address:
                    await _tell(invocation, address, works=works, is_opened=is_opened)
                    await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                # A signal is how it ends well.
                invocation.console.note("The page is gone, and whoever was signed in is signed out.")


@serve.command()
@click.pass_obj
async def link(invocation: Invocation) -> None:
    """Print a link that signs you in to the page that runs, once and within ten minutes; at a terminal alone.

    It goes to no pipe, no file and no program: whoever has it can approve.
    """
    if not _is_for_a_person(invocation):
        raise NeedsApproval(
            "A link that signs in is shown to a person at a terminal alone.",
            fix=Fix.of(
                "Run {} in a terminal, without a pipe and without `--json`.",
                Remedy(RemedyKind.SIGN_IN_TO_PAGE),
            ),
        )
    async with invocation.session() as pressroom:
        _show(invocation, await pressroom.pages.link())


async def _tell(invocation: Invocation, address: str, *, works: bool, is_opened: bool) -> None:
    """Say where the page is, and sign the person in who started it, where a person did at a terminal."""
    console = invocation.console
    if console.is_json:
        console.json(ServedShape(url=address, pid=os.getpid(), worker=works))
        return
    console.data(f"The page answers at {address}/approvals. Ctrl-C ends it.")
    link: SignInLink | None = None
    if _is_for_a_person(invocation):
        # A session that acts as whoever started this does: that of the page is a person's in any case.
        with suppress(NeedsApproval):
            async with invocation.session() as pressroom:
                link = await pressroom.pages.link()
    if link is None:
        console.note(_HOW)
    elif is_opened and has_browser(invocation):
        open_in_browser(link.address)
        console.note(f"Your browser opens it. Elsewhere: {_HOW}")
    else:
        _show(invocation, link)


def _is_for_a_person(invocation: Invocation) -> bool:
    """Tell whether what is written to stdout is read by a person at a terminal, and kept nowhere."""
    # stdout as well: `is_attended` lets it be redirected, and a link would stand in a file then.
    is_shown = not sys.stdout.closed and sys.stdout.isatty()
    return is_shown and not invocation.console.is_json and invocation.runtime.is_attended()


def _show(invocation: Invocation, link: "SignInLink") -> None:
    invocation.console.data("Sign in with this link, once and within ten minutes:")
    # Not masked, as all else is: it is for the person who reads it.
    invocation.console.content(f"  {link.address}")


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
        with logging_by(_StderrHandler(), style, console.mask, level=level):
            try:
                await pressroom.work.run(metrics_at=metrics_at, on_started=tell, on_quiet=gc.collect)
            except asyncio.CancelledError:
                # A signal is how a worker ends well: exit code 0, so that no service manager calls it a
                # failure.
                _log.info("Stopped.")


class _StderrHandler(logging.Handler):
    """Writes each line at once; a log reader that has gone away does not stop the page or the worker."""

    def emit(self, record: logging.LogRecord) -> None:
        write(sys.stderr, self.format(record))
