"""`pressroom schedule import`, `export` and `template`: posts as tables, to be edited and read back.

What a table holds and how a row becomes a post stands in `service.posts.tables`; here are the files and the
words.
"""

import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Unpack

import click

from pressroom.cli.posts.listing import (
    STILL_OPEN,
    in_words,
    listing_options,
    state_in_words,
    what_of,
)
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.console import Console, stdout_is_unicode, to_json
from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.parameters import Excel, csv_style, excel_options
from pressroom.core.errors import Refused
from pressroom.core.post import SHORT_ID, Post, PostKind, PostState
from pressroom.core.remedies import by_command
from pressroom.core.settings import Settings
from pressroom.core.stored_posts import PostQuery
from pressroom.core.when import zone_named
from pressroom.service.ground.copies import relocate_copies
from pressroom.service.ground.output import private_file, require_unused, write_private
from pressroom.service.posts.tables.columns import DAY_AND_TIME, WORDS, number_list
from pressroom.service.posts.tables.files import (
    FORMATS,
    MOST_BYTES,
    Format,
    format_of,
    read_table,
)
from pressroom.service.posts.tables.rows import Result, RowAction, row_of, with_etag
from pressroom.service.posts.tables.writing import TableWriting, Writer, template
from pressroom.service.shapes.tables import ExportedShape, ImportedShape, RowShape, TemplateShape

_FORMAT: Final = click.Choice(FORMATS)
_PLANNED: Final = "planned_already"
_LEAVE_OUT: Final = (
    "With `--partial` the others are imported without them; `--again` plans these a second time, too."
)
# Of a caption so many letters stand in the line of a row.
_SHOWN: Final = 40
_OVERWRITE: Final = click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
_COLUMNS: Final = "\b\nColumns:\n" + "\n".join(
    f"  {name:<16} {words}" for name, words in {**WORDS, **DAY_AND_TIME}.items()
)


class _Head(click.ParamType[tuple[str, str]]):
    """A head of somebody's table and our column for it."""

    name = "head=column"

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Read the two."""
        if not isinstance(value, str):
            return value
        head, sign, column = value.rpartition("=")
        if not (sign and head.strip()):
            self.fail(f"{value!r} is no HEAD=COLUMN, such as Kunde=account.", param, ctx)
        return head, column


@click.command("import", cls=Command, epilog=_COLUMNS)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option("--format", "chosen", type=_FORMAT, help="By default as FILE's name ends, or what it holds.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    type=_Head(),
    help="What a head of FILE means: Kunde=account. Empty: pass it over.",
)
@click.option("--kind", type=click.Choice([kind.value for kind in PostKind]), help="For rows that name none.")
@click.option("--encoding", metavar="NAME", help="Of a CSV that is no UTF-8: cp1254; else recognised.")
@click.option("--dry-run", is_flag=True, help="Say what each row would do, store nothing.")
@click.option("--partial", is_flag=True, help="Store the good rows although others are bad.")
@click.option("--again", is_flag=True, help="Plan what a post of the same days shows already, too.")
@click.option("--late", is_flag=True, help="Times that are over are meant, too.")
@click.option("--strict", is_flag=True, help="Refuse columns that nobody knows.")
@click.option("--tz", metavar="ZONE", help="For rows that name no zone; else the account's.")
@click.option("--account", metavar="NAME", help="For rows that name none.")
@click.pass_obj
async def import_posts(
    invocation: Invocation,
    file: Path,
    *,
    chosen: Format | None,
    columns: Sequence[tuple[str, str]],
    kind: str | None,
    encoding: str | None,
    tz: str | None,
    account: str | None,
    dry_run: bool,
    partial: bool,
    again: bool,
    late: bool,
    strict: bool,
) -> ExitCode | None:
    r"""Plan the posts of a table, and change those it names by their post_id.

    CSV, JSON or xlsx; - is stdin. Names of files count from the table's directory. Nothing is stored unless
    every row is good, or with --partial. Ends with 3 when a row is bad, and with 9 when rows wait for a
    person.

    \b
    pressroom schedule import december.csv --dry-run
    pressroom schedule import plan.csv --column Kunde=account --column Datum=date --column Uhrzeit=time
    """
    content, base = _read(file)
    table = read_table(
        content,
        chosen or format_of(file.name),
        columns=columns,
        kind=kind,
        encoding=encoding,
        is_strict=strict,
    )
    async with invocation.session(account, reads_times=True) as pressroom:
        # Two steps, so that every row is checked, and a bad one named, before the first one is stored.
        results = await pressroom.posts.check_table(
            table.rows, base=base, timezone=tz, is_again=again, is_late=late
        )
        if not dry_run:
            results = await pressroom.posts.store_table(results, is_partial=partial)
        obstacles = await pressroom.posts.obstacles(results)
        # Also in the answer as a field, beside the warning: a script should not have to read sentences.
        is_worker_running = await pressroom.work.is_worker_running()
    shape = ImportedShape.of(
        results,
        replace(table, warnings=(*table.warnings, *obstacles)),
        is_dry_run=dry_run,
        is_worker_running=is_worker_running,
    )
    invocation.console.answer(shape, lambda: _show_imported(invocation, results, shape))
    # A bad row outweighs one that waits: the first needs an edit, the second a person's word.
    if any(result.error for result in results):
        return ExitCode.REFUSED
    return ExitCode.NEEDS_APPROVAL if any(result.needs_approval for result in results) else None


def _read(file: Path) -> tuple[bytes, Path]:
    """Return the table's bytes, and the directory from which the files in it are named."""
    # One byte over the limit is enough to tell that a table is too large.
    if str(file) == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1), Path.cwd()
    with file.open("rb") as stream:
        return stream.read(MOST_BYTES + 1), file.absolute().parent


def _show_imported(invocation: Invocation, results: Sequence[Result], shape: ImportedShape) -> None:
    console, rows = invocation.console, shape.rows
    console.note(f"It was read as {shape.read_as}.")
    for warning in shape.warnings:
        console.warn(warning)
    _show_errors(console, results)
    for result, row in zip(results, rows, strict=True):
        if shape.dry_run and not result.error:
            console.data(f"Row {row.row}: {_plan_in_words(result)}")
    _show_warnings(console, rows)
    changed, would_be = shape.changed, ""
    if shape.dry_run:
        changed, would_be = sum(row.action is RowAction.CHANGE for row in rows), "would be "
    counts = f" {changed} {would_be}changed." if changed else ""
    counts += f" {shape.unchanged} unchanged." if shape.unchanged else ""
    counts += f" {shape.replayed} came before with the same keys." if shape.replayed else ""
    if shape.dry_run:
        good = len(rows) - shape.refused
        console.data(f"{good} of {len(rows)} rows are good.{counts} Nothing was stored.")
    else:
        console.data(f"{shape.imported} of {len(rows)} rows were imported.{counts}")


def _show_errors(console: Console, results: Sequence[Result]) -> None:
    """Name each reason once, with its rows; behind them the rows that are planned already."""
    numbers, planned = defaultdict[str, list[int]](list), list[Result]()
    for result in results:
        if isinstance(result.error, Refused) and result.error.rule == _PLANNED:
            planned.append(result)
        elif result.error:
            numbers[result.error.said_by(by_command)].append(result.number)
    if len(planned) == 1 and planned[0].error:
        numbers[planned[0].error.said_by(by_command)].append(planned[0].number)
    for text, rows in numbers.items():
        console.data(f"{'Row' if len(rows) == 1 else 'Rows'} {number_list(rows)}: {text}")
    if len(planned) > 1:
        rows = [result.number for result in planned]
        console.data(f"{len(rows)} rows are planned already: {number_list(rows)}. {_LEAVE_OUT}")


def _show_warnings(console: Console, rows: Sequence[RowShape]) -> None:
    """Give each warning once, with its rows."""
    numbers = defaultdict[str, list[int]](list)
    for row in rows:
        for warning in row.warnings:
            numbers[warning].append(row.row)
    for text, named in numbers.items():
        console.warn(f"{'Row' if len(named) == 1 else 'Rows'} {number_list(named)}: {text}")


def _plan_in_words(result: Result) -> str:
    """Say what a good row would do."""
    post = result.post
    assert post
    name = f"{post.kind} {post.id[:SHORT_ID]}"
    match result.action:
        # Exported and imported again without an edit.
        case RowAction.UNCHANGED:
            return f"unchanged, {name}."
        case RowAction.CHANGE:
            changes = (
                f"{difference.name}: {to_json(difference.before or '')} -> {to_json(difference.after or '')}"
                for difference in result.differences
            )
            return f"changes {name}: {', '.join(changes)}."
        case RowAction.REPLAY:
            return f"a {post.kind} that came before with its key."
        case _:
            due = in_words(result.schedule.moment, result.schedule.timezone) if result.schedule else "-"
            slot = "takes the slot of " if result.takes_slot else ""
            state = result.schedule.state if result.schedule else PostState.SCHEDULED
            held = f" ({state_in_words(state)})" if state.is_held else ""
            text = what_of(post)
            text = text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()}..."
            return f"a new {post.kind}{held} for {post.account_name}, {slot}{due}: {text}"


_BOM: Final = click.option("--bom", is_flag=True, help="Mark CSV as UTF-8, for Excel.")


class Spelled(Excel):
    """How CSV is written."""

    bom: bool


def _writer(invocation: Invocation, chosen: Format, options: Spelled, *, is_ascii: bool = False) -> Writer:
    """Return how a table is written. Raises UsageError for what is for CSV alone."""
    style = csv_style(options, invocation.runtime.environ, is_csv=chosen == "csv")
    # Excel alone reads CSV without a mark as its own old encoding; JSON and xlsx say what they are in.
    if options["bom"] and chosen != "csv":
        raise click.UsageError("--bom is for CSV: the others need none.")
    return Writer(format=chosen, bom=options["bom"] or options["excel"], csv=style, is_ascii=is_ascii)


@click.command("export", cls=Command)
@listing_options
@click.option("--format", "chosen", type=_FORMAT, help="By default as --output ends, else CSV.")
@click.option("--output", type=click.Path(path_type=Path), help="Where the table goes; by default stdout.")
@_OVERWRITE
@_BOM
@excel_options
@click.pass_obj
async def export_posts(
    invocation: Invocation,
    states: tuple[PostState, ...],
    account: str | None,
    chosen: Format | None,
    output: Path | None,
    *,
    is_all: bool,
    overwrite: bool,
    **spelled: Unpack[Spelled],
) -> None:
    r"""Write posts as a table that `pressroom schedule import` reads: CSV, JSON or xlsx.

    Edit it and import it again, and the posts change. With --json and no --format the table is JSON, too.

    \b
    pressroom schedule export --output posts.xlsx
    pressroom schedule export --all --excel --locale de_DE --output posts.csv
    """
    console = invocation.console
    is_json = output is None and console.is_json
    chosen = chosen or (output and format_of(output.name)) or ("json" if is_json else "csv")
    if chosen == "xlsx" and output is None:
        raise click.UsageError("A workbook goes to a file: --output posts.xlsx.")
    writer = _writer(invocation, chosen, spelled, is_ascii=output is None and not stdout_is_unicode())
    if output is not None:
        # Before the store is read, which may take long.
        require_unused(output, overwrite=overwrite)
    query = PostQuery(states=states or (() if is_all else STILL_OPEN), account=account)
    async with invocation.session() as pressroom:
        pages = pressroom.lists.pages(query)
        if output is None:
            await _write(pages, writer.to(_Stdout(console)), invocation.settings())
            return
        with private_file(output) as file:
            count = await _write(pages, writer.to(file), invocation.settings())
    _show_exported(invocation, output, count)


@dataclass(frozen=True, slots=True)
class _Stdout:
    """Writes pieces of a table to stdout, unmasked: a masked caption could not be imported again."""

    console: Console

    def write(self, data: bytes) -> None:
        """Write a piece, which ends with a line."""
        self.console.content(data.decode().removesuffix("\n"))


async def _write(pages: AsyncIterator[Sequence[Post]], table: TableWriting, settings: Settings) -> int:
    """Write posts page by page: a store of years does not fit in memory. Returns how many there were."""
    count = 0
    async for page in pages:
        # The table names our copies, whose stored paths are those of the day they were planned.
        table.write([with_etag(row_of(relocate_copies(post, settings.assets))) for post in page])
        count += len(page)
    table.finish()
    return count


def _show_exported(invocation: Invocation, output: Path, count: int) -> None:
    words = f"{count} posts were written to {output}."
    shape = ExportedShape(output=str(output.absolute()), posts=count)
    invocation.console.answer(shape, lambda: invocation.console.note(words))


@click.command("template", cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "chosen", type=_FORMAT, help="By default as FILE's name ends, else CSV.")
@click.option("--tz", metavar="ZONE", help="Zone of its times; else the account's.")
@click.option("--account", metavar="NAME", help="Stored account whose zone it is; else the default one.")
@_OVERWRITE
@_BOM
@excel_options
@click.pass_obj
async def write_template(
    invocation: Invocation,
    file: Path,
    chosen: Format | None,
    tz: str | None,
    account: str | None,
    *,
    overwrite: bool,
    **spelled: Unpack[Spelled],
) -> None:
    r"""Write a table to start from, with two posts as examples: CSV, JSON or xlsx.

    The examples are drafts, which are not sent before somebody approves them: leave `state` empty for posts
    that are to go out. `pressroom schedule import --help` says what each column holds.

    \b
    pressroom schedule template december.xlsx --tz Europe/Istanbul
    """
    require_unused(file, overwrite=overwrite)
    writer = _writer(invocation, chosen or format_of(file.name) or "csv", spelled)
    async with invocation.session(account) as pressroom:
        zone = zone_named(tz or await pressroom.lists.zone())
    _write_examples(invocation, file, template(writer, now=invocation.runtime.clock.now(), zone=zone.key))


def _write_examples(invocation: Invocation, file: Path, content: bytes) -> None:
    write_private(file, content)
    words = f"Two examples were written to {file}, as drafts: nothing of them is sent."
    shape = TemplateShape(output=str(file.absolute()))
    invocation.console.answer(shape, lambda: invocation.console.note(words))
