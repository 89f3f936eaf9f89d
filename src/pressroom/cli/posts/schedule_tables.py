"""`pressroom schedule import` and `export`: reads and writes posts as a table."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click

from pressroom.cli.posts.listing import listing_options, query_of
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.console import to_json
from pressroom.cli.shell.exit_codes import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.post import PostState
from pressroom.service.importing import Result
from pressroom.service.moved import with_found_copies
from pressroom.service.output import write_private
from pressroom.service.shapes.posts import ExportedShape, ImportedShape
from pressroom.service.tables import objects_of, read_csv, read_json, write_csv

Format = Literal["csv", "json"]
_FORMAT = click.Choice(["csv", "json"])
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)


@click.command("import", cls=Command)
@click.argument("file", type=_FILE)
@click.option("--format", "given", type=_FORMAT, help="By default as FILE's name ends; CSV from stdin.")
@click.option("--dry-run", is_flag=True, help="Check every row, store nothing.")
@click.option("--partial", is_flag=True, help="Store the good rows although others are bad.")
@click.option("--tz", metavar="ZONE", help="For rows that name no zone; else the account's.")
@click.option("--account", metavar="NAME", help="For rows that name none.")
@click.pass_obj
async def import_posts(
    invocation: Invocation,
    file: Path,
    given: Format | None,
    tz: str | None,
    account: str | None,
    *,
    dry_run: bool,
    partial: bool,
) -> ExitCode | None:
    r"""Plan the posts of a table, CSV or JSON; - is stdin. Names of files count from the table's directory.

    Nothing is stored unless every row is good, or with --partial. Ends with 3 when a row is bad,
    and with 9 when rows wait for a person.

    \b
    pressroom schedule import december.csv --dry-run
    """
    text = _read(file)
    rows = read_json(text) if (given or _format(file)) == "json" else read_csv(text)
    async with invocation.session(account) as pressroom:
        # Two steps, so that every row is checked, and a bad one named, before the first one is stored.
        results = await pressroom.posts.check_table(rows, base=_base(file), timezone=tz)
        if not dry_run:
            results = await pressroom.posts.store_table(results, is_partial=partial)
    _show(invocation, results, is_dry_run=dry_run)
    if any(result.error for result in results):
        return ExitCode.REFUSED
    return ExitCode.NEEDS_APPROVAL if any(result.needs_approval for result in results) else None


def _read(file: Path) -> str:
    """Read the table without changing line ends inside cells."""
    # Bytes, since text mode would turn a caption's "\r\n" into "\n"; spreadsheets write a byte order mark.
    try:
        if str(file) == "-":
            return sys.stdin.read().removeprefix("\ufeff")
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        problem = f"{file} is not UTF-8 text: save the table as CSV in UTF-8, not as a workbook."
        raise click.BadParameter(problem, param_hint="FILE") from None


def _base(file: Path) -> Path:
    return Path.cwd() if str(file) == "-" else file.absolute().parent


def _format(file: Path) -> Format:
    return "json" if file.suffix.lower() == ".json" else "csv"


def _show(invocation: Invocation, results: Sequence[Result], *, is_dry_run: bool) -> None:
    told = ImportedShape.of(results, is_dry_run=is_dry_run)
    if invocation.console.is_json:
        invocation.console.json(told)
        return
    for result in results:
        if result.error:
            invocation.console.data(f"Row {result.number}: {result.error}")
        for warning in result.warnings:
            invocation.console.warn(f"Row {result.number}: {warning}")
    before = f" {told.replayed} came before with the same keys." if told.replayed else ""
    if is_dry_run:
        good = len(results) - told.refused
        invocation.console.data(f"{good} of {len(results)} rows are good.{before} Nothing was stored.")
    else:
        invocation.console.data(f"{told.imported} of {len(results)} rows were imported.{before}")


@click.command("export", cls=Command)
@listing_options
@click.option("--format", "given", type=_FORMAT, help="By default as --output ends, else CSV.")
@click.option("--output", type=click.Path(path_type=Path), help="Where the table goes; by default stdout.")
@click.pass_obj
async def export_posts(
    invocation: Invocation,
    states: tuple[PostState, ...],
    account: str | None,
    given: Format | None,
    output: Path | None,
    *,
    is_all: bool,
) -> None:
    r"""Write posts as a table that `pressroom schedule import` reads, CSV or JSON.

    With --json and no --format the table is JSON, too.

    \b
    pressroom schedule export --all --output posts.csv
    """
    async with invocation.session() as pressroom:
        found = await pressroom.posts.find(query_of(states=states, account=account, is_all=is_all))
    # The table names our copies, whose stored paths are those of the day they were planned.
    posts = [with_found_copies(post, invocation.settings().assets) for post in found]
    chosen = given or (_format(output) if output else "json" if invocation.console.is_json else "csv")
    text = to_json(objects_of(posts)) if chosen == "json" else write_csv(posts).removesuffix("\n")
    if output is None:
        # Unmasked: a masked caption could not be imported again.
        invocation.console.content(text)
    else:
        _write(invocation, output, text, len(posts))


def _write(invocation: Invocation, output: Path, text: str, count: int) -> None:
    write_private(output, f"{text}\n")
    if invocation.console.is_json:
        invocation.console.json(ExportedShape(output=str(output.absolute()), posts=count))
    else:
        invocation.console.note(f"{count} posts were written to {output}.")
