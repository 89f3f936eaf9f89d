"""`pressroom doctor`: finds what is wrong before Instagram does, and writes it for people.

`page` lays a report out: groups with a line for each check, and below it what is not in order. `--probe` is
in `probing`.
"""

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import click
from click.core import ParameterSource

from pressroom.cli.probing import ProbeWishes, probe
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.console import Console, Line, folded
from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.terminal import tracker
from pressroom.core.errors import NotFound
from pressroom.core.settings import split_readable
from pressroom.graph.sentences import closest_to, meaning_of
from pressroom.service.doctor.findings import Finding, Report, Verdict
from pressroom.service.doctor.probes.probe import Level
from pressroom.service.shapes.doctor import DoctorShape, FindingShape, TrapShape

FILE = click.Path(dir_okay=False, path_type=Path)
_OF_PROBES = frozenset({"consent", "image_url", "facts", "overwrite"})


@click.command(cls=Command)
@click.option("--account", metavar="NAME", help="Look at a stored account.")
@click.option("--all", "every", is_flag=True, help="Look at every account, and the environment's.")
@click.option("--repair", is_flag=True, help="Close files to others, and upgrade the store's file, first.")
@click.option("--explain", "text", metavar="TEXT", help="Say what a message or number of Meta's means.")
@click.argument("words", nargs=-1, metavar="")
@click.option("--probe", "probes", is_flag=True, help="Ask the API what nobody knows of it, with consent.")
@click.option(
    "--consent",
    type=click.Choice([level.value for level in Level]),
    help="Of --probe: asked for at a terminal.",
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
    words: tuple[str, ...],
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
    something does not work until somebody acts, and with 4 when signing in again is all that it takes. With
    --probe it asks instead what nobody knows of the API, and says first what that costs.

    \b
    pressroom doctor
    pressroom doctor --account ana --repair
    pressroom doctor --explain "Insufficient Developer Role"
    pressroom doctor --explain 190/463
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
    console = invocation.console
    if text is not None:
        _explain(console, " ".join((text, *words)))
        return None
    report = await _examine(invocation, account, every=every, repair=repair)
    shape = DoctorShape.of(report)
    console.answer(shape, lambda: console.styled(page(shape, console.width)))
    if report.is_cured_by_sign_in:
        return ExitCode.SIGN_IN
    # For cron: what only warns ends with 0.
    return ExitCode.FAILED if report.has_failed else None


def _check(context: click.Context) -> None:
    """Raise UsageError for options that do not go together."""
    source = context.get_parameter_source
    names = {name for name in context.params if source(name) is not ParameterSource.DEFAULT}
    # A sentence is pasted without quotes, too: what follows its first word belongs to it.
    if "text" not in names and context.params["words"]:
        raise click.UsageError(f"Got unexpected extra argument ({context.params['words'][0]})")
    names.discard("words")
    if "text" in names and names - {"text"}:
        raise click.UsageError("--explain stands alone: it looks at a text, and at no account.")
    if {"account", "every"} <= names:
        raise click.UsageError("Give --account or --all, not both.")
    if "probes" in names and names & {"every", "repair"}:
        raise click.UsageError("--probe asks with one account, and goes neither with --all nor --repair.")
    if "probes" not in names and names & _OF_PROBES:
        raise click.UsageError("--consent, --probe-image, --facts and --overwrite are options of --probe.")


def _explain(console: Console, text: str) -> None:
    """Say what a message of Meta's means. Raises NotFound for one that nobody knows."""
    meaning = meaning_of(text)
    if meaning is None:
        titles = "; ".join(f'"{trap.title}"' for trap in closest_to(text))
        near = f"Closest: {titles}. " if titles else ""
        raise NotFound(
            "No known trap or error has these words.",
            fix=f"{near}Give the sentence as Meta's page or answer has it, in English, or "
            "its numbers, such as 190/463. docs/reference/errors.md lists all of them.",
        )
    trap = TrapShape.of(meaning)
    reasons = _reasons(trap.cause, trap.consequence, trap.remedy, console.width, 2)
    lines: list[Line] = [[(trap.title, "bold")], *reasons]
    console.answer(trap, lambda: console.styled(lines))


async def _examine(invocation: Invocation, account: str | None, *, every: bool, repair: bool) -> Report:
    """Have the doctor look, and show on a terminal how far it is."""
    console = invocation.console
    with tracker(console) if console.can_draw else nullcontext() as tracked:

        def show(finding: Finding) -> None:
            if tracked:
                tracked.busy(f"{finding.group.heading}: {finding.name}")

        if tracked:
            tracked.busy("Looking")
        # A setting that cannot be read is a finding, and must not keep the rest from being looked at.
        readable, refused = split_readable(invocation.runtime.environ)
        examined = replace(invocation, runtime=replace(invocation.runtime, environ=readable))
        async with examined.session() as pressroom:
            return await pressroom.accounts.doctor(
                account=account, every=every, repairs=repair, refused=refused, on_finding=show
            )


# A mark says the same as its word, for eyes that run down the page; the words alone are enough.
_MARKS = {Verdict.OK: "✓", Verdict.WARN: "!", Verdict.FAIL: "✗", Verdict.UNKNOWN: "?"}
_PLAIN_MARKS = {**_MARKS, Verdict.OK: "+", Verdict.FAIL: "x"}
_STYLES = {
    Verdict.OK: "green",
    Verdict.WARN: "bold yellow",
    Verdict.FAIL: "bold red",
    Verdict.UNKNOWN: "cyan",
}
_WORD_CELLS = max(map(len, Verdict))
_NAME_CELLS = 17
# Indent, mark, blank, word, gap, name, gap.
_SEEN_AT = 2 + 1 + 1 + _WORD_CELLS + 2 + _NAME_CELLS + 2
_BELOW_AT = 6
_LABELS_CELLS = len("Because  ")
# Below so many cells what was seen goes on a line of its own.
_NARROW = 72


def page(report: DoctorShape, width: int | None) -> list[Line]:
    """Return the lines of a report. width: of the terminal; None leaves lines unbroken."""
    lines: list[Line] = [[(f"Repaired: {repair}", "")] for repair in report.repairs]
    accounts = {finding.account for finding in report.findings if finding.account}
    by_group = groupby(report.findings, lambda finding: (finding.group, finding.account))
    heading = None
    for (group, account), findings in by_group:
        before, heading = heading, group.heading
        if account and len(accounts) > 1:
            heading = f"{group.heading}: {account}"
        # Which accounts there are, and how the only one stands, is one group.
        if not (account and len(accounts) == 1 and heading == before):
            lines += [[("", "")], [(heading, "bold")]] if lines else [[(heading, "bold")]]
        for finding in findings:
            lines += _lines_of(finding, width)

    lead, counts = f"{len(report.findings)} checks:", Line()
    # Those with no finding, too: each verdict has its place in the line.
    for verdict in Verdict:
        count = report.counts.get(verdict, 0)
        style = _STYLES[verdict] if count else "dim"
        counts += [(", " if counts else " ", ""), (f"{count} {verdict.value}", style)]
    counts.append((".", ""))
    if width is not None and len(lead) + sum(len(text) for text, _ in counts) > width:
        return [*lines, [("", "")], [(lead, "")], [(" ", ""), *counts]]
    return [*lines, [("", "")], [(lead, ""), *counts]]


def _lines_of(finding: FindingShape, width: int | None) -> Iterator[Line]:
    mark = _MARKS[finding.verdict]
    try:
        mark.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        mark = _PLAIN_MARKS[finding.verdict]
    word = (f"{mark} {finding.verdict.value:<{_WORD_CELLS}}", _STYLES[finding.verdict])
    if width is not None and width < _NARROW:
        yield [("  ", ""), word, (f"  {finding.name}", "")]
        for text in _wrapped(finding.seen, width, _BELOW_AT):
            yield [(f"{' ' * _BELOW_AT}{text}", "")]
    else:
        first, *more = _wrapped(finding.seen, width, _SEEN_AT) or [""]
        yield [("  ", ""), word, (f"  {finding.name:<{_NAME_CELLS}}  ", ""), (first, "")]
        for text in more:
            yield [(f"{' ' * _SEEN_AT}{text}", "")]
    yield from _reasons(finding.cause, finding.consequence, finding.fix, width, _BELOW_AT)


def _reasons(
    cause: str | None, consequence: str | None, fix: str | None, width: int | None, at: int
) -> Iterator[Line]:
    """Write why something is not in order, what comes of it, and what helps."""
    for label, text in (("Because", cause), ("So", consequence), ("Do", fix)):
        if not text:
            continue
        lead = f"{' ' * at}{label:<{_LABELS_CELLS}}"
        for number, line in enumerate(_wrapped(text, width, len(lead))):
            yield [(lead, "dim"), (line, "")] if number == 0 else [(f"{' ' * len(lead)}{line}", "")]


def _wrapped(text: str, width: int | None, at: int) -> list[str]:
    """Break a text to what is left of the width, line by line: a fix may have several."""
    room = None if width is None else max(width - at - 1, 20)
    return folded(text, room).splitlines() or [""]
