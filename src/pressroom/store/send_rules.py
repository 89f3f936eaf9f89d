"""What must hold when a send is opened, checked in its own commit: what was read before may be old."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, bindparam, func, literal, select, union_all

from pressroom.core.errors import AccountPaused, AnotherSendOpen, Conflict, ConsentWithdrawn, SnapshotOutdated
from pressroom.core.post import Post, PostId, SendState
from pressroom.core.stored_accounts import Spending
from pressroom.core.stored_posts import PostSave
from pressroom.store import tables as t
from pressroom.store.columns import is_among
from pressroom.store.database import Database

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
    _fact(_Fact.PAUSED_BY_HAND, t.pauses.c.account, t.pauses.c.reason),
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
    for hindrance in find_hindrances(database, connection, saves).values():
        raise hindrance


def find_hindrances(
    database: Database, connection: Connection, saves: Iterable[PostSave]
) -> Mapping[PostId, Conflict]:
    """Return the posts whose new send must not be opened, each with the error that says why."""
    opening = [save for save in saves if save.post.open_send and len(save.post.sends) > len(save.was.sends)]
    if not opening:
        return {}
    accounts, posts = sorted({save.post.account for save in opening}), [save.post.id for save in opening]
    now = database.clock.now()
    # Any span would do, as long as what went live is counted over the same one here and in the snapshot.
    since = now - _DAY
    facts = defaultdict[str, dict[str, str]](dict)
    values = {"accounts": accounts, "posts": posts, "now": now, "since": since}
    for fact, account_or_post, value in connection.execute(_FACTS, values):
        facts[fact][account_or_post] = value
    hindrances = ((save.post.id, _hindrance_of(save, facts, since)) for save in opening)
    return {post_id: hindrance for post_id, hindrance in hindrances if hindrance}


def _hindrance_of(save: PostSave, facts: Mapping[str, dict[str, str]], since: datetime) -> Conflict | None:
    post, opening, name = save.post, save.opening, save.post.account_name
    # Of two sends of an account in one commit the second finds the first, which may be closed in it, too.
    sender = facts[_Fact.OPEN_SEND].setdefault(post.account, post.id)
    # A send that the store had lost was made long ago: it is put back to be looked into, whatever holds now.
    if not save.was.recalled:
        # In the commit of the send: who withdraws a standing consent is told what went out before, and no
        # more; who pauses an account is told that nothing new leaves from then on.
        if post.id in facts[_Fact.CONSENT_WITHDRAWN]:
            return ConsentWithdrawn(f"The standing consent that post {post.id} went under is withdrawn.")
        if post.account in facts[_Fact.PAUSED_BY_HAND]:
            reason = facts[_Fact.PAUSED_BY_HAND][post.account]
            return Conflict(f"Account {name!r} was paused meanwhile: {reason}")
        if opening and opening.heeds_pauses and post.account in facts[_Fact.PAUSED_BY_ERROR]:
            return AccountPaused(facts[_Fact.PAUSED_BY_ERROR][post.account])
        if opening and opening.went_live is not None:
            count = int(facts[_Fact.WENT_LIVE].get(post.account, 0))
            if count != sum(at >= since for at in opening.went_live):
                return SnapshotOutdated(f"A post of account {name!r} went live meanwhile.")
    return another_open(post, sender) if sender != post.id else None


def another_open(post: Post, other: str) -> AnotherSendOpen:
    """Make the error of a send that another one of the account stands against."""
    return AnotherSendOpen(
        f"Post {other} of account {post.account_name!r} is being published at this moment.",
        fix="Wait until it is done.",
    )
