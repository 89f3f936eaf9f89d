"""Finds the accounts that a token is good for: by `me`, or by its Pages, their tasks and their links."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pressroom.accounts.signing_in.exchange import NewToken, OpenClient, long_lived, renewed
from pressroom.accounts.signing_in.finding import is_account_itself, token_info
from pressroom.accounts.signing_in.found import Found, FoundAccount, MissingLink
from pressroom.accounts.signing_in.words import explained
from pressroom.accounts.who import who
from pressroom.client.client import Client
from pressroom.core.account import Account, App
from pressroom.core.errors import GraphError, PressroomError
from pressroom.core.graph_errors import InvalidParameter, PathOrTokenMissing
from pressroom.core.secret import Secret
from pressroom.core.stored_accounts import LoginDetails
from pressroom.graph import calls
from pressroom.graph.answers import FacebookPage, TokenInfo
from pressroom.graph.hosts import LoginType
from pressroom.graph.ids import ME
from pressroom.graph.permissions import Permission
from pressroom.graph.traps import trap

_ABOUT_ACCOUNT = "id,user_id,username,account_type"
_MAY_PUBLISH = frozenset({"MANAGE", "CREATE_CONTENT"})  # Overview: the person needs one of these tasks
# A short-lived token lasts hours, a long-lived one 60 days; a Page's own token ends with a short one.
_SHORT = timedelta(days=2)
# Facebook Login gives an app a person's data for so long after their consent.
_DATA_ACCESS = timedelta(days=90)


async def found_by(
    new: NewToken, *, app: App | None, open_client: OpenClient, now: datetime, renews: bool = True
) -> Found:
    """Find the accounts of a token. renews: a token of unknown age, which a renewal tells the end of.

    Raises GraphError for one that does not work, SettingRefused for another account's than
    `new.account.user_id`, TransportError.
    """
    with explained():
        if new.account.login_type is LoginType.INSTAGRAM:
            return Found((await _of_instagram(new, app, open_client, now, renews=renews),))
        return await _of_facebook(new, app, open_client, now)


async def _of_instagram(
    new: NewToken, app: App | None, open_client: OpenClient, now: datetime, *, renews: bool
) -> FoundAccount:
    # Asked before anything else: a token that does not work is not worth a renewal.
    found = await who(open_client(new.account), fields=_ABOUT_ACCOUNT)
    if renews:
        new = await renewed(new.account, app, open_client)
    return FoundAccount(
        account=replace(new.account, user_id=found.user_id),
        details=LoginDetails(
            username=found.username, account_type=found.account_type, permissions=new.permissions
        ),
        expires_at=now + timedelta(seconds=new.expires_in) if new.expires_in else None,
    )


async def _of_facebook(new: NewToken, app: App | None, open_client: OpenClient, now: datetime) -> Found:
    new, info = await _lasting(new, app, open_client, now)
    client = open_client(new.account)
    details = LoginDetails(
        permissions=await permissions_of(client, info),
        never_ends=info is not None and info.expires_at == 0,
        data_access_expires_at=_data_end_of(new, info, now),
    )
    held = _Held(new.account, details, _end_of(new, info, now), new.is_exact)
    if new.account.login_type is LoginType.UNIFIED and await is_account_itself(client):
        return await _by_id(client, held)
    found = _walked(held, await _pages(client), now)
    return found if new.account.user_id == ME else await _of_one(client, held, found)


async def _of_one(client: Client, held: "_Held", found: Found) -> Found:
    """Return the account whose id was given. Raises SettingRefused for a token of others."""
    wanted = held.account.user_id
    mine = tuple(one for one in found.accounts if one.account.user_id == wanted)
    has_links = any(link.page for link in found.missing)
    if mine or (has_links and not found.accounts):
        return replace(found, accounts=mine)
    # A token that may not list its Pages is asked for the account itself.
    return await _by_id(client, held)


async def _by_id(client: Client, held: "_Held") -> Found:
    found = await who(client)
    details = replace(held.details, username=found.username, account_type=found.account_type)
    account = replace(held.account, user_id=found.user_id)
    return Found((FoundAccount(account=account, details=details, expires_at=held.ends),))


@dataclass(frozen=True, slots=True)
class _Held:
    """The token at hand, and what is known of it."""

    account: Account
    details: LoginDetails
    ends: datetime | None
    is_exact: bool

    def may_be_left(self, now: datetime) -> bool:
        """Whether a Page's token may take its place: it has no end where this one is long-lived."""
        if self.is_exact or self.account.login_type is not LoginType.FACEBOOK:
            return False
        return self.details.never_ends or (self.ends is not None and self.ends - now > _SHORT)


def _end_of(new: NewToken, info: TokenInfo | None, now: datetime) -> datetime | None:
    """Return when a token ends: as Facebook tells, else as the exchange said."""
    if info is not None and info.expires_at is not None:
        return _moment(info.expires_at)
    return now + timedelta(seconds=new.expires_in) if new.expires_in else None


def _data_end_of(new: NewToken, info: TokenInfo | None, now: datetime) -> datetime | None:
    """Return when the access to data ends: as Facebook tells, else 90 days after a consent."""
    if info is not None:
        return _moment(info.data_access_expires_at)
    # With `expires_in` it comes from a consent of this moment.
    is_new = new.expires_in is not None and new.account.login_type is LoginType.FACEBOOK
    return now + _DATA_ACCESS if is_new else None


async def _lasting(
    new: NewToken, app: App | None, open_client: OpenClient, now: datetime
) -> tuple[NewToken, TokenInfo | None]:
    """Return the token, exchanged for a long-lived one if it is short and the app's secret is known."""
    info = await token_info(open_client(new.account), app)
    ends = _moment(info.expires_at) if info else None
    if app is None or ends is None or ends - now > _SHORT:
        return new, info
    try:
        longer = await long_lived(new.account, app, open_client)
    except GraphError:
        return new, info
    return longer, await token_info(open_client(longer.account), app)


async def permissions_of(client: Client, info: TokenInfo | None) -> tuple[str, ...] | None:
    """Return the names of the permissions of a token of Facebook's; None where nobody tells them."""
    if info is not None and info.scopes is not None:
        return tuple(info.scopes)
    try:
        page = await client.send(calls.permissions())
    except PressroomError:  # a Page's own token, or a system user's
        return None
    return tuple(one.permission for one in page.data if one.status == "granted")


async def _pages(client: Client) -> list[FacebookPage]:
    try:
        return [page async for page in client.pages(calls.pages(calls.WALKED_PAGE_FIELDS))]
    except (InvalidParameter, PathOrTokenMissing):  # a Page's own token has no /me/accounts
        return [await client.send(calls.own_page())]


def _walked(held: _Held, pages: Sequence[FacebookPage], now: datetime) -> Found:
    if not pages:
        return Found((), _without_pages(held.account.login_type, held.details))
    accounts, missing = list[FoundAccount](), list[MissingLink]()
    for page in pages:
        link = _missing_link(page)
        if link is None:
            accounts.append(_by_page(held, page, now))
        else:
            missing.append(link)
    return Found(tuple(accounts), tuple(missing))


def _without_pages(login_type: LoginType, details: LoginDetails) -> tuple[MissingLink, ...]:
    lists = Permission.PAGES_SHOW_LIST.name_under(login_type)
    if details.permissions is not None and lists and lists not in details.permissions:
        return (MissingLink(None, trap("missing-permission")),)
    # Facebook answers both with an empty list.
    return (MissingLink(None, trap("no-page")), MissingLink(None, trap("page-not-picked")))


def _missing_link(page: FacebookPage) -> MissingLink | None:
    name = page.name or str(page.id)
    if page.tasks is not None and not _MAY_PUBLISH & set(page.tasks):
        return MissingLink(name, trap("page-task"))
    linked = page.instagram_business_account
    return None if linked and linked.id else MissingLink(name, trap("page-unlinked"))


def _by_page(held: _Held, page: FacebookPage, now: datetime) -> FoundAccount:
    linked = page.instagram_business_account
    assert linked is not None
    account, details, ends = held.account, held.details, held.ends
    if page.access_token and held.may_be_left(now):
        # The Page's own token does not end when a long-lived one asked for it (Access Tokens).
        account, ends = replace(account, token=Secret(page.access_token)), None
        details = replace(details, never_ends=True)
    return FoundAccount(
        account=replace(account, user_id=str(linked.id)),
        details=replace(details, username=linked.username),
        expires_at=ends,
        page=page.name or str(page.id),
    )


def _moment(unix: int | None) -> datetime | None:
    return datetime.fromtimestamp(unix, UTC) if unix else None
