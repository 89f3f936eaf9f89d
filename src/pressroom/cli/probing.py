"""`pressroom doctor --probe`: asks for consent, asks the API, and writes what it answered.

A person is asked for consent to one `Level` at a time. `page` lays the report out: a line for each question,
the facts, and what was left behind.
"""

import asyncio
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click
import msgspec

from pressroom.cli.shell.command import Invocation
from pressroom.cli.shell.console import Line, write
from pressroom.cli.shell.failures import Interrupted
from pressroom.cli.shell.terminal import asked, confirmed, tracker
from pressroom.service import Pressroom
from pressroom.service.doctor.probes.desk import MadeKind
from pressroom.service.doctor.probes.probe import Level, Outcome, ProbeReport
from pressroom.service.doctor.probes.table import PROBES
from pressroom.service.ground.output import require_unused, write_private
from pressroom.service.shapes.probes import ProbedShape

_WORDS = {
    Level.READS: "Only reads. Nothing changes.",
    Level.VANISHES: "What vanishes by itself: containers that are never published, and one story that "
    "followers see, until it is deleted or 24 hours are over. A second story may appear: that is one of the "
    "questions. The token is renewed and kept, and copies of it elsewhere may end.",
    Level.POST: "One post, which stays until it is deleted, with a comment that is deleted at once.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeWishes:
    """The options of `--probe`. consent: None asks for it. facts: the file to write."""

    account: str | None
    consent: Level | None
    image_url: str | None
    facts: Path
    overwrite: bool


async def probe(invocation: Invocation, wishes: ProbeWishes) -> None:
    """Ask the API what a person consents to. Raises UsageError off a terminal without a consent."""
    if wishes.consent is None and not invocation.runtime.is_attended():
        raise click.UsageError("Off a terminal --probe needs --consent reads, vanishes or post.")
    require_unused(wishes.facts, overwrite=wishes.overwrite)
    console, reports = invocation.console, list[ProbeReport]()
    async with invocation.session() as pressroom:
        level = wishes.consent or await _consent(invocation, pressroom, wishes.account)
        if level is None:
            console.note("Nothing was asked.")
            return
        try:
            with tracker(console) as tracked:
                await pressroom.accounts.probe(
                    level=level,
                    account=wishes.account,
                    image_url=wishes.image_url,
                    on_question=lambda probe: tracked.busy(probe.question),
                    on_answer=reports.append,
                )
        except asyncio.CancelledError:
            if not reports:
                raise
            _write(invocation, wishes.facts, reports[-1])
            # The error names what was made: nobody else knows it, and an error is printed in any case.
            kept = f"Interrupted: what was answered until then stands in {wishes.facts}."
            raise Interrupted(" ".join([kept, *made_lines(reports[-1])])) from None
        report = reports[-1]
        _write(invocation, wishes.facts, report)
        if not console.is_json:
            console.styled(page(report, console.width))
            return
        console.json(ProbedShape.of(report))
        for line in made_lines(report):
            console.note(line)


async def _consent(invocation: Invocation, pressroom: Pressroom, account: str | None) -> Level | None:
    """Say what each level does and costs, and ask for one after the other; None where a person wants none."""
    console = invocation.console
    if account is not None:
        lines = [f"Questions to the API as {account}, which nobody knows the answers to."]
    else:
        acting = await pressroom.accounts.acting()
        host = urlsplit(acting.api_base).netloc
        way = f"{acting.login_type.label} on {host}"
        lines = [f"Questions to the API that nobody knows the answers to, as {acting.user_id} by {way}."]
    consent = None
    for level in Level:
        lines += ["", f"{level.value}: {_WORDS[level]}"]
        for probe in PROBES:
            if probe.level is level:
                lines.append(f"  {probe.name}: {probe.question} Costs {probe.cost}.")
        # Said however quiet the command is: nobody consents to what they were not told.
        for line in lines:
            write(sys.stderr, console.mask(line))
        lines = []
        # Reading changes nothing: there alone Enter is a yes.
        if level is Level.READS:
            answer = await asked(console, f"Consent to {level.value}? [Y/n]")
            agrees = answer.lower() in ("", "y", "yes")
        else:
            agrees = await confirmed(console, f"Consent to {level.value}?")
        if not agrees:
            break
        consent = level
    return consent


def _write(invocation: Invocation, path: Path, report: ProbeReport) -> None:
    text = msgspec.json.format(msgspec.json.encode(ProbedShape.of(report)), indent=2)
    write_private(path, text + b"\n")
    invocation.console.note(f"The facts stand in {path}, without ids and names.")


_STYLES = {Outcome.ANSWERED: "green", Outcome.SKIPPED: "dim", Outcome.FAILED: "bold yellow"}
_OUTCOME_CELLS = max(map(len, Outcome))
_NAME_CELLS = 15
# Indent, outcome, gap, name, gap.
_TEXT_AT = 2 + _OUTCOME_CELLS + 2 + _NAME_CELLS + 2
_NARROW = 72
_BELOW_AT = 6
_ENDS = {
    MadeKind.CONTAINER: "never published, gone within a day",
    MadeKind.STORY: "gone after 24 hours, or delete it in Instagram",
    MadeKind.POST: "it stays until you delete it in Instagram",
    MadeKind.COMMENT: "it stays until you delete it in Instagram",
}


def page(report: ProbeReport, width: int | None) -> list[Line]:
    """Return the lines of a report. width: of the terminal; None leaves lines unbroken."""
    is_narrow, lines = width is not None and width < _NARROW, list[Line]()
    for answer in report.answers:
        head: Line = [
            ("  ", ""),
            (f"{answer.outcome.value:<{_OUTCOME_CELLS}}", _STYLES[answer.outcome]),
            (f"  {answer.probe.name:<{_NAME_CELLS}}", ""),
        ]
        at, texts = _BELOW_AT if is_narrow else _TEXT_AT, [answer.text]
        if width is not None:
            texts = textwrap.wrap(answer.text, max(width - at - 1, 20), break_long_words=False) or [""]
        if not is_narrow:
            head.append((f"  {texts.pop(0)}", ""))
        lines += [head, *([(f"{' ' * at}{text}", "")] for text in texts)]
    counts = ", ".join(f"{count} {outcome.value}" for outcome, count in report.counts.items())
    lines += [[("", "")], [(f"{len(report.answers)} questions: {counts}.", "")]]
    lines += [[(f"  {name} = {value}", "")] for name, value in report.facts.items()]
    return [*lines, *([(line, "")] for line in made_lines(report))]


def made_lines(report: ProbeReport) -> list[str]:
    """Say what was made and is still there, by its ids: no file names them."""
    left = [item for item in report.made if not item.is_deleted]
    lines = list[str]()
    for kind, end in _ENDS.items():
        ids = [item.id for item in left if item.kind is kind and item.id]
        if ids:
            lines.append(f"Made {kind.value} {', '.join(ids)}: {end}.")
        if any(item.id is None for item in left if item.kind is kind):
            lines.append(
                f"A {kind.value} may be there whose id nobody knows, since its answer was lost: {end}."
            )
    return lines
