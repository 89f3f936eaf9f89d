"""`pressroom doctor --probe`: asks for consent, asks the API, and writes what it answered."""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click
import msgspec

from pressroom.cli.probing_page import made_lines, page
from pressroom.cli.shell.asking import asked, confirmed
from pressroom.cli.shell.console import write
from pressroom.cli.shell.failures import Interrupted
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.progress import tracker
from pressroom.service import Pressroom
from pressroom.service.doctor.probes.prober import PROBES, Level, Probe, ProbeReport
from pressroom.service.ground.output import require_unused, write_private
from pressroom.service.shapes.probes import ProbedShape

_SAID = {
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
    async with invocation.session() as pressroom:
        level = wishes.consent or await _consent(invocation, pressroom, wishes.account)
        if level is None:
            invocation.console.note("Nothing was asked.")
        else:
            await _probe(invocation, pressroom, wishes, level)


async def _consent(invocation: Invocation, pressroom: Pressroom, account: str | None) -> Level | None:
    """Say what each level does and costs, and ask for one after the other; None where a person wants none."""
    # Said however quiet the command is: nobody consents to what they were not told.
    lines = [await _whom(pressroom, account)]
    given = None
    for level in Level:
        for line in (*lines, *_said(level)):
            write(sys.stderr, invocation.console.mask(line))
        lines = []
        if not await _agrees(invocation, level):
            break
        given = level
    return given


async def _whom(pressroom: Pressroom, account: str | None) -> str:
    if account is not None:
        return f"Questions to the API as {account}, which nobody knows the answers to."
    acting = await pressroom.accounts.acting()
    host = urlsplit(acting.api_base).netloc
    return (
        f"Questions to the API that nobody knows the answers to, as {acting.user_id} by "
        f"{acting.login_type.label} on {host}."
    )


def _said(level: Level) -> Iterator[str]:
    yield ""
    yield f"{level.value}: {_SAID[level]}"
    for one in PROBES:
        if one.level is level:
            yield f"  {one.name}: {one.question} Costs {one.cost}."


async def _agrees(invocation: Invocation, level: Level) -> bool:
    if level is not Level.READS:
        return await confirmed(invocation.console, f"Consent to {level.value}?")
    answer = await asked(invocation.console, f"Consent to {level.value}? [Y/n]")
    return answer.lower() in ("", "y", "yes")


async def _probe(invocation: Invocation, pressroom: Pressroom, wishes: ProbeWishes, level: Level) -> None:
    so_far = list[ProbeReport]()
    try:
        with tracker(invocation.console) as tracked:

            def begin(one: Probe) -> None:
                tracked.busy(one.question)

            await pressroom.accounts.probe(
                level=level,
                account=wishes.account,
                image_url=wishes.image_url,
                on_question=begin,
                on_answer=so_far.append,
            )
    except asyncio.CancelledError:
        if not so_far:
            raise
        _write(invocation, wishes.facts, so_far[-1])
        # What was made is named in the error, which is told whatever else is not: nobody else knows of it.
        kept = f"Interrupted: what was answered until then stands in {wishes.facts}."
        raise Interrupted(" ".join([kept, *made_lines(so_far[-1])])) from None
    _write(invocation, wishes.facts, so_far[-1])
    _show(invocation, so_far[-1])


def _write(invocation: Invocation, path: Path, report: ProbeReport) -> None:
    text = msgspec.json.format(msgspec.json.encode(ProbedShape.of(report)), indent=2)
    write_private(path, text + b"\n")
    invocation.console.note(f"The facts stand in {path}, without ids and names.")


def _show(invocation: Invocation, report: ProbeReport) -> None:
    if invocation.console.is_json:
        invocation.console.json(ProbedShape.of(report))
        for line in made_lines(report):
            invocation.console.note(line)
    else:
        invocation.console.styled(page(report, invocation.console.width))
