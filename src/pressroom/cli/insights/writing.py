"""`pressroom insights report` and `export`: what is kept, as one page for people, or as tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Unpack
from zoneinfo import ZoneInfo

import click

from pressroom.cli.insights.telling import note_zone, zone_option
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.console import Console
from pressroom.cli.shell.parameters import (
    Excel,
    Since,
    When,
    csv_style,
    excel_options,
    moment,
)
from pressroom.cli.shell.terminal import has_browser, open_in_browser, tracker
from pressroom.core.remedies import Remedy, RemedyKind, by_command
from pressroom.service.ground.output import require_unused
from pressroom.service.insights.export import (
    FORMATS,
    LAYOUTS,
    OF_ALL_TABLES,
    TABLES,
    Format,
    LayoutName,
)
from pressroom.service.insights.report_facts import (
    DEFAULT_NAME,
    PDF,
    InsightsReport,
    Look,
    Paper,
    WrittenReport,
)
from pressroom.service.shapes.exported import InsightsExportedShape

if TYPE_CHECKING:
    from pressroom.service.insights.report_accounts import ReportOfAccounts
    from pressroom.service.work.ways import Delivery


@click.command(cls=Command)
@click.option("--period", default="month", show_default=True, help="month (the last), 7d, or FROM..TO.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="The file, .html or .pdf; by default named by its period.",
)
@click.option("--pdf", "is_pdf", is_flag=True, help="Write a PDF. Takes Chromium, Chrome or Edge.")
@click.option(
    "--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Of a PDF."
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
@click.option(
    "--top-by", metavar="METRIC", help="The metric of the five top posts, such as saved; else reach."
)
@click.option("--name", help=f"Its head, by default {DEFAULT_NAME!r}.")
@click.option("--colour", metavar="#RRGGBB", help="The colour of its head and pictures.")
@click.option("--logo", type=click.Path(path_type=Path), help="A PNG, JPEG, WebP, GIF or SVG for its head.")
@click.option("--templates", type=click.Path(path_type=Path), help="A folder of your own templates.")
@click.option("--language", metavar="CODE", help="Its language, such as de; else the account's.")
@zone_option
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="NAME",
    help="Stored account; several times to compare several. Else the environment's, else the default one.",
)
@click.pass_obj
async def report(
    invocation: Invocation,
    *,
    period: str,
    output: Path | None,
    is_pdf: bool,
    paper: Paper,
    overwrite: bool,
    is_opened: bool,
    is_sent: bool,
    comments: tuple[str, ...],
    top_by: str | None,
    name: str | None,
    colour: str | None,
    logo: Path | None,
    templates: Path | None,
    language: str | None,
    tz: str | None,
    accounts: tuple[str, ...],
) -> None:
    r"""Write what was tried, what happened, why, what it brought and what next. Makes no call.

    One HTML file that asks nothing of anybody: what a client reads, then notes with all numbers; light, dark
    and in print. Changes are told from noise: against the period before, and against the 90 days before. With
    --json its data is printed, and a file is written only where --output, --pdf, --open or --send want one.
    Takes the extra `report`.

    \b
    pressroom insights report --period month --open
    pressroom insights report --period 2026-11-01..2026-11-14 --name 'North Studio' --colour '#00705c'
    pressroom insights report --period 7d --send --comment 'next=Two more reels from the harbour.'
    pressroom insights report --account lofoten --account bergen --language de --pdf
    """
    # A program that asks for the data gets no file that nobody asked for.
    is_written = not invocation.console.is_json or output is not None or is_pdf or is_opened or is_sent
    _require_place(output, is_pdf=is_pdf, overwrite=overwrite)
    look = Look(name=name, colour=colour, logo=logo, templates=templates)
    # Before anything is read, which takes seconds.
    look.dress()
    sentences = _sentences(comments, accounts)
    written, sent = None, tuple["Delivery", ...]()
    async with invocation.session(accounts[0] if len(accounts) == 1 else None) as pressroom:
        if is_pdf or (output and output.suffix.lower() == PDF):
            pressroom.insights.require_pdf()
        insights = pressroom.insights.in_zone(tz)
        with tracker(invocation.console) as shown:
            shown.busy("Reading what is kept")
            if len(accounts) > 1:
                page = await insights.reports(period, accounts=accounts, language=language, top_by=top_by)
            else:
                page = await insights.report(period, comments=sentences, language=language, top_by=top_by)
            if is_written:
                shown.busy("Drawing")
                place = output or _usual_place(page, PDF if is_pdf else ".html")
                written = await pressroom.insights.write_report(
                    page, place, look=look, overwrite=overwrite, paper=paper
                )
            if written and is_sent:
                from pressroom.service.insights.report_page import letter_of  # noqa: PLC0415  # where one is sent

                shown.busy("Sending")
                letter = letter_of(page, look.name)
                sent = await pressroom.work.tell(
                    letter.title, letter.text, html=letter.html, file=written.file
                )
    _show_report(invocation, page, written, sent)
    if written and is_opened:
        if has_browser(invocation):
            open_in_browser(written.file.as_uri(), is_waited_for=True)
        else:
            invocation.console.note("There is no browser to open it in here.")


def _require_place(output: Path | None, *, is_pdf: bool, overwrite: bool) -> None:
    """Raise UsageError for a file that is neither a page nor a PDF, and Refused for one that is there."""
    if output is None:
        return
    if output.suffix.lower() not in (PDF, *(() if is_pdf else (".html", ".htm"))):
        form = PDF if is_pdf else f".html or {PDF}"
        raise click.UsageError(f"A report is a file that ends in {form}, and --output names {output}.")
    require_unused(output, overwrite=overwrite)


def _sentences(comments: Sequence[str], accounts: Sequence[str]) -> dict[str, str]:
    """Read `ANSWER=TEXT`, each. Raises UsageError, also where several accounts would share them."""
    if comments and len(accounts) > 1:
        raise click.UsageError("--comment belongs to one account, and several are named.")
    sentences = dict[str, str]()
    for comment in comments:
        answer, sign, sentence = comment.partition("=")
        if not sign:
            raise click.UsageError(f"--comment {comment!r} is no ANSWER=TEXT, such as next='More reels.'")
        sentences[answer.strip()] = sentence.strip()
    return sentences


def _usual_place(page: "InsightsReport | ReportOfAccounts", suffix: str) -> Path:
    if isinstance(page, InsightsReport):
        name, period = page.username or page.account, page.period
    else:
        name, period = f"{len(page.reports)}-accounts", page.reports[0].period
    # A name of an account may hold what no file's name can.
    safe = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)
    return Path(f"report-{safe}-{period.first}-{period.last}{suffix}")


def _show_report(
    invocation: Invocation,
    page: "InsightsReport | ReportOfAccounts",
    written: WrittenReport | None,
    sent: "tuple[Delivery, ...]",
) -> None:
    """Say what was written, and how each way took it. Raises NotTold where no way did."""
    from pressroom.service.shapes.report import (  # noqa: PLC0415  # a report's alone
        InsightsReportShape,
        ReportOfAccountsShape,
    )
    from pressroom.service.work.ways import NotTold  # noqa: PLC0415  # where one is sent

    console = invocation.console
    if console.is_json:
        file = str(written.file) if written else None
        if isinstance(page, InsightsReport):
            console.json(InsightsReportShape.of(page, file=file, sent=sent))
        else:
            console.json(ReportOfAccountsShape.of(page, file=file, sent=sent))
    elif written:
        for report in page.reports:
            console.note(f"{report.whose}: {report.headline}")
            _ask_for_notes(console, report)
        note_zone(invocation, is_assumed=any(report.is_zone_assumed for report in page.reports))
        console.note(f"{written.size_bytes / 1000:,.0f} kB were written to {written.file}.")
    for delivery in sent:
        if delivery.problem:
            console.warn(f"{delivery.way}: {delivery.problem}")
        elif not console.is_json:
            without = "" if delivery.has_file else ", without the file itself"
            console.note(f"Sent by {delivery.way}{without}.")
    # A report that cron sends has to fail where nobody got it, although its file is there.
    if sent and all(delivery.problem for delivery in sent):
        raise NotTold(f"The report was written, and nobody took it: {written.file if written else ''}.")


def _ask_for_notes(console: Console, report: InsightsReport) -> None:
    """Say how to note what is known of a metric that may be redefined, where nothing is noted yet."""
    # On the terminal alone: the report itself is often for a client.
    for suspected in report.suspected:
        if all(note.metric != suspected.metric for note in report.metric_notes):
            day = suspected.since.astimezone(ZoneInfo(report.timezone)).date()
            # Of several accounts each has its own notes.
            note = {
                "metric": suspected.metric,
                "text": "What changed",
                "day": str(day),
                "account": report.account,
            }
            add = by_command(Remedy(RemedyKind.ADD_METRIC_NOTE, note))
            console.note(f"If you know what Meta changed, note it for later reports: {add}.")


_OF_SUFFIX: Final[dict[str, Format]] = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
    ".duckdb": "duckdb",
}
# The names that `--table` takes, and what is in each, below the options of the help.
_TABLES: Final = "\b\nTables:\n" + "\n".join(f"  {name}: {', '.join(of)}" for name, of in TABLES.items())


@click.command(cls=Command, epilog=_TABLES)
@click.option("--format", "chosen", type=click.Choice(FORMATS), help="By default as --output ends, else csv.")
@click.option("--layout", type=click.Choice([*LAYOUTS]), default="native", show_default=True)
@click.option("--table", metavar="NAME", help="One table alone: a file, or stdout without --output.")
@click.option("--since", type=Since(), help="What was read in a span such as 7d, or since a date or today.")
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="NAME",
    help="Stored account, by its name or id; several times for several. By default all.",
)
@click.option("--output", type=click.Path(path_type=Path), help="The file or folder; - is stdout.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier export.")
@excel_options
@click.pass_obj
async def export(
    invocation: Invocation,
    *,
    chosen: Format | None,
    layout: LayoutName,
    table: str | None,
    since: When | None,
    accounts: tuple[str, ...],
    output: Path | None,
    overwrite: bool,
    **excel: Unpack[Excel],
) -> None:
    r"""Write what was collected as tables: CSV, JSON lines, xlsx, Parquet or DuckDB.

    It reads the store alone and makes no call. CSV, JSON and Parquet are a folder with a file for each table;
    xlsx is one workbook with a sheet for each, DuckDB one file. What Instagram did not give is empty or NULL,
    never 0. An interrupted export leaves nothing. Parquet and DuckDB need the extra report, xlsx the extra
    xlsx.

    \b
    pressroom insights export --output insights.xlsx
    pressroom insights export --format duckdb --output insights.duckdb
    pressroom insights export --layout fivetran --output instagram.duckdb
    pressroom insights export --table readings --since 30d > readings.csv
    """
    target, form = _place_of(chosen, output, table)
    style = csv_style(excel, invocation.runtime.environ, is_csv=form == "csv")
    # Both would go to stdout.
    if target is None and invocation.console.is_json:
        raise click.UsageError("--json says what was written: name a file by --output.")
    start = moment(since, invocation.runtime.clock.now())
    async with invocation.session() as pressroom:
        if target is None:
            assert form in ("csv", "json")
            texts = pressroom.insights.export_text(
                table or "", format=form, layout=layout, csv=style, since=start, accounts=accounts
            )
            async for text in texts:
                if text:
                    # Unmasked, as every table that is read back.
                    invocation.console.content(text.removesuffix("\n"))
            return
        with tracker(invocation.console) as shown:
            exported = await pressroom.insights.export(
                target,
                format=form,
                table=table,
                csv=style,
                overwrite=overwrite,
                on_read=lambda read, total: shown.busy("Exporting insights", read / total if total else None),
                layout=layout,
                since=start,
                accounts=accounts,
            )
    if invocation.console.is_json:
        invocation.console.json(InsightsExportedShape.of(exported))
        return
    for written in exported.tables:
        invocation.console.note(f"{written.name}: {written.rows:,} rows.")
    invocation.console.note(f"{exported.size_bytes / 1e6:.1f} MB were written to {exported.output}.")


def _place_of(chosen: Format | None, output: Path | None, table: str | None) -> tuple[Path | None, Format]:
    """Return where an export goes, None for stdout, and its format.

    Raises UsageError for what cannot go to stdout.
    """
    form: Format = chosen or (_OF_SUFFIX.get(output.suffix.lower()) if output else None) or "csv"
    # Workbooks, Parquet and DuckDB are no text.
    is_text = form in ("csv", "json")
    if output == Path("-") or (output is None and table and is_text):
        if not (table and is_text):
            raise click.UsageError("Only one table goes to stdout, as csv or json: name it by --table.")
        return None, form
    if output is None:
        suffix = f".{form}" if form in OF_ALL_TABLES or table else ""
        output = Path(f"pressroom-insights-{table}{suffix}" if table else f"pressroom-insights{suffix}")
    return output, form
