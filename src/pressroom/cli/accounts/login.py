"""`pressroom auth login`: signs accounts in, by the way that an option names or a person picks.

There are three ways: `_sign_in` itself takes a pasted token, `_by_browser` the address at which a person's
consent ended, and `_by_loopback` waits for the browser to come to this machine.
"""

import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import click

from pressroom.cli.accounts.telling import after, before
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.console import write
from pressroom.cli.shell.failures import Misused
from pressroom.cli.shell.terminal import LONGEST_LINE, asked, chosen, has_browser, open_in_browser
from pressroom.core.account import LONGEST_NAME, App, app_label, is_account_name
from pressroom.core.errors import Refused, SignInRequired
from pressroom.core.reading_settings import LONGEST_TOKEN
from pressroom.core.reading_settings import token as read_token
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.core.settings import ACCESS_TOKEN
from pressroom.core.when import zone_named
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.graph.traps import trap
from pressroom.service import Pressroom
from pressroom.service.accounts.signing_in import (
    LOOPBACK_PORT,
    Asking,
    Found,
    FoundAccount,
    SignedIn,
    require_language,
)
from pressroom.service.acting.acting import zone_to_keep
from pressroom.service.shapes.accounts import SignedInShape

_WAYS = ("token", "browser", "loopback", "loopback_https")
# In the order of `_WAYS`. The last is not among them: its certificate is one that browsers warn of.
_WAYS_IN_WORDS = (
    "Paste the token that the app's dashboard generates: for your own accounts, works for each login",
    "In the browser, and paste back the address that it ends at: works over SSH, too",
    "In the browser, which comes back to this machine: Facebook Login, while the app is in development",
)
_PERMISSIONS = [permission.name.lower() for permission in Permission]
# Every call needs these, whatever else is asked for.
_NEEDED = (Permission.BASIC, Permission.PAGES_SHOW_LIST, Permission.PAGES_READ_ENGAGEMENT)
_UNKNOWN_END = {
    LoginType.INSTAGRAM: "When the token ends is not known yet. One of the dashboard's lasts 60 days, and is "
    "renewed by a worker; one of a code is over in an hour, unless the app's secret is known.",
    LoginType.FACEBOOK: "When the token ends is not known, and none of Facebook Login is renewed: a person's "
    "lasts 60 days at most, a Page's own lasts.",
    LoginType.UNIFIED: "When the token ends is not known, nor whether one of Unified Login can be renewed.",
}
_WHERE_APPS_ARE = {
    LoginType.INSTAGRAM: "Meta's dashboard has two ids: the Instagram app ID and Instagram app secret are "
    "wanted, from API setup with Instagram login, not the Meta app's App ID and App secret. They are kept "
    "sealed.",
    LoginType.FACEBOOK: "The Meta app's App ID and App secret are wanted, not those of Instagram Login. They "
    "are kept sealed.",
}
_PASTE = "Paste the address that the browser ended at (it is not shown):"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the options say of a sign-in. None: to be asked, or found out."""

    login_type: LoginType | None
    app_id: str | None
    redirect_uri: str | None
    permissions: tuple[Permission, ...]
    port: int
    opens: bool


@click.command(cls=Command)
@click.option(
    "--token-stdin", "way", flag_value="token", help="Read a token from stdin, or ask for it hidden."
)
@click.option(
    "--browser", "way", flag_value="browser", help="Print and open the page, and take the address it ends at."
)
@click.option("--loopback", "way", flag_value="loopback", help="Let the browser come back to this machine.")
@click.option(
    "--loopback-https",
    "way",
    flag_value="loopback_https",
    help="The same by https, with a throw-away certificate.",
)
@click.option(
    "--login",
    "login_type",
    type=click.Choice([login.value for login in LoginType]),
    help="By default found out.",
)
@click.option(
    "--account", "name", metavar="NAME", help="Its name here; by default the one it had, or `default`."
)
@click.option("--tz", metavar="ZONE", help="Where its times are meant, such as Europe/Istanbul.")
@click.option("--language", metavar="CODE", help="In which its reports are written, such as de.")
@click.option("--default", "is_default", is_flag=True, help="Use it where no account is named.")
@click.option("--all", "takes_all", is_flag=True, help="Take every account that the sign-in finds.")
@click.option("--user-id", "user_ids", multiple=True, metavar="ID", help="Take this one of several.")
@click.option("--app-id", metavar="ID", help="The app; its secret is asked for, or in the environment.")
@click.option("--redirect-uri", metavar="URI", help="Byte for byte as registered for the app.")
@click.option(
    "--permission",
    "permissions",
    type=click.Choice(_PERMISSIONS),
    multiple=True,
    help="Ask for these alone, beside what every call needs.",
)
@click.option(
    "--port", type=click.IntRange(1, 65535), default=LOOPBACK_PORT, show_default=True, help="Of --loopback."
)
@click.option("--open/--no-open", "opens", default=True, help="Open the browser, or print the address alone.")
@click.pass_obj
async def login(
    invocation: Invocation,
    *,
    way: str | None,
    login_type: str | None,
    name: str | None,
    tz: str | None,
    language: str | None,
    is_default: bool,
    takes_all: bool,
    user_ids: tuple[str, ...],
    app_id: str | None,
    redirect_uri: str | None,
    permissions: tuple[str, ...],
    port: int,
    opens: bool,
) -> None:
    r"""Sign accounts in: by a token, or by consent in the browser. At a terminal it asks which way.

    Host, version and user id come from INSTAGRAM_API_BASE, INSTAGRAM_API_VERSION and INSTAGRAM_USER_ID, as
    elsewhere; without them the token tells its host and whose it is.

    \b
    pressroom auth login
    pressroom auth login --token-stdin --tz Europe/Istanbul < token.txt
    pressroom auth login --browser --login facebook --all
    """
    takes_several = takes_all or len(user_ids) > 1
    _check(tz, language, name, takes_several=takes_several)
    named = [Permission[permission.upper()] for permission in permissions]
    wishes = Wishes(
        login_type=LoginType(login_type) if login_type else None,
        app_id=app_id,
        redirect_uri=redirect_uri,
        permissions=tuple(dict.fromkeys((*_NEEDED, *named))) if named else (),
        port=port,
        opens=opens,
    )
    async with invocation.session() as pressroom:
        sign_in = await _sign_in(invocation, pressroom, way, wishes)
        accounts = await _choose(invocation, sign_in, user_ids, takes_all=takes_all)
        if name is not None and len(accounts) > 1:
            raise click.UsageError("--account names one account, and several are taken.")
        timezone = tz and zone_to_keep(tz)
        signed_in = [
            await pressroom.accounts.keep(
                account,
                name=name,
                timezone=timezone,
                language=language,
                is_default=is_default and number == 0,
            )
            for number, account in enumerate(accounts)
        ]
    _show(invocation, signed_in, is_list=takes_several)


def _check(tz: str | None, language: str | None, name: str | None, *, takes_several: bool) -> None:
    """Raise Refused and UsageError before anything is asked: a misspelled zone costs no second paste."""
    if tz is not None:
        zone_named(tz)
    if language is not None:
        require_language(language)
    if name is None:
        return
    # The store refuses a bad name as well, but only once a code is used up.
    if not is_account_name(name):
        raise Refused(
            f"{name!r} cannot be an account's name.",
            rule="account_name",
            value=name,
            limit=f"1 to {LONGEST_NAME} printable characters without `@`",
            fix="Give another name.",
        )
    if takes_several:
        raise click.UsageError("--account names one account, and several are to be taken.")


async def _sign_in(invocation: Invocation, pressroom: Pressroom, way: str | None, wishes: Wishes) -> Found:
    """Sign in by a way, which a person is asked for where none is named."""
    console, is_attended = invocation.console, invocation.runtime.is_attended()
    if way is None:
        # A question would find nobody to answer it.
        if not is_attended:
            raise click.UsageError(
                "Give a way to sign in: --token-stdin and the token on stdin, or --browser."
            )
        way = _WAYS[await chosen(console, "Which way?", _WAYS_IN_WORDS)]
    if way == "browser":
        return await _by_browser(invocation, pressroom, wishes)
    if way != "token":
        return await _by_loopback(invocation, pressroom, wishes, is_https=way == "loopback_https")

    # Never from an argument: it would stand in the shell's history and in every list of processes.
    if is_attended:
        text = await asked(console, "Paste the token (it is not shown):", is_hidden=True)
    else:
        # As bytes, which need not be text; one more than a token has, so that no large file is read whole.
        text = sys.stdin.buffer.read(LONGEST_TOKEN + 1).decode(errors="replace").strip()
    if not text and is_attended:
        raise SignInRequired("Nothing was pasted.", fix="Run it again, paste the token, and press Enter.")
    if not text:
        raise SignInRequired(
            "Nothing came on stdin, where the token belongs.",
            fix=Fix.of("Give it there: {}.", Remedy(RemedyKind.SIGN_IN_FROM_FILE)),
        )
    source = "What was pasted" if is_attended else "What came on stdin"
    return await pressroom.accounts.find(read_token(source, text), login_type=wishes.login_type)


async def _choose(
    invocation: Invocation, sign_in: Found, user_ids: Sequence[str], *, takes_all: bool
) -> tuple[FoundAccount, ...]:
    """Return the accounts to store: those named, the only one, or those that the person picks."""
    console, accounts = invocation.console, sign_in.accounts
    for link in sign_in.missing:
        console.warn(f"{link} {link.trap.remedy}")
    if user_ids:
        # Of two Pages that lead to one account the first is taken.
        by_id = {account.account.user_id: account for account in reversed(accounts)}
        unknown = next((user_id for user_id in user_ids if user_id not in by_id), None)
        if unknown is not None:
            raise _several(accounts, unknown)
        return tuple(by_id[user_id] for user_id in user_ids)
    if takes_all or len(accounts) == 1:
        return accounts
    if not invocation.runtime.is_attended():
        raise _several(accounts)

    for number, account in enumerate(accounts, 1):
        console.note(f"  {number}  {account.shown}, by the Page {account.page}")
    while True:
        answer = await asked(console, "Which accounts, such as 1,2?", default="all")
        if answer.lower() == "all":
            return accounts
        words = answer.replace(",", " ").split()
        numbers = [int(word) for word in words if word.isascii() and word.isdigit()]
        if numbers and all(1 <= number <= len(accounts) for number in numbers):
            return tuple(accounts[number - 1] for number in dict.fromkeys(numbers))
        console.note(f"Give numbers from 1 to {len(accounts)}, or all.")


def _several(accounts: Sequence[FoundAccount], user_id: str | None = None) -> Refused:
    listed = ", ".join(
        f"{account.account.user_id}{f' of Page {account.page}' if account.page else ''}"
        for account in accounts
    )
    return Refused(
        f"The sign-in found {listed}.",
        rule="user_id",
        value=user_id,
        limit="one of these",
        fix="Name those that are meant with --user-id, or take --all.",
    )


def _show(invocation: Invocation, signed_in: Sequence[SignedIn], *, is_list: bool) -> None:
    console = invocation.console
    for account in signed_in:
        stored = account.stored
        if account.warning:
            console.warn(account.warning)
        if stored.token_expires_at is None and not stored.details.never_ends:
            console.warn(_UNKNOWN_END[stored.login_type])
        if account.left:
            console.warn(
                f"{stored.name} was another account before: {account.left} of its posts wait until somebody "
                "is signed in to it again, under whatever name."
            )
    # Whoever exports a token acts by it, and not by what was just stored.
    if invocation.runtime.environ.get(ACCESS_TOKEN.name, "").strip():
        hidden = trap("environment-token")
        console.warn(f"{hidden.cause} {hidden.remedy}")
    if console.is_json:
        shapes = [SignedInShape.of(account) for account in signed_in]
        console.json(shapes if is_list or len(shapes) > 1 else shapes[0])
        return
    for account in signed_in:
        first, *more = after(account)
        console.data(first)
        for line in more:
            console.note(line)


async def _by_browser(invocation: Invocation, pressroom: Pressroom, wishes: Wishes) -> Found:
    """Print and open the authorize address, and take the address that the browser ended at."""
    login_type, app = await _login_and_app(invocation, pressroom, wishes)
    console, is_attended = invocation.console, invocation.runtime.is_attended()
    redirect_uri = wishes.redirect_uri or app.redirect_uri
    if not redirect_uri:
        if not is_attended:
            raise Misused("No redirect URI is known.", fix="Give --redirect-uri, as it is registered.")
        registered = f"byte for byte as registered for the {app_label(login_type)}"
        redirect_uri = await asked(console, f"Redirect URI, {registered} (any https address):")
    asking = await pressroom.accounts.ask_consent(
        login_type, app, redirect_uri=redirect_uri, permissions=wishes.permissions or None
    )
    async with _opened(invocation, pressroom, asking, wishes):
        while True:
            address = (
                await asked(console, _PASTE, is_hidden=True)
                if is_attended
                else sys.stdin.readline(LONGEST_LINE)
            )
            try:
                return await pressroom.accounts.answer_consent(asking, address)
            except Refused as error:
                # A wrong paste uses up nothing: the person copies again. A program gets the error.
                if not is_attended or error.rule not in ("redirect_address", "state"):
                    raise
                console.warn(str(error))


async def _by_loopback(
    invocation: Invocation, pressroom: Pressroom, wishes: Wishes, *, is_https: bool
) -> Found:
    """Print and open the authorize address, and wait for the browser to come to this machine."""
    login_type, app = await _login_and_app(invocation, pressroom, wishes)
    waiting = pressroom.accounts.ask_on_loopback(
        login_type, app, permissions=wishes.permissions or None, port=wishes.port, is_https=is_https
    )
    async with waiting as awaited:
        invocation.console.note(f"Registered for the app has to be {awaited.asking.redirect_uri}")
        if is_https:
            invocation.console.note(
                "The browser warns of its certificate: it is made for this sign-in alone."
            )
        async with _opened(invocation, pressroom, awaited.asking, wishes):
            invocation.console.note("Waiting for the browser. Ctrl-C ends it.")
            return await awaited.answer()


async def _login_and_app(
    invocation: Invocation, pressroom: Pressroom, wishes: Wishes
) -> tuple[LoginType, App]:
    is_attended = invocation.runtime.is_attended()
    login_type = wishes.login_type or LoginType.INSTAGRAM
    # Where nobody can be asked it is Instagram Login, which needs no Page.
    if wishes.login_type is None and is_attended:
        logins = (LoginType.INSTAGRAM, LoginType.FACEBOOK)
        options = [
            "Instagram Login: no Facebook Page is needed",
            "Facebook Login: by the Page of the account",
        ]
        login_type = logins[await chosen(invocation.console, "Which login?", options)]
    # Refused before anything is asked.
    if login_type is LoginType.UNIFIED:
        await pressroom.accounts.ask_consent(login_type, App("", Secret("")), redirect_uri="")
    stored = await pressroom.accounts.app(login_type)
    # Who names an app at a terminal gives its secret, too: it may have been reset.
    if stored is not None and (wishes.app_id is None or (stored.app_id == wishes.app_id and not is_attended)):
        return login_type, stored
    label = app_label(login_type)
    if not is_attended:
        prefix = "INSTAGRAM" if login_type is LoginType.INSTAGRAM else "META"
        raise Misused(
            f"The {label}'s id and secret are not known.",
            fix=f"Set {prefix}_APP_ID and {prefix}_APP_SECRET, or sign in at a terminal once.",
        )
    invocation.console.note(_WHERE_APPS_ARE[login_type])
    app_id = wishes.app_id or await asked(invocation.console, f"{label} ID:")
    secret = await asked(invocation.console, f"{label} secret (it is not shown):", is_hidden=True)
    if not secret:
        raise Misused(f"The {label} secret is needed for the exchange.", fix="Copy it from the dashboard.")
    return login_type, App(app_id, Secret(secret))


@asynccontextmanager
async def _opened(
    invocation: Invocation, pressroom: Pressroom, asking: Asking, wishes: Wishes
) -> AsyncGenerator[None]:
    place = await pressroom.accounts.place_of_tokens()
    for line in before(asking.login_type, asking.app.app_id, asking.permissions, place):
        invocation.console.note(line)
    # Whatever the console holds back: without the address nobody can answer.
    write(
        sys.stderr, f"\nOpen this address as the account's owner, and allow the access:\n{asking.address}\n"
    )
    if not (wishes.opens and has_browser(invocation)):
        yield
        return
    async with pressroom.accounts.opening(asking) as local_address:
        open_in_browser(local_address)
        yield
