"""`pressroom db`: upkeep of the store's file or server."""

from collections.abc import Sequence
from pathlib import Path

import click

from pressroom.cli.shell.command import Group, Invocation
from pressroom.cli.shell.failures import ExitCode
from pressroom.service.shapes.work import (
    AdoptedShape,
    BackedUpShape,
    LookedThroughShape,
    RestoredShape,
    RotatedKeyShape,
    UpgradedShape,
)

_LOOKED_FOR = "Looked for on the profile before they go out, since they were due"


@click.group(cls=Group)
def db() -> None:
    """Upgrade, check, back up and restore the store."""


@db.command()
@click.pass_obj
async def upgrade(invocation: Invocation) -> None:
    """Upgrade the store to this program's revision, on a server the workers' queue too.

    The earlier file of a store is kept.
    """
    async with invocation.session() as pressroom:
        done, store = await pressroom.work.upgrade(), pressroom.work.store_name
    kept = f" As it was, it is in {done.kept}." if done.kept else ""
    words = f"was upgraded to revision {done.after}.{kept}"
    if done.before == done.after:
        words = f"has revision {done.after} already."
    invocation.console.answer(UpgradedShape.of(done, store), f"{store} {words}")


@db.command()
@click.pass_obj
async def check(invocation: Invocation) -> ExitCode | None:
    """Check the store, and change nothing. Ends with 1 when something is wrong."""
    async with invocation.session() as pressroom:
        findings, store = (
            await pressroom.work.check(on_wait=invocation.console.note),
            pressroom.work.store_name,
        )
    shape = LookedThroughShape(store=store, findings=findings)
    invocation.console.answer(shape, findings or f"{store} is sound.")
    return ExitCode.FAILED if findings else None


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
async def backup(invocation: Invocation, file: Path) -> None:
    """Copy the store's file to FILE, also while others use it."""
    async with invocation.session() as pressroom:
        copy, size = await pressroom.work.back_up(file, on_wait=invocation.console.note)
        store = pressroom.work.store_name
    shape = BackedUpShape(store=store, backup=str(copy), size_bytes=size)
    invocation.console.answer(shape, f"{store} was copied to {file} ({size / 1e6:.1f} MB).")


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
async def restore(invocation: Invocation, file: Path) -> None:
    """Put the backup FILE in the place of the store, and have looked for what went out since.

    The earlier file is kept beside it. Stop every worker before.
    """
    async with invocation.session() as pressroom:
        kept, caught_up = await pressroom.work.restore(file, on_wait=invocation.console.note)
        store = pressroom.work.store_name
    restored = RestoredShape(
        store=store,
        kept=str(kept) if kept else None,
        recalled=tuple(caught_up.recalled),
        looked_for=tuple(caught_up.doubted),
    )
    was = f" As it was, it is in {kept}." if kept else ""
    words = [
        f"{store} is {file} now.{was}",
        *_count("Sent since, as the send log tells", restored.recalled),
        *_count(_LOOKED_FOR, restored.looked_for),
    ]
    invocation.console.answer(restored, words)


@db.command()
@click.option("--keep-posts", is_flag=True, help="The original is gone: the posts go out from here.")
@click.pass_obj
async def adopt(invocation: Invocation, *, keep_posts: bool) -> None:
    """Make a copied store one of its own, beside its original.

    Its planned posts become drafts, since the original publishes them, unless --keep-posts is given.
    """
    async with invocation.session() as pressroom:
        done = await pressroom.work.adopt(keeps_posts=keep_posts)
        store = pressroom.work.store_name
    adopted = AdoptedShape(store=store, held_back=tuple(done.held_back), looked_for=tuple(done.doubted))
    words = [
        f"{store} is a store of its own now.",
        *_count("Held back as drafts", adopted.held_back),
        *_count(_LOOKED_FOR, adopted.looked_for),
    ]
    invocation.console.answer(adopted, words)


@db.command()
@click.pass_obj
async def rotate_key(invocation: Invocation) -> None:
    """Seal the stored tokens with another key: the first of PRESSROOM_KEY=NEW,OLD, else a new one.

    All of them or none. Where the key is Pressroom's own, stop every worker before.
    """
    async with invocation.session() as pressroom:
        rotated, store = await pressroom.accounts.rotate_key(), pressroom.work.store_name
    shape = RotatedKeyShape(store=store, tokens=rotated.tokens, key=rotated.place.value)
    count = f"{rotated.tokens} token{' is' if rotated.tokens == 1 else 's are'} sealed with the new key."
    if not rotated.tokens:
        count = "Every token is sealed with the first key already."
    rest = " The other keys of PRESSROOM_KEY may go." if rotated.place == "environment" else ""
    invocation.console.answer(shape, f"{count}{rest}")


def _count(what: str, posts: Sequence[str]) -> list[str]:
    return [f"{what}: {len(posts)} post{'s' if len(posts) > 1 else ''}."] if posts else []
