"""What must hold when a send is opened, looked at in its own commit: what was read before may be old."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, literal, select

from pressroom.core.errors import AccountPaused, AnotherSendOpen, Conflict, SnapshotOutdated
from pressroom.core.post import Post, PostId, SendState
from pressroom.core.quota import Spending
from pressroom.core.repositories import PostSave
from pressroom.store import tables as t
from pressroom.store.database import Database
from pressroom.store.pause_table import pauses

_DAY = timedelta(days=1)

_a, _l = t.accounts.c, t.quota_ledger.c
_PAUSED_BY_HAND = select(pauses.c.account, pauses.c.reason).where(
    pauses.c.account.in_(bindparam("accounts", expanding=True))
)
_PAUSED_BY_ERROR = select(_a.id, _a.pause_reason).where(
    _a.id.in_(bindparam("accounts", expanding=True)), _a.paused_until > bindparam("now")
)
_OPEN = select(t.sends.c.account, t.sends.c.post_id).where(
    t.sends.c.account.in_(bindparam("accounts", expanding=True)),
    # A literal rather than a parameter: the planner must see that the partial index covers the query.
    t.sends.c.state == literal(SendState.OPEN, literal_execute=True),
)
_WENT_LIVE = (
    select(_l.account, func.count())
    .where(
        _l.account.in_(bindparam("accounts", expanding=True)),
        _l.what == Spending.PUBLISH.value,
        _l.at >= bindparam("since"),
    )
    .group_by(_l.account)
)


def require_may_send(database: Database, connection: Connection, saves: Iterable[PostSave]) -> None:
    """Raise a Conflict, of the kind that it is, for the first new send that must not be opened."""
    for hindrance in hindered(database, connection, saves).values():
        raise hindrance


def hindered(
    database: Database, connection: Connection, saves: Iterable[PostSave]
) -> Mapping[PostId, Conflict]:
    """Say of posts with a new send why it must not be opened, where that is so."""
    opening = [save for save in saves if len(save.post.sends) > len(save.was.sends)]
    if not opening:
        return {}
    return {
        **_busy(connection, opening),
        **_outdated(database, connection, opening),
        **_paused_by_error(database, connection, opening),
        **_paused_by_hand(connection, opening),
    }


def _busy(connection: Connection, saves: Sequence[PostSave]) -> dict[PostId, Conflict]:
    """Name posts of accounts with another open send, though it may be closed in the same commit."""
    senders = _by_account(connection, _OPEN, saves)
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


def _paused_by_hand(connection: Connection, saves: Sequence[PostSave]) -> dict[PostId, Conflict]:
    # In the commit of the send: who pauses an account is told that nothing new leaves from then on.
    reasons = _by_account(connection, _PAUSED_BY_HAND, saves)
    return {
        save.post.id: Conflict(
            f"Account {save.post.account_name!r} was paused meanwhile: {reasons[save.post.account]}"
        )
        for save in saves
        if save.post.account in reasons
    }


def _paused_by_error(
    database: Database, connection: Connection, saves: Sequence[PostSave]
) -> dict[PostId, Conflict]:
    heeding = [save for save in saves if save.opening and save.opening.heeds_pauses]
    reasons = _by_account(connection, _PAUSED_BY_ERROR, heeding, now=database.clock.now())
    return {
        save.post.id: AccountPaused(reasons[save.post.account])
        for save in heeding
        if save.post.account in reasons
    }


def _outdated(
    database: Database, connection: Connection, saves: Sequence[PostSave]
) -> dict[PostId, Conflict]:
    # Since when is nothing that matters, as long as it is the same for both counts.
    since = database.clock.now() - _DAY
    counted = {
        save.post.id: sum(at >= since for at in save.opening.went_live)
        for save in saves
        if save.opening and save.opening.went_live is not None
    }
    asked = [save for save in saves if save.post.id in counted]
    live = _by_account(connection, _WENT_LIVE, asked, since=since)
    return {
        save.post.id: SnapshotOutdated(f"A post of account {save.post.account_name!r} went live meanwhile.")
        for save in asked
        if live.get(save.post.account, 0) != counted[save.post.id]
    }


def _by_account(
    connection: Connection,
    found: Select[*tuple[Any, ...]],
    saves: Sequence[PostSave],
    **wanted: datetime,
) -> dict[str, Any]:
    if not saves:
        return {}
    accounts = sorted({save.post.account for save in saves})
    rows = connection.execute(found, {"accounts": accounts, **wanted})
    return {row[0]: row[1] for row in rows}
