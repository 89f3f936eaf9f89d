"""The ways to sign in from the command line: a pasted token, or a person's consent in the browser."""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pressroom.cli.accounts.telling import before
from pressroom.cli.shell.asking import asked, chosen
from pressroom.cli.shell.browser import has_browser, open_in_browser
from pressroom.cli.shell.console import write
from pressroom.cli.shell.failures import Misused
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.account import App, app_label
from pressroom.core.errors import Refused, SignInRequired
from pressroom.core.reading_settings import token as read_token
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.service import Pressroom
from pressroom.service.accounts.signing_in import Asking, Found

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


async def by_token(invocation: Invocation, pressroom: Pressroom, wishes: Wishes) -> Found:
    """Read the token from stdin, or ask for it without showing it."""
    token = await _token(invocation)
    return await pressroom.accounts.find(token, login_type=wishes.login_type)


async def _token(invocation: Invocation) -> Secret:
    # Never from an argument: it would stand in the shell's history and in every list of processes.
    if invocation.runtime.is_attended():
        given = await asked(invocation.console, "Paste the token (it is not shown):", is_hidden=True)
    else:
        given = sys.stdin.read().strip()
    if not given:
        raise SignInRequired(
            "Nothing came on stdin, where the token belongs.",
            fix=Fix.of("Give it there: {}.", Remedy(RemedyKind.SIGN_IN_FROM_FILE)),
        )
    return read_token("The token on stdin", given)


async def by_browser(invocation: Invocation, pressroom: Pressroom, wishes: Wishes) -> Found:
    """Print and open the authorize address, and take the address that the browser ended at."""
    login_type, app = await _login_and_app(invocation, pressroom, wishes)
    redirect_uri = wishes.redirect_uri or app.redirect_uri or await _redirect_uri(invocation, login_type)
    asking = await pressroom.accounts.ask_consent(
        login_type, app, redirect_uri=redirect_uri, permissions=wishes.permissions or None
    )
    async with _opened(invocation, pressroom, asking, wishes):
        return await _pasted(invocation, pressroom, asking)


async def _pasted(invocation: Invocation, pressroom: Pressroom, asking: Asking) -> Found:
    is_attended = invocation.runtime.is_attended()
    while True:
        if is_attended:
            address = await asked(invocation.console, _PASTE, is_hidden=True)
        else:
            address = sys.stdin.readline()
        try:
            return await pressroom.accounts.answer_consent(asking, address)
        except Refused as error:
            # A wrong paste uses up nothing: the person copies again. A program gets the error.
            if not is_attended or error.rule not in ("redirect_address", "state"):
                raise
            invocation.console.warn(str(error))


async def by_loopback(
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
    login_type = wishes.login_type or await _login_type(invocation)
    if login_type is LoginType.UNIFIED:  # refused before anything is asked
        await pressroom.accounts.ask_consent(login_type, App("", Secret("")), redirect_uri="")
    known = await pressroom.accounts.app(login_type)
    # Who names an app at a terminal gives its secret, too: it may have been reset.
    is_that = wishes.app_id is None or (
        known is not None and known.app_id == wishes.app_id and not invocation.runtime.is_attended()
    )
    if known is not None and is_that:
        return login_type, known
    return login_type, await _app(invocation, login_type, wishes.app_id)


async def _login_type(invocation: Invocation) -> LoginType:
    if not invocation.runtime.is_attended():
        return LoginType.INSTAGRAM
    logins = (LoginType.INSTAGRAM, LoginType.FACEBOOK)
    options = ["Instagram Login: no Facebook Page is needed", "Facebook Login: by the Page of the account"]
    return logins[await chosen(invocation.console, "Which login?", options)]


async def _app(invocation: Invocation, login_type: LoginType, app_id: str | None) -> App:
    label = app_label(login_type)
    if not invocation.runtime.is_attended():
        prefix = "INSTAGRAM" if login_type is LoginType.INSTAGRAM else "META"
        raise Misused(
            f"The {label}'s id and secret are not known.",
            fix=f"Set {prefix}_APP_ID and {prefix}_APP_SECRET, or sign in at a terminal once.",
        )
    invocation.console.note(_where(login_type))
    app_id = app_id or await asked(invocation.console, f"{label} ID:")
    secret = await asked(invocation.console, f"{label} secret (it is not shown):", is_hidden=True)
    if not secret:
        raise Misused(f"The {label} secret is needed for the exchange.", fix="Copy it from the dashboard.")
    return App(app_id, Secret(secret))


def _where(login_type: LoginType) -> str:
    if login_type is LoginType.INSTAGRAM:
        return (
            "Meta's dashboard has two ids: the Instagram app ID and Instagram app secret are wanted, from "
            "API setup with Instagram login, not the Meta app's App ID and App secret. They are kept sealed."
        )
    return (
        "The Meta app's App ID and App secret are wanted, not those of Instagram Login. They are kept sealed."
    )


async def _redirect_uri(invocation: Invocation, login_type: LoginType) -> str:
    if not invocation.runtime.is_attended():
        raise Misused("No redirect URI is known.", fix="Give --redirect-uri, as it is registered.")
    question = (
        f"Redirect URI, byte for byte as registered for the {app_label(login_type)} (any https address):"
    )
    return await asked(invocation.console, question)


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
