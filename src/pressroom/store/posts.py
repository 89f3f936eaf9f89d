"""The repository of posts: add, find, list, and save by compare-and-set."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import TypeAlias

import msgspec
import sqlalchemy as sa

from pressroom.core.consent import Consent, Proposal, ProposalState
from pressroom.core.errors import PressroomError, StoreFailed
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import WHOLE_ID, Post, PostId, PostState, SendState
from pressroom.core.stored_posts import (
    MOST_NAMED,
    SHORTEST_START,
    AddedPost,
    Chip,
    Cursor,
    HeldKey,
    PostKey,
    PostPage,
    PostQuery,
    PostSave,
    SendOpening,
    require_only_match,
)
from pressroom.store import tables as t
from pressroom.store.backfill import Backfill, recalled_by_keys
from pressroom.store.columns import (
    IsIn,
    Key,
    TextWithin,
    UtcTime,
    bounds,
    is_among,
    json_text,
    starts_alike,
)
from pressroom.store.consent import propose, take_consent, waiting_about
from pressroom.store.database import Prepared
from pressroom.store.events import append_events
from pressroom.store.failures import RolledBack, RuleBroken
from pressroom.store.identity import account_of, ensure_accounts, login_of, resolve_account
from pressroom.store.post_rows import POSTS, read_posts
from pressroom.store.waking import is_paused_by_hand
from pressroom.store.writing import (
    LIST_POSTS,
    another_open,
    insert_posts,
    missing_post,
    point_key,
    take_key,
    update_post,
    update_posts,
    young_key,
)

_BY_ID = Prepared(POSTS.where(t.posts.c.id == sa.bindparam("id")))
_BY_PREFIX = Prepared(POSTS.where(starts_alike(t.posts.c.id)).order_by(t.posts.c.id).limit(MOST_NAMED))
# How PostgreSQL and SQLite name the index that allows an account one open send.
_OPEN_SEND_RULE = ("uq_sends_open", "UNIQUE constraint failed: sends.account")
_OPEN_SEND = sa.select(t.sends.c.post_id).where(
    t.sends.c.account == account_of(),
    # A literal rather than a parameter: the planner must see that the partial index covers the query.
    t.sends.c.state == sa.literal(SendState.OPEN, literal_execute=True),
)
_LOGIN = sa.select(login_of(sa.bindparam("account", type_=Key), sa.bindparam("login", type_=Key)))
_HAS_PROPOSAL = sa.exists().where(
    t.proposals.c.subject_kind == SubjectKind.POST,
    t.proposals.c.subject_id == t.posts.c.id,
    t.proposals.c.state == ProposalState.WAITING,
)
_PLANNED = (
    sa.select(t.posts.c.goes_out_at, t.posts.c.id)
    .where(
        t.posts.c.account == account_of(),
        t.posts.c.goes_out_at >= sa.bindparam("since"),
        t.posts.c.goes_out_at <= sa.bindparam("until"),
        t.posts.c.state.in_(sorted(t.UNDER_WAY)),
    )
    .order_by(t.posts.c.goes_out_at, t.posts.c.id)
)


_CHIPS = (
    sa.select(
        t.posts.c.id,
        t.posts.c.account,
        login_of(t.posts.c.account, t.posts.c.login),
        # Times as the database holds them, which are read with the rest.
        *(sa.type_coerce(t.posts.c[name], sa.types.NullType()) for name in Chip._fields[3:]),
    )
    .where(t.posts.c.goes_out_at >= sa.bindparam("since"), t.posts.c.goes_out_at < sa.bindparam("until"))
    .order_by(t.posts.c.goes_out_at, t.posts.c.id)
)
_CHIPS_OF_ACCOUNTS = _CHIPS.where(is_among(t.posts.c.account, "accounts"))


class SqlPosts(Backfill):
    """Posts with their containers, sends, keys and leases."""

    def add(self, post: Post, content_hash: str = "", consent: Consent | None = None) -> AddedPost:
        """Store a new post, or return the one its idempotency key stands for.

        content_hash: of what the person chose (`core.stored_posts`). consent: what permits the post, stored
        with it. A proposal must be about this post; if one for the same content is waiting, that one's post
        is returned. A replay stores nothing. Raises KeyReused when the key was used with another hash in the
        last 90 days, Conflict when the consent is not valid.
        """
        return self.add_all([(post, content_hash)], [consent])[0]

    def add_all(
        self,
        posts: Sequence[tuple[Post, str]],
        consents: Sequence[Consent | None] = (),
        events: Sequence[JournalEvent] = (),
    ) -> tuple[AddedPost, ...]:
        """Store several posts with their content hashes: all of them or, on an error, none.

        consents: one or None per post; empty for none at all. events: of these posts; a replay's are dropped.
        """
        with self._database.writing() as connection:
            ours = self._ours(connection, [post for post, _ in posts])
            consents = consents or [None] * len(posts)
            # One after another: a key that comes twice in one batch finds the first post.
            held = [
                self._standing(connection, post, content, consent)
                for post, (_, content), consent in zip(ours, posts, consents, strict=True)
            ]
            new = [post for post, other in zip(ours, held, strict=True) if other is None]
            kept = {post.id: post for post in recalled_by_keys(self._database, connection, new)}
            insert_posts(self._database, connection, list(kept.values()))
            append_events(self._database, connection, [event for event in events if event.post_id in kept])
            stored = [kept.get(post.id, post) for post in ours]
            added = list[AddedPost]()
            for post, other, consent in zip(stored, held, consents, strict=True):
                proposal = consent.id if isinstance(consent, Proposal) else None
                if other is None:
                    added.append(AddedPost(post, proposal=proposal))
                else:
                    waiting = waiting_about(connection, other) if proposal else None
                    added.append(AddedPost(_get(connection, other), is_replay=True, proposal=waiting))
            return tuple(added)

    def _ours(self, connection: sa.Connection, posts: Sequence[Post]) -> Sequence[Post]:
        """Return new posts with account, login and creation time filled in."""
        accounts = ensure_accounts(self._database, connection, [post.account for post in posts])
        now = self._database.clock.now()
        ours = list[Post]()
        for post in posts:
            account = accounts[post.account]
            names = {"account": account, "login": post.login or post.account}
            login = connection.execute(_LOGIN, names).scalar()
            ours.append(replace(post, account=account, login=login, created_at=post.created_at or now))
        return ours

    def _standing(
        self, connection: sa.Connection, post: Post, content_hash: str, consent: Consent | None
    ) -> PostId | None:
        """Return the earlier post that a new one repeats; if there is none, take its key and its consent."""
        if post.idempotency_key and (other := take_key(self._database, connection, post, content_hash)):
            return other
        if not isinstance(consent, Proposal):
            take_consent(self._database, connection, consent)
            return None
        assert consent.subject_id == post.id, "a post waits for a proposal about it"
        waiting = propose(self._database, connection, consent)
        if waiting.id == consent.id:
            return None
        # The key was taken for a post that is not stored: point it to the one that waits.
        other = PostId(waiting.subject_id or "")
        if post.idempotency_key:
            point_key(connection, post, other)
        return other

    def get(self, post_id: PostId) -> Post:
        """Return a post. Raises NotFound."""
        with self._database.looking() as connection:
            return _get(connection, post_id)

    def starting(self, prefix: str) -> tuple[Post, ...]:
        """Return the first posts whose ids have a prefix, by id: at most `MOST_NAMED`."""
        with self._database.looking() as connection:
            return read_posts(_BY_PREFIX.rows(connection, bounds(prefix)))

    def find(self, prefix: str) -> Post:
        """Return the post that an id, or the start of it, means.

        Raises NotFound for none and for several, Refused for too little of an id.
        """
        if WHOLE_ID.fullmatch(prefix):  # which a server finds without planning anew
            return self.get(PostId(prefix))
        return require_only_match(
            self.starting(prefix), prefix, what="post", kind_of=lambda _: "post", fix=LIST_POSTS
        )

    def list(self, query: PostQuery) -> PostPage:
        """Return a page of posts in the order in which they go out."""
        query = _narrowed(query)
        names, states = _limits(query)
        is_first, order = query.after is None, query.newest_first
        # One row more, which shows whether another page follows.
        page = _page(names, states, newest_first=order, is_first=is_first, most=query.limit + 1)
        values = {name: getattr(query, name) for name in names}
        if query.after is not None:
            values |= {"after_at": query.after.goes_out_at, "after_id": query.after.id}
        with self._database.looking() as connection:
            rows = page.rows(connection, values)
        posts = read_posts(rows[: query.limit])
        if len(rows) <= query.limit:
            return PostPage(posts)
        last = rows[query.limit - 1]
        return PostPage(posts, Cursor(msgspec.convert(last.goes_out_at, datetime), last.id))

    def search(self, words: Collection[str], *, limit: int, after: Cursor | None = None) -> PostPage:
        """Return a page of the posts in which every word is found, those that go out last first.

        words: parts of the caption, of the first comment or of a file's name, in any case; or the start of
        the id of the post, or of a proposal about it. Reads every post where few match.
        """
        c = t.posts.c
        page = POSTS.where(*map(_has_word, words)).limit(limit + 1)
        if after is not None:
            page = page.where(sa.tuple_(c.goes_out_at, c.id) < (after.goes_out_at, after.id))
        with self._database.looking() as connection:
            rows = connection.execute(page.order_by(c.goes_out_at.desc(), c.id.desc())).all()
        last = rows[limit - 1] if len(rows) > limit else None
        return PostPage(read_posts(rows[:limit]), Cursor(last.goes_out_at, last.id) if last else None)

    def chips(self, since: datetime, until: datetime, accounts: Collection[str] = ()) -> tuple[Chip, ...]:
        """Return what a calendar shows of the posts that go out between two moments, in their order.

        since, until: the first inclusive, the other not. accounts: names or ids; empty for all.
        """
        values = {"since": since, "until": until}
        with self._database.reading() as connection:
            ids = [resolve_account(connection, account) for account in accounts]
            chips = _CHIPS_OF_ACCOUNTS if accounts else _CHIPS
            rows = connection.execute(chips, values | {"accounts": ids}).all()
        return msgspec.convert([*map(tuple, rows)], tuple[Chip, ...])

    def counts(self, account: str | None = None) -> Mapping[PostState, int]:
        """Count posts by state; states without posts are left out."""
        counting = sa.select(t.posts.c.state, sa.func.count()).group_by(t.posts.c.state)
        if account is not None:
            counting = counting.where(t.posts.c.account == account_of())
        with self._database.reading() as connection:
            rows = connection.execute(counting, {"account": account})
            return {PostState(state): count for state, count in rows}

    def count(self, query: PostQuery) -> int:
        """Count the posts that match a query, on all its pages."""
        query = _narrowed(query)
        names, states = _limits(query)
        values = {name: getattr(query, name) for name in names}
        counting = sa.select(sa.func.count()).select_from(t.posts).where(*_conditions(names, states))
        with self._database.looking() as connection:
            return connection.execute(counting, values).scalar_one()

    def count_due(self, states: Collection[PostState], *, before: datetime) -> int:
        """Count the posts in these states that go out before a moment, but not of accounts paused by hand."""
        c = t.posts.c
        counting = sa.select(sa.func.count()).where(
            c.state.in_(sorted(states)), c.goes_out_at < before, ~is_paused_by_hand(c.account)
        )
        with self._database.reading() as connection:
            return connection.execute(counting).scalar_one()

    def save(
        self,
        post: Post,
        was: Post,
        events: Sequence[JournalEvent] = (),
        consent: Consent | None = None,
        *,
        opening: SendOpening | None = None,
    ) -> None:
        """Replace a post with its containers and sends if its state and revision are still those of `was`.

        New containers and published posts enter the quota ledger. `post.revision` must be higher.
        consent: what permits the change, used with it or not at all. Raises Conflict when state or revision
        differ, the consent is not valid, or somebody has paused the account of a new send; AnotherSendOpen
        when the account has another open send; SnapshotOutdated and AccountPaused by what `opening` says.
        """
        save = PostSave(post, was, events, opening)
        try:
            with self._database.writing() as connection:
                # Consent before the post: see `store.consent` on the order of locks.
                take_consent(self._database, connection, consent)
                update_post(self._database, connection, save)
        except RuleBroken as broken:
            if not any(name in broken.rule for name in _OPEN_SEND_RULE):
                raise
            # The other send may be closed by now; that it was open is reason enough.
            other = self.open_send(post.account) or "another"
            raise another_open(post, other) from None
        self._database.on_saved([save])

    def save_together(self, saves: Sequence[PostSave]) -> Sequence[bool]:
        """Replace many posts in one commit, each as `save` does, and tell of each whether it was.

        What cannot be replaced, or is locked by another transaction, is left as it is for `save`, which waits
        or says why.
        """
        try:
            with self._database.writing() as connection:
                kept = set(update_posts(self._database, connection, saves))
        except PressroomError as error:
            if isinstance(error, StoreFailed) and not isinstance(error, RuleBroken | RolledBack):
                raise
            # One of them cannot be replaced, so that none was: saved alone, the others are.
            kept = set[PostId]()
        self._database.on_saved([save for save in saves if save.post.id in kept])
        return [save.post.id in kept for save in saves]

    def open_send(self, account: str) -> PostId | None:
        """Return the post of the account that has an open send."""
        with self._database.reading() as connection:
            return connection.execute(_OPEN_SEND, {"account": account}).scalar()

    def held_key(self, key: PostKey) -> HeldKey | None:
        """Return what an idempotency key stands for; None when it may be used."""
        with self._database.reading() as connection:
            return young_key(self._database, connection, key)

    def planned(self, account: str, since: datetime, until: datetime) -> tuple[Cursor, ...]:
        """Return when the account's posts that are still to be published go out, and their ids, in order.

        since, until: limits of that time, both inclusive.
        """
        values = {"account": account, "since": since, "until": until}
        with self._database.reading() as connection:
            return tuple(Cursor(*row) for row in connection.execute(_PLANNED, values))

    def place(self, post_id: PostId) -> Cursor:
        """Return where the row of a stored post stands, which an earlier release may have put elsewhere."""
        at = sa.select(t.posts.c.goes_out_at).where(t.posts.c.id == post_id)
        with self._database.reading() as connection:
            return Cursor(connection.execute(at).scalar_one(), post_id)

    def forget_sends(self, now: datetime) -> None:
        """Delete what the send log holds of sends so old that no idempotency key stands for them any more."""
        self._database.send_log.forget(now)

    def forget_keys(self, before: datetime) -> int:
        """Delete idempotency keys first used before a time; returns how many."""
        with self._database.writing() as connection:
            is_old = t.idempotency_keys.c.created_at < before
            return connection.execute(sa.delete(t.idempotency_keys).where(is_old)).rowcount


def _get(connection: sa.Connection, post_id: PostId) -> Post:
    posts = read_posts(_BY_ID.rows(connection, {"id": post_id}))
    if not posts:
        raise missing_post(post_id)
    return posts[0]


_CAPTION, _COMMENT = (
    TextWithin(t.posts.c.details, sa.literal_column("'options'"), sa.literal_column(f"'{name}'"))
    for name in ("caption", "first_comment")
)
_SOURCE = t.assets.c.source
_FOLDER = sa.func.rtrim(_SOURCE, sa.func.replace(_SOURCE, "/", ""))
_FILE_NAME = sa.func.substr(_SOURCE, sa.func.length(_FOLDER) + 1)


def _has_word(word: str) -> sa.ColumnElement[bool]:
    """Build the condition that a post has a word somewhere."""
    # What SQLite cannot compare in any case is looked for as it is mostly spelled.
    spelled = sorted({word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()})
    # As JSON has it, without the quotation marks: taking JSON apart costs more than to look for it.
    is_there = [IsIn(json_text(each)[1:-1], t.posts.c.details) for each in spelled]
    within = [IsIn(each, text) for text in (_CAPTION, _COMMENT) for each in spelled]
    # Told apart from its folders, whose names all files in them would match, only where it may match.
    names = [sa.and_(IsIn(each, _SOURCE), IsIn(each, _FILE_NAME)) for each in spelled]
    of_file = sa.exists().where(t.assets.c.post_id == t.posts.c.id, sa.or_(*names))
    in_texts = sa.and_(sa.or_(*is_there), sa.or_(*within))
    if not (len(word) >= SHORTEST_START and word.isalnum()):
        return sa.or_(in_texts, of_file)
    start, about = word.lower(), t.proposals.c
    proposed = sa.select(about.subject_id).where(
        about.subject_kind == SubjectKind.POST, about.id.startswith(start, autoescape=True)
    )
    by_id = t.posts.c.id.startswith(start, autoescape=True)
    return sa.or_(by_id, t.posts.c.id.in_(proposed), in_texts, of_file)


# By the fields of `PostQuery`, whose values are their parameters.
_LIMITS: Mapping[str, sa.ColumnElement[bool]] = {
    "account": t.posts.c.account == account_of(),
    "accounts": is_among(t.posts.c.account, "accounts"),
    "login": login_of(t.posts.c.account, t.posts.c.login) == sa.bindparam("login"),
    "due_from": t.posts.c.goes_out_at >= sa.bindparam("due_from"),
    "due_before": t.posts.c.goes_out_at < sa.bindparam("due_before"),
    "is_postponed": t.posts.c.postponed_to.is_not(None),
    "has_no_proposal": ~_HAS_PROPOSAL,
}
_Names: TypeAlias = tuple[str, ...]


def _narrowed(query: PostQuery) -> PostQuery:
    """Name a single account as such: its index has its posts in order, and those of several are sorted."""
    if query.account is None and query.accounts is not None and len(query.accounts) == 1:
        return replace(query, account=query.accounts[0], accounts=None)
    return query


def _limits(query: PostQuery) -> tuple[_Names, _Names]:
    """Return which limits a query has, and its states."""
    names = tuple(name for name in _LIMITS if getattr(query, name) not in (None, False))
    return names, tuple(sorted(query.states))


@lru_cache(maxsize=200)
def _page(names: _Names, states: _Names, *, newest_first: bool, is_first: bool, most: int) -> Prepared:
    c = t.posts.c
    # A number in the text: where it knows none, a server expects a tenth of all posts, and plans each time.
    page = POSTS.where(*_conditions(names, states)).limit(sa.literal_column(str(int(most)), sa.Integer))
    if not is_first:
        # Compared as a pair: many posts may go out at the same moment.
        here = sa.tuple_(c.goes_out_at, c.id)
        place = sa.tuple_(sa.bindparam("after_at", type_=UtcTime), sa.bindparam("after_id", type_=Key))
        page = page.where(here < place if newest_first else here > place)
    order = [c.goes_out_at.desc(), c.id.desc()] if newest_first else [c.goes_out_at, c.id]
    return Prepared(page.order_by(*order))


def _conditions(names: _Names, states: _Names) -> Sequence[sa.ColumnElement[bool]]:
    # Words in the text rather than parameters, which are written into it anew at each execution.
    words = [sa.literal_column(repr(PostState(state).value), sa.String) for state in states]
    return [*(_LIMITS[name] for name in names), *([t.posts.c.state.in_(words)] if words else [])]
