"""Brings back to posts what the send log has of them and the database has lost: docs/decisions/0031."""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select

from pressroom.core.journal import JournalEvent
from pressroom.core.post import WAITING_STATES, Post, PostId, PostState, Recalled, Send
from pressroom.core.stored_posts import KEY_LIFETIME, PostSave
from pressroom.graph.ids import MediaId
from pressroom.store import tables as t
from pressroom.store.columns import is_among
from pressroom.store.database import Database
from pressroom.store.post_rows import POSTS, read_posts
from pressroom.store.send_log import LoggedSend
from pressroom.store.writing import update_post

_HELD = (PostState.DRAFT, PostState.AWAITING_APPROVAL)
_SENT = (PostState.PUBLISHING, PostState.PUBLISHED)
_SENDS = select(t.sends.c.post_id, t.sends.c.number).where(is_among(t.sends.c.post_id, "ids"))
_NOT_LIVE = select(t.posts.c.id).where(
    is_among(t.posts.c.id, "ids"), t.posts.c.state != PostState.PUBLISHED.value
)
_STORED = select(t.posts.c.id).where(is_among(t.posts.c.id, "ids"))
# In the order in which all transactions lock posts.
_THESE = POSTS.where(is_among(t.posts.c.id, "ids")).order_by(t.posts.c.id).with_for_update(of=t.posts)
_DUE_BEFORE = (
    POSTS.where(
        or_(
            t.posts.c.state.in_([*WAITING_STATES, *_HELD]) & (t.posts.c.goes_out_at < bindparam("before")),
            # Live, or about to be found so, with something left to do.
            t.posts.c.state.in_(_SENT) & t.posts.c.wake_at.is_not(None),
        ),
        t.posts.c.created_at < bindparam("made_before"),
    )
    .order_by(t.posts.c.id)
    # What a living worker has locked is no post that was forgotten.
    .with_for_update(of=t.posts, skip_locked=True)
)
_SENT_BEFORE = "The send log tells that it was sent, which this store had forgotten: Instagram is asked."
_LOOKED_FOR = "This store may be older than what was sent: the post is looked for before it goes out."
_COMMENT_LOOKED_FOR = "This store may be older than what was sent: the comment is looked for first."


def posts_of_lost_sends(database: Database, connection: Connection) -> Sequence[PostId]:
    """Name the posts of which the log has sends that the database lost."""
    return list(_recalled(connection, database.send_log.read()))


def recall(database: Database, connection: Connection, now: datetime) -> Sequence[PostId]:
    """Note on posts what the log tells of them, have a worker look at them at once, and name them."""
    recalled = _recalled(connection, database.send_log.read())
    if not recalled:
        return ()
    # Another process may have been about to commit what was missing: with its posts locked, it is told again.
    rows = connection.execute(_THESE, {"ids": list(recalled)}).mappings().all()
    recalled = _recalled(connection, database.send_log.read())
    posts = read_posts(connection, rows)
    forgetful = [post for post in posts if post.id in recalled and post.recalled is None]
    for post in forgetful:
        # No send is repeated of a post that is not let go as it stands, or shows something else by now:
        # somebody cancelled, edited or held it back after a process had died between log and commit.
        is_let_go, dropped = post.state in t.UNDER_WAY, {c.id for c in post.containers if not c.is_alive}
        sends = tuple(
            replace(send, may_resend=is_let_go and send.container_id not in dropped)
            for send in recalled[post.id].sends
        )
        # Whatever held the post back, it may be live: that is looked into.
        state = post.state if is_let_go else PostState.SCHEDULED
        changed = post.changed(recalled=replace(recalled[post.id], sends=sends), state=state, wake_at=now)
        looked_into = changed.changed(attention=None, problem=None, is_interrupted=False)
        event = JournalEvent(subject_id=post.id, at=now, step="recalled", text=_SENT_BEFORE)
        update_post(database, connection, _saving(looked_into, post, event))
    return [post.id for post in forgetful]


def recalled_by_keys(database: Database, connection: Connection, posts: Sequence[Post]) -> Sequence[Post]:
    """Note on new posts what was sent under their idempotency keys, of posts that the database has lost."""
    keys = [(post.account, post.idempotency_key) for post in posts if post.idempotency_key]
    logged = database.send_log.of_keys(keys)
    if not logged:
        return posts
    ids = [line.post for lines in logged.values() for line in lines]
    stored = set(connection.execute(_STORED, {"ids": ids}).scalars())
    now, noted = database.clock.now(), list[Post]()
    for post in posts:
        lines = logged.get((post.account, post.idempotency_key or ""), ())
        lost = [line for line in lines if line.post not in stored]
        # A key that was taken over, after its lifetime, may name several posts: the newest counts.
        newest = _of_lines(line for line in lost if line.post == lost[-1].post)
        # A send older than its key's lifetime counts no more. If its month is deleted from the log already,
        # the log may still tell of the media alone.
        is_young = newest and newest.sends and newest.sends[-1].started_at > now - KEY_LIFETIME
        noted.append(post.changed(recalled=newest, wake_at=now) if is_young else post)
    return noted


def doubt(
    database: Database,
    connection: Connection,
    *,
    before: datetime,
    made_before: datetime,
    not_before: datetime,
    spared: Collection[PostId],
) -> Sequence[PostId]:
    """Have the posts looked for that were due before a moment, and first comments not written yet; name them.

    made_before: younger posts are known to nobody else. not_before: when lists show all that may have been
    published meanwhile. spared: posts that are settled otherwise.
    """
    doubted = list[PostId]()
    moments = {"before": before, "made_before": made_before}
    for post in read_posts(connection, connection.execute(_DUE_BEFORE, moments).mappings()):
        if post.id in spared or post.recalled:
            continue
        changed, text = post, _LOOKED_FOR
        if post.state in _SENT:
            changed, text = post.with_comment_in_doubt(not_before), _COMMENT_LOOKED_FOR
        elif post.goes_out_at:
            changed = post.to_be_looked_for(post.goes_out_at, not_before)
        if changed is not post:
            now = database.clock.now()
            event = JournalEvent(subject_id=post.id, at=now, step="doubted", text=text)
            update_post(database, connection, _saving(changed, post, event))
            doubted.append(post.id)
    return doubted


def _saving(post: Post, was: Post, event: JournalEvent) -> PostSave:
    return PostSave(post.changed(revision=was.revision + 1), was, [event])


def _recalled(connection: Connection, lines: Iterable[LoggedSend]) -> Mapping[PostId, Recalled]:
    """Return what the log has and the database lacks of posts that the database has and that are not live."""
    logged = defaultdict[PostId, list[LoggedSend]](list)
    for line in lines:
        logged[line.post].append(line)
    not_live = set(connection.execute(_NOT_LIVE, {"ids": list(logged)}).scalars())
    stored = defaultdict[PostId, set[int]](set)
    for row in connection.execute(_SENDS, {"ids": list(not_live)}):
        stored[row.post_id].add(row.number)
    recalled = ((post, _of_lines(logged[post], stored[post])) for post in not_live)
    return {post: lost for post, lost in recalled if lost}


def _of_lines(lines: Iterable[LoggedSend], stored: Container[int] = ()) -> Recalled | None:
    sends = dict[int, Send]()
    media_id: MediaId | None = None
    for line in lines:
        if line.send and line.send.number not in stored:
            sends[line.send.number] = line.send
        media_id = line.media or media_id
    ordered = tuple(sends[number] for number in sorted(sends))
    return Recalled(sends=ordered, media_id=media_id) if ordered or media_id else None
