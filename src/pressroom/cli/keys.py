"""`pressroom keys`: the keys by which programs come over HTTP."""

import click

from pressroom.cli.shell.command import Group, Invocation, OpenCommand
from pressroom.cli.shell.console import Column
from pressroom.core.account import shown_account
from pressroom.core.actor import Scope, actor_of
from pressroom.core.errors import Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.when import in_words
from pressroom.service.shapes.keys import KeyShape, NewKeyShape

# On a narrow terminal columns go by rank, and programs and scopes are shortened (`Column`).
_COLUMNS = (
    "id",
    Column("program", shortest=12),
    Column("may", shortest=8),
    Column("accounts", rank=1, shortest=8),
    Column("until", rank=1),
    Column("last used", rank=2),
)


@click.group(cls=Group)
def keys() -> None:
    """Give programs keys for MCP over HTTP, and take them back. A key never stands for your consent."""


@keys.command(cls=OpenCommand)
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([str(scope) for scope in Scope]),
    help="What it may ask for; may be repeated. Without it all.",
)
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="NAME",
    help="Account it is for, however its login is called later; may be repeated. Without it all.",
)
@click.option(
    "--until", metavar="WHEN", help="Until then: +30d, 'friday 18:00', or 2026-12-31, as it begins."
)
@click.option("--tz", metavar="ZONE", default="UTC", show_default=True, help="Zone of --until.")
@click.pass_obj
async def add(
    invocation: Invocation,
    name: str,
    *,
    scopes: tuple[str, ...],
    accounts: tuple[str, ...],
    until: str | None,
    tz: str,
) -> None:
    r"""Make a key for a program, and print it this once. NAME is what you see in approvals.

    Only at a terminal: anywhere else the key would be read by whoever ran the command, or kept in a log.

    \b
    pressroom keys add planner --scope draft --scope publish --until +90d
    pressroom keys add shop --account shop
    """
    if not invocation.runtime.is_attended():
        raise Refused(
            "Nobody is at a terminal to take the key, which would be read by what runs this, or stay in a "
            "log.",
            rule="terminal",
            value=name,
            limit="a person at a terminal",
            fix=Fix.of(
                "Run it in a terminal of yours: {}. There its stdout may go to a file.",
                Remedy(RemedyKind.ADD_KEY, {"name": name}),
            ),
        )
    async with invocation.session() as pressroom:
        new_key = await pressroom.keys.add(
            name, scopes=scopes or tuple(Scope), ends_at=until, timezone=tz, accounts=accounts
        )
    if invocation.console.is_json:
        invocation.console.json(NewKeyShape.of(new_key))
        return
    invocation.console.note(f"The key of {name}, shown this once and kept nowhere:")
    # Not masked, as all else is: it is for whom it was made.
    invocation.console.content(new_key.token.reveal())


@keys.command("list")
@click.pass_obj
async def list_keys(invocation: Invocation) -> None:
    """List the keys, ended ones too."""
    async with invocation.session() as pressroom:
        keys, names = await pressroom.keys.list(), await pressroom.lists.account_names()
    rows = list[tuple[str, ...]]()
    for key in keys:
        until = in_words(key.ends_at, "UTC") if key.ends_at else "revoked by a person"
        used = in_words(key.last_used_at, "UTC") if key.last_used_at else "never"
        end = "revoked" if key.revoked_at else until
        accounts = ", ".join(names.get(each, shown_account(each)) for each in key.accounts) or "all"
        rows.append((key.id, actor_of(key.actor).shown, " ".join(key.scopes), accounts, end, used))
    invocation.console.answer(
        [KeyShape.of(key) for key in keys],
        lambda: invocation.console.table(_COLUMNS, rows),
        none="There are no keys.",
    )


@keys.command()
@click.argument("key")
@click.pass_obj
async def revoke(invocation: Invocation, key: str) -> None:
    """End a key at once. KEY is its id, or the program's name."""
    async with invocation.session() as pressroom:
        ended = await pressroom.keys.revoke(key)
    invocation.console.answer(KeyShape.of(ended), f"The key of {ended.name} lets nobody in any more.")
