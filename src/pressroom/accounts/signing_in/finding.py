"""Tells which login a token is of: by its first letters, then by a question to each host."""

from dataclasses import replace

from pressroom.accounts.signing_in.exchange import OpenClient
from pressroom.client.client import Client
from pressroom.core.account import Account, App
from pressroom.core.errors import GraphError, PressroomError, SettingRefused, SignInRequired
from pressroom.core.graph_errors import InvalidParameter, PathOrTokenMissing
from pressroom.core.secret import Secret
from pressroom.core.settings import login_types_for
from pressroom.graph import calls
from pressroom.graph.answers import TokenInfo
from pressroom.graph.hosts import LoginType
from pressroom.graph.ids import ME
from pressroom.graph.traps import trap

_SYSTEM_USER = "SYSTEM_USER"
_NO_TOKEN = 190


async def account_of_token(
    token: Secret,
    *,
    api_base: str | None,
    version: str,
    open_client: OpenClient,
    login_type: LoginType | None = None,
    user_id: str = ME,
) -> Account:
    """Return the account of a token, at the host and of the login that take it.

    api_base: None for Meta's, by the login. login_type: None where nobody said it.

    Raises SettingRefused for a token that the base does not take, SignInRequired where no host takes it,
    TransportError.
    """
    logins = _among(login_types_for(token.reveal(), api_base), login_type)
    bases = [api_base] if api_base else list(dict.fromkeys(f"https://{login.host}" for login in logins))
    for base in bases:
        here = [login for login in logins if api_base or base == f"https://{login.host}"]
        account = Account(token=token, login_type=here[0], api_base=base, version=version)
        if (found := await _login_of(open_client(account), here)) is not None:
            return replace(account, login_type=found, user_id=user_id)
    cause = trap("wrong-host")
    raise SignInRequired(f"Instagram does not take the token. {cause.cause}", fix=cause.remedy)


def _among(possible: tuple[LoginType, ...], wanted: LoginType | None) -> tuple[LoginType, ...]:
    if wanted is None or wanted in possible:
        return possible if wanted is None else (wanted,)
    raise SettingRefused(
        f"By its first letters the token is not of {wanted.label}.",
        rule="login_type",
        value=wanted.value,
        limit=" or ".join(one.value for one in possible),
        fix="Leave the login out: the token tells it.",
    )


async def _login_of(client: Client, logins: list[LoginType]) -> LoginType | None:
    """Return which of several logins a token is of; None where the host does not take it."""
    if len(logins) == 1:
        return logins[0]
    try:
        if LoginType.INSTAGRAM in logins and await _has_at_me(client, "user_id"):
            return LoginType.INSTAGRAM
        if await is_account_itself(client):
            return LoginType.UNIFIED
    except GraphError as error:
        if error.code == _NO_TOKEN:
            return None
        raise
    info = await token_info(client, None)
    is_unified = info is not None and info.type == _SYSTEM_USER
    return LoginType.UNIFIED if is_unified else LoginType.FACEBOOK


async def is_account_itself(client: Client) -> bool:
    """Tell whether `me` of a token on Facebook's host is the Instagram account.

    Under Facebook Login it is a person or a Page; under Unified Login Meta does not say.
    """
    return await _has_at_me(client, "media_count")


async def _has_at_me(client: Client, field: str) -> bool:
    """Tell whether `me` has a field, which shows what it is. Raises GraphError for a token of no use."""
    try:
        user = await client.send(calls.user(ME, fields=f"id,{field}"))
    except (InvalidParameter, PathOrTokenMissing):
        return False
    return getattr(user, field) is not None


async def token_info(client: Client, app: App | None) -> TokenInfo | None:
    """Ask Facebook what a token is; None where it does not say. app: asks in its own name.

    That a token may ask about itself is general knowledge; Meta documents the app's own.
    """
    token = client.account.token
    for asker in ([app.token] if app else []) + [token]:
        try:
            answer = await client.send(calls.token_info(token.reveal(), asker.reveal()))
        except PressroomError:
            continue
        if answer.data.is_valid:
            return answer.data
    return None
