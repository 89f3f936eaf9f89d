"""Resolves names to accounts, refuses invalid names, and merges two accounts that are the same user.

The migration to revision 0003 calls `merge` on the tables of that revision. So this module names columns and
states as text, and `merge` touches nothing that later revisions added: `merge_all` does.
"""

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from pressroom.core.account import LONGEST_NAME, AccountId, is_account_id, is_account_name
from pressroom.core.errors import Refused
from pressroom.store import tables as t
from pressroom.store.columns import SCHEMA, Key
from pressroom.store.database import Database
from pressroom.store.insights.tables import TABLES as INSIGHTS

_ON_INSTAGRAM = "@instagram"
# States without a live or doubtful send, in the order of `_rank`. What ended stands lowest: a post that is
# still to go out must not be cancelled for the sake of its twin that never will.
_UNSENT = ("failed", "missed", "draft", "awaiting_approval", "scheduled", "preparing", "ready")
# What hangs on an account besides posts.
_OWNED = (t.sends, t.quota_ledger, t.idempotency_keys, t.slots, t.slot_holds, t.logins, t.account_aliases)


def account_of(parameter: str = "account") -> sa.ColumnElement[str]:
    """Build the expression for the account that a parameter names: by login name, alias, user id or id.

    An unknown value stands for itself.
    """
    who: sa.ColumnElement[str] = sa.bindparam(parameter, type_=Key)
    a, alias = t.accounts.c, t.account_aliases.c
    return sa.func.coalesce(
        sa.select(t.logins.c.account).where(t.logins.c.name == who).scalar_subquery(),
        sa.select(alias.account).where(alias.alias == who).scalar_subquery(),
        sa.select(a.id).where(a.id == who + _ON_INSTAGRAM).scalar_subquery(),
        who,
        type_=Key,
    )


_WHO = sa.select(account_of())


def login_of(
    account: sa.ColumnElement[str], chosen: sa.ColumnElement[Any] | None = None
) -> sa.ColumnElement[str]:
    """Build the expression for the login an account uses: the chosen, else the default, else the first."""
    c = t.logins.c
    of_account = sa.select(c.name).where(c.account == account)
    usual = of_account.order_by(c.is_default.desc(), c.name).limit(1).scalar_subquery()
    if chosen is None:
        return usual
    return sa.func.coalesce(of_account.where(c.name == chosen).scalar_subquery(), usual)


def resolve_account(connection: sa.Connection, who: str) -> AccountId:
    """Return the id of the account that a name stands for, as `account_of` says."""
    return AccountId(connection.execute(_WHO, {"account": who}).scalar_one())


def hold_names(connection: sa.Connection, *, for_change: bool = False) -> None:
    """Keep others from reassigning names until the transaction ends. for_change: it reassigns them itself."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        # ROW SHARE conflicts with EXCLUSIVE but not with itself: writers wait only for a reassignment.
        mode = "EXCLUSIVE" if for_change else "ROW SHARE"
        connection.execute(sa.text(f"LOCK TABLE {SCHEMA}.logins IN {mode} MODE"))


def ensure_account(database: Database, connection: sa.Connection, who: str) -> AccountId:
    """Resolve a name to an account, inserting its row: a post may name one that nobody signed in to."""
    return ensure_accounts(database, connection, [who])[who]


def ensure_accounts(
    database: Database, connection: sa.Connection, whos: Iterable[str]
) -> dict[str, AccountId]:
    """Resolve names to accounts, inserting the rows that are missing. Raises Refused for an invalid name."""
    # Held until the commit: otherwise a name could be reassigned between the lookup and the insert.
    hold_names(connection)
    accounts = {who: resolve_account(connection, who) for who in sorted(set(whos))}
    for account in accounts.values():
        if not is_account_id(account) and not is_account_name(account):
            raise _not_a_name(account)
    rows = [{"id": account} for account in sorted(set(accounts.values()))]
    connection.execute(database.insert_missing(t.accounts, *rows))
    return accounts


def require_login_name(name: str, user_id: str) -> None:
    """Raise Refused for an invalid login name, such as the number of another user."""
    if not is_account_name(name):
        raise _not_a_name(name)
    # A number means the user with that id: a login so named would take another user's posts.
    if name.isdecimal() and name != user_id:
        raise Refused(
            f"{name} is the number of another account, and the token's is {user_id}.",
            rule="account_name",
            value=name,
            limit=user_id,
            fix="Use a name rather than a number, or that account's token.",
        )


def _not_a_name(name: str) -> Refused:
    plain = "".join(letter for letter in name if letter.isprintable() and letter != "@").strip()[
        :LONGEST_NAME
    ]
    return Refused(
        f"{name!r} cannot be an account's name.",
        rule="account_name",
        value=name,
        limit=f"1 to {LONGEST_NAME} printable characters without `@`",
        fix=f"Leave the rest out: {plain}." if plain else "Give it one.",
    )


def merge_all(connection: sa.Connection, old: str, new: str) -> None:
    """Merge two accounts with their journal, proposals, grants and keys."""
    if old == new:
        return
    # Consent before posts, as everywhere: see `store.consent` on the order of locks.
    _move_consent(connection, old, new)
    # The pauses of the old account: `merge` deletes that account, so its row in `pauses` goes first.
    p, columns = t.pauses.c, [t.accounts.c[name] for name in ("pause_reason", *t.PAUSE_CODES)]
    held = [dict(row) for row in connection.execute(sa.select(t.pauses).where(p.account == old)).mappings()]
    codes = connection.execute(sa.select(*columns).where(t.accounts.c.id == old)).mappings().first()
    connection.execute(sa.delete(t.pauses).where(p.account == old))
    # What was collected of the account becomes the other's; where both have it, that one's stands.
    if _is_there(connection, old):
        if not _is_there(connection, new):
            connection.execute(sa.insert(t.accounts).values(id=new))
        for table in (*INSIGHTS, t.deletions):
            _drop_twins(connection, table, old, new)
            connection.execute(sa.update(table).where(table.c.account == old).values(account=new))
    merge(connection, old, new, is_upgrade=False)
    # The pause that somebody made holds for the new account if it has none of its own.
    if connection.execute(sa.select(p.account).where(p.account == new)).first() is None:
        for row in held:
            connection.execute(sa.insert(t.pauses).values({**row, "account": new}))
    if codes:
        # Of two pauses the later one stands: the codes follow where it was this account's.
        stands = (t.accounts.c.id == new) & (t.accounts.c.pause_reason == codes["pause_reason"])
        connection.execute(
            sa.update(t.accounts).where(stands).values({name: codes[name] for name in t.PAUSE_CODES})
        )


def _move_consent(connection: sa.Connection, old: str, new: str) -> None:
    """Let the proposals, journal, grants and keys of an account be the other's."""
    connection.execute(sa.update(t.proposals).where(t.proposals.c.account == old).values(account=new))
    for table in (t.proposals, t.journal_events, t.requests):
        is_about_old = (table.c.subject_kind == "account") & (table.c.subject_id == old)
        connection.execute(sa.update(table).where(is_about_old).values(subject_id=new))
    for table in (t.grants, t.keys):
        c = table.c
        limited = sa.select(c.id, c.accounts).where(c.accounts.is_not(None))
        for row_id, text_of_accounts in connection.execute(limited).all():
            accounts = json.loads(text_of_accounts)
            if old in accounts:
                merged = list(dict.fromkeys(new if account == old else account for account in accounts))
                connection.execute(sa.update(table).where(c.id == row_id).values(accounts=json.dumps(merged)))


def merge(connection: sa.Connection, old: str, new: str, *, is_upgrade: bool = True) -> None:
    """Move everything of one account to another of the same user, and delete the first.

    is_upgrade: on the tables of revision 0003.
    The moved posts get a higher revision: a worker that drives one fails its next save with Conflict and
    reads the post again.
    """
    if old == new or not _is_there(connection, old):
        return
    if connection.dialect.name == "postgresql":
        # Waits until no post is being changed, and lets no other transaction change one until this one ends.
        # In EXCLUSIVE mode the others wait before they lock their first row: a merge that waits for a row of
        # a transaction that waits for the merge would be a deadlock. A send opened meanwhile would be a
        # second.
        connection.execute(sa.text(f"LOCK TABLE {SCHEMA}.posts IN EXCLUSIVE MODE"))
    _merge_rows(connection, old, new)
    # Rows that would collide first: the updates below must break neither a primary key nor uq_sends_open.
    _let_one_key_stand(connection, old, new, is_upgrade=is_upgrade)
    # Where both accounts have an open send, the old one's is abandoned, and a person is asked about its post.
    s = t.sends.c
    sends = sa.select(s.post_id, s.number, s.details).where(s.state == "open")
    ours = connection.execute(sends.where(s.account == old)).first()
    if ours and connection.execute(sends.where(s.account == new)).first():
        is_ours = (s.post_id == ours.post_id) & (s.number == ours.number)
        details = json.dumps({**json.loads(ours.details), "state": "abandoned"})
        connection.execute(sa.update(t.sends).where(is_ours).values(state="abandoned", details=details))
        why = "Two posts of this account were being published at once, under two names of it."
        _end(connection, ours.post_id, "needs_attention", attention="outcome_unknown", problem=why)
    for table in (t.quota_ledger, t.slots, t.slot_holds):
        _drop_twins(connection, table, old, new)
    connection.execute(
        sa.update(t.posts)
        .where(t.posts.c.account == old)
        .values(account=new, revision=t.posts.c.revision + 1)
    )
    for table in _OWNED:
        connection.execute(sa.update(table).where(table.c.account == old).values(account=new))
    connection.execute(sa.delete(t.accounts).where(t.accounts.c.id == old))


def _is_there(connection: sa.Connection, account: str) -> bool:
    return (
        connection.execute(sa.select(t.accounts.c.id).where(t.accounts.c.id == account)).first() is not None
    )


def _merge_rows(connection: sa.Connection, old: str, new: str) -> None:
    """Create the surviving account's row, or give it the other's later pause, quota reading and slot."""
    # An earlier release's file is merged on its way up, and has no codes yet.
    columns = [column for column in t.accounts.c if column.name not in t.PAUSE_CODES]
    rows = connection.execute(sa.select(*columns).where(t.accounts.c.id.in_([old, new]))).mappings()
    row_of = {row["id"]: row for row in rows}
    row, other = row_of[old], row_of.get(new)
    if other is None:
        connection.execute(sa.insert(t.accounts).values({**row, "id": new}))
        return
    values: dict[str, Any] = {}
    # The first column of each group tells which account has the later value.
    for names in (
        ("paused_until", "pause_reason"),
        ("quota_read_at", "quota_total", "quota_usage"),
        ("last_slot_at",),
    ):
        at, other_at = row[names[0]], other[names[0]]
        if at is not None and (other_at is None or at > other_at):
            values |= {name: row[name] for name in names}
    if values:
        connection.execute(sa.update(t.accounts).where(t.accounts.c.id == new).values(values))


def _drop_twins(connection: sa.Connection, table: sa.Table, old: str, new: str) -> None:
    """Delete an account's rows whose keys the other account has too."""
    twin = table.alias()
    keys = [column.name for column in table.primary_key if column.name != "account"]
    is_same = [twin.c[name] == table.c[name] for name in keys]
    has_twin = sa.exists().where(twin.c.account == new, *is_same)
    connection.execute(sa.delete(table).where(table.c.account == old, has_twin))


def _let_one_key_stand(connection: sa.Connection, old: str, new: str, *, is_upgrade: bool) -> None:
    """Where both used a key, keep it for the higher-ranked post; cancel an unsent twin of equal content."""
    k, other = t.idempotency_keys.alias(), t.idempotency_keys.alias()
    both = sa.select(k.c.key, k.c.post_id, other.c.post_id, k.c.content_hash == other.c.content_hash).where(
        k.c.account == old, other.c.account == new, k.c.key == other.c.key
    )
    # A program's key is its own; there were no programs then.
    both = both if is_upgrade else both.where(k.c.program == other.c.program)
    for key, ours, theirs, is_same in connection.execute(both).all():
        first, second = (
            (theirs, ours) if _rank(connection, theirs) >= _rank(connection, ours) else (ours, theirs)
        )
        loser, c = old if second == ours else new, t.idempotency_keys.c
        is_key = (c.account == loser) & (c.key == key) & (c.post_id == second)
        connection.execute(sa.delete(t.idempotency_keys).where(is_key))
        if is_same and _rank(connection, second) < len(_UNSENT):
            why = f"Post {first} of the same account stands for its idempotency key."
            _end(connection, second, "cancelled", problem=why, not_before=None)


def _rank(connection: sa.Connection, post_id: str) -> int:
    """Rank a post by how far it came: sent above unsent, live highest, cancelled lowest."""
    state = connection.execute(sa.select(t.posts.c.state).where(t.posts.c.id == post_id)).scalar_one()
    if state == "cancelled":
        return -1
    if state in _UNSENT:
        return _UNSENT.index(state)
    return len(_UNSENT) + (state in ("published", "deleted"))


def _end(connection: sa.Connection, post_id: str, state: str, **changes: Any) -> None:  # noqa: ANN401  # JSON values
    c = t.posts.c
    details = connection.execute(sa.select(c.details).where(c.id == post_id)).scalar_one()
    changed = json.dumps({**json.loads(details), **changes, "wake_at": None})
    values = {"state": state, "details": changed, "wake_at": None, "revision": c.revision + 1}
    connection.execute(sa.update(t.posts).where(c.id == post_id).values(values))
