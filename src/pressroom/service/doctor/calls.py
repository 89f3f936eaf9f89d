"""The doctor's calls to Instagram for one account: reads alone, fewer than ten, each failing on its own."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from pressroom.client.client import Client
from pressroom.core.errors import GraphError, PressroomError, TransportError
from pressroom.core.graph_errors import InvalidParameter, PathOrTokenMissing
from pressroom.graph import calls
from pressroom.graph.answers import FacebookPage, Quota, SubscribedApp, TokenInfo, User
from pressroom.graph.calls import Call
from pressroom.graph.error_table import Retry
from pressroom.graph.hosts import LoginType
from pressroom.graph.ids import ME, MediaId, UserId
from pressroom.service.doctor.judge_asked import has_no_role
from pressroom.service.doctor.judge_facts import Asked

AnswerT = TypeVar("AnswerT")
# A call that meets a passing fault is repeated as long as this allows.
_LONGEST_S, _ATTEMPT_S = 15.0, 10.0
_MOST_PAGES = "100"


@dataclass(slots=True, kw_only=True)
class Told:
    """What Instagram said of an account, named as in `AccountFacts`.

    user_id: the account's, as it is kept or found. skew_s: this machine's clock minus Instagram's.
    """

    user_id: str = ME
    me: Asked[User] = None
    info: Asked[TokenInfo] = None
    granted: Asked[frozenset[str]] = None
    listed: Asked[bool] = None
    quota: Asked[Quota] = None
    insights: Asked[bool] = None
    comments: Asked[bool] = None
    pages: Asked[tuple[FacebookPage, ...]] = None
    subscriptions: Asked[tuple[SubscribedApp, ...]] = None
    usage_percent: float | None = None
    skew_s: float | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks as one account, and keeps what it is told. with_token: a client with a Page's own token."""

    client: Client
    with_token: Callable[[str], Client]
    told: Told = field(default_factory=Told)

    async def all(self) -> Told:
        """Ask everything that tells how the account stands."""
        is_instagram = self.client.account.login_type is LoginType.INSTAGRAM
        await (self._of_instagram() if is_instagram else self._of_facebook())
        return self.told

    async def _of_instagram(self) -> None:
        told, account = self.told, self.client.account
        told.user_id = account.user_id
        told.me = await self._ask(calls.user(ME, fields="id,user_id,username,account_type"))
        if isinstance(told.me, PressroomError):
            return  # all others would fail alike
        # `me` whatever id is kept: an id that is wrong would hide everything else.
        # Meta's own host of Instagram Login has no call that describes a token.
        describing = [] if account.is_real else [self._info()]
        newest, *_ = await asyncio.gather(self._of_user(ME), self._subscribed(ME, self.client), *describing)
        if newest is not None and not isinstance(told.info, TokenInfo):
            told.comments = _shown(await self._ask(calls.comments(newest, fields="id")))

    async def _of_facebook(self) -> None:
        told, account = self.told, self.client.account
        told.user_id = account.user_id
        pages, *_ = await asyncio.gather(self._pages(), self._info(), self._granted())
        if isinstance(pages, PressroomError) and _is_final(pages):
            told.me = pages  # all others would fail alike
            return
        told.pages = _without_tokens(pages)
        is_unified = account.login_type is LoginType.UNIFIED
        if is_unified and isinstance(pages, PressroomError):
            told.pages = None  # a system user need not have any
        user = _only_one(account.user, told.pages)
        if user == ME and is_unified:
            user = await self._me()
        told.user_id = user
        if user != ME:
            page = _page_of(user, pages)
            subscribed = [self._subscribed(page[0], self.with_token(page[1]))] if page else []
            await asyncio.gather(self._profile(user), self._of_user(user), *subscribed)

    async def _of_user(self, user: UserId) -> MediaId | None:
        """Ask what shows a permission by its answer, and return the newest media."""
        told = self.told
        media, quota, insights = await asyncio.gather(
            self._ask(calls.media_list(user, fields="id", limit=1)),
            self._ask(calls.publishing_quota(user)),
            self._ask(calls.account_insights(user, ["reach"])),
        )
        told.listed, told.insights = _shown(media), _shown(insights)
        told.quota = quota if isinstance(quota, PressroomError) else next(iter(quota.data), Quota())
        return None if isinstance(media, PressroomError) or not media.data else media.data[0].id

    async def _profile(self, user: UserId) -> None:
        self.told.me = await self._ask(calls.user(user, fields="id,username"))

    async def _me(self) -> UserId:
        """Ask who `me` is under Unified Login: the account, or a system user, which has no `username`."""
        self.told.me = await self._ask(calls.user(ME, fields="id,username"))
        found = self.told.me
        return found.id or ME if isinstance(found, User) and found.username else ME

    async def _info(self) -> None:
        token = self.client.account.token.reveal()
        found = await self._ask(calls.token_info(token, token))
        self.told.info = found if isinstance(found, PressroomError) else found.data

    async def _granted(self) -> None:
        found = await self._ask(calls.permissions())
        if isinstance(found, PressroomError):
            self.told.granted = found
        else:
            self.told.granted = frozenset(one.permission for one in found.data if one.status == "granted")

    async def _pages(self) -> tuple[FacebookPage, ...] | PressroomError:
        seen = await self._ask(calls.pages(calls.WALKED_PAGE_FIELDS).with_params(limit=_MOST_PAGES))
        if not isinstance(seen, PressroomError):
            return tuple(seen.data)
        if not isinstance(seen, InvalidParameter | PathOrTokenMissing):
            return seen
        own = await self._ask(calls.own_page())  # a Page's own token has no /me/accounts
        if isinstance(own, PressroomError):
            return own
        own_token = self.client.account.token.reveal()
        return (msgspec.structs.replace(own, access_token=own_token),)

    async def _subscribed(self, node: str, client: Client) -> None:
        found = await self._ask(calls.subscribed_apps(node), client)
        self.told.subscriptions = found if isinstance(found, PressroomError) else tuple(found.data)

    async def _ask(self, call: Call[AnswerT], client: Client | None = None) -> AnswerT | PressroomError:
        """Make a call; return the error in place of an answer that does not come."""
        client = client or self.client
        deadline = client.clock.monotonic() + _LONGEST_S
        try:
            reply = await client.exchange(call, deadline=deadline, timeout_s=_ATTEMPT_S)
        except PressroomError as error:
            return error
        if reply.host_date is not None:
            self.told.skew_s = (client.clock.now() - reply.host_date).total_seconds()
        if reply.usage_percent is not None:
            self.told.usage_percent = max(self.told.usage_percent or 0.0, reply.usage_percent)
        return reply.answer


def _is_final(error: PressroomError) -> bool:
    is_over = isinstance(error, GraphError) and error.retry is Retry.AFTER_SIGN_IN
    return is_over or has_no_role(error) or isinstance(error, TransportError)


def _shown(answer: object) -> Asked[bool]:
    return answer if isinstance(answer, PressroomError) else True


def _without_tokens(pages: Asked[tuple[FacebookPage, ...]]) -> Asked[tuple[FacebookPage, ...]]:
    if not isinstance(pages, tuple):
        return pages
    return tuple(msgspec.structs.replace(page, access_token=None) for page in pages)


def _only_one(user: UserId, pages: Asked[tuple[FacebookPage, ...]]) -> UserId:
    """Return the account that is named, else the only one that the Pages lead to."""
    if user != ME or not isinstance(pages, tuple):
        return user
    linked = {found for page in pages if (found := _linked(page))}
    return linked.pop() if len(linked) == 1 else ME


def _page_of(user: UserId, pages: Asked[tuple[FacebookPage, ...]]) -> tuple[str, str] | None:
    """Return the id and the token of the Page that leads to an account."""
    seen = pages if isinstance(pages, tuple) else ()
    found = ((page.id, page.access_token) for page in seen if _linked(page) == user)
    return next(((node, token) for node, token in found if node and token), None)


def _linked(page: FacebookPage) -> UserId | None:
    return page.instagram_business_account.id if page.instagram_business_account else None
