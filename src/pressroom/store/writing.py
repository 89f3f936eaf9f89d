"""Writes posts with their assets, containers, sends and keys, in the caller's transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from pressroom.core.account import AccountId
from pressroom.core.content import is_same_content
from pressroom.core.errors import Conflict, KeyReused, NotFound
from pressroom.core.post import ContainerRecord, Post, PostId, PostState, Send
from pressroom.core.quota import Spending
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.repositories import KEY_LIFETIME, HeldKey
from pressroom.store import tables as t
from pressroom.store.codec import Row, asset_rows, container_row, post_row, send_row
from pressroom.store.database import Database
from pressroom.store.identity import account_of, hold_names, resolved
from pressroom.store.naming import require_account
from pressroom.store.pause_table import pauses

LIST_POSTS = Fix.of("List the posts: {}.", Remedy(RemedyKind.LIST_POSTS))

_UPDATE_POST = update(t.posts).where(
    t.posts.c.id == bindparam("was_id"),
    t.posts.c.state == bindparam("was_state"),
    t.posts.c.revision == bindparam("was_revision"),
)
_UPDATE_CONTAINER = update(t.containers).where(
    t.containers.c.post_id == bindparam("was_post"), t.containers.c.id == bindparam("was_id")
)
_UPDATE_SEND = update(t.sends).where(
    t.sends.c.post_id == bindparam("was_post"), t.sends.c.number == bindparam("was_number")
)
_KEY = select(t.idempotency_keys).where(
    t.idempotency_keys.c.account == account_of(), t.idempotency_keys.c.key == bindparam("key")
)
_PAUSED_BY_HAND = select(pauses.c.account).where(pauses.c.account == account_of())
_UPDATE_KEY = update(t.idempotency_keys).where(
    t.idempotency_keys.c.account == bindparam("was_account"), t.idempotency_keys.c.key == bindparam("was_key")
)


def ensure_account(database: Database, connection: Connection, who: str) -> AccountId:
    """Resolve a name to an account, inserting its row: a post may name one that nobody signed in to."""
    return ensure_accounts(database, connection, [who])[who]


def ensure_accounts(database: Database, connection: Connection, whos: Iterable[str]) -> dict[str, AccountId]:
    """Resolve names to accounts, inserting the rows that are missing. Raises Refused for an invalid name."""
    # Held until the commit: otherwise a name could be reassigned between the lookup and the insert.
    hold_names(connection)
    found = {who: resolved(connection, who) for who in sorted(set(whos))}
    for account in found.values():
        require_account(account)
    rows = [{"id": account} for account in sorted(set(found.values()))]
    connection.execute(database.insert_missing(t.accounts, *rows))
    return found


def insert_posts(database: Database, connection: Connection, posts: Sequence[Post]) -> None:
    """Insert new posts; their accounts must have rows."""
    _insert(connection, t.posts, [post_row(post) for post in posts])
    _insert(connection, t.assets, [row for post in posts for row in asset_rows(post)])
    containers = [container_row(post, record) for post in posts for record in post.containers]
    _insert(connection, t.containers, containers)
    _insert(connection, t.sends, [send_row(post, send) for post in posts for send in post.sends])
    for post in posts:
        _spend(database, connection, post, None)


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


def update_post(database: Database, connection: Connection, post: Post, was: Post) -> None:
    """Replace a post if its state and revision are still those of `was`. Raises Conflict or NotFound."""
    assert post.revision > was.revision, "a change makes a higher revision"
    guard = {"was_id": was.id, "was_state": was.state, "was_revision": was.revision}
    # The compare-and-set: no row matches when somebody else saved the post since it was read.
    if not connection.execute(_UPDATE_POST, {**guard, **post_row(post)}).rowcount:
        raise _changed(connection, was)
    if post.assets != was.assets:
        connection.execute(delete(t.assets).where(t.assets.c.post_id == post.id))
        _insert(connection, t.assets, asset_rows(post))
    # Containers before sends: a send's foreign key needs its container.
    _update_containers(connection, post, was)
    _update_sends(connection, post, was)
    _spend(database, connection, post, was)


def missing(post_id: str) -> NotFound:
    """Make the error of a post that does not exist."""
    return NotFound(f"There is no post {post_id}.", fix=LIST_POSTS)


def _changed(connection: Connection, was: Post) -> Conflict | NotFound:
    now = connection.execute(select(t.posts.c.state).where(t.posts.c.id == was.id)).scalar()
    if now is None:
        return missing(was.id)
    return Conflict(
        f"Post {was.id} was {was.state} and is {now} now: somebody else changed it meanwhile.",
        fix="Look at it again, then decide.",
    )


def _update_containers(connection: Connection, post: Post, was: Post) -> None:
    before: dict[str, ContainerRecord] = {record.id: record for record in was.containers}
    rows = {record.id: container_row(post, record) for record in post.containers}
    changed = [record for record in post.containers if before.get(record.id, record) != record]
    for record in changed:
        row = rows[record.id]
        connection.execute(_UPDATE_CONTAINER, {"was_post": post.id, "was_id": record.id, **row})
    _insert(connection, t.containers, [row for name, row in rows.items() if name not in before])
    gone = before.keys() - rows.keys()
    if gone:
        is_gone = (t.containers.c.post_id == post.id) & t.containers.c.id.in_(gone)
        connection.execute(delete(t.containers).where(is_gone))


def _update_sends(connection: Connection, post: Post, was: Post) -> None:
    before: dict[int, Send] = {send.number: send for send in was.sends}
    for send in post.sends:
        if before.get(send.number, send) != send:
            key = {"was_post": post.id, "was_number": send.number}
            connection.execute(_UPDATE_SEND, {**key, **send_row(post, send)})
    new = [send_row(post, send) for send in post.sends if send.number not in before]
    if new:
        _require_not_paused_by_hand(connection, post)
    _insert(connection, t.sends, new)


def _require_not_paused_by_hand(connection: Connection, post: Post) -> None:
    """Raise Conflict where somebody has paused the post's account."""
    # In the commit of the send: who pauses an account is told that nothing new leaves from then on.
    if connection.execute(_PAUSED_BY_HAND, {"account": post.account}).first():
        raise Conflict(f"Account {post.account_name!r} was paused meanwhile: the post is not sent.")


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _spend(database: Database, connection: Connection, post: Post, was: Post | None) -> None:
    """Record new containers, and the post's publishing, in the quota ledger."""
    known = {record.id for record in was.containers} if was else set[str]()
    rows: list[Row] = [
        {"account": post.account, "what": Spending.CONTAINER, "reference": record.id, "at": record.created_at}
        for record in post.containers
        if record.id not in known
    ]
    is_new = was is None or was.state is not PostState.PUBLISHED
    if is_new and post.state is PostState.PUBLISHED:
        # The send's time: a lost answer may be resolved, and saved here, much later.
        at = post.sends[-1].started_at if post.sends else database.clock.now()
        rows.append({"account": post.account, "what": Spending.PUBLISH, "reference": post.id, "at": at})
    if rows:
        connection.execute(database.insert_missing(t.quota_ledger, *rows))
