"""`pressroom auth`: signs in the accounts that posts are published as."""

import sys
from urllib.parse import urlsplit

import click

from pressroom.cli.posts.listing import in_words
from pressroom.cli.shell.command import Group
from pressroom.cli.shell.exit_codes import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.tables import Column
from pressroom.core.account import Account
from pressroom.core.errors import SettingRefused, SignInRequired
from pressroom.core.post import DEFAULT_ACCOUNT, SHORT_ID
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.settings import account_from_environment
from pressroom.core.stored_accounts import StoredAccount
from pressroom.core.when import zone_named
from pressroom.graph.hosts import LoginType
from pressroom.service.accounts import SignedIn
from pressroom.service.shapes.accounts import RenewedShape, SignedInShape, SignedOutShape, StandingShape
from pressroom.service.shapes.moments import spelled
from pressroom.service.standings import Standing, TokenSource, TokenState

_UNKNOWN_END = {
    LoginType.INSTAGRAM: "When the token ends is not known: it is younger than a day, or short-lived and "
    "over in an hour.",
    LoginType.FACEBOOK: "When the token ends is not known, and none of Facebook Login is renewed: a person's "
    "lasts 60 days at most, a Page's own lasts.",
}
_SOURCES = {TokenSource.STORE: "the store", TokenSource.ENVIRONMENT: "the environment"}
_STATES = {
    TokenState.WORKS: "works",
    TokenState.ENDED: "has ended",
    TokenState.WRONG_ACCOUNT: "of another account",
    TokenState.UNKNOWN: "not checked",
}
_account_option = click.option(
    "--account", "name", metavar="NAME", default=DEFAULT_ACCOUNT, show_default=True, help="Its name here."
)


@click.group(cls=Group)
def auth() -> None:
    """Sign accounts in and out, and see how their tokens stand.

    Tokens are kept sealed in the store. A worker renews those of Instagram Login from their seventh day.
    """


@auth.command()
@click.option("--token-stdin", is_flag=True, help="Read the token from stdin, so that no list shows it.")
@_account_option
@click.option("--tz", metavar="ZONE", help="Where its times are meant, such as Europe/Istanbul.")
@click.option("--default", "is_default", is_flag=True, help="Use it where no account is named.")
@click.pass_obj
async def login(
    invocation: Invocation, name: str, tz: str | None, *, token_stdin: bool, is_default: bool
) -> None:
    r"""Store an account with its token, once Instagram has taken the token.

    Host, version and user id come from INSTAGRAM_API_BASE, INSTAGRAM_API_VERSION and INSTAGRAM_USER_ID, as
    elsewhere; without the last one Instagram is asked.

    \b
    pressroom auth login --token-stdin --tz Europe/Istanbul < token.txt
    pressroom auth login --token-stdin --account ana --default < token.txt
    """
    if not token_stdin:
        raise click.UsageError("Give --token-stdin, and the token on stdin.")
    # Checked before the token is read, so that a misspelled zone costs no second paste of it.
    if tz is not None:
        zone_named(tz)
    account = _account(invocation)
    # "UTC" is stored for an account without a zone; a chosen UTC has to be told from that.
    zone = "Etc/UTC" if tz == "UTC" else tz
    async with invocation.session() as pressroom:
        signed_in = await pressroom.accounts.sign_in(name, account, timezone=zone, is_default=is_default)
    _show_signed_in(invocation, signed_in)


def _account(invocation: Invocation) -> Account:
    # From stdin alone: an argument would stand in the shell's history and in every list of processes.
    if sys.stdin.isatty():
        invocation.console.note("Paste the token, then press Enter and Ctrl-D.")
    token = sys.stdin.read().strip()
    if not token:
        raise SignInRequired(
            "Nothing came on stdin, where the token belongs.",
            fix=Fix.of("Give it there: {}.", Remedy(RemedyKind.SIGN_IN_FROM_FILE)),
        )
    try:
        return account_from_environment({**invocation.runtime.environ, "INSTAGRAM_ACCESS_TOKEN": token})
    except SettingRefused as error:
        # The person set no variable, so the error must not name one.
        error.message = error.message.replace("INSTAGRAM_ACCESS_TOKEN", "The token on stdin")
        raise


def _show_signed_in(invocation: Invocation, signed_in: SignedIn) -> None:
    stored = signed_in.stored
    if stored.token_expires_at is None:
        invocation.console.warn(_UNKNOWN_END[stored.login_type])
    if signed_in.left:
        invocation.console.warn(
            f"{stored.name} was another account before: {signed_in.left} of its posts wait until somebody is "
            "signed in to it again, under whatever name."
        )
    if invocation.console.is_json:
        invocation.console.json(SignedInShape.of(signed_in))
        return
    who = f"@{signed_in.username}" if signed_in.username else stored.user_id
    invocation.console.data(f"Account {stored.name} is {who}. {_end(stored)}")


def _end(stored: StoredAccount) -> str:
    if stored.token_expires_at is None:
        return "When its token ends is not known."
    return f"Its token lasts until {in_words(stored.token_expires_at, stored.timezone)}."


@auth.command()
@click.pass_obj
async def status(invocation: Invocation) -> ExitCode | None:
    """Show every account, and the environment's: whether Instagram takes its token, and how long it lasts.

    Names the posts that would miss an end that is near. Ends with 4 when a token has ended.
    """
    async with invocation.session() as pressroom:
        standings = await pressroom.accounts.standings()
    if invocation.console.is_json:
        invocation.console.json([StandingShape.of(standing) for standing in standings])
    elif not standings:
        invocation.console.note("No account is signed in. Sign in: `pressroom auth login --token-stdin`.")
    else:
        _show_standings(invocation, standings)
    # An exit code for cron: an ended token stops every post of its account until a person signs in.
    return ExitCode.SIGN_IN if any(one.state.needs_sign_in for one in standings) else None


def _show_standings(invocation: Invocation, standings: tuple[Standing, ...]) -> None:
    rows = [
        (
            one.name + (" (default)" if one.is_default else ""),
            one.user_id,
            _SOURCES[one.source],
            urlsplit(one.api_base).netloc,
            one.version + (f" (until {one.version_ends})" if one.version_ends else ""),
            one.timezone,
            _token(one),
        )
        for one in standings
    ]
    heads = (
        "account",
        "user id",
        Column("token from", rank=2),
        Column("host", rank=3),
        Column("version", rank=4),
        Column("zone", rank=1),
        "token",
    )
    invocation.console.table(heads, rows)
    for standing in standings:
        for pause in (standing.pause_by_hand, standing.pause):
            if pause:
                by = f" by {pause.by}" if pause.by else ""
                invocation.console.warn(f"Account {standing.name} is paused{by}: {pause.reason}")
        if standing.warning:
            invocation.console.warn(standing.warning)
        for post in standing.would_miss:
            when = in_words(post.goes_out_at, post.timezone)
            invocation.console.warn(f"The {post.kind} {post.id[:SHORT_ID]} of {when} would miss.")


def _token(standing: Standing) -> str:
    words = _STATES[standing.state]
    if standing.state.needs_sign_in or standing.source is TokenSource.ENVIRONMENT:
        return words
    return f"{words}, {'end not known' if standing.days_left is None else f'{standing.days_left} days left'}"


@auth.command()
@_account_option
@click.pass_obj
async def refresh(invocation: Invocation, name: str) -> None:
    """Renew an account's token now; a worker does so by itself from its seventh day."""
    async with invocation.session() as pressroom:
        stored = await pressroom.accounts.refresh(name)
    if invocation.console.is_json:
        ends = spelled(stored.token_expires_at, "UTC")
        invocation.console.json(RenewedShape(account=name, token_expires_at=ends))
    else:
        invocation.console.data(f"Account {name}. {_end(stored)}")


@auth.command()
@_account_option
@click.pass_obj
async def logout(invocation: Invocation, name: str) -> None:
    """Forget an account's token. Its posts stay, and wait for somebody to sign in again."""
    async with invocation.session() as pressroom:
        await pressroom.accounts.sign_out(name)
    if invocation.console.is_json:
        invocation.console.json(SignedOutShape(account=name))
    else:
        invocation.console.data(f"The token of account {name} is gone from the store.")
