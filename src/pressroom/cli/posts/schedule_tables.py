"""`pressroom schedule import`, `export` and `template`: posts as tables."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from pressroom.cli.posts.listing import in_words, state_in_words, what_of
from pressroom.cli.posts.selecting import STILL_OPEN, listing_options
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.console import to_json
from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.post import SHORT_ID, PostState
from pressroom.core.remedies import by_command
from pressroom.core.stored_posts import PostQuery
from pressroom.core.when import zone_named
from pressroom.service.ground.copies import relocate_copies
from pressroom.service.ground.output import require_unused, write_private
from pressroom.service.posts.tables.columns import WORDS
from pressroom.service.posts.tables.files import (
    FORMATS,
    MOST_BYTES,
    Format,
    Writer,
    format_of,
    read_table,
    template,
)
from pressroom.service.posts.tables.rows import Result, RowAction, row_of, with_etag
from pressroom.service.shapes.tables import ExportedShape, ImportedShape, TemplateShape

_FORMAT: Final = click.Choice(FORMATS)
_SHOWN: Final = 40
_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)
_OVERWRITE: Final = click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
_COLUMNS: Final = "\b\nColumns:\n" + "\n".join(f"  {name:<16} {words}" for name, words in WORDS.items())


@click.command("import", cls=Command, epilog=_COLUMNS)
@click.argument("file", type=_FILE)
@click.option("--format", "given", type=_FORMAT, help="By default as FILE's name ends, or what it holds.")
@click.option("--encoding", metavar="NAME", help="Of a CSV that is no UTF-8: cp1254; else recognised.")
@click.option("--dry-run", is_flag=True, help="Say what each row would do, store nothing.")
@click.option("--partial", is_flag=True, help="Store the good rows although others are bad.")
@click.option("--again", is_flag=True, help="Plan what a post of the same days shows already, too.")
@click.option("--strict", is_flag=True, help="Refuse columns that nobody knows.")
@click.option("--tz", metavar="ZONE", help="For rows that name no zone; else the account's.")
@click.option("--account", metavar="NAME", help="For rows that name none.")
@click.pass_obj
async def import_posts(
    invocation: Invocation,
    file: Path,
    *,
    given: Format | None,
    encoding: str | None,
    tz: str | None,
    account: str | None,
    dry_run: bool,
    partial: bool,
    again: bool,
    strict: bool,
) -> ExitCode | None:
    r"""Plan the posts of a table, and change those it names by their post_id.

    CSV, JSON or xlsx; - is stdin. Names of files count from the table's directory. Nothing is stored unless
    every row is good, or with --partial. Ends with 3 when a row is bad, and with 9 when rows wait for a
    person.

    \b
    pressroom schedule import december.csv --dry-run
    """
    chosen = given or format_of(file.name)
    table = read_table(_read(file), chosen, encoding=encoding, is_strict=strict)
    async with invocation.session(account) as pressroom:
        # Two steps, so that every row is checked, and a bad one named, before the first one is stored.
        results = await pressroom.posts.check_table(table.rows, base=_base(file), timezone=tz, is_again=again)
        if not dry_run:
            results = await pressroom.posts.store_table(results, is_partial=partial)
        obstacles = await pressroom.posts.obstacles(results)
        # Also in the answer as a field, beside the warning: a script should not have to read sentences.
        is_worker_running = await pressroom.work.is_worker_running()
    told = ImportedShape.of(
        results,
        replace(table, warnings=(*table.warnings, *obstacles)),
        is_dry_run=dry_run,
        is_worker_running=is_worker_running,
    )
    invocation.console.answer(told, lambda: _show(invocation, results, told))
    if any(result.error for result in results):
        return ExitCode.REFUSED
    return ExitCode.NEEDS_APPROVAL if any(result.needs_approval for result in results) else None


def _read(file: Path) -> bytes:
    """Read the table's bytes, of one that is too large no more than tells it."""
    if str(file) == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES + 1)


def _base(file: Path) -> Path:
    return Path.cwd() if str(file) == "-" else file.absolute().parent


def _show(invocation: Invocation, results: Sequence[Result], told: ImportedShape) -> None:
    invocation.console.note(f"It was read as {told.read_as}.")
    for warning in told.warnings:
        invocation.console.warn(warning)
    for result, row in zip(results, told.rows, strict=True):
        if result.error:
            invocation.console.data(f"Row {row.row}: {result.error.said_by(by_command)}")
        elif told.dry_run:
            invocation.console.data(f"Row {row.row}: {_does(result)}")
        for warning in row.warnings:
            invocation.console.warn(f"Row {row.row}: {warning}")
    invocation.console.data(_sum(told))


def _does(result: Result) -> str:
    """Say what a good row would do."""
    post = result.post
    assert post
    name = f"{post.kind} {post.id[:SHORT_ID]}"
    match result.action:
        case RowAction.UNCHANGED:
            return f"unchanged, {name}."
        case RowAction.CHANGE:
            changes = (
                f"{one.name}: {to_json(one.before or '')} -> {to_json(one.after or '')}"
                for one in result.differences
            )
            return f"changes {name}: {', '.join(changes)}."
        case RowAction.REPLAY:
            return f"a {post.kind} that came before with its key."
        case _:
            due = in_words(result.schedule.due_at, result.schedule.timezone) if result.schedule else "-"
            slot = "takes the slot of " if result.takes_slot else ""
            state = result.schedule.state if result.schedule else PostState.SCHEDULED
            held = f" ({state_in_words(state)})" if state.is_held else ""
            return f"a new {post.kind}{held} for {post.account_name}, {slot}{due}: {_begin(what_of(post))}"


def _begin(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()}..."


def _sum(told: ImportedShape) -> str:
    changed = sum(row.action is RowAction.CHANGE for row in told.rows) if told.dry_run else told.changed
    counts = (
        f" {changed} {'would be ' if told.dry_run else ''}changed." if changed else "",
        f" {told.unchanged} unchanged." if told.unchanged else "",
        f" {told.replayed} came before with the same keys." if told.replayed else "",
    )
    if told.dry_run:
        good = len(told.rows) - told.refused
        return f"{good} of {len(told.rows)} rows are good.{''.join(counts)} Nothing was stored."
    return f"{told.imported} of {len(told.rows)} rows were imported.{''.join(counts)}"


@click.command("export", cls=Command)
@listing_options
@click.option("--format", "given", type=_FORMAT, help="By default as --output ends, else CSV.")
@click.option("--output", type=click.Path(path_type=Path), help="Where the table goes; by default stdout.")
@_OVERWRITE
@click.option("--bom", is_flag=True, help="Mark CSV as UTF-8, for Excel.")
@click.pass_obj
async def export_posts(
    invocation: Invocation,
    states: tuple[PostState, ...],
    account: str | None,
    given: Format | None,
    output: Path | None,
    *,
    is_all: bool,
    overwrite: bool,
    bom: bool,
) -> None:
    r"""Write posts as a table that `pressroom schedule import` reads: CSV, JSON or xlsx.

    Edit it and import it again, and the posts change. With --json and no --format the table is JSON, too.

    \b
    pressroom schedule export --output posts.xlsx
    """
    chosen = (
        given or (output and format_of(output.name)) or ("json" if _is_json(invocation, output) else "csv")
    )
    if chosen == "xlsx" and output is None:
        raise click.UsageError("A workbook goes to a file: --output posts.xlsx.")
    if output is not None:
        require_unused(output, overwrite=overwrite)
    wanted = states or (() if is_all else STILL_OPEN)
    async with invocation.session() as pressroom:
        found = await pressroom.posts.find_all(PostQuery(states=wanted, account=account))
    # The table names our copies, whose stored paths are those of the day they were planned.
    rows = [with_etag(row_of(relocate_copies(post, invocation.settings().assets))) for post in found]
    writer = Writer(format=chosen, bom=_bom(chosen, given=bom))
    if output is not None:
        _write(invocation, output, writer.bytes_of(rows), len(rows))
        return
    # Unmasked: a masked caption could not be imported again.
    text = to_json(writer.objects_of(rows)) if chosen == "json" else writer.bytes_of(rows).decode()
    invocation.console.content(text.removesuffix("\n"))


def _is_json(invocation: Invocation, output: Path | None) -> bool:
    return output is None and invocation.console.is_json


def _bom(chosen: Format, *, given: bool) -> bool:
    if given and chosen != "csv":
        raise click.UsageError("--bom is for CSV: the others need none.")
    return given


def _write(invocation: Invocation, output: Path, content: bytes, count: int) -> None:
    write_private(output, content)
    shape = ExportedShape(output=str(output.absolute()), posts=count)
    invocation.console.answer(
        shape, lambda: invocation.console.note(f"{count} posts were written to {output}.")
    )


@click.command("template", cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "given", type=_FORMAT, help="By default as FILE's name ends, else CSV.")
@click.option("--tz", metavar="ZONE", default="UTC", show_default=True, help="Zone of its times.")
@_OVERWRITE
@click.option("--bom", is_flag=True, help="Mark CSV as UTF-8, for Excel.")
@click.pass_obj
def write_template(
    invocation: Invocation, file: Path, given: Format | None, tz: str, *, overwrite: bool, bom: bool
) -> None:
    r"""Write a table to start from, with two posts as examples: CSV, JSON or xlsx.

    The examples are drafts, which are not sent before somebody approves them: leave `state` empty for posts
    that are to go out. `pressroom schedule import --help` says what each column holds.

    \b
    pressroom schedule template december.xlsx --tz Europe/Istanbul
    """
    require_unused(file, overwrite=overwrite)
    chosen = given or format_of(file.name) or "csv"
    zone, now = zone_named(tz), invocation.runtime.clock.now()
    content = template(chosen, now=now, zone=zone.key, bom=_bom(chosen, given=bom))
    write_private(file, content)
    words = f"Two examples were written to {file}, as drafts: nothing of them is sent."
    invocation.console.answer(
        TemplateShape(output=str(file.absolute())), lambda: invocation.console.note(words)
    )
