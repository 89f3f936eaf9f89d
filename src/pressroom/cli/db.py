"""`pressroom db`: the store's file or server."""

import asyncio
from pathlib import Path

import click

from pressroom.cli.command import Group
from pressroom.cli.face import Face
from pressroom.core.errors import ExitCode
from pressroom.core.secret import Secret
from pressroom.store import upkeep
from pressroom.store.location import locate


@click.group(cls=Group)
def db() -> None:
    """Upgrade, check and back up the store."""


@db.command()
@click.pass_obj
async def upgrade(face: Face) -> None:
    """Bring the store to this program's revision, on a server also the workers' queue.

    Of a file, the one that was there is kept.
    """
    where = face.settings().store
    done = await asyncio.to_thread(_upgrade, where)
    if face.console.is_json:
        face.console.json(
            {
                "store": str(locate(where)),
                "before": done.before,
                "after": done.after,
                "kept": str(done.kept) if done.kept else None,
            }
        )
    elif done.before == done.after:
        face.console.data(f"{locate(where)} has revision {done.after} already.")
    else:
        kept = f" As it was, it is in {done.kept}." if done.kept else ""
        face.console.data(f"{locate(where)} was upgraded to revision {done.after}.{kept}")


def _upgrade(where: Path | Secret) -> upkeep.Upgrade:
    done = upkeep.upgrade(where)
    if isinstance(where, Secret):
        from pressroom.dispatch.queue import upgrade_queue  # noqa: PLC0415  # an extra

        upgrade_queue(where)
    return done


@db.command()
@click.pass_obj
async def check(face: Face) -> ExitCode | None:
    """Look the store through; nothing is changed. Ends with 1 when something is wrong."""
    where = face.settings().store
    findings = await asyncio.to_thread(upkeep.check, where)
    if face.console.is_json:
        face.console.json({"store": str(locate(where)), "findings": findings})
    else:
        for finding in findings:
            face.console.data(finding)
        if not findings:
            face.console.data(f"{locate(where)} is sound.")
    return ExitCode.FAILED if findings else None


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
async def backup(face: Face, file: Path) -> None:
    """Copy the store's file to FILE, also while others work on it."""
    where = face.settings().store
    copy, size = await asyncio.to_thread(_backup, where, file)
    if face.console.is_json:
        face.console.json({"store": str(locate(where)), "backup": str(copy), "size_bytes": size})
    else:
        face.console.data(f"{locate(where)} was copied to {file} ({size / 1e6:.1f} MB).")


def _backup(where: Path | Secret, file: Path) -> tuple[Path, int]:
    upkeep.backup(where, file)
    return file.absolute(), file.stat().st_size
