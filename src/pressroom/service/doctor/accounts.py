"""Gathers what is known of an account: what the store has, and what Instagram says now."""

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pressroom.client.client import Client
from pressroom.core.account import Account, account_id
from pressroom.core.post import PostState
from pressroom.core.secret import Secret
from pressroom.core.settings import is_version_chosen
from pressroom.core.stored_accounts import StoredAccount
from pressroom.core.stored_posts import PostQuery
from pressroom.graph.answers import User
from pressroom.graph.hosts import DEFAULT_VERSION, logins_of_token
from pressroom.graph.ids import ME
from pressroom.service.doctor.calls import Asking, Told
from pressroom.service.doctor.ending_tokens import would_miss
from pressroom.service.doctor.judge_facts import AccountFacts, Source
from pressroom.service.doctor.subjects import Subject, Subjects
from pressroom.service.ground.resources import Resources

if TYPE_CHECKING:
    from pressroom.store.store import Store


class Gathered(NamedTuple):
    """The facts of an account. skew_s: this machine's clock minus Instagram's; None where nobody answered."""

    facts: AccountFacts
    skew_s: float | None


async def account_facts(
    resources: Resources,
    store: "Store | None",
    subject: Subject,
    among: Subjects,
    *,
    is_worker_running: bool | None,
) -> Gathered:
    """Gather the facts of one account; makes fewer than ten calls, and stores nothing."""
    facts = _kept(resources, subject, is_worker_running=is_worker_running)
    told = Told()
    if isinstance(subject.account, Account):
        told = await _asked(resources, subject.account)
        facts = _with_told(facts, told)
    login = subject.stored or _login_of(facts, among)
    if login and store:
        facts = await _with_stored(facts, store, login)
    return Gathered(facts, told.skew_s)


def _kept(resources: Resources, subject: Subject, *, is_worker_running: bool | None) -> AccountFacts:
    """Return what is known before anybody is asked."""
    held, account = subject.held, subject.account
    is_chosen = held.version != DEFAULT_VERSION
    if subject.source is Source.ENVIRONMENT:
        is_chosen = is_chosen or is_version_chosen(resources.environ)
    return AccountFacts(
        name=subject.name,
        now=resources.clock.now(),
        source=subject.source,
        login=held.login_type,
        api_base=held.api_base,
        version=held.version,
        is_version_chosen=is_chosen,
        user_id=held.user_id,
        token=logins_of_token(account.token.reveal()) if isinstance(account, Account) else account,
        is_worker_running=is_worker_running,
    )


async def _asked(resources: Resources, account: Account) -> Told:
    def with_token(token: str) -> Client:
        return resources.client(replace(account, token=Secret(token)))

    return await Asking(resources.client(account), with_token).all()


def _with_told(facts: AccountFacts, told: Told) -> AccountFacts:
    return replace(
        facts,
        user_id=told.user_id,
        me=told.me,
        info=told.info,
        granted=told.granted,
        listed=told.listed,
        quota=told.quota,
        insights=told.insights,
        comments=told.comments,
        pages=told.pages,
        subscriptions=told.subscriptions,
        usage_percent=told.usage_percent,
    )


def _login_of(facts: AccountFacts, among: Subjects) -> StoredAccount | None:
    """Return the stored login of an account that is not looked at by way of one."""
    own = facts.me.user_id or facts.me.id if isinstance(facts.me, User) else None
    ids = {account_id(one, facts.api_base) for one in (own, facts.user_id) if one and one != ME}
    return next((one for one in among.stored or () if one.account in ids), None)


async def _with_stored(facts: AccountFacts, store: "Store", login: StoredAccount) -> AccountFacts:
    """Add what the store has of the account, and of the token where it is the stored one."""
    live = PostQuery(states=(PostState.PUBLISHED,), account=login.name, newest_first=True, limit=1)
    newest = (await store.run(store.posts.list, live)).posts
    facts = replace(
        facts,
        pauses=await store.run(store.accounts.pauses_of, login.name),
        last_published_at=(newest[0].goes_out_at or newest[0].created_at) if newest else None,
    )
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
