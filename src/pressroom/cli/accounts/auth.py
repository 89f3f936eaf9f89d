"""`pressroom auth`: signs in the accounts that posts are published as."""

import click

from pressroom.cli.accounts.login import login
from pressroom.cli.accounts.telling import end_of, show_standing
from pressroom.cli.shell.command import Group, Invocation
from pressroom.cli.shell.failures import ExitCode
from pressroom.service.acting.acting import zone_to_keep
from pressroom.service.ground.shaping import spelled
from pressroom.service.shapes.accounts import (
    LoginShape,
    PermissionsShape,
    RenewedShape,
    SignedOutShape,
    StandingShape,
)

# None: a pasted token of Instagram Login does not say what it may do.
_GRANTED = {True: "yes", False: "no", None: "not told"}
_account_option = click.option(
    "--account", "name", metavar="NAME", help="Its name here; by default the one used where none is named."
)


@click.group(cls=Group)
def auth() -> None:
    """Sign accounts in and out, and see how their tokens stand.

    Tokens are kept sealed in the store. A worker renews those of Instagram Login from their seventh day.
    """


auth.add_command(login)


@auth.command()
@click.pass_obj
async def status(invocation: Invocation) -> ExitCode | None:
    """Show every account, and the environment's: whether Instagram takes its token, and how long it lasts.

    Names the posts that would miss an end that is near. Ends with 4 when a token has ended.
    """
    async with invocation.session() as pressroom:
        standings = await pressroom.accounts.standings()
        place = await pressroom.accounts.place_of_tokens()

    def show() -> None:
        for standing in standings:
            show_standing(invocation.console, standing, place)

    shapes = [StandingShape.of(standing) for standing in standings]
    nobody = "No account is signed in. Sign in: `pressroom auth login`."
    invocation.console.answer(shapes, show, none=nobody)
    # An exit code for cron: an ended token stops every post of its account until a person signs in.
    return ExitCode.SIGN_IN if any(standing.state.needs_sign_in for standing in standings) else None


@auth.command()
@click.argument("name")
@click.pass_obj
async def switch(invocation: Invocation, name: str) -> None:
    """Use another account wherever none is named."""
    async with invocation.session() as pressroom:
        stored = await pressroom.accounts.choose_default(name)
    invocation.console.answer(LoginShape.of(stored), f"Account {stored.name} is used where none is named.")


@auth.command()
@click.argument("zone")
@_account_option
@click.pass_obj
async def zone(invocation: Invocation, zone: str, name: str | None) -> None:
    """Change where an account's times are meant, such as Europe/Istanbul; planned posts stay."""
    async with invocation.session() as pressroom:
        name = name or await pressroom.accounts.default_name()
        stored = await pressroom.accounts.set_timezone(name, zone_to_keep(zone))
    words = f"Times of account {stored.name} are meant in {stored.timezone}."
    invocation.console.answer(LoginShape.of(stored), words)


@auth.command()
@click.argument("language", metavar="CODE")
@_account_option
@click.pass_obj
async def language(invocation: Invocation, language: str, name: str | None) -> None:
    """Change the language in which an account's reports are written, such as de."""
    async with invocation.session() as pressroom:
        name = name or await pressroom.accounts.default_name()
        stored = await pressroom.accounts.set_language(name, language)
    words = f"Reports of account {stored.name} are written in {stored.language}."
    invocation.console.answer(LoginShape.of(stored), words)


@auth.command()
@_account_option
@click.pass_obj
async def permissions(invocation: Invocation, name: str | None) -> None:
    """Show what an account may do: each permission that Pressroom uses, and what its lack breaks."""
    async with invocation.session() as pressroom:
        name = name or await pressroom.accounts.default_name()
        granted = await pressroom.accounts.permissions(name)

    def show() -> None:
        for permission in granted:
            what = f"to {permission.permission.purpose}"
            if permission.is_granted is False:
                what = f"without it {permission.permission.without}"
            head = f"{_GRANTED[permission.is_granted]:<9} {permission.name}"
            invocation.console.data(f"{head}\n{'':<10}{what}")
        if any(permission.is_granted is None for permission in granted):
            invocation.console.note(
                "Not told: a pasted token of Instagram Login does not say. A call shows it."
            )

    invocation.console.answer(PermissionsShape.of(name, granted), show)


@auth.command()
@_account_option
@click.pass_obj
async def refresh(invocation: Invocation, name: str | None) -> None:
    """Renew an account's token now; a worker does so by itself from its seventh day."""
    async with invocation.session() as pressroom:
        name = name or await pressroom.accounts.default_name()
        stored = await pressroom.accounts.refresh(name)
    shape = RenewedShape(account=name, token_expires_at=spelled(stored.token_expires_at, "UTC"))
    invocation.console.answer(shape, f"Account {name}. {end_of(stored)}")


@auth.command()
@_account_option
@click.pass_obj
async def logout(invocation: Invocation, name: str | None) -> None:
    """Forget an account's token. Its posts stay, and wait for somebody to sign in again."""
    async with invocation.session() as pressroom:
        name = name or await pressroom.accounts.default_name()
        await pressroom.accounts.sign_out(name)
    invocation.console.answer(
        SignedOutShape(account=name), f"The token of account {name} is gone from the store."
    )
