"""`pressroom serve`: the page on which people decide, and on its port what programs reach by a key.

`pressroom serve link` signs a person in to the page, and `serve signout` everybody out of it. With `--worker`
due posts are published inside.
"""

import asyncio
import logging
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from pressroom.cli.shapes import ServedPagesShape, SignedOutOfPagesShape
from pressroom.cli.shell.command import Command, Group, Invocation
from pressroom.cli.shell.listening import listening, origins_of, reach_of
from pressroom.cli.shell.terminal import has_browser, open_in_browser
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.address import LOOPBACK
from pressroom.core.errors import NeedsApproval
from pressroom.core.installation import program_in_shell
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.settings import HOME

if TYPE_CHECKING:
    from pressroom.service.consent.pages import SignInLink

USUAL_PORT: Final = 8484
# The name of the command that `serve` itself is.
_PAGE: Final = "serve"


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
            # Without a name of its own: people call it `serve`, and not `serve serve`.
            return "", self.by_itself, args[1:]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """What the command line says of a server."""

    host: str
    port: int
    base_url: str | None
    proxies: tuple[str, ...]
    origins: tuple[str, ...]
    folders: tuple[Path, ...]
    works: bool
    is_opened: bool


@click.command(_PAGE, cls=Command)
@click.option("--host", default=LOOPBACK, show_default=True, help="Address of this machine to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=USUAL_PORT,
    show_default=True,
    help="Port to listen on; 0 takes any.",
)
@click.option("--base-url", metavar="URL", help="The https address at which a proxy leads here.")
@click.option(
    "--trusted-proxy",
    "proxies",
    multiple=True,
    metavar="NETWORK",
    help="Address or network that the proxy asks from; may be repeated.",
)
@click.option(
    "--cors-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Site whose pages may use the API by a key; may be repeated. Without it none.",
)
@click.option(
    "--allow",
    "folders",
    multiple=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder whose files agents may use; may be repeated. Without it only addresses.",
)
@click.option("--worker", "works", is_flag=True, help="Publish what is due, too, as `pressroom worker` does.")
@click.option("--open", "is_opened", is_flag=True, help="Open it in the browser; one click signs you in.")
@click.pass_obj
async def page(invocation: Invocation, **options: object) -> None:
    r"""Serve the page on which people decide what programs proposed, until Ctrl-C.

    At a terminal it prints a sign-in link, which works once and for ten minutes. `pressroom serve link`
    prints another one, and a signed-in page shows one for a phone. You stay signed in for twelve hours, or
    until `pressroom serve signout`. Programs with a key of `pressroom keys add` reach the HTTP API at
    /api/v1, and agents /mcp. Only this machine reaches all that, unless a proxy with https leads here.

    \b
    pressroom serve
    pressroom serve --worker --open
    pressroom serve --base-url https://press.example.com --trusted-proxy 127.0.0.1
    """
    await _serve(invocation, _Options(**options))  # pyright: ignore[reportArgumentType]  # as click read them


async def _serve(invocation: Invocation, options: _Options) -> None:
    from pressroom.cli.keyed import PACES, opened_to_programs  # noqa: PLC0415  # loads a server
    from pressroom.service.consent.gate import owner  # noqa: PLC0415  # loads the publisher
    from pressroom.serving.limits import Limits  # noqa: PLC0415  # the same
    from pressroom.serving.reach import Reach  # noqa: PLC0415  # the same
    from pressroom.serving.sockets import address_of  # noqa: PLC0415  # the same
    from pressroom.web.app import serving  # noqa: PLC0415  # the same

    reach, origins = reach_of(options.base_url, options.proxies), origins_of(options.origins)
    # A person, even where the store takes whoever has no terminal for a program: nobody acts in this session
    # but who signed in, by a link that a person was given at a terminal. Docs: decisions/0025.
    person = Actor(ActorKind.PERSON, owner())
    async with invocation.session(actor=person, works=options.works) as pressroom:
        pressroom.pages.require_none()
        is_behind_proxy = reach is not None and bool(reach.proxies)
        with (
            listening(options.host, options.port, is_behind_proxy=is_behind_proxy) as listener,
            _logging(invocation, works=options.works),
        ):
            reach = reach or Reach(address_of(listener))
            environ = invocation.runtime.environ
            command = sign_in_command(environ, pressroom.settings.home if environ.get(HOME.name) else None)
            limits = replace(Limits.of(pressroom.settings), routes=PACES)
            try:
                async with (
                    opened_to_programs(
                        invocation, pressroom, reach=reach, origins=origins, folders=options.folders
                    ) as keyed,
                    serving(
                        pressroom,
                        listener,
                        clock=invocation.runtime.clock,
                        reach=reach,
                        keyed=keyed,
                        limits=limits,
                        **({} if is_behind_proxy else {"sign_in_command": command}),
                    ) as address,
                ):
                    await _tell(invocation, address, options, command)
                    await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                # A signal is how it ends well.
                invocation.console.note(
                    "The page is gone. Whoever was signed in is so still when it is back."
                )


def _logging(invocation: Invocation, *, works: bool) -> AbstractContextManager[None]:
    """Log as `pressroom worker` does, where one runs inside."""
    if not works or invocation.console.is_quiet:
        return nullcontext()
    from pressroom.cli.worker import StderrHandler  # noqa: PLC0415  # where a worker runs alone
    from pressroom.service.work.shapes import logging_by  # noqa: PLC0415  # the same

    style = "json" if invocation.console.is_json else "text"
    return logging_by(StderrHandler(), style, invocation.console.mask, level=logging.INFO)


@serve.command()
@click.pass_obj
async def link(invocation: Invocation) -> None:
    """Print a link that signs you in to the page that runs, once and within ten minutes; at a terminal alone.

    It goes to no pipe, no file and no program: whoever has it can approve.
    """
    if not is_for_a_person(invocation):
        raise NeedsApproval(
            "A link that signs in is shown to a person at a terminal alone.",
            fix=Fix.of(
                "Run {} in a terminal, without a pipe and without `--json`.",
                Remedy(RemedyKind.SIGN_IN_TO_PAGE),
            ),
        )
    async with invocation.session() as pressroom:
        show_link(invocation, await pressroom.pages.link())


@serve.command()
@click.pass_obj
async def signout(invocation: Invocation) -> None:
    """Sign everybody out of the page, at once, and let nobody in by a link that waits."""
    async with invocation.session() as pressroom:
        count = await pressroom.pages.sign_out_all()
    browsers = "1 browser was" if count == 1 else f"{count} browsers were"
    invocation.console.answer(
        SignedOutOfPagesShape(signed_out=count), f"{browsers} signed out. Links that were not used are void."
    )


async def _tell(invocation: Invocation, address: str, options: _Options, command: str) -> None:
    """Say where all is, and sign the person in who started it, where a person did at a terminal."""
    from pressroom.cli.keyed import API, MCP, has_mcp  # noqa: PLC0415  # loads a server

    console, mcp = invocation.console, f"{address}{MCP}" if has_mcp() else None
    if console.is_json:
        shape = ServedPagesShape(
            url=address, api=f"{address}{API}", mcp=mcp, pid=os.getpid(), worker=options.works
        )
        console.json(shape)
        return
    console.data(f"The pages answer at {address}/. Ctrl-C ends them.")
    agents = f", agents {mcp}" if mcp else ""
    console.note(f"Programs with a key reach {address}{API}{agents}.")
    how = f"To sign in, run `{command}` in a terminal."
    link: SignInLink | None = None
    if is_for_a_person(invocation):
        # A session that acts as whoever started this does: that of the page is a person's in any case.
        with suppress(NeedsApproval):
            async with invocation.session() as pressroom:
                link = await pressroom.pages.link()
    if link is None:
        console.note(how)
    elif options.is_opened and has_browser(invocation):
        open_in_browser(link.address)
        console.note(f"Your browser opens it. Elsewhere: {how}")
    else:
        show_link(invocation, link)


def sign_in_command(
    environ: Mapping[str, str], home: Path | None = None, *, ignored: Sequence[str] = ()
) -> str:
    """Return the shell command that prints a sign-in link. The command works from any directory.

    environ: the variables of the user's shell. home: the data directory; None is the user's default one.
    ignored: variables that the server did not read; the command must not read them either.
    """
    unset = [word for name in ignored if name in environ for word in ("-u", name)]
    variables = [f"PRESSROOM_HOME={shlex.quote(str(home))}"] if home else []
    prefix = ["env", *unset, *variables] if unset else variables
    return " ".join([*prefix, program_in_shell(environ.get("PATH")), "serve", "link"])


def is_for_a_person(invocation: Invocation) -> bool:
    """Tell whether what is written to stdout is read by a person at a terminal, and kept nowhere."""
    # stdout as well: `is_attended` lets it be redirected, and a link would stand in a file then.
    is_shown = not sys.stdout.closed and sys.stdout.isatty()
    return is_shown and not invocation.console.is_json and invocation.runtime.is_attended()


def show_link(invocation: Invocation, link: "SignInLink") -> None:
    """Write a link that signs in, for whoever reads it at the terminal."""
    invocation.console.data("Sign in with this link, once and within ten minutes:")
    # Not masked, as all else is: it is for the person who reads it.
    invocation.console.content(f"  {link.address}")
