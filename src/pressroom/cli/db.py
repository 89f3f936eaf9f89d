"""`pressroom db`: upkeep of the store's file or server."""

from pathlib import Path

import click

from pressroom.cli.shell.command import Group
from pressroom.cli.shell.exit_codes import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.service.shapes.work import BackedUpShape, LookedThroughShape, UpgradedShape


@click.group(cls=Group)
def db() -> None:
    """Upgrade, check and back up the store."""


@db.command()
@click.pass_obj
async def upgrade(invocation: Invocation) -> None:
    """Upgrade the store to this program's revision, on a server the workers' queue too.

    The earlier file of a store is kept.
    """
    async with invocation.session() as pressroom:
        done, store = await pressroom.work.upgrade(), pressroom.work.store_name
    if invocation.console.is_json:
        invocation.console.json(UpgradedShape.of(done, store))
    elif done.before == done.after:
        invocation.console.data(f"{store} has revision {done.after} already.")
    else:
        kept = f" As it was, it is in {done.kept}." if done.kept else ""
        invocation.console.data(f"{store} was upgraded to revision {done.after}.{kept}")


@db.command()
@click.pass_obj
async def check(invocation: Invocation) -> ExitCode | None:
    """Check the store, and change nothing. Ends with 1 when something is wrong."""
    async with invocation.session() as pressroom:
        findings, store = await pressroom.work.check(), pressroom.work.store_name
    if invocation.console.is_json:
        invocation.console.json(LookedThroughShape(store=store, findings=findings))
    else:
        for finding in findings:
            invocation.console.data(finding)
        if not findings:
            invocation.console.data(f"{store} is sound.")
    return ExitCode.FAILED if findings else None


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
async def backup(invocation: Invocation, file: Path) -> None:
    """Copy the store's file to FILE, also while others use it."""
    async with invocation.session() as pressroom:
        copy, size = await pressroom.work.back_up(file)
        store = pressroom.work.store_name
    if invocation.console.is_json:
        invocation.console.json(BackedUpShape(store=store, backup=str(copy), size_bytes=size))
    else:
        invocation.console.data(f"{store} was copied to {file} ({size / 1e6:.1f} MB).")
