"""`pressroom media delete`: deletes what is published at Instagram, once a person confirms it."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import click

from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.failures import ExitCode, NotConfirmed, exit_code_of, worst
from pressroom.cli.shell.parameters import account_option
from pressroom.cli.shell.terminal import confirmed, tracker
from pressroom.core.deletion import Deletion, DeletionState
from pressroom.core.errors import PressroomError, Refused
from pressroom.core.post import SHORT_ID
from pressroom.service.shapes.media import DeletedShape

_SHOWN: Final = 40


@click.command("delete", cls=Command)
@click.argument("names", nargs=-1, required=True, metavar="POST|MEDIA...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--dry-run", is_flag=True, help="Say what would be deleted, and what not and why; delete nothing."
)
@account_option
@click.pass_obj
async def delete_media(
    invocation: Invocation, names: tuple[str, ...], *, yes: bool, dry_run: bool, account_name: str | None
) -> ExitCode | None:
    r"""Delete at Instagram what is published: posts by their ids, or any media by its id.

    It cannot be undone. Facebook Login with the permission instagram_manage_contents can; Instagram Login
    cannot. Ends with 8 where nobody knows whether it is deleted: the same again looks before it asks anew.

    \b
    pressroom media delete 3f2a9c1b
    pressroom media delete 17900000000000001 --dry-run
    """
    console = invocation.console
    async with invocation.session(account_name) as pressroom:
        results = await _each(names, pressroom.media.rehearse_deletion)
        ready = {name: result for name, result in results.items() if isinstance(result, Deletion)}
        left = [deletion for deletion in ready.values() if deletion.state is not DeletionState.DONE]
        if left and not dry_run:
            if not yes:
                await _confirm(invocation, left)
            with tracker(console) as shown:
                # A lost answer is looked into for up to two minutes.
                shown.busy("Deleting at Instagram")
                results |= await _each(ready, pressroom.media.delete)
    failures = {name: result for name, result in results.items() if isinstance(result, PressroomError)}
    if console.is_json:
        console.json([DeletedShape.of(name, result, ready.get(name)) for name, result in results.items()])
    else:
        from pressroom.cli.posts.bulk import say_failed  # noqa: PLC0415  # the JSON needs none of it

        for deletion in (result for result in results.values() if isinstance(result, Deletion)):
            is_done = deletion.state is DeletionState.DONE
            console.data(f"{_line(deletion)} {'is' if is_done else 'would be'} deleted.")
        for name, error in failures.items():
            say_failed(invocation, name, error)
    return worst([exit_code_of(error) for error in failures.values()])


async def _each(
    names: Iterable[str], act: Callable[[str], Awaitable[Deletion]]
) -> dict[str, Deletion | PressroomError]:
    """Act on each name, once; an error is what became of it, and stops no other."""
    results = dict[str, Deletion | PressroomError]()
    for name in dict.fromkeys(names):
        try:
            results[name] = await act(name)
        except PressroomError as error:
            results[name] = error
    return results


async def _confirm(invocation: Invocation, deletions: list[Deletion]) -> None:
    """Ask whether these are to be deleted. Raises NotConfirmed, and Refused where nobody is at a terminal."""
    count = f"{len(deletions)} at Instagram" if len(deletions) > 1 else "it at Instagram"
    if not invocation.runtime.is_attended():
        raise Refused(
            f"Delete {count}? Nobody is at a terminal to be asked.",
            rule="confirmation",
            value=len(deletions),
            limit="--yes",
            fix="See with `--dry-run` what would be deleted, then add `--yes`.",
        )
    if not await confirmed(
        invocation.console, f"Delete {count}? It cannot be undone.", [_line(item) for item in deletions]
    ):
        raise NotConfirmed("Nothing was deleted.")


def _line(deletion: Deletion) -> str:
    """Describe a media in one line: its kind, id and post, when it went out, and its first words."""
    post = f" (post {deletion.post_id[:SHORT_ID]})" if deletion.post_id else ""
    at = f" of {deletion.published_at:%Y-%m-%d}" if deletion.published_at else ""
    words = " ".join((deletion.caption or "").split())
    short = words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"
    return f"{deletion.kind.title()} {deletion.media_id}{post}{at}{f', {short!r},' if short else ''}"
