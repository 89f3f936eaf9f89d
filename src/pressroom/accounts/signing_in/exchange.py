"""Makes a long-lived token of a code, or of a short-lived token.

Source: https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/business-login
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from pressroom.accounts.signing_in.asking import Asking
from pressroom.accounts.signing_in.words import explained
from pressroom.client.client import Client
from pressroom.core.account import Account, App
from pressroom.core.errors import GraphError, UnexpectedAnswer
from pressroom.core.secret import Secret
from pressroom.graph import calls
from pressroom.graph.answers import CodeToken, RefreshedToken
from pressroom.graph.hosts import LoginType

OpenClient = Callable[[Account], Client]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token that Instagram has just given. expires_in: seconds; None where it did not say.

    is_exact: this very token is wanted, and not a Page's in place of a person's.
    """

    account: Account
    is_exact: bool = False
    expires_in: int | None = None
    permissions: tuple[str, ...] | None = None


async def token_for(asking: Asking, code: Secret, open_client: OpenClient) -> NewToken:
    """Exchange a code for a long-lived token. The code is used up, whatever comes of it.

    Raises GraphError, TransportError.
    """
    account = Account(
        token=Secret(""),
        login_type=asking.login_type,
        api_base=asking.api_base,
        version=asking.version,
    )
    with explained():
        if asking.login_type is LoginType.INSTAGRAM:
            return await _of_instagram(asking, code, account, open_client)
        return await _of_facebook(asking, code, account, open_client)


async def _of_instagram(asking: Asking, code: Secret, nobody: Account, open_client: OpenClient) -> NewToken:
    call = calls.code_for_token(
        code.reveal(),
        client_id=asking.app.app_id,
        client_secret=asking.app.secret.reveal(),
        redirect_uri=asking.redirect_uri,
    )
    given = await open_client(nobody).send(call)
    short = replace(nobody, token=Secret(_token_in(given)))
    long = await long_lived(short, asking.app, open_client)
    return replace(long, permissions=given.granted or long.permissions)


def _token_in(given: CodeToken) -> str:
    token = given.token.access_token
    if not token:
        raise UnexpectedAnswer("The answer to the code holds no token.", fix="Sign in again.")
    return token


async def _of_facebook(asking: Asking, code: Secret, nobody: Account, open_client: OpenClient) -> NewToken:
    call = calls.facebook_code_for_token(
        code.reveal(),
        client_id=asking.app.app_id,
        client_secret=asking.app.secret.reveal(),
        redirect_uri=asking.redirect_uri,
    )
    short = await open_client(nobody).send(call)
    return await long_lived(replace(nobody, token=Secret(short.access_token)), asking.app, open_client)


async def long_lived(short: Account, app: App, open_client: OpenClient) -> NewToken:
    """Exchange a short-lived token for a long-lived one. Raises GraphError, TransportError."""
    token, secret = short.token.reveal(), app.secret.reveal()
    if short.login_type is LoginType.INSTAGRAM:
        call = calls.long_lived_token(token, client_secret=secret)
    else:
        call = calls.facebook_long_lived_token(token, client_id=app.app_id, client_secret=secret)
    return _new(short, await open_client(short).send(call))


async def renewed(account: Account, app: App | None, open_client: OpenClient) -> NewToken:
    """Renew a token of Instagram Login, or exchange a short-lived one where the app's secret is known.

    Returns the token as it is where Instagram does neither: it may be younger than a day. Raises
    TransportError.
    """
    # Only a renewal tells when a token ends. It is refused in the first 24 hours (Access Token reference),
    # so that a refusal is no error: the worker renews the token later.
    try:
        return _new(account, await open_client(account).send(calls.refresh_token(account.token.reveal())))
    except GraphError:
        if app is None:
            return NewToken(account=account)
    try:
        return await long_lived(account, app, open_client)
    except GraphError:
        return NewToken(account=account)


def _new(account: Account, given: RefreshedToken) -> NewToken:
    return NewToken(
        account=replace(account, token=Secret(given.access_token)),
        expires_in=given.expires_in,
        permissions=given.granted,
    )
