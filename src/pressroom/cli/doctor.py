"""`pressroom doctor`: finds what is wrong before Instagram does."""

import click

from pressroom.cli.doctor_page import explanation, page
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.exit_codes import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.progress import tracker
from pressroom.core.errors import NotFound
from pressroom.graph.traps import recognised
from pressroom.service.doctor.examining import Finding, Report
from pressroom.service.shapes.doctor import DoctorShape, TrapShape


@click.command(cls=Command)
@click.option("--account", metavar="NAME", help="Look at a stored account.")
@click.option("--all", "every", is_flag=True, help="Look at every account, and the environment's.")
@click.option("--repair", is_flag=True, help="Close files to others, and upgrade the store's file, first.")
@click.option("--explain", "text", metavar="TEXT", help="Say what a message of Meta's means.")
@click.pass_obj
async def doctor(
    invocation: Invocation, account: str | None, text: str | None, *, every: bool, repair: bool
) -> ExitCode | None:
    r"""Find what is wrong before Instagram does: machine, store, account, hosting, webhooks, programs.

    It only reads: a few calls to Instagram an account, none of which changes anything. Ends with 1 when
    something does not work until somebody acts.

    \b
    pressroom doctor
    pressroom doctor --account ana --repair
    pressroom doctor --explain "Insufficient Developer Role"
    """
    if text is not None:
        if account or every or repair:
            raise click.UsageError("--explain stands alone: it looks at a text, and at no account.")
        _explain(invocation, text)
        return None
    if account and every:
        raise click.UsageError("Give --account or --all, not both.")
    report = await _examined(invocation, account, every=every, repair=repair)
    if invocation.console.is_json:
        invocation.console.json(DoctorShape.of(report))
    else:
        invocation.console.styled(page(DoctorShape.of(report), invocation.console.width))
    return ExitCode.FAILED if report.has_failed else None


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
    if invocation.console.is_json:
        invocation.console.json(TrapShape.of(trap))
    else:
        invocation.console.styled(explanation(TrapShape.of(trap), invocation.console.width))
