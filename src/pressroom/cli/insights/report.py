"""`pressroom insights report`: a period as one page that people read."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from pressroom.cli.shell.command import Command
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import account_option
from pressroom.cli.shell.terminal import has_browser, open_in_browser, tracker
from pressroom.service.insights.report_facts import DEFAULT_NAME, Look, WrittenReport

if TYPE_CHECKING:
    from pressroom.service import Pressroom
    from pressroom.service.insights.report_facts import InsightsReport
    from pressroom.service.work.ways import Delivery


class _Wanted(NamedTuple):
    """What becomes of the report."""

    output: Path | None
    look: Look
    overwrite: bool
    is_written: bool
    is_sent: bool


@click.command(cls=Command)
@click.option("--period", default="month", show_default=True, help="month (the last), 7d, or FROM..TO.")
@click.option(
    "--output", type=click.Path(path_type=Path), help="The HTML file; by default named by its period."
)
@click.option("--overwrite", is_flag=True, help="Replace the file.")
@click.option("--open", "is_opened", is_flag=True, help="Open it in the browser.")
@click.option("--send", "is_sent", is_flag=True, help="Send it by every way that is set up for notices.")
@click.option(
    "--comment",
    "comments",
    multiple=True,
    metavar="ANSWER=TEXT",
    help="Your sentence to an answer: tried, happened, why, brought, next.",
)
@click.option("--name", help=f"Its head, by default {DEFAULT_NAME!r}.")
@click.option("--colour", metavar="#RRGGBB", help="The colour of its head and pictures.")
@click.option("--logo", type=click.Path(path_type=Path), help="A PNG, JPEG, WebP, GIF or SVG for its head.")
@click.option("--templates", type=click.Path(path_type=Path), help="A folder of your own templates.")
@account_option
@click.pass_obj
async def report(
    invocation: Invocation,
    *,
    period: str,
    output: Path | None,
    overwrite: bool,
    is_opened: bool,
    is_sent: bool,
    comments: tuple[str, ...],
    name: str | None,
    colour: str | None,
    logo: Path | None,
    templates: Path | None,
    account_name: str | None,
) -> None:
    r"""Write what was tried, what happened, why, what it brought and what next. Makes no call.

    One HTML file that asks nothing of anybody: pictures, a table under each, definitions; light, dark and in
    print. Changes are told from noise: against the period before, and against the 90 days before. With --json
    its data is printed, and a file is written only where --output, --open or --send want one. Takes
    `pip install 'pressroom[report]'`.

    \b
    pressroom insights report --period month --open
    pressroom insights report --period 2026-11-01..2026-11-14 --name 'North Studio' --colour '#00705c'
    pressroom insights report --period 7d --send --comment 'next=Two more reels from the harbour.'
    """
    is_written = not invocation.console.is_json or output is not None or is_opened or is_sent
    look = Look(name=name, colour=colour, logo=logo, templates=templates)
    wanted = _Wanted(output, look, overwrite, is_written, is_sent)
    said = dict(_comment(one) for one in comments)
    async with invocation.session(account_name) as pressroom:
        found, written, sent = await _made(invocation, pressroom, period, said, wanted)
    _say(invocation, found, written, sent)
    if written and is_opened:
        _open(invocation, written.file)


def _open(invocation: Invocation, file: Path) -> None:
    if has_browser(invocation):
        open_in_browser(file.as_uri(), is_waited_for=True)
    else:
        invocation.console.note("There is no browser to open it in here.")


def _comment(text: str) -> tuple[str, str]:
    name, sign, sentence = text.partition("=")
    if not sign:
        raise click.UsageError(f"--comment {text!r} is no ANSWER=TEXT, such as next='More reels.'")
    return name.strip(), sentence.strip()


async def _made(
    invocation: Invocation, pressroom: "Pressroom", period: str, comments: Mapping[str, str], wanted: _Wanted
) -> "tuple[InsightsReport, WrittenReport | None, tuple[Delivery, ...]]":
    """Make the report, and write and send it where that is wanted."""
    with tracker(invocation.console) as shown:
        shown.busy("Reading what is kept")
        found = await pressroom.insights.report(period, comments=comments)
        if not wanted.is_written:
            return found, None, ()
        shown.busy("Drawing")
        written = await pressroom.insights.write_report(
            found, wanted.output or _default(found), look=wanted.look, overwrite=wanted.overwrite
        )
        if not wanted.is_sent:
            return found, written, ()
        shown.busy("Sending")
        return found, written, await _sent(pressroom, found, written, wanted.look)


async def _sent(
    pressroom: "Pressroom", found: "InsightsReport", written: WrittenReport, look: Look
) -> "tuple[Delivery, ...]":
    from pressroom.service.insights.report_page import letter_of  # noqa: PLC0415  # where one is sent

    letter = letter_of(found, look.name or DEFAULT_NAME)
    return await pressroom.work.tell(letter.title, letter.text, html=letter.html, file=written.file)


def _default(found: "InsightsReport") -> Path:
    name = "".join(one if one.isalnum() or one in "-_" else "-" for one in found.username or found.account)
    return Path(f"report-{name}-{found.period.first}-{found.period.last}.html")


def _say(
    invocation: Invocation,
    found: "InsightsReport",
    written: WrittenReport | None,
    sent: "tuple[Delivery, ...]",
) -> None:
    from pressroom.service.shapes.report import InsightsReportShape  # noqa: PLC0415  # a report's alone
    from pressroom.service.work.ways import NotTold  # noqa: PLC0415  # where one is sent

    console = invocation.console
    if console.is_json:
        console.json(InsightsReportShape.of(found, file=str(written.file) if written else None, sent=sent))
    elif written:
        console.note(f"{found.title}: {written.size_bytes / 1000:,.0f} kB were written to {written.file}.")
    for one in sent:
        if one.problem:
            console.warn(f"{one.way}: {one.problem}")
        elif not console.is_json:
            console.note(f"Sent by {one.way}{'' if one.has_file else ', without the file itself'}.")
    if sent and all(one.problem for one in sent):
        raise NotTold(f"The report was written, and nobody took it: {written.file if written else ''}.")
