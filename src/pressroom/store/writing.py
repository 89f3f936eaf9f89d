"""Writes posts with their assets, containers, sends and keys, in the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from pressroom.core.errors import Conflict, KeyReused, NotFound
from pressroom.core.post import ContainerRecord, Post, PostId, PostState, Send
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_accounts import Spending
from pressroom.core.stored_posts import KEY_LIFETIME, HeldKey, PostSave, is_same_content
from pressroom.store import tables as t
from pressroom.store.columns import Row, is_among
from pressroom.store.consent import forget_withdrawn
from pressroom.store.database import Database, Writes
from pressroom.store.events import event_rows
from pressroom.store.identity import account_of
from pressroom.store.post_rows import asset_rows, container_row, post_row, send_row
from pressroom.store.send_rules import find_hindrances, require_may_send

LIST_POSTS = Fix.of("List the posts: {}.", Remedy(RemedyKind.LIST_POSTS))

_UPDATE_POST = update(t.posts).where(
    t.posts.c.id == bindparam("was_id"),
    t.posts.c.state == bindparam("was_state"),
    t.posts.c.revision == bindparam("was_revision"),
)
# Skipping what is locked: one post that another transaction holds must not keep the others waiting.
_STANDING = (
    select(t.posts.c.id, t.posts.c.state, t.posts.c.revision)
    .where(is_among(t.posts.c.id, "ids"))
    .order_by(t.posts.c.id)
    .with_for_update(key_share=True, skip_locked=True)
)
_KEY = select(t.idempotency_keys).where(
    t.idempotency_keys.c.account == account_of(), t.idempotency_keys.c.key == bindparam("key")
)
_UPDATE_KEY = update(t.idempotency_keys).where(
    t.idempotency_keys.c.account == bindparam("was_account"), t.idempotency_keys.c.key == bindparam("was_key")
)


def insert_posts(database: Database, connection: Connection, posts: Sequence[Post]) -> None:
    """Insert new posts; their accounts must have rows."""
    writes = Writes(database, connection)
    writes.insert(t.posts, [post_row(post) for post in posts])
    writes.insert(t.assets, [row for post in posts for row in asset_rows(post)])
    writes.insert(t.containers, [container_row(post, record) for post in posts for record in post.containers])
    writes.insert(t.sends, [send_row(post, send) for post in posts for send in post.sends])
    _spend(database, writes, [(post, None) for post in posts])
    writes.execute()


def take_key(database: Database, connection: Connection, post: Post, content_hash: str) -> PostId | None:
    """Take the post's idempotency key for it, or return the post that the key stands for already.

    A key older than `KEY_LIFETIME` is taken over. Raises KeyReused when the key stands for other content.
    The caller inserts the post before it commits.
    """
    row: Row = {
        "account": post.account,
        "key": post.idempotency_key,
        "content_hash": content_hash,
        "post_id": post.id,
        "created_at": database.clock.now(),
    }
    # On PostgreSQL this waits for a concurrent transaction that inserts the same key.
    taking = database.insert_missing(t.idempotency_keys, row).returning(t.idempotency_keys.c.key)
    if connection.execute(taking).first():
        return None
    held = connection.execute(_KEY.with_for_update(), {"account": post.account, "key": row["key"]}).one()
    if held.created_at <= database.clock.now() - KEY_LIFETIME:
        connection.execute(_UPDATE_KEY, {"was_account": post.account, "was_key": row["key"], **row})
        return None
    if not is_same_content(held.content_hash, content_hash):
        raise KeyReused.by(row["key"], held.post_id)
    return PostId(held.post_id)


def point_key(connection: Connection, post: Post, other: PostId) -> None:
    """Make the key that a post has taken stand for another post instead."""
    was = {"was_account": post.account, "was_key": post.idempotency_key}
    connection.execute(_UPDATE_KEY.values(post_id=other), was)


def young_key(database: Database, connection: Connection, account: str, key: str) -> HeldKey | None:
    """Return what a key stands for; None for an unknown one, and for one older than `KEY_LIFETIME`."""
    held = connection.execute(_KEY, {"account": account, "key": key}).first()
    if held is None or held.created_at <= database.clock.now() - KEY_LIFETIME:
        return None
    return HeldKey(PostId(held.post_id), held.content_hash)


def update_post(database: Database, connection: Connection, save: PostSave) -> None:
    """Replace a post if its state and revision are still those it had. Raises Conflict or NotFound."""
    was = save.was
    # The compare-and-set: no row matches when somebody else saved the post since it was read.
    guard = {"was_id": was.id, "was_state": was.state, "was_revision": was.revision}
    if not connection.execute(_UPDATE_POST, {**guard, **_row(save)}).rowcount:
        state = connection.execute(select(t.posts.c.state).where(t.posts.c.id == was.id)).scalar()
        if state is None:
            raise missing_post(was.id)
        raise Conflict(
            f"Post {was.id} was {was.state} and is {state} now: somebody else changed it meanwhile.",
            fix="Look at it again, then decide.",
        )
    require_may_send(database, connection, [save])
    _update_parts(Writes(database, connection), database, connection, [save])


def update_posts(database: Database, connection: Connection, saves: Sequence[PostSave]) -> Sequence[PostId]:
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
    return post_row(save.post)


def _update_parts(
    writes: Writes, database: Database, connection: Connection, saves: Sequence[PostSave]
) -> None:
    """Replace what hangs on posts, for all of them together."""
    changed = [save.post for save in saves if save.post.assets != save.was.assets]
    if changed:
        is_theirs = is_among(t.assets.c.post_id, [post.id for post in changed])
        connection.execute(delete(t.assets).where(is_theirs))
    writes.insert(t.assets, [row for post in changed for row in asset_rows(post)])
    # Containers before sends: on SQLite a send's foreign key needs its container at once.
    _update_containers(writes, connection, saves)
    _update_sends(writes, saves)
    _spend(database, writes, [(save.post, save.was) for save in saves])
    under_way = [save for save in saves if save.post.state in t.UNDER_WAY]
    forget_withdrawn(connection, [save.post.id for save in under_way if save.was.state not in t.UNDER_WAY])
    events = [event for save in saves for event in save.events]
    writes.insert(t.journal_events, event_rows(connection, events))
    writes.execute()
    # On a server the insert of a send waits for one that another worker closes: what that did counts, too.
    if not database.location.is_sqlite:
        require_may_send(database, connection, saves)
    # Last, so that a commit seldom fails after it.
    database.send_log.append(saves, database.clock.now())


def missing_post(post_id: str) -> NotFound:
    """Make the error of a post that does not exist."""
    return NotFound(f"There is no post {post_id}.", fix=LIST_POSTS)


def _update_containers(writes: Writes, connection: Connection, saves: Sequence[PostSave]) -> None:
    changed, new = list[Row](), list[Row]()
    for post, was in ((save.post, save.was) for save in saves if save.post.containers != save.was.containers):
        before: dict[str, ContainerRecord] = {record.id: record for record in was.containers}
        for record in (record for record in post.containers if before.get(record.id) != record):
            (changed if record.id in before else new).append(container_row(post, record))
        if gone := before.keys() - {record.id for record in post.containers}:
            is_gone = (t.containers.c.post_id == post.id) & t.containers.c.id.in_(gone)
            connection.execute(delete(t.containers).where(is_gone))
    writes.update(t.containers, changed)
    writes.insert(t.containers, new)


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
