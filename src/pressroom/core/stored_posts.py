"""Posts as the store takes and returns them: queries, pages, saves, and what it keeps derived of a post.

Derived are the hashes of its content, by which a repeated submit is known in any release and data directory,
and when a worker must look at it (`wakes_at`). `PublishedLately` refuses what went out already.

People may name a post or a proposal by the start of its id, as tables show it (`require_only_match`).
Programs give whole ids, which every answer to them has.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePath
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import msgspec

from pressroom.core.account import AccountId, shown_account
from pressroom.core.actor import actor_in_words, program_of
from pressroom.core.assets import Asset, Fit
from pressroom.core.consent import ProposalId
from pressroom.core.errors import Conflict, NotFound, Refused
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Attention, Post, PostId, PostKind, PostState, When
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.when import in_words, start_of, zone_named

KEY_LIFETIME = timedelta(days=90)
"""How long a submit may be repeated under its idempotency key."""

# In the lease columns themselves, so that a job lost by the queue is handed over again when the lease
# ends, and no transaction spans store and queue: docs/decisions/0008.
HANDED_OVER = "the queue"
"""The holder of the lease of a post in the queue: any worker may take it over."""


class Cursor(NamedTuple):
    """The last post of a page; the next page starts after it."""

    goes_out_at: datetime
    id: PostId

    @classmethod
    def of(cls, post: Post) -> "Cursor":
        """Return the place of a stored post."""
        return cls(listed_at(post), post.id)


_SHELF: Final = datetime(9000, 1, 1, tzinfo=UTC)


def listed_at(post: Post) -> datetime:
    """Return where a stored post stands in listings, which are in the order in which posts go out.

    What is out stands at when it was sent last, however late that was. One that is due now stands at its
    creation, one with a day and no time at the end of that day, and what is open behind all others, in the
    order in which it was made.
    """
    assert post.created_at is not None
    if post.state.went_live and post.sends:
        return post.sends[-1].started_at
    match post.when:
        case When.DAY if post.day:
            return end_of(post.day, post.timezone)
        case When.OPEN:
            return _SHELF + (post.created_at - AT_ONCE)
        case _:
            return post.goes_out_at or post.created_at


def end_of(day: date, timezone: str) -> datetime:
    """Return the last second of a day in a zone, in UTC."""
    return start_of(day + timedelta(days=1), zone_named(timezone)) - timedelta(seconds=1)


def due_in_words(post: Post) -> str:
    """Say for when a post is planned: a time or a day in its zone, `now`, or `open`."""
    if post.when is When.DAY and post.day:
        return f"{post.day.isoformat()}, no time yet"
    return in_words(post.due_at, post.timezone) if post.due_at else str(post.when)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostQuery:
    """Which posts to list, by the time they go out at: `listed_at` says where those without one stand.

    states: empty for all. account: a name or an id. accounts: only those of one of these; None for all.
    login: only those that this login publishes. due_from, due_before: limits of that time, the first
    inclusive, the other not. is_postponed: only those that were postponed. has_no_proposal: only those about
    which no proposal waits. after: the end of the page before.
    """

    states: Collection[PostState] = ()
    account: str | None = None
    accounts: tuple[AccountId, ...] | None = None
    login: str | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    is_postponed: bool = False
    has_no_proposal: bool = False
    newest_first: bool = False
    limit: int = 100
    after: Cursor | None = None


@dataclass(frozen=True, slots=True)
class PostPage:
    """Posts in order. `next`: for `PostQuery.after`; None on the last page."""

    posts: tuple[Post, ...]
    next: Cursor | None = None


class Chip(NamedTuple):
    """What a calendar shows of a post, read without the rest of it.

    goes_out_at: when it is to go out as things stand, and where `listed_at` puts a post without a time.
    timezone: the one that its times are shown in. title: the first words of its caption. files: how many it
    shows, a cover not counted.
    """

    id: PostId
    account: str
    login: str | None
    version: int
    state: PostState
    kind: PostKind
    when: When
    goes_out_at: datetime
    timezone: str
    attention: Attention | None
    title: str | None
    files: int

    @property
    def account_name(self) -> str:
        """The account's name for people."""
        return self.login or shown_account(self.account)


_LONGEST_TITLE = 40


def title_of(caption: str | None) -> str | None:
    """Return the first words of a caption, 40 characters at most; None where it has none."""
    # No NUL, which a column on a server cannot hold.
    words = " ".join((caption or "").replace("\0", " ").split())
    if len(words) <= _LONGEST_TITLE:
        return words or None
    start = words[: _LONGEST_TITLE - 1]
    # Whole words, unless there is no space to break at.
    return f"{start if words[_LONGEST_TITLE - 1] == ' ' else start.rpartition(' ')[0] or start}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePost:
    """A post that a worker must look at, with only the fields that scheduling needs."""

    id: PostId
    account: str
    state: PostState
    wake_at: datetime


@dataclass(frozen=True, slots=True)
class AddedPost:
    """The stored post. `is_replay`: an earlier submit with the same key or content made it.

    proposal: the one it waits for, if it was added with one; for a replay, the one that waits already.
    """

    post: Post
    is_replay: bool = False
    proposal: ProposalId | None = None


class PostKey(NamedTuple):
    """A post's own idempotency key. program: '' for persons, who share their keys; see `actor.program_of`."""

    account: str
    program: str
    key: str

    @classmethod
    def of(cls, post: Post) -> "PostKey":
        """Return the key of a post, as its maker's."""
        return cls(post.account, program_of(post.actor), post.idempotency_key or "")


class HeldKey(NamedTuple):
    """What an idempotency key stands for: a post, and the hash of the content it was submitted with."""

    post_id: PostId
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOpening:
    """What must still hold when a send is opened, besides that nobody has paused the account.

    went_live: when the account's posts of the day before went live, as the snapshot counts them; None for a
    send without a snapshot. heeds_pauses: no error of Instagram's pauses the account.
    """

    went_live: Sequence[datetime] | None = None
    heeds_pauses: bool = False


@dataclass(frozen=True, slots=True)
class PostSave:
    """A post to be stored in place of what it was, with its events."""

    post: Post
    was: Post
    events: Sequence[JournalEvent] = ()
    opening: SendOpening | None = None


class PostChanged(Conflict):
    """A post is not any more what was seen of it. `post`: as it is now.

    seen: the version that the change was bound to. since: the event by which each later one was made, in
    order; empty where the journal no longer has them.
    """

    code: int | str | None = "version"
    # The same change, bound to the same version, fails forever.
    retryable = False

    def __init__(self, post: Post, seen: int, since: Sequence[JournalEvent]) -> None:
        happened = [_by_whom(event, post.timezone) for event in since[-_MOST_TOLD:]]
        before = f" {len(since) - _MOST_TOLD} changes, then:" if len(since) > _MOST_TOLD else ""
        super().__init__(
            f"Post {post.id} is at version {post.version}, and was seen at {seen}.{before}"
            f"{''.join(f' {words}' for words in happened)}",
            fix=Fix.of("Look at it again, then decide: {}.", Remedy(RemedyKind.SHOW_POST, {"post": post.id})),
        )
        self.post = post
        self.seen = seen
        self.since: tuple[JournalEvent, ...] = tuple(since)

    def details(self) -> dict[str, Any]:
        """Add the rule, both versions and the post."""
        return {
            "rule": "version",
            "value": self.seen,
            "limit": self.post.version,
            "post_id": self.post.id,
            "state": self.post.state,
        }


_MOST_TOLD = 3


def _by_whom(event: JournalEvent, timezone: str) -> str:
    by = actor_in_words(event.actor) if event.actor else "the worker"
    return f"{in_words(event.at, timezone)}, {by}: {event.text}"


# Incremented when the hashing rule changes; a migration then recomputes the stored hashes.
_VERSION = "2"


def content_hash(post: Post) -> str:
    """Hash a post's kind, files and options, without account and due time. Shape: `<version>:<hex>`.

    A copied file counts by its content, which its copy is named by. Options at their default are left out, so
    that a release which adds an option changes no hash; the version names the rule it was made by.
    """
    options = post.options
    if options.fit is Fit.BLUR:  # earlier releases stored it where nobody chose one
        options = replace(options, fit=None)
    chosen = (post.kind, [_plain(asset) for asset in post.assets], _plain(options))
    return f"{_VERSION}:{hashlib.sha256(msgspec.json.encode(chosen, order='sorted')).hexdigest()}"


def shown_hash(post: Post) -> str:
    """Hash everything a post shows, each file by the copy we keep: what a URL serves may change."""
    kept = [PurePath(asset.copy).name if asset.copy else None for asset in post.files]
    unsaid = ["fit"] if post.options.fit is None else []  # which `content_hash` takes for blur
    return hashlib.sha256(msgspec.json.encode((content_hash(post), kept, *unsaid))).hexdigest()


def _plain(value: Any) -> Any:  # noqa: ANN401  # any value of a post
    if isinstance(value, str):
        # Bytes that are not UTF-8 are refused where the post is checked; its like is looked for before that.
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, Asset):
        # Only the copy's name counts, not its path: the data directory may be moved.
        return _plain(value.source if value.is_url or not value.copy else PurePath(value.copy).name)
    if isinstance(value, tuple):
        return [_plain(part) for part in value]  # pyright: ignore[reportUnknownVariableType]  # any values
    if is_dataclass(value):
        parts = ((field, getattr(value, field.name)) for field in fields(value))
        return {
            field.name: _plain(part)
            for field, part in parts
            if part != (field.default if field.default_factory is MISSING else field.default_factory())
        }
    return value


def published_at(post: Post) -> datetime | None:
    """Return when a post was sent last; its due time where it was not."""
    return post.sends[-1].started_at if post.sends else post.due_at


def published_in_words(post: Post) -> str:
    """Say when a post was sent last, or is due, in its zone."""
    at = published_at(post)
    return in_words(at, post.timezone) if at else due_in_words(post)


class PublishedLately(Refused):
    """The same content went out, or goes out: within ten minutes, or since `again` was made. `twin`: as what.

    is_idle: the twin is due, and no worker runs that publishes it. again: the failed or missed post that was
    to be tried again; None for a new one.
    """

    def __init__(self, twin: Post, *, is_idle: bool = False, again: Post | None = None) -> None:
        went_out, limit = "went out moments ago, or is on its way,", "the same once in ten minutes"
        fix: Fix | str = "Publish it with an idempotency key, or allow it to go out again."
        if again:
            limit = "the same once since the post was made"
            went_out = f"went out at {published_in_words(twin)}, after post {again.id} was made,"
            fix = Fix.of(
                "Call this one off: {}. To publish the same a second time: {}.",
                Remedy(RemedyKind.CANCEL_POST, {"post": again.id}),
                Remedy(RemedyKind.RETRY_AGAIN, {"post": again.id}),
            )
        link = f": {twin.permalink}" if again and twin.permalink else "."
        super().__init__(
            f"The same {twin.kind} {went_out} as post {twin.id}{link}",
            rule="published_lately",
            value=twin.permalink or twin.id,
            limit=limit,
            fix=fix,
        )
        self.twin = twin
        self.is_idle = is_idle


EDITED_EARLIER = "1:"
"""Stands for a hash that can no longer be computed: the post was edited before hashes had versions."""


def is_same_content(held: str, submitted: str) -> bool:
    """Return whether content `submitted` repeats `held`; an unknown `held` counts as repeated."""
    # Unknown counts as the same: the answer then is the stored post, while a mistaken "other" would invite a
    # new key and a second post.
    return held in (submitted, EDITED_EARLIER)


AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""Earlier than any other time: posts under way come before posts that are only due."""

_WAITS_FOR_A_PERSON = frozenset(
    {
        PostState.DRAFT,
        PostState.FAILED,
        PostState.NEEDS_ATTENTION,
        PostState.MISSED,
        PostState.CANCELLED,
        PostState.DELETED,
    }
)


def wakes_at(post: Post) -> datetime | None:
    """Return when a worker must look at the post; None when there is nothing to do for it.

    A post under way without a wake time is looked at at once: its worker may have died.
    """
    if post.state in _WAITS_FOR_A_PERSON:
        return None
    if post.state is PostState.AWAITING_APPROVAL:
        return post.wake_at
    if post.state is PostState.PUBLISHED and not post.followups:
        return None
    if post.state is PostState.SCHEDULED:
        return post.wake_at or post.goes_out_at or AT_ONCE
    return post.wake_at or AT_ONCE


SHORTEST_START: Final = 4
"""The fewest characters that name something by the start of its id; a whole id may be shorter."""

MOST_NAMED: Final = 5
"""How many candidates are read, to be named when a start means several."""


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


Candidate = TypeVar("Candidate", bound=_HasId)


def require_only_match(
    candidates: Sequence[Candidate],
    start: str,
    *,
    what: str,
    kind_of: Callable[[Candidate], str],
    fix: str | Fix,
) -> Candidate:
    """Return the candidate whose whole id was given, else the only one there is.

    candidates: all whose ids begin with `start`, or the first `MOST_NAMED`. what: the kind looked for, in
    words. kind_of: names a candidate's kind. fix: what to do when there is no candidate. Raises Refused for
    fewer than four characters that are no whole id, and NotFound for none and for several, naming these.
    """
    whole = [candidate for candidate in candidates if candidate.id == start]
    if not whole and len(start) < SHORTEST_START:
        raise Refused(
            f"{start!r} is too little of an id.",
            rule="id",
            value=start,
            limit=f"{SHORTEST_START} characters or more",
            fix="Give more of the id, or all of it.",
        )
    meant = whole or candidates
    if not meant:
        raise NotFound(f"There is no {what} {start}.", fix=fix)
    if len(meant) > 1:
        named = [f"{kind_of(candidate)} {candidate.id}" for candidate in meant[:MOST_NAMED]]
        more = ", ..." if len(meant) >= MOST_NAMED else ""
        raise NotFound(
            f"Several ids start with {start!r}: {', '.join(named)}{more}.", fix="Give more of the id."
        )
    (only,) = meant
    return only
