"""`pressroom auth login`: signs accounts in, by the way that is asked for or chosen."""

from collections.abc import Sequence

import click

from pressroom.cli.accounts.telling import after
from pressroom.cli.accounts.ways import Wishes, by_browser, by_loopback, by_token
from pressroom.cli.shell.asking import asked, chosen
from pressroom.cli.shell.command import Command
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.account import LONGEST_NAME, is_account_name
from pressroom.core.errors import Refused
from pressroom.core.settings import ACCESS_TOKEN
from pressroom.core.when import zone_named
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.graph.traps import trap
from pressroom.service import Pressroom
from pressroom.service.accounts.signing_in import LOOPBACK_PORT, Found, FoundAccount, SignedIn
from pressroom.service.shapes.accounts import SignedInShape

_WAYS = ("token", "browser", "loopback", "loopback_https")
_ASKED = (
    "Paste the token that the app's dashboard generates: for your own accounts, works for each login",
    "In the browser, and paste back the address that it ends at: works over SSH, too",
    "In the browser, which comes back to this machine: Facebook Login, while the app is in development",
)
_PERMISSIONS = [one.name.lower() for one in Permission]
_UNKNOWN_END = {
    LoginType.INSTAGRAM: "When the token ends is not known yet. One of the dashboard's lasts 60 days, and is "
    "renewed by a worker; one of a code is over in an hour, unless the app's secret is known.",
    LoginType.FACEBOOK: "When the token ends is not known, and none of Facebook Login is renewed: a person's "
    "lasts 60 days at most, a Page's own lasts.",
    LoginType.UNIFIED: "When the token ends is not known, nor whether one of Unified Login can be renewed.",
}


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
    "--login", "login_type", type=click.Choice([one.value for one in LoginType]), help="By default found out."
)
@click.option(
    "--account", "name", metavar="NAME", help="Its name here; by default the one it had, or `default`."
)
@click.option("--tz", metavar="ZONE", help="Where its times are meant, such as Europe/Istanbul.")
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
    # Checked before anything is asked, so that a misspelled zone costs no second paste.
    if tz is not None:
        zone_named(tz)
    if name is not None:
        _require_name(name)
        if takes_all or len(user_ids) > 1:
            raise click.UsageError("--account names one account, and several are to be taken.")
    wishes = Wishes(
        login_type=LoginType(login_type) if login_type else None,
        app_id=app_id,
        redirect_uri=redirect_uri,
        permissions=_permissions(permissions),
        port=port,
        opens=opens,
    )
    async with invocation.session() as pressroom:
        found = await _found(invocation, pressroom, way or await _asked_way(invocation), wishes)
        wanted = await _wanted(invocation, found, user_ids, takes_all=takes_all)
        if name is not None and len(wanted) > 1:
            raise click.UsageError("--account names one account, and several are taken.")
        signed_in = [
            await pressroom.accounts.keep(
                one,
                name=name,
                # "UTC" is stored for an account without a zone; a chosen UTC has to be told from that.
                timezone="Etc/UTC" if tz == "UTC" else tz,
                is_default=is_default and number == 0,
            )
            for number, one in enumerate(wanted)
        ]
    _show(invocation, signed_in, is_list=takes_all or len(user_ids) > 1)


def _require_name(name: str) -> None:
    # The store refuses it as well, but only once a code is used up.
    if not is_account_name(name):
        raise Refused(
            f"{name!r} cannot be an account's name.",
            rule="account_name",
            value=name,
            limit=f"1 to {LONGEST_NAME} printable characters without `@`",
            fix="Give another name.",
        )


def _permissions(names: Sequence[str]) -> tuple[Permission, ...]:
    if not names:
        return ()
    needed = (Permission.BASIC, Permission.PAGES_SHOW_LIST, Permission.PAGES_READ_ENGAGEMENT)
    return tuple(dict.fromkeys((*needed, *(Permission[name.upper()] for name in names))))


async def _asked_way(invocation: Invocation) -> str:
    if not invocation.runtime.is_attended():
        raise click.UsageError("Give a way to sign in: --token-stdin and the token on stdin, or --browser.")
    return _WAYS[await chosen(invocation.console, "Which way?", _ASKED)]


async def _found(invocation: Invocation, pressroom: Pressroom, way: str, wishes: Wishes) -> Found:
    if way == "token":
        return await by_token(invocation, pressroom, wishes)
    if way == "browser":
        return await by_browser(invocation, pressroom, wishes)
    return await by_loopback(invocation, pressroom, wishes, is_https=way == "loopback_https")


async def _wanted(
    invocation: Invocation, found: Found, user_ids: Sequence[str], *, takes_all: bool
) -> tuple[FoundAccount, ...]:
    """Return the accounts to store: those named, the only one, or those that the person picks."""
    for link in found.missing:
        invocation.console.warn(f"{link} {link.trap.remedy}")
    accounts = found.accounts
    if user_ids:
        return tuple(_named(accounts, user_id) for user_id in user_ids)
    if takes_all or len(accounts) == 1:
        return accounts
    if not invocation.runtime.is_attended():
        raise _several(accounts)
    return await _picked(invocation, accounts)


async def _picked(invocation: Invocation, accounts: Sequence[FoundAccount]) -> tuple[FoundAccount, ...]:
    for number, one in enumerate(accounts, 1):
        invocation.console.note(f"  {number}  {one.shown}, by the Page {one.page}")
    while True:
        answer = await asked(invocation.console, "Which accounts, such as 1,2?", default="all")
        if answer.lower() == "all":
            return tuple(accounts)
        numbers = [int(one) for one in answer.replace(",", " ").split() if one.isascii() and one.isdigit()]
        if numbers and all(1 <= one <= len(accounts) for one in numbers):
            return tuple(accounts[one - 1] for one in dict.fromkeys(numbers))
        invocation.console.note(f"Give numbers from 1 to {len(accounts)}, or all.")


def _named(accounts: Sequence[FoundAccount], user_id: str) -> FoundAccount:
    found = next((one for one in accounts if one.account.user_id == user_id), None)
    if found is None:
        raise _several(accounts, user_id)
    return found


def _several(accounts: Sequence[FoundAccount], user_id: str | None = None) -> Refused:
    listed = ", ".join(
        f"{one.account.user_id}{f' of Page {one.page}' if one.page else ''}" for one in accounts
    )
    return Refused(
        f"The sign-in found {listed}.",
        rule="user_id",
        value=user_id,
        limit="one of these",
        fix="Name those that are meant with --user-id, or take --all.",
    )


def _show(invocation: Invocation, signed_in: Sequence[SignedIn], *, is_list: bool) -> None:
    for one in signed_in:
        _warn(invocation, one)
    if invocation.runtime.environ.get(ACCESS_TOKEN.name, "").strip():
        hidden = trap("environment-token")
        invocation.console.warn(f"{hidden.cause} {hidden.remedy}")
    if invocation.console.is_json:
        shapes = [SignedInShape.of(one) for one in signed_in]
        invocation.console.json(shapes if is_list or len(shapes) > 1 else shapes[0])
        return
    for one in signed_in:
        first, *more = after(one)
        invocation.console.data(first)
        for line in more:
            invocation.console.note(line)


def _warn(invocation: Invocation, signed_in: SignedIn) -> None:
    stored = signed_in.stored
    if signed_in.warning:
        invocation.console.warn(signed_in.warning)
    if stored.token_expires_at is None and not stored.details.never_ends:
        invocation.console.warn(_UNKNOWN_END[stored.login_type])
    if signed_in.left:
        invocation.console.warn(
            f"{stored.name} was another account before: {signed_in.left} of its posts wait until somebody is "
            "signed in to it again, under whatever name."
        )
