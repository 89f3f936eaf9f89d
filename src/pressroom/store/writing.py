"""Writes posts with their assets, containers, sends and keys, in the caller's transaction."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, bindparam, delete, select, update

from pressroom.core.account import AccountId
from pressroom.core.errors import Conflict, KeyReused, NotFound
from pressroom.core.post import ContainerRecord, Post, PostId, PostState, Send
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_accounts import Spending
from pressroom.core.stored_posts import KEY_LIFETIME, HeldKey, PostSave, is_same_content
from pressroom.store import tables as t
from pressroom.store.among import is_among
from pressroom.store.codec import Row, asset_rows, container_row, post_row, send_row
from pressroom.store.consenting import forget_withdrawn
from pressroom.store.database import Database
from pressroom.store.events import event_rows
from pressroom.store.identity import account_of, hold_names, resolved
from pressroom.store.many import Writes
from pressroom.store.naming import require_account
from pressroom.store.send_rules import hindered, require_may_send

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
        raise _changed(connection, was)
    require_may_send(database, connection, [save])
    _update_parts(Writes(database, connection), database, connection, [save])


def update_posts(database: Database, connection: Connection, saves: Sequence[PostSave]) -> Sequence[PostId]:
    """Replace those of many posts that can be replaced without waiting, and name them."""
    unlocked = _as_they_were(connection, saves)
    hindrances = hindered(database, connection, unlocked)
    fit = [save for save in unlocked if save.post.id not in hindrances]
    if fit:
        writes = Writes(database, connection)
        writes.update(t.posts, [_row(save) for save in fit])
        _update_parts(writes, database, connection, fit)
    return [save.post.id for save in fit]


def _as_they_were(connection: Connection, saves: Sequence[PostSave]) -> list[PostSave]:
    """Lock posts and pick those that nobody saved since they were read, nor has locked."""
    ids = [save.was.id for save in saves]
    standing = {row.id: (row.state, row.revision) for row in connection.execute(_STANDING, {"ids": ids})}
    # In one order: transactions that lock the same posts would else deadlock.
    ordered = sorted(saves, key=lambda save: save.was.id)
    return [save for save in ordered if standing.get(save.was.id) == (save.was.state, save.was.revision)]


def _row(save: PostSave) -> Row:
    assert save.post.revision > save.was.revision, "a change makes a higher revision"
    return post_row(save.post)


def _update_parts(
    writes: Writes, database: Database, connection: Connection, saves: Sequence[PostSave]
) -> None:
    """Replace what hangs on posts, for all of them together."""
    _update_assets(writes, connection, saves)
    # Containers before sends: on SQLite a send's foreign key needs its container at once.
    _update_containers(writes, connection, saves)
    _update_sends(writes, saves)
    _spend(database, writes, [(save.post, save.was) for save in saves])
    forget_withdrawn(connection, [save.post.id for save in saves if _is_let_go(save)])
    events = [event for save in saves for event in save.events]
    writes.insert(t.journal_events, event_rows(connection, events))
    writes.execute()
    # On a server the insert of a send waits for one that another worker closes: what that did counts, too.
    if not database.location.is_sqlite:
        require_may_send(database, connection, saves)
    # Last, so that a commit seldom fails after it.
    database.send_log.append(saves, database.clock.now())


def _is_let_go(save: PostSave) -> bool:
    return save.post.state in t.UNDER_WAY and save.was.state not in t.UNDER_WAY


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


def _update_assets(writes: Writes, connection: Connection, saves: Sequence[PostSave]) -> None:
    changed = [save.post for save in saves if save.post.assets != save.was.assets]
    if changed:
        connection.execute(
            delete(t.assets).where(is_among(t.assets.c.post_id, [post.id for post in changed]))
        )
    writes.insert(t.assets, [row for post in changed for row in asset_rows(post)])


def _update_containers(writes: Writes, connection: Connection, saves: Sequence[PostSave]) -> None:
    changed, new = list[Row](), list[Row]()
    for post, was in ((save.post, save.was) for save in saves if save.post.containers != save.was.containers):
        before: dict[str, ContainerRecord] = {record.id: record for record in was.containers}
        for record in (one for one in post.containers if before.get(one.id) != one):
            (changed if record.id in before else new).append(container_row(post, record))
        _delete_containers(connection, post, before.keys() - {record.id for record in post.containers})
    writes.update(t.containers, changed)
    writes.insert(t.containers, new)


def _delete_containers(connection: Connection, post: Post, gone: Collection[str]) -> None:
    if gone:
        is_gone = (t.containers.c.post_id == post.id) & t.containers.c.id.in_(gone)
        connection.execute(delete(t.containers).where(is_gone))


def _update_sends(writes: Writes, saves: Sequence[PostSave]) -> None:
    changed, new = list[Row](), list[Row]()
    for post, was in ((save.post, save.was) for save in saves if save.post.sends != save.was.sends):
        before: dict[int, Send] = {send.number: send for send in was.sends}
        for send in (one for one in post.sends if before.get(one.number) != one):
            (changed if send.number in before else new).append(send_row(post, send))
    writes.update(t.sends, changed)
    if changed and new:
        # An account's open send is closed before the next one is opened.
        writes.execute()
    # All transactions insert in one order: two that open sends of the same accounts would else deadlock.
    writes.insert(t.sends, sorted(new, key=lambda row: str(row["account"])))


def _spend(database: Database, writes: Writes, changes: Iterable[tuple[Post, Post | None]]) -> None:
    """Record new containers, and posts' publishing, in the quota ledger."""
    rows = [row for post, was in changes for row in _spent(database, post, was)]
    writes.insert(t.quota_ledger, rows, skips_existing=True)


def _spent(database: Database, post: Post, was: Post | None) -> list[Row]:
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
    return rows
