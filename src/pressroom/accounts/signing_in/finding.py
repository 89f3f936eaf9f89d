"""Finds the accounts that a token is good for, and the links that are missing on the way to others.

`account_of_token` tells which login a token is of: by its first letters, then by a question to each host.
`found_by` then asks `me`, or walks the Pages, their tasks and their links.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pressroom.accounts.signing_in.asking import NewToken, OpenClient, explained, long_lived, renewed
from pressroom.accounts.who import who
from pressroom.client.client import Client
from pressroom.core.account import Account, App, LoginDetails, login_types_for
from pressroom.core.errors import GraphError, PressroomError, SettingRefused, SignInRequired
from pressroom.core.graph_errors import InvalidParameter, PathOrTokenMissing
from pressroom.core.reading_settings import token as read_token
from pressroom.core.remedies import Fix
from pressroom.core.secret import Secret
from pressroom.graph import calls
from pressroom.graph.answers import ME, TokenInfo
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.graph.traps import Trap, trap

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

    Raises SettingRefused for what is no token by its form, and for one that the base does not take;
    SignInRequired where no host takes it, TransportError.
    """
    token = read_token("The token", token.reveal())
    logins = login_types_for(token.reveal(), api_base)
    if login_type is not None:
        if login_type not in logins:
            raise SettingRefused(
                f"By its first letters the token is not of {login_type.label}.",
                rule="login_type",
                value=login_type.value,
                limit=" or ".join(login.value for login in logins),
                fix="Leave the login out: the token tells it.",
            )
        logins = (login_type,)
    bases = [api_base] if api_base else list(dict.fromkeys(f"https://{login.host}" for login in logins))
    for base in bases:
        here = [login for login in logins if api_base or base == f"https://{login.host}"]
        account = Account(token=token, login_type=here[0], api_base=base, version=version)
        if (login := await _login_of(open_client(account), here)) is not None:
            return replace(account, login_type=login, user_id=user_id)
    # It went to each host that takes tokens of its letters, so that it is none of another host's.
    cause = trap("unknown-token")
    raise SignInRequired(f"Instagram does not take the token. {cause.cause}", fix=cause.remedy)


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
    # Facebook Login and Unified Login look alike from outside; only `debug_token` tells a system user, and
    # where it tells nothing Facebook Login is assumed (docs/decisions/0021).
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
    # The app may ask about any token of its own; a token about itself is general knowledge alone.
    for asker in ([app.token] if app else []) + [token]:
        try:
            answer = await client.send(calls.token_info(token.reveal(), asker.reveal()))
        except PressroomError:
            continue
        if answer.data.is_valid:
            return answer.data
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAccount:
    """An account that the token at hand is good for; nothing is stored yet.

    account: with token and user id. expires_at: when the token ends; None where that is not known, or never
    (`details.never_ends`). page: the Facebook Page by which it was found.
    """

    account: Account
    details: LoginDetails
    expires_at: datetime | None = None
    page: str | None = None

    @property
    def shown(self) -> str:
        """The account's name for people."""
        return f"@{self.details.username}" if self.details.username else self.account.user_id


@dataclass(frozen=True, slots=True)
class MissingLink:
    """A Page by which no account can be used. page: None where the person has no Page at all."""

    page: str | None
    trap: Trap

    def __str__(self) -> str:
        return f"Page {self.page}: {self.trap.cause}" if self.page else self.trap.cause


@dataclass(frozen=True, slots=True)
class Found:
    """What a sign-in found: the accounts that can be used, and the Pages that lead to none."""

    accounts: tuple[FoundAccount, ...]
    missing: tuple[MissingLink, ...] = ()

    def require_any(self) -> "Found":
        """Return what was found. Without an account raises SignInRequired, which names the missing links."""
        if self.accounts:
            return self
        traps = dict.fromkeys(link.trap for link in self.missing)
        raise SignInRequired(
            f"No account was found. {' '.join(map(str, self.missing))}".strip(),
            fix=Fix(" Or: ".join(trap.remedy for trap in traps)),
        )


_ABOUT_ACCOUNT = "id,user_id,username,account_type"
_MAY_PUBLISH = frozenset({"MANAGE", "CREATE_CONTENT"})  # Overview: the person needs one of these tasks
# A short-lived token lasts hours, a long-lived one 60 days; a Page's own token ends with a short one.
_SHORT = timedelta(days=2)
# Facebook Login gives an app a person's data for so long after their consent.
_DATA_ACCESS = timedelta(days=90)


async def found_by(
    new: NewToken, *, app: App | None, open_client: OpenClient, now: datetime, renews: bool = True
) -> Found:
    """Find the accounts of a token. renews: renew it first, which tells when a token of unknown age ends.

    Raises GraphError for one that does not work, SettingRefused for another account's than
    `new.account.user_id`, TransportError.
    """
    with explained(new.account):
        if new.account.login_type is not LoginType.INSTAGRAM:
            return await _found_by_facebook(new, app, open_client, now)
        # Asked before anything else: a token that does not work is not worth a renewal.
        user = await who(open_client(new.account), fields=_ABOUT_ACCOUNT)
        if renews:
            new = await renewed(new.account, app, open_client)
        account = FoundAccount(
            account=replace(new.account, user_id=user.user_id),
            details=LoginDetails(
                username=user.username, account_type=user.account_type, permissions=new.permissions
            ),
            expires_at=now + timedelta(seconds=new.expires_in) if new.expires_in else None,
        )
        return Found((account,))


@dataclass(frozen=True, slots=True)
class _Held:
    """The token at hand, and what is known of it."""

    account: Account
    details: LoginDetails
    ends: datetime | None
    is_exact: bool


async def _found_by_facebook(new: NewToken, app: App | None, open_client: OpenClient, now: datetime) -> Found:
    """Find the accounts of a token of Facebook's: by its Pages, or the account that it is of itself."""
    info = await token_info(open_client(new.account), app)
    ends = _moment(info.expires_at) if info else None
    if app is not None and ends is not None and ends - now <= _SHORT:
        with suppress(GraphError):  # the short one is as good, for as long as it lasts
            new = await long_lived(new.account, app, open_client)
            info = await token_info(open_client(new.account), app)

    # As Facebook tells, else as the exchange did. With `expires_in` it comes from a consent of this moment.
    promised = now + timedelta(seconds=new.expires_in) if new.expires_in else None
    is_new = new.expires_in is not None and new.account.login_type is LoginType.FACEBOOK
    client = open_client(new.account)
    details = LoginDetails(
        permissions=await permissions_of(client, info),
        never_ends=info is not None and info.expires_at == 0,
        data_access_expires_at=_moment(info.data_access_expires_at)
        if info is not None
        else (now + _DATA_ACCESS if is_new else None),
    )
    ends = promised if info is None or info.expires_at is None else _moment(info.expires_at)
    held = _Held(new.account, details, ends, new.is_exact)
    # Under Unified Login `me` may be the account itself, which needs no Page.
    if new.account.login_type is LoginType.UNIFIED and await is_account_itself(client):
        return await _found_by_id(client, held)
    result = await _found_by_pages(client, held, now)
    if new.account.user_id == ME:
        return result

    # One account is wanted. A token that may not list its Pages is asked for the account itself.
    mine = tuple(each for each in result.accounts if each.account.user_id == held.account.user_id)
    has_links = any(link.page for link in result.missing)
    if mine or (has_links and not result.accounts):
        return replace(result, accounts=mine)
    return await _found_by_id(client, held)


async def _found_by_id(client: Client, held: _Held) -> Found:
    user = await who(client)
    details = replace(held.details, username=user.username, account_type=user.account_type)
    account = replace(held.account, user_id=user.user_id)
    return Found((FoundAccount(account=account, details=details, expires_at=held.ends),))


async def _found_by_pages(client: Client, held: _Held, now: datetime) -> Found:
    """Walk the Pages: each leads to an account, or names the link that is missing on the way."""
    try:
        pages = [page async for page in client.pages(calls.pages(calls.WALKED_PAGE_FIELDS))]
    except (InvalidParameter, PathOrTokenMissing):  # a Page's own token has no /me/accounts
        pages = [await client.send(calls.own_page())]
    if not pages:
        lists = Permission.PAGES_SHOW_LIST.name_under(held.account.login_type)
        if held.details.permissions is not None and lists and lists not in held.details.permissions:
            return Found((), (MissingLink(None, trap("missing-permission")),))
        # Facebook answers both with an empty list.
        return Found((), (MissingLink(None, trap("no-page")), MissingLink(None, trap("page-not-picked"))))

    accounts, missing = list[FoundAccount](), list[MissingLink]()
    is_long_lived = held.details.never_ends or (held.ends is not None and held.ends - now > _SHORT)
    may_be_left = is_long_lived and not held.is_exact and held.account.login_type is LoginType.FACEBOOK
    for page in pages:
        name, linked = page.name or str(page.id), page.instagram_business_account
        if page.tasks is not None and not _MAY_PUBLISH & set(page.tasks):
            missing.append(MissingLink(name, trap("page-task")))
        elif linked is None or not linked.id:
            missing.append(MissingLink(name, trap("page-unlinked")))
        else:
            account = replace(held.account, user_id=str(linked.id))
            details, ends = replace(held.details, username=linked.username), held.ends
            if page.access_token and may_be_left:
                # The Page's own token does not end when a long-lived one asked for it (Access Tokens).
                account, ends = replace(account, token=Secret(page.access_token)), None
                details = replace(details, never_ends=True)
            accounts.append(FoundAccount(account=account, details=details, expires_at=ends, page=name))
    return Found(tuple(accounts), tuple(missing))


async def permissions_of(client: Client, info: TokenInfo | None) -> tuple[str, ...] | None:
    """Return the names of the permissions of a token of Facebook's; None where nobody tells them."""
    if info is not None and info.scopes is not None:
        return tuple(info.scopes)
    try:
        page = await client.send(calls.permissions())
    except PressroomError:  # a Page's own token, or a system user's
        return None
    return tuple(each.permission for each in page.data if each.status == "granted")


def _moment(unix: int | None) -> datetime | None:
    return datetime.fromtimestamp(unix, UTC) if unix else None
