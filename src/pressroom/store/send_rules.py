"""What must hold when a send is opened, looked at in its own commit: what was read before may be old."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, bindparam, func, literal, select, union_all

from pressroom.core.errors import AccountPaused, AnotherSendOpen, Conflict, ConsentWithdrawn, SnapshotOutdated
from pressroom.core.post import Post, PostId, SendState
from pressroom.core.stored_accounts import Spending
from pressroom.core.stored_posts import PostSave
from pressroom.store import tables as t
from pressroom.store.among import is_among
from pressroom.store.database import Database
from pressroom.store.pause_table import pauses

_DAY = timedelta(days=1)


class _Fact(StrEnum):
    """What is found of an account: why it is paused, which post is being sent, how many went live.

    Of a post: that a standing consent which it was let go under was withdrawn.
    """

    PAUSED_BY_HAND = "paused_by_hand"
    PAUSED_BY_ERROR = "paused_by_error"
    OPEN_SEND = "open_send"
    WENT_LIVE = "went_live"
    CONSENT_WITHDRAWN = "consent_withdrawn"


def _fact(fact: _Fact, account: ColumnElement[str], value: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    return select(literal(fact.value, literal_execute=True), account, value.cast(Text)).where(
        is_among(account, "accounts")
    )


_a, _l, _s, _g, _u = t.accounts.c, t.quota_ledger.c, t.sends.c, t.grants.c, t.grant_uses.c
# One statement: on a server each costs a round trip, and a commit of sends waits for two of them.
_FACTS = union_all(
    _fact(_Fact.PAUSED_BY_HAND, pauses.c.account, pauses.c.reason),
    _fact(_Fact.PAUSED_BY_ERROR, _a.id, _a.pause_reason).where(_a.paused_until > bindparam("now")),
    # A literal rather than a parameter: the planner must see that the partial index covers the query.
    _fact(_Fact.OPEN_SEND, _s.account, _s.post_id).where(
        _s.state == literal(SendState.OPEN, literal_execute=True)
    ),
    _fact(_Fact.WENT_LIVE, _l.account, func.count())
    .where(_l.what == Spending.PUBLISH.value, _l.at >= bindparam("since"))
    .group_by(_l.account),
    select(literal(_Fact.CONSENT_WITHDRAWN.value, literal_execute=True), _u.reference, _g.id.cast(Text))
    .join(t.grants, _g.id == _u.grant_id)
    .where(_g.revoked_at.is_not(None), is_among(_u.reference, "posts")),
)


def require_may_send(database: Database, connection: Connection, saves: Iterable[PostSave]) -> None:
    """Raise a Conflict, of the kind that it is, for the first new send that must not be opened."""
    for hindrance in hindered(database, connection, saves).values():
        raise hindrance


def hindered(
    database: Database, connection: Connection, saves: Iterable[PostSave]
) -> Mapping[PostId, Conflict]:
    """Say of posts with a new send why it must not be opened, where that is so."""
    opening = [save for save in saves if save.post.open_send and len(save.post.sends) > len(save.was.sends)]
    if not opening:
        return {}
    now = database.clock.now()
    facts = _facts(connection, opening, now)
    # One that the store had lost was sent long ago: it is put back to be looked into, whatever holds now.
    sending = [save for save in opening if not save.was.recalled]
    return {
        **_busy(opening, facts[_Fact.OPEN_SEND]),
        **_outdated(sending, facts[_Fact.WENT_LIVE], now),
        **_paused_by_error(sending, facts[_Fact.PAUSED_BY_ERROR]),
        **_paused_by_hand(sending, facts[_Fact.PAUSED_BY_HAND]),
        **_withdrawn(sending, facts[_Fact.CONSENT_WITHDRAWN]),
    }


def _facts(connection: Connection, saves: Sequence[PostSave], now: datetime) -> Mapping[str, dict[str, str]]:
    """Give each fact by account, or by post."""
    accounts, posts = sorted({save.post.account for save in saves}), [save.post.id for save in saves]
    wanted = {"accounts": accounts, "posts": posts, "now": now, "since": _since(now)}
    found = defaultdict[str, dict[str, str]](dict)
    for row in connection.execute(_FACTS, wanted):
        found[row[0]][row[1]] = row[2]
    return found


def _since(now: datetime) -> datetime:
    # Since when what went live is counted is nothing that matters, as long as both counts have the same.
    return now - _DAY


def _busy(saves: Sequence[PostSave], senders: dict[str, str]) -> dict[PostId, Conflict]:
    """Name posts of accounts with another open send, though it may be closed in the same commit."""
    found = dict[PostId, Conflict]()
    for save in saves:
        # Of two in one commit the second finds the first.
        if senders.setdefault(save.post.account, save.post.id) != save.post.id:
            found[save.post.id] = another_open(save.post, senders[save.post.account])
    return found


def another_open(post: Post, other: str) -> AnotherSendOpen:
    """Make the error of a send that another one of the account stands against."""
    return AnotherSendOpen(
        f"Post {other} of account {post.account_name!r} is being published at this moment.",
        fix="Wait until it is done.",
    )


def _paused_by_hand(saves: Sequence[PostSave], reasons: Mapping[str, str]) -> dict[PostId, Conflict]:
    # In the commit of the send: who pauses an account is told that nothing new leaves from then on.
    return {
        save.post.id: Conflict(
            f"Account {save.post.account_name!r} was paused meanwhile: {reasons[save.post.account]}"
        )
        for save in saves
        if save.post.account in reasons
    }


def _paused_by_error(saves: Sequence[PostSave], reasons: Mapping[str, str]) -> dict[PostId, Conflict]:
    return {
        save.post.id: AccountPaused(reasons[save.post.account])
        for save in saves
        if save.opening and save.opening.heeds_pauses and save.post.account in reasons
    }


def _withdrawn(saves: Sequence[PostSave], grants: Mapping[str, str]) -> dict[PostId, Conflict]:
    # In the commit of the send: who withdraws a standing consent is told what went out before, and no more.
    return {
        save.post.id: ConsentWithdrawn(
            f"The standing consent that post {save.post.id} went under is withdrawn."
        )
        for save in saves
        if save.post.id in grants
    }


def _outdated(saves: Sequence[PostSave], live: Mapping[str, str], now: datetime) -> dict[PostId, Conflict]:
    counted = {
        save.post.id: sum(at >= _since(now) for at in save.opening.went_live)
        for save in saves
        if save.opening and save.opening.went_live is not None
    }
    return {
        save.post.id: SnapshotOutdated(f"A post of account {save.post.account_name!r} went live meanwhile.")
        for save in saves
        if save.post.id in counted and int(live.get(save.post.account, 0)) != counted[save.post.id]
    }
