"""What a person wants published, and its state."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NewType

from pressroom.core.account import shown_account
from pressroom.core.actor import ActorId
from pressroom.core.assets import NO_EDITS, Asset, Edits, Fit, Quality, Target
from pressroom.core.failure import Failure
from pressroom.graph.answers import CommentId, ContainerId, ContainerStatus, MediaId
from pressroom.graph.calls import UserTag
from pressroom.graph.limits import MediaUse
from pressroom.graph.reels import Graduation

PostId = NewType("PostId", str)

SHORT_ID: Final = 8
"""So many letters of an id are shown to a person, and are enough to name it."""

WHOLE_ID: Final = re.compile(r"[0-9a-f]{32}")
"""A whole id of a post, a proposal or a standing consent."""

# What posts name before anybody has signed in; signing in makes them that account's: docs/decisions/0013.
DEFAULT_ACCOUNT = "default"


class PostKind(StrEnum):
    """The kind of post."""

    PHOTO = "photo"
    REEL = "reel"
    CAROUSEL = "carousel"
    STORY = "story"

    @property
    def media_use(self) -> MediaUse:
        """Which limits the post's files must meet."""
        # Limits of their own: a carousel's video lasts 60 s at most, a reel 15 minutes.
        return MediaUse.CAROUSEL_ITEM if self is PostKind.CAROUSEL else MediaUse(self.value)


class PostState(StrEnum):
    """The state of a post. `published`, `deleted`, `failed`, `missed` and `cancelled` are end states."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    PREPARING = "preparing"
    READY = "ready"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    DELETED = "deleted"  # it went live, and was deleted at Instagram since
    FAILED = "failed"
    NEEDS_ATTENTION = "needs_attention"
    MISSED = "missed"
    CANCELLED = "cancelled"

    @property
    def is_held(self) -> bool:
        """Whether a person must release the post before any work on it starts."""
        return self in (PostState.DRAFT, PostState.AWAITING_APPROVAL)

    @property
    def is_waiting(self) -> bool:
        """Whether the post was released and has no committed send: it may still be moved or cancelled."""
        return self in WAITING_STATES

    @property
    def went_live(self) -> bool:
        """Whether the post was published, be it deleted since: it is never sent again."""
        return self in WENT_LIVE


WAITING_STATES = (PostState.SCHEDULED, PostState.PREPARING, PostState.READY)
_ON_ITS_WAY = frozenset((*WAITING_STATES, PostState.PUBLISHING))
WENT_LIVE = (PostState.PUBLISHED, PostState.DELETED)


class Attention(StrEnum):
    """Why a post needs a person."""

    OUTCOME_UNKNOWN = "outcome_unknown"  # it may be live: a person looks and resolves it
    LATE = "late"  # it missed its time: publish it now, plan it again or cancel it


PUBLISH_LATE_S = 3600.0
"""How late a post with `IfLate.PUBLISH` is still published automatically, in seconds."""


class When(StrEnum):
    """What is known of the time at which a post goes out."""

    NOW = "now"  # once it is let go
    TIME = "time"
    DAY = "day"  # a day, and no time yet
    OPEN = "open"  # neither

    @property
    def has_time(self) -> bool:
        """Whether a post can be let go without being given a time. The others are held back."""
        return self in (When.NOW, When.TIME)


class IfLate(StrEnum):
    """What happens to a post that could not be published when it was due.

    PUBLISH: it is published if at most an hour late; after that a person is asked.
    """

    PUBLISH = "publish"
    ASK = "ask"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOptions:
    """A post's options; validation checks which kind may have which.

    alt_texts: one per asset, in order; an empty text for none. user_tags: a carousel's go on its first item.
    quality, edits: for clips; a trim is for posts of one file.
    """

    caption: str | None = None
    # The API takes both on a carousel's items, never on the carousel: docs/decisions/0004.
    alt_texts: tuple[str, ...] = ()
    cover: Asset | None = None
    thumb_offset_ms: int | None = None
    # Always sent explicitly for a reel: Meta does not document the default (IG User, Media).
    share_to_feed: bool | None = None
    location_id: str | None = None
    user_tags: tuple[UserTag, ...] = ()
    collaborators: tuple[str, ...] = ()
    first_comment: str | None = None
    # None: a clip for the platform target keeps its shape, all else is blurred.
    fit: Fit | None = None
    target: Target = Target.PLATFORM
    quality: Quality = "normal"
    edits: Edits = NO_EDITS
    # None: local files are converted, URLs go to Meta unchanged. True: URLs are converted too.
    convert: bool | None = None
    is_ai_generated: bool | None = None
    trial: Graduation | None = None
    audio: str | None = None  # `ID` or `ID:AUDIO,VIDEO`, see graph.reels


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRecord:
    """One container. `item` is the index among a carousel's items, None for the container that is published.

    created_at: by our clock. host_date: by the host's clock, since the two may differ.
    subcode: why Instagram could not process the media, from its `status` text.
    """

    id: ContainerId
    item: int | None = None
    created_at: datetime
    host_date: datetime | None = None
    status: ContainerStatus = ContainerStatus.IN_PROGRESS
    subcode: int | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it can still be published."""
        return self.status not in (ContainerStatus.ERROR, ContainerStatus.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The account's state right before a send, for telling afterwards what is new.

    listed: newest media (or story) ids; None when they were not listed.
    quota_usage: None when it was not read, or the host did not tell. host_date: the host's time.
    went_live: how many of the account's posts went live in the last day according to our journal.
    """

    # How media that is listed later is told apart from what stood there before the send.
    listed: frozenset[MediaId] | None = None
    quota_usage: int | None = None
    host_date: datetime | None = None
    # Subtracted from the quota's growth since the send: what is left may be the post in doubt.
    went_live: int = 0


class SendState(StrEnum):
    """The outcome of a send."""

    OPEN = "open"
    REFUSED = "refused"
    LIVE = "live"
    NOT_DONE = "not_done"  # reconciled: Instagram did not carry it out
    ABANDONED = "abandoned"  # not known within the time budget; a person decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One check of a send whose answer was lost.

    status: None when the container could not be read. candidates: listed media that may be this post; None
    when they were not listed. quota_usage: None when it was not read or not told. host_date: the host's time,
    which does not depend on our clock. went_live: as in `Snapshot`.
    """

    at: datetime
    status: ContainerStatus | None
    candidates: frozenset[MediaId] | None = None
    quota_usage: int | None = None
    # Our clock may be set while a send is in doubt: of both clocks the one that says less is believed.
    host_date: datetime | None = None
    went_live: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """One attempt at `media_publish`. No byte is written after `deadline`.

    may_resend: False once Instagram's answer forbids another attempt (spam protection).
    is_gone: Instagram says the container does not exist; the media are listed before another one is made.
    doubtful_at: when waiting for the answer ended; None while waiting, and after a crash.
    """

    container_id: ContainerId
    number: int
    started_at: datetime
    deadline: datetime
    snapshot: Snapshot
    state: SendState = SendState.OPEN
    code: int | None = None
    subcode: int | None = None
    may_resend: bool = True
    is_gone: bool = False
    # After a crash the bytes may still leave until the deadline, so the first check waits for that.
    doubtful_at: datetime | None = None
    looks: tuple[Look, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What the send log tells of a post and its row does not: the store was put back to an earlier state.

    sends: as they were opened; how they ended is not known, but for a post that is live as `media_id`.
    """

    sends: tuple[Send, ...]
    media_id: MediaId | None = None


class Freshness(StrEnum):
    """Whether a newer copy of a store may have published since it was current."""

    CURRENT = "current"  # this machine's mark of the store knows nothing newer
    UNKNOWN = "unknown"  # there is no mark: another machine, or a new container
    OLDER = "older"  # the mark is newer, or the store is in another place than before


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A period in which this store was not certainly the copy that published, by our clock.

    Media that were published meanwhile may be posts that the store still holds as unpublished. is_proven:
    the store is known to be an older copy. While that is not proven, a new idempotency key is a new post.
    """

    began_at: datetime
    ended_at: datetime
    is_proven: bool = False

    def concerns(self, post: "Post") -> bool:
        """Return whether an unpublished post may have been published in the gap, before its due time.

        One without a caption resembles too many media to be compared with all of them. An idempotency key
        stands for an older post where the client repeats a request that the store has lost.
        """
        if post.created_at is None or not post.options.caption:
            return False
        if post.compared_at is not None and post.compared_at >= self.ended_at:
            return False
        may_repeat = post.idempotency_key is not None and post.created_at < self.ended_at + _REPEATED_WITHIN
        return post.created_at < self.ended_at or (self.is_proven and may_repeat)


# A client that repeats a request does so within a day; the send log knows older keys.
_REPEATED_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBack:
    """An order to compare an unpublished post with the media on the profile before it is published.

    Of a published post it is the order to look for the first comment before that is written. since: when the
    post was due. not_before: lists of media lag behind; None for at once. published_from, published_until:
    the gap in which the media were published that are compared; None for all since the post was due.
    """

    since: datetime
    not_before: datetime | None = None
    published_from: datetime | None = None
    published_until: datetime | None = None

    def joined_with(self, other: "LookBack") -> "LookBack":
        """Return the one order that covers both."""
        starts = [at for at in (self.published_from, other.published_from) if at]
        waits = [at for at in (self.not_before, other.not_before) if at]
        ends = (self.published_until, other.published_until)
        return LookBack(
            since=min(self.since, other.since),
            not_before=max(waits, default=None),
            published_from=min(starts, default=None),
            published_until=max((at for at in ends if at), default=None) if all(ends) else None,
        )


class Followup(StrEnum):
    """A task left after a post is live. None of them can make the post fail."""

    MEDIA_ID = "media_id"
    PERMALINK = "permalink"
    FIRST_COMMENT = "first_comment"


# Without slots, for `changed`.
@dataclass(frozen=True, kw_only=True)
class Post:
    """A post and everything known about it. Every change makes a new value with a higher `revision`.

    version: raised by each change of what people see or decide (`seen`); a change of a post is bound to it.
    account: a `core.account.AccountId`; before it is stored, also a login's name.
    login: the stored login that publishes it; None where nobody is signed in. when: which of due_at and day
    counts. due_at: as planned, in UTC; of a post that goes out now the moment it was asked or let go, None
    before that. actor: who made it; None if not given.
    postponed_to, postponed_because: the later time at which a full quota lets it go out, and which quota.
    timezone: the IANA zone the due time was given in, and is shown in.
    idempotency_key: makes a repeated submit safe; unique per account and program for 90 days.
    comment_committed_at: when the first comment's send was committed; from then on the comment is looked for
    and not sent again. comment_refusal: Instagram's refusal, which may be untrue; a comment that still does
    not show up long after is sent once more (comment_rewritten).
    not_before: the next send or comment waits until then. wake_at: when a worker looks at the post next; None
    for never. held_up_by: what blocks the post. slot_at: its publish time among the account's late posts.
    attention: what a person is asked. listings: the checks for the id of a live post.
    media_product_type: Instagram's name of the surface, once known.
    failure: the error that made it `failed`. is_interrupted: the command that was publishing it was stopped;
    the same key resumes it.
    recalled, look_back: what has to be settled before anything is sent; see these classes. compared_at: when
    the profile was last found not to show it. deleted_at: when it was found to be deleted at Instagram.
    """

    id: PostId
    kind: PostKind
    assets: tuple[Asset, ...]
    options: PostOptions = field(default_factory=PostOptions)
    account: str = DEFAULT_ACCOUNT
    # Not compared: which login publishes a post, and who made it, is no part of its content.
    login: str | None = field(default=None, compare=False)
    actor: ActorId | None = field(default=None, compare=False)
    created_at: datetime | None = None
    when: When = When.NOW
    due_at: datetime | None = None
    day: date | None = None
    timezone: str = "UTC"
    if_late: IfLate = IfLate.PUBLISH
    postponed_to: datetime | None = None
    postponed_because: str | None = None
    idempotency_key: str | None = None
    state: PostState = PostState.DRAFT
    revision: int = 0
    version: int = 1
    not_before: datetime | None = None
    wake_at: datetime | None = None
    held_up_by: str | None = None
    slot_at: datetime | None = None
    attention: Attention | None = None
    containers: tuple[ContainerRecord, ...] = ()
    sends: tuple[Send, ...] = ()
    # MEDIA_ID joins them only when the answer that names the media was lost or held no id.
    followups: tuple[Followup, ...] = (Followup.PERMALINK, Followup.FIRST_COMMENT)
    listings: tuple[Look, ...] = ()
    media_id: MediaId | None = None
    permalink: str | None = None
    media_product_type: str | None = None
    first_comment_id: CommentId | None = None
    comment_committed_at: datetime | None = None
    comment_refusal: str | None = None
    comment_rewritten: bool = False
    comment_tries: int = 0
    comment_looks: int = 0
    problem: str | None = None
    failure: Failure | None = None
    is_interrupted: bool = False
    recalled: Recalled | None = None
    look_back: LookBack | None = None
    compared_at: datetime | None = None
    deleted_at: datetime | None = None

    def changed(self, **changes: Any) -> "Post":  # noqa: ANN401  # fields of its own
        """Copy the post with other fields, several times as fast as `dataclasses.replace`.

        Each step of publishing makes some copies, and the constructor sets 38 fields one by one. Raises
        TypeError for a field that posts do not have.
        """
        if not changes.keys() <= self.__dataclass_fields__.keys():
            raise TypeError(f"A post has no {changes.keys() - self.__dataclass_fields__.keys()}.")
        copy = object.__new__(Post)
        copy.__dict__.update(self.__dict__, **changes)
        return copy

    def following(self, was: "Post") -> "Post":
        """Copy the post as the one that `was` becomes: with the next revision, and its version."""
        return self.changed(revision=was.revision + 1, version=self.version_after(was))

    def version_after(self, was: "Post") -> int:
        """Return the version that the post has as the one that `was` becomes."""
        return was.version + (self.seen != was.seen)

    @property
    def seen(self) -> tuple[object, ...]:
        """What people see or decide of the post: what raises its version.

        How far a released post is on its way is a worker's affair, and no reason to refuse a change.
        """
        is_on_its_way = self.state in _ON_ITS_WAY
        state = "released" if is_on_its_way else self.state
        times = (self.when, self.due_at, self.day, self.postponed_to, self.timezone, self.if_late)
        whose = (self.account, self.login)
        return (state, self.attention, times, whose, self.kind, self.options, self.assets)

    def to_be_looked_for(
        self, since: datetime, not_before: datetime | None = None, gap: Gap | None = None
    ) -> "Post":
        """Copy the post with the order to look for it on the profile, joined with one that it has.

        gap: only media that were published in it are compared.
        """
        limits = {"published_from": gap.began_at, "published_until": gap.ended_at} if gap else {}
        order = LookBack(since=since, not_before=not_before, **limits)
        return self.changed(look_back=self.look_back.joined_with(order) if self.look_back else order)

    def compared_with_gaps(self, gaps: Sequence[Gap], settle_s: float) -> "Post":
        """Copy an unpublished post with the order to look for it in the gaps that concern it.

        settle_s: lists of media show after so many seconds what was published at the end of a gap.
        """
        post = self
        for gap in gaps if self.state.is_waiting else ():
            if gap.concerns(self):
                settled_at = gap.ended_at + timedelta(seconds=settle_s)
                due_at = self.goes_out_at or settled_at
                post = post.to_be_looked_for(due_at, settled_at, gap)
        return post

    def with_comment_in_doubt(self, at: datetime) -> "Post":
        """Copy a post whose first comment may stand, untold to the store: it is looked for from `at` on.

        One that does not show up is written, as after a refusal.
        """
        if Followup.FIRST_COMMENT not in self.followups or self.comment_committed_at:
            return self
        refusal = "Whether the first comment was written is not known to this store."
        return self.changed(comment_committed_at=at, comment_looks=0, comment_refusal=refusal)

    @property
    def files(self) -> tuple[Asset, ...]:
        """Every file the post shows, the cover last."""
        return (*self.assets, *([self.options.cover] if self.options.cover else []))

    @property
    def goes_out_at(self) -> datetime | None:
        """When it is to go out as things stand: its due time, unless it was postponed.

        None means now, and of a post that is held back without a time that nobody knows it yet.
        """
        return self.postponed_to or self.due_at

    @property
    def account_name(self) -> str:
        """The account's name for people."""
        return self.login or shown_account(self.account)

    @property
    def open_send(self) -> Send | None:
        """The send without a known outcome."""
        return next((send for send in self.sends if send.state is SendState.OPEN), None)

    @property
    def may_be_live(self) -> bool:
        """Whether it is looked for before anything else is done for it."""
        return self.recalled is not None or self.look_back is not None

    @property
    def container_id(self) -> ContainerId | None:
        """The newest container that is published itself, not as a carousel's item."""
        return next((record.id for record in reversed(self.containers) if record.item is None), None)

    def container(self, item: int | None) -> ContainerRecord | None:
        """Return the container in use for an item, or for the post itself; None when one must be made."""
        # ERROR and EXPIRED are final at Meta, so a dead container is replaced, never waited for.
        alive = [record for record in self.containers if record.item == item and record.is_alive]
        return alive[-1] if alive else None
