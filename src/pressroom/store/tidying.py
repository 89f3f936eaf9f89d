"""Deletes what the store no longer needs, and tells which copies and pictures of files posts still need."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import PurePath

import msgspec
import sqlalchemy as sa

from pressroom.core.assets import Asset
from pressroom.core.clock import Clock
from pressroom.core.consent import ProposalState
from pressroom.core.post import WENT_LIVE, PostId, PostState
from pressroom.core.protocols import Job
from pressroom.core.requests import REQUEST_LIFETIME
from pressroom.core.stored_posts import KEY_LIFETIME
from pressroom.store import tables as t
from pressroom.store.database import Database
from pressroom.store.store import Store

_DAY_S = 86400.0
_KEPT_EVENTS = timedelta(days=365)
# Instagram counts over the last 24 hours (IG User, Content Publishing Limit).
_KEPT_SPENDING = timedelta(days=2)


def tidy_jobs(store: Store, clock: Clock, *, insights_keep_days: int | None = None) -> tuple[Job, ...]:
    """Return the store's periodic job: daily it deletes old keys, requests, sends, events, spending, reports.

    insights_keep_days: older insights are deleted too; None keeps all.
    """

    async def tidy() -> None:
        now = clock.now()
        await store.run(store.posts.forget_keys, now - KEY_LIFETIME)
        await store.run(store.posts.forget_sends, now)
        await store.run(store.requests.delete_before, now - REQUEST_LIFETIME)
        await store.run(store.events.delete_before, now - _KEPT_EVENTS)
        await store.run(store.quota.delete_before, now - _KEPT_SPENDING)
        await store.run(store.report_jobs.delete_ended, now)
        if insights_keep_days is not None:
            oldest = now - timedelta(days=insights_keep_days)
            await store.run(store.readings.delete_before, None, oldest)

    return (Job("tidy", tidy, _DAY_S),)


# Posts that failed or were missed may be retried, so they still need their files.
_OVER = (*WENT_LIVE, PostState.CANCELLED)
# A cover has no row in `assets`; only the post's JSON names it.
_HAS_COVER = t.posts.c.details.contains(sa.literal('"cover":{'), autoescape=False)
# Files that a waiting proposal would give a post are in no post yet.
_WAITING_ARGUMENTS = sa.select(t.proposals.c.arguments).where(t.proposals.c.state == ProposalState.WAITING)
# Rows fetched at a time.
_AT_ONCE = 1000
# What separates names in the paths of a JSON text.
_BETWEEN_NAMES = re.compile(r'["/\\]+')


class _Options(msgspec.Struct):
    cover: Asset | None = None


class _Details(msgspec.Struct):
    options: _Options


def needed_copies(database: Database, names: Collection[str], *, by_key: bool = True) -> frozenset[str]:
    """Return those of the file names that a post, a waiting proposal or an upload still needs.

    by_key: keep the files of ended posts too whose idempotency key a repeated submit is compared with.
    Rows are streamed: memory grows with the names, not with the store.
    """
    c = t.posts.c
    has_key = c.id.in_(sa.select(t.idempotency_keys.c.post_id))
    is_needed = sa.or_(c.state.not_in(_OVER), has_key if by_key else sa.false())
    assets = (
        sa.select(t.assets.c.copy)
        .join(t.posts, c.id == t.assets.c.post_id)
        .where(t.assets.c.copy.is_not(None), is_needed)
    )
    covered = sa.select(c.details).where(_HAS_COVER, is_needed)
    uploaded = sa.select(t.uploads.c.file).where(t.uploads.c.ends_at > database.clock.now())
    candidates, needed = frozenset(names), set[str]()
    with database.reading() as connection:
        stream = connection.execution_options(yield_per=_AT_ONCE)
        for copy in stream.execute(assets).scalars():
            needed |= candidates & {PurePath(copy).name}
        needed |= candidates & set(stream.execute(uploaded).scalars())
        for details in stream.execute(covered).scalars():
            cover = msgspec.json.decode(details, type=_Details).options.cover
            if cover and cover.copy:
                needed |= candidates & {PurePath(cover.copy).name}
        for arguments in stream.execute(_WAITING_ARGUMENTS).scalars():
            needed |= candidates & {PurePath(part).name for part in _BETWEEN_NAMES.split(arguments)}
    return frozenset(needed)


def last_outings(database: Database, digests: Collection[str]) -> Mapping[str, datetime | None]:
    """Return when the files of these digests, by which our copies are named, went out last.

    None for those of a post that is not out yet, or that a waiting proposal would give one. A file that only
    cancelled posts have is left out.
    """
    c, outings = t.posts.c, dict[str, datetime | None]()
    is_live = c.state != PostState.CANCELLED
    columns = c.state, c.goes_out_at
    copies = sa.select(t.assets.c.copy, *columns).join(t.posts, c.id == t.assets.c.post_id)
    covers = sa.select(c.details, *columns).where(_HAS_COVER, is_live)

    def note(name: str, at: datetime | None) -> None:
        digest = PurePath(name).name.partition(".")[0]
        if digest in digests:
            before = outings.get(digest, at)
            outings[digest] = max(before, at) if before and at else None

    with database.reading() as connection:
        stream = connection.execution_options(yield_per=_AT_ONCE)
        for copy, state, at in stream.execute(copies.where(t.assets.c.copy.is_not(None), is_live)):
            note(copy, at if state in _OVER else None)
        for details, state, at in stream.execute(covers):
            cover = msgspec.json.decode(details, type=_Details).options.cover
            if cover and cover.copy:
                note(cover.copy, at if state in _OVER else None)
        for arguments in stream.execute(_WAITING_ARGUMENTS).scalars():
            for part in _BETWEEN_NAMES.split(arguments):
                note(part, None)
    return outings


def posts_with_copies(database: Database, digests: Collection[str]) -> Sequence[PostId]:
    """Return the posts, but for cancelled ones, whose first file is one of these digests' copies."""
    c = t.posts.c
    first = (
        sa.select(t.assets.c.post_id, t.assets.c.copy)
        .join(t.posts, c.id == t.assets.c.post_id)
        .where(t.assets.c.place == 0, t.assets.c.copy.is_not(None), c.state != PostState.CANCELLED)
    )
    with database.reading() as connection:
        rows = connection.execution_options(yield_per=_AT_ONCE).execute(first)
        return [PostId(post) for post, copy in rows if PurePath(copy).name.partition(".")[0] in digests]
