"""`pressroom queue status` and `health`: how the work stands."""

from datetime import datetime

import click

from pressroom.cli.posts.listing import (
    by_whom,
    due_in_words,
    named,
    show_command,
    standing,
    state_in_words,
)
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.remedies import Remedy, RemedyKind, command_of
from pressroom.service.shapes.work import OverviewShape, end_of
from pressroom.service.work.shapes import HealthShape
from pressroom.service.work.work import Overview

_GB = 1_000_000_000
_START = Remedy(RemedyKind.START_WORKER)


@click.command(cls=Command)
@click.pass_obj
async def status(invocation: Invocation) -> None:
    """Show whether a worker runs, what is due, what is late, and which accounts and posts need a person."""
    async with invocation.session() as pressroom:
        seen = await pressroom.work.overview()
    invocation.console.answer(OverviewShape.of(seen), _in_words(seen, invocation.runtime.clock.now()))


@click.command("health", cls=Command)
@click.pass_obj
async def tell_health(invocation: Invocation) -> ExitCode | None:
    """Say whether the work gets done, for a monitor: ends with 1 when no worker runs or posts are overdue."""
    async with invocation.session() as pressroom:
        seen = await pressroom.work.health()
    invocation.console.answer(HealthShape.of(seen), " ".join(seen.reasons) or "All is well.")
    return None if seen.is_healthy else ExitCode.FAILED


def _in_words(seen: Overview, now: datetime) -> list[str]:
    counts = ", ".join(f"{count:,} {state_in_words(state)}" for state, count in seen.counts.items())
    lines = [_worker_line(seen), f"Posts: {counts or 'none'}."]
    if seen.next_due:
        lines.append(f"Next: {named(seen.next_due)}. {standing(seen.next_due, now)}")
    if seen.overdue:
        lines.append(f"Overdue: {seen.overdue:,}.")
    lines += [
        f"Account {name} is paused until {end_of(pause) or 'it is resumed'}{by_whom(pause)}: {pause.reason}"
        for name, pause in seen.paused
    ]
    lines += [
        f"{named(post)} goes out later than planned: {due_in_words(post)}. {post.postponed_because} "
        f"See: {show_command(post)}"
        for post in seen.postponed
    ]
    lines += [
        f"{named(post)} needs a person: {post.problem or state_in_words(post.state)} "
        f"See: {show_command(post)}"
        for post in seen.needs_person
    ]
    return [*lines, _renditions_line(seen)]


def _renditions_line(seen: Overview) -> str:
    size_gb, max_gb = seen.renditions.size_bytes / _GB, seen.renditions_max_bytes / _GB
    return f"Renditions: {seen.renditions.count:,} files, {size_gb:,.2f} GB of {max_gb:g} GB."


def _worker_line(seen: Overview) -> str:
    if not seen.is_worker_running:
        return f"Worker: none runs. Start one: {command_of(_START)}"
    # On a server a worker of another machine counts, too, whose process id says nothing here.
    return f"Worker: process {seen.worker_pid}." if seen.worker_pid else "Worker: at least one runs."
