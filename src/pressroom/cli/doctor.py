"""`pressroom doctor`: finds what is wrong before Instagram does."""

from pathlib import Path

import click
from click.core import ParameterSource

from pressroom.cli.doctor_page import explanation, page
from pressroom.cli.probing import ProbeWishes, probe
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.exit_codes import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.progress import tracker
from pressroom.core.errors import NotFound
from pressroom.graph.traps import recognised
from pressroom.service.doctor.examining import Finding, Report
from pressroom.service.doctor.probes.prober import Level
from pressroom.service.shapes.doctor import DoctorShape, TrapShape

FILE = click.Path(dir_okay=False, path_type=Path)
_OF_PROBES = frozenset({"consent", "image_url", "facts", "overwrite"})


@click.command(cls=Command)
@click.option("--account", metavar="NAME", help="Look at a stored account.")
@click.option("--all", "every", is_flag=True, help="Look at every account, and the environment's.")
@click.option("--repair", is_flag=True, help="Close files to others, and upgrade the store's file, first.")
@click.option("--explain", "text", metavar="TEXT", help="Say what a message of Meta's means.")
@click.option("--probe", "probes", is_flag=True, help="Ask the API what nobody knows of it, with consent.")
@click.option(
    "--consent", type=click.Choice([one.value for one in Level]), help="Of --probe: asked for at a terminal."
)
@click.option("--probe-image", "image_url", metavar="URL", help="Of --probe: a picture Instagram can fetch.")
@click.option("--facts", type=FILE, default=Path("pressroom-facts.json"), help="Of --probe: file to write.")
@click.option("--overwrite", is_flag=True, help="Of --probe: replace a file that is there.")
@click.pass_context
async def doctor(
    context: click.Context,
    *,
    account: str | None,
    text: str | None,
    every: bool,
    repair: bool,
    probes: bool,
    consent: str | None,
    image_url: str | None,
    facts: Path,
    overwrite: bool,
) -> ExitCode | None:
    r"""Find what is wrong before Instagram does: machine, store, account, hosting, webhooks, programs.

    It only reads: a few calls to Instagram an account, none of which changes anything. Ends with 1 when
    something does not work until somebody acts. With --probe it asks instead what nobody knows of the API,
    and says first what that costs.

    \b
    pressroom doctor
    pressroom doctor --account ana --repair
    pressroom doctor --explain "Insufficient Developer Role"
    pressroom doctor --probe
    """
    invocation: Invocation = context.obj
    _check(context)
    if probes:
        await probe(
            invocation,
            ProbeWishes(
                account=account,
                consent=Level(consent) if consent else None,
                image_url=image_url,
                facts=facts,
                overwrite=overwrite,
            ),
        )
        return None
    if text is not None:
        _explain(invocation, text)
        return None
    report = await _examined(invocation, account, every=every, repair=repair)
    console, shape = invocation.console, DoctorShape.of(report)
    console.answer(shape, lambda: console.styled(page(shape, console.width)))
    return ExitCode.FAILED if report.has_failed else None


def _check(context: click.Context) -> None:
    """Raise UsageError for options that do not go together."""
    source = context.get_parameter_source
    given = {name for name in context.params if source(name) is not ParameterSource.DEFAULT}
    if "text" in given and given - {"text"}:
        raise click.UsageError("--explain stands alone: it looks at a text, and at no account.")
    if {"account", "every"} <= given:
        raise click.UsageError("Give --account or --all, not both.")
    if "probes" in given and given & {"every", "repair"}:
        raise click.UsageError("--probe asks with one account, and goes neither with --all nor --repair.")
    if "probes" not in given and given & _OF_PROBES:
        raise click.UsageError("--consent, --probe-image, --facts and --overwrite are options of --probe.")


async def _examined(invocation: Invocation, account: str | None, *, every: bool, repair: bool) -> Report:
    """Have the doctor look, and show on a terminal how far it is."""
    if not invocation.console.can_draw:
        async with invocation.session() as pressroom:
            return await pressroom.accounts.doctor(account=account, every=every, repairs=repair)
    with tracker(invocation.console) as tracked:

        def show(finding: Finding) -> None:
            tracked.busy(f"{finding.group.heading}: {finding.name}")

        tracked.busy("Looking")
        async with invocation.session() as pressroom:
            return await pressroom.accounts.doctor(
                account=account, every=every, repairs=repair, on_finding=show
            )


def _explain(invocation: Invocation, text: str) -> None:
    trap = recognised(text)
    if trap is None:
        raise NotFound(
            "No known trap has these words.",
            fix="Give the sentence as Meta's page or answer has it, in English; more of it, if it was cut.",
        )
    console, shape = invocation.console, TrapShape.of(trap)
    console.answer(shape, lambda: console.styled(explanation(shape, console.width)))
