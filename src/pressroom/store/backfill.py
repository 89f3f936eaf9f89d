"""Posts that may be published without the store knowing it: docs/decisions/0031.

`recall` brings back to posts what the send log has of them and the database has lost. `doubt` has posts
looked for on the profile that may have been published in a gap. Start at `Backfill`, the part of `SqlPosts`
for what a worker settles before it publishes anything.
"""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from pressroom.core.journal import JournalEvent
from pressroom.core.post import (
    WAITING_STATES,
    WENT_LIVE,
    Followup,
    Gap,
    Post,
    PostId,
    PostState,
    Recalled,
    Send,
    When,
)
from pressroom.core.stored_posts import KEY_LIFETIME, PostKey, PostSave
from pressroom.graph.answers import MediaId
from pressroom.store import tables as t
from pressroom.store.columns import is_among
from pressroom.store.database import Database
from pressroom.store.identity import account_of
from pressroom.store.post_rows import POSTS, read_posts
from pressroom.store.send_log import LoggedSend
from pressroom.store.waking import Waking
from pressroom.store.writing import update_post

_MOST_KNOWN_MEDIA = 1000

_KNOWN_MEDIA = (
    sa.select(t.posts.c.media_id)
    .where(t.posts.c.account == account_of(), t.posts.c.media_id.is_not(None))
    .order_by(t.posts.c.goes_out_at.desc())
    .limit(_MOST_KNOWN_MEDIA)
)
_OVERDUE = POSTS.where(
    t.posts.c.account == account_of(),
    t.posts.c.state.in_(sorted((*t.UNDER_WAY, PostState.NEEDS_ATTENTION))),
    t.posts.c.goes_out_at <= sa.bindparam("before"),
)
_WITHOUT_ID = POSTS.where(
    t.posts.c.account == account_of(),
    t.posts.c.state.in_([PostState.NEEDS_ATTENTION, PostState.PUBLISHED]),
    t.posts.c.media_id.is_(None),
    t.posts.c.goes_out_at >= sa.bindparam("since"),
)
_HELD = (PostState.DRAFT, PostState.AWAITING_APPROVAL)
_SENT = (PostState.PUBLISHING, PostState.PUBLISHED)
_SENDS = sa.select(t.sends.c.post_id, t.sends.c.number).where(is_among(t.sends.c.post_id, "ids"))
_NOT_LIVE = sa.select(t.posts.c.id).where(
    is_among(t.posts.c.id, "ids"), t.posts.c.state.not_in(sorted(WENT_LIVE))
)
_STORED = sa.select(t.posts.c.id).where(is_among(t.posts.c.id, "ids"))
# In the order in which all transactions lock posts.
_LOCKED = _STORED.order_by(t.posts.c.id).with_for_update()
# After they are locked: what belongs to a post is read as it stood when the query began.
_THESE = POSTS.where(is_among(t.posts.c.id, "ids")).order_by(t.posts.c.id)
_SENT_BEFORE = "The send log tells that it was sent, which this store had forgotten: Instagram is asked."
_DUE_IN_A_GAP = "No worker ran when it was due: the profile is checked before it is published."
_LOOKED_FOR = "This store may be older than what was published: the profile is checked first."
_COMMENT_LOOKED_FOR = "No worker ran for a while: the comments are checked before the first one is written."


def posts_of_lost_sends(database: Database, connection: sa.Connection) -> Sequence[PostId]:
    """Name the posts of which the log has sends that the database lost."""
    return list(_recalled(connection, database.send_log.read()))


def recall(database: Database, connection: sa.Connection, now: datetime) -> Sequence[PostId]:
    """Note on posts what the log tells of them, have a worker look at them at once, and name them."""
    recalled = _recalled(connection, database.send_log.read())
    if not recalled:
        return ()
    # Another process may have been about to commit what was missing: with its posts locked, it is told again.
    ids = connection.execute(_LOCKED, {"ids": list(recalled)}).scalars().all()
    recalled = _recalled(connection, database.send_log.read())
    posts = read_posts(connection.execute(_THESE, {"ids": ids}).all())
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
        # That it was sent shows that it got a time, which is lost.
        times = {} if post.when.has_time else {"when": When.NOW, "due_at": now, "day": None}
        told = replace(recalled[post.id], sends=sends)
        changed = post.changed(recalled=told, state=state, **times, wake_at=now)
        looked_into = changed.changed(attention=None, problem=None, is_interrupted=False)
        event = JournalEvent(subject_id=post.id, at=now, step="recalled", text=_SENT_BEFORE)
        update_post(database, connection, _saving(looked_into, post, event))
    return [post.id for post in forgetful]


def recalled_by_keys(database: Database, connection: sa.Connection, posts: Sequence[Post]) -> Sequence[Post]:
    """Note on new posts what was sent under their idempotency keys, of posts that the database has lost."""
    logged = database.send_log.of_keys(PostKey.of(post) for post in posts if post.idempotency_key)
    if not logged:
        return posts
    ids = [line.post for lines in logged.values() for line in lines]
    stored = set(connection.execute(_STORED, {"ids": ids}).scalars())
    now, noted = database.clock.now(), list[Post]()
    for post in posts:
        lines = logged.get(PostKey.of(post), ())
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
    connection: sa.Connection,
    gap: Gap,
    *,
    is_current: bool,
    not_before: datetime | None,
    spared: Collection[PostId],
) -> Sequence[PostId]:
    """Have the posts looked for that may have been published in a gap, and first comments; name them.

    is_current: the store is not known to be older than what was published. not_before: when lists show all
    that was published meanwhile. spared: posts that are settled otherwise.
    """
    doubted, now = list[PostId](), database.clock.now()
    ids = connection.execute(_may_be_live(database, gap, is_current=is_current)).scalars().all()
    for post in read_posts(connection.execute(_THESE, {"ids": ids}).all()):
        if post.id in spared or post.recalled:
            continue
        since, text = post.goes_out_at or post.created_at, _DUE_IN_A_GAP if is_current else _LOOKED_FOR
        if post.state in _SENT:
            if Followup.FIRST_COMMENT not in post.followups or post.comment_committed_at:
                continue
            text = _COMMENT_LOOKED_FOR
        assert since is not None
        changed = post.to_be_looked_for(since, not_before, gap)
        event = JournalEvent(subject_id=post.id, at=now, step="doubted", text=text)
        update_post(database, connection, _saving(changed, post, event))
        doubted.append(post.id)
    return doubted


def _may_be_live(database: Database, gap: Gap, *, is_current: bool) -> sa.Select[tuple[str]]:
    """Build the query for the posts that may have been published in a gap, or commented on."""
    c = t.posts.c
    is_due = c.state.in_(WAITING_STATES) & (c.goes_out_at < gap.ended_at)
    if not is_current:
        # What was held back may have been approved, given a time and published, too.
        was_held = c.state.in_(_HELD) & (c.goes_out_at < gap.ended_at)
        is_due = sa.or_(is_due, was_held, c.when.in_([When.DAY, When.OPEN]))
    # With something left to do once it is live, such as a first comment.
    is_unfinished = c.state.in_(_SENT) & c.wake_at.is_not(None)
    concerned = sa.select(c.id).where(sa.or_(is_due, is_unfinished), c.created_at < gap.ended_at)
    if is_current and not database.location.is_sqlite:
        # What another worker drives at this moment is not left over from a gap.
        concerned = concerned.where(database.is_free(c.lease_until))
    # A row that a living worker has locked is not left over either.
    return concerned.order_by(c.id).with_for_update(skip_locked=True)


def _saving(post: Post, was: Post, event: JournalEvent) -> PostSave:
    return PostSave(post.following(was), was, [event])


def _recalled(connection: sa.Connection, lines: Iterable[LoggedSend]) -> Mapping[PostId, Recalled]:
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


class Backfill(Waking):
    """The part of `SqlPosts` that settles which posts are live."""

    def known_media(self, account: str) -> frozenset[MediaId]:
        """Return the media ids of the account's posts, the newest thousand by due time."""
        with self._database.reading() as connection:
            return frozenset(connection.execute(_KNOWN_MEDIA, {"account": account}).scalars())

    def lost(self) -> Sequence[PostId]:
        """Name the posts of which the send log has sends that the store lost."""
        with self._database.reading() as connection:
            return posts_of_lost_sends(self._database, connection)

    def recall(self, now: datetime) -> Sequence[PostId]:
        """Bring back to posts the sends that the send log has and the store lost, and name those posts.

        A worker looks at them at once. Sends are lost when a database is put back from a backup, or by a
        crash right before their commit.
        """
        with self._database.writing() as connection:
            return recall(self._database, connection, now)

    def doubt(
        self, gap: Gap, *, is_current: bool, not_before: datetime | None, spared: Collection[PostId] = ()
    ) -> Sequence[PostId]:
        """Have the unpublished posts looked for that may have been published in a gap; name them.

        First comments that are not written yet are looked for, too. is_current: nothing says that the store
        is older than what was published: only posts that are due concern it. not_before: no look is made
        earlier. spared: posts that are settled otherwise.
        """
        with self._database.writing() as connection:
            return doubt(
                self._database,
                connection,
                gap,
                is_current=is_current,
                not_before=not_before,
                spared=spared,
            )

    def to_look_for(self, account: str, now: datetime) -> tuple[Post, ...]:
        """Return the account's posts that were due before now and may be live, those in doubt too."""
        values = {"account": account, "before": now}
        with self._database.looking() as connection:
            posts = read_posts(connection.execute(_OVERDUE, values).all())
        return tuple(post for post in posts if post.may_be_live or post.open_send)

    def sent_without_id(self, account: str, since: datetime) -> tuple[Post, ...]:
        """Return the account's posts due since a time that were sent, and whose media id is not known."""
        with self._database.looking() as connection:
            rows = connection.execute(_WITHOUT_ID, {"account": account, "since": since}).all()
        return tuple(post for post in read_posts(rows) if post.sends and not post.open_send)
