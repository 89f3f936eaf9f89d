"""Writes posts with their assets, containers, sends and keys, in the caller's transaction.

`require_may_send` checks what must hold when a send is opened, in the same commit: what was read before may
be old.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from pressroom.core.account import Spending
from pressroom.core.errors import (
    AccountPaused,
    AnotherSendOpen,
    Conflict,
    ConsentWithdrawn,
    KeyReused,
    NotFound,
    SnapshotOutdated,
)
from pressroom.core.post import (
    ContainerRecord,
    Post,
    PostId,
    PostState,
    Send,
    SendState,
)
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_posts import KEY_LIFETIME, HeldKey, PostKey, PostSave, is_same_content
from pressroom.store import tables as t
from pressroom.store.columns import Row, is_among
from pressroom.store.consent import forget_withdrawn
from pressroom.store.database import Database, Writes
from pressroom.store.events import events_of, write_events
from pressroom.store.identity import account_of
from pressroom.store.post_rows import asset_rows, container_row, post_row, send_row

LIST_POSTS = Fix.of("List the posts: {}.", Remedy(RemedyKind.LIST_POSTS))

_UPDATE_POST = sa.update(t.posts).where(
    t.posts.c.id == sa.bindparam("was_id"),
    t.posts.c.state == sa.bindparam("was_state"),
    t.posts.c.revision == sa.bindparam("was_revision"),
)
# Skipping what is locked: one post that another transaction holds must not keep the others waiting.
_STANDING = (
    sa.select(t.posts.c.id, t.posts.c.state, t.posts.c.revision)
    .where(is_among(t.posts.c.id, "ids"))
    .order_by(t.posts.c.id)
    .with_for_update(key_share=True, skip_locked=True)
)
_KEY = sa.select(t.idempotency_keys).where(
    t.idempotency_keys.c.account == account_of(),
    t.idempotency_keys.c.program == sa.bindparam("program"),
    t.idempotency_keys.c.key == sa.bindparam("key"),
)
_UPDATE_KEY = sa.update(t.idempotency_keys).where(
    *(t.idempotency_keys.c[name] == sa.bindparam(f"was_{name}") for name in PostKey._fields)
)


def insert_posts(database: Database, connection: sa.Connection, posts: Sequence[Post]) -> None:
    """Insert new posts; their accounts must have rows."""
    writes = Writes(database, connection)
    writes.insert(t.posts, [post_row(post) for post in posts])
    writes.insert(t.assets, [row for post in posts for row in asset_rows(post)])
    writes.insert(t.containers, [container_row(post, record) for post in posts for record in post.containers])
    writes.insert(t.sends, [send_row(post, send) for post in posts for send in post.sends])
    _spend(database, writes, [(post, None) for post in posts])
    writes.execute()


def take_key(database: Database, connection: sa.Connection, post: Post, content_hash: str) -> PostId | None:
    """Take the post's idempotency key for it, or return the post that the key stands for already.

    A key older than `KEY_LIFETIME` is taken over. Raises KeyReused when the key stands for other content.
    The caller inserts the post before it commits.
    """
    key = PostKey.of(post)
    row: Row = {
        **key._asdict(),
        "content_hash": content_hash,
        "post_id": post.id,
        "created_at": database.clock.now(),
    }
    # On PostgreSQL this waits for a concurrent transaction that inserts the same key.
    taking = database.insert_missing(t.idempotency_keys, row).returning(t.idempotency_keys.c.key)
    if connection.execute(taking).first():
        return None
    held = connection.execute(_KEY.with_for_update(), key._asdict()).one()
    if held.created_at <= database.clock.now() - KEY_LIFETIME:
        connection.execute(_UPDATE_KEY.values(row), _was(key))
        return None
    if not is_same_content(held.content_hash, content_hash):
        raise KeyReused.by(key.key, held.post_id)
    return PostId(held.post_id)


def point_key(connection: sa.Connection, post: Post, other: PostId) -> None:
    """Make the key that a post has taken stand for another post instead."""
    connection.execute(_UPDATE_KEY.values(post_id=other), _was(PostKey.of(post)))


def _was(key: PostKey) -> Row:
    return {f"was_{name}": value for name, value in key._asdict().items()}


def young_key(database: Database, connection: sa.Connection, key: PostKey) -> HeldKey | None:
    """Return what a key stands for; None for an unknown one, and for one older than `KEY_LIFETIME`."""
    held = connection.execute(_KEY, key._asdict()).first()
    if held is None or held.created_at <= database.clock.now() - KEY_LIFETIME:
        return None
    return HeldKey(PostId(held.post_id), held.content_hash)


def update_post(database: Database, connection: sa.Connection, save: PostSave) -> None:
    """Replace a post if its state and revision are still those it had. Raises Conflict or NotFound."""
    was = save.was
    # The compare-and-set: no row matches when somebody else saved the post since it was read.
    guard = {"was_id": was.id, "was_state": was.state, "was_revision": was.revision}
    if not connection.execute(_UPDATE_POST, {**guard, **_row(save)}).rowcount:
        state = connection.execute(sa.select(t.posts.c.state).where(t.posts.c.id == was.id)).scalar()
        if state is None:
            raise missing_post(was.id)
        raise Conflict(
            f"Post {was.id} was {was.state} and is {state} now: somebody else changed it meanwhile.",
            fix="Look at it again, then decide.",
        )
    require_may_send(database, connection, [save])
    _update_parts(Writes(database, connection), database, connection, [save])


def update_posts(
    database: Database, connection: sa.Connection, saves: Sequence[PostSave]
) -> Sequence[PostId]:
    """Replace those of many posts that can be replaced without waiting, and name them."""
    # Lock those that nobody has saved since they were read; those that others hold locked are skipped.
    ids = [save.was.id for save in saves]
    standing = {row.id: (row.state, row.revision) for row in connection.execute(_STANDING, {"ids": ids})}
    # In one order: transactions that lock the same posts would else deadlock.
    ordered = sorted(saves, key=lambda save: save.was.id)
    unlocked = [save for save in ordered if standing.get(save.was.id) == (save.was.state, save.was.revision)]
    hindrances = find_hindrances(database, connection, unlocked)
    fit = [save for save in unlocked if save.post.id not in hindrances]
    if fit:
        writes = Writes(database, connection)
        writes.update(t.posts, [_row(save) for save in fit])
        _update_parts(writes, database, connection, fit)
    return [save.post.id for save in fit]


def _row(save: PostSave) -> Row:
    assert save.post.revision > save.was.revision, "a change makes a higher revision"
    # Counted here, whoever made the change: a version that was forgotten would let the next one undo it.
    return {**post_row(save.post), "version": save.post.version_after(save.was)}


def _update_parts(
    writes: Writes, database: Database, connection: sa.Connection, saves: Sequence[PostSave]
) -> None:
    """Replace what hangs on posts, for all of them together."""
    changed = [save.post for save in saves if save.post.assets != save.was.assets]
    if changed:
        is_theirs = is_among(t.assets.c.post_id, [post.id for post in changed])
        connection.execute(sa.delete(t.assets).where(is_theirs))
    writes.insert(t.assets, [row for post in changed for row in asset_rows(post)])
    # Containers before sends: on SQLite a send's foreign key needs its container at once.
    changed_rows, new_rows = list[Row](), list[Row]()
    for post, was in ((save.post, save.was) for save in saves if save.post.containers != save.was.containers):
        before: dict[str, ContainerRecord] = {record.id: record for record in was.containers}
        for record in (record for record in post.containers if before.get(record.id) != record):
            (changed_rows if record.id in before else new_rows).append(container_row(post, record))
        if gone := before.keys() - {record.id for record in post.containers}:
            is_gone = (t.containers.c.post_id == post.id) & t.containers.c.id.in_(gone)
            connection.execute(sa.delete(t.containers).where(is_gone))
    writes.update(t.containers, changed_rows)
    writes.insert(t.containers, new_rows)
    _update_sends(writes, saves)
    _spend(database, writes, [(save.post, save.was) for save in saves])
    under_way = [save for save in saves if save.post.state in t.UNDER_WAY]
    forget_withdrawn(connection, [save.post.id for save in under_way if save.was.state not in t.UNDER_WAY])
    events = [event for save in saves for event in events_of(save, database.clock.now())]
    write_events(writes, connection, events)
    writes.execute()
    # On a server the insert of a send waits for one that another worker closes: what that did counts, too.
    if not database.location.is_sqlite:
        require_may_send(database, connection, saves)
    # Last, so that a commit seldom fails after it.
    database.send_log.append(saves, database.clock.now())


def missing_post(post_id: str) -> NotFound:
    """Make the error of a post that does not exist."""
    return NotFound(f"There is no post {post_id}.", fix=LIST_POSTS)


def _update_sends(writes: Writes, saves: Sequence[PostSave]) -> None:
    changed, new = list[Row](), list[Row]()
    for post, was in ((save.post, save.was) for save in saves if save.post.sends != save.was.sends):
        before: dict[int, Send] = {send.number: send for send in was.sends}
        for send in (send for send in post.sends if before.get(send.number) != send):
            (changed if send.number in before else new).append(send_row(post, send))
    writes.update(t.sends, changed)
    if changed and new:
        # An account's open send is closed before the next one is opened.
        writes.execute()
    # All transactions insert in one order: two that open sends of the same accounts would else deadlock.
    writes.insert(t.sends, sorted(new, key=lambda row: str(row["account"])))


def _spend(database: Database, writes: Writes, changes: Iterable[tuple[Post, Post | None]]) -> None:
    """Record new containers, and posts' publishing, in the quota ledger."""
    spent = list[tuple[Post, Spending, str, datetime]]()
    for post, was in changes:
        before = {record.id for record in was.containers} if was else set[str]()
        new = [record for record in post.containers if record.id not in before]
        spent += [(post, Spending.CONTAINER, record.id, record.created_at) for record in new]
        was_published = was is not None and was.state is PostState.PUBLISHED
        if post.state is PostState.PUBLISHED and not was_published:
            # The send's time: a lost answer may be resolved, and saved here, much later.
            at = post.sends[-1].started_at if post.sends else database.clock.now()
            spent.append((post, Spending.PUBLISH, post.id, at))
    rows = [
        {"account": post.account, "what": what, "reference": reference, "at": at}
        for post, what, reference, at in spent
    ]
    writes.insert(t.quota_ledger, rows, skips_existing=True)


_DAY = timedelta(days=1)


class _Fact(StrEnum):
    """What is found of an account: why it is paused, which post is being sent, how many went live.

    Of a post: that a standing consent which it was let go under was withdrawn. Of the store: its heartbeat.
    """

    PAUSED_BY_HAND = "paused_by_hand"
    PAUSED_BY_ERROR = "paused_by_error"
    OPEN_SEND = "open_send"
    WENT_LIVE = "went_live"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    DRIVEN_AT = "driven_at"


def _fact(
    fact: _Fact, account: sa.ColumnElement[str], value: sa.ColumnElement[Any]
) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(sa.literal(fact.value, literal_execute=True), account, value.cast(sa.Text)).where(
        is_among(account, "accounts")
    )


DRIVEN_AT: Final = "store_driven_at"
"""The option that holds the heartbeat of a store: see `store.provenance`."""
_a, _l, _s, _g, _u, _o = (
    table.c for table in (t.accounts, t.quota_ledger, t.sends, t.grants, t.grant_uses, t.options)
)
# One statement: on a server each costs a round trip, and a commit of sends waits for two of them.
_FACTS = sa.union_all(
    _fact(_Fact.PAUSED_BY_HAND, t.pauses.c.account, t.pauses.c.reason),
    _fact(_Fact.PAUSED_BY_ERROR, _a.id, _a.pause_reason).where(_a.paused_until > sa.bindparam("now")),
    # A literal rather than a parameter: the planner must see that the partial index covers the query.
    _fact(_Fact.OPEN_SEND, _s.account, _s.post_id).where(
        _s.state == sa.literal(SendState.OPEN, literal_execute=True)
    ),
    _fact(_Fact.WENT_LIVE, _l.account, sa.func.count())
    .where(_l.what == Spending.PUBLISH.value, _l.at >= sa.bindparam("since"))
    .group_by(_l.account),
    sa.select(
        sa.literal(_Fact.CONSENT_WITHDRAWN.value, literal_execute=True), _u.reference, _g.id.cast(sa.Text)
    )
    .join(t.grants, _g.id == _u.grant_id)
    .where(_g.revoked_at.is_not(None), is_among(_u.reference, "posts")),
    sa.select(sa.literal(_Fact.DRIVEN_AT.value, literal_execute=True), _o.name, _o.value).where(
        _o.name == sa.literal(DRIVEN_AT, literal_execute=True)
    ),
)


def require_may_send(database: Database, connection: sa.Connection, saves: Iterable[PostSave]) -> None:
    """Raise a Conflict, of the kind that it is, for the first new send that must not be opened."""
    for hindrance in find_hindrances(database, connection, saves).values():
        raise hindrance


def find_hindrances(
    database: Database, connection: sa.Connection, saves: Iterable[PostSave]
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
    if _was_set_back(database, facts):
        set_back = (
            "The store was set back while this worker ran: what was published since is looked for first."
        )
        return {save.post.id: Conflict(set_back) for save in opening}
    hindrances = ((save.post.id, _hindrance_of(save, facts, since)) for save in opening)
    return {post_id: hindrance for post_id, hindrance in hindrances if hindrance}


def _was_set_back(database: Database, facts: Mapping[str, dict[str, str]]) -> bool:
    """Return whether the store lacks the heartbeat that this process wrote last."""
    stored = facts[_Fact.DRIVEN_AT].get(DRIVEN_AT)
    ours = database.driven_at
    return ours is not None and (stored is None or datetime.fromisoformat(stored) < ours)


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
