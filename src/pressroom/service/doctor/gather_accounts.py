"""Gathers what the doctor knows of accounts: what the store has of them, and what Instagram says now.

Start at `choose_subjects`, then `account_facts` for each. `AccountCalls` makes the calls: reads alone, fewer
than ten an account, each failing on its own. Nothing is stored.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from pressroom.accounts.keys import KeyPlace
from pressroom.accounts.tokens import would_miss
from pressroom.client.client import Client
from pressroom.core.account import Account, StoredAccount, account_id, shown_account
from pressroom.core.errors import NotFound, PressroomError, SignInRequired, TransportError
from pressroom.core.graph_errors import InvalidParameter, PathOrTokenMissing
from pressroom.core.post import WENT_LIVE
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.core.settings import is_version_chosen
from pressroom.core.stored_posts import PostQuery
from pressroom.graph import calls
from pressroom.graph.answers import ME, FacebookPage, MediaId, Quota, SubscribedApp, TokenInfo, User, UserId
from pressroom.graph.call import Call
from pressroom.graph.hosts import DEFAULT_VERSION, LoginType, logins_of_token
from pressroom.service.acting.acting import Acting, names_account
from pressroom.service.doctor.facts import AccountFacts, Asked, Source, StoreState, has_no_role, is_over
from pressroom.service.doctor.gather_machine import StoreLook, key_or_error
from pressroom.service.ground.resources import Resources

if TYPE_CHECKING:
    from pressroom.store.store import Store

AnswerT = TypeVar("AnswerT")
# A call that meets a passing fault is repeated as long as this allows.
_LONGEST_S, _ATTEMPT_S = 15.0, 10.0
# Pages come in one call: where there are more, only the first of them are looked at.
_MOST_PAGES = "100"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One account to look at. account: with its token, or why there is none. stored: as the store has it."""

    name: str
    source: Source
    account: Account | PressroomError
    stored: StoredAccount | None = None

    @property
    def held(self) -> Account | StoredAccount:
        """What tells its login, base, version and user id: the account, else the stored one."""
        held = self.account if isinstance(self.account, Account) else self.stored
        assert held
        return held


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """The accounts that are looked at. stored: every login; None where the store cannot be read.

    environment: why the environment's account cannot be used.
    """

    chosen: tuple[Subject, ...] = ()
    stored: tuple[StoredAccount, ...] | None = ()
    environment: PressroomError | None = None


async def choose_subjects(
    resources: Resources, acting: Acting, look: StoreLook, *, name: str | None, every: bool
) -> Subjects:
    """Choose the accounts to look at. name: a stored login's; None for the one that the session acts for.

    Raises NotFound for an unknown name.
    """
    store = look.store
    # A store that is not there has no accounts; one that does not open may have some.
    stored = () if look.facts.state is StoreState.NONE else None
    if store:
        stored = await store.run(store.accounts.list)
    name = name or acting.name
    own, error = _own_subject(resources, acting) if name is None else (None, None)
    if every:
        logins = stored or ()
    elif name is not None:
        login = next((each for each in stored or () if name in (each.name, each.account, each.user_id)), None)
        if login is None:
            why = "" if stored is not None else " The store cannot be read."
            raise NotFound(
                f"No account {name!r} is signed in.{why}",
                fix=Fix.of("List them: {}.", Remedy(RemedyKind.LIST_ACCOUNTS)),
            )
        logins = (login,)
    elif own or error:
        logins = ()
    else:
        # The default login; where there is none, all of them.
        logins = tuple(each for each in stored or () if each.is_default) or stored or ()
    chosen = [] if own is None else [own]
    if store:
        for login in logins:
            account = await _opened(resources, store, login)
            chosen.append(Subject(name=login.name, source=Source.STORE, account=account, stored=login))
    return Subjects(chosen=tuple(chosen), stored=stored, environment=error)


def _own_subject(resources: Resources, acting: Acting) -> tuple[Subject | None, PressroomError | None]:
    """Return the account that was handed in, or the environment's; or why that cannot be used."""
    source = (
        Source.ENVIRONMENT if acting.handed_in is None or names_account(resources.environ) else Source.GIVEN
    )
    try:
        own = acting.own
    except PressroomError as error:
        return None, error
    if own is None:
        return None, None
    name = "me" if own.user_id == ME else shown_account(own.key)
    return Subject(name=name, source=source, account=own), None


async def _opened(resources: Resources, store: "Store", stored: StoredAccount) -> Account | PressroomError:
    # Opening the vault would make a key where there is none, and no token could be read with that one.
    place = await asyncio.to_thread(key_or_error, resources.settings)
    if isinstance(place, PressroomError):
        return place
    if place is KeyPlace.NONE:
        again = Remedy(RemedyKind.SIGN_IN, {"account": stored.name})
        return SignInRequired(
            f"The key that sealed the token of {stored.name} is gone.",
            fix=Fix.of("Put it back, or sign in again: {}.", again),
        )
    try:
        vault = await resources.vault()
        return await store.run(vault.account, stored.name)
    except PressroomError as error:
        return error


class Gathered(NamedTuple):
    """The facts of an account. skew_s: this machine's clock minus Instagram's; None where nobody answered."""

    facts: AccountFacts
    skew_s: float | None


async def account_facts(
    resources: Resources, look: StoreLook, subject: Subject, subjects: Subjects
) -> Gathered:
    """Gather the facts of one account; makes fewer than ten calls, and stores nothing."""
    held, account = subject.held, subject.account
    # A default is nobody's choice, and its end changes nothing (docs/decisions/0018).
    is_chosen = held.version != DEFAULT_VERSION
    if subject.source is Source.ENVIRONMENT:
        is_chosen = is_chosen or is_version_chosen(resources.environ)
    facts = AccountFacts(
        name=subject.name,
        now=resources.clock.now(),
        source=subject.source,
        login=held.login_type,
        api_base=held.api_base,
        version=held.version,
        is_version_chosen=is_chosen,
        user_id=held.user_id,
        token=logins_of_token(account.token.reveal()) if isinstance(account, Account) else account,
        is_worker_running=look.facts.is_worker_running,
    )
    skew_s = None
    if isinstance(account, Account):
        asking = AccountCalls(
            resources.client(account),
            lambda token: resources.client(replace(account, token=Secret(token))),
        )
        answers = await asking.all()
        facts, skew_s = answers.added_to(facts), answers.skew_s
    login = subject.stored
    if login is None:
        # An account that is not looked at by way of a login may be stored all the same.
        own = facts.me.user_id or facts.me.id if isinstance(facts.me, User) else None
        ids = {account_id(user, facts.api_base) for user in (own, facts.user_id) if user and user != ME}
        login = next((login for login in subjects.stored or () if login.account in ids), None)
    if login and look.store:
        facts = await _with_stored(facts, look.store, login)
    return Gathered(facts, skew_s)


async def _with_stored(facts: AccountFacts, store: "Store", login: StoredAccount) -> AccountFacts:
    """Add what the store has of the account, and of the token where it is the stored one."""
    live = PostQuery(states=WENT_LIVE, account=login.name, newest_first=True, limit=1)
    newest = (await store.run(store.posts.list, live)).posts
    facts = replace(
        facts,
        pauses=await store.run(store.accounts.pauses_of, login.name),
        last_published_at=(newest[0].goes_out_at or newest[0].created_at) if newest else None,
    )
    # The stored token's end is not that of the environment's token, which goes before it.
    if facts.source is Source.ENVIRONMENT:
        return replace(facts, hides=login.name)
    if not facts.source.is_stored:
        return facts
    return replace(
        facts,
        expires_at=login.token_expires_at,
        renewed_at=login.token_refreshed_at or login.token_obtained_at,
        signed_in_at=login.token_obtained_at,
        missed=len(await would_miss(store, login)),
        details=login.details,
    )


@dataclass(slots=True, kw_only=True)
class AccountAnswers:
    """What Instagram said of an account. Every field but `skew_s` is the one of that name in `AccountFacts`.

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

    def added_to(self, facts: AccountFacts) -> AccountFacts:
        """Return the facts with the answers, which are among them by the same names."""
        return replace(
            facts,
            user_id=self.user_id,
            me=self.me,
            info=self.info,
            granted=self.granted,
            listed=self.listed,
            quota=self.quota,
            insights=self.insights,
            comments=self.comments,
            pages=self.pages,
            subscriptions=self.subscriptions,
            usage_percent=self.usage_percent,
        )


@dataclass(frozen=True, slots=True)
class AccountCalls:
    """Asks as one account, and keeps the answers. with_token: makes a client with a Page's own token."""

    client: Client
    with_token: Callable[[str], Client]
    answers: AccountAnswers = field(default_factory=AccountAnswers)

    async def all(self) -> AccountAnswers:
        """Ask everything that tells how the account stands."""
        answers = self.answers
        answers.user_id = self.client.account.user_id
        if self.client.account.login_type is not LoginType.INSTAGRAM:
            await self._ask_facebook()
            return answers
        answers.me = await self._ask(calls.user(ME, fields="id,user_id,username,account_type"))
        if isinstance(answers.me, PressroomError):
            return answers  # all others would fail alike
        # `me` whatever id is kept: an id that is wrong would hide everything else.
        # Meta's own host of Instagram Login has no call that describes a token.
        describing = [] if self.client.account.is_real else [self._ask_token()]
        newest, *_ = await asyncio.gather(self._ask_use(ME), self._ask_webhooks(ME, self.client), *describing)
        # A token that is described names its permissions, so that this call would tell nothing more.
        if newest is not None and not isinstance(answers.info, TokenInfo):
            answers.comments = _shown(await self._ask(calls.comments(newest, fields="id")))
        return answers

    async def _ask_facebook(self) -> None:
        answers, is_unified = self.answers, self.client.account.login_type is LoginType.UNIFIED
        pages, granted, _ = await asyncio.gather(
            self._ask_pages(), self._ask(calls.permissions()), self._ask_token()
        )
        answers.granted = (
            granted
            if isinstance(granted, PressroomError)
            else frozenset(each.permission for each in granted.data if each.status == "granted")
        )
        if isinstance(pages, PressroomError):
            if is_over(pages) or has_no_role(pages) or isinstance(pages, TransportError):
                answers.me = pages  # all others would fail alike
                return
            answers.pages = None if is_unified else pages  # a system user need not have any
            pages = ()
        else:
            # No fact holds a token, and a Page comes with its own.
            answers.pages = tuple(msgspec.structs.replace(page, access_token=None) for page in pages)

        user = self.client.account.user
        linked = {account for page in pages if (account := _linked(page))}
        if user == ME and len(linked) == 1:
            user = linked.pop()
        if user == ME and is_unified:
            # `me` is the account, or a system user, which has no `username`.
            answers.me = await self._ask(calls.user(ME, fields="id,username"))
            if isinstance(answers.me, User) and answers.me.username:
                user = answers.me.id or ME
        answers.user_id = user
        if user == ME:
            return

        page = next((page for page in pages if _linked(page) == user and page.id and page.access_token), None)
        subscribed = []
        if page and page.id and page.access_token:
            subscribed = [self._ask_webhooks(page.id, self.with_token(page.access_token))]
        profile = self._ask(calls.user(user, fields="id,username"))
        uses = asyncio.gather(self._ask_use(user), *subscribed)
        answers.me, _ = await asyncio.gather(profile, uses)

    async def _ask_use(self, user: UserId) -> MediaId | None:
        """Ask what shows a permission by its answer, and return the newest media."""
        answers = self.answers
        media, quota, insights = await asyncio.gather(
            self._ask(calls.media_list(user, fields="id", limit=1)),
            self._ask(calls.publishing_quota(user)),
            self._ask(calls.account_insights(user, ["reach"])),
        )
        answers.listed, answers.insights = _shown(media), _shown(insights)
        # An empty list is an answer, too: the permission is there, and no number is.
        answers.quota = quota if isinstance(quota, PressroomError) else next(iter(quota.data), Quota())
        return None if isinstance(media, PressroomError) or not media.data else media.data[0].id

    async def _ask_token(self) -> None:
        token = self.client.account.token.reveal()
        answer = await self._ask(calls.token_info(token, token))
        self.answers.info = answer if isinstance(answer, PressroomError) else answer.data

    async def _ask_pages(self) -> tuple[FacebookPage, ...] | PressroomError:
        answer = await self._ask(calls.pages(calls.WALKED_PAGE_FIELDS).with_params(limit=_MOST_PAGES))
        if not isinstance(answer, PressroomError):
            return tuple(answer.data)
        if not isinstance(answer, InvalidParameter | PathOrTokenMissing):
            return answer
        own = await self._ask(calls.own_page())  # a Page's own token has no /me/accounts
        if isinstance(own, PressroomError):
            return own
        own_token = self.client.account.token.reveal()
        return (msgspec.structs.replace(own, access_token=own_token),)

    async def _ask_webhooks(self, node: str, client: Client) -> None:
        answer = await self._ask(calls.subscribed_apps(node), client)
        self.answers.subscriptions = answer if isinstance(answer, PressroomError) else tuple(answer.data)

    async def _ask(self, call: Call[AnswerT], client: Client | None = None) -> AnswerT | PressroomError:
        """Make a call; return the error in place of an answer that does not come."""
        client = client or self.client
        # The doctor is waited for by a person: no call may take as long as a publish may.
        deadline = client.clock.monotonic() + _LONGEST_S
        try:
            reply = await client.exchange(call, deadline=deadline, timeout_s=_ATTEMPT_S)
        except PressroomError as error:
            return error
        if reply.host_date is not None:
            self.answers.skew_s = (client.clock.now() - reply.host_date).total_seconds()
        if reply.usage_percent is not None:
            self.answers.usage_percent = max(self.answers.usage_percent or 0.0, reply.usage_percent)
        return reply.answer


def _shown(answer: object) -> Asked[bool]:
    return answer if isinstance(answer, PressroomError) else True


def _linked(page: FacebookPage) -> UserId | None:
    return page.instagram_business_account.id if page.instagram_business_account else None
