"""Resolves names to accounts, and merges two accounts that are the same user.

The migration to revision 0003 calls `merge` on the tables of that revision. So this module names columns and
states as text, and `merge` touches nothing that later revisions added: `merge_all` does.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    update,
)

from pressroom.core.account import AccountId
from pressroom.store import tables as t
from pressroom.store.columns import SCHEMA, Key
from pressroom.store.insights.tables import TABLES as INSIGHTS
from pressroom.store.insights.tables import readings
from pressroom.store.pause_table import PAUSE_CODES, pauses

_ON_INSTAGRAM = "@instagram"
# States without a live or doubtful send, in the order of `_rank`. What ended stands lowest: a post that is
# still to go out must not be cancelled for the sake of its twin that never will.
_UNSENT = ("failed", "missed", "draft", "awaiting_approval", "scheduled", "preparing", "ready")
_HANGS_ON = (t.posts, t.sends, t.quota_ledger, t.idempotency_keys, t.slots, t.slot_holds, t.logins)


def account_of(parameter: str = "account") -> ColumnElement[str]:
    """Build the id of the account that a parameter names: by a login's name, an alias, a user id, or an id.

    An unknown value stands for itself.
    """
    who: ColumnElement[str] = bindparam(parameter, type_=Key)
    a, alias = t.accounts.c, t.account_aliases.c
    return func.coalesce(
        select(t.logins.c.account).where(t.logins.c.name == who).scalar_subquery(),
        select(alias.account).where(alias.alias == who).scalar_subquery(),
        select(a.id).where(a.id == who + _ON_INSTAGRAM).scalar_subquery(),
        who,
        type_=Key,
    )


_WHO = select(account_of())


def login_of(account: ColumnElement[str], wanted: ColumnElement[Any] | None = None) -> ColumnElement[str]:
    """Build the name of the login an account uses: the wanted one, else the default, else the first."""
    c = t.logins.c
    of_account = select(c.name).where(c.account == account)
    usual = of_account.order_by(c.is_default.desc(), c.name).limit(1).scalar_subquery()
    if wanted is None:
        return usual
    return func.coalesce(of_account.where(c.name == wanted).scalar_subquery(), usual)


def resolved(connection: Connection, who: str) -> AccountId:
    """Return the id of the account that a name stands for, as `account_of` says."""
    return AccountId(connection.execute(_WHO, {"account": who}).scalar_one())


def hold_names(connection: Connection, *, for_change: bool = False) -> None:
    """Keep names from being reassigned until the transaction ends. for_change: reassign them oneself."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        # ROW SHARE conflicts with EXCLUSIVE but not with itself: writers wait only for a reassignment.
        mode = "EXCLUSIVE" if for_change else "ROW SHARE"
        connection.execute(text(f"LOCK TABLE {SCHEMA}.logins IN {mode} MODE"))


def merge_all(connection: Connection, old: str, new: str) -> None:
    """Merge two accounts with their journal, proposals and grants."""
    if old == new:
        return
    # Consent before posts, as everywhere: see `consenting` on the order of locks.
    connection.execute(update(t.proposals).where(t.proposals.c.account == old).values(account=new))
    for table in (t.proposals, t.journal_events):
        is_about_old = (table.c.subject_kind == "account") & (table.c.subject_id == old)
        connection.execute(update(table).where(is_about_old).values(subject_id=new))
    _let_grants_be_of(connection, old, new)
    held, codes = _without_pauses(connection, old), _codes(connection, old)
    _move_insights(connection, old, new)
    merge(connection, old, new)
    _pause(connection, new, held)
    if codes:
        # Of two pauses the later one stands: the codes follow where it was this account's.
        stands = (t.accounts.c.id == new) & (t.accounts.c.pause_reason == codes["pause_reason"])
        connection.execute(
            update(t.accounts).where(stands).values({name: codes[name] for name in PAUSE_CODES})
        )


def _move_insights(connection: Connection, old: str, new: str) -> None:
    """Let what was collected of an account be the other's; where both have it, that one's stands."""
    if not _is_there(connection, old):
        return
    if not _is_there(connection, new):
        connection.execute(insert(t.accounts).values(id=new))
    # A planned reading is made once, at whatever age.
    _drop_twins(connection, readings, old, new, keys=("media_id", "planned_age_s"))
    for table in INSIGHTS:
        _drop_twins(connection, table, old, new)
        connection.execute(update(table).where(table.c.account == old).values(account=new))


def _without_pauses(connection: Connection, account: str) -> list[dict[str, Any]]:
    """Remove the pauses that somebody made of an account, and return them: `merge` deletes their account."""
    of_account = pauses.c.account == account
    found = [dict(row) for row in connection.execute(select(pauses).where(of_account)).mappings()]
    connection.execute(delete(pauses).where(of_account))
    return found


def _pause(connection: Connection, account: str, held: list[dict[str, Any]]) -> None:
    """Let pauses hold for an account that has none of its own."""
    if connection.execute(select(pauses.c.account).where(pauses.c.account == account)).first() is None:
        for row in held:
            connection.execute(insert(pauses).values({**row, "account": account}))


def _codes(connection: Connection, account: str) -> RowMapping | None:
    columns = [t.accounts.c[name] for name in ("pause_reason", *PAUSE_CODES)]
    return connection.execute(select(*columns).where(t.accounts.c.id == account)).mappings().first()


def _let_grants_be_of(connection: Connection, old: str, new: str) -> None:
    c = t.grants.c
    for grant_id, known in connection.execute(select(c.id, c.accounts)).all():
        accounts = json.loads(known)
        if old in accounts:
            merged = list(dict.fromkeys(new if one == old else one for one in accounts))
            connection.execute(update(t.grants).where(c.id == grant_id).values(accounts=json.dumps(merged)))


def merge(connection: Connection, old: str, new: str) -> None:
    """Move everything of one account to another of the same user, and delete the first.

    The moved posts get a higher revision: a worker that drives one fails its next save with Conflict and
    reads the post again.
    """
    if old == new or not _is_there(connection, old):
        return
    _hold_posts(connection)
    _merge_rows(connection, old, new)
    # Rows that would collide first: the updates below must break neither a primary key nor uq_sends_open.
    _let_one_key_stand(connection, old, new)
    _let_one_send_be_open(connection, old, new)
    for table in (t.quota_ledger, t.slots, t.slot_holds):
        _drop_twins(connection, table, old, new)
    connection.execute(
        update(t.posts).where(t.posts.c.account == old).values(account=new, revision=t.posts.c.revision + 1)
    )
    for table in (*_HANGS_ON[1:], t.account_aliases):
        connection.execute(update(table).where(table.c.account == old).values(account=new))
    connection.execute(delete(t.accounts).where(t.accounts.c.id == old))


def _hold_posts(connection: Connection) -> None:
    """Wait until no post is being changed, and keep all from it until the transaction ends."""
    if connection.dialect.name == "postgresql":
        # EXCLUSIVE, which makes who locks a row wait before it has the first: a merge that waits for a row,
        # and is waited for, would be a deadlock. A send opened during one would be a second one.
        connection.execute(text(f"LOCK TABLE {SCHEMA}.posts IN EXCLUSIVE MODE"))


def _is_there(connection: Connection, account: str) -> bool:
    return connection.execute(select(t.accounts.c.id).where(t.accounts.c.id == account)).first() is not None


def _merge_rows(connection: Connection, old: str, new: str) -> None:
    """Create the surviving account's row, or give it the other's later pause, quota reading and slot."""
    one, other = (_row(connection, account) for account in (old, new))
    assert one is not None
    if other is None:
        connection.execute(insert(t.accounts).values({**one, "id": new}))
        return
    values: dict[str, Any] = {}
    if _is_later(one, other, "paused_until"):
        values |= {name: one[name] for name in ("paused_until", "pause_reason")}
    if _is_later(one, other, "quota_read_at"):
        values |= {name: one[name] for name in ("quota_total", "quota_usage", "quota_read_at")}
    if _is_later(one, other, "last_slot_at"):
        values["last_slot_at"] = one["last_slot_at"]
    if values:
        connection.execute(update(t.accounts).where(t.accounts.c.id == new).values(values))


def _row(connection: Connection, account: str) -> RowMapping | None:
    # An earlier release's file is merged on its way up, and has no codes yet.
    columns = [column for column in t.accounts.c if column.name not in PAUSE_CODES]
    return connection.execute(select(*columns).where(t.accounts.c.id == account)).mappings().first()


def _is_later(one: Mapping[Any, Any], other: Mapping[Any, Any], name: str) -> bool:
    return one[name] is not None and (other[name] is None or one[name] > other[name])


def _drop_twins(
    connection: Connection, table: Table, old: str, new: str, *, keys: Sequence[str] = ()
) -> None:
    """Delete an account's rows whose keys the other account has too. keys: by default the primary key's."""
    twin = table.alias()
    keys = keys or [column.name for column in table.primary_key if column.name != "account"]
    is_same = [twin.c[name] == table.c[name] for name in keys]
    has_twin = exists().where(twin.c.account == new, *is_same)
    connection.execute(delete(table).where(table.c.account == old, has_twin))


def _let_one_key_stand(connection: Connection, old: str, new: str) -> None:
    """Where both used a key, keep it for the higher-ranked post; cancel an unsent twin of equal content."""
    k, other = t.idempotency_keys.alias(), t.idempotency_keys.alias()
    both = select(k.c.key, k.c.post_id, other.c.post_id, k.c.content_hash == other.c.content_hash).where(
        k.c.account == old, other.c.account == new, k.c.key == other.c.key
    )
    for key, ours, theirs, is_same in connection.execute(both).all():
        first, second = (
            (theirs, ours) if _rank(connection, theirs) >= _rank(connection, ours) else (ours, theirs)
        )
        loser = old if second == ours else new
        is_key = (t.idempotency_keys.c.account == loser) & (t.idempotency_keys.c.key == key)
        connection.execute(delete(t.idempotency_keys).where(is_key))
        if is_same and _rank(connection, second) < len(_UNSENT):
            _cancel(connection, second, f"Post {first} of the same account stands for its idempotency key.")


def _rank(connection: Connection, post_id: str) -> int:
    """Rank a post by how far it came: sent above unsent, live highest, cancelled lowest."""
    state = connection.execute(select(t.posts.c.state).where(t.posts.c.id == post_id)).scalar_one()
    if state == "cancelled":
        return -1
    if state in _UNSENT:
        return _UNSENT.index(state)
    return len(_UNSENT) + (state == "published")


def _cancel(connection: Connection, post_id: str, why: str) -> None:
    _end(connection, post_id, "cancelled", problem=why, not_before=None)


def _let_one_send_be_open(connection: Connection, old: str, new: str) -> None:
    """Where both accounts have an open send, abandon the old one's and ask a person about its post."""
    is_open = t.sends.c.state == "open"
    sends = select(t.sends.c.post_id, t.sends.c.number, t.sends.c.details).where(is_open)
    ours = connection.execute(sends.where(t.sends.c.account == old)).first()
    if ours is None or connection.execute(sends.where(t.sends.c.account == new)).first() is None:
        return
    is_ours = (t.sends.c.post_id == ours.post_id) & (t.sends.c.number == ours.number)
    details = json.dumps({**json.loads(ours.details), "state": "abandoned"})
    connection.execute(update(t.sends).where(is_ours).values(state="abandoned", details=details))
    why = "Two posts of this account were being published at once, under two names of it."
    _end(connection, ours.post_id, "needs_attention", attention="outcome_unknown", problem=why)


def _end(connection: Connection, post_id: str, state: str, **changes: Any) -> None:  # noqa: ANN401  # JSON values
    c = t.posts.c
    details = connection.execute(select(c.details).where(c.id == post_id)).scalar_one()
    changed = json.dumps({**json.loads(details), **changes, "wake_at": None})
    values = {"state": state, "details": changed, "wake_at": None, "revision": c.revision + 1}
    connection.execute(update(t.posts).where(c.id == post_id).values(values))
