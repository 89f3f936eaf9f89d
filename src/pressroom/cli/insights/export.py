"""`pressroom insights export`: what is kept, as tables."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, TypedDict

import click

from pressroom.cli.shell.command import Command
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.parameters import Since, When, moment
from pressroom.cli.shell.terminal import tracker
from pressroom.service.insights.export import FORMATS, LAYOUTS, TABLES, Exported, Format, LayoutName
from pressroom.service.shapes.exported import InsightsExportedShape

_STDOUT: Final = Path("-")
_NAME: Final = "pressroom-insights"
_OF_SUFFIX: Final[dict[str, Format]] = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
    ".duckdb": "duckdb",
}
_TABLES: Final = "\b\nTables:\n" + "\n".join(f"  {name}: {', '.join(of)}" for name, of in TABLES.items())


class _Wanted(TypedDict):
    """What both ways of an export take."""

    layout: LayoutName
    since: datetime | None
    accounts: tuple[str, ...]


class _Place(NamedTuple):
    """Where it goes. output: None for stdout."""

    output: Path | None
    format: Format


@click.command(cls=Command, epilog=_TABLES)
@click.option("--format", "given", type=click.Choice(FORMATS), help="By default as --output ends, else csv.")
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
@click.pass_obj
async def export(
    invocation: Invocation,
    *,
    given: Format | None,
    layout: LayoutName,
    table: str | None,
    since: When | None,
    accounts: tuple[str, ...],
    output: Path | None,
    overwrite: bool,
) -> None:
    r"""Write what was collected as tables: CSV, JSON lines, Parquet or DuckDB.

    It reads the store alone and makes no call. CSV, JSON and Parquet are a folder with a file for each table,
    DuckDB is one file. What Instagram did not give is empty or NULL, never 0. An interrupted export leaves
    nothing. Parquet and DuckDB need the extra report.

    \b
    pressroom insights export --format duckdb --output insights.duckdb
    pressroom insights export --layout fivetran --output instagram.duckdb
    pressroom insights export --table readings --since 30d > readings.csv
    """
    place = _place(given, output, table)
    if place.output is None and invocation.console.is_json:
        raise click.UsageError("--json says what was written: name a file by --output.")
    start = moment(since, invocation.runtime.clock.now())
    wanted = _Wanted(layout=layout, since=start, accounts=accounts)
    async with invocation.session() as pressroom:
        if place.output is None:
            assert place.format in ("csv", "json")
            text = pressroom.insights.export_text(table or "", format=place.format, **wanted)
            await _print(invocation, text)
            return
        with tracker(invocation.console) as shown:
            exported = await pressroom.insights.export(
                place.output,
                format=place.format,
                table=table,
                overwrite=overwrite,
                on_read=lambda read, total: shown.busy("Exporting insights", read / total if total else None),
                **wanted,
            )
    invocation.console.answer(InsightsExportedShape.of(exported), lambda: _say(invocation, exported))


def _place(given: Format | None, output: Path | None, table: str | None) -> _Place:
    """Decide on format and place by what was given. Raises UsageError for what goes to no stdout."""
    chosen: Format = given or (_OF_SUFFIX.get(output.suffix.lower()) if output else None) or "csv"
    is_text = chosen in ("csv", "json")
    if output == _STDOUT or (output is None and table and is_text):
        if not (table and is_text):
            raise click.UsageError("Only one table goes to stdout, as csv or json: name it by --table.")
        return _Place(None, chosen)
    if output is None:
        suffix = f".{chosen}" if chosen == "duckdb" or table else ""
        output = Path(f"{_NAME}-{table}{suffix}" if table else f"{_NAME}{suffix}")
    return _Place(output, chosen)


async def _print(invocation: Invocation, texts: AsyncIterator[str]) -> None:
    async for text in texts:
        if text:
            # Unmasked, as every table that is read back.
            invocation.console.content(text.removesuffix("\n"))


def _say(invocation: Invocation, exported: Exported) -> None:
    for one in exported.tables:
        invocation.console.note(f"{one.name}: {one.rows:,} rows.")
    invocation.console.note(f"{exported.size_bytes / 1e6:.1f} MB were written to {exported.output}.")
